"""Is this a kubeconfig, and does it name the cluster that is asked for?

The ``kubernetes`` package takes whatever YAML it finds, and fails in its own words or with an error of Python's.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from preceptor.exits import BadInput

DEFAULT = "~/.kube/config"
REASON = "NoCluster"
LISTS = {"clusters": "cluster", "contexts": "context", "users": "user"}
MAX_BYTES = 16 << 20
# Of more contexts than these a sentence names the first.
NAMED = 20


def check(location: str, context: str | None) -> None:
    """Read the kubeconfig of one or several files (``A:B``) as kubectl merges them, and see that a context is whole.

    Raises BadInput (``NoCluster``) that says which file, or which name, is wrong. No other value of it is quoted.
    """
    paths = [Path(each).expanduser() for each in location.split(os.pathsep) if each]
    found = [(path, _read(path)) for path in paths if path.exists()]
    if not found:
        raise _no(f"There is no kubeconfig {location}: set KUBECONFIG to the path of yours")
    # The first file that has a name decides what it means; the last that names a current context decides that.
    named: dict[str, dict[str, Mapping[str, Any]]] = {each: {} for each in LISTS}
    for path, document in found:
        for field, name, value in _entries(path, document):
            named[field].setdefault(name, value)
    current = [document["current-context"] for _, document in found if document.get("current-context")]
    _whole(location, named, context, str(current[-1]) if current else None)


def _whole(
    location: str, named: Mapping[str, Mapping[str, Mapping[str, Any]]], asked: str | None, current: str | None
) -> None:
    contexts = named["contexts"]
    there = f"it has {_listed(contexts)}" if contexts else "it has no context"
    chosen = asked or current
    if chosen is None:
        raise _no(f"The kubeconfig {location} names no current context: name one with --context; {there}")
    if chosen not in contexts:
        which = "context" if asked else "current context"
        raise _no(f"The kubeconfig {location} has no {which} {chosen!r}; {there}: name one of these with --context")
    cluster, user = contexts[chosen].get("cluster"), contexts[chosen].get("user")
    if not isinstance(cluster, str) or cluster not in named["clusters"]:
        raise _no(
            f"Context {chosen!r} of the kubeconfig {location} names no cluster that is there; it has "
            f"{_listed(named['clusters'])}: correct it, or name another context with --context"
        )
    if not isinstance(named["clusters"][cluster].get("server"), str):
        raise _no(f"Cluster {cluster!r} of the kubeconfig {location} has no server: give it the address of one")
    if user is not None and user not in named["users"]:
        raise _no(
            f"Context {chosen!r} of the kubeconfig {location} names no user that is there; it has "
            f"{_listed(named['users'])}: correct it, or name another context with --context"
        )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _no(f"The kubeconfig {path} cannot be read ({error.strerror}): set KUBECONFIG to one that can") from None
    try:
        if len(content) > MAX_BYTES:
            raise ValueError
        document = yaml.safe_load(content)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise _no(f"{path}{line} is no YAML, so {path.name} is no kubeconfig: {_REPAIR}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _no(f"{path} is no YAML, so it is no kubeconfig: {_REPAIR}") from None
    if not isinstance(document, dict):
        raise _no(f"{path} is no kubeconfig, which is a mapping of clusters, contexts and users: {_REPAIR}")
    return document


_REPAIR = "correct it, or set KUBECONFIG to the path of yours"


def _entries(path: Path, document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for field, one in LISTS.items():
        listed = document.get(field) or []
        if not isinstance(listed, list):
            raise _no(f"{path} is no kubeconfig: its {field} are no list; {_REPAIR}")
        for number, each in enumerate(listed, start=1):
            name = each.get("name") if isinstance(each, dict) else None
            value = (each.get(one) or {}) if isinstance(each, dict) else None
            if not isinstance(name, str) or not isinstance(value, dict):
                raise _no(f"{path} is no kubeconfig: number {number} of its {field} has no name or no {one}; {_REPAIR}")
            yield field, name, value


def _listed(names: Mapping[str, Any]) -> str:
    said = ", ".join(repr(name) for name in sorted(names)[:NAMED]) or "none"
    return f"{said} and {len(names) - NAMED} more" if len(names) > NAMED else said


def _no(sentence: str) -> BadInput:
    return BadInput(f"{sentence}.", reason=REASON)

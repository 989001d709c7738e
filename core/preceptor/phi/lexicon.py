"""Which words does the scanner know?

Languages are data: a rule names a list of ``phi/data`` and a list grows without code.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def words(name: str) -> frozenset[str]:
    """The words of ``phi/data/NAME.txt``: several a line, ``#`` begins a comment."""
    text = files("preceptor.phi").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() for word in line.partition("#")[0].split())


@cache
def phrases(name: str) -> tuple[str, ...]:
    """The lines of ``phi/data/NAME.txt``; ``#`` begins a comment."""
    text = files("preceptor.phi").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


# The parser in C is ten times as fast, where PyYAML was built with it.
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRINGS: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def document(name: str, *, strings: bool = False) -> Any:
    """What ``phi/data/NAME.yml`` holds; with ``strings`` every scalar is one: "no" and "on" are words then."""
    text = files("preceptor.phi").joinpath("data", f"{name}.yml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_STRINGS if strings else _SAFE)  # noqa: S506 - both loaders make plain values only


@cache
def _cues() -> dict[str, list[str]]:
    cues = document("cues")
    if not isinstance(cues, dict):
        raise ValueError("phi/data/cues.yml must be a mapping of lists")
    return cues


@cache
def entries(name: str) -> tuple[str, ...]:
    """A list of ``phi/data/cues.yml``. Raises KeyError for a name that is not there."""
    return tuple(str(entry) for entry in _cues()[name])


@cache
def members(name: str) -> frozenset[str]:
    """The same to be asked whether a word is one of them."""
    return frozenset(entries(name))


@cache
def alternation(name: str) -> str:
    """A list of ``phi/data/cues.yml`` as the inside of an RE2 group: its entries are patterns."""
    return "|".join(entries(name))

"""Which files of a repository make up a causal language model, and which licence does its model card state?"""

import re
from collections.abc import Iterable

import yaml

from preceptor.exits import BadInput
from preceptor.hub import HubModel
from preceptor.manifests import FILE_NAME, TOKENIZER_FILES

CARD = "README.md"
UNSTATED = "unstated"
WEIGHTS = ".safetensors"
# What runs when it is loaded (pickles: .bin, .pt, .pth, .ckpt; code: .py) is on no list here, and so never downloaded.
SUFFIXES = (".json", ".jinja", WEIGHTS)
LEGAL = re.compile(r"^(LICEN[CS]E|NOTICE)(\.(md|txt))?$", re.IGNORECASE)
# The same weights a second time, in another program's form.
OTHER_FORM = "consolidated"
FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n---\s*$", re.DOTALL | re.MULTILINE)
LICENCE_LENGTH = 200


def wanted(paths: Iterable[str]) -> tuple[str, ...]:
    """The files to download, sorted: those at the repository's root that a causal language model is loaded from."""
    return tuple(sorted(path for path in paths if _is_wanted(path)))


def _is_wanted(path: str) -> bool:
    # Below the root lie other programs' forms of the model, and a manifest of the repository's own is not ours.
    if "/" in path or path == FILE_NAME or path.startswith("."):
        return False
    if path.endswith(WEIGHTS) and path.startswith(OTHER_FORM):
        return False
    return path.endswith(SUFFIXES) or path in TOKENIZER_FILES or path == CARD or LEGAL.match(path) is not None


def require_causal_model(paths: Iterable[str], model: HubModel) -> None:
    """Raise BadInput (``BaseModelInvalid``), before anything is downloaded, where training could not use the files."""
    there = set(paths)
    for needed, found in (
        ("config.json", "config.json" in there),
        ("tokenizer.json", "tokenizer.json" in there),
        ("weights as safetensors", any(path.endswith(WEIGHTS) for path in there)),
    ):
        if not found:
            raise BadInput(
                f"{model.uri} holds no {needed} at its root: name a commit that does, or convert the model and put it "
                "into a store. Pickled weights are never downloaded.",
                reason="BaseModelInvalid",
            )


def licence_of(card: bytes | None) -> str:
    """The licence that a model card states in its front matter, or ``unstated``: never a guess."""
    match = FRONT_MATTER.match((card or b"").decode("utf-8", "replace"))
    if match is None:
        return UNSTATED
    try:
        fields = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return UNSTATED
    if not isinstance(fields, dict):
        return UNSTATED
    # "other" only says that license_name has the name.
    stated = fields.get("license")
    named = fields.get("license_name") if stated == "other" else None
    values = stated if isinstance(stated, list) else [named or stated]
    texts = [value.strip() for value in values if isinstance(value, str) and value.strip()]
    return ", ".join(texts)[:LICENCE_LENGTH] or UNSTATED

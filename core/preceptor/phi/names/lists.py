"""Which words stand beside names?"""

from functools import cache
from importlib.resources import files

import yaml


@cache
def _prose() -> dict[str, list[str]]:
    text = files("preceptor.phi").joinpath("data", "prose.yml").read_text(encoding="utf-8")
    # Every entry is a word, "no" and "on" too.
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - this loader makes strings only
    if not isinstance(document, dict):
        raise ValueError("phi/data/prose.yml must be a mapping of lists")
    return document


@cache
def prose(name: str) -> frozenset[str]:
    """A list of ``phi/data/prose.yml``, in lower case. Raises KeyError for a name that is not there."""
    return frozenset(str(word) for word in _prose()[name])


def every_list() -> tuple[str, ...]:
    """The names of all lists of ``phi/data/prose.yml``."""
    return tuple(_prose())

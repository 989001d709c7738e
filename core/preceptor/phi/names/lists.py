"""Which words stand beside names?"""

from functools import cache

from preceptor.phi.lexicon import document


@cache
def _prose() -> dict[str, list[str]]:
    lists = document("prose", strings=True)
    if not isinstance(lists, dict):
        raise ValueError("phi/data/prose.yml must be a mapping of lists")
    return lists


@cache
def prose(name: str) -> frozenset[str]:
    """A list of ``phi/data/prose.yml``, in lower case. Raises KeyError for a name that is not there."""
    return frozenset(str(word) for word in _prose()[name])


def every_list() -> tuple[str, ...]:
    """The names of all lists of ``phi/data/prose.yml``."""
    return tuple(_prose())

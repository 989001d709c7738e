"""Which word stands behind a stretch of text, and is it one that things are called by?"""

import re
from typing import NamedTuple

from preceptor.phi.names.lists import prose

_REACH = 40
_NEXT = re.compile(r"(['’]s?(?![^\W\d_]))?([ \t\n]*[-,;:()/&.\"]{0,3}[ \t\n]*)([^\W\d_]+(?:['-][^\W\d_]+)*)?")


class After(NamedTuple):
    """The word behind in lower case, what stands between, and whether a possessive joins them."""

    word: str
    gap: str
    possessive: bool


def after(text: str, end: int) -> After:
    """What stands behind ``text[:end]``."""
    match = _NEXT.match(text, end, end + _REACH)
    if match is None:
        return After("", "", False)
    possessive, gap, word = match.groups()
    if "\0" in gap:
        return After("", "", bool(possessive))
    return After((word or "").lower(), gap, bool(possessive))


def is_eponymous(word: str) -> bool:
    """Whether a word, or its singular, says that the name in front of it is a thing's: "Norwood operations"."""
    return word in prose("eponymous") or (word[-1:] == "s" and word[:-1] in prose("eponymous"))

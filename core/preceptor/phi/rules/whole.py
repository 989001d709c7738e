"""Is a text nothing but identifiers: a cell, a field or a line that somebody filled in?"""

import re
from functools import lru_cache

from preceptor.phi.finder import BOUNDARY

_LONGEST = 160
_ONE = r"(?=[^\s,;]*\d|[A-Za-z]{1,3} (?:[A-Za-z]{1,2} )?\d)[^\s,;]+(?: [A-Za-z]{1,3}\b| (?=[^\s,;]*\d)[^\s,;]+)*"
_WHOLE = re.compile(rf"[\s\"'(\[]*{_ONE}(?:(?:\s*[,;]\s*|\s+(?:and|und|y|et|e|or|ve)\s+){_ONE})*[\s\"')\].,;]*")
# A field of this name says nothing about what it holds.
_PLAIN_KEY = re.compile(r"(?:(?:value|text|content|input|output|prompt|answer|message|number|data|field|item|name): )?")


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether the value that ``text[start:end]`` stands in holds identifiers only."""
    # No farther than the longest: the text may be long, and a number in it is asked about many times.
    left, right = max(0, start - _LONGEST), min(len(text), end + _LONGEST)
    edge = text.rfind(BOUNDARY, max(0, left - len(BOUNDARY)), start)
    left = left if edge < 0 else edge + len(BOUNDARY)
    edge = text.find(BOUNDARY, end, right + len(BOUNDARY))
    right = right if edge < 0 else edge
    if right - left > _LONGEST:
        return False
    return _only_identifiers(text[left:right])


@lru_cache(maxsize=1024)
def _only_identifiers(value: str) -> bool:
    key = _PLAIN_KEY.match(value)
    return bool(_WHOLE.fullmatch(value, key.end() if key else 0))

"""How far does an address reach to both sides of the part of it that a rule has found?

Walks over words, so that the time is linear: an address is words with capitals, numbers, a few small words, commas and
line breaks, and ends with a region, a postcode or a town.
"""

import re
from collections.abc import Iterator
from functools import cache

from preceptor.phi.lexicon import entries
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Check, Verdict
from preceptor.phi.types import Severity

_BACK = 110
_FORE = 130
_WORDS = 12
_TOKEN = re.compile(r"\d+[^\W\d_]?(?:[-/]\d+[^\W\d_]?)*\b|[^\W\d_]+(?:['-][^\W\d_]+)*|\n|[^\w\s]|\w+")
_MARKS = frozenset(",.\n>?*|\\#º°ª-")
_LEADING = frozenset(("from", "in", "at", "to", "near"))
_CODE = re.compile(r"\d{4,6}(?:-\d{3,4})?|[A-Z]{2,3}|nan")
_HEAD_TOWN = re.compile(r"(?:[^\W\d_]+[.'-]?[ -]){0,3}[^\W\d_]+[.,]?[ \t]*(?:\n[ \t>?*]*)?,?[ \t]*$")


@cache
def _region_words() -> frozenset[str]:
    names = (*entries("states"), *entries("provinces"), *entries("countries"), *entries("more_countries"))
    return frozenset(word for name in names for word in name.split())


def _belongs(part: str) -> bool:
    return (
        part in _MARKS
        or part[0].isdigit()
        or (part[0].isupper() and part.lower() not in prose("address_stops"))
        or part.lower() in prose("address_small")
    )


def grown(text: str, start: int, end: int, *, back: bool = True, fore: bool = True) -> tuple[int, int]:
    """An address's start and end from those of a part of it."""
    return _started(text, start) if back else start, _ended(text, end) if fore else end


def _started(text: str, start: int) -> int:
    """The furthest number in front that only parts of an address separate from here."""
    opening = max(0, start - _BACK)
    found, count = start, 0
    breaks = 0
    for match in _backwards(text, opening, start):
        part = match.group()
        breaks = breaks + 1 if part == "\n" else breaks if part in _MARKS else 0
        if breaks > 1 or not _belongs(part) or count >= _WORDS:
            break
        if (
            part == "."
            and text[match.end() : match.end() + 1] == " "
            and match.start()
            and len(_word_before(text, match.start())) > 5
        ):
            break
        count += part not in _MARKS
        if part[0].isdigit() and match.start() > opening:
            found = match.start()
    return found


def _backwards(text: str, opening: int, end: int) -> Iterator[re.Match[str]]:
    """The tokens of a part of a text, the last one first. None goes over a space: what is in front of one can wait."""
    while end > opening:
        space = text.rfind(" ", opening, end)
        begin = opening if space < 0 else space + 1
        yield from reversed(list(_TOKEN.finditer(text, begin, end)))
        end = begin - 1


def _word_before(text: str, end: int) -> str:
    return text[max(0, end - 12) : end].split(" ")[-1]


def _ended(text: str, end: int) -> int:
    """The end of the furthest region or postcode behind, else of a town, with only parts of an address between."""
    found, count, breaks, region = end, 0, 0, False
    first_town = True
    for match in _TOKEN.finditer(text, end, end + _FORE):
        part = match.group()
        breaks = breaks + 1 if part == "\n" else breaks if part in _MARKS else 0
        if breaks > 2 or "\0" in part or not _belongs(part) or count >= _WORDS:
            break
        if part == "." and text[match.end() : match.end() + 1] == " " and len(_word_before(text, match.start())) > 4:
            break
        if part in _MARKS:
            continue
        count += 1
        region = part in _region_words()
        if region or _CODE.fullmatch(part):
            found = match.end()
        elif first_town and part[0].isupper() and part[1:].islower():
            known = profile(part.lower())
            # A street's own town, or one of no list behind a comma or on the next line.
            if (known is None and text[end : match.start()].strip(" ") in (",", "\n", ",\n")) or (
                known is not None and known.town and known.ordinary < 2
            ):
                found = match.end()
        first_town = False
    return found


def whole_address(severity: Severity = Severity.HIGH, *, back: bool = True, fore: bool = True) -> Check:
    """A check: the candidate with the rest of its address."""

    def check(candidate: Candidate) -> Verdict | None:
        start, end = grown(candidate.text, candidate.start, candidate.end, back=back, fore=fore)
        return Verdict(severity, start, end)

    return check


def town_before(candidate: Candidate) -> Verdict | None:
    """A region with a postcode and the town, street and number in front of it."""
    text = candidate.text
    start = _started(text, candidate.start)
    if start == candidate.start:
        opening = max(0, start - 50)
        left = text[opening:start]
        cut = max(left.rfind("\0"), left.rfind("\n\n"), left.rfind(". "))
        head = _HEAD_TOWN.search(left, max(cut + 1, 0))
        if head:
            words = [(m.start(), m.group()) for m in _TOKEN.finditer(left, head.start()) if m.group() not in _MARKS]
            led = max((index for index, (_, word) in enumerate(words) if word in _LEADING), default=-1)
            # "Referral from Saskatoon": the town begins behind the preposition.
            words = words[led + 1 :]
            capitals = [
                place for place, word in words if word[0].isupper() and word.lower() not in prose("address_stops")
            ]
            if capitals:
                start = opening + capitals[0]
    return Verdict(Severity.HIGH, start, candidate.end)

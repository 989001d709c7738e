"""Which letters around a person's name are a title, and which are the name itself?

A title in front and a degree behind belong to what is found: whoever takes names out of a text takes "Mrs" with them.
They say nothing about who it is: "Dr. Pham" and "Pham, MD" have the fingerprint of "Pham". What may be a name itself is
left in it: whoever allows "Smith" has not allowed "Don Smith" or "Major Smith", and "Linh Do" is no osteopath.
"""

import re
from dataclasses import replace
from functools import cache, lru_cache

from preceptor.phi import beside
from preceptor.phi.lexicon import alternation, entries
from preceptor.phi.types import PhiType, Span

# "Prof. Dr. ", "the Rt Hon. Lord ".
_MOST = 40
_GAP = r"(?:\.?[ \t\xa0]{1,2}|\.)"
_LONGEST_DEGREE = 40
# "grandmother. ", "Baby girl  ".
_LONGEST_TITLE = 16
# Most names have none, and the word in front then ends with one of other letters.
_GAPS = " \t.\xa0"
_MARKS = frozenset(_GAPS)


@cache
def _titles() -> str:
    return "|".join(
        (
            *entries("title_small"),
            *(form for title in entries("title_worn") for form in (title, title.upper())),
        )
    )


@cache
def _in_front() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{_pair()})?(?:(?:{_titles()}){_GAP})+$")


@cache
def _last_words() -> re.Pattern[str]:
    words = "|".join(title.rpartition(" ")[2] for title in _titles().split("|"))
    return re.compile(rf"(?:{words}){_GAP}$")


@lru_cache(maxsize=8192)
def may_be_title(word: str) -> bool:
    """Whether a word, with what parts it from the next, may be the last one of a title."""
    return _last_words().search(word) is not None


@cache
def _pair() -> str:
    """ "Mr and " of "Mr and Mrs": two people of one name."""
    titles = "|".join(form for title in entries("title_of_two") for form in (title, title.upper()))
    return rf"(?:{titles})\.?(?: (?:and|&|y|e|und|et) |[ ]?[/&+][ ]?)"


@cache
def _leading() -> re.Pattern[str]:
    clear = "|".join(form for title in entries("title_clear") for form in (title, title.upper()))
    return re.compile(rf"(?:{_pair()})?(?:(?:{clear}){_GAP})+(?=\w)")


@cache
def _behind() -> re.Pattern[str]:
    return re.compile(rf"(?:,? (?:{alternation('degree_worn')})(?![\w-]))+")


def dressed(text: str, spans: list[Span]) -> list[Span]:
    """The sorted spans of a text, none inside another, as long as what they name is written.

    Titles in front of names and degrees behind them belong to these, as do the particles between two parts of a name,
    and the number and the words in front of a place.
    """
    whole: list[Span] = []
    for index, span in enumerate(spans):
        last = whole[-1] if whole else None
        least = last.end if last is not None else 0
        if span.type == PhiType.NAME:
            start = _title_start(text, span.start, least)
            end = _degree_end(text, span.end, spans[index + 1].start if index + 1 < len(spans) else len(text))
            joins = last is not None and last.type == PhiType.NAME and beside.is_one_name(text, last.end, start)
            if last is not None and joins and start == span.start:
                # Who has a title of his own is somebody else.
                surer = max(last, span, key=lambda each: each.severity.rank)
                whole[-1] = replace(surer, start=last.start, end=end)
                continue
            if index + 1 < len(spans) and _is_place(text, span, spans[index + 1]):
                start = beside.begun(text, start, least)
            if start != span.start or end != span.end:
                span = replace(span, start=start, end=end)
        elif span.type == PhiType.LOCATION:
            start, end = beside.whole(text, span.start, span.end, least)
            if start != span.start or end != span.end:
                span = replace(span, start=start, end=end)
        whole.append(span)
    return whole


def _is_place(text: str, span: Span, behind: Span) -> bool:
    """Whether what may be a name is a town: its postcode stands behind it."""
    return behind.type == PhiType.LOCATION and text[span.end : behind.start] == " "


def _title_start(text: str, start: int, least: int) -> int:
    if text[start - 1 : start] not in _MARKS:
        return start
    # Where no title stands right in front, none stands further away: most often that is all there is to see.
    left = text[max(least, start - _LONGEST_TITLE) : start]
    if not may_be_title(left[left.rstrip(_GAPS).rfind(" ") + 1 :]):
        return start
    title = _in_front().search(text, max(least, start - _MOST), start)
    return start if title is None else title.start()


def _degree_end(text: str, end: int, most: int) -> int:
    if text[end : end + 1] not in (",", " "):
        return end
    degree = _behind().match(text, end, min(most, end + _LONGEST_DEGREE))
    return end if degree is None else degree.end()


def undressed(name: str) -> str:
    """A name without the titles in front of it and the degrees behind, where more than these is there."""
    title = _leading().match(name)
    bare = name[title.end() :] if title else name
    for degree in _behind().finditer(bare):
        if degree.start() and degree.end() == len(bare) and degree[0].upper() != " DO":
            return bare[: degree.start()]
    return bare

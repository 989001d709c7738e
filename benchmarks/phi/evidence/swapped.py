"""Copies of marked texts with other people's names and other towns in the marked places.

Without them the weights would know the few names that stand in the texts, and the lists that were mended for these.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.phi.scoring import Expected, Row

from preceptor.phi.lexicon import words
from preceptor.phi.names import gazetteer
from preceptor.phi.names.words import is_proper, profile
from preceptor.phi.types import PhiType, Span

_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}")
# A gazetteer's number holds a level in each two bits; this bit says that a word is something else's proper name.
_SHIFTS = {"given": 0, "family": 2, "town": 4}
_ORDINARY, _KNOWN = 6, 512
_DICTIONARY = 2
# How often a name is one that is a word too, and how often one that is in no list.
_EVERYDAY, _UNLISTED = 0.12, 0.3
# Rare names are many, and each is seldom met.
_LEVELS = (1, 1, 2, 2, 3)
_VOWELS, _CONSONANTS = "aeiou", "bcdfghklmnprstvw"

_Pools = Mapping[tuple[str, int, bool], Sequence[str]]


@dataclass(frozen=True)
class _Places:
    """The spans of a row of which it is known what they name."""

    row: Row
    kinds: tuple[str, ...]


def copies(rows: Sequence[tuple[Row, Sequence[Span]]], count: int) -> list[list[Row]]:
    """``count`` copies of each row, given what is found in it."""
    places = [_Places(row, tuple(_kind(row, span, found) for span in row.spans)) for row, found in rows]
    made = []
    for number in range(count):
        random_ = random.Random(f"evidence-{number}")
        made.append([_copy(each, random_) for each in places])
    return made


def _kind(row: Row, span: Expected, found: Sequence[Span]) -> str:
    """What a marked place names: "name", "town", or nothing that can be swapped."""
    value = row.text[span.start : span.end]
    types = {each.type for each in found if each.start < span.end and each.end > span.start}
    if not _NAME.fullmatch(value):
        return ""
    if PhiType.NAME in types:
        return "name"
    return "town" if PhiType.LOCATION in types and " " not in value else ""


@cache
def _pools() -> _Pools:
    pools: dict[tuple[str, int, bool], list[str]] = defaultdict(list)
    banned = words("never-names") | words("medical")
    for line in gazetteer.unpacked().decode().split("\n"):
        number, _, listed = line.partition("\t")
        if not number.isdigit() or int(number) & _KNOWN:
            continue
        everyday = int(number) >> _ORDINARY & 3 >= _DICTIONARY
        levels = [(kind, int(number) >> shift & 3) for kind, shift in _SHIFTS.items()]
        for word in listed.split(" "):
            if len(word) > 2 and word.isalpha() and word not in banned:
                for kind, level in levels:
                    if level:
                        pools[kind, level, everyday].append(word)
    return pools


def _other(kind: str, random_: random.Random) -> str:
    level, everyday = random_.choice(_LEVELS), random_.random() < _EVERYDAY
    word = random_.choice(_pools().get((kind, level, everyday)) or _pools()[kind, 2, False])
    if not everyday and random_.random() < _UNLISTED:
        word = _misspelt(word, random_)
    return word.capitalize()


def _misspelt(word: str, random_: random.Random) -> str:
    """A word of no list that ends as a name of one does."""
    for _ in range(20):
        place = random_.randrange(max(1, len(word) - 3))
        letter = random_.choice(_VOWELS if word[place] in _VOWELS else _CONSONANTS)
        other = word[:place] + letter + word[place + 1 :]
        if profile(other) is None and not is_proper(other):
            return other
    return word


def _copy(places: _Places, random_: random.Random) -> Row:
    row = places.row
    text, spans, position = "", [], 0
    others: dict[str, str] = {}
    for span, kind in zip(row.spans, places.kinds, strict=True):
        text += row.text[position : span.start]
        value = row.text[span.start : span.end]
        if kind:
            several = " " in value
            for place, word in enumerate(value.split()):
                if word not in others:
                    known = profile(word.lower())
                    given = place == 0 if several else known is not None and known.given >= known.family
                    others[word] = _other("town" if kind == "town" else "given" if given else "family", random_)
            value = " ".join(others[word] for word in value.split())
        spans.append(Expected(len(text), len(text) + len(value), span.label, span.counts))
        text += value
        position = span.end
    return Row(row.id, text + row.text[position:], tuple(spans))

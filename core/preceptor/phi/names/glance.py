"""Can what stands beside a part of a run make a person or a place of it?

Most runs of clean text stand between two ordinary words and weigh too little alone. To see that much takes a tenth of
the time of :func:`preceptor.phi.names.finder.judge`, which is asked about all others. What is worked out here is never
less than what judging would add; every doubt is a yes.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from preceptor.phi.names.beside import (
    CONTACT,
    DEGREE,
    IDENTIFIED,
    OPENINGS,
    PLACE_NOUNS,
    VISITING,
    Before,
    after,
    before,
    person_behind,
    person_in_front,
    place_in_front,
    telling,
)
from preceptor.phi.names.lists import every_list, prose
from preceptor.phi.names.runs import Part

_REACH = 40
_MARKS = ".,;:?!)"
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_WORD_BEHIND = re.compile(r"[ ,]{1,3}([^\W\d_]+)")
# The most that anything behind a run adds, and the most that a verb behind it does.
_MOST, _OF_A_VERB = 3.0, 2.0
_OF_A_QUESTION = 1.0
_OF_A_COMMA = 1.0
# Words that belong to the name behind them, with all lists' particles.
_GLUED = frozenset(
    ("van", "von", "der", "den", "bin", "bint", "ibn", "abu", "di", "della", "dos", "st", "mc", "mac", "de", "del")
).union(("la", "los", "las", "al", "el", "ul", "o", "d", "l"))
_ASKING = frozenset(("can", "does", "is", "should", "could", "did", "has", "was", "will", "would"))
# Lists of words that say nothing about what stands behind them. One that is not named here is taken to.
_QUIET = ("eponymous", "verbs", "weak_verbs", "belongings", "town_endings", "suffixes", "stops", "little", "signings")
_QUIET_TOO = ("companions", "address_small", "address_stops", "organisation_heads", "place_before")


@cache
def _loud() -> frozenset[str]:
    """Every word that says something about what stands behind it."""
    lists = (prose(name) for name in every_list() if name not in _QUIET and name not in _QUIET_TOO)
    return telling().union(PLACE_NOUNS, VISITING, _GLUED, _ASKING, *lists)


@cache
def _verbs() -> frozenset[str]:
    return prose("verbs") | prose("weak_verbs")


class _Said(NamedTuple):
    """The most that what stands on one side adds for a person and for a place; ``opens``: a sentence may begin here."""

    person: float
    place: float
    opens: bool = False


_NOTHING = _Said(0.0, 0.0)
# What was worked out before: of the token in front, of the two tokens in front where the second is loud, and of the
# token behind. None where what stands there must be looked at each time.
_IN_FRONT: dict[str, _Said | None] = {}
_PAIR_IN_FRONT: dict[str, _Said | None] = {}
_BEHIND: dict[str, _Said | None] = {}
_MOST_TOKENS = 50_000


def may_convince(text: str, offset: int, part: Part, enough: float) -> bool:
    """Whether :func:`judge` must be asked about a part of the run at ``offset``: it may reach ``enough``."""
    start, town = offset + part.start, part.town
    if part.person >= enough or town >= enough:
        return True
    said: _Said | None = None
    if start and text[start - 1] == " ":
        least = max(0, start - _REACH)
        cut = text.rfind(" ", least, start - 1)
        if cut >= 0 or not least:
            token = text[cut + 1 : start - 1]
            said = _IN_FRONT[token] if token in _IN_FRONT else _learnt(_IN_FRONT, token, _alone)
            if said is None and cut > 0:
                second = text.rfind(" ", least, cut)
                if second >= 0:
                    pair = text[second + 1 : start - 1]
                    said = _PAIR_IN_FRONT[pair] if pair in _PAIR_IN_FRONT else _learnt(_PAIR_IN_FRONT, pair, _paired)
    if said is None:
        said = _in_front(text, start, town=town > 0)
        if said is None:
            return True
    person, place, opens = said
    if town and part.led:
        place = max(place, place_in_front(before(text, offset)))
    end = offset + part.end
    behind: _Said | None = None
    if text[end : end + 1] == " ":
        stop = text.find(" ", end + 1, end + _REACH)
        if stop > 0:
            token = text[end + 1 : stop]
            behind = _BEHIND[token] if token in _BEHIND else _learnt(_BEHIND, token, _small)
    if behind is None:
        behind = _behind(text, end, opens=opens)
    return part.person + person + behind.person >= enough or (town > 0 and town + place + behind.place >= enough)


def _learnt(known: dict[str, _Said | None], token: str, ask: Callable[[str], _Said | None]) -> _Said | None:
    if len(known) >= _MOST_TOKENS:
        known.clear()
    said = known[token] = ask(token)
    return said


def _alone(token: str) -> _Said | None:
    """What one token in front says, if that does not depend on what stands before it."""
    word = token.rstrip(_MARKS)
    if not word.isalpha() or word.lower() in _loud():
        return None
    if word == token:
        return _NOTHING
    # ", " in front is something for a town.
    return _Said(0.0, _OF_A_COMMA if "," in token else 0.0, True)


def _paired(pair: str) -> _Said | None:
    """What two tokens in front say."""
    second, word = pair.split(" ")
    second, word = second.rstrip(_MARKS), word.lower()
    if not word.isalpha() or not second.isalpha() or word in _GLUED:
        return None
    front = Before(word, second.lower(), " ", False)
    asked = _OF_A_QUESTION if word in _ASKING else 0.0
    return _Said(person_in_front(front) + asked, place_in_front(front))


def _in_front(text: str, start: int, *, town: bool) -> _Said | None:
    """What stands in front of any kind; None for what belongs to the name: "van", "d'", "al-", and for a postcode."""
    front = before(text, start)
    word = front.word
    if (
        word in _GLUED
        or text[start - 1 : start] in ("'", "’", "-")
        or (town and _DIGIT.search(text, max(0, start - 9), start))
    ):
        return None
    asked = _OF_A_QUESTION if word in _ASKING else 0.0
    comma = _OF_A_COMMA if front.gap == ", " else 0.0
    return _Said(person_in_front(front) + asked, place_in_front(front) + comma, front.opens)


def _small(token: str) -> _Said | None:
    """What a token behind says that is a word in small letters."""
    found = _LETTERS.match(token)
    if found is None or not token[0].islower():
        return None
    word = found[0]
    if word in OPENINGS or "ty" in word or "teen" in word or word[0] in "nñ" or CONTACT.match(token):
        return None
    place = _MOST if word in prose("town_endings") else 0.0
    return _Said(_OF_A_VERB if word in _verbs() else 0.0, place)


def _behind(text: str, end: int, *, opens: bool) -> _Said:
    """What stands behind of any kind."""
    mark = text[end : end + 1]
    place = 0.0
    if mark in (" ", ",", ""):
        word = _WORD_BEHIND.match(text, end, end + _REACH)
        if word is not None and (word[1][0].isupper() or word[1].lower() in prose("town_endings")):
            place = _MOST
    if mark in ("'", "’"):
        return _Said(person_behind(text, end, after(text, end)), place)
    if (mark in (":", ",") and opens) or IDENTIFIED.match(text, end, end + _REACH) or DEGREE.match(text, end, end + 12):
        return _Said(_MOST, place)
    back = after(text, end) if mark == " " else None
    verb = back is not None and back.word in _verbs()
    return _Said(_OF_A_VERB if verb or CONTACT.match(text, end, end + _REACH) else 0.0, place)

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
    AGED,
    CONTACT,
    DEGREE,
    IDENTIFIED,
    MAYBE_MEASURES,
    OF_A_BED,
    OF_A_MEASURE,
    OF_AN_AGE,
    OPENINGS,
    PLACE_NOUNS,
    SECOND_LISTS,
    SECONDS,
    TALK,
    VISITING,
    Before,
    after,
    before,
    is_in_a_bed,
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
_POSTCODE = re.compile(r"\d{4,5}[,.-]{0,3}$")
# Marks behind a run after which nothing is read, and what may stand behind a full stop of that kind.
CLOSING = frozenset(')]}:?!%=*"&>')
CLOSED = ("", " ", "\n")
# The end of a token that a run may go on behind, or no token at all.
_JOINTS = ("", "\t", "'", "-")
_LETTERS = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_WORD_BEHIND = re.compile(r"[ ,]{1,3}([^\W\d_]+)")
# The most that anything behind a run adds, and the most that a verb behind it does, with what it adds to an eponym.
_MOST, _OF_A_VERB = 3.0, 2.5
# "The Martinez twins".
_OF_A_FAMILY = 4.0
# Behind "Falls" stands what decides: it must be looked at.
_BEYOND = 10.0
# "Can Joy get it if she", the most that a question adds.
_OF_A_QUESTION = 3.5
# "Is it safe for … to": what two words add that stand around a name.
_OF_A_PURPOSE = 1.5
_OF_A_COMMA = 1.0
# What a pronoun further on adds, or a colon.
_OF_A_SENTENCE = 1.0
# Words that belong to the name behind them, with all lists' particles.
_GLUED = frozenset(
    ("van", "von", "der", "den", "bin", "bint", "ibn", "abu", "di", "della", "dos", "st", "mc", "mac", "de", "del")
).union(("m", "ma", "la", "los", "las", "al", "el", "ul", "o", "d", "l"))
_ASKING = prose("asking")
# Lists of words that say nothing about what stands behind them. One that is not named here is taken to.
_QUIET = (
    "eponymous",
    "everyday",
    "verbs",
    "weak_verbs",
    "belongings",
    "town_endings",
    "suffixes",
    "stops",
    "little",
    "signings",
    "of_a_family",
    "of_an_illness",
    "orders",
    "ordered",
    "never_alone",
)
_QUIET_TOO = (
    *("companions", "address_small", "address_stops", "organisation_heads", "place_before"),
    *("modal", "months_borne", "quarters", "describers", "graders", "nobody", "illnesses", "doings", "branches"),
    *("landforms", "subjects", "having", "naming", "calling", "measures", "small_things"),
)


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
# What was worked out before: of the token in front, of the two tokens in front where the second is loud, of a loud
# token whatever stands in front of it, and of the token behind. None where what stands there must be looked at each
# time.
_IN_FRONT: dict[str, _Said | None] = {}
_PAIR_IN_FRONT: dict[str, _Said | None] = {}
_MOST_IN_FRONT: dict[str, _Said | None] = {}
_BEHIND: dict[str, _Said | None] = {}
# "The Tacoma office".
_SETTLED = prose("branches")
_MOST_TOKENS = 50_000


def may_convince(text: str, offset: int, part: Part, enough: float) -> bool:
    """Whether :func:`judge` must be asked about a part of the run at ``offset``: it may reach ``enough``."""
    start, town = offset + part.start, part.town
    if part.person >= enough or town >= enough:
        return True
    end = offset + part.end
    said: _Said | None = None
    behind: _Said | None = None
    # "(MACE": a bracket says no more than a space.
    space = start - 2 if start > 1 and text[start - 1] == "(" else start - 1
    if space > 0 and text[space] == " ":
        least = max(0, start - _REACH)
        cut = text.rfind(" ", least, space)
        if cut >= 0 or not least:
            token = text[cut + 1 : space]
            said = _IN_FRONT[token] if token in _IN_FRONT else _learnt(_IN_FRONT, token, _alone)
            if said is None:
                most = _MOST_IN_FRONT[token] if token in _MOST_IN_FRONT else _learnt(_MOST_IN_FRONT, token, _loudest)
                if most is not None:
                    behind = _what_follows(text, end, opens=False)
                    if not _suffices(text, offset, part, most, behind, enough):
                        return False
                said = _pair_in_front(text, least, cut, space)
    if said is None:
        said = _in_front(text, start, town=town > 0)
        if said is None:
            return True
    if behind is None:
        behind = _what_follows(text, end, opens=said.opens)
    return _suffices(text, offset, part, said, behind, enough)


def _suffices(text: str, offset: int, part: Part, said: "_Said", behind: "_Said", enough: float) -> bool:
    person = part.person + said.person + behind.person
    if said.opens or text[offset + part.end : offset + part.end + 1] == ":":
        # "Joy gets dizzy after her pill", "Vitals for Joy:"
        person += _OF_A_SENTENCE
    if person >= enough:
        return True
    if not part.town:
        return False
    place = said.place
    if part.led:
        place = max(place, place_in_front(before(text, offset)))
    return part.town + place + behind.place >= enough


def _pair_in_front(text: str, least: int, cut: int, space: int) -> "_Said | None":
    second = text.rfind(" ", least, cut) if cut > 0 else -1
    if second < 0:
        return None
    pair = text[second + 1 : space]
    return _PAIR_IN_FRONT[pair] if pair in _PAIR_IN_FRONT else _learnt(_PAIR_IN_FRONT, pair, _paired)


def _what_follows(text: str, end: int, *, opens: bool) -> "_Said":
    mark = text[end : end + 1]
    if mark == " ":
        stop = text.find(" ", end + 1, end + _REACH)
        if stop > 0:
            token = text[end + 1 : stop]
            said = _BEHIND[token] if token in _BEHIND else _learnt(_BEHIND, token, _next)
            if said is not None:
                return said
    elif (mark in CLOSING and not (opens and mark == ":")) or (mark == "." and text[end + 1 : end + 2] in CLOSED):
        return _NOTHING
    return _behind(text, end, opens=opens)


def _learnt(known: dict[str, _Said | None], token: str, ask: Callable[[str], _Said | None]) -> _Said | None:
    if len(known) >= _MOST_TOKENS:
        known.clear()
    said = known[token] = ask(token)
    return said


def _alone(token: str) -> _Said | None:
    """What one token in front says, if that does not depend on what stands before it."""
    if token.isalpha():
        return None if token.lower() in _loud() else _NOTHING
    words = _LETTERS.findall(token)
    gap = token[token.rindex(words[-1]) + len(words[-1]) :] if words else token
    if not words or words[-1].lower() in _loud():
        # Whatever the word says, it does not say it across a number, which may be a postcode.
        # It may be a bed's.
        return _Said(OF_A_BED, 0.0, True) if _DIGIT.search(gap) and not _POSTCODE.search(gap) else None
    if _POSTCODE.search(gap):
        return None
    # ", " in front is something for a town.
    bed = OF_A_BED if _DIGIT.search(token) else 0.0
    return _Said(bed, _OF_A_COMMA if gap == "," else 0.0, any(mark in gap for mark in ".?!"))


def _loudest(token: str) -> _Said | None:
    """The most that one loud word in front can say, with any word before it; None for what is no word, or glued."""
    word = token.lower()
    if not token.isalpha() or word in _GLUED:
        return None
    asked = _OF_A_QUESTION if word in _ASKING else _OF_A_PURPOSE if word == "for" else 0.0
    fronts = [Before(word, second, " ", False) for second in _seconds()]
    return _Said(max(map(person_in_front, fronts)) + asked, max(map(place_in_front, fronts)))


@cache
def _seconds() -> tuple[str, ...]:
    """One of each kind of words that decide what the word behind them says."""
    lists = [prose(name) for name in SECOND_LISTS]
    words = ("", *SECONDS, *sorted(frozenset().union(*lists)))
    return tuple(
        {(word if word in SECONDS else "", *(word in words for words in lists)): word for word in words}.values()
    )


def _paired(pair: str) -> _Said | None:
    """What two tokens in front say."""
    second, word = pair.split(" ")
    second, word = second.rstrip(_MARKS), word.lower()
    if not word.isalpha() or not second.isalpha() or word in _GLUED:
        return None
    front = Before(word, second.lower(), " ", False)
    asked = _OF_A_QUESTION if word in _ASKING else _OF_A_PURPOSE if word == "for" else 0.0
    return _Said(person_in_front(front) + asked, place_in_front(front))


# The same of the beginning of a text.
APART_AT_THE_BEGINNING = (_OF_A_SENTENCE, 0.0)


def apart_in_front(token: str) -> tuple[float, float] | None:
    """The most that a token and a space in front say for a person and a place, whatever stands before the token.

    None where that is more than one number, or where the token may be part of the same run.
    """
    if token.isalpha():
        ends = token.islower() and token not in prose("particles")
    else:
        last = token[-1:]
        # Only an initial's full stop is part of a run.
        ends = not token[-2:-1].isupper() if last == "." else last not in _JOINTS and not last.isalpha()
    said = (_alone(token) or _loudest(token)) if ends else None
    if said is None:
        return None
    return said.person + (_OF_A_SENTENCE if said.opens else 0.0), said.place


def apart_behind(token: str) -> tuple[float, float] | None:
    """The most that a space and a token behind say, whatever stands behind the token; None as in front."""
    found = _LETTERS.match(token)
    if found is None or found[0] in prose("particles") or not found[0].islower() or "'" in token or "-" in token:
        return None
    said = _next(token)
    return None if said is None else (said.person, said.place)


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
    asked = _OF_A_QUESTION if word in _ASKING else _OF_A_PURPOSE if word == "for" else 0.0
    asked += OF_A_BED if is_in_a_bed(text, start) else 0.0
    comma = _OF_A_COMMA if front.gap == ", " else 0.0
    return _Said(person_in_front(front) + asked, place_in_front(front) + comma, front.opens)


def _next(token: str) -> _Said | None:
    """What a token behind says that is a word, if nothing that follows it can change that."""
    found = _LETTERS.match(token)
    if found is None:
        return None
    word, lower = found[0], found[0].lower()
    if lower in OPENINGS or "ty" in lower or "teen" in lower or lower[0] in "nñ":
        return None
    if CONTACT.match(token) or DEGREE.match(f" {token} "):
        return None
    place = _BEYOND if lower in _SETTLED or lower in prose("town_endings") else _MOST if word[0].isupper() else 0.0
    return _Said(max(_by_word(word), OF_A_MEASURE if lower in MAYBE_MEASURES else 0.0), place)


def _by_word(word: str) -> float:
    return _OF_A_FAMILY if word in prose("of_a_family") else _OF_A_VERB if word in _verbs() else 0.0


def _behind(text: str, end: int, *, opens: bool) -> _Said:
    """What stands behind of any kind."""
    mark = text[end : end + 1]
    place = 0.0
    if mark in (" ", ",", ""):
        word = _WORD_BEHIND.match(text, end, end + _REACH)
        if word is not None:
            ends = word[1].lower() in prose("town_endings") or word[1] in _SETTLED
            place = _BEYOND if ends else _MOST if word[1][0].isupper() else 0.0
    if mark in ("'", "’"):
        return _Said(person_behind(text, end, after(text, end), named=True), place)
    if (
        (opens and TALK.match(text, end))
        or IDENTIFIED.match(text, end, end + _REACH)
        or DEGREE.match(text, end, end + 12)
    ):
        return _Said(_MOST, place)
    if mark == "," and AGED.match(text, end):
        return _Said(OF_AN_AGE, place)
    back = after(text, end) if mark == " " else None
    said = _by_word(back.word) if back is not None else 0.0
    if back is not None and back.word in MAYBE_MEASURES:
        said = max(said, OF_A_MEASURE)
    return _Said(max(said, _OF_A_VERB) if CONTACT.match(text, end, end + _REACH) else said, place)

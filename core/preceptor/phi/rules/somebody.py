"""May a word be somebody's name where only a name can stand, and what stands in front of a tail that tells so?"""

import re
from collections.abc import Callable

from preceptor.phi.lexicon import members, words
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import is_proper, profile
from preceptor.phi.rule import Candidate, Check, Verdict
from preceptor.phi.rules.people import is_nameable
from preceptor.phi.types import Severity

# What RE2 matches as a word with a capital, and as a name of up to three. Of Latin letters only: all that Unicode has
# would make of each rule an automaton of twenty thousand states. Which of them are capitals the checks look at.
UPPER = "[A-ZÀ-ÞĀ-ɏḀ-ỿ]"
CAPITAL = rf"{UPPER}[A-Za-zÀ-ɏḀ-ỿ'’-]*[a-zß-ɏḀ-ỿ]"
NAME = rf"{CAPITAL}(?: {CAPITAL}| {UPPER}\b\.?){{0,2}}"
CAPITAL_IN_FRONT = r"(?<![\w'-])[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['-][^\W\d_]+)*"
_REACH = 48
_LEAST_PROPER = 5
_SHAPE = re.compile(r"[^\W\d_](?:['’]?[^\W\d_a-z]|ac[A-Z]|c[A-Z])?[^\W\d_A-Z]+")

Judge = Callable[[Candidate], Severity | Verdict | None]


def whole(check: Judge) -> Check:
    """A check of what is a word with a capital, or all in small ones: RE2 knows the borders of ASCII words only."""

    def checked(candidate: Candidate) -> Severity | Verdict | None:
        value = candidate.value
        if candidate.after(1).isalpha() or not (value[0].isupper() or value[0].isascii()):
            return None
        return check(candidate)

    return checked


def in_front(pattern: str, check: Judge, gap: str = "") -> Check:
    """A check of what stands in front of a tail: the rule looks for the tail, which is rarer than a name is.

    ``pattern`` is one of Python's, with the name as its group ``v``; it is matched up to the tail, or to the ``gap``
    in front of the tail.
    """
    front = re.compile(f"(?:{pattern}){gap}$")

    def looked(candidate: Candidate) -> Verdict | None:
        left = candidate.before(_REACH)
        found = front.search(left)
        if found is None:
            return None
        offset = candidate.start - len(left)
        name = Candidate(candidate.text, offset + found.start("v"), offset + found.end("v"))
        judged = check(name)
        return Verdict(judged, name.start, name.end) if isinstance(judged, Severity) else judged

    return looked


def bare(word: str) -> str:
    """A word in small letters, without its possessive."""
    return word.removesuffix("'s").removesuffix("’s").strip(".'").lower()


def first(candidate: Candidate) -> str:
    """The first word of what was found."""
    return candidate.value.split(" ", 1)[0]


def is_shaped(word: str) -> bool:
    """Whether a word is written as names are: "Ana-Maria", "O'Shea", "McKee", but neither "VODcasts" nor "DaT"."""
    parts = word.removesuffix("'s").split("-")
    if len(parts) > 1 and any(part.lower() in words("eponyms") or part.lower() in words("medical") for part in parts):
        return False
    return all(_SHAPE.fullmatch(part) for part in parts if part)


def is_nobodys(lower: str) -> bool:
    """Whether a word names nobody, where no title or label says that it does."""
    return lower in words("never-names") or lower in words("no-names")


def is_no_name(word: str) -> bool:
    """Whether a word is nobody's name however it stands: a title, a role, a day, a state, a word of sentences."""
    lower = bare(word)
    if any(lower in prose(name) for name in ("roles", "stops", "titles", "little")):
        return True
    if any(bare(word).capitalize() in members(name) for name in ("states", "provinces", "countries", "more_countries")):
        return True
    return is_nobodys(lower) or lower in members("seasons") or not is_shaped(word)


def is_borne(word: str) -> bool:
    """Whether somebody is usually called so, whatever else the word means: "Joy", "Precious"."""
    lower = bare(word)
    known = profile(lower)
    if known is None or lower in words("medical") or lower in members("borne_rarely"):
        return False
    return known.given >= 2


def is_name_of_something(word: str) -> bool:
    """Whether dictionaries have a word with a capital alone: a name, a place or a product."""
    lower = bare(word)
    if len(lower) < _LEAST_PROPER or not is_proper(lower):
        return False
    return lower not in words("medical") and lower not in words("eponyms")


def somebody(candidate: Candidate) -> Severity | None:
    """Where nothing but somebody can stand."""
    word = first(candidate)
    named = not is_no_name(word) and (
        is_nameable(bare(word).capitalize()) or is_borne(word) or is_name_of_something(word)
    )
    return Severity.MEDIUM if named and not is_no_name(word) else None


def borne(candidate: Candidate) -> Severity | None:
    """The same, without what is only a proper name: places and products have these too."""
    word = first(candidate)
    named = not is_no_name(word) and (is_nameable(bare(word).capitalize()) or is_borne(word))
    return Severity.MEDIUM if named else None


def small(candidate: Candidate) -> Severity | None:
    """ "it's jo from ward 4": a given name in small letters where somebody says who it is."""
    known = profile(candidate.value)
    named = known is not None and known.given >= 2 and not is_nobodys(candidate.value)
    return Severity.MEDIUM if named and candidate.value not in members("borne_rarely") else None

"""What else of a place or a name is written right beside the part of it that was found?"""

import re
from functools import cache

from preceptor.phi.lexicon import alternation, members
from preceptor.phi.names.words import weigh

# "Coeur d'Alene": how a place goes on behind a small word.
_ELIDED = frozenset(("'", "’"))
_BEHIND = re.compile(r"[ -][dlDL]['’][^\W\d_]+")
_LONGEST_FRONT = 64
_DIGIT = re.compile("[0-9]")
_CAPITALISED = re.compile(r"[^\W\d_a-z][^\W\d_]{2,}")
_LONGEST_PARTICLES = 16


@cache
def _numbered() -> re.Pattern[str]:
    """Matches what stands in front of a town: "3 The Old Maltings, ", "Unit 12 Odos Kanari, "."""
    capitalised = r"[^\W\d_a-z][\w'’-]*"
    kinds = "|".join(map(re.escape, members("numbered_places")))
    return re.compile(
        rf"(?<![\w.,/-])(?P<kind>(?i:{kinds}) )?\d{{1,5}}[A-Za-z]?,? (?P<the>The )?"
        rf"(?P<words>(?:{capitalised} ){{0,3}}{capitalised}), $"
    )


@cache
def _particles() -> re.Pattern[str]:
    # "Ana y Pedro" are two.
    return re.compile(rf" (?!y )(?:(?:{alternation('particle')}|{alternation('particle_of_kin')}) ){{1,2}}")


def whole(text: str, start: int, end: int, least: int) -> tuple[int, int]:
    """Where a place begins and ends of which ``text[start:end]`` was found; it begins at ``least`` or behind it.

    "Mount Baker", "Cabin 9", "3 The Old Maltings, Southwold", "Coeur d'Alene".
    """
    if text[end : end + 3].strip("- ")[1:] in _ELIDED:
        behind = _BEHIND.match(text, end)
        end = end if behind is None else behind.end()
    if start - 1 <= least or text[start - 1] != " ":
        return start, end
    if text[start - 2] == ",":
        return begun(text, start, least), end
    begin = max(least, text.rfind(" ", least, start - 1) + 1)
    word = text[begin : start - 1]
    belongs = word in members("begins_places") if text[start].isupper() else word.lower() in members("numbered_places")
    return (begin if belongs and text[begin - 1 : begin] not in ("-", "'") else start), end


def begun(text: str, start: int, least: int) -> int:
    """Where an address begins whose town begins at ``start``, behind a comma."""
    opening = max(least, start - _LONGEST_FRONT)
    if text[start - 2 : start] != ", " or _DIGIT.search(text, opening, start) is None:
        return start
    front = _numbered().search(text, opening, start)
    if front is None:
        return start
    # "On 40 Insulin, Boston": but for a kind of place or an article a word stands there that is no ordinary one.
    told = front["kind"] or front["the"] or not all(weigh(word).plain for word in _CAPITALISED.findall(front["words"]))
    return front.start() if told else start


def is_one_name(text: str, end: int, start: int) -> bool:
    """Whether between two names stands what joins the parts of one: "Nurul Izzati binti Roslan"."""
    return 0 < start - end <= _LONGEST_PARTICLES and _particles().fullmatch(text, end, start) is not None

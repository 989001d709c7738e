"""Which capitalised words are written together, and what may they be?

A run's own weights depend on nothing around it, so they are worked out once for each run that is met.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from preceptor.phi.lexicon import entries, phrases
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import PLAIN, Word, profile, weigh


def _pattern(capital: str, letter: str, in_word: str) -> "re.Pattern[str]":
    particle = _alternatives(prose("particles"))
    tail = rf"(?:\.(?!{letter}{{2}}{letter}*\.)|{letter}*(?:['-]{letter}+)*(?!{in_word}))"
    between = rf"[ \t]{{1,2}}(?:[{capital}]|(?:{particle}[ \t]){{0,3}}(?:(?:al|el|ul|ad|as|ar|ash)-|[dl]')?[{capital}])"
    # The capital comes first, and then what must not stand before it: a search for a set of characters is a fast one.
    return re.compile(rf"[{capital}](?<!{in_word}[{capital}]){tail}(?:(?:{between}|(?<=\.)[{capital}]){tail}){{0,9}}")


def _alternatives(words: Iterable[str]) -> str:
    """A pattern for one of several words that reads each letter once."""
    heads: dict[str, list[str]] = {}
    for word in sorted(words):
        heads.setdefault(word[:1], []).append(word[1:])
    may_end = heads.pop("", None) is not None
    if not heads:
        return ""
    inside = "|".join(re.escape(head) + _alternatives(rest) for head, rest in heads.items())
    return f"(?:{inside})" + ("?" if may_end else "")


@cache
def capitals() -> str:
    """Every upper-case letter but A to Z, as ranges of a character class."""
    ranges: list[list[int]] = []
    for code in range(0xC0, 0x2000):
        if unicodedata.category(chr(code)) == "Lu":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "A-Z" + "".join(f"{chr(a)}-{chr(b)}" if b > a else chr(a) for a, b in ranges)


@cache
def run_pattern(*, ascii: bool) -> "re.Pattern[str]":
    """Matches every run; ``ascii`` for a text that is nothing else, which is faster."""
    if ascii:
        return _pattern("A-Z", "[A-Za-z]", "[A-Za-z0-9_]")
    return _pattern(capitals(), r"[^\W\d_]", r"\w")


_GLUED = re.compile(r"(?:al|el|ul|ad|as|ar|ash)-(?=[^\W\d_a-z])")
_TOKEN = re.compile(r"[^\W\d_]\.|[^\W\d_]+(?:['-][^\W\d_]+)*")


# With a capital in the middle of a name: "José Luis Del Castillo", "María El Kadaoui", "Siobhán Ní Bhriain".
_PARTICLES = frozenset(("De", "Del", "La", "Las", "Los", "El", "Ní", "Nic", "Ó", "Uí"))


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a run, ``run[start:end]``, that may be a person's name or a town."""

    start: int
    end: int
    person: float
    town: float
    # Tokens but initials and particles.
    words: tuple[str, ...]
    given: bool
    # Whether a plain capitalised word of the same run follows or precedes: "Barcelona Clinic".
    followed: bool
    led: bool
    unseen: bool
    shouted: bool


def parts(run: str, spanish: bool = True) -> tuple[Part, ...]:
    """The parts of a run that deserve a look at what stands around them; empty for nearly every run of clean text.

    ``spanish`` says that the text is, or may be: its ordinary words count then.
    """
    tokens: list[tuple[int, int, Word, str]] = []
    for match in _TOKEN.finditer(run):
        written = match.group()
        glued = _GLUED.match(written)
        if glued:
            # "al-Hassan": the particle belongs to the name, and its capital comes later.
            written = written[glued.end() :]
            tokens.append((match.start(), match.end(), weigh(sys.intern(written), spanish), written))
        elif written[0].isupper() and not (tokens and written in _PARTICLES):
            tokens.append((match.start(), match.end(), weigh(sys.intern(written), spanish), written))
    if _counts(tokens):
        tokens = [(start, end, PLAIN if word.initial else word, written) for start, end, word, written in tokens]
    found: list[Part] = []
    index = 0
    while index < len(tokens):
        region = _region(run, tokens, index)
        if region:
            index = region
            continue
        town = _town(run, tokens, index, spanish)
        if town:
            found.append(town[0])
            index = town[1]
            continue
        word = tokens[index][2]
        if word.plain or (word.initial and (index + 1 >= len(tokens) or tokens[index + 1][2].plain)):
            index += 1
            continue
        last = index
        while last + 1 < len(tokens) and not _ends(tokens[last][3]) and _continues(tokens, index, last + 1):
            last += 1
        part = _part(run, tokens, index, last)
        if part:
            found.append(part)
        index = last + 1
    return tuple(found)


def _counts(tokens: list[tuple[int, int, Word, str]]) -> bool:
    """Whether single letters count what stands between them: "A. Observation B. Surgery C. Biopsy"."""
    letters = [(index, token[3][0]) for index, token in enumerate(tokens) if token[2].initial]
    return any(
        ord(second) == ord(first) + 1 and place > previous + 1
        for (previous, first), (place, second) in pairwise(letters)
    )


_TWO = 2
_USUAL = 3


# No family name that stands behind another name: "Braden Scale".
_MEASURES = prose("measures")


def _continues(tokens: list[tuple[int, int, Word, str]], first: int, index: int) -> bool:
    """Whether a token belongs to the name that a token before it began."""
    written, word = tokens[index][3], tokens[index][2]
    lower = written.lower().removesuffix("'s")
    if lower in prose("stops") or lower in _MEASURES:
        return False
    if not word.plain:
        return lower not in prose("eponymous") or (
            word.person > 0 and (tokens[first][2].given or tokens[first][2].maybe_given or tokens[first][2].unseen)
        )
    if lower in prose("eponymous"):
        return False
    # "Jennifer Stone": behind a given name comes its family name, whatever else the word means; but only one such word.
    head = tokens[first][2]
    if head.maybe_given and not head.given and index == first + 1 and len(tokens) == _TWO:
        # "Summer Fields": words both, and names of somebody if both are.
        known = profile(lower)
        return known is not None and known.family == _USUAL and written[1:].islower()
    if not head.given or head.person < 2.25 or len(lower) < 3 or (index > first + 1 and tokens[index - 1][2].plain):
        return False
    return all(piece[1:].islower() == tokens[first][3][1:].islower() for piece in written.split("-") if len(piece) > 1)


def _ends(written: str) -> bool:
    return written.endswith(("'s", "'S"))


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    """Names of several words that are no names here: states, countries, and what is named after somebody."""
    lists = (
        *entries("states"),
        *entries("provinces"),
        *entries("countries"),
        *entries("more_countries"),
        *phrases("eponym-phrases"),
    )
    return frozenset(name.lower() for name in lists if " " in name)


def _region(run: str, tokens: list[tuple[int, int, Word, str]], index: int) -> int:
    """The index behind a state or country of several words that begins at a token, or 0."""
    for last in range(min(index + 3, len(tokens) - 1), index, -1):
        if run[tokens[index][0] : tokens[last][1]].lower().removesuffix("'s") in _regions():
            # "New York City" is a town.
            return 0 if last + 1 < len(tokens) and tokens[last + 1][3] == "City" else last + 1
    return 0


def _town(run: str, tokens: list[tuple[int, int, Word, str]], index: int, spanish: bool) -> tuple[Part, int] | None:
    """A town of several words that begins at a token."""
    lists = gazetteer()
    first = tokens[index][3].lower()
    if first not in lists.openings:
        return None
    for last in range(min(index + 3, len(tokens) - 1), index, -1):
        phrase = run[tokens[index][0] : tokens[last][1]].lower()
        if phrase in lists.towns:
            words = [weigh(t[3], spanish) for t in tokens[index : last + 1]]
            # "Van Buren", "San Juan", "Miguel Hidalgo": a town named after somebody.
            person = sum(w.person for w in words) if all(w.person for w in words) else 0.0
            plain = all(w.plain for w in words)
            part = Part(
                tokens[index][0],
                tokens[last][1],
                person,
                1.5 if plain else 2.25,
                tuple(t[3] for t in tokens[index : last + 1]),
                words[0].given,
                last + 1 < len(tokens) and tokens[last + 1][2].plain,
                index > 0,
                False,
                words[0].shouted,
            )
            return part, last + 1
    return None


def _part(run: str, tokens: list[tuple[int, int, Word, str]], first: int, last: int) -> Part | None:
    chosen = tokens[first : last + 1]
    words = [token[2] for token in chosen]
    named = [w for w in words if not w.initial]
    if not named:
        return None
    given = any(w.given for w in named)
    named = [w for w in named if not w.plain] or named
    person = sum(w.person for w in named)
    if len(named) == 1 and len(words) > 1:
        if words[0].maybe_given and not given:
            # "Summer Fields", and "Summer Camp".
            person += 0.5
        else:
            person += 1.75 if (words[0].initial and chosen[0][3].endswith(".")) or given else 1.0
    elif len(named) > 1:
        if (
            named[0].given
            or named[-1].given
            or (named[0].maybe_given and named[1].person > (1.0 if named[0].person < 1.0 else 0.0))
        ):
            person += 1.0
        elif any(w.unseen for w in named):
            # "Lakhwinder Singh", but not "Transvaginal Doppler".
            head, tail = named[0], named[-1]
            person += 0.75 if head.unseen and tail.person >= 1.0 and not (tail.unseen or tail.eponym) else 0.5
        if any(w.initial for w in words[1:-1]):
            person += 1.0
    town = max(w.town for w in named) if len(named) <= 3 else 0.0
    if len(tokens) >= 5 and sum(t[2].plain for t in tokens) * 2 > len(tokens) and not given:
        # A headline: every word has a capital.
        person -= 1.0
    start, end = chosen[0][0], chosen[-1][1]
    if _ends(chosen[-1][3]):
        end -= 2
    followed = last + 1 < len(tokens)
    if followed and tokens[last + 1][3].lower() in prose("town_endings"):
        followed = False
    if followed and tokens[last + 1][3].lower().rstrip(".") in prose("suffixes") and (given or len(named) > 1):
        person, followed = person + 1.0, False
    return Part(
        start,
        end,
        person,
        town,
        tuple(t[3] for t in chosen if not t[2].initial),
        given,
        followed,
        first > 0,
        any(w.unseen for w in named),
        all(w.shouted for w in named),
    )

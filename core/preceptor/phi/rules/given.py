"""Which words are given names that the gazetteer has not, wherever they stand?

The gazetteer weighs names of censuses. These are usual in other countries and are no words: they need no cue.
"""

import re
from functools import cache

from preceptor.phi.lexicon import alternation, entries, words
from preceptor.phi.names.behind import after, is_eponymous
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.people import is_nameable
from preceptor.phi.types import PhiType, Severity

_ANY_CASE, _CAPITAL = "given-names", "given-names-capital"
# The words of the name that follow: "Tallulah Greenwater", "Tamsin Great Elk", "Abdelaziz al-Hassan", "Zodwa M.".
_ONWARD = re.compile(
    r" ((?:(?:al|el|ul|ad|as|ar|ash)-|[dlo]')?[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['-][^\W\d_]+)*\.?)(?![\w])"
)
_PARTICLE = re.compile(
    r" (?:(?:van|von|der|den|de|la|bin|bint|al|el|di|da|dos|ter|ten|te|af|ben)\b ?-?){1,3}(?= ?[^\W\d_a-z])"
)
_MOST_WORDS = 3
_BEGINS = re.compile(r"[\w@#.-]$")
_SMALL_ONWARD = re.compile(r" ([^\W\d_]{3,})(?!\w)")


@cache
def _written_with_capitals() -> frozenset[str]:
    """Names with a capital at the beginning of each of their parts, or of the first."""
    names = words(_CAPITAL)
    return frozenset({name[0].upper() + name[1:] for name in names} | {name.title() for name in names if "-" in name})


def _given(candidate: Candidate) -> Verdict | None:
    """A given name as a whole word, with the family name behind it; no name of a thing and none of a citation."""
    text, value = candidate.text, candidate.value
    if _BEGINS.search(candidate.before(1)) or not (value.istitle() or value.islower() or _is_written(value)):
        return None
    back = after(text, candidate.end)
    if back.gap == " " and not back.possessive and (is_eponymous(back.word) or back.word == "et"):
        return None
    if back.gap.startswith(("@", "_")) or (back.gap == "." and value.islower()):
        return None
    end = _small_end(candidate) if value.islower() else _end(text, candidate.end, shouted=value.isupper())
    return Verdict(Severity.MEDIUM, candidate.start, end)


def _is_written(value: str) -> bool:
    return value.isupper() or (value[0].isupper() and value[1:].islower())


def _end(text: str, end: int, *, shouted: bool) -> int:
    """Where a name ends that begins with a given name: behind the capitalised words that belong to it."""
    for _ in range(_MOST_WORDS):
        particle = _PARTICLE.match(text, end)
        onward = _ONWARD.match(text, particle.end() - (text[particle.end() - 1] == " ") if particle else end)
        if onward is None:
            break
        word = onward[1].rstrip(".")
        lower = word.lower()
        if lower in prose("stops") or is_eponymous(lower) or (word.isupper() and len(word) > 1 and not shouted):
            break
        if _is_no_family(lower, lonely=not text[onward.end() + 1 : onward.end() + 2].isupper()) or (
            shouted and not is_nameable(word)
        ):
            break
        end = onward.end() - (onward[1].endswith(".") and len(word) > 1)
    return end


def _is_no_family(lower: str, *, lonely: bool) -> bool:
    """Whether a word behind a given name is none of it: "Tamsin Metoprolol 25 mg", but "Adaora Bayer".

    An ordinary one may begin a family name of two words, "Tamsin Great Elk", unless it is ``lonely``.
    """
    if lower in words("medical"):
        return True
    known = profile(lower)
    if known is not None and known.family >= 2:
        return False
    return lower in words("never-names") or (lonely and known is not None and known.ordinary >= 2 and not known.family)


def _small_end(candidate: Candidate) -> int:
    """ "imran qazi": the word behind a name in small letters, where it is a name and nothing else."""
    onward = _SMALL_ONWARD.match(candidate.text, candidate.end)
    if onward is None or not onward[1].islower() or onward[1] in prose("verbs") or not is_nameable(onward[1]):
        return candidate.end
    return onward.end() if len(onward[1]) > _MOST_WORDS else candidate.end


def _names() -> str:
    """Every name in the forms in which it is found. RE2 knows where a word begins if its letter is of ASCII."""
    small = words(_ANY_CASE)
    plain = sorted(re.escape(name) for name in small if name[0].isascii())
    others = sorted(re.escape(name) for name in small if not name[0].isascii())
    written = "|".join(sorted(map(re.escape, _written_with_capitals())))
    return rf"\b(?:(?i:{'|'.join(plain)})|{written})|(?i:{'|'.join(others)})"


def _formed(candidate: Candidate) -> Verdict | None:
    """ "Oluwatobiloba", "Sigurðardóttir": a word of no list but of names, formed as only names are."""
    if _BEGINS.search(candidate.before(1)) or not is_nameable(candidate.value) or len(candidate.value) <= _SHORTEST:
        return None
    known = profile(candidate.value.lower())
    if known is not None and known.town > max(known.family, known.given):
        return None
    return _given(candidate)


def _named(candidate: Candidate) -> Verdict | None:
    """The first of the lists that has the word or some of its parts decides; then how it is formed."""
    text, start = candidate.text, candidate.start
    ends = [start + part.end() for part in _PART.finditer(candidate.value)]
    parts = [Candidate(text, start, end) for end in ends if not _GOES_ON.match(text, end)]
    listed = next((part for part in parts if part.value.lower() in words(_ANY_CASE)), None) or next(
        (part for part in parts if part.value in _written_with_capitals()), None
    )
    if listed is not None:
        return _given(listed)
    return _formed(parts[0]) if parts and parts[0].end == ends[0] and _is_formed(parts[0].value) else None


_PART = re.compile(r"[^'-]+")
_GOES_ON = re.compile(r"[0-9_]")


def _is_formed(value: str) -> bool:
    """Whether a word is written as :data:`_FORMED` says."""
    begun = next((begin for begin in entries("name_beginnings") if value.startswith(begin)), None)
    if begun is not None and value[len(begun) :].islower() and 2 <= len(value) - len(begun) <= _LONGEST_REST:
        return True
    return value[0].isascii() and value[0].isupper() and value[1:].islower() and _ENDED.search(value) is not None


_LONGEST_REST = 16
_ENDED = re.compile(rf"^.\w{{2,12}}(?:{alternation('name_endings')})$")


_SHORTEST = 6
_FORMED = (
    rf"\b(?:{alternation('name_beginnings')})\p{{Ll}}{{2,16}}"
    rf"|\b[A-Z]\p{{Ll}}{{2,12}}(?:{alternation('name_endings')})"
)
# Both in one automaton, which reads every text once.
RULES = (
    Rule(
        "name-given",
        PhiType.NAME,
        r"(?P<v>[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*)",
        check=_named,
        begin=rf"(?:{_names()}|{_FORMED})(?:'s?)?(?:[^\p{{L}}\p{{M}}\d_]|$)",
    ),
)

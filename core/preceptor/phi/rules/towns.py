"""Which words place somebody, told by a county, a house in a town, or a person who is of there?"""

import re

from preceptor.phi.lexicon import alternation, members, words
from preceptor.phi.names.addresses import grown
from preceptor.phi.names.words import profile, weigh
from preceptor.phi.rule import Candidate, Check, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

_CAPITAL = r"\p{Lu}[\p{L}\p{M}'-]*\p{Ll}"
_TOWN = rf"{_CAPITAL}(?:[ -](?:on|upon|in|le|under|by)[ -](?:the[ -])?{_CAPITAL}| {_CAPITAL}){{0,2}}"
_POSTCODE = r"[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}"


def _is_place(word: str) -> bool:
    """Whether a word may be a town's name: one that a town bears, a family's name, or one of no list."""
    lower = word.lower().removesuffix("'s")
    word = word.removesuffix("'s")
    if lower in words("never-names") or lower in words("medical") or lower in members("no_county"):
        return False
    known = profile(lower)
    if known is None:
        return weigh(word).unseen or "-" in word
    return known.town > 0 or (known.family > 1 and known.ordinary < 2) or weigh(word).town > 0


def _county(candidate: Candidate) -> Severity | None:
    """ "Choctaw County", but neither "Each County" nor the "County Health Department"."""
    if candidate.after(2)[:1] == " " and candidate.after(2)[1:].isupper():
        return None
    return Severity.MEDIUM if _is_place(candidate.value.split()[-2]) else None


_FLAT = re.compile(r"(?i)^(?:flat|apt|unit|apartment) \w{1,4},? ")


def _house(candidate: Candidate) -> Verdict | None:
    """ "88 Harbour View, Peterhead": a number, a street of any word and, behind a comma, a town."""
    value = _FLAT.sub("", candidate.value)
    street, _, town = value.partition(", ")
    if not _is_place(town.split()[0].rstrip(",")) or street.split()[1].lower() in words("medical"):
        return None
    start, end = grown(candidate.text, candidate.start, candidate.end)
    return Verdict(Severity.HIGH, start, end)


_NAMED = re.compile(r"[^\W\d_a-z][\w'-]*[^\W\d_] [^\W\d_a-z][\w'-]*[^\W\d_] of $")


def _of_a_town(candidate: Candidate) -> Severity | None:
    """ "Gethin Prosser of Pontardawe": somebody with a given name, or a title, is of a town."""
    front = candidate.before(48)
    if not _NAMED.search(front):
        return None
    people = re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", front)[:-1][-2:]
    given = len(people) == 2 and (known := profile(people[0].lower())) is not None and known.given > 0
    titled = re.search(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Rev|Fr|Sir|Lady|Lord)\.? ", front) is not None
    word = candidate.value.split()[0]
    known = profile(word.lower())
    if not (given or titled) or word in members("no_city") or any(word in members(name) for name in _REGIONS):
        return None
    if known is not None and known.ordinary >= 2 and not known.town and not weigh(word).town:
        return None
    return Severity.MEDIUM if _is_place(word) else None


def _of_small_words(candidate: Candidate) -> Severity | None:
    """ "King of Prussia", "Stow-on-the-Wold"; not "from January on March"."""
    first = re.split(r"[ -]", candidate.value, maxsplit=1)[0]
    regions = any(first in members(name) for name in (*_REGIONS, "no_city"))
    return None if regions or first.lower() in members("seasons") else Severity.MEDIUM


_REGIONS = ("states", "provinces", "countries", "more_countries")


def _rule(id: str, pattern: str, check: Check | None = None, *, inside: bool = False) -> Rule:
    return Rule(id, PhiType.LOCATION, pattern, check=check, inside=inside)


RULES = (
    _rule(
        "county",
        rf"\b(?P<v>{_CAPITAL}(?: {_CAPITAL})? (?:County|Parish|Township|Borough))\b",
        _county,
        inside=True,
    ),
    _rule(
        "house-in-a-town",
        rf"\b(?P<v>(?:(?i:flat|apt|unit|apartment) \w{{1,4}},? )?\d{{1,4}}[A-Za-z]? (?:{_CAPITAL} ){{1,2}}"
        rf"(?:{alternation('street_british')}|Ct|Rd|Ln|Dr|Cl|Ave|Av|St), {_TOWN}(?:, {_POSTCODE}\b)?)",
        _house,
        inside=True,
    ),
    _rule(
        "town-of-somebody",
        rf"\bof (?P<v>{_TOWN})(?:[.,;)]|\n|$| (?:and|in|who|has|is|was|for)\b)",
        _of_a_town,
    ),
    _rule(
        "town-of-small-words",
        rf"\b(?i:live[sd]? in|living in|from|moved to|born in|visiting|resid(?:es|ing) in) "
        rf"(?P<v>{_CAPITAL}(?: |-)(?:or|of|upon|on|le|by|in|under|next)(?: |-)(?:the(?: |-))?{_CAPITAL})",
        _of_small_words,
    ),
    _rule(
        "street-of-a-place",
        rf"\b(?i:at|in|to|from) (?i:the|our|my|her|his|their) (?P<v>(?:{_CAPITAL} ){{1,2}}(?:Street|Avenue|Road"
        r"|Boulevard|Lane|Drive|Court|St|Ave|Rd|Blvd|Ln))"
        r" (?:place|house|home|apartment|flat|address|office|clinic|property)\b",
    ),
)

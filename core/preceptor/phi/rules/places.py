"""Which words place somebody below the level of a state?"""

from preceptor.phi.lexicon import alternation, entries
from preceptor.phi.rule import Candidate, Check, Rule, cue
from preceptor.phi.types import PhiType, Severity

_CITY = r"\p{Lu}[\p{L}'.-]+(?: \p{Lu}[\p{L}'.-]+){0,2}"
_WORD = r"(?:\p{Lu}[\p{L}'.-]*|\d{1,3}(?:st|nd|rd|th))"
_DE = r"(?:de(?: la| los| las|l)? )?"
_ZIP = r"\d{5}(?:-\d{4})?\b"


def _postcode(candidate: Candidate) -> Severity | None:
    area = "".join(c for c in candidate.value[:2] if c.isalpha())
    return Severity.MEDIUM if candidate.stands_alone() and area in entries("uk_postcode_areas") else None


def _city(candidate: Candidate) -> Severity | None:
    city, _, state = candidate.value.rpartition(", ")
    following = candidate.after(2)
    # "IFN-gamma, IL-1beta" is a list, "Barthel Index, New York Heart Association" a name, "Kansas, Maine" two states.
    if following[:1] == "-" or (len(state) > 2 and following[:1] == " " and following[1:].isupper()):
        return None
    if city in entries("states") or any(name in entries("no_city") for name in city.split()):
        return None
    return Severity.MEDIUM if "-" not in city and not city.isupper() else None


def _home(candidate: Candidate) -> Severity | None:
    name = candidate.value.rstrip(".")
    if name in entries("states") or name in entries("countries") or name.split()[0] in entries("no_city"):
        return None
    return Severity.MEDIUM


def _alone(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if candidate.stands_alone() else None


def _rule(id: str, pattern: str, check: Check | None = None, *, cued: bool = False) -> Rule:
    return Rule(id, PhiType.LOCATION, pattern, check=check, cued=cued)


RULES = (
    _rule(
        "street-address",
        r"\b\d{1,6}[A-Za-z]?(?:-\d{1,5})?,? (?:[NSEW]\.? |North |South |East |West )?"
        rf"(?:{_WORD} ){{1,4}}(?:{alternation('street')})\b\.?"
        r"(?:,? (?:Apt|Apartment|Unit|Suite|Ste|Flat|#)\.? ?[A-Za-z0-9-]{1,6})?",
    ),
    _rule(
        "street-address-labelled",
        rf"(?i)\b(?:{alternation('lives_at')})\s{{1,3}}(?P<v>\d{{1,6}}[a-z]?(?: [\p{{L}}0-9'.-]+){{1,5}})",
    ),
    _rule("post-box", r"(?i)\b(?:P\.? ?O\.?|post office) ?box \d{1,7}\b"),
    _rule(
        "street-address-spanish",
        rf"\b(?:{alternation('calle')}) ?{_DE}\p{{Lu}}[\p{{L}}.'-]+(?: {_DE}[\p{{L}}.'-]+){{0,5}},? "
        r"(?:n[º°.]? ?)?\d{1,4}",
    ),
    _rule("state-and-zip", rf"\b(?:{alternation('state_codes')}),? {{1,2}}{_ZIP}"),
    _rule("zip-labelled", cue("zip", _ZIP), cued=True),
    _rule("zip-plus-four", r"\b\d{5}-\d{4}\b", _alone),
    _rule("uk-postcode", r"\b[A-Z]{1,2}\d[A-Z0-9]? ?\d[ABD-HJLNP-UW-Z]{2}\b", _postcode),
    _rule(
        "city-and-state", rf"\b(?P<v>{_CITY}, (?:{alternation('clear_state_codes')}|{alternation('states')}))\b", _city
    ),
    _rule("home-labelled", rf"\b(?i:{alternation('lives_in')})\s{{1,3}}(?P<v>{_CITY})", _home),
)

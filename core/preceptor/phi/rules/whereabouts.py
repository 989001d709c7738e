"""Which words place somebody, told by where he lives or works, by a street, or by what is said of a town?"""

import re

from preceptor.phi.lexicon import alternation, entries, words
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile, weigh
from preceptor.phi.rule import Candidate, Check, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

_CAPITAL = r"\p{Lu}[\p{L}\p{M}'’-]*\p{Ll}"
_TOWN = rf"(?:(?:St|Ste|Mt|Ft)\. )?{_CAPITAL}(?:[ -](?:on|upon|in|le|la|sur|under|by|of|or|de|del|al)[ -](?:the[ -])?{_CAPITAL}| {_CAPITAL}){{0,2}}"
_UNIT = r"(?:,? (?i:apt|apartment|unit|suite|ste|flat|lot|room|rm|trlr|no|#)\.? ?#?[A-Za-z0-9-]{1,6}\b)?"
_STREET = f"(?:{alternation('street_ends')})"
_REGIONS = ("states", "provinces", "countries", "more_countries", "no_city")
_COMPASS = (
    "north",
    "south",
    "east",
    "west",
    "new",
    "great",
    "little",
    "upper",
    "lower",
    "old",
    "st",
    "fort",
    "port",
    "mount",
    "lake",
    "san",
    "santa",
    "los",
    "las",
    "el",
    "la",
    "big",
)


def _is_region(town: str) -> bool:
    return any(town in entries(name) for name in _REGIONS) or town.split()[0] in entries("no_city")


def _is_town(town: str) -> bool:
    """Whether words may be a town's name where one stands for certain: none that is a state, and no ordinary word."""
    pieces = re.split(r"[ -]", town)
    first = pieces[0].lower().rstrip(".")
    if _is_region(town) or first in entries("seasons") or first in words("medical") or first in words("eponyms"):
        return False
    if len(pieces) > 1 and (first in _COMPASS or town.lower() in gazetteer().towns):
        return True
    if town.endswith(("'s", "’s")):
        return False
    return first not in words("never-names") and first not in prose("titles") and _is_proper(pieces[0])


def _is_proper(word: str) -> bool:
    """Whether a word is a town's name, somebody's, one of no list, or a name and nothing else."""
    known = profile(word.lower())
    if known is None:
        return weigh(word).unseen or "-" in word or "'" in word
    proper = len(word) > 3 and word.lower() in gazetteer().proper
    return proper or (known.town > 0 and known.ordinary < 3) or (known.ordinary < 2 and known.family + known.given > 0)


def _certain(candidate: Candidate) -> Severity | None:
    """Behind "lives out", "the village of": a town if it may be one."""
    return Severity.MEDIUM if _is_town(candidate.value) else None


def _only_a_town(candidate: Candidate) -> Severity | None:
    """ "outside Mablethorpe", "near Moab": behind a preposition a town that is next to nothing else."""
    if not _is_town(candidate.value):
        return None
    first = re.split(r"[ -]", candidate.value, maxsplit=1)[0]
    known = profile(first.lower())
    if candidate.value.lower() in gazetteer().towns:
        return Severity.MEDIUM
    if known is None or known.family > 1 or known.given > 1 or len(first) <= _SHORT:
        return None
    return Severity.MEDIUM if known.town and known.ordinary < 2 else None


_SHORT = 3


def _behind_a_street(candidate: Candidate) -> Verdict | None:
    """ "2217 Duquesne Ct Apt 3F, McKeesport": the street and the town behind the comma."""
    street, _, town = candidate.value.rpartition(", ")
    pieces = street.split()
    if not _is_town(town) or pieces[0].lower() in prose("stops") or pieces[0].lower() in words("medical"):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end)


def _street(candidate: Candidate) -> Severity | None:
    """ "on Pinckney St.", but neither "on Tuesday St. John" nor "in Hospital Rd"."""
    first = candidate.value.split()[0].lower()
    if first in prose("titles") or first in entries("seasons") or first in words("medical") or first == "the":
        return None
    if candidate.value.endswith(("St", "St.")) and re.match(r" \p{Lu}".replace(r"\p{Lu}", "[A-Z]"), candidate.after(2)):
        return None
    return Severity.MEDIUM


_TIMES = frozenset(
    "day days week weeks month months year years hour hours min mins minute minutes mg ml mcg more other different tab tabs inch miles mile km feet ft units times pack packs".split()
)
_LIVED = re.compile(r"\b(?:at|live|lives|address|addr|house is|home is|to|from|deliver|staying|place is)[: ]{1,2}$")


def _small_street(candidate: Candidate) -> Severity | None:
    """ "1530 bayview ave unit 9, alameda": a street in small letters, with its town, its flat or who lives there."""
    name = candidate.value.split(",")[0].split()
    if name[1] in prose("weak_verbs") or name[1] in prose("by_words") or name[1] in prose("stops"):
        return None
    if name[1] in _TIMES or name[1] in words("medical") or name[2] in _TIMES:
        return None
    told = "," in candidate.value or any(c.isdigit() for c in candidate.value.split(" ", 1)[1])
    if not told and not _LIVED.search(candidate.before(12)):
        return None
    return Severity.MEDIUM


def _before_a_region(candidate: Candidate) -> Severity | None:
    """ "near Poplar Montana", "from Clarkston GA": a town right in front of its state."""
    town = candidate.value
    first = town.split()[0]
    if (
        _is_region(town)
        or first.lower() in prose("stops")
        or first.lower()
        in (
            "new",
            "north",
            "south",
            "west",
            "east",
            "rural",
            "northern",
            "southern",
            "eastern",
            "western",
            "central",
            "upstate",
        )
    ):
        return None
    return Severity.MEDIUM if weigh(first).town or _is_proper(first) or " " in town else None


def _rule(id: str, pattern: str, check: Check | None = None, *, inside: bool = False) -> Rule:
    return Rule(id, PhiType.LOCATION, pattern, Severity.MEDIUM, check=check, inside=inside)


RULES = (
    _rule(
        "town-lived-in",
        r"\b(?i:live[sd]?|living|resid(?:es|ed|ing)|stay(?:s|ing|ed)|based|dwell(?:s|ing)|settled|grew up|raised|born|retired"
        r"|moved|commut(?:es|ing)|works|working|worked|employed|serves|farms|farmed|fishes|teaches)"
        r" (?:[a-z]{2,12} ){0,4}?(?:out|over|up|down|past|by|near|nr|in|outside|around|at|from|to|beyond|off|of) "
        rf"(?P<v>{_TOWN})",
        _certain,
    ),
    _rule("town-that-way", rf"\b(?:out|over|up|down|live[sd]?) (?P<v>{_TOWN}) way\b", _certain),
    _rule(
        "town-of-a-kind",
        rf"\b(?:[Ii]n|[Nn]ear|[Ff]rom|[Oo]utside|[Aa]t) (?P<v>{_TOWN}), (?:a|an|the|our|my)"
        r" (?:[a-z-]+ ){0,3}?(?:town|village|city|suburb|hamlet|community|island|reservation|parish|settlement|township)\b",
        _certain,
    ),
    _rule(
        "town-of-a-place",
        rf"\b(?:hosp|hospital|clinic|surgery|pharmacy|chemist|hospice|nursing home|care home|home|caravan park|farm|school|church|prison|shelter"
        r"|camp|barracks|college|university|centre|center|station|airport|port|harbou?r|market|shop|store|factory|mine|mill|plant|ranch"
        r"|\w+(?:man|woman|keeper|worker|smith|driver|maker|hand|boy|girl|lady|gentleman|farmer|teacher|student|nurse|doctor"
        r"|ologist|pharmacist|paramedic|midwife|soldier|veteran|nun|monk|priest|tourist|family|couple|lad|lass|guy))"
        rf" (?:way )?(?:in|near|nr|outside|from|at|out of|up in|down in|over in|out in|by|close to|just outside|out past) (?P<v>{_TOWN})",
        _certain,
    ),
    _rule(
        "town-only",
        r"\b(?i:outside|near|nr|nearest|close to|north of|south of|east of|west of|out of|past|beyond|miles from|mi from|km from"
        r"|hours? from|minutes from|drive from|drive to|way to|road to|bus to|train to|flight to|flew to|flying to|travel to|travell?ing to|trip to"
        r"|back from|return(?:ed|ing) from|return(?:ed|ing) to|arrived? (?:from|in)|transferred (?:from|to)|came from|comes from|is from|was from"
        r"|im from|i'm from|are from|were from|sent from|referred from|over in|up in|down in|out in|back in|here in|there in|up from|over from|down from"
        rf"|malaria tablets for|vaccines? for|visit(?:ing)?|visited|toured?|left|leaving|reached|via|holiday in|vacation in|wedding in|funeral in|conference in"
        rf"|born in|seen in|done in|admitted in|treated in|ambulance from) (?P<v>{_TOWN})",
        _only_a_town,
    ),
    _rule(
        "town-behind-a-street",
        rf"\b(?P<v>(?:\d{{1,6}}[A-Za-z]? )?(?:{_CAPITAL} ){{1,3}}(?:{_STREET}|(?:Route|Rte|Hwy|Highway|Road|Rd|CR) \d{{1,4}}\b)\.?{_UNIT}, {_TOWN})",
        _behind_a_street,
        inside=True,
    ),
    _rule(
        "street-of-a-letter",
        rf"\b(?P<v>(?:\d{{1,6}} )?(?:Ave|Avenue|Street|St) [A-Z]\b(?:, {_TOWN})?)",
    ),
    _rule(
        "street-foreign",
        rf"\b(?P<v>\d{{1,5}} (?:bis |ter )?(?:[Rr]ue|[Cc]hemin|[Aa]llée|[Bb]oulevard|[Qq]uai|[Ii]mpasse|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]alle|[Aa]venida|[Rr]ua|[Tt]ravessa|[Ll]orong|[Jj]alan|[Jj]l\.|[Ss]oi)"
        rf" (?:(?:de|des|du|da|do|della|del|la|le|les|l'|los|las|dos) ?)*{_CAPITAL}(?:[ -]{_CAPITAL}){{0,3}}(?:, {_TOWN})?)",
    ),
    _rule(
        "street-said",
        r"(?i:\b(?:on|at|off|near|along|down|from|in|to|by|up|across|opposite|behind|around|outside)) (?:the corner of )?"
        rf"(?P<v>(?:{_CAPITAL} ){{1,3}}(?:{alternation('street_said')})\b\.?)",
        _street,
        inside=True,
    ),
    _rule(
        "street-small",
        r"\b(?P<v>\d{1,5}[a-z]? (?:[news]\.? )?[a-z]{3,}(?: [a-z]{3,})? (?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|way|pl"
        r"|place|cir|circle|terrace|ter|close|crescent|gardens|trail|hwy)\b\.?(?:,? (?:apt|apartment|unit|flat|suite|ste|lot|#) ?#?[a-z0-9-]{1,5})?(?:, [a-z]{3,}(?: [a-z]{3,})?)?)\b",
        _small_street,
        inside=True,
    ),
    _rule(
        "town-before-a-region",
        rf"\b(?:in|from|near|at|to|of|outside|around|In|From|Near) (?P<v>{_CAPITAL}(?: {_CAPITAL}){{0,2}}),? "
        rf"(?:(?:{alternation('states')})\b|(?:{alternation('clear_state_codes')})\b)",
        _before_a_region,
        inside=True,
    ),
)

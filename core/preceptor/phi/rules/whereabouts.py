"""Which words place somebody, told by where he lives or works, by a street, or by what is said of a town?"""

import re

from preceptor.phi.lexicon import alternation, entries, members, words
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import is_proper, is_town, profile, weigh
from preceptor.phi.rule import Candidate, Check, Rule, Verdict
from preceptor.phi.rules.later import Later
from preceptor.phi.rules.somebody import CAPITAL, CAPITAL_IN_FRONT, in_front, is_nobodys, whole
from preceptor.phi.types import PhiType, Severity

_TOWN = (
    rf"(?:(?:St|Ste|Mt|Ft)\. )?{CAPITAL}"
    rf"(?:[ -](?:on|upon|in|le|la|sur|under|by|of|or|de|del|al)[ -](?:the[ -])?{CAPITAL}| {CAPITAL}){{0,2}}"
)
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
    return any(town in members(name) for name in _REGIONS) or town.split()[0] in members("no_city")


def _is_town(town: str) -> bool:
    """Whether words may be a town's name where one stands for certain: none that is a state, and no ordinary word."""
    pieces = re.split(r"[ -]", town)
    first = pieces[0].lower().rstrip(".")
    if _is_region(town) or first in members("seasons") or first in words("medical") or first in words("eponyms"):
        return False
    if len(pieces) > 1 and (first in _COMPASS or is_town(town.lower())):
        return True
    if town.endswith(("'s", "’s")):
        return False
    return not is_nobodys(first) and first not in prose("titles") and _is_proper(pieces[0])


def _is_proper(word: str) -> bool:
    """Whether a word is a town's name, somebody's, one of no list, or a name and nothing else."""
    known = profile(word.lower())
    if known is None:
        return weigh(word).unseen or "-" in word or "'" in word
    proper = len(word) > 3 and is_proper(word.lower())
    return proper or (known.town > 0 and known.ordinary < 3) or (known.ordinary < 2 and known.family + known.given > 0)


def _certain(candidate: Candidate) -> Severity | None:
    """Behind "lives out", "the village of": a town if it may be one."""
    return Severity.MEDIUM if _is_town(candidate.value) else None


_PREPOSITIONS = re.compile(
    r"\b(?:out|over|up|down|past|by|near|nr|in|outside|around|at|from|to|beyond|off|of|live[sd]?|resid(?:es|ed|ing)) $"
)


def _lived_in(candidate: Candidate) -> Severity | None:
    """Behind somebody's living, and a preposition."""
    return _certain(candidate) if _PREPOSITIONS.search(candidate.before(12)) else None


def _only_a_town(candidate: Candidate) -> Severity | None:
    """ "outside Mablethorpe", "near Moab": behind a preposition a town that is next to nothing else."""
    if not _is_town(candidate.value):
        return None
    first = re.split(r"[ -]", candidate.value, maxsplit=1)[0]
    known = profile(first.lower())
    if is_town(candidate.value.lower()) or _TRAVELLED.search(candidate.before(24)):
        return Severity.MEDIUM
    if known is None or known.family > 1 or known.given > 1 or len(first) <= _SHORT:
        return None
    return Severity.MEDIUM if known.town and known.ordinary < 2 else None


_SHORT = 3
_TRAVELLED = re.compile(
    r"\b(?:bus|train|coach|ferry|flight|plane|road|drive|drove|driving|miles|hours?|minutes|north|south|east|west"
    r"|relocated) (?:to|from|of) $"
)


_NUMBERED = re.compile(rf"(?:\d{{1,6}}[A-Za-z]? )?{CAPITAL_IN_FRONT}(?: {CAPITAL_IN_FRONT}){{0,2}}$")
_PREPOSITION = (
    r"(?i:\b(?:on|at|off|near|along|down|from|in|to|by|up|across|opposite|behind|around|outside|between)) "
    r"(?:the corner of )?"
)
_IN_A_STREET = re.compile(rf"{_PREPOSITION}(?P<v>{CAPITAL_IN_FRONT}(?: {CAPITAL_IN_FRONT}){{0,2}})$")
_SMALL_FRONT = re.compile(r"(?<![\w.-])\d{1,5}[a-z]? (?:[news]\.? )?(?P<name>[a-z]{3,}(?: [a-z]{3,})?)$")
_REACH = 48


def _in_front_of_a_space(candidate: Candidate) -> str:
    """What a space parts from the candidate; nothing where none does."""
    left = candidate.before(_REACH + 1)
    return left[:-1] if left.endswith(" ") else ""


def _behind_a_street(candidate: Candidate) -> Verdict | None:
    """ "2217 Duquesne Ct Apt 3F, McKeesport": the street and the town behind the comma."""
    left = _in_front_of_a_space(candidate)
    street = _NUMBERED.search(left)
    if street is None or not _is_town(candidate.value.rpartition(", ")[2]):
        return None
    head = street[0].split()[0].lower()
    if head in prose("stops") or head in words("medical"):
        return None
    return Verdict(Severity.MEDIUM, candidate.start - 1 - len(street[0]), candidate.end)


# Words of much else: a name must stand before them.
_ALSO_WORDS = ("Drive", "Close", "Grove", "Parade", "Pike", "Alley", "Turnpike", "Terrace")


def _street(candidate: Candidate) -> Verdict | None:
    """ "on Pinckney St.", but neither "on Tuesday St. John" nor "in Hospital Rd"."""
    left = _in_front_of_a_space(candidate)
    street = _IN_A_STREET.search(left)
    if street is None:
        return None
    head = street["v"].split()[0].lower()
    if head in prose("titles") or head in members("seasons") or head in words("medical") or head == "the":
        return None
    if candidate.value.startswith(_ALSO_WORDS) and not _is_proper(street["v"].split()[-1]):
        # "On Call Drive".
        return None
    if candidate.value.startswith("St") and candidate.after(2)[1:].isupper() and len(candidate.value) <= len("St."):
        return None
    return Verdict(Severity.MEDIUM, candidate.start - 1 - len(street["v"]), candidate.end)


_TIMES = frozenset(
    (
        *("day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours", "min", "mins", "minute"),
        *("minutes", "mg", "ml", "mcg", "more", "other", "different", "tab", "tabs", "inch", "miles", "mile", "km"),
        *("feet", "units", "times", "pack", "packs", "per", "chest", "head", "yrs", "hrs", "wks", "wk", "yr", "hr"),
        *("slice", "phase", "view", "lead", "contrast", "dose", "noncontrast", "point"),
    )
)
_LIVED = re.compile(r"\b(?:at|live|lives|address|addr|house is|home is|to|from|deliver|staying|place is)[: ]{1,2}$")


def _small_street(candidate: Candidate) -> Verdict | None:
    """ "1530 bayview ave unit 9, alameda": a street in small letters, with its town, its flat or who lives there."""
    left = _in_front_of_a_space(candidate)
    front = _SMALL_FRONT.search(left)
    if front is None:
        return None
    lists = (prose("weak_verbs"), prose("by_words"), prose("stops"), words("medical"), _TIMES)
    if any(word in some for word in front["name"].split() for some in lists):
        return None
    told = "," in candidate.value or any(c.isdigit() for c in candidate.value)
    if not told and not _LIVED.search(left[: front.start()][-12:]):
        return None
    return Verdict(Severity.MEDIUM, candidate.start - 1 - len(front[0]), candidate.end)


def _hyphened(candidate: Candidate) -> Severity | None:
    """ "Barrow-in-Furness", but not "Organ-on-Chip"."""
    head, *_, tail = candidate.value.split("-")
    return Severity.MEDIUM if _is_proper(head) or _is_proper(tail) else None


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
    return Severity.MEDIUM if weigh(first).town or _is_proper(first) or is_town(town.lower()) else None


_IN = r"(?:way )?(?:in|near|nr|outside|from|out of|up in|down in|over in|out in|close to|just outside|out past)"
_OF_A_PLACE = Later(rf"(?:{alternation('places_of_towns')}) {_IN} $")


def _of_a_place(candidate: Candidate) -> Severity | None:
    """ "a fisherman from Ullapool", "the clinic in Gort": whoever or whatever is in a town."""
    return _certain(candidate) if _OF_A_PLACE.search(candidate.before(_REACH)) else None


def _rule(
    id: str, pattern: str, check: Check | None = None, *, behind_capital: bool = False, behind: tuple[str, ...] = ()
) -> Rule:
    return Rule(
        id, PhiType.LOCATION, pattern, Severity.MEDIUM, check=check, behind_capital=behind_capital, behind=behind
    )


RULES = (
    _rule(
        "town-lived-in",
        r"\b(?i:live[sd]?|living|resid(?:es|ed|ing)|stay(?:s|ing|ed)|dwell(?:s|ing)|settled|grew up|retired"
        r"|commut(?:es|ing)|farms|farmed|fishes|based (?:out of|in|near))"
        r" (?:[a-z]{2,12} ){0,4}?(?:(?:out|over|up|down|past|by|near|nr|in|outside|around|at|from|to|beyond|off|of) )?"
        rf"(?P<v>{_TOWN})",
        whole(_lived_in),
    ),
    _rule("town-that-way", rf"\b(?:out|over|up|down|live[sd]?) (?P<v>{_TOWN}) way\b", _certain),
    _rule(
        "town-of-a-kind",
        r"\b(?:town|village|city|suburb|hamlet|reservation|parish|settlement|township)\b",
        in_front(
            rf"\b(?:[Ii]n|[Nn]ear|[Ff]rom|[Oo]utside|[Aa]t) (?P<v>{CAPITAL_IN_FRONT}(?: {CAPITAL_IN_FRONT}){{0,2}}),"
            r" (?:a|an|the|our|my)(?: [a-z-]+){0,3}",
            _certain,
            " ",
        ),
    ),
    _rule(
        "town-of-a-place",
        rf"\b{_IN} (?P<v>{_TOWN})",
        whole(_of_a_place),
        behind=tuple(f"{place} " for place in entries("places_of_towns")),
    ),
    _rule("town-only", rf"\b(?i:{alternation('goes_to_towns')}) (?P<v>{_TOWN})", whole(_only_a_town)),
    _rule(
        "town-behind-a-street",
        rf"\b(?P<v>(?:{_STREET}|(?:Route|Rte|Hwy|Highway|Road|Rd|CR) \d{{1,4}}\b)\.?{_UNIT}, {_TOWN})",
        whole(_behind_a_street),
        behind_capital=True,
    ),
    _rule("street-of-a-letter", rf"\b(?P<v>(?:\d{{1,6}} )?(?:Ave|Avenue|Street) [A-Z]\b(?:, {_TOWN})?)"),
    _rule(
        "street-foreign",
        rf"\b(?P<v>\d{{1,5}} (?:bis |ter )?(?:{alternation('street_foreign')})"
        rf" (?:(?:de|des|du|da|do|della|del|la|le|les|l'|los|las|dos) ?)*{CAPITAL}(?:[ -]{CAPITAL}){{0,3}}"
        rf"(?:, {_TOWN})?)",
    ),
    _rule(
        "road-with-a-number",
        rf"\b(?P<v>(?:\d{{1,6}} )?(?:County|State|Farm|Township|Parish|Forest|Indian|Ranch|BIA|Navajo|Tribal|Old)"
        rf" (?:Road|Route|Highway|Hwy|Rte|Rd|Service Road)(?: to Market)?(?: Road)? \d{{1,4}}(?:, {_TOWN})?)",
    ),
    _rule("street-with-a-direction", rf"\b\d{{3,5}} [NSEW]\.? {CAPITAL}(?: {CAPITAL})?"),
    _rule(
        "flat-in-a-street",
        rf"\b(?:Flat|Apartment|Apt|Unit|Suite) \w{{1,4}},? \d{{1,4}}[A-Za-z]? (?:{CAPITAL} ){{1,3}}"
        rf"(?:{_STREET}|{alternation('street_british')})\b",
    ),
    _rule(
        "town-with-hyphens",
        r"\b\p{Lu}\p{Ll}+-(?:in|on|upon|le|la|les|under|by|next|sur|super|en|am|de|du)-(?:the-)?\p{Lu}\p{Ll}+",
        _hyphened,
    ),
    _rule(
        "town-in-a-province",
        r"\b(?:BC|QC|NSW|QLD|Qld|TAS|Tas|SK|YT|NU|Ont|Que|Alta|Sask|Man)\b",
        in_front(rf"(?P<v>{CAPITAL_IN_FRONT}(?: {CAPITAL_IN_FRONT}){{0,2}})", _before_a_region, ", "),
        behind_capital=True,
    ),
    _rule("street-said", rf"\b(?P<v>(?:{alternation('street_said')})\b\.?)", _street, behind_capital=True),
    _rule(
        "street-small",
        r"\b(?P<v>(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|way|pl|place|cir|circle|terrace|ter"
        r"|close|crescent|gardens|trail|hwy)\b\.?(?:,? (?:apt|apartment|unit|flat|suite|ste|lot|#) ?#?[a-z0-9-]{1,5})?"
        r"(?:, [a-z]{3,}(?: [a-z]{3,})?)?)(?:\W|$)",
        _small_street,
    ),
    _rule(
        "town-before-a-region",
        rf"\b(?:(?:{alternation('states')})|(?:{alternation('clear_state_codes')}))\b",
        in_front(
            r"\b(?:in|from|near|at|to|of|outside|around|In|From|Near) "
            rf"(?P<v>{CAPITAL_IN_FRONT}(?: {CAPITAL_IN_FRONT}){{0,2}})",
            _before_a_region,
            ",? ",
        ),
        behind_capital=True,
    ),
)

"""Which days are dictated number by number: "seven slash nineteen slash twenty three"?"""

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import Rule
from preceptor.phi.rules.days import DIGITS, SPOKEN_YEAR, TEENS, UNDER_A_HUNDRED
from preceptor.phi.types import PhiType, Severity

_ONE = rf"(?:(?:oh|o|zero)[ -])?(?:{DIGITS})"
_NUMBER = rf"(?:\d{{1,2}}|(?:twenty|thirty)(?:[ -](?:{DIGITS}))?|{TEENS}|{_ONE})"
_MONTH = rf"(?:ten|eleven|twelve|{_ONE})"
_YEAR = rf"(?:{SPOKEN_YEAR}|{UNDER_A_HUNDRED}|\d{{4}}|\d\d)"
_SLASH = r",? (?:forward )?(?:slash|stroke|dash|hyphen),? "
_DATED = (
    rf"(?:{alternation('birth')}|date of (?:admission|discharge|surgery|service|death|visit|procedure|onset|injury"
    rf"|exam(?:ination)?|operation"
    r"|dictation)|dos|doi|doa)"
)

RULES = (
    Rule("date-dictated", PhiType.DATE, rf"(?i)\b{_NUMBER}{_SLASH}{_NUMBER}{_SLASH}{_YEAR}\b", inside=True),
    Rule(
        "date-dictated-behind-label",
        PhiType.DATE,
        rf"(?i)\b{_DATED}(?:,| is| was|:)? (?P<v>{_MONTH},? {_NUMBER},? {_YEAR})\b",
        Severity.MEDIUM,
    ),
)

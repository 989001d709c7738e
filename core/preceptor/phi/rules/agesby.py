"""Which numbers over 89 are an age by the words beside them: of kin, of years, of a decade or a birthday?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules.ages import AGE, KIN, over_89, said_of_somebody
from preceptor.phi.rules.later import Later
from preceptor.phi.rules.oldage import PATIENT, PERSON
from preceptor.phi.types import PhiType, Severity

_KIN_CALLED = re.compile(rf"(?i)\b(?:{alternation('kin')}) (?P<name>[a-z][\w'-]+)(?:, | \(|: | - | )$")
_NO_NAMES = frozenset(
    ("is", "died", "dec'd", "deceased", "alive", "living", "passed", "aged", "age", "now", "only", "at")
)


def _of_kin(candidate: Candidate) -> Severity | None:
    """ "Grandpa Ignatius 90 and stubborn", "mum 93 but well": what stands between is a name, and nothing measured."""
    called = _KIN_CALLED.search(candidate.before(40))
    if called is not None and called["name"].lower() not in _NO_NAMES:
        known = profile(called["name"].lower())
        if known is None or len(called["name"]) < 3 or known.given < 2 or known.ordinary > known.given:
            return None
    return said_of_somebody(candidate)


_LASTED = re.compile(
    r"(?i)(?:\b(?:for|over|past|last|of|after|within|next|about|than|to|in|every|by|until|first|x|nearly|almost"
    r"|some|and"
    r"|or)|[-–~<>≥≤×]) ?$"
)


def _of_years(candidate: Candidate) -> Severity | None:
    """ "Mrs Liddell 95 yrs, fell": an age, unless a time that lasted."""
    left = candidate.before(10)
    return None if left[-1:].strip(" (,;:/\n") or _LASTED.search(left) else over_89(candidate)


_WITH_PERSON = Later(rf"(?i) (?:{PERSON}|{PATIENT})\b")
_PERSON_IN = Later(rf"(?i)\b(?:{PERSON}|{PATIENT}),? (?:is )?(?:in (?:the|his|her|their) )?$")


def _decade(candidate: Candidate) -> Severity | None:
    """ "a late-nineties lady", "a man in the mid nineties"."""
    around = _WITH_PERSON.match(candidate.after(24)) or (
        candidate.value.endswith("ties") and _PERSON_IN.search(candidate.before(40))
    )
    return Severity.MEDIUM if around else None


_MEASURED = Later(rf"(?i)\b(?:{alternation('measured_of_somebody')})\b[^.;\n]{{0,12}} in (?:\w+[ -]){{1,2}}$")


def _in_the_nineties(candidate: Candidate) -> Severity | None:
    """ "a lady in her 90's", but neither "HR in her 90's" nor "sats still in her nineties"."""
    return None if _MEASURED.search(candidate.before(40)) else Severity.MEDIUM


def _of_two(candidate: Candidate) -> Severity | None:
    """ "his parents are 91 and 94"."""
    return Severity.HIGH if _OF_SEVERAL.search(candidate.before(40)) else None


_OF_SEVERAL = re.compile(
    r"(?i)\b(?:(?:parents|grandparents|great-grandparents|couple|in-laws|siblings|sisters|brothers)(?:,| are| were"
    r"| who are"
    r"| who were)?(?: now| aged)?|aged|ages) $"
)


def _counted(candidate: Candidate) -> Severity | None:
    """ "Her ninety-first birthday", "in his ninety-fourth year", no festival's hundredth year."""
    if not candidate.after(6).startswith(" year"):
        return Severity.HIGH
    return Severity.HIGH if re.search(r"(?i)\b(?:his|her|their|my|your) $", candidate.before(6)) else None


_NTH = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"

RULES = (
    Rule(
        # "Mum, 93, lives alone", "mother d. 93", "brother alive 90".
        "age-over-89-of-kin",
        PhiType.AGE,
        rf"(?i)\b(?:{KIN})(?: [a-z][\w'-]+)?(?:, | \(|: | - | |,? (?:- )?(?:d\.|died|dec'?d|deceased|alive|living"
        rf"|passed),? )(?P<v>{AGE})(?:[,;.)!?]|\n|$| w/"
        r"| (?:of|with|from|and|n|but|htn|cva|mi|ca|cancer|stroke|chf|dementia|well)\b)",
        check=_of_kin,
        inside=True,
    ),
    Rule("age-over-89-in-brackets", PhiType.AGE, rf"(?i)\bage (?:now )?\((?P<v>{AGE})\)", check=over_89),
    Rule(
        "age-over-89-about",
        PhiType.AGE,
        r"(?i)\b(?P<v>(?:9\d|1[01]\d|ninety|hundred)[ -]?(?:something|odd|plus|ish)) ?-?(?:years?|yrs?|y/?o|old|man"
        r"|woman"
        r"|lady|gentleman|male|female|pt|patient|grand\w+|resident)\b",
        Severity.MEDIUM,
    ),
    Rule(
        "age-centenarian",
        PhiType.AGE,
        r"(?i)\b(?P<v>centenarian|nonagenarian|nonagenaria|nonagenario|centenaria)\b",
        Severity.MEDIUM,
    ),
    Rule(
        "age-nineties",
        PhiType.AGE,
        r"(?i)\bin (?:his|her|their) (?:early |mid |late |mid-)?(?P<v>nineties|90'?s|hundreds)\b",
        check=_in_the_nineties,
    ),
    Rule("age-over-89-decade", PhiType.AGE, r"(?i)\b(?:early|mid|late)[ -](?:nineties|90'?s)\b", check=_decade),
    Rule(
        "age-over-89-in-another-language",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE}(?:[ -](?:anni|ans|anos|jahre(?: alt)?|jaar(?: oud)?|år(?: gam\w+)?|vuotias|lat(?:a)? \w+)"
        r"|[ -]?j[äa]hrig(?:e[rnsm]?)?|-åri[gn]\w*))\b",
        check=over_89,
    ),
    Rule(
        "age-over-89-of-years",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE} ?(?:yrs?|years))(?:[,;)/]|\.(?:\s|$)|$| (?:with|w/|from|who|presenting|presented|c/o"
        rf"|k/c/o|h/o"
        r"|admitted)\b)",
        Severity.MEDIUM,
        check=_of_years,
    ),
    Rule(
        "age-over-89-of-years-of-a-person",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE}[ -]?(?:y-o|y|years?|yrs?)) (?:{PERSON}|{PATIENT}|old)\b",
        check=over_89,
    ),
    Rule(
        "age-over-89-birthday-in-words",
        PhiType.AGE,
        rf"(?i)\b(?P<v>ninety[ -]?(?:{_NTH})|ninetieth|(?:one[ -])?hundredth|(?:one[ -])?hundred (?:and )?(?:{_NTH}))"
        r" (?:(?:birth|b-?)day|year)\b",
        check=_counted,
    ),
    Rule("ages-over-89-of-two", PhiType.AGE, rf"(?i)\b{AGE} (?:and|&) {AGE}\b", check=_of_two),
)

"""Which numbers over 89 in a sentence are somebody's age, though no word for years stands beside them?"""

import re

from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules.ages import AGE, IN_WORDS, KIN, over_89, said_in_words, said_of_somebody
from preceptor.phi.types import PhiType, Severity

_PERSON = (
    rf"(?:man|woman|lady|gentleman|gent|person|someone|somebody|widow(?:er)?|resident|veteran|nun|priest|farmer|{KIN})"
)
_PATIENT = r"(?:patient|pt|client|adult|male|female|case|boy|girl|anyone|anybody|senior|elder)"
# What is measured so: "sats of a patient at 94".
_MEASURED = re.compile(
    r"(?i)\b(?:sats?|spo2|sp02|sao2|o2|oxygen|saturat\w*|hr|heart|pulse|bpm|rate|rr|bp|pressure|systolic|diastolic"
    r"|map|glucose|sugars?|bsl?|bg"
    r"|cbg|temp\w*|fever|weigh\w*|weight|kg|bmi|score\w*|level|inr|titrat\w*|target|goal|set|paced|pacing|peep|fio2"
    r"|hb|hgb|ldl|creat\w*|sodium|na"
    r"|chloride|cl|mcv|egfr|gfr|clearance|ef|percent\w*|dose|mg|units?|room|bed|ward|kvp|watts?|joules?|speed|mph"
    r"|km|temperature|cell|ratio|number|total|n|median|mean|average)\b"
)
_GENDERED = re.compile(r"(?i)\d,? ?(?:[mf]|(?:fe)?males?)[,/]? ?$")
# "Female 117, male 92" counts.
_OTHER_SEX = re.compile(r"(?i),? ?(?:fe)?males?\b|,? ?(?:wo)?men\b")
_ASKED = re.compile(
    r"(?i)\b(?:safe|worth|too (?:old|late|frail)|still|need\w*|benefi\w*|recommend\w*|appropriate|start|stop"
    r"|continue|give|giving|treat\w*|screen\w*"
    r"|operat\w*|surgery|statins?|anticoag\w*|deprescrib\w*|reasonable|sense|indicated|live|living|drive|driving"
    r"|old|young|candidate|consider)\b"
)


def _of_a_person(candidate: Candidate) -> Severity | None:
    """ "a woman of 96": an age, unless a measure is spoken of or a unit follows."""
    measured = _AT.search(candidate.before(4)) is not None and _MEASURED.search(candidate.before(36))
    return None if measured else said_of_somebody(candidate)


_AT = re.compile(r"(?i)\bat $")


def _in_passing(candidate: Candidate) -> Severity | None:
    """ "The oldest of my patients, 101, is well": an age, unless something is measured or counted there."""
    return None if _MEASURED.search(candidate.before(40)) else over_89(candidate)


def _asked(candidate: Candidate) -> Severity | None:
    """ "Is it safe to give zolpidem at 92?": an age in a question about what to do."""
    before = candidate.before(90)
    sentence = before[max(before.rfind(". "), before.rfind("\n")) + 1 :]
    if _MEASURED.search(sentence) or not _ASKED.search(sentence):
        return None
    return over_89(candidate)


def _at_head(candidate: Candidate) -> Severity | None:
    """ "At 94, does my grandmother still need a statin?": an age, unless the sentence measures something."""
    after = candidate.after(60)
    return None if _MEASURED.search(re.split(r"[.?!\n]", after)[0]) else over_89(candidate)


def _beside_a_sex(candidate: Candidate) -> Severity | None:
    """ "F, 96, from home", but no "98.6 F, 96"."""
    if _GENDERED.search(candidate.before(16)) or _OTHER_SEX.match(candidate.after(12)):
        return None
    return said_of_somebody(candidate)


_LASTED = re.compile(
    r"(?i)(?:\b(?:for|over|past|last|of|after|within|next|about|than|to|in|every|by|until|first|x|nearly|almost"
    r"|some|and|or)|[-–~<>≥≤×]) ?$"
)


def _of_years(candidate: Candidate) -> Severity | None:
    """ "Mrs Liddell 95 yrs, fell": an age, unless a time that lasted."""
    return None if _LASTED.search(candidate.before(10)) else over_89(candidate)


_ENDS = (
    r"""(?:[,;:!?)\n"']|\.(?:\s|$)|$"""
    r"| (?:with|w/|who|is|was|has|had|and|on|from|in|lives?|living|presents?|presented|presenting|c/o|p/w|admitted"
    r"|still"
    r"|whose|after|but)\b)"
)
_DOES = (
    r"(?:is|was|has|had|who|fell|came|comes|presents|presented|refuses|refused|declines|declined|lives|lived|takes"
    r"|took|on|with|wants|asks|asked"
    r"|needs|needed|gets|got|says|said|can|cannot|can't|will|would|does|did|still|was|walks|uses|complains|reports"
    r"|died|became|developed)"
)
_NTH = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"

RULES = (
    Rule(
        "age-over-89-of-a-person",
        PhiType.AGE,
        rf"(?i)\b(?:{_PERSON} (?:of|at|aged|de)|{_PATIENT} (?:of|aged|de)) (?P<v>{AGE}|{IN_WORDS}){_ENDS}",
        check=lambda c: _of_a_person(c) if c.digits else said_in_words(c),
        inside=True,
    ),
    Rule(
        "age-over-89-at-head",
        PhiType.AGE,
        rf"(?:^|[.!?\n] ?|\b(?:and|but|so|because) )(?i:at|now|already|only|just turned|almost|nearly) (?P<v>{AGE}"
        rf"|{IN_WORDS}), "
        rf"(?i:he|she|they|my|his|her|our|their|your|this|the (?:patient|lady|gentleman|man|woman|resident)|mr|mrs"
        rf"|ms|miss|is|does|do|did"
        rf"|should|can|could|would|will|i|we|{KIN})\b",
        check=lambda c: _at_head(c) if c.digits else said_in_words(c),
        inside=True,
    ),
    Rule("age-over-89-in-brackets", PhiType.AGE, rf"(?i)\bage (?:now )?\((?P<v>{AGE})\)", check=over_89),
    Rule("age-over-89-asked", PhiType.AGE, rf"(?i)\bat (?:age )?(?P<v>{AGE})\?", check=_asked, inside=True),
    Rule(
        "age-over-89-behind-a-sex",
        PhiType.AGE,
        rf"(?:^|[\s(;:,])(?:[MF]|(?i:male|female))[,/]? ?(?P<v>{AGE})(?:[,;)]|\.(?:\s|$)|$)",
        check=_beside_a_sex,
        inside=True,
    ),
    Rule(
        "age-over-89-about",
        PhiType.AGE,
        r"(?i)\b(?P<v>(?:9\d|1[01]\d|ninety|hundred)[ -]?(?:something|odd|plus|ish)) ?-?(?:years?|yrs?|y/?o|old|man"
        r"|woman|lady|gentleman|male|female"
        r"|pt|patient|grand\w+|resident)\b",
        Severity.MEDIUM,
        inside=True,
    ),
    Rule(
        "age-over-89-decade",
        PhiType.AGE,
        rf"(?i)\b(?P<v>(?:early|mid|late)[ -](?:nineties|90'?s)) (?:{_PERSON}|{_PATIENT})\b",
        Severity.MEDIUM,
        inside=True,
    ),
    Rule(
        "age-over-89-decade-of-a-person",
        PhiType.AGE,
        rf"(?i)\b(?:{_PERSON}|{_PATIENT}),? (?:is )?(?:in (?:the|his|her|their) )?(?P<v>(?:early|mid"
        rf"|late)[ -]nineties)\b",
        Severity.MEDIUM,
        inside=True,
    ),
    Rule(
        "age-over-89-in-another-language",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE}(?:[ -](?:anni|ans|anos|jahre(?: alt)?|jaar(?: oud)?|år(?: gam\w+)?|vuotias"
        rf"|lat(?:a)? \w+)|[ -]?j[äa]hrig(?:e[rnsm]?)?|-åri[gn]\w*))\b",
        check=over_89,
    ),
    Rule(
        "age-over-89-of-years",
        PhiType.AGE,
        rf"(?i)(?:^|[\s(,;:/])(?P<v>{AGE} ?(?:yrs?|years))(?:[,;)/]|\.(?:\s|$)|$| (?:with|w/|from|who|presenting"
        rf"|presented|c/o|k/c/o|h/o|admitted))",
        Severity.MEDIUM,
        check=_of_years,
        inside=True,
    ),
    Rule(
        "age-over-89-birthday-in-words",
        PhiType.AGE,
        rf"(?i)\b(?P<v>ninety[ -]?(?:{_NTH})|ninetieth|(?:one[ -])?hundredth"
        rf"|(?:one[ -])?hundred (?:and )?(?:{_NTH})) (?:birth|b-?)day\b",
    ),
    Rule(
        "ages-over-89-of-two",
        PhiType.AGE,
        rf"(?i)\b(?:(?:parents|grandparents|great-grandparents|couple|in-laws|siblings|sisters|brothers)(?:,| are"
        rf"| were)?(?: now)?|aged) (?P<v>{AGE} (?:and"
        rf"|&) {AGE})(?:[.,;)!?]|$| (?:and|years|resp|with|who))",
        check=lambda c: None if _MEASURED.search(c.before(36)) else Severity.HIGH,
        inside=True,
    ),
    Rule(
        "age-over-89-in-passing",
        PhiType.AGE,
        rf"(?i)[a-z][a-z.)]*, (?:now |aged |already |nearly |almost )?(?P<v>{AGE}), {_DOES}\b",
        Severity.MEDIUM,
        check=_in_passing,
        inside=True,
    ),
    Rule(
        # "Wife 91, also frail", "my grandad, now 92, fell".
        "age-over-89-beside-a-person",
        PhiType.AGE,
        rf"(?i)\b{_PERSON},? (?:now |aged |only |already |nearly |almost )?\(?(?P<v>{AGE})[,;)]",
        Severity.MEDIUM,
        check=_in_passing,
        inside=True,
    ),
    Rule(
        "age-over-89-too-old",
        PhiType.AGE,
        rf"(?i)\b(?:is|at|being|be) (?P<v>{AGE}) (?:too|very|so|not too) (?:old|young|frail)\b",
        inside=True,
    ),
    Rule(
        "age-over-89-at-the-end",
        PhiType.AGE,
        rf"(?i)\b(?:(?:lived|made it|got) to (?:be |age |the age of )?|(?:died|passed(?: away)?"
        rf"|death)[^.;\n]{{0,24}} (?:at|aged|age)"
        rf" |(?:died|passed(?: away)?) (?:last|this|in the) (?:year|month|week|spring|summer|fall|autumn|winter"
        rf"|night),? (?:at |aged )?"
        rf"|born (?:in )?(?:18|19)\d\d[^.\n\d]{{0,20}} )(?P<v>{AGE}){_ENDS}",
        check=_in_passing,
        inside=True,
    ),
    Rule(
        "age-over-89-of-years-of-a-person",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{AGE}[ -]?(?:y-o|y|years?|yrs?)) (?:{_PERSON}|{_PATIENT}|old)\b",
        check=over_89,
        inside=True,
    ),
)

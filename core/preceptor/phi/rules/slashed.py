"""Which two numbers with a slash or a dot are a month and a day, by what happened then? And from which to which day?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import IN_COMPANY, Candidate, Rule, Verdict
from preceptor.phi.rules.calendar import DAY, ORDINAL
from preceptor.phi.rules.dates import goes_back
from preceptor.phi.rules.later import Later
from preceptor.phi.rules.monthday import COUNTS, FRACTION, SCORED, is_day_first
from preceptor.phi.types import PhiType, Severity

_HAPPENED = alternation("happened")
# A few words may stand between what happened and the day, none of them a measure's or a share's.
_NO_LINK = (
    r"(?:of|in|than|with|was|were|is|are|be|has|had|have|and|or|show\w*|reveal\w*|demo\w*|not\w*"
    r"|grad\w*|rat(?:ed|io)\w*"
    r"|scor\w*|improv\w*|strength|power|motor|pain|murmur|pulses?|reflex\w*|vision|acuity|nodes?|total|only|all|for"
    r"|every|each"
    r"|took|take|takes|taking|per|x)"
)
_LINKS = rf"(?:,? (?!{_NO_LINK}\b)[^\W\d_][\w'’/&+.-]*){{0,3}}"
_AT = r"(?:,? (?:on|about|around|approx|circa|~|@)|:|,)?"
_BEFORE = Later(
    rf"(?i)(?:(?:^|[^\w/-])(?:{_HAPPENED}){_LINKS}(?<! to)(?<! by)(?<! at){_AT} \(?(?:\d{{1,2}}/\d{{1,2}}(?:, ?"
    rf"| and | & |, and |; ?))*"
    r"|(?:\d:\d\d|\b\d{4})h? on "
    r"|\b(?:wedding|funeral|surgery|operation|appointment|appt|birthday|bday|trip|flight|procedure|scan|mri|ct"
    r"|period|delivery|visit"
    r"|admission|discharge|biopsy|colonoscopy|echo|transplant|chemo|date)(?: date)? (?:is|was|will be) (?:on "
    r"|set for |done |performed )?"
    r"|\b(?:appt|appointment|surgery|procedure|visit|scan|clinic|flight|trip|it|date)\b[^.\n]{0,24}"
    r"\b(?:moved|pushed|changed|rescheduled|bumped|switched|postponed)(?: up| back)? to "
    r"|(?-i:\bOR) )$"
)
# "POD#3 (4/2)", "HD 2 9/4", "Day 3 abx (6/21)".
_NUMBERED_DAY = re.compile(
    r"(?i)\b(?:(?:pod|hd|ppd|dol|icu day|hosp(?:ital)? day|post-?op day)[ #]{0,2}\d{1,3},? \(?"
    r"|c\d{1,2} ?d\d{1,2},? \(?|(?:day|cycle"
    r"|c\d+ ?d)[ #]{0,2}\d{1,3}(?: [a-z]+){0,2} \()$"
)
# "Hgb 9.1 (4/13)", "A1c 8.2 1/15".
_VALUE = Later(
    rf"(?i)\b(?:{alternation('with_values')})(?: was| is| of|:| =)? ?[<>]?\d+(?:\.\d+)?(?: ?[a-z%]+)?,? \(?$"
)
# "-> 7.8 (4/15)", ", 7.1 4/22": the next value of the same.
_NEXT_VALUE = re.compile(r"(?:,|;|>|→|to|and|then) ?\d+(?:\.\d+)? \(?$")
_SURE = Later(
    r"(?i)\b(?:admitted|discharged|seen|born|died|fell|transferred|operated|placed|removed|removal|surgery|due"
    r"|scheduled|appt|appointment"
    r"|d/c'?e?d|dc'?e?d)(?: on| date)?[ ,:(]{1,2}$"
)
# "Stay 5/7", "symptoms 3/52": days, weeks and months, as British doctors count them.
_LASTS = Later(
    r"(?i)\b(?:stay(?:ed)?|inpatient|symptoms?|symptomatic|hospitali[sz]ed|course|off work|cough|fever|unwell|pain"
    r"|review(?:ed)?(?: in)?) "
    r"\d{1,2}/(?:7|12|52)$"
)
# "Started Lotrel 5/10": two medicines in one tablet.
_COMBINED = Later(
    r"(?i)(?:\b(?:lotrel|norco|percocet|vicodin|lortab|endocet|roxicet|advair|symbicort|breo|exforge|caduet|vytorin"
    r"|azor|tribenzor"
    r"|benicar|hyzaar|zestoretic|prinzide|diovan|micardis|twynsta|entresto|janumet|glyxambi|xigduo|synjardy"
    r"|jentadueto|kombiglyze|sinemet"
    r"|stalevo|suboxone|zubsolv|augmentin|bactrim|septra|hydrocodone|oxycodone|acetaminophen|apap|hctz|hct|humulin"
    r"|novolin|novolog|humalog"
    r"|insulin|mix|mixtard|ryzodeg|soliqua|xultophy|combivent|trelegy|anoro|stiolto|tekturna|ziac|tenoretic|dyazide"
    r"|maxzide)"
    r"|[a-z]{5,}(?:-|/)[a-z]{5,}),? $"
)
# "2/11 at 0415".
_CLOCK = re.compile(r"(?i),? (?:at|@) ?(?:\d{4}\b|\d{1,2}:\d\d|\d{1,2} ?[ap]\.?m\b)|,? \d{1,2}:\d\d\b")
# "3/21: K 4.4", at the beginning of a line or of a part of one.
_HEAD = re.compile(r"(?:(?:^|[\n;]\s{0,2})|[.] )$")
_HEADED = Later(
    r"(?: ?(?::|–|-)) ?[A-Za-z]"
    rf"|(?i: (?:pt\b|patient\b|seen|spoke|called|tc|telephone|phone|family|rn|md|note|addendum|admitted"
    rf"|{alternation('with_values')} \d))"
)
# "4/1 6.1; 7/1 7.7"
_MEASURED_THEN = Later(rf"(?i)\b(?:{alternation('with_values')}) $")
_NEXT_OF_A_ROW = re.compile(r"\b\d{1,2}/\d{1,2}:? [^;\n]{1,32}[;,] $")
_ITS_VALUE = re.compile(r":? \d{1,4}(?:\.\d+)? ?(?:kg|lbs?)?(?:[,;.)\n]|$| (?!/|of|out))")
_SHARES = frozenset(("1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "1/8", "1/10"))


def _can_be(first: int, second: int) -> bool:
    # "19/10": so many days of a week or months of a year are counted, of a tenth of a year none.
    return (
        (1 <= first <= 12 and 1 <= second <= 31)
        or is_day_first(str(first), f"{second:02d}")
        or (12 < first <= 31 and second == 10)
    )


_LAST_WORD = re.compile(r"([a-z]+) \(?$")
# Behind these no day stands: "in 3/17", "than 2/15".
_OF_SHARES = frozenset(("of", "in", "than", "with", "for", "only", "all", "vs", "versus", "by", "the", "a", "were"))


def _by_what_happened(candidate: Candidate) -> Severity | Verdict | None:
    """ "replaced 3/22": a month and a day behind what happened then, no score, share or duration."""
    value = candidate.value
    first, second = map(int, value.split("/"))
    if not _can_be(first, second) or goes_back(candidate):
        return None
    after = candidate.after(24)
    if after[:1] in ("-", ".") and after[1:2].isdigit():
        return None
    if FRACTION.match(after) or COUNTS.match(after) or value in _SHARES:
        return None
    last = _LAST_WORD.search(candidate.before(12))
    if last is not None and last[1] in _OF_SHARES:
        return None
    before = candidate.before(48)
    if first == second and (not _SURE.search(before) or (after[:1] == " " and after[1:2].islower())):
        # "Infusion 6/6", "all 3/3", "fell 2/2 orthostasis".
        return _in_company(candidate, first, second, before, after)
    spaced = before.endswith(" ")
    if _LASTS.search(before + value) or (spaced and _COMBINED.search(before)):
        return None
    timed = _CLOCK.match(after) is not None and second not in (5, 8, 10)
    if _BEFORE.search(before) or _NUMBERED_DAY.search(before) or timed:
        return None if SCORED.search(before[-32:]) else Severity.MEDIUM
    if spaced and _MEASURED_THEN.search(before) and _ITS_VALUE.match(after):
        return Severity.MEDIUM
    if _VALUE.search(before) or (_NEXT_VALUE.search(before) and (second > 12 or after[:1] == ")")):
        return Severity.MEDIUM
    if (second > 5 or first > second) and _HEAD.search(before) and _HEADED.match(after) and not SCORED.search(after):
        return Severity.MEDIUM
    if _NEXT_OF_A_ROW.search(before) and _ITS_VALUE.match(after):
        return Severity.MEDIUM
    return _in_company(candidate, first, second, before, after)


_DATE_IN_COMPANY = f"date{IN_COMPANY}"
# What eyes read at six metres, the hours of a day, scales that end with what a month has, and dilutions.
_NO_DAY = frozenset(("24/7", "6/15", "6/18", "6/24", "1/16", "1/20", "3/15", "8/15", "9/15", "10/15", "11/15", "12/15"))
_SCALES = frozenset((24, 27, 28, 30))
# "NEWS 3/20", "PSQI is 8/21": scales are called by their letters.
_OF_A_SCALE = re.compile(r"\b[A-Z][A-Za-z-]?[A-Z]{1,5}(?: (?:is|was|of|score))?[ :=]{1,2}$")
_TAKEN = Later(r"(?i)\b(?:drawn|collected|dated|sent|received|signed|filed|paid|pay|called|on|since|until)[ :(]{1,2}$")
_ENDS_THERE = re.compile(r"[.,;)\n]|$| (?:and|at|but|then|when|with|we|he|she|they|pt|~)\b")


def is_no_day(candidate: Candidate) -> bool:
    """Whether two numbers with a slash are a share, a score, a strength or a stretch of days, by what stands around."""
    before, after = candidate.before(48), candidate.after(24)
    if candidate.value in _NO_DAY or candidate.value in _SHARES or after[:1] in ("/", "-", "+", "%"):
        return True
    if SCORED.search(before[-32:]) or _OF_A_SCALE.search(before[-16:]) or FRACTION.match(after) or COUNTS.match(after):
        return True
    return bool(_LASTS.search(before + candidate.value) or _COMBINED.search(before))


def _in_company(candidate: Candidate, first: int, second: int, before: str, after: str) -> Verdict | None:
    """ "shutoff 11/3": no share and no score has more above than below, and few scales end behind twelve."""
    if candidate.value in _NO_DAY or after[:1] in ("/", "-", "+"):
        return None
    if SCORED.search(before[-32:]) or _OF_A_SCALE.search(before[-16:]):
        return None
    likely = first > second or (second > 12 and second not in _SCALES)
    if not likely and not (_TAKEN.search(before) and _ENDS_THERE.match(after)):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end, detector=_DATE_IN_COMPANY)


_FROM_TO = (
    r"\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?(?: ?[-–—→] ?| ?-> ?| (?:to|through|thru|until|till?) )"
    r"\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?"
)
_ENDS = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d+))?")


def _from_to(candidate: Candidate) -> list[Verdict] | None:
    """ "admitted 2/3-2/9", "1/3/25-1/9/25": two days, each found by itself, and no scores of one measure."""
    if goes_back(candidate) or candidate.after(1) in ("/", "%", "_"):
        return None
    found = list(_ENDS.finditer(candidate.value))
    days = [(int(one[1]), int(one[2])) for one in found]
    if not all(_can_be(*day) for day in days):
        return None
    dated = any(one[3] for one in found)
    if not dated and not _two_days(candidate, *days):
        return None
    severity = Severity.HIGH if dated else Severity.MEDIUM
    return [Verdict(severity, candidate.start + one.start(), candidate.start + one.end()) for one in found]


_ACUITY, _ACUITIES = 6, frozenset((5, 6, 7, 9, 12, 18, 24))


def _two_days(candidate: Candidate, begin: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether two numbers with a slash are days of one year, by what is written around them or by what they are."""
    before = candidate.before(64)
    if COUNTS.match(candidate.after(24)) or FRACTION.match(candidate.after(16)):
        return False
    if _COMBINED.search(before) or SCORED.search(before[-40:]):
        return False
    if _BEFORE.search(before) or _NUMBERED_DAY.search(before):
        return True
    if begin[0] == end[0] == _ACUITY and {begin[1], end[1]} <= _ACUITIES:
        # "From 6/6 to 6/18": what an eye reads.
        return False
    if begin[0] > begin[1] or end[0] > end[1]:
        # No share of a whole: "vanc 3/2-3/9".
        return end > begin and end[0] - begin[0] <= 3
    # Shares and scores have one denominator, or are less than one.
    follows = end > begin or end[0] < begin[0] - 6
    return follows and begin[1] != end[1] and max(begin[1], end[1]) > 12


# "film 27.08", "seen on 03.09.".
_DOTTED = Later(
    r"(?i)(?:\b(?:(?:biops(?:y|ies)|labs?|bloods?|specimens?|samples?|images?|results?|cultures?|letter"
    r"|note) (?:from|on)"
    r"|(?:film|x-?ray|scan|ct|mri|echo|seen|admitted|discharged|operated|born|visit|clinic|appt|appointment"
    r"|review(?:ed)?|since|until"
    r"|dated|vom|bis|seit|zum|d/c'?d|dc'?d)(?: (?:of|from|on))?)|on|am) (?:the )?$"
)
_UNIT = Later(
    r"(?i)\s?(?:[%°/<>=×x*±–-]|m?[lg]\b|mcg|µg|ug|[kmnpµ]?g/|mmol|nmol|pmol|mol|u\b|iu|units?|sec|min|hours?|days?"
    r"|weeks?|months?|years?|cm|mm|kg"
    r"|bpm|mmhg|points?|percent|ratio|assay|version|vs)"
)


def _dotted(candidate: Candidate) -> Severity | None:
    """ "film 27.08": a day and a month with their zeros, behind a word for when, with no unit."""
    left = candidate.before(2)
    # Most are decimals behind a sign or a digit.
    if left[-1:] != " " or not left[:1].isalpha() or not _DOTTED.search(candidate.before(20)):
        return None
    after = candidate.after(12)
    return None if re.match(r"\.?\d|[,/]\d", after) or _UNIT.match(after.removeprefix(".")) else Severity.MEDIUM


def _month_and_day_dotted(candidate: Candidate) -> Severity | None:
    """ "dc'd 5.14": behind what is said of a person only, and with no unit."""
    after = candidate.after(12)
    first, second = map(int, candidate.value.split("."))
    if not 1 <= min(first, second) <= 12 or max(first, second) > 31:
        return None
    if max(first, second) <= 12 and _WEIGHED.search(candidate.before(16)):
        return None
    return None if re.match(r"\.?\d|[,/]\d", after) or _UNIT.match(after) else Severity.MEDIUM


# "Born 3.2", "drain off 1.5": so many kilograms or litres, where no day is meant.
_WEIGHED = re.compile(r"(?i)\b(?:born|transferred|drain (?:out|off|removed))(?: on)? $")


_NUMBERED = re.compile(
    r"(?i)\b(?:nerves?|types?|phases?|chapter|class|stage|grade|factors?|part|volume|vol|cn|leads?|zone|table|figure"
    r"|and|x)[ :]$"
)


def _roman(candidate: Candidate) -> Severity | None:
    """ "3/iv/24", "12 VI 2025": the months as people count them who write them so."""
    day = int(re.split(r"\D", candidate.value)[0])
    if not 1 <= day <= 31 or goes_back(candidate):
        return None
    return None if " " in candidate.value and _NUMBERED.search(candidate.before(10)) else Severity.HIGH


_MORE = re.compile(r"(?i) ?(?:wks?|lit(?:er|re)s?|mos?|x\b|times|d\b|w\b|h\b|hrs?|min|yrs?|y\b|u\b|iu|cc)")


def _dashed(candidate: Candidate) -> Severity | None:
    """ "dc 3-9": a month and a day, unless so much of something."""
    first, second = map(int, candidate.value.split("-"))
    after = candidate.after(24)
    if not candidate.stands_alone() or not _can_be(first, second) or after[:1] in ("/", "%"):
        return None
    counted = FRACTION.match(after) or COUNTS.match(after) or _UNIT.match(after) or _MORE.match(after)
    return None if counted else Severity.MEDIUM


RULES = (
    Rule("date-with-short-year", PhiType.DATE, r"\b\d{1,2}/\d{1,2}/['’]\d\d\b"),
    Rule(
        "date-dotted-of-a-stay",
        PhiType.DATE,
        r"(?i)\b(?:seen|admitted|discharged|readmitted|d/c'?e?d|dc'?e?d|operated|born"
        r"|transferred|operated|(?:stitches|sutures|staples|clips|cast|drain) (?:out|off|removed)"
        r"|(?:bloods|labs|fbc|cbc|lfts?|u&es?|tfts?|ecg|ekg|cxr|swabs)(?:/[a-z]{2,4})?"
        r" (?:were |was |all |last )?(?:done|taken|checked|repeated|sent|drawn|changed))(?: on)?"
        r" (?P<v>\d{1,2}\.\d{1,2})\b",
        check=_month_and_day_dotted,
    ),
    # "3/iv/24"
    Rule(
        "date-with-roman-month",
        PhiType.DATE,
        r"(?i)\b\d{1,2}(?:[/.-](?:i{1,3}|iv|vi{0,3}|ix|xi{0,2})[/.-](?:\d{4}|\d\d)"
        r"| (?:i{1,3}|iv|vi{0,3}|ix|xi{0,2}) (?:19|20)\d\d)\b",
        check=_roman,
    ),
    Rule(
        # "dc 3-9"
        "date-dashed-of-a-stay",
        PhiType.DATE,
        r"(?i)\b(?:surg(?:ery)?|d/?c'?e?d?|adm(?:it(?:ted)?)?|seen|op|dos|doa|doi|lmp|edd|appt)(?: on"
        r"| date)?[: ]{1,2}(?P<v>\d{1,2}-\d{1,2})\b",
        check=_dashed,
    ),
    Rule(
        "date-of-what-happened",
        PhiType.DATE,
        # Not the beginning of a day with its year, which most are.
        r"\b(?P<v>\d{1,2}/\d{1,2})(?:[^0-9A-Za-z_/%]|$)",
        check=_by_what_happened,
        names=frozenset({_DATE_IN_COMPANY}),
    ),
    Rule("date-from-to", PhiType.DATE, rf"\b{_FROM_TO}\b", check=_from_to),
    Rule("date-dotted", PhiType.DATE, r"\b(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\b", check=_dotted),
    Rule(
        # "the 3rd of this month", "25th inst."
        "date-day-of-a-month",
        PhiType.DATE,
        rf"(?i)\b(?:the )?{DAY}{ORDINAL} (?:of (?:this|last|next|the (?:same|following|previous)) month|inst|ult"
        rf"|prox)\b",
        severity=Severity.MEDIUM,
    ),
)

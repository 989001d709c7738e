"""Which days are written in a row, run together with their month, beside a weekday, or in words?"""

import itertools
import re

from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules.calendar import DAY, DOSED, MONTHS, MONTHS_ALSO_WORDS, ORDINAL, WEEKDAY, YEAR
from preceptor.phi.types import PhiType, Severity

# Capitals or one: "2 mar 15" may be anything.
_SHORT = (
    "(?:"
    + "|".join(
        f"{m}|{m.upper()}"
        for m in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec"]
    )
    + ")"
)
_AND = rf"(?:(?:, ?(?:and |& ?)?| ?[–&-] ?| and | or | to | thr(?:ough|u) | until )(?:the )?{DAY}{ORDINAL}?)"
_ONES = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_NTH = (
    rf"(?:(?:twenty|thirty)[ -]?(?:{_ONES})|{_ONES}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth"
    r"|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
DIGITS = "one|two|three|four|five|six|seven|eight|nine"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
UNDER_A_HUNDRED = (
    rf"(?:(?:{_TENS})(?:[ -](?:{DIGITS}))?|{TEENS}|oh?[ -](?:{DIGITS})|hundred(?: and)?(?: (?:{DIGITS}|{TEENS}))?)"
)
SPOKEN_YEAR = (
    rf"(?:(?:eighteen|nineteen|twenty)[ -]{UNDER_A_HUNDRED}"
    rf"|two thousand(?:[ -](?:and[ -])?(?:{UNDER_A_HUNDRED}|{DIGITS}))?|{YEAR})"
)
_MONTH = re.compile(rf"(?i)\b{MONTHS}\b")
# Everybody's days, where no year is said.
_HOLIDAY = re.compile(r"(?i)\bfourth of july$|\bjuly fourth$|\bfifth of november$")
_CALENDAR = re.compile(YEAR)
_SCORED = re.compile(
    r"(?i)\b(?:strength|power|motor|reflex\w*|pulses?|pain|scor\w*|grades?|murmur|apgars?|[bi]?i?pap|peep|cpap"
    r"|vision|bp"
    r"|nrs|rated?|biopsy cores|cores|nodes?|positive|samples|ratios?|settings?|rats|mice|patients|stage)\b"
)


_COUNTED = re.compile(r" ?(?:of\b|ratio|points?|strength|pain|power|murmur|tabs?|pills?|doses?|cups?)")


def _named(candidate: Candidate) -> Severity | None:
    """Whether the month is meant: "4 and 9 may" is no date where nothing else says so."""
    if candidate.before(1).isalnum() or candidate.before(1) in {".", "/", "-"}:
        return None
    month = _MONTH.search(candidate.value)
    if month is None or _HOLIDAY.search(candidate.value):
        return None
    if candidate.value[-1].isdigit() and not _CALENDAR.search(candidate.value) and DOSED.match(candidate.after(9)):
        return None
    sure = (
        month[0][0].isupper()
        or month[0].lower() not in MONTHS_ALSO_WORDS
        or _CALENDAR.search(candidate.value)
        or _ORDINALS.search(candidate.value)
        or _SPOKEN_CENTURY.search(candidate.value)
    )
    return Severity.HIGH if sure else None


_SPOKEN_CENTURY = re.compile(r"(?i)\b(?:nineteen|twenty|two thousand)[ -]")
_ORDINALS = re.compile(r"(?i)\d(?:st|nd|rd|th)\b")


def _together(candidate: Candidate) -> Severity | None:
    """ "19JAN2024", but no "5 Mar 20 mg"."""
    return Severity.HIGH if candidate.stands_alone() and not DOSED.match(candidate.after(9)) else None


def _in_a_row(candidate: Candidate) -> Severity | None:
    """ "10/2, 10/5 and 10/9": days that follow each other within a month or into the next, no scores."""
    if not candidate.stands_alone() or candidate.after(1) in ("/", "%") or _SCORED.search(candidate.before(40)):
        return None
    days = [tuple(map(int, one)) for one in re.findall(r"(\d{1,2})/(\d{1,2})", candidate.value)]
    if not all(1 <= month <= 12 and 1 <= day <= 31 for month, day in days):
        return None
    follow = all(
        (later[0] == month and later[1] > day) or later[0] in (month + 1, month - 11)
        for (month, day), later in itertools.pairwise(days)
    )
    denominators = {day for _, day in days}
    fractions = all(month <= day and day <= 10 for month, day in days)
    return Severity.MEDIUM if follow and len(denominators) > 1 and not (fractions and days[0][0] <= 2) else None


def _of_a_weekday(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone() or candidate.after(1) in ("/", "%"):
        return None
    first, second, *year = map(int, re.findall(r"\d+", candidate.value))
    rated = second == 10 and (candidate.value[:3].lower() in ("sat", "sun") or first > 9)
    if not year and (rated or _COUNTED.match(candidate.after(12))):
        # "Sat 5/10 of the tests"
        return None
    if first > 1000:
        return Severity.HIGH
    return Severity.HIGH if 1 <= min(first, second) <= 12 and max(first, second) <= 31 and min(first, second) else None


def _day_first(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone() or candidate.after(1) in ("/", "%") or _SCORED.search(candidate.before(24)):
        return None
    return None if _COUNTED.match(candidate.after(12)) else Severity.MEDIUM


RULES = (
    Rule(
        "date-days-of-a-month",
        PhiType.DATE,
        rf"(?i)\b{DAY}{ORDINAL}?{_AND}{{1,5}} (?:of )?{MONTHS}\b\.?(?:,? {YEAR}\b)?",
        check=_named,
    ),
    Rule(
        "date-month-and-days",
        PhiType.DATE,
        rf"(?i)\b{MONTHS}\.? (?:the )?{DAY}{ORDINAL}?{_AND}{{1,5}}(?:\b|,)(?:,? {YEAR}\b)",
        check=_named,
    ),
    Rule(
        # "Jan 8, 15 and 22"
        "date-month-and-more-days",
        PhiType.DATE,
        rf"(?i)\b{MONTHS}\.? (?:the )?{DAY}{ORDINAL}?(?:, ?{DAY}{ORDINAL}?){{0,4}}(?:,? (?:and|&|or|to|thru|through"
        rf"|until) | ?[–-] ?)"
        rf"(?:the )?{DAY}{ORDINAL}?\b",
        check=_named,
    ),
    Rule(
        # "04JUN"; a gene has neither a zero nor two digits in front.
        "date-day-and-month-together",
        PhiType.DATE,
        rf"\b(?:(?:0[1-9]|[12]\d|3[01])-?(?:{_SHORT})|[1-9](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))\b",
        check=_together,
    ),
    Rule(
        "date-run-together",
        PhiType.DATE,
        rf"\b(?:{DAY}[-/. ]?{_SHORT}[-/. ]?(?:{YEAR}|\d\d)|{YEAR}[-/. ]?{_SHORT}[-/. ]?{DAY}"
        rf"|{_SHORT}[-/.]{DAY}[-/.](?:{YEAR}|\d\d))\b",
        check=_together,
    ),
    Rule(
        "date-in-a-row",
        PhiType.DATE,
        r"\b\d{1,2}/\d{1,2}(?:(?:, ?(?:and |& ?)?| ?[&;] ?| and | to | then |→| ?-> ?)\d{1,2}/\d{1,2}){1,9}\b",
        check=_in_a_row,
    ),
    Rule(
        "date-of-a-weekday",
        PhiType.DATE,
        rf"(?i)\b{WEEKDAY}\.?,? {{1,2}}(?:the )?(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})|\d{{1,2}}/\d{{1,2}}"
        r"|(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2})\b",
        check=_of_a_weekday,
    ),
    Rule("date-day-first", PhiType.DATE, r"\b(?:1[3-9]|2\d|3[01])/0[1-9]\b", check=_day_first),
    Rule(
        "date-spoken",
        PhiType.DATE,
        rf"(?i)\b{MONTHS},? (?:the )?(?:{_NTH}(?:,? (?:of |in )?{SPOKEN_YEAR})?|(?:{DIGITS}|{TEENS}|(?:{_TENS})"
        rf"(?:[ -](?:{DIGITS}))?),? {SPOKEN_YEAR})\b",
        check=_named,
    ),
    Rule(
        "date-spoken-day-first",
        PhiType.DATE,
        rf"(?i)\b(?:the )?{_NTH} (?:(?:day )?of {MONTHS}\b(?:,? (?:of |in )?{SPOKEN_YEAR}\b)?"
        rf"|{MONTHS},? {SPOKEN_YEAR}\b)",
        check=_named,
    ),
)

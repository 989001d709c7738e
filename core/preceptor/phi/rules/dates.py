"""Which dates name a day?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import IN_COMPANY, Candidate, Rule, Verdict, after
from preceptor.phi.rules.calendar import (
    DAY,
    DOSED,
    MONTHS,
    MONTHS_ALSO_WORDS,
    MONTHS_ELSEWHERE,
    ORDINAL,
    WEEKDAY,
    WEEKDAYS_ELSEWHERE,
    YEAR,
)
from preceptor.phi.types import PhiType, Severity

_BEFORE_WEEKDAY = rf"(?:(?:{WEEKDAY}|{WEEKDAYS_ELSEWHERE})\.?,?\s+)?"
# "2018-01-14 03:07:43", "T10:00", "T09:15:30.500-07:00".
_TIME = (
    r"(?:(?:T|,?\s{1,2}(?:at )?)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?"
    r"(?:\s?[AaPp]\.?[Mm]\b\.?|Z|[+-]\d{2}:?\d{2})?)?"
)
_WORD = re.compile(r"[A-Za-z]+")
_BETWEEN = re.compile("[/.-]")


def goes_back(candidate: Candidate) -> bool:
    """Whether a candidate is the end of something longer."""
    left = candidate.before(2)
    if left and (left[-1].isalnum() or left[-1] in "_/"):
        return True
    return len(left) == 2 and left[-1] in "-." and left[0].isdigit()


def stands_as_a_day(candidate: Candidate) -> bool:
    if goes_back(candidate):
        return False
    right = candidate.after(2)
    if right and (right[0].isdigit() or right[0] in "/_"):
        return False
    return not (len(right) == 2 and right[0] in "-." and right[1].isdigit())


_RUN = re.compile(r"\d+(?:[/.-]\d+)*")


def numeric(candidate: Candidate) -> Severity | Verdict | int | None:
    """A day in digits, ``03/14/1990``: high where its year has four, medium where it may be something else."""
    if goes_back(candidate):
        # And so is all that begins further on in the same run of numbers.
        run = _RUN.match(candidate.text, candidate.start)
        return run.end() if run is not None else None
    parts = _BETWEEN.split(candidate.value)
    if len(parts) != 3 or not all(map(str.isdecimal, parts)):
        # Other rules ask too, of what they matched: "(03/14/1990".
        return None
    first, second, year = map(int, parts)
    long_year = len(parts[2]) == 4
    if not stands_as_a_day(candidate) or not (1 <= first <= 31 and 1 <= second <= 31 and (first <= 12 or second <= 12)):
        return None
    if long_year:
        return Severity.HIGH if 1880 <= year <= 2100 else None
    if not any(number % 10 for number in (first, second, year)) and candidate.value[2:3] == "-":
        # "The 10-20-30 regimen".
        return None
    if _is_of_three(candidate):
        return None
    # 10.2.14 is as likely a version or a dose schedule, unless a word says that it is a day.
    # "22.09.23" has a zero that neither would have.
    zero = len(candidate.value) == 8 and "0" in (candidate.value[0], candidate.value[3]) and second <= 12
    dated = "." not in candidate.value or zero or _DATED.search(candidate.before(16))
    version = "." in candidate.value and _OF_VERSIONS.search(candidate.before(40))
    if version:
        return None
    return Severity.MEDIUM if dated else Verdict(Severity.MEDIUM, candidate.start, candidate.end, detector=_DOTTED)


_DOTTED = f"date-dotted{IN_COMPANY}"
_OF_VERSIONS = re.compile(r"(?i)\b(?:versions?|v|ver|firmware|software|release|build|sections?|chapter|clause)\b")


# "Apgars 9/10/10", "NovoRapid 8/8/10 units": three scores, or three doses of a day.
_OF_THREE = re.compile(
    r"(?i)\b(?:apgars?|scores?|scored|reflexes|insulin|novorapid|humalog|lispro|aspart|actrapid|apidra|glulisine|regimen"
    r"|sliding scale|settings?)(?: scores?)?(?: (?:was|were|of|at|is|are))?:? $"
)
_OF_DOSES = re.compile(r"(?i) ?(?:units?|iu|u|mg|mcg|with meals)\b")


def _is_of_three(candidate: Candidate) -> bool:
    """Whether three numbers with slashes are scores or doses by the word in front or the unit behind."""
    scored = _OF_THREE.search(candidate.before(32)) is not None
    return "/" in candidate.value and (scored or _OF_DOSES.match(candidate.after(12)) is not None)


_DATED = re.compile(
    r"(?i)\b(?:today(?:'s date)?(?: is)?|date[ds]?(?: is)?|on|since|until|till|am|vom|seit|bis|el|fecha|dob"
    r"|d\.o\.b\.?|born|seen"
    r"|admitted"
    r"|discharged|readmitted|transferred|visit|clinic|scan|mri|ct|cxr|surgery|labs?|f/?u|appt|appointment|d/c'?e?d?"
    r"|dc'?e?d"
    r"|le|il|op|given|taken|done|started|stopped|removed|inserted|placed|changed|reviewed?|biops(?:y|ied)|operated|scanned"
    r"|diagnosed|died|onset|injury|injection|infusion|dose|cycles?|letter|note|report|x-?ray|us|usg|echo|ecg|bloods|fbc"
    r"|u&es?|lfts?|inr|procedure|delivery|delivered|lscs|lmp|edd|vaccinated|follow[- ]?up|swab|sent|collected|received"
    r"|drawn|last|next|due|\d\d?\.\d\d?\.\d\d(?:,| and| &| to| -))[:,]? ?$"
)


def _iso(candidate: Candidate) -> Severity | None:
    return Severity.HIGH if stands_as_a_day(candidate) or "T" in candidate.value else None


_SINCE = re.compile(r"(?i)\b(?:since|until|till|before|after|from|by|on|dated|born) $")


_IS_DOSE = re.compile(r"[a-z]\.? \d{1,2}$")
# Months that no English word is spelled like.
_GERMAN = re.compile(rf"\b(?:{alternation('months_of_german')})\b")
_DAY_OF_GERMAN = re.compile(r"\d{1,2}\.")


# "oct 9th": what is counted so is a day, and no tomography.
_COUNTED_DAY = re.compile(r"(?i)\d(?:st|nd|rd|th)\b")


# "march 4", "aug 9": no other word of English stands before such a number, but for a dose or an age.
_SURE = frozenset(("march", "august", "aug", "feb", "nov", "apr", "sept"))
_CALLED_DAY = re.compile(
    r"(?i)\b(?:due(?: date)?|dated?|appt|appointment|admitted|readmitted|d/?c'?e?d?|discharged|seen|surgery|surg"
    r"|starting|started"
    r"|is|was|this|last|next|pill|dose|visit|fell|born|died|op|scheduled|booked|moved to|period|lmp|edd|dos|doa"
    r"|yesterday|today|tonight"
    r"|(?:last|sat(?:urday)?|sun(?:day)?|mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thurs?(?:day)?|fri(?:day)?) ?"
    r"(?:night|evening|morning|afternoon)?|this (?:morning|afternoon|evening)|collapsed|slipped|tripped|bled|vomited"
    r"|sent|done|taken|removed|placed|inserted|changed|started on|stopped):?,? $"
)
_NO_DAY = re.compile(
    r"(?i) ?(?:[a-zµ]?g\b|m?l\b|units?|tabs?|caps?|pills?|y\b|yrs?|years?|months?|mos?\b|weeks?|wks?|days?|doses?"
    r"|times|x\b|%|/|people|patients|persons|cases|men\b|women|children|of\b)"
)


_MAY_DO = re.compile(r" (?!(?:at|for|with|in|on|to|and|he|she|i|we|they|she|he|due|because|when|after|before)\b)[a-z]")


def _is_sure(candidate: Candidate, month: str) -> bool:
    """Whether a month in small letters is one beside its day."""
    if _NO_DAY.match(candidate.after(9)) or (month == "may" and _MAY_DO.match(candidate.after(12))):
        return False
    return month.lower() in _SURE or _CALLED_DAY.search(candidate.before(24)) is not None


_OF_A_WEEKDAY = re.compile(rf"(?i){WEEKDAY}\b")


def _of_a_weekday(candidate: Candidate, month: str) -> bool:
    """ "sun 10 mar": with its weekday even a short word is a month, but for what one "may" do."""
    named = _OF_A_WEEKDAY.match(candidate.value) is not None
    return named and not (month == "may" and _MAY_DO.match(candidate.after(12)))


def _written(candidate: Candidate) -> Severity | None:
    if candidate.before(1).isalnum() or candidate.before(1) in {".", "/", "-"}:
        return None
    value = candidate.value
    if _DAY_OF_GERMAN.match(value) and not re.search(YEAR, value) and not _GERMAN.search(value):
        # "In stage 3. May be given": a sentence ended.
        return None
    if _IS_DOSE.search(value) and DOSED.match(candidate.after(9)):
        # The end of "5 Mar 20 mg".
        return None
    words = [w for w in _WORD.findall(value) if w.lower() not in ("st", "nd", "rd", "th", "of", "de", "del", "the")]
    month = next((w for w in words if re.fullmatch(MONTHS, w, re.IGNORECASE)), "")
    after_cue = _SINCE.search(candidate.before(8)) is not None
    if (
        not month[:1].isupper()
        and month.lower() in MONTHS_ALSO_WORDS
        and not after_cue
        and not _COUNTED_DAY.search(value)
        and not _is_sure(candidate, month)
        and not _of_a_weekday(candidate, month)
        and not re.search(YEAR, value)
        and " de " not in value
    ):
        return None
    return Severity.HIGH


def _elsewhere(candidate: Candidate) -> Verdict | None:
    """The day without the sign behind it; "3 mart." may be anything, and so may "5 mei" in a row of numbers."""
    value = candidate.value
    end = candidate.end if value[-1:].isalnum() else candidate.end - 1
    return None if goes_back(candidate) else Verdict(Severity.HIGH, candidate.start, end)


_MISSPELT = f"(?:{alternation('months_misspelt')})"


def _compact(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if candidate.stands_alone() else None


RULES = (
    Rule(
        "date-iso",
        PhiType.DATE,
        rf"(?P<v>\b(?:19|20)\d{{2}}[-/.](?:0?[1-9]|1[0-2])[-/.]{DAY}{_TIME})(?:\D|$)",
        check=_iso,
    ),
    Rule(
        "date-numeric",
        PhiType.DATE,
        r"\b\d{1,2}(?:/\d{1,2}/|-\d{1,2}-|\.\d{1,2}\.)(?:\d{4}|\d{2})\b",
        check=numeric,
        names=frozenset({_DOTTED}),
    ),
    Rule(
        "date-month-day",
        PhiType.DATE,
        rf"(?i)\b{_BEFORE_WEEKDAY}{MONTHS}\.?\s{{1,3}}(?:the )?{DAY}(?:{ORDINAL})?\b(?:\s?-\s?{DAY}(?:{ORDINAL})?\b)?"
        rf"(?:,?\s{{1,3}}(?:of )?(?:{YEAR}|'\d\d)\b)?",
        check=_written,
    ),
    Rule(
        "date-day-month",
        PhiType.DATE,
        rf"(?i)\b{_BEFORE_WEEKDAY}(?:the )?{DAY}(?:{ORDINAL}|\.)?[\s-]{{1,3}}(?:of |de )?{MONTHS}\b\.?"
        rf"(?:,?[\s-]{{1,3}}(?:of |del? )?(?:{YEAR}|'\d\d)\b)?",
        check=_written,
    ),
    Rule(
        # "30 maart 2024", "13 Hānuere", "2 de março".
        "date-of-another-language",
        PhiType.DATE,
        rf"(?i)\b{_BEFORE_WEEKDAY}{DAY}\.? (?:de |di |d')?{MONTHS_ELSEWHERE}(?:,? (?:de |del |di )?{YEAR})?"
        r"(?:[^\p{L}]|$)",
        check=_elsewhere,
    ),
    Rule(
        "birth-date-compact",
        PhiType.DATE,
        after(
            alternation("birth"),
            rf"(?:{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){YEAR}"
            r"|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
            r"|(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2]))\d{2})\b",
        ),
        cued=True,
    ),
    Rule(
        "event-date-compact",
        PhiType.DATE,
        after(
            r"(?:admit|admission|discharge|service|surgery|visit|death|encounter|collection|procedure|onset|study"
            r"|exam|scan|report"
            r"|result|order|specimen|sample|service|injury|accident)[ _-]?date"
            r"|date[ _]of[ _](?:admission|discharge|service|surgery|death|visit|onset|injury|accident|procedure"
            r"|collection|exam)"
            r"|(?:admitted|discharged|seen|operated|performed|done|signed|scanned|sent)(?: on)?"
            r"|collected|collection|drawn|received|reported|resulted|dated|dos|doi|doa|dod",
            rf"{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b",
        ),
        cued=True,
    ),
    Rule(
        "date-day-of-the-month",
        PhiType.DATE,
        rf"(?i)\b(?:on|since|until|till|by|from|before|after|due|for|appt|appointment|seen|booked|scheduled|back"
        r"|again|came|started|began|(?:moved|pushed|postponed|rescheduled|delayed|changed|bumped|brought)"
        r"(?: up| back| forward)? to)"
        rf" (?P<v>the {DAY}{ORDINAL})"
        r"(?:[.,;?!)]|$|\n| (?:she|he|i|they|we|it|and|but|with|for|at|because|when|my|his|her|then|im|i'm|pls"
        r"|please|if|so"
        r"|this|next|last|am|pm|or|as|is|was|will|who|which|that|to see|@)\b)",
        severity=Severity.MEDIUM,
    ),
    Rule(
        "date-weekday-day",
        PhiType.DATE,
        rf"(?i)\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,? (?:the )?{DAY}{ORDINAL}\b",
    ),
    Rule(
        "birth-date-with-short-year",
        PhiType.DATE,
        after(alternation("birth"), rf"(?:{MONTHS}\.? {DAY}{ORDINAL}?|{DAY}{ORDINAL}? {MONTHS}),?(?: of)? '?\d\d\b"),
    ),
    # "DOB3/4/51"
    Rule("birth-date-glued", PhiType.DATE, r"(?i)\bdob(?P<v>\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d))\b"),
    Rule(
        # The month is an element of a date too; elsewhere than beside a birth it says too little of anybody.
        "birth-month",
        PhiType.DATE,
        after(
            r"dob|d\.o\.b\.?|date of birth|birth ?date",
            rf"(?:(?:0?[1-9]|1[0-2])[/.-]{YEAR}|{YEAR}[/.-](?:0[1-9]|1[0-2])|{MONTHS},? {YEAR})\b",
        ),
        Severity.MEDIUM,
        cued=True,
    ),
    Rule(
        "date-misspelt",
        PhiType.DATE,
        rf"(?i)\b(?:{_MISSPELT}\.?,? {{1,3}}(?:the )?{DAY}{ORDINAL}?\b(?:,? (?:of )?{YEAR}\b)?"
        rf"|{DAY}{ORDINAL}? {{1,3}}(?:of )?{_MISSPELT}\b(?:,? (?:of )?{YEAR}\b)?)",
    ),
    Rule(
        # "202403171422", as messages between systems have it.
        "date-and-time-compact",
        PhiType.DATE,
        r"\b(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?\b",
        Severity.MEDIUM,
        check=_compact,
    ),
)

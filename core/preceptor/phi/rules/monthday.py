"""Which two numbers are a month and a day, beside a label, behind a word for when, or before what happened then?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import Candidate, Rule, Verdict, after
from preceptor.phi.rules.dates import goes_back, stands_as_a_day
from preceptor.phi.rules.later import Later
from preceptor.phi.types import PhiType, Severity


def _day_and_month(candidate: Candidate) -> Severity | None:
    first, second = (int(part) for part in re.split(r"[/-]", candidate.value))
    if not stands_as_a_day(candidate) or not (1 <= first <= 31 and 1 <= second <= 31 and (first <= 12 or second <= 12)):
        return None
    after = candidate.after(24)
    if first == second and after[:1] == " " and after[1:2].islower():
        # "Admitted 2/2 sepsis": secondary to it.
        return None
    return Severity.MEDIUM if second != 10 and not COUNTS.match(after) else None


# "5/10 strength", "1/2 tablet", "2/6 murmur".
FRACTION = re.compile(
    r"\s?(?:%|[a-z]{0,2}/|(?:to|->?|→) ?\d{1,2}(?![/\d])|pain|scale|strength|murmur|tab|pill|caps|dose|cup|mg|ml"
    r"|of\b|the\b|pack|inch|hours?"
    r"|years?|days?|weeks?|months?|mile|way|normal|units?|scor|power|points|positive|bottles?|sets?|cores?|nodes?"
    r"|in (?:the )?(?:left|right"
    r"|all|bilateral|upper|lower))"
)
_FRACTIONS = frozenset(("1/2", "1/3", "2/3", "1/4", "3/4", "24/7", "1/5", "1/8"))


SCORED = Later(rf"(?i)\b(?:{alternation('scored')})\b")
COUNTS = Later(
    r"(?i)\s?(?:[%=]|\(\d|of\b|pts?\b|patients|women|men|children|mice|rats|cases|cycles?|sessions?|treatments?"
    r"|rounds?|courses?"
    r"|fractions?|lesions|nodules|leads|polyps|sutures|siblings|family members|views|digits|toes|fingers|levels"
    r"|segments|sites"
    r"|masses|cysts|stones|ulcers|wounds|organs|trials|studies|animals|infants|babies|neonates|pregnancies|embryos"
    r"|follicles|oocytes|implants|grafts|stents|screws|drains|lymph|people|drugs|meds|antibiotics|attempts?|tests?"
    r"|times|vials?|cultures|samples?|specimens?|eyes|limbs?|lobes|vessels|teeth"
    r"|members|items|criteria"
    r"|joints|systolic|diastolic|holo|sem\b|sm\b|mr\b|tr\b|ar\b|intensity|weakness|in (?:the|all|both|left|right"
    r"|upper|lower|bilat)"
    r"|ago\b|back\b|hx\b|history|old\b|prior\b|later\b|post\b|apart|earlier|duration|since\b|vs?\b|versus|grade"
    r"|on (?:the )?(?:scale|nrs|pain|exam))"
)
# Behind these a number is a day even where something is scored: "pain since 3/14".
_WHEN = re.compile(r"(?i)\b(?:since|on|until|till|from|by|after|before|dated|due|lmp|edd|dos|dob)[ ,:]{1,2}$")


# "3/14 to 3/16": what stands behind the first of two days.
_TO_DAY = re.compile(
    r"\s?(?:to|until|till|through|thru|and|->?|→|[–—])\s?(?P<day>\d{1,2}/\d{1,2})(?:/\d{2}|/\d{4})?(?![\d/])"
)
_MEASURED = re.compile(r"(?i)strength|power|motor|muscle|pain|scor|grade|murmur|improv|creas|worse|declin|went")


def _is_day(value: str) -> bool:
    first, second = (int(part) for part in value.split("/"))
    return 1 <= first <= 12 and 1 <= second <= 31 and second != 10 and first != second


def _after_preposition(candidate: Candidate) -> Severity | Verdict | None:
    """ "since 5/14": a month and a day, unless it is a fraction or a score."""
    if candidate.value in _FRACTIONS or _LASTS.search(candidate.before(8) + candidate.value):
        return None
    tail = _TO_DAY.match(candidate.after(24))
    if tail is not None and not goes_back(candidate) and _is_day(candidate.value):
        end = candidate.end + tail.end()
        # "strength from 3/5 to 4/5": scores of one measure, where a word says so.
        of_one = candidate.value.partition("/")[2] == tail["day"].partition("/")[2]
        is_scored = of_one and (
            _MEASURED.search(candidate.before(40)) or FRACTION.match(candidate.text[end : end + 16])
        )
        return None if is_scored else Verdict(Severity.MEDIUM, candidate.start, end)
    if FRACTION.match(candidate.after(16)) or COUNTS.match(candidate.after(24)) or not stands_as_a_day(candidate):
        return None
    before = candidate.before(40)
    if SCORED.search(before) and not _WHEN.search(before):
        # "Strength on discharge 4/5".
        return None
    if _is_day(candidate.value):
        return Severity.MEDIUM
    first, _, second = candidate.value.partition("/")
    if is_day_first(first, second):
        return Severity.MEDIUM
    if first == second == "12" or (first == second and _THE.search(candidate.before(8)) is not None):
        # "The 12/12 images".
        return Severity.MEDIUM if _PICTURE.match(candidate.after(16)) else None
    # "EDD 9/9": beside these words it is no score.
    return Severity.MEDIUM if first == second and first != "10" and _OF_DAYS.search(candidate.before(16)) else None


# "For 5/7", "next 3/12": days of a week and months of a year, as British doctors count them.
_LASTS = re.compile(r"(?i)\b(?:for|next|last|past|every|over) (?:\d{1,2}/7|\d/12)$")
_THE = re.compile(r"(?i)\b(?:the|her|his|their|my|your|from) $")
_PICTURE = re.compile(r" (?:images?|films?|study|scan|visit|note|appt|appointment|labs|mri|ct|cxr|us|echo|letter)\b")


def is_day_first(first: str, second: str) -> bool:
    """Whether two numbers are a day and a month in this order: 28/05, not 14/7, which counts days of a week."""
    day, month = int(first), int(second)
    return 12 < day <= 31 and 1 <= month <= 12 and (second[0] == "0" or month not in (7, 10, 12))


_OF_DAYS = re.compile(
    r"(?i)\b(?:lmp|edd|dos|dob|seen|visit|appt|appointment|admitted|d/?c|discharged?|scheduled|on)[ ,:]{1,2}$"
)


RULES = (
    Rule(
        "date-labelled",
        PhiType.DATE,
        after(
            f"{alternation('birth')}|{alternation('event')}",
            r"\d{1,2}[/-]\d{1,2}\b",
        ),
        check=_day_and_month,
    ),
    Rule(
        "date-after-preposition",
        PhiType.DATE,
        r"(?i)\b(?:since|seen|dated|visit|before|after|until|till|by|began|started|starting|due"
        r"|appointment|appt|surgery|fall|admission|admitted|discharged?|note|labs?|results?|for|from|today(?:'s date)?"
        r"|date|between|d/?c(?:'?d|ed)?|scheduled|yesterday|tonight|last night|this (?:am|morning|afternoon|evening)"
        r"|drawn|collected|taken|given|filled|refilled|repeat(?:ed)?|re-?check(?:ed)?|f/?u|follow[ -]?up|return|rtc"
        r"|next"
        r"|last (?:dose|drink|used?|seen|fill|visit|bm|period|menses)|uds|utox|cbc|bmp|cmp|a1c|hba1c|psa|tsh|lfts?"
        r"|inr|ua"
        r"|(?:blood |urine |wound )?cultures?|b?cx|ucx"
        r"|re-?admission|re-?admit(?:s|ted)?|presented|presents|arrived|images?|films?|pap|mammo(?:gram)?|dexa|pft"
        r"|emg|eeg|op|surg"
        r"|clinic"
        r"|onset|effective|expires?|through|thru|ending|delivered|injur(?:y|ed)|fell|called|faxed|mailed|signed"
        r"|received"
        r"|lmp|edd|dos|doi|dob|stent|biopsy|echo"
        r"|mri|ct|cxr|x-?ray|scan|ultrasound|colonoscopy|vaccine|tdap|ivig|chemo|dialysis"
        r"|infusion|transfusion|egd|ercp|tee|cabg|pci|night|morning|evening|covid|shot|came in|missed"
        r"|(?:mon|tues?|wed|thurs?|fri|sat|sun)(?:day|nesday|urday)?)"
        r"(?: (?:on|of|from|is|was))?[ ,:]{1,2}(?P<v>\d{1,2}/\d{1,2})\b",
        check=_after_preposition,
    ),
    Rule(
        "date-before-event",
        PhiType.DATE,
        r"(?i)\b(?P<v>\d{1,2}/\d{1,2}) (?:colonoscopy|mri|ct|pet|visit|appointment|appt|labs|biopsy|surgery|scan|echo"
        r"|clinic"
        r"|admission|cxr|x-?ray|ekg|ecg|ultrasound|discharge|delivery|fall|ed|er|images?|films?|study|note|letter"
        r"|culture"
        r"|specimen|sample|draw|encounter|tele-?visit|procedure|infusion|dialysis|echocardiogram|mammogram|pap|us|venogram|angio(?:gram)?|arteriogram|myelogram|sonogram|cystoscopy|bronchoscopy|gastroscopy"
        r"|arthroscopy|laparoscopy|laparotomy|spirometry|holter|bloods|operation|swab|dexa|doppler|transfusion|injection"
        r"|consult"
        r"|am|pm|a\.m\.|p\.m\.|at \d|@ ?\d|\d{4}h?|\d{1,2}:\d\d)\b",
        check=_after_preposition,
    ),
)

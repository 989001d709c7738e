"""Which days that have a name of their own is something said of somebody to have happened on?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.calendar import DAY, MONTHS, ORDINAL, YEAR
from preceptor.phi.rules.later import Later
from preceptor.phi.types import PhiType, Severity

_NAMED = rf"(?:{alternation('holidays')})"
_OF_SOMEBODY = (
    r"(?:born|died|passed(?: away)?|fell|collapsed|admitted|discharged|operated(?: on)?|hospitali[sz]ed|diagnosed"
    r"|injured|married|arrived"
    r"|lost (?:her|him|my [a-z]+|our [a-z]+)|(?:stroke|heart attack|accident|crash|surgery|fall"
    r"|seizure)(?: (?:happened|occurred|was))?"
    r"|came (?:in|home|back)|went (?:in|home)|presented|started|stopped|intubated|extubated|delivered|seen|last seen"
    r"|scheduled|booked|moved in)"
)
_DAY_BEHIND = Later(
    rf"(?i),? ?\(?(?:{YEAR}\b|of {YEAR}\b|'\d\d\b|(?:the )?{DAY}{ORDINAL}?(?: of)? {MONTHS}\b(?:,? {YEAR})?"
    rf"|{MONTHS}\.? (?:the )?{DAY}{ORDINAL}?\b(?:,? {YEAR})?)"
)


_BEFORE = Later(
    rf"(?i)\b{_OF_SOMEBODY}(?: (?:early|late))?(?: (?:on|at|the (?:morning|night|evening) of|before|after|around))? $"
)


_SOMEBODY = Later(
    r"(?i)\b(?:i|he|she|we|they|who|my|his|her|our|their|him|me|us|pt|patient|baby|infant|mum|mom|dad|husband|wife|son"
    r"|daughter|mother|father|(?:rash|pain|fever|stroke|bleeding|symptoms|cough|swelling|stitches|sutures|cast|drain"
    r"|catheter) (?:\w+ ){0,2}\w+(?:ed|gan|ame))\b"
)
_DONE = Later(
    r"(?i)\b(?:[a-z]{2,}ed|fell|broke|slipped|got|had|went|came|took|ate|drank|began|felt|woke|left|lost|hit|cut"
    r"|burnt|stood|threw|met|saw|flew|drove|gave|ran|was|were|been|is in|out|off)\b"
)
_OF_EVERYBODY = Later(
    r"(?i)\b(?:closed|open(?:ed|s)?|busy|should|safe|rates?|admissions|deaths|visits|patients|people|clinics?"
    r"|department|pharmacy|shops?|study|studies|trial|staff|celebrated|published|released|allowed|can|may|do|does"
    r"|will|if|when|whether)\b"
)
_ON = Later(r"(?i)\b(?:on|since|until|till|by|from)(?: the (?:eve|morning|night|evening) of)? $")


def _happened(before: str) -> bool:
    """ "I slipped on Christmas Eve": the sentence up to the day says what somebody did or what befell them."""
    told = re.split(r"[.?!;\n:]", before)[-1]
    if not _ON.search(told) or _OF_EVERYBODY.search(told):
        return False
    return _SOMEBODY.search(told) is not None and _DONE.search(told) is not None


def _holiday(candidate: Candidate) -> Verdict | Severity | None:
    """ "Easter Sunday, April 9", "Thanksgiving 2022": a year or a day behind; or what happened to somebody in front."""
    behind = _DAY_BEHIND.match(candidate.after(40))
    if behind is not None:
        return Verdict(Severity.HIGH, candidate.start, candidate.end + behind.end())
    told = _BEFORE.search(candidate.before(56)) or _happened(candidate.before(90))
    return Severity.MEDIUM if told else None


RULES = (Rule("date-holiday", PhiType.DATE, rf"(?i)\b{_NAMED}\b", check=_holiday),)

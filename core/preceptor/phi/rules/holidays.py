"""Which days that have a name of their own is something said of somebody to have happened on?"""

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


def _holiday(candidate: Candidate) -> Verdict | Severity | None:
    """ "Easter Sunday, April 9", "Thanksgiving 2022": a year or a day behind; or what happened to somebody in front."""
    behind = _DAY_BEHIND.match(candidate.after(40))
    if behind is not None:
        return Verdict(Severity.HIGH, candidate.start, candidate.end + behind.end())
    return Severity.MEDIUM if _BEFORE.search(candidate.before(56)) else None


RULES = (Rule("date-holiday", PhiType.DATE, rf"(?i)\b{_NAMED}\b", check=_holiday),)

"""Which days that have a name of their own is something said of somebody to have happened on?"""

import re

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.calendar import DAY, MONTHS, ORDINAL, YEAR
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
_DAY_BEHIND = re.compile(
    rf"(?i),? ?\(?(?:{YEAR}\b|of {YEAR}\b|'\d\d\b|(?:the )?{DAY}{ORDINAL}?(?: of)? {MONTHS}\b(?:,? {YEAR})?"
    rf"|{MONTHS}\.? (?:the )?{DAY}{ORDINAL}?\b(?:,? {YEAR})?)"
)


def _dated(candidate: Candidate) -> Verdict | None:
    """ "Easter Sunday, April 9", "Thanksgiving 2022": a year or a day stands behind."""
    behind = _DAY_BEHIND.match(candidate.after(40))
    return Verdict(Severity.HIGH, candidate.start, candidate.end + behind.end()) if behind is not None else None


RULES = (
    Rule("date-holiday", PhiType.DATE, rf"(?i)\b{_NAMED}\b", check=_dated),
    Rule(
        "date-holiday-of-somebody",
        PhiType.DATE,
        rf"(?i)\b{_OF_SOMEBODY}(?: (?:early|late))?(?: (?:on|at|the (?:morning|night|evening) of|before|after"
        rf"|around))? (?P<v>{_NAMED})\b",
        Severity.MEDIUM,
        inside=True,
    ),
)

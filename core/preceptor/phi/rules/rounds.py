"""Which words name a person, told by what stands behind: a bed, what a ward does with patients, a degree?

A name begins like every other word with a capital. The rules look for what stands behind it, and then at the name.
"""

import re

from preceptor.phi.lexicon import alternation, members, words
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.people import is_nameable
from preceptor.phi.rules.somebody import (
    CAPITAL_IN_FRONT,
    NAME,
    Judge,
    bare,
    borne,
    first,
    in_front,
    is_no_name,
    small,
    whole,
)
from preceptor.phi.types import PhiType, Severity

_ONE = rf"(?P<v>{CAPITAL_IN_FRONT})"
_SOME = rf"(?P<v>{CAPITAL_IN_FRONT}(?: {CAPITAL_IN_FRONT}| [A-Z]\b\.?){{0,2}})"
_TWO = rf"(?P<v>{CAPITAL_IN_FRONT} {CAPITAL_IN_FRONT})"
_OPENS = r"(?:^|[.;,:|\n(] ?)"
_WHERE = (
    r"(?:(?:bed|room|rm|bay|ward|cubicle|stall|slot|chair|side room|theatre|resus|OR) ?#?)?"
    r"(?:\d{1,3}[A-D]?|(?:bay|ward|pod|unit|room) [A-H])"
)
_SAYS = (
    r"(?:has|had|is|was|needs|wants|wanted|needed|asking|asks|says|said|refus\w+|still|keeps|got|just|looks|feels"
    r"|fell|pulled|c/o)\b"
)
_BESIDE = (
    r"(?:bed|room|rm|bay|ward|cubicle|side room|slot|chair|DOB|NOK|nok|pt|patient|daughter|son|wife|husband|mother"
    r"|father|mum|mom|dad|carer|aged?|hosp|MRN|NHS)"
)


def _two(candidate: Candidate) -> Severity | None:
    """ "Bindi Karlsson's mum": any word with a capital in front of a family name that is nothing else."""
    given, family = candidate.value.split(" ", 1)
    lower = bare(given)
    if is_no_name(given) or lower in words("medical") or lower in prose("asking") or lower in words("eponyms"):
        return None
    known = profile(bare(family))
    named = known is not None and known.family >= 2 and known.ordinary < 2 and bare(family) not in words("eponyms")
    return Severity.MEDIUM if named or (known is None and is_nameable(family)) else None


def _shouted(candidate: Candidate) -> Severity | None:
    """ "PATEL MD": a family name in capitals and nothing else."""
    known = profile(candidate.value.lower())
    named = known is not None and known.family >= 2 and known.ordinary < 2
    return Severity.MEDIUM if named and not is_no_name(candidate.value.capitalize()) else None


def _usually(candidate: Candidate) -> Severity | None:
    """ "Halloran from physio": a family name that is nothing else, too."""
    known = profile(bare(first(candidate)))
    family = known is not None and known.family >= 2 and known.ordinary < 2
    if bare(first(candidate)) in members("departments"):
        return None
    thing = is_no_name(first(candidate)) or bare(first(candidate)) in words("eponyms")
    return (Severity.MEDIUM if family and not thing else None) or borne(candidate)


def _with_whom(candidate: Candidate) -> Severity | None:
    """ "verified w/ Costa": with whom one speaks, if the word is a usual name at all and no department."""
    lower = bare(first(candidate))
    known = profile(lower)
    thing = lower in words("medical") or lower in prose("eponymous") or is_no_name(first(candidate))
    if known is not None and max(known.given, known.family) >= 2:
        return None if thing or lower in members("departments") else Severity.MEDIUM
    return borne(candidate)


def _patient(candidate: Candidate) -> Severity | None:
    """ "Brown for theatre", "Szymański refusing CPAP": a usual family name too, and no drug or test."""
    lower = bare(first(candidate))
    known = profile(lower)
    if known is not None and known.family == _USUAL and known.ordinary < 2 and not is_no_name(first(candidate)):
        return Severity.MEDIUM
    return _usually(candidate)


def _given_or_patient(candidate: Candidate) -> Severity | None:
    """ "Will in 4 had a fall": a usual given name, whatever else it means."""
    lower = bare(first(candidate))
    known = profile(lower)
    if known is not None and known.given == _USUAL and (not is_no_name(first(candidate)) or lower in prose("modal")):
        return Severity.MEDIUM
    return _patient(candidate)


_USUAL = 3
_SPEAKS = re.compile(rf"(?i)\b(?:{alternation('speaks_with')})(?: [a-z]+){{0,4}} (?:w/|with|by|per|c/w) $")
_LONGEST_FRONT = 64


def _spoken_with(candidate: Candidate) -> Severity | None:
    return _with_whom(candidate) if _SPEAKS.search(candidate.before(_LONGEST_FRONT)) else None


def _with_small_initials(candidate: Candidate) -> Verdict | None:
    """ "santosh k.c.": the initials are part of it."""
    initials = _INITIALS.match(candidate.text, candidate.end)
    named = small(candidate) and initials
    return Verdict(Severity.MEDIUM, candidate.start, initials.end()) if named and initials else None


_INITIALS = re.compile(r" (?:[a-z]\.){2,3}")


def _with_initial(candidate: Candidate) -> Verdict | None:
    """ "Hyacinth B. from": the initial is part of it."""
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end + len(" B.")) if borne(candidate) else None


def _rule(id: str, pattern: str, front: str, check: Judge, gap: str = "", begin: str = "") -> Rule:
    """A rule for a tail, which begins with a word as most rules do, and what stands in front of it and of the gap."""
    capital = not front.endswith(_SMALL)
    looked = in_front(front, check, gap)
    return Rule(id, PhiType.NAME, pattern, Severity.MEDIUM, check=looked, begin=begin, behind_capital=capital)


_SMALL = r"(?P<v>[a-z]{3,14})"
RULES = (
    _rule(
        "name-then-adverb",
        rf"\b(?:{alternation('somehow')}) (?:{'|'.join(sorted(prose('verbs')))})\b",
        _ONE,
        borne,
        " ",
    ),
    _rule("name-in-a-bed", rf"\b(?:in|from) {_WHERE},? {_SAYS}", _SOME, _given_or_patient, ",? "),
    _rule(
        "name-that-cannot",
        r"\b(?:cannot|can't|won't|doesn't|didn't|isn't|wasn't|hasn't) [a-z]",
        rf"{_OPENS}{_ONE}",
        _patient,
        " ",
    ),
    _rule("name-with-a-possession", rf"'s (?:{alternation('of_somebody')})\b", _ONE, borne),
    _rule("name-before-a-bed", rf"\({_BESIDE}\b", _SOME, borne, " "),
    _rule("name-two-beside-a-bed", r"\((?:bed|room|rm|bay|DOB|MRN|NHS)\b", _TWO, _two, " "),
    _rule("name-two-in-a-bed", r"\b(?:bed|room|rm|bay) \d", _TWO, _two, ",? "),
    _rule("name-two-with-a-possession", rf"'s (?:{alternation('of_somebody')})\b", _TWO, _two),
    _rule("name-on-a-round", rf"\b(?:{alternation('round_tail')})\b", rf"{_OPENS}{_SOME}", _patient, "(?: -)? "),
    _rule("name-the-porter", rf"\bthe (?:{alternation('occupations')})\b", _ONE, _given_or_patient, ",? "),
    Rule(
        "name-spoken-with",
        PhiType.NAME,
        rf"\b(?:w/|with|by|per|c/w) (?P<v>{NAME})(?:[,.;)?]"
        r"| (?:at|from|in|on|who|re|about|and|if|this|that|today|for)\b|$)",
        Severity.MEDIUM,
        check=whole(_spoken_with),
    ),
    _rule(
        "name-and-initial",
        r"\b\p{Lu}\.(?:'s| (?:from|called|is|was|has|had|in|rm|room|says|said|needs|wants|re|again)\b)",
        _ONE,
        _with_initial,
        " ",
        r"\b\p{Lu}\.(?:'s| [a-z]{2})",
    ),
    _rule(
        "name-with-a-degree",
        r"\b(?:MD|DO|RN|NP|PA-C|CRNA|MBBS|FRCS|DPM|RPh|PharmD)\b",
        r"(?<!\w)(?P<v>[A-Z]{4,})",
        _shouted,
        "(?:,| -)? ",
    ),
    _rule(
        "name-shouted-in-a-bed", r"\b(?:RM|BED|ROOM|BAY) ?#?\d", r"(?<!\w)(?P<v>[A-Z]{4,}(?:-[A-Z]+)?)", _shouted, ",? "
    ),
    _rule(
        "name-from-a-department", rf"\b(?:from|in|at|on) (?:{alternation('departments_of')})\b", _SOME, _usually, " "
    ),
    _rule("name-before-a-number", r"\b(?:vin|mrn|dob|ssn|nhs|hosp|uhid)\b", rf"(?:^|\n){_SMALL}", small, " "),
    _rule(
        "name-of-small-initials",
        r"\b[a-z]\.[a-z]\.(?:[a-z]\.)?(?:[ ,]|$)",
        rf"(?:^|\n|(?<!\w)(?:pt|patient|mr|mrs|ms|dr) ){_SMALL}",
        _with_small_initials,
        " ",
    ),
)

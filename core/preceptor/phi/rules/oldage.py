"""Which numbers over 89 in a sentence are somebody's age, though no word for years stands beside them?

The number is looked for, since it is rarer than the words in front of it; the last of these says what to ask.
"""

import re
from collections.abc import Callable

from preceptor.phi.lexicon import alternation
from preceptor.phi.names.words import profile
from preceptor.phi.rule import IN_COMPANY, Candidate, Rule, Verdict
from preceptor.phi.rules.ages import AGE, IN_WORDS, KIN, over_89, said_in_words, said_of_somebody
from preceptor.phi.rules.later import Later
from preceptor.phi.types import PhiType, Severity

PERSON = (
    rf"(?:man|woman|lady|gentleman|gent|person|someone|somebody|widow(?:er)?|resident|veteran|nun|priest|farmer|{KIN})"
)
PATIENT = r"(?:patient|pt|client|adult|male|female|case|boy|girl|anyone|anybody|senior|elder)"
# What is measured so: "sats of a patient at 94".
_MEASURED = Later(rf"(?i)\b(?:{alternation('measured_of_somebody')})\b")


def is_measured(candidate: Candidate) -> bool:
    """Whether what is measured so stands before a number over 89: "temperature 101"."""
    return _MEASURED.search(candidate.before(40)) is not None


_ASKED = Later(
    r"(?i)\b(?:safe|worth|too (?:old|late|frail)|still|need\w*|benefi\w*|recommend\w*|appropriate|start|stop|continue"
    r"|give|giving|treat\w*|screen\w*|operat\w*|surgery|statins?|anticoag\w*|deprescrib\w*|reasonable|sense"
    r"|indicated|live"
    r"|living|drive|driving|old|young|candidate|consider)\b"
)
_OF_A_PERSON = Later(
    rf"(?i)\b(?:{PERSON} (?:of|at|aged|de)|{PATIENT} (?:of|aged|de)|(?:died|passed(?: away)?"
    rf"|death)\b[^.;\n]{{0,24}} at) $"
)
_HEAD = re.compile(
    r"(?i)(?:(?:^|[.!?\n]) ?|\b(?:and|but|so|because) )(?:at|now|already|only|just turned|almost|nearly) $"
)
_HEADED = Later(
    r"(?i), (?:he|she|they|my|his|her|our|their|your|this|the (?:patient|lady|gentleman|man|woman|resident)|mr|mrs|ms"
    rf"|miss|is|does|do|did|should|can|could|would|will|i|we|{KIN})\b"
)
_BESIDE_A_PERSON = Later(
    rf"(?i)\b{PERSON},? (?:now |aged |only |already |nearly |almost )?\(?$",
)
_SEX = re.compile(r"(?:(?P<many>\d),? ?)?\b(?:[MF]|(?i:(?:fe)?male))[,/]? ?$")
# "Female 117, male 92" counts.
_OTHER_SEX = re.compile(r"(?i),? ?(?:fe)?males?\b|,? ?(?:wo)?men\b")
_TOLD = Later(
    rf"(?i)(?:\b(?:he|she|who|{PERSON}|{PATIENT})(?: had| has)? reached (?:age )?"
    r"|\b(?:lived|made it|got) to (?:be |age |the age of )?|\b(?:died|passed(?: away)?),? (?:last|this|in the) "
    r"(?:year|month|week|spring|summer|fall|autumn|winter|night),? (?:at |aged )?|\bborn (?:in )?(?:18"
    r"|19)\d\d[^.\n\d]{0,20} "
    r"|\b(?:died|passed(?: away)?|death)\b[^.;\n]{0,24} (?:aged|age) )$"
)
# "Who is believed to be 97": nobody has the papers.
_BELIEVED = Later(
    rf"(?i)\b(?:who|he|she|they|i|{PERSON}|{PATIENT})(?:,? (?:is|was|are|were)|'s|'re|'m)? "
    r"(?:believed|thought|said|known|reported|supposed|reckoned|estimated|rumou?red|alleged|claims?|claimed|says|must"
    r"|may|might|could)(?: to)? be (?:about |around |nearly |over |at least )?$"
)
_IN_PASSING = re.compile(r"([^\W\d_][\w'’-]*)\)?, (?:now |aged |already |nearly |almost )?$")
# "A retired teacher, 93, came": whoever has a trade, but no "number, 93, was".
_TRADE = Later(
    rf"(?i)(?:(?:{PERSON}|{PATIENT})s?|\w{{2,}}(?:her|ker|mer|ner|ver|eer|der|ctor|tor|sor|ist|cian|man|woman|ess"
    rf"|nun|clerk|cook|maid))"
)
_NO_TRADE = Later(
    r"(?i)(?:n?either|whether|other|another|however|rather|higher|further|together|number|marker|biomarker|tumou?r"
    r"|dimer|factor|liver|order"
    r"|under|fever|over|ever|never|cover|river|ferritin|counter|power|transfer|former|summer|winter|border|disorder"
    r"|bladder|shoulder"
    r"|powder|vector|receptor|inhibitor|monitor|motor|sensor|error|minor|major|list|waist|wrist|fist|human|process"
    r"|illness|weakness"
    r"|fitness|witness|stress|abscess|progress|excess|access|less|unless|minimum)"
)
_DOES = Later(
    r", (?:is|was|has|had|who|fell|came|comes|presents|presented|refuses|refused|declines|declined|lives|lived"
    r"|takes|took"
    r"|on|with|wants|asks|asked|needs|needed|gets|got|says|said|can|cannot|can't|will|would|does|did|still|walks|uses"
    r"|complains|reports|died|became|developed)\b"
)
_TOO_OLD = re.compile(r" (?:too|very|so|not too) (?:old|young|frail)\b")


def _after_at(candidate: Candidate, before: str) -> Severity | None:
    """ "a resident at 94", "At 94, does she…", "Is zolpidem safe at 92?": an age where nothing is measured."""
    after = candidate.after(60)
    if _HEAD.search(before) and _HEADED.match(after):
        return None if _MEASURED.search(re.split(r"[.?!\n]", after)[0]) else over_89(candidate)
    if after[:1] == "?":
        before = candidate.before(90)
        before = before[max(before.rfind(". "), before.rfind("\n")) + 1 :]
        return over_89(candidate) if _ASKED.search(before) and not _MEASURED.search(before) else None
    if _TOO_OLD.match(after):
        return over_89(candidate)
    # What was measured is said just before; who died is said farther away.
    if not (_OF_A_PERSON.search(before) or _TOLD.search(before)) or _MEASURED.search(before[-36:]):
        return None
    return said_of_somebody(candidate)


def _after_of(candidate: Candidate, before: str) -> Severity | None:
    told = _OF_A_PERSON.search(before) or _TOLD.search(before)
    return said_of_somebody(candidate) if told else _beside_a_person(candidate, before)


def _after_now(candidate: Candidate, before: str) -> Severity | None:
    after = candidate.after(60)
    if _HEAD.search(before) and _HEADED.match(after):
        return None if _MEASURED.search(re.split(r"[.?!\n]", after)[0]) else over_89(candidate)
    return _beside_a_person(candidate, before)


def _after_be(candidate: Candidate, before: str) -> Severity | None:
    if _TOO_OLD.match(candidate.after(16)):
        return over_89(candidate)
    told = _TOLD.search(before) or _BELIEVED.search(before)
    return said_of_somebody(candidate) if told and not _MEASURED.search(before[-40:]) else None


_BESIDE_ANOTHER = Later(
    rf"(?i)\b(?:twin|{PERSON})(?: [^\W\d_][\w'’-]+)?,? \(?(?:also|likewise|too|herself|himself|aged)? $"
)


def _after_also(candidate: Candidate, before: str) -> Severity | None:
    """ "Her twin Pearl, also 95, sits with her"."""
    return said_of_somebody(candidate) if _BESIDE_ANOTHER.search(before) else None


def _after_sex(candidate: Candidate, before: str) -> Severity | None:
    """ "F, 96, from home", but neither "98.6 F, 96" nor a count of women."""
    sex = _SEX.search(before)
    if sex is None or sex["many"] or not re.match(r"[,;)]|\.(?:\s|$)|$", candidate.after(2)):
        return None
    return None if _OTHER_SEX.match(candidate.after(12)) else said_of_somebody(candidate)


def _is_somebody(before: str) -> bool:
    """Whether who stands before a comma has a trade or a name."""
    last = _IN_PASSING.search(before)
    if last is None or _NO_TRADE.fullmatch(last[1]):
        return False
    if _TRADE.fullmatch(last[1]):
        return True
    known = profile(last[1].lower()) if last[1][0].isupper() else None
    return known is not None and bool(known.given or known.family) and known.ordinary < 2


def _beside_a_person(candidate: Candidate, before: str) -> Severity | None:
    """ "Wife 91, also frail", "the oldest of my patients, 101, is well": an age where nothing is measured."""
    after = candidate.after(16)
    beside = after[:1] in (",", ";", ")") and _BESIDE_A_PERSON.search(before)
    if not beside and not _TOLD.search(before) and not (_DOES.match(after) and _is_somebody(before)):
        return None
    return None if _MEASURED.search(before[-40:]) else over_89(candidate)


_BY_WORD: dict[str, Callable[[Candidate, str], Severity | None]] = {
    "at": _after_at,
    **dict.fromkeys(("of", "aged", "de"), _after_of),
    **dict.fromkeys(("now", "already", "only", "turned", "almost", "nearly"), _after_now),
    **dict.fromkeys(("be", "to", "is", "being", "age", "reached"), _after_be),
    **dict.fromkeys(("also", "likewise", "herself", "himself"), _after_also),
    **dict.fromkeys(("f", "m", "female", "male"), _after_sex),
}
_IN_YEARS = re.compile(r" in years\b(?! \d)")
# The last words in front of an age that stands between commas.
_MAY_BE_TOLD = Later(rf"(?i){PERSON}|law|year|month|week|spring|summer|fall|autumn|winter|night")
_LAST = re.compile(r"([^\W\d_]+)\.?[,/]? ?\(?$")


def _in_a_sentence(candidate: Candidate) -> Severity | Verdict | None:
    last = _LAST.search(candidate.before(16))
    if last is None:
        return None
    asked = _BY_WORD.get(last[1].lower(), _beside_a_person)
    if asked is _beside_a_person:
        after = candidate.after(16)
        if _IN_YEARS.match(after):
            return over_89(candidate)
        if after[:1] not in (",", ";", ")") or not (_MAY_BE_TOLD.fullmatch(last[1]) or _DOES.match(after)):
            return _in_company(candidate)
    before = candidate.before(64)
    return asked(candidate, before) or _in_company(candidate)


_AGE_IN_COMPANY = f"age{IN_COMPANY}"
# "Tommo, 97,", "Ivy (99)": whoever begins with a capital.
_CALLED = re.compile(r"(?:^|[^\w’'-])([A-ZÀ-Þ][\w'’-]*[a-z]), $|(?:^|[^\w’'-])([A-ZÀ-Þ][\w'’-]*[a-z]) \($")
# "Was 98 and had been found", "hes 91": of whom a text tells already.
_SAID_TO_BE = Later(
    rf"(?i)\b(?:(?:he|she|they|who|i|{KIN}|{PATIENT}|[a-z]{{3,}}(?:er|ist|man|woman|ian|ee))"
    r"(?:['’]?[sm]|['’]re| is| was| are| am)"
    r"|, (?:is|was)|turn(?:s|ed|ing)|(?:would|will|must|might|to) (?:now |soon )?be|(?:who|he|she) at) $"
)
_HAS_A_TRADE = Later(r"(?i)\w{3,}(?:er|or|ist|man|woman|wife|nurse|nun|cian) (?:of|aged) $")
# "A retired lighthouse keeper, 97, still …": who does something, and is no measure.
_DOES_SOMETHING = Later(r"(?i)\b(?P<who>\w{2,}(?:er|or|ist|man|woman|wife|ian|ee|ess)), $")
_NO_NAME = Later(
    rf"(?i)(?:{alternation('with_values')}|{alternation('measured_of_somebody')}|age|aged|score|total|level|range|normal"
    r"|about|over|under|above|below|case|bed|room|day|week|visit|line|page|table|figure|grade|stage|step|code|item|no)"
)


def _follows_a_trade(candidate: Candidate, before: str) -> bool:
    trade = _DOES_SOMETHING.search(before)
    return trade is not None and candidate.after(1) == "," and not _NO_TRADE.fullmatch(trade["who"])


def _in_company(candidate: Candidate) -> Verdict | None:
    """ "Tommo, 97, still splits wood", "Ivy (99)", "hes 91": no measure stands before it."""
    before = candidate.before(40)
    if _MEASURED.search(before):
        return None
    called = _CALLED.search(before)
    if called is not None:
        word = called[1] or called[2]
        closed = candidate.after(1) in ((",", ";") if called[1] else (")",))
        if not closed or _NO_NAME.fullmatch(word):
            return None
        known = profile(word.lower())
        if known is not None and known.ordinary >= 2 and not (known.given or known.family):
            return None
        severity = said_of_somebody(candidate)
    elif _SAID_TO_BE.search(before) or _HAS_A_TRADE.search(before) or _follows_a_trade(candidate, before):
        severity = over_89(candidate)
    else:
        return None
    return None if severity is None else Verdict(severity, candidate.start, candidate.end, detector=_AGE_IN_COMPANY)


_BEFORE_WORDS = frozenset((*_BY_WORD, "year", "month", "week"))


_NAMED_BEFORE = Later(
    rf"(?:(?i:\b(?:{PERSON}|neighbou?r))(?: [^\W\d_][\w'’-]+)?"
    r"|\b[A-ZÀ-Þ][\w'’-]+ [A-ZÀ-Þ][\w'’-]+)(?:, (?:now |aged )?| \()$"
)


def _is_said_of_a_name(candidate: Candidate) -> bool:
    """ "Old Tom Birdsong, ninety-six, takes…", "my neighbour, ninety-one, fell": no hundred, which counts."""
    if not candidate.value.lower().startswith("ninety") or not re.match(r"[,)]| (?:and|but) ", candidate.after(6)):
        return False
    return _NAMED_BEFORE.search(candidate.before(48)) is not None


def _in_words(candidate: Candidate) -> Severity | None:
    """ "a man of ninety-four", "At ninety-six, she wants no tests"."""
    last = _LAST.search(candidate.before(16))
    if last is None or last[1].lower() not in _BEFORE_WORDS:
        if _is_said_of_a_name(candidate):
            return said_in_words(candidate)
        # Most are "one hundred patients".
        return None
    before = candidate.before(64)
    headed = _HEAD.search(before) and _HEADED.match(candidate.after(60))
    told = headed or _OF_A_PERSON.search(before) or _TOLD.search(before)
    return said_in_words(candidate) if told else None


RULES = (
    Rule(
        "age-over-89-in-a-sentence",
        PhiType.AGE,
        rf"\b(?P<v>{AGE})(?:[,;!?)\n]|\.(?:\s|$)|$| (?:with|w/|who|is|was|has|had|and|on|from|in|lives?|living"
        rf"|presents?|presented"
        r"|presenting|c/o|p/w|admitted|still|whose|after|but|too|very|so|now|in years)\b)",
        check=_in_a_sentence,
        names=frozenset({_AGE_IN_COMPANY}),
    ),
    Rule(
        "age-over-89-in-words-of-a-person",
        PhiType.AGE,
        rf"(?i)\b(?P<v>{IN_WORDS})\b",
        check=_in_words,
        begin=r"(?i)\b(?:ninety|(?:a |one )?hundred)\b",
    ),
)

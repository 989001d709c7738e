"""Which words name a person, told by a sentence in front that goes on with somebody: who does, is told or signs?"""

import re

from preceptor.phi.lexicon import alternation, members, words
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import is_proper, profile
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.people import is_nameable
from preceptor.phi.rules.somebody import (
    CAPITAL,
    NAME,
    UPPER,
    Judge,
    bare,
    borne,
    first,
    is_no_name,
    is_nobodys,
    small,
    somebody,
    whole,
)
from preceptor.phi.types import PhiType, Severity

_LEAST_UNKNOWN = 4
# How often a word is a name, or ordinary, that is usual.
_TWO, _USUAL = 2, 3
_HERS = r"(?:her|his|their)\b"


def _signed(candidate: Candidate) -> Severity | None:
    """ "Thanks!\\nTamsyn", "Best wishes, Rhona Baird": at the end of a text or a line."""
    known = profile(bare(first(candidate)))
    named = known is None or known.given >= 1 or (known.family >= 2 and known.ordinary < 2)
    if known is not None and known.given >= 2 and not is_no_name(first(candidate)):
        return Severity.MEDIUM
    return somebody(candidate) if named else None


def _behind_a_dash(candidate: Candidate) -> Severity | None:
    """ "… thanks - Rhona", but neither "X-Ray" nor "pre- Op"."""
    return _signed(candidate) if _DASH.search(candidate.before(5)) is not None else None


_DASH = re.compile(r"[ \t\n\f\r][-–—~]{1,2} ?$")


def _any(candidate: Candidate) -> Severity | None:
    """ "Everybody calls her Pip.": any word may be what somebody is called."""
    word = bare(candidate.value)
    thing = is_no_name(candidate.value) or word in words("medical") or word in words("eponyms")
    return None if thing or word.endswith("day") else Severity.MEDIUM


def _small_said(candidate: Candidate) -> Severity | None:
    """ "hiya its gemma, running late", but not "its joy"."""
    known = profile(candidate.value)
    return small(candidate) if known is not None and known.ordinary < _USUAL else None


def _small_usual(candidate: Candidate) -> Severity | None:
    """ "wife says hank passed out": a usual given name that is no everyday word."""
    known = profile(candidate.value)
    usual = known is not None and known.given == _USUAL and known.ordinary < _USUAL
    return small(candidate) if usual and candidate.value not in prose("small_things") else None


def _every(candidate: Candidate) -> Severity | None:
    """ "For discharge today: Hargreaves, O'Brien, Mehta": each of them is somebody."""
    names = re.split(r", (?:and )?| and ", candidate.value)
    starts = [candidate.start + candidate.value.index(name) for name in names]
    each = [
        _usual(Candidate(candidate.text, start, start + len(name))) for start, name in zip(starts, names, strict=True)
    ]
    return Severity.MEDIUM if all(each) else None


def _father(candidate: Candidate) -> Severity | None:
    """ "Fr. Cathal", but not "16 Fr Malecot": catheters are measured in French."""
    return None if any(c.isdigit() for c in candidate.before(len("16 Fr. "))) else somebody(candidate)


def _relatives(candidate: Candidate) -> Severity | None:
    """ "Sister Mkhize", "Abuela Chayo": a name, or a word of no list of English."""
    if candidate.after(len(" Joseph")) == " Joseph":
        # "Sister Mary Joseph nodule".
        return None
    known = profile(bare(candidate.value), spanish=False)
    if known is None and len(candidate.value) >= _LEAST_UNKNOWN and not is_no_name(candidate.value):
        return Severity.MEDIUM if bare(candidate.value) not in words("eponyms") else None
    return somebody(candidate)


def _small_relative(candidate: Candidate) -> Severity | None:
    """ "took grandpa joe to er": a given name in small letters, and nothing that a grandfather does."""
    name = candidate.value.split(" ")[1]
    known = profile(name)
    done = name in prose("weak_verbs") or name in prose("verbs") or name in members("borne_rarely")
    if known is None or known.given < _TWO or done or known.ordinary > _TWO or is_nobodys(name):
        return None
    return Severity.MEDIUM


def _usual(candidate: Candidate) -> Severity | None:
    """Where a thing may stand too: a usual name that is nothing else."""
    known = profile(bare(first(candidate)))
    usual = known is not None and max(known.given, known.family) >= _TWO and known.ordinary < _TWO
    return borne(candidate) if usual else None


def _greeted(candidate: Candidate) -> Severity | None:
    """ "Hey Dee,": at the beginning of a text, a line or a sentence, whatever else the name means."""
    known = profile(bare(candidate.value))
    if known is not None and known.given >= 2 and not is_no_name(candidate.value):
        return Severity.MEDIUM
    return borne(candidate)


def _plural(candidate: Candidate) -> Severity | None:
    """ "my son Ezekiels amoxicillin": a possessive whose apostrophe is missing."""
    stem = candidate.value.lower()
    known = profile(stem)
    named = is_proper(stem) or (known is not None and known.given >= 2)
    return Severity.MEDIUM if named and stem not in words("medical") and not is_no_name(candidate.value) else None


def _small_two(candidate: Candidate) -> Severity | None:
    """ "dr imran qazi": two names in small letters behind a title."""
    given, family = candidate.value.split(" ")
    if not is_nameable(given.capitalize()) or family in prose("verbs") or family in prose("weak_verbs"):
        return None
    known = profile(family)
    unknown = known is None and len(family) >= _LEAST_UNKNOWN
    return Severity.MEDIUM if unknown or (known is not None and known.family and known.ordinary < 2) else None


def _pair(candidate: Candidate) -> Severity | None:
    """ "ATT:ROY,D": in a header's field for somebody, a family name and more behind a comma."""
    known = profile(candidate.value.split(",")[0].lower())
    return Severity.MEDIUM if known is None or known.family or known.given else None


def _with_apostrophe(candidate: Candidate) -> Severity | None:
    return None if candidate.value[3:].lstrip("'’").lower() in words("eponyms") else Severity.MEDIUM


def _always(candidate: Candidate) -> Severity | Verdict | None:
    return Severity.MEDIUM


def _rule(id: str, pattern: str, check: Judge) -> Rule:
    return Rule(id, PhiType.NAME, pattern, Severity.MEDIUM, check=whole(check))


_BARE_S = (
    rf"\b(?i:my|his|her|our|your) (?i:{alternation('kin')}|{alternation('relative')})"
    r" (?P<v>\p{Lu}\p{Ll}{3,})s [a-z]"
)


RULES = (
    _rule(
        "name-that-does",
        rf"\b(?i:{alternation('asks_whether')}) (?P<v>{NAME}) (?:{alternation('somebody_does')})\b",
        borne,
    ),
    _rule(
        "name-given-something",
        rf"\b(?:{alternation('done_to_somebody')}) (?P<v>{CAPITAL}) (?:{_HERS}|she\b|he\b)",
        borne,
    ),
    _rule(
        "name-told",
        rf"\b(?:{alternation('tells')}) (?P<v>{NAME}) (?:that|to|about|if|whether|when|how|why|what|not|again|this"
        r"|yesterday|today|last|on|at|from|with|in|and|for|he|she)\b",
        borne,
    ),
    _rule("name-under-review", rf"\b(?i:{alternation('reviewed_label')}): (?P<v>{NAME})[,;(]", _usual),
    _rule("name-behind-a-relative", rf"\b(?:{alternation('relative_titles')}) (?P<v>{CAPITAL})", _relatives),
    _rule("name-for-whom", rf"\b(?i:{alternation('done_for')}) (?:for|on|re|of) (?P<v>{NAME})", _usual),
    _rule("name-of-a-list", rf"(?:^|[\s.;,:])\d{{1,2}}[.)] (?P<v>{NAME})(?: -|,|:| \()", _usual),
    _rule(
        "name-started",
        rf"\b(?:start|starting|started|put|keep) (?P<v>{NAME}) on (?:[a-z]{{4,}}(?:{alternation('drug_endings')})\b"
        r"|(?:a|the|his|her|oral|low|high|IV|iv|insulin|oxygen|BiPAP|CPAP)\b)",
        borne,
    ),
    _rule(
        "name-of-a-small-relative", rf"\b(?P<v>(?:{alternation('small_relatives')}) [a-z]{{2,14}})\b", _small_relative
    ),
    _rule(
        "name-with-an-apostrophe",
        rf"\b(?P<v>(?:{alternation('name_heads')})['’]\p{{Lu}}\p{{Ll}}{{2,}})",
        _with_apostrophe,
    ),
    _rule(
        "name-asked-about",
        rf"\b(?i:is|was|were|are|has|had|have) (?P<v>{NAME}) (?:{alternation('asked_of_somebody')})\b",
        borne,
    ),
    _rule(
        "name-and-who-it-is",
        rf"\b(?:[Ii]'?m|[Ii] am|[Tt]his is|[Mm]y name is) (?P<v>{NAME}),?"
        r" (?:an?|the|your|from|calling|here|\d{1,3}\b)",
        somebody,
    ),
    _rule(
        "name-said-small",
        r"\b(?i:it'?s|this is) (?P<v>[a-zß-ɏ]{3,14})(?:[,.!]|\n|$| (?:here|again|calling)\b)",
        _small_said,
    ),
    _rule(
        "name-spoken-of-small",
        r"\b(?:says|told me|thinks) (?P<v>[a-zß-ɏ]{3,14}) (?:passed|fell|has|had|is|was|threw|took|woke"
        r"|can'?t|won'?t|keeps|needs|wants|isn'?t)\b",
        _small_usual,
    ),
    _rule("name-of-a-role", rf"\b(?:{alternation('role_labels')})[:=] ?(?P<v>{NAME})", borne),
    _rule(
        "names-gone-through",
        rf"\b(?i:{alternation('list_labels')}): (?P<v>{CAPITAL}(?:, (?:and )?{CAPITAL}| and {CAPITAL}){{1,9}})",
        _every,
    ),
    _rule("name-of-a-task", rf"\b(?:{alternation('tasks')}) (?P<v>{CAPITAL})(?:[,.;]|\n|$)", _usual),
    _rule("name-of-a-father", rf"\bFr\.? (?P<v>{NAME})", _father),
    _rule("name-one-is-called", rf"\b(?:{alternation('called_so')}) [\"“']?(?P<v>{CAPITAL})(?:[\"”'.,;)!]|\n|$)", _any),
    _rule("name-one-was-called", rf"\b(?:{alternation('once_called')}) [\"“']?(?P<v>{NAME})", _usual),
    _rule(
        "name-signed",
        rf"\b(?i:{alternation('closings')})[,.!]{{0,2}}\s{{1,3}}(?:- ?)?(?P<v>{NAME})[.!]?\s*(?:$|\n)",
        _signed,
    ),
    Rule(
        # Looked for at the dash, since most spaces have none behind them; and behind a space alone, since each hyphen
        # of a long run would be searched to its end.
        "name-behind-a-dash",
        PhiType.NAME,
        rf"[-–—~]{{1,2}} ?(?P<v>{NAME})\.?\s*$",
        Severity.MEDIUM,
        check=whole(_behind_a_dash),
        begin=rf"[-–—~]{{1,2}} ?{UPPER}",
        behind=(" ", "\t", "\n", "\f", "\r"),
    ),
    _rule("name-greeted", rf"\b(?i:{alternation('greeting_words')}) (?P<v>{CAPITAL})(?:[,!.:?]| -|\n|$)", _greeted),
    _rule(
        "name-known-as",
        rf"\b(?:{alternation('known_as')})(?: [a-z]+){{0,5}}? (?:as|by|under) [\"“']?(?P<v>{NAME})",
        borne,
    ),
    _rule(
        "name-on-a-label",
        rf"\b(?i:{alternation('labels_of_people')})"
        r"(?: (?:reads?|says|said|is|was|shows?|has|for|of|name|on|in the name of|now|still)){0,2} "
        rf"(?P<v>{NAME})(?: (?:but|and|not|doesn't|instead|on|so)\b|[,.;)]|$)",
        borne,
    ),
    _rule(
        "name-of-the-ot",
        rf"\b(?:[Tt]he|[Oo]ur|[Mm]y|[Aa]) (?:{alternation('posts')})(?: (?:called|named))?,?"
        rf" (?P<v>{CAPITAL})[,.:;]",
        borne,
    ),
    _rule(
        "name-covered",
        r"\b(?:swap(?:ping|ped)?|switch(?:ing|ed)?|trade|trading|cover(?:ing)?)(?: [a-z]+){1,5}? (?:with|for) "
        rf"(?P<v>{CAPITAL})\b",
        borne,
    ),
    _rule(
        "name-neither",
        rf"\b(?:[Nn]either|[Ee]ither|[Bb]oth) (?P<v>{CAPITAL}) (?:nor|or|and) (?:{_HERS}|my\b|I\b"
        rf"|the (?:family|nurse|doctor)\b|{CAPITAL})",
        borne,
    ),
    _rule(
        "name-in-quotes",
        rf"\b(?:{alternation('quoted')}):? [\"“'](?P<v>{CAPITAL}(?: {CAPITAL})?)(?:[\"”']| - |, )",
        borne,
    ),
    _rule(
        "name-signed-by-initials",
        r"\b(?i:signed|initial+ed|initials?|countersigned|witnessed|prepared|checked|entered|scribed|typed|documented)"
        r"(?: (?:as|by|off by|of|are|is|were))?:? (?P<v>(?:\p{Lu}\. ?){1,3}\p{Lu}\.)",
        _always,
    ),
    _rule(
        "name-of-a-header",
        r"\b(?:NAME|PT|ATT|ATTN|ATTENDING|PCP|REF|PROV|PROVIDER|SURG|SURGEON|RES|CONS|ORD|ORDERING|ADM|RN|DR|MD|PHYS"
        r"|NOK|GUAR)[:=] ?(?P<v>\p{Lu}[\p{Lu}'-]+, ?\p{Lu}+)\b",
        _pair,
    ),
    Rule("name-with-a-bare-s", PhiType.NAME, _BARE_S, Severity.MEDIUM, check=_plural),
    _rule(
        "name-from-a-ward",
        r"\b(?i:it'?s|this is|im|i'm) (?P<v>[a-zß-ɏ]{2,14}) (?:from|on|in) (?:the )?(?:ward|bed|room|rm|pharmacy|lab"
        r"|theatre|icu|ed|er|reception|radiology|micro|maternity|billing|dialysis|clinic|[a-z]+ ward)\b",
        small,
    ),
    _rule(
        "name-titled-small-in-full", r"\b(?:dr|mr|mrs|ms|miss|prof)\.? (?P<v>[a-zß-ɏ]{3,} [a-zß-ɏ]{3,})\b", _small_two
    ),
    _rule(
        "name-of-a-pair",
        rf"\b(?:{alternation('title_of_many')})\.? (?P<v>{CAPITAL}(?:(?:, | and | & |, and ){CAPITAL}){{1,4}})",
        somebody,
    ),
    _rule("name-of-a-table", rf"\bName\|[^\n]{{0,120}}?(?:::|\n) ?(?P<v>{CAPITAL}(?: {CAPITAL}){{1,2}})\|", _always),
)

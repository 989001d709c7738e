"""Which words name a person, told by the form of what stands around them: an age, initials, letters?"""

import re

from preceptor.phi.lexicon import alternation, members, words
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import is_proper, profile, weigh
from preceptor.phi.rule import Candidate, Check, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

_CAPITAL = r"\p{Lu}[\p{L}\p{M}'-]*\p{Ll}"
_NAME = rf"{_CAPITAL}(?: {_CAPITAL}| \p{{Lu}}\b\.?){{0,2}}"
# Where a sentence, a line or an entry begins.
_OPENS = r"(?:^|[\n.!?;|>] {0,2}|[:,] |- )"
_AGE = r"\d{1,3} ?(?:y|yr|yrs|yo|y/o|mo|m/o|mth|mths|wk|wks)\b|\d{1,2}/(?:12|52) ?(?:old|of age)\b"
_SEX = r"(?:[MmFf]|[Mm]ale|[Ff]emale)\b"
_LETTER = re.compile(r"[^\W\d_]")


_SHORT = 3
# How ordinary the words are that everybody says.
_EVERYDAY = 3


def is_nameable(word: str) -> bool:
    """Whether a word may be somebody's name and is no word of medicine, no eponym and no ordinary word."""
    lower = word.lower().strip(".'")
    if lower in words("never-names") or lower in words("medical") or lower in words("eponyms"):
        return False
    known = profile(lower)
    if is_proper(lower) and len(lower) > _SHORT:
        return True
    if known is None:
        return weigh(word.capitalize()).unseen or "-" in word
    return known.ordinary < 2 and (known.given > 0 or known.family > 0)


def _first(candidate: Candidate) -> str:
    return re.split(r"[ ,.]", candidate.value, maxsplit=1)[0]


def _somebody(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if is_nameable(_first(candidate)) else None


def _aged(candidate: Candidate) -> Severity | None:
    """ "Hope is 78, has…", "Kit, 19, nonbinary": an ordinary word that is a given name, too, and no measure."""
    lower = candidate.value.lower()
    if lower in words("never-names") or lower in words("medical") or lower in _NO_NAME_OF_AN_AGE:
        return None
    known = profile(lower)
    return Severity.MEDIUM if known is not None and known.given >= 2 else None


# "Max is 40", "Grade, 12, …".
_NO_NAME_OF_AN_AGE = frozenset(
    ("max", "min", "art", "norm", "temp", "dose", "bill", "page", "rate", "august", "april", "case", "ward", "will")
)
_FAMILY = re.compile(r"(?<![\w'-])([^\W\d_a-z][\w'-]*[^\W\d_]), $")
_LONGEST_FAMILY = 32


def _listed(candidate: Candidate) -> Verdict | None:
    """ "Kaur, Simranjit": a family name that is nothing else, or one of no list, before a given name."""
    front = candidate.before(_LONGEST_FAMILY)
    family = _FAMILY.search(front)
    given = candidate.value.split()[0]
    if family is None or not is_nameable(family[1]) or not is_nameable(given) or front[: family.start()][-2:] == ", ":
        return None
    first, second = profile(family[1].lower()), profile(given.lower())
    if not ((first is not None and first.family >= 2) or (second is not None and second.given >= 2)):
        return None
    return Verdict(Severity.MEDIUM, candidate.start - len(front) + family.start(), candidate.end)


def _spelled(candidate: Candidate) -> Severity | None:
    """ "G-U-R-P-R-E-E-T", but neither "F-A-S-T" nor "A-B-C-D"."""
    word = "".join(_LETTER.findall(candidate.value)).lower()
    known = profile(word)
    if word in "abcdefghijklmnopqrstuvwxyz" or word in words("medical") or word in words("never-names"):
        return None
    if candidate.after(1) == "-" or candidate.before(1) == "-":
        return None
    ordinary = known is not None and known.ordinary >= 2 and max(known.family, known.given) < 2
    return None if ordinary and not is_proper(word) else Severity.MEDIUM


_GREETED = re.compile(rf"(?:^|[\n.!?\0] ?|(?i:\b(?:{alternation('greeting')}))[,.!]? )(?i:it'?s|it is|this is) $")


def _said_at_once(candidate: Candidate) -> Severity | None:
    """ "doc its Wojtek.", "Hi, it's Temitope here": who says so, at the beginning or behind a greeting."""
    return _somebody(candidate) if _GREETED.search(candidate.before(_LONGEST_CUE)) else None


_LONGEST_CUE = 24
_NUMBERED = re.compile(rf"(?i)\b(?:{alternation('numbered')})\b[^\n()]*\($")
_LONGEST_NUMBER = 40


def _bracketed(candidate: Candidate) -> Severity | None:
    """ "Account 6600-3149-27 (Vandermolen)": behind the number of something that is somebody's."""
    return _somebody(candidate) if _NUMBERED.search(candidate.before(_LONGEST_NUMBER)) else None


def _called(candidate: Candidate) -> Severity | None:
    """ "Big Norm is": a given name behind what everybody says of him."""
    known = profile(candidate.value.split()[-1].lower())
    return Severity.MEDIUM if known is not None and known.given >= 2 else None


def _spoken_to(candidate: Candidate) -> Severity | None:
    """ "bongani u left": a name in small letters, or a word of no list that reads like one and is no slip."""
    word = candidate.value
    if word in prose("introductions") or word in prose("roles") or not is_nameable(word):
        return None
    known = profile(word)
    if known is not None:
        return Severity.MEDIUM
    # A slip of the pen is in no list either.
    return Severity.MEDIUM if len(word) > 4 and word[-1] in "aeiou" and not word.startswith(("th", "pl")) else None


def _small(candidate: Candidate) -> Severity | None:
    """ "dr s. venkataraghavan", "mr. van der heyden": no ordinary word behind a title in small letters."""
    word = candidate.value.split()[-1]
    known = profile(word)
    if word in words("never-names") or (known is None and len(word) < 4):
        return None
    named = known is None or ((known.family or known.given) and known.ordinary < 2)
    return Severity.MEDIUM if named else None


def _anybody(candidate: Candidate) -> Severity | None:
    """ "a miss peaches": somebody is called so, if the word is a usual name or what no text of medicine says."""
    word = candidate.value
    if word in words("never-names") or word in words("medical") or word in prose("roles"):
        return None
    known = profile(word)
    if known is None:
        return Severity.MEDIUM
    return Severity.MEDIUM if known.given >= 2 or (known.family and known.ordinary < _EVERYDAY) else None


_ROLE = re.compile(rf"(?i)\b(?:{alternation('initialled')})[:,]? $")
_AGED = re.compile(
    r",? \(?(?:an? )?(?:\d{1,3} ?/? ?(?:[MmFf]|[Mm]ale|[Ff]emale)\b|\d{1,3}[ -]?(?:y\b|yo\b|y/o|yrs?\b|year|month|week)"
    r"|aged? \d|DOB\b|(?:rm|room|bed) ?\d)"
)


def _initials(candidate: Candidate) -> Severity | None:
    """ "M.O., 49/M", "Pt R.T. wants to go": an age behind, or whose they are in front."""
    if _AGED.match(candidate.text, candidate.end) or _ROLE.search(candidate.before(_LONGEST_CUE)):
        return _alone(candidate)
    return None


def _alone(candidate: Candidate) -> Severity | None:
    if candidate.value.rstrip(".") in members("no_initials"):
        return None
    return Severity.MEDIUM


def _rule(id: str, pattern: str, check: Check, *, inside: bool = False, begin: str = "") -> Rule:
    return Rule(id, PhiType.NAME, pattern, check=check, inside=inside, begin=begin)


RULES = (
    _rule("name-before-an-age", rf"{_OPENS}(?P<v>{_NAME}),? \(?(?:{_AGE})", _somebody, inside=True),
    _rule(
        "name-before-an-age-alone",
        rf"{_OPENS}(?P<v>{_CAPITAL})(?:, (?:now |aged )?| is | turned )[1-9]\d"
        r"(?:[,.;] | (?:and|with|who|has|had|is|was|on|in|from|presents?|presented|came|took|takes|lives?|fell)\b)",
        _aged,
        inside=True,
    ),
    _rule(
        "initials-of-a-nurse",
        r"(?:^|[.\n;] {0,2}|- ?)(?P<v>\p{Lu}{2,3}),? ?(?:RN|LPN|LVN|CNA|MD|DO|NP|FNP|PA-C|RPh|PharmD|PT|OT|RT|RDN?|MA"
        r"|EMT|LCSW)(?:[.;]|\n|$)",
        _alone,
    ),
    _rule(
        "name-before-a-sex",
        rf"(?P<v>\b{_NAME}) ?[/|] ?\d{{1,3}} ?(?:y\w{{0,3}})? ?[/|] ?{_SEX}",
        _somebody,
        inside=True,
    ),
    _rule(
        "initials-of-somebody",
        r"\b(?P<v>\p{Lu}\.[ ]?\p{Lu}\.(?:[ ]?\p{Lu}\.)?)(?:,? \(?(?:\d|age|DOB|rm|room|bed)|[^\p{L}])",
        _initials,
        begin=r"\b\p{Lu}\.[ ]?\p{Lu}\.",
    ),
    _rule(
        "name-listed",
        rf", (?P<v>{_CAPITAL}(?: \p{{Lu}}\b\.?)?)(?: - |;| \(| \d{{1,3}} ?[yMF]|, \d{{1,3}} ?[yMF]| [MF]\b| DOB"
        r"| MRN|:|\n|$| /| \|)",
        _listed,
    ),
    _rule("name-spelled", r"\b(?P<v>\p{L}(?:-\p{L}){3,24})\b", _spelled, begin=r"\b\p{L}-\p{L}-\p{L}-\p{L}\b"),
    _rule(
        "name-spelled-apart",
        r"(?i)\bspel(?:l|t)[a-z]{0,4}(?: it| that| as| out)?[:,]? (?P<v>\p{L}(?:[ .,-]{1,2}\p{L}){2,24})\b",
        _spelled,
    ),
    _rule(
        "name-in-brackets",
        rf"\d[A-Za-z]? ?\((?P<v>{_CAPITAL}(?:[ -]{_CAPITAL})?)\)",
        _bracketed,
    ),
    _rule(
        "nickname-and-name",
        rf"\b(?P<v>(?:{alternation('nickname')}) {_CAPITAL})(?:'s\b|,| (?:{alternation('nickname_does')})\b)",
        _called,
    ),
    _rule("name-spoken-to", r"^(?P<v>\p{Ll}{4,14}),? (?:u|ur|r u|did u|can u|pls|plz) [a-z]", _spoken_to, inside=True),
    _rule(
        "name-titled-small-and-more",
        r"\b(?:dr|mr|mrs|ms|miss|prof|sra?|dra)\.? (?P<v>(?:(?:\p{Ll}\. ?){1,2}"
        rf"|(?:(?:{alternation('particle')}) ){{1,3}})\p{{Ll}}[\p{{Ll}}'-]{{2,}})",
        _small,
    ),
    _rule(
        "name-of-a-miss",
        r"\b(?:a|an old|that|this|our|my) (?:miss|mrs|mr\.|ms\.) (?P<v>\p{Ll}[\p{Ll}'-]{2,})\b",
        _anybody,
    ),
    _rule(
        "name-said-at-once",
        rf"\b(?:[Ii]t'?s|[Ii]t is|[Tt]his is) (?P<v>{_CAPITAL}(?: {_CAPITAL})?)"
        r"(?:[.,!?]|\n|$| (?:here|again|from|calling|w/)(?:\W|$))",
        _said_at_once,
    ),
    _rule(
        "name-asked-for",
        rf"(?i:\b(?:{alternation('asked_for')})) (?P<v>{_NAME})"
        r"(?: (?:in|at|from) \p{Lu}| (?:who|aged?) |, (?:\d|who|the|my|our|she|he|room|rm|bed)\b|\?)",
        _somebody,
    ),
    _rule(
        # "3 = Pham, post lap chole".
        "name-of-a-place-number",
        rf"(?:^|[.;:\n] )(?:[Bb]ed |[Rr]m |[Rr]oom |[Bb]ay |[Cc]hair )?\d{{1,2}}[A-Za-z]? ?= ?(?P<v>{_CAPITAL})[,;(]",
        _somebody,
        inside=True,
    ),
    _rule(
        "name-explained",
        rf"(?P<v>\b{_NAME}), (?:{alternation('explained')})\b",
        _somebody,
        inside=True,
    ),
)

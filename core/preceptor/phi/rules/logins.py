"""Which short names name somebody where he logs in?

Other unique codes all of them, 164.514(b)(2)(i)(R), though some are spelled as their bearer is called.
"""

import re

from preceptor.phi.lexicon import alternation, members
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import IN_COMPANY, Candidate, Check, Rule
from preceptor.phi.types import PhiType, Severity

_PIECES = re.compile(r"[^\W\d_]+")
# What stands behind a word that is no login: a call, an assignment, a path, an address.
_CODE_BEHIND = ("(", "=", "/", "@", ":")


def _is_nobodys(value: str) -> bool:
    """ "root", "svc_backup", "admin2": accounts of programs and of whoever is on duty."""
    return any(piece in members("login_generic") for piece in _PIECES.findall(value.lower()))


def _is_word(value: str) -> bool:
    """Whether a login would be a word that is said of other things more often."""
    known = profile(value.lower())
    return known is not None and (known.ordinary >= 2 or not (known.given or known.family))


def _login(candidate: Candidate) -> Severity | None:
    """What somebody is called where he logs in: with a digit or a sign inside, or in no list but those of names."""
    value = candidate.value.rstrip(".-_")
    if candidate.after(1) in _CODE_BEHIND or _is_nobodys(value) or not _PIECES.search(value):
        return None
    if value.isalpha() and (candidate.before(1) == " " or _is_word(value)):
        return None
    return Severity.MEDIUM


def _said(candidate: Candidate) -> Severity | None:
    """ "opened by user nhollis": behind more than one word a plain one is enough."""
    value = candidate.value.rstrip(".-_")
    if candidate.after(1) in _CODE_BEHIND or _is_nobodys(value) or _is_word(value):
        return None
    return Severity.MEDIUM


_SOFT = re.compile(
    rf"(?i)\b(?:{alternation('login')}|{alternation('login_soft')}),? (?:(?:is|name|handle|login|user|id):? )?@?$"
)
_LONGEST_CUE = 30


def _acts(candidate: Candidate) -> Severity | None:
    """ "ack by jtremblay3", but not "printed by nurse2"."""
    return None if candidate.value.rstrip("0123456789").lower() in prose("roles") else _said(candidate)


def _of_words(candidate: Candidate) -> Severity | None:
    """ "under tslim_brooke92", "my insta is jt_morales88"."""
    if not _SOFT.search(candidate.before(_LONGEST_CUE)) or candidate.after(1) in _CODE_BEHIND:
        return None
    return None if _is_nobodys(candidate.value) else Severity.MEDIUM


def _of_names(candidate: Candidate) -> Severity | None:
    """ "kelly_ann_dorsey": names of people and nothing else, and a number perhaps."""
    known = [profile(piece.lower()) for piece in _PIECES.findall(candidate.value)]
    named = [piece for piece in known if piece is not None and (piece.given or piece.family)]
    if candidate.after(1) in ("_", "(", "=") or len(named) != len(known):
        return None
    return Severity.MEDIUM if any(piece.given >= 2 and piece.ordinary < 2 for piece in named) else None


def _handle(candidate: Candidate) -> Severity | None:
    """Not "@ 10ml" and no name of the code's own."""
    return None if _is_nobodys(candidate.value[1:]) or candidate.after(1) == "(" else Severity.MEDIUM


def _rule(id: str, pattern: str, check: Check, *, inside: bool = False) -> Rule:
    return Rule(id, PhiType.OTHER_ID, pattern, Severity.MEDIUM, check=check, inside=inside)


RULES = (
    _rule(
        "login",
        rf"(?i)\b(?:{alternation('login')}|{alternation('login_key')})(?:=[\"']?|: ?|\"| is | ) ?[\"@]?"
        r"(?P<v>[a-z][\w.-]{2,30}\w)",
        _login,
    ),
    _rule(
        "login-said",
        r"(?i)(?:\b(?:by|as|from|for|of|the) user(?: id|name)?:? |\b(?:logged|signed) (?:in|on) as )"
        r"(?P<v>[a-z][a-z0-9._-]{3,30})\b",
        _said,
    ),
    # "Her insta @pilar.pinta": of somebody where a text tells of somebody; in code it decorates.
    _rule(
        f"handle{IN_COMPANY}",
        r"(?:^|[ (\"'])(?P<v>@[A-Za-z][A-Za-z0-9_.]{2,28}[A-Za-z0-9])(?:[ ,;.?!)\"']|$)",
        _handle,
    ),
    _rule("login-of-words", r"\b(?P<v>[a-z]{2,20}_[a-z]{2,20}(?:_[a-z]{2,20})?_?\d{0,4})\b", _of_words, inside=True),
    _rule(
        "login-with-digits",
        rf"(?i)\b(?:{alternation('login_soft')}|{alternation('login_called')})(?: is|:)? "
        r"(?P<v>[a-z][a-z]*(?:[._][a-z]+)*[._]?[a-z]*[._][a-z]*\d{1,4})\b",
        _said,
    ),
    _rule(
        "login-that-acts",
        rf"(?i)\b(?:{alternation('login_acts')})(?: off| out| in)? (?:by|as):? (?:user )?"
        r"(?P<v>[a-z]{3,20}\d{1,4})\b",
        _acts,
    ),
    _rule("login-of-names", r"(?i)\b(?P<v>[a-z]{2,20}(?:_[a-z]{2,20}){1,2}_?\d{0,4})\b", _of_names, inside=True),
)

"""Which addresses of mail, of pages and of computers are written as people say them: "t okafor at gmail dot com"?"""

import re

import re2

from preceptor.phi.lexicon import entries
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

# Who gives people their addresses.
_PROVIDER = re.compile(
    r"(?i)(?:g ?mail|google ?mail|yahoo|ymail|hot ?mail|outlook|live|msn|aol|i ?cloud|mac|proton(?: ?mail)?|gmx"
    r"|zoho|mail"
    r"|web|comcast|verizon|att|sbcglobal|bellsouth|cox|charter|btinternet|sky|virgin ?media|talktalk|orange|wanadoo"
    r"|free"
    r"|libero|bigpond|optusnet|rediffmail|qq|163|yandex|naver|nhs|rogers|shaw|sympatico|telus|xtra|eircom|t-online"
    r"|hushmail|fastmail|tutanota)\b"
)
_TLD = (
    r"(?:com|org|net|edu|gov|co|uk|io|es|example|info|me|us|ca|de|fr|it|ie|au|nz|ac|mil|test|invalid|health|clinic"
    r"|hospital)"
)
_WORD = r"[a-z0-9][a-z0-9_'-]{0,30}"
_JOIN = r"(?:dot|point|underscore|under score|dash|hyphen|plus|period)"
_SAID_NUMBER = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]|\d{1,4})"
# What stands in front of " at": "maria underscore lopez", "j smith", "john dot smith three", "r.mcg". RE2 goes through
# all ways to read it at once.
_JOINED = re2.compile(rf"(?i)(?:^|[^\w.@])((?:{_WORD} {_JOIN} ){{1,4}}{_WORD}(?: {_SAID_NUMBER})*)$")
_LETTERS = re2.compile(r"(?i)(?:^|[^\w.@])((?:[a-z] )+[a-z0-9._%+'-]{1,40})$")
_PLAIN = re2.compile(r"(?i)(?:^|[^\w.@])([a-z0-9][a-z0-9._%+'-]{0,40})$")
_SIGNED = re.compile(r"\d|[._%+]")


def local_part(text: str, end: int, host: str) -> int | None:
    """Where the local part of a spoken address begins that ends before ``end``; None where there is none.

    A word alone is one only before somebody who gives people addresses.
    """
    reach = max(0, end - 90)
    before = text[reach:end]
    for pattern in (_JOINED, _LETTERS, _PLAIN):
        found = pattern.search(before)
        if found is None:
            continue
        sure = pattern is not _PLAIN or _SIGNED.search(found[1]) or _PROVIDER.match(host)
        if sure:
            return reach + int(found.start(1))
    return None


def _mail(candidate: Candidate) -> Verdict | None:
    """ "… at ballastworks dot example", with what is said in front of it."""
    host = candidate.value.removeprefix("at ")
    start = local_part(candidate.text, candidate.start - 1, host)
    return None if start is None else Verdict(Severity.MEDIUM, start, candidate.end)


_LOCAL = re.compile(r"(?i)[a-z0-9][a-z0-9._%+-]{0,40} ?$")


def _spaced(candidate: Candidate) -> Verdict | None:
    """ "bob @ aol . com"."""
    if " " not in candidate.value and candidate.before(1) != " ":
        # What most addresses are: written without a space, and found as such.
        return None
    local = _LOCAL.search(candidate.before(44))
    if local is None or " " not in local[0] + candidate.value:
        return None
    return Verdict(Severity.MEDIUM, candidate.start - len(local[0]), candidate.end)


def _page(candidate: Candidate) -> Severity | None:
    plain = re.sub(r"(?i) dot ", ".", candidate.value).lower().removeprefix("www.")
    public = any(plain == site or plain.endswith("." + site) for site in entries("public_sites"))
    return None if public or candidate.before(4).lower().endswith("at ") else Severity.MEDIUM


_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|\d{1,3}"
    r"|(?:one |two )?(?:hundred|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety))"
)

_NUMBER = rf"{_DIGIT}(?:[ -]{_DIGIT}){{0,3}}"

_VERSION = re.compile(r"(?i)\b(?:version|release|build|section|chapter|firmware|v)[ :]{1,2}$")


def _computer(candidate: Candidate) -> Severity | None:
    return None if _VERSION.search(candidate.before(12)) else Severity.MEDIUM


RULES = (
    Rule(
        # "j smith at hotmail dot co dot uk", "r.mcg at ballastworks dot example".
        "email-said",
        PhiType.EMAIL,
        rf"(?i)\b(?P<v>at {_WORD}(?: (?:{_WORD} )?dot {_WORD}){{0,2}}? ?dot {_TLD}(?: dot [a-z]{{2,3}})?)\b",
        check=_mail,
        inside=True,
    ),
    Rule(
        "email-with-spaces",
        PhiType.EMAIL,
        rf"(?i)@ ?[a-z0-9-]{{2,40}} ?\. ?{_TLD}(?: ?\. ?(?:uk|au|nz|za|jp|br|mx|sg|hk|ie))?\b",
        check=_spaced,
    ),
    Rule(
        # "www dot mycancerfight dot com", "mycancerfight dot wordpress dot com slash maria".
        "page-said",
        PhiType.URL,
        r"(?i)\b(?:www dot )?[a-z0-9-]{2,40}(?: dot [a-z0-9-]{2,40})? dot (?:com|org|net|edu|gov|co dot uk|io|info"
        r"|example"
        r"|me)\b(?: (?:forward )?slash [a-z0-9-]+){0,3}",
        check=_page,
        inside=True,
    ),
    Rule(
        "address-of-a-computer-said",
        PhiType.IP_ADDRESS,
        rf"(?i)\b{_NUMBER} dot {_NUMBER}(?: dot {_NUMBER}){{2}}\b",
        check=_computer,
        inside=True,
    ),
)

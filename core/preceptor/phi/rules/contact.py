"""Where can somebody be reached by mail or network?"""

import ipaddress
import re

import re2

from preceptor.phi.lexicon import alternation, entries
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.contact_said import local_part
from preceptor.phi.rules.phones import RULES as PHONES
from preceptor.phi.types import PhiType, Severity

_VERSION = re.compile(
    r"(?i)(?:\b(?:version|ver|v|section|sect|sec|chapter|ec|release|build|rev|firmware|§)[.: ]{0,2}|\d[.,]|\bv)$"
)
_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_V6_RUN = re.compile("[0-9A-Fa-f:._]+")


def _address_v4(candidate: Candidate) -> Severity | Verdict | None:
    left, right = candidate.before(1), candidate.after(2)
    if (left and (left.isalnum() or left in "_.")) or _VERSION.search(candidate.before(12)):
        return None
    # A fifth group makes it an object identifier, unless it is an address with a slip of the pen behind it.
    if right[:1].isalnum() or right[:1] == "_" or (right[:1] == "." and right[1:2].isalpha()):
        return None
    severity = _network(candidate.value)
    return _with_tail(candidate, severity)


def _with_tail(candidate: Candidate, severity: Severity | None) -> Severity | Verdict | None:
    """The verdict with the prefix length or the zone that belongs to the address."""
    if severity is None:
        return None
    longest = 128 if ":" in candidate.value else 32
    tail = re.match(r"/(\d{1,3})(?!\d)|%[a-z0-9]{1,15}", candidate.after(17))
    if tail is None or (tail[1] is not None and int(tail[1]) > longest):
        return severity
    return Verdict(severity, candidate.start, candidate.end + tail.end())


def _address_v6(candidate: Candidate) -> Severity | Verdict | int | None:
    text = candidate.text
    start, end = candidate.start, candidate.end
    while end > start and text[end - 1] == ".":
        end -= 1
    value = text[start:end]
    left, right = text[start - 1 : start], text[end : end + 1]
    if left and (left.isalnum() or left in ":._"):
        # Nor does one begin further on in the same run of digits and signs.
        run = _V6_RUN.match(text, start)
        return run.end() if run is not None and run.end() > start + 1 else None
    if right and (right.isalnum() or right in ":_"):
        return None
    if right == "." and text[end + 1 : end + 2].isalnum():
        return None
    severity = _network(value)
    if severity is None:
        return None
    if value == "::" and not (
        re.match(r"/\d", text[end : end + 2])
        or re.search(r"(?i)(?:ipv6|unspecified|ip|=)[ :]{0,2}$", text[max(0, start - 14) : start])
    ):
        return None
    return (
        _with_tail(Candidate(text, start, end), severity)
        if end < candidate.end or right in "/%"
        else Verdict(severity, start, end)
    )


_GROUP = re.compile("0|[1-9][0-9]{0,2}")


def _network(value: str) -> Severity | None:
    groups = value.split(".")
    if len(groups) == 4 and ":" not in value:
        if not all(_GROUP.fullmatch(group) and int(group) < 256 for group in groups):
            return None
        return Severity.LOW if groups[0] == "127" or value == "0.0.0.0" else Severity.HIGH
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    # The machine itself identifies nobody, but it is an address.
    return Severity.LOW if address.is_loopback or address.is_unspecified else Severity.HIGH


def _is_public(host: str) -> bool:
    """Whether a host is one of the sites that everybody reads, or below one."""
    plain = host.lower().rstrip(".").partition(":")[0]
    labels = plain.split(".")
    return any(".".join(labels[i:]) in _PUBLIC for i in range(max(0, len(labels) - 3), len(labels) - 1))


_PUBLIC = frozenset(entries("public_sites"))


_SAID_OF = re.compile(r"(?i) at $")


def _domain(candidate: Candidate) -> Severity | Verdict | None:
    left = candidate.before(1)
    if left == " " and _SAID_OF.search(candidate.before(4)) is not None:
        # "jane.doe at gmail.com"
        start = local_part(candidate.text, candidate.start - 4, candidate.value)
        if start is not None:
            return Verdict(Severity.MEDIUM, start, candidate.end, PhiType.EMAIL, "email-said")
    host, _, path = candidate.value.partition("/")
    if (_is_public(host) and len(path) < 40) or (left and (left.isalnum() or left in "@._-/")):
        return None
    return Severity.LOW


def _url(candidate: Candidate) -> Severity | Verdict | None:
    value = candidate.value.rstrip(".,;:!?)]}'\"*")
    scheme, _, rest = value.rpartition("://")
    host, slash, path = rest.partition("/")
    if not scheme and host.count(".") < 2:
        return None
    if _is_public(host) and "?" not in path and "@" not in path:
        return None
    # A word after "http://" is no place that one could look up; a server of the house with a path is.
    if scheme.lower() in ("http", "https") and "." not in host and ":" not in host and not (slash and path):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.start + len(value))


def _mail(candidate: Candidate) -> Severity | None:
    return Severity.HIGH


# "jane dot doe": what stands in front of the last word of a spelled address. A word may end in "dot" too, and so there
# are many ways to read "dotdotdot": RE2 goes through them all at once.
_DOTTED = re2.compile(r"(?i)(?:[a-z0-9_+-]{1,40} ?[\[({<]? ?(?:dot|underscore|dash|hyphen|plus) ?[\])}>]? ?){1,4}\n?$")


def _spelled(candidate: Candidate) -> Verdict:
    """A spelled address with the words in front that dots are spelled between."""
    text = candidate.text
    reach = max(0, candidate.start - 60)
    left = _DOTTED.search(text[reach : candidate.start])
    right = re.compile(r"(?i) dot [a-z]{2,3}\b").match(text, candidate.end)
    start = reach + left.start() if left else candidate.start
    return Verdict(Severity.MEDIUM, start, right.end() if right else candidate.end)


RULES = (
    Rule(
        "email",
        PhiType.EMAIL,
        r"(?i)[\p{L}0-9_][\p{L}0-9._%+'-]*@(?:[\p{L}0-9-]+\.)+(?:xn--[a-z0-9-]+|\p{L}{2,})",
        check=_mail,
    ),
    Rule(
        "email-spelled",
        PhiType.EMAIL,
        r"(?i)\b[a-z0-9._%+-]{2,40} ?[\[({<] ?at ?[\])}>] ?[a-z0-9-]{2,40} ?(?:\.|[\[({<] ?dot ?[\])}>]) ?[a-z]{2,10}\b"
        r"|\b[a-z0-9._%+-]{2,40} at [a-z0-9-]{2,40} dot (?:com|org|net|edu|gov|co|uk|io|es)\b",
        Severity.MEDIUM,
        check=_spelled,
    ),
    Rule(
        "url",
        PhiType.URL,
        r"(?i)\b(?:(?:https?|ftps?|sftp|s3|gs|smb|ssh|wss?|ldaps?)://|www\.)[^\s<>\"'`]{2,}",
        check=_url,
    ),
    Rule(
        "domain",
        PhiType.URL,
        r"(?i)\b(?P<v>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\."
        rf"(?:{alternation('top_level_domains')})\b(?:/[^\s<>\"]*)?)",
        check=_domain,
        names=frozenset({"email-said"}),
    ),
    Rule("ipv4", PhiType.IP_ADDRESS, rf"\b{_V4}", check=_address_v4),
    Rule(
        "ipv6",
        PhiType.IP_ADDRESS,
        rf"(?i)(?:[0-9a-f]{{0,4}}:){{2,7}}(?:{_V4}|[0-9a-f]{{1,4}})?",
        check=_address_v6,
        begin=r"(?i)(?:\b[0-9a-f]{1,4}:[0-9a-f]{0,4}:|::)",
    ),
    *PHONES,
)

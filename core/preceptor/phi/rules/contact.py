"""Where can somebody be reached: by phone, fax, mail or network?"""

import ipaddress

import phonenumbers

from preceptor.phi.lexicon import alternation
from preceptor.phi.rule import Candidate, Rule, cue
from preceptor.phi.types import PhiType, Severity

# Regions whose national forms are tried where no country code is written.
_REGIONS = ("US", "GB", "ES", "FR", "DE", "IT", "AU", "IN", "NL", "IE", "NZ")
_EXTENSION = r"(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?"
_NATIONAL = r"\+?\(?\d[\d ()./-]{5,20}\d"


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
        if text.lstrip().startswith("+"):
            return None
    return None


def _is_toll_free(text: str) -> bool:
    number = _parsed(text)
    return number is not None and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE


def _north_american(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone() or _is_toll_free(candidate.value):
        return None
    return Severity.HIGH if _parsed(candidate.value) else Severity.MEDIUM


def _toll_free(candidate: Candidate) -> Severity | None:
    return Severity.LOW if candidate.stands_alone() and _is_toll_free(candidate.value) else None


def _international(candidate: Candidate) -> Severity | None:
    if candidate.after(1).isalnum() or not 8 <= len(candidate.digits) <= 15:
        return None
    return Severity.HIGH if _parsed(candidate.value) else Severity.MEDIUM


def _with_trunk_zero(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone() or candidate.value.isdigit():
        return None
    return Severity.MEDIUM if _parsed(candidate.value) else None


def _labelled(candidate: Candidate) -> Severity | None:
    if candidate.after(1).isalnum() or not 7 <= len(candidate.digits) <= 15 or _is_toll_free(candidate.value):
        return None
    return Severity.HIGH


def _address_v4(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone() or candidate.before(10).lower().rstrip().endswith(
        ("version", "v", "section", "ver.", "ec", "ec:")
    ):
        return None
    return _network(candidate.value)


def _address_v6(candidate: Candidate) -> Severity | None:
    left, right = candidate.before(1), candidate.after(1)
    if (left and (left.isalnum() or left in ":.")) or (right and (right.isalnum() or right == ":")):
        return None
    return _network(candidate.value)


def _network(value: str) -> Severity | None:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    # The machine itself identifies nobody.
    return None if address.is_loopback or address.is_unspecified else Severity.HIGH


def _domain(candidate: Candidate) -> Severity | None:
    left = candidate.before(1)
    return None if left and (left.isalnum() or left in "@._-/") else Severity.LOW


RULES = (
    Rule("email", PhiType.EMAIL, r"(?i)[a-z0-9_][a-z0-9._%+'-]*@(?:[\p{L}0-9-]+\.)+\p{L}{2,}"),
    Rule(
        "email-spelled",
        PhiType.EMAIL,
        r"(?i)\b[a-z0-9._%+-]{2,} ?[\[(] ?at ?[\])] ?[a-z0-9-]+ ?(?:\.|[\[(] ?dot ?[\])]) ?[a-z]{2,10}\b",
        Severity.MEDIUM,
    ),
    Rule("url", PhiType.URL, r"(?i)\b(?:(?:https?|ftps?|sftp)://|www\.)[^\s<>\"'`]{2,}", Severity.MEDIUM),
    Rule(
        "domain",
        PhiType.URL,
        r"(?i)\b(?P<v>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\."
        rf"(?:{alternation('top_level_domains')})\b(?:/[^\s<>\"]*)?)",
        check=_domain,
    ),
    Rule("ipv4", PhiType.IP_ADDRESS, r"\b(?:\d{1,3}\.){3}\d{1,3}\b", check=_address_v4),
    Rule(
        "ipv6",
        PhiType.IP_ADDRESS,
        r"(?i)(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4})|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}",
        check=_address_v6,
    ),
    Rule("fax-labelled", PhiType.FAX, cue("fax", _NATIONAL), check=_labelled, cued=True),
    Rule("phone-labelled", PhiType.PHONE, cue("phone", _NATIONAL), check=_labelled, cued=True),
    Rule("phone-international", PhiType.PHONE, r"\+\d{1,3}[\d ().-]{5,18}\d" + _EXTENSION, check=_international),
    Rule(
        "phone-north-american",
        PhiType.PHONE,
        rf"(?:\+?\b1[ .-]?)?(?:\(\d{{3}}\) ?|\b\d{{3}}[ .-])\d{{3}}[ .-]\d{{4}}\b{_EXTENSION}",
        check=_north_american,
    ),
    Rule("phone-toll-free", PhiType.PHONE, r"(?:\b1[ .-]?)?\(?\b8\d{2}\)?[ .-]\d{3}[ .-]?\d{4}\b", check=_toll_free),
    Rule("phone-national", PhiType.PHONE, r"\(?\b0\d[\d ()./-]{6,14}\d\b", check=_with_trunk_zero),
)

"""Which digits are a telephone number?

Windows of digits are looked at only: reading a whole text once for each region would take a hundred times as long.
"""

import re

from preceptor.phi.lexicon import entries
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.dates import numeric
from preceptor.phi.rules.national import goes_on, is_impersonal, stands_free
from preceptor.phi.rules.numbering import Regions, is_mobile, is_valid
from preceptor.phi.rules.numbering import is_toll_free as is_free_in
from preceptor.phi.rules.whole import is_whole
from preceptor.phi.types import PhiType, Severity

EXTENSION = r"(?:,? ?(?:x|ext\.?|extension|ext:|#) ?\d{1,6})?\b"
# A number after a label, in any grouping.
VALUE = re.compile(rf"(?i)\+?\(?\d(?:[ ().\-/]{{0,3}}\d){{3,16}}{EXTENSION}")
# Regions whose national forms are tried where no country code is written, by how a number begins.
_TRUNK_ZERO = Regions(entries("phone_regions_trunk_zero"))
_TRUNK_ZERO_MOBILE = Regions(("FR", "NL", "BE", "AU", "ZA", "IE"))
_NO_ZERO = Regions(entries("phone_regions_no_zero"))


def is_toll_free(text: str) -> bool:
    """Whether a North American number is free to call: a company's or a hotline's, never a person's."""
    return is_free_in(text, "US")


def is_hotline(text: str) -> bool:
    """Whether everybody is told to call this number."""
    digits = "".join(filter(str.isdigit, text))
    return digits.removeprefix("1") in _HOTLINES or digits in _HOTLINES


_HOTLINES = frozenset(entries("hotlines"))
_EXTENSION = re.compile(r"(?i),? ?(?:x|ext|#)")


def _plain(value: str) -> str:
    return _EXTENSION.split(value, maxsplit=1)[0]


def _north_american(candidate: Candidate) -> Severity | Verdict | None:
    value = candidate.value
    if not stands_free(candidate.text, candidate.start, candidate.end) or is_hotline(_plain(value)):
        return None
    if " " in value and goes_on(candidate.text, candidate.start, candidate.end):
        return None
    digits = "".join(filter(str.isdigit, _plain(value))).removeprefix("00").removeprefix("1")
    # Numbers that nobody was given still look like a telephone's; an exchange of 0 or 1 does so between brackets only.
    if len(digits) == 9:
        digits = "1" + digits
    if len(digits) != 10 or (digits[3] in "01" and "(" not in value):
        return None
    if is_toll_free(_plain(value)):
        return Verdict(Severity.LOW, candidate.start, candidate.end, "", "phone-toll-free")
    return Severity.HIGH if is_valid(_plain(value), "US") else Severity.MEDIUM


def _international(candidate: Candidate) -> Severity | None:
    if candidate.after(1).isalnum() or not 8 <= len(candidate.digits) <= 17:
        return None
    left = candidate.before(1)
    if left and (left.isalnum() or left in "+/$"):
        return None
    plain = _plain(candidate.value)
    plain = "+" + plain[2:].lstrip() if plain.startswith("00") else plain
    if is_valid(plain, None):
        return Severity.HIGH
    # "+10 000 000" is a charge or a gain.
    written = candidate.value.startswith("+") and plain[1:2] in "123456789"
    return Severity.MEDIUM if written and len(candidate.digits) >= 10 else None


# Written like a social security or insurance number.
_OTHER = re.compile(r"\d{3}[-. ]\d{2}[-. ]\d{4}|\d{3}[- ]\d{3}[- ]\d{3}")


# A day in digits may begin with a zero too, and is found as one.
_DAY = re.compile(r"\d\d[/.-]\d{1,2}[/.-]\d{4}")


# "No answer on 07700 900 987 x3".
_TRIED = re.compile(r" x ?\d{1,2}\b")


def _trunk_zero(candidate: Candidate) -> Severity | None:
    value = candidate.value
    start, end = candidate.start, candidate.end
    if value.startswith("(") and ")" not in value:
        value, start = value[1:], start + 1
    # What most of them are comes first.
    if _DAY.fullmatch(value) and numeric(Candidate(candidate.text, start, end)) is Severity.HIGH:
        return None
    if not stands_free(candidate.text, start, end) or goes_on(candidate.text, start, end):
        return None
    if is_impersonal(candidate.text, start, end) and not _TRIED.match(candidate.after(6)):
        return None
    digits = "".join(filter(str.isdigit, value))
    if not 8 <= len(digits) <= 12 or len(set(digits)) < 3 or _OTHER.fullmatch(value):
        return None
    if value.isdigit():
        # Digits without any group: eleven are a number where they are a valid one, fewer only as a mobile's.
        found = _TRUNK_ZERO.valid(value) if len(digits) == 11 else _TRUNK_ZERO_MOBILE.mobile(value)
        return Severity.MEDIUM if found else None
    return Severity.MEDIUM if _TRUNK_ZERO.valid(value) else None


def _no_zero(candidate: Candidate) -> Severity | None:
    value = candidate.value
    if not stands_free(candidate.text, candidate.start, candidate.end):
        return None
    if is_impersonal(candidate.text, candidate.start, candidate.end) or len(set(candidate.digits)) < 4:
        return None
    if goes_on(candidate.text, candidate.start, candidate.end):
        return None
    if value.isdigit():
        if len(value) == 11:
            found = is_mobile(value, "CN")
        else:
            whole = is_whole(candidate.text, candidate.start, candidate.end)
            found = is_valid(value, "US") or (whole and is_valid(value, "TR"))
    else:
        # A Spanish landline in its own grouping, "942 56 21 60".
        found = _NO_ZERO.mobile(value) or (_SPANISH.fullmatch(value) is not None and is_valid(value, "ES"))
    return Severity.MEDIUM if found else None


_SPANISH = re.compile(r"[89]\d{2} \d{2} \d{2} \d{2}")


def _before_label(candidate: Candidate) -> Severity | None:
    if not stands_free(candidate.text, candidate.start, candidate.end) and candidate.after(1) != "-":
        return None
    return Severity.HIGH if 6 <= len(candidate.digits) <= 17 and not _TWO_YEARS.fullmatch(candidate.value) else None


_TWO_YEARS = re.compile(r"(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d")


def _local(candidate: Candidate) -> Severity | None:
    if not stands_free(candidate.text, candidate.start, candidate.end):
        return None
    return None if is_impersonal(candidate.text, candidate.start, candidate.end) else Severity.MEDIUM


def _in_two_groups(candidate: Candidate) -> Severity | None:
    free = stands_free(candidate.text, candidate.start, candidate.end)
    return Severity.MEDIUM if free and is_valid(candidate.value, "US") else None


_MAGNIFIED = re.compile(r"(?i) ?(?:g\b|mag|rpm|times|fold|objective|per\b|=)")


def _extension(candidate: Candidate) -> Severity | None:
    """ "Nurse on call x4471", but no "centrifuged at x3000 g"."""
    if candidate.value.endswith("00") or not candidate.stands_alone() or _MAGNIFIED.match(candidate.after(10)):
        return None
    return Severity.MEDIUM


# Seven digits or more in words, as people read a number out.
_DIGIT_WORD = (
    r"(?:(?:double|triple)[ -])?(?:zero|oh|one|two|three|four|five|six|seven|eight|nine"
    r"|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
)
_SPELLED = rf"(?i)\b{_DIGIT_WORD}(?:[ ,-]{{1,3}}{_DIGIT_WORD}){{6,15}}\b"
RULES = (
    Rule(
        "phone-international",
        PhiType.PHONE,
        r"(?:\+|\b00 ?[1-9])\d{0,3}[\d ().-]{5,20}\d" + EXTENSION,
        check=_international,
    ),
    Rule(
        "phone-north-american",
        PhiType.PHONE,
        rf"(?i)(?:(?:\+|\b00)?\b1[ .-]?|\b001[ .-]?)?"
        rf"(?:\(\d{{3}}\)[ -]?|\b\d{{3}}[ .-]|\b\d{{3}}/)\d{{3}}[ .-]\d{{4}}{EXTENSION}",
        check=_north_american,
        names=frozenset({"phone-toll-free"}),
    ),
    Rule("phone-national", PhiType.PHONE, r"\(?\b0[ -]?\(?\d{1,4}\)?[\d ()./-]{4,13}\d\b", check=_trunk_zero),
    Rule(
        "phone-mobile",
        PhiType.PHONE,
        r"\b[1-9]\d{9,10}\b|\b[1-9]\d{2}[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}\b|\b[5-9]\d{2}[ .-]\d{3}[ .-]\d{3}\b"
        r"|\b[6-9]\d{2} \d{2} \d{2} \d{2}\b|\b[6-9]\d{4}[ -]\d{5}\b|\b1\d{2}[ -]\d{4}[ -]\d{4}\b"
        r"|\(\d{2}\) ?9?[ ]?\d{4}[- ]\d{4}\b|\b[89]\d{3} \d{4}\b|\b55[ -]\d{4}[ -]\d{4}\b|\b4\d{2} \d{2} \d{3}\b"
        r"|\b9\d{2} \d{2} \d{3}\b",
        check=_no_zero,
    ),
    Rule(
        "phone-before-label",
        PhiType.PHONE,
        r"(?i)(?P<v>[+(]{0,2}\b\d(?:[ ()./-]{0,2}\d){5,15}(?:x\d{1,6})?)"
        r"[ (-]{1,2}(?:office|fax|mobile|cell|home|desk|landline)\b",
        check=_before_label,
        inside=True,
    ),
    # "is415-555-0132" lost its space, "91-415-555-0132" its plus sign.
    Rule("phone-glued", PhiType.PHONE, r"\bis(?P<v>\d{3}-\d{3}-\d{4})\b", Severity.MEDIUM),
    Rule("phone-country-code", PhiType.PHONE, r"\b[1-9]\d{1,2}-\d{3}-\d{3}-\d{4}\b", check=_local),
    Rule("phone-spelled", PhiType.PHONE, _SPELLED, Severity.MEDIUM),
    # "617-5550143": its last groups in one.
    Rule("phone-in-two-groups", PhiType.PHONE, r"\b[2-9]\d{2}-[2-9]\d{6}\b", check=_in_two_groups),
    Rule("phone-extension-said", PhiType.PHONE, r"[a-z):,;] (?P<v>[xX]\d{4,5})\b", check=_extension, inside=True),
    Rule("phone-local", PhiType.PHONE, r"\b555[-. ]\d{4}\b", check=_local),
)

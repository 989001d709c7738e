"""Which codes, standing anywhere, name a person, a vehicle or a device?"""

import re

from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules.identifier_kinds import ssn_in_range
from preceptor.phi.rules.images import RULES as IMAGES
from preceptor.phi.rules.labels import labelled_rules
from preceptor.phi.rules.national import stands_free
from preceptor.phi.rules.vin import vin_checksum_holds
from preceptor.phi.rules.whole import is_whole
from preceptor.phi.types import PhiType, Severity


def _ssn(candidate: Candidate) -> Severity | None:
    digits = candidate.digits
    if not stands_free(candidate.text, candidate.start, candidate.end) or digits == "078051120":
        return None
    if ssn_in_range(digits):
        return Severity.HIGH
    if _SAID_TO_BE.search(candidate.before(160)) is not None:
        return Severity.LOW
    # Taxpayer numbers and generated records use 9xx.
    return Severity.LOW if digits[0] == "9" and digits[3:5] != "00" and digits[5:] != "0000" else None


_SAID_TO_BE = re.compile(r"(?i)\b(?:ssns?|s\.s\.n|social)\b(?!-(?:like|shaped|formatted))")


def _ssn_whole(candidate: Candidate) -> Severity | None:
    if not is_whole(candidate.text, candidate.start, candidate.end) or not ssn_in_range(candidate.digits):
        return None
    return Severity.MEDIUM if stands_free(candidate.text, candidate.start, candidate.end) else None


def _vin_with_a_digit() -> str:
    """A VIN by where its first digit stands: few words have one."""
    letter = "A-HJ-NPR-Za-hj-npr-z"
    forms = (rf"[{letter}]{{{before}}}\d[{letter}0-9]{{{16 - before}}}" for before in range(17))
    return rf"\b(?:{'|'.join(forms)})"


def _vin(candidate: Candidate) -> Severity | None:
    vin = candidate.value.upper()
    if vin.isdigit() or vin.isalpha() or not stands_free(candidate.text, candidate.start, candidate.end):
        return None
    if vin_checksum_holds(vin):
        return Severity.HIGH
    return Severity.LOW if re.search(r"(?i)\bvin\b", candidate.before(80)) else None


_RUN = re.compile("[0-9A-Fa-f:-]+")


def _mac(candidate: Candidate) -> Severity | int | None:
    left, right = candidate.before(1), candidate.after(1)
    if left and (left.isalnum() or left in ":-"):
        # Nor does one begin further on in the same run of digits and signs.
        run = _RUN.match(candidate.text, candidate.start)
        return run.end() if run is not None else None
    if right and (right.isalnum() or right in ":-"):
        return None
    value = re.sub(r"[:.-]", "", candidate.value).lower()
    separators = {c for c in candidate.value if c in ":.-"}
    if len(separators) != 1 or set(value) in ({"0"}, {"f"}):
        return None
    return Severity.MEDIUM


def _handle(candidate: Candidate) -> Severity | None:
    value = candidate.value
    after = candidate.after(2)
    goes_on = after[:1] in ("(", "/") or (after[:1] == "." and after[1:].isalnum())
    if not (any(c.isdigit() for c in value) or "_" in value) or goes_on:
        return None
    return Severity.LOW


_YEARS = re.compile(r"(?:19|20)\d\d[-/](?:19|20)?\d\d")


def _code(candidate: Candidate) -> Severity | None:
    """ "group 00761-22": digits enough for no range of years or counts."""
    value = candidate.value
    if not is_free(candidate) or _YEARS.fullmatch(value):
        return None
    return Severity.MEDIUM if len(candidate.digits) >= (7 if value[0].isdigit() else 5) else None


def is_free(candidate: Candidate) -> bool:
    """Whether a code is no part of anything longer, and no measure follows."""
    return stands_free(candidate.text, candidate.start, candidate.end) and candidate.after(1) not in ("%", "/")


RULES = (
    *labelled_rules(),
    Rule(
        "code-with-hyphens",
        PhiType.OTHER_ID,
        r"(?i)\b(?:tube label|label|group|grp|sample|specimen|case|slide|tube|batch|file|ref|job)[ :#]{1,2}"
        r"(?P<v>(?:[A-Z]{1,4}-?)?\d{2,8}(?:-[A-Z0-9]{1,8}){1,2})\b",
        check=_code,
        cued=True,
    ),
    Rule("ssn", PhiType.SSN, r"\b(?:\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{3}\.\d{2}\.\d{4})\b", check=_ssn),
    Rule("ssn-alone", PhiType.SSN, r"\b(?:\d{3}-\d{6}|\d{5}-\d{4})\b", check=_ssn_whole),
    # A word of so many letters is none.
    Rule(
        "vin",
        PhiType.VEHICLE,
        r"(?i)\b[A-HJ-NPR-Z0-9]{17}\b",
        check=_vin,
        begin=_vin_with_a_digit(),
    ),
    Rule("udi", PhiType.DEVICE, r"\(01\)\d{14}(?:\(\d{2,3}\)[A-Za-z0-9./-]{1,30}){0,6}"),
    Rule("udi-plain", PhiType.DEVICE, r"\b01\d{14}(?:(?:11|17|15)\d{6}){1,3}(?:(?:10|21)[A-Za-z0-9-]{1,40})?\b"),
    Rule("udi-hibcc", PhiType.DEVICE, r"\+[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}\d[A-Z0-9]?/\$[A-Z0-9$+/.-]{3,80}"),
    Rule("udi-iccbba", PhiType.DEVICE, r"=/[A-Z0-9]{10,20}(?:[=&}{)>,]+[A-Z0-9]+)*"),
    Rule(
        "mac-address",
        PhiType.DEVICE,
        r"(?i)\b(?:(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})\b",
        check=_mac,
    ),
    Rule("handle", PhiType.OTHER_ID, r"(?:^|[\s(,:\"'])(?P<v>@[A-Za-z_][A-Za-z0-9_]{2,29})\b", check=_handle),
    Rule("company-register", PhiType.OTHER_ID, r"(?i)\bHR[AB] ?\d{1,6}\b"),
    *IMAGES,
)

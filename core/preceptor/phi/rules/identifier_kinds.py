"""How sure is a labelled identifier of a kind that has its own rules?"""

import re
from collections.abc import Callable

from stdnum import bitcoin, iban, imei

from preceptor.phi.rules.checksums import dea
from preceptor.phi.rules.vin import vin_checksum_holds
from preceptor.phi.types import Severity

_WALLET = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,39}")
_PLAIN = re.compile(r"[\s./_-]+")


def ssn_in_range(digits: str) -> bool:
    """Whether an SSN was ever issuable: area not 000, 666 or 9xx, group and serial not zero (SSA, POMS RM 10201)."""
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _ssn(value: str) -> Severity:
    if len(value) != 9 or not value.isdigit():
        return Severity.MEDIUM if len(value) < 9 else Severity.LOW
    return Severity.HIGH if ssn_in_range(value) else Severity.LOW


def _account(value: str) -> Severity:
    if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", value):
        return Severity.HIGH if iban.is_valid(value) else Severity.LOW
    return Severity.HIGH


def _licence(value: str) -> Severity:
    if re.fullmatch(r"[A-Z]{2}\d{7}", value):
        return Severity.HIGH if dea(value) else Severity.MEDIUM
    return Severity.HIGH


def _vehicle(value: str) -> Severity:
    if len(value) != 17:
        return Severity.HIGH
    return Severity.HIGH if not set(value) & set("IOQ") and vin_checksum_holds(value) else Severity.LOW


def _device(value: str) -> Severity:
    if value.isdigit() and len(value) == 15:
        return Severity.HIGH if imei.is_valid(value) else Severity.MEDIUM
    return Severity.HIGH


_JUDGES: dict[str, Callable[[str], Severity]] = {
    "ssn-labelled": _ssn,
    "ssn-beside-a-word": _ssn,
    "account-labelled": _account,
    "licence-labelled": _licence,
    "vehicle-labelled": _vehicle,
    "device-labelled": _device,
}


def severity_of(detector: str, value: str) -> Severity:
    """How sure a labelled value is: low where its own scheme refuses it, medium beside a mere word."""
    if detector == "other-labelled" and _WALLET.fullmatch(value):
        return Severity.HIGH if bitcoin.is_valid(value) else Severity.LOW
    judge = _JUDGES.get(detector)
    if judge is not None:
        return judge(_PLAIN.sub("", value).upper())
    return Severity.MEDIUM if detector.endswith("-beside-a-word") else Severity.HIGH

"""Which numbers name a patient, a member, a licence holder, a vehicle or a device?"""

from preceptor.phi.rule import Candidate, Rule, cue, enough_digits
from preceptor.phi.types import PhiType, Severity

_SSN = r"\d{3}[- .]?\d{2}[- .]?\d{4}"


def _ssn_in_range(digits: str) -> bool:
    """Whether an SSN was ever issuable: area not 000, 666 or 9xx, group and serial not zero (SSA, POMS RM 10201)."""
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _labelled_ssn(candidate: Candidate) -> Severity | None:
    if candidate.after(1).isdigit():
        return None
    return Severity.HIGH if _ssn_in_range(candidate.digits) else Severity.LOW


def _bare_ssn(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone():
        return None
    if _ssn_in_range(candidate.digits):
        return Severity.HIGH
    # Taxpayer numbers and generated records use 9xx.
    return Severity.MEDIUM if candidate.digits[0] == "9" else Severity.LOW


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_checksum_holds(vin: str) -> bool:
    """Whether position 9 of a 17-character VIN is its check digit (49 CFR 565.15)."""
    total = sum(int(_VIN_VALUES.get(c, c)) * weight for c, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return vin[8] == "0123456789X"[total % 11]


def _bare_vin(candidate: Candidate) -> Severity | None:
    vin = candidate.value.upper()
    if not candidate.stands_alone() or vin.isdigit() or vin.isalpha():
        return None
    return Severity.HIGH if vin_checksum_holds(vin) else None


def _labelled_vin(candidate: Candidate) -> Severity | None:
    vin = candidate.value.upper()
    if not candidate.stands_alone() or not candidate.digits:
        return None
    return Severity.HIGH if not set(vin) & set("IOQ") and vin_checksum_holds(vin) else Severity.LOW


RULES = (
    Rule("ssn-labelled", PhiType.SSN, cue("ssn", _SSN), check=_labelled_ssn, cued=True),
    Rule("ssn", PhiType.SSN, r"\b\d{3}-\d{2}-\d{4}\b", check=_bare_ssn),
    Rule("mrn-labelled", PhiType.MRN, cue("mrn"), check=enough_digits(4), cued=True),
    Rule("health-plan-labelled", PhiType.HEALTH_PLAN, cue("health_plan"), check=enough_digits(5), cued=True),
    Rule("licence-labelled", PhiType.LICENCE, cue("licence"), check=enough_digits(4), cued=True),
    Rule("vin", PhiType.VEHICLE, r"(?i)\b[A-HJ-NPR-Z0-9]{17}\b", check=_bare_vin),
    Rule(
        "vin-labelled",
        PhiType.VEHICLE,
        cue("vin", r"[A-Z0-9]{17}\b"),
        check=_labelled_vin,
    ),
    Rule("plate-labelled", PhiType.VEHICLE, cue("plate", r"[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5}\b"), check=enough_digits(1)),
    Rule("device-labelled", PhiType.DEVICE, cue("device"), check=enough_digits(4), cued=True),
    Rule("udi", PhiType.DEVICE, r"\(01\)\d{14}(?:\(\d{2}\)[A-Za-z0-9]{1,20})*"),
    Rule(
        "mac-address",
        PhiType.DEVICE,
        r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b",
        check=lambda c: Severity.MEDIUM if c.stands_alone() else None,
    ),
    Rule("biometric-labelled", PhiType.BIOMETRIC, cue("biometric"), check=enough_digits(3), cued=True),
    Rule("other-labelled", PhiType.OTHER_ID, cue("other_id"), check=enough_digits(4), cued=True),
    Rule(
        "image-data",
        PhiType.IMAGE,
        r"(?i)data:(?:image|application|audio|video)/[a-z0-9.+-]{1,40};base64,(?P<v>[A-Z0-9+/=]{16,})",
    ),
)

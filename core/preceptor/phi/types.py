"""What is a finding made of?"""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PhiType(StrEnum):
    """One name for each identifier of HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i), and ``UNREADABLE`` beside them.

    National identifiers have a name each, made by :func:`national`.
    """

    NAME = "NAME"
    LOCATION = "LOCATION"
    DATE = "DATE"
    AGE = "AGE"
    PHONE = "PHONE"
    FAX = "FAX"
    EMAIL = "EMAIL"
    SSN = "SSN"
    MRN = "MRN"
    HEALTH_PLAN = "HEALTH_PLAN"
    ACCOUNT = "ACCOUNT"
    LICENCE = "LICENCE"
    VEHICLE = "VEHICLE"
    DEVICE = "DEVICE"
    URL = "URL"
    IP_ADDRESS = "IP_ADDRESS"
    BIOMETRIC = "BIOMETRIC"
    IMAGE = "IMAGE"
    OTHER_ID = "OTHER_ID"
    # Hospitals, employers, schools: beside a patient's data they lead to him. Not listed by Safe Harbor, so a policy's
    # choice.
    ORGANISATION = "ORGANISATION"


# What cannot be read may hold anything: it is a finding, so that it blocks like one.
UNREADABLE = "Unreadable"


# What a policy calls all national identifiers; no finding has this type.
NATIONAL = "NATIONAL_ID"


# Of these none tells that a text is about somebody.
OF_NOBODY = frozenset((PhiType.ORGANISATION, PhiType.LOCATION, PhiType.URL, PhiType.IP_ADDRESS))


def national(scheme: str) -> str:
    """The type's name of a national identifier, e.g. ``NATIONAL_ID_GB_NHS`` for the scheme ``GB_NHS``."""
    return f"{NATIONAL}_{scheme}"


def among(kind: str, named: Container[str]) -> bool:
    """Whether a finding's type is one of those that a policy names."""
    return kind in named or (NATIONAL in named and kind.startswith(f"{NATIONAL}_"))


class Severity(StrEnum):
    """How sure is it that this identifies somebody: ``low`` is a labelled value that its own scheme refuses."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low to 2 for high."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


# Neither is frozen: there are many of them, and freezing takes longer than all else about them. Nothing changes one.
@dataclass(slots=True, unsafe_hash=True)
class Span:
    """A stretch of one text, in code points: ``text[start:end]``. Holds no value."""

    start: int
    end: int
    type: str
    detector: str
    severity: Severity


@dataclass(slots=True, unsafe_hash=True)
class Finding:
    """One place where PHI was found or could not be ruled out. Never a value, a context or an exception's text.

    ``record`` counts lines, rows or elements from 1; 0 is the file as a whole. ``pointer`` is RFC 6901, empty for plain
    text. ``start`` and ``end`` count code points of the decoded value, which is a whole number's digits however it is
    written.
    """

    file: str
    record: int
    pointer: str
    start: int
    end: int
    type: str
    detector: str
    severity: Severity
    fingerprint: str

    def behind(self, lines: int) -> "Finding":
        """The same finding where so many lines stand before what its record is counted from."""
        if not lines or not self.record:
            return self
        return Finding(
            self.file, self.record + lines, self.pointer, self.start, self.end, self.type, self.detector,
            self.severity, self.fingerprint,
        )  # fmt: skip

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "file": self.file,
            "record": self.record,
            "pointer": self.pointer,
            "start": self.start,
            "end": self.end,
            "type": self.type,
            "detector": self.detector,
            "severity": self.severity.value,
            "fingerprint": self.fingerprint,
        }

"""Whom does a segment of an HL7 v2 message name, and what else does it say of him or her?

The fields are those of HL7 v2.5.1, chapters 3 (PID, NK1, GT1, MRG) and 6 (IN1); a component that names no person or
holds no code is passed over. Doctors stand in fields of many segments, as ``ID^FAMILY^GIVEN``.
"""

import re
from collections.abc import Iterator

from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import PhiType, Severity

# By segment: the number of a field and what it holds.
_FIELDS: dict[str, tuple[tuple[PhiType, tuple[int, ...]], ...]] = {
    "PID": (
        (PhiType.NAME, (5, 6, 9)),
        (PhiType.MRN, (2, 3, 4, 21)),
        (PhiType.DATE, (7, 29)),
        (PhiType.LOCATION, (11, 23)),
        (PhiType.PHONE, (13, 14)),
        (PhiType.ACCOUNT, (18,)),
        (PhiType.SSN, (19,)),
        (PhiType.LICENCE, (20,)),
    ),
    "NK1": (
        (PhiType.NAME, (2,)),
        (PhiType.LOCATION, (4,)),
        (PhiType.PHONE, (5, 6)),
        (PhiType.DATE, (16,)),
    ),
    "GT1": (
        (PhiType.NAME, (3, 4)),
        (PhiType.ACCOUNT, (2,)),
        (PhiType.LOCATION, (5,)),
        (PhiType.PHONE, (6, 7)),
        (PhiType.DATE, (8,)),
        (PhiType.SSN, (12,)),
    ),
    "IN1": (
        (PhiType.NAME, (16,)),
        (PhiType.DATE, (18,)),
        (PhiType.LOCATION, (19,)),
        (PhiType.HEALTH_PLAN, (36, 49)),
    ),
    "MRG": (
        (PhiType.NAME, (7,)),
        (PhiType.MRN, (1, 4)),
        (PhiType.ACCOUNT, (3,)),
    ),
}
_LINE = re.compile(r"[^\r\n\x00]{0,4000}")
_COMPONENT = re.compile(r"(?:(?<=\^)|^)[^^]*")
# Of a composite only these components are the person's: what follows says of which kind it is.
_COMPONENTS = {PhiType.MRN: 1, PhiType.ACCOUNT: 1, PhiType.SSN: 1, PhiType.HEALTH_PLAN: 1, PhiType.NAME: 6}
_ALL = 8
_FEW = 2


def _segment(candidate: Candidate) -> list[Verdict] | None:
    return list(_of_a_segment(candidate)) or None


def _of_a_segment(candidate: Candidate) -> Iterator[Verdict]:
    line = _LINE.match(candidate.text, candidate.start)
    fields = line[0].split("|") if line is not None else []
    kinds = {number: kind for kind, numbers in _FIELDS[candidate.value[:3]] for number in numbers}
    position = candidate.start
    for number, field in enumerate(fields):
        if number in kinds:
            begin = position
            for repeated in field.split("~"):
                yield from _of_a_field(repeated, begin, kinds[number])
                begin += len(repeated) + 1
        position += len(field) + 1


def _of_a_field(field: str, begin: int, kind: PhiType) -> Iterator[Verdict]:
    most = _COMPONENTS.get(kind, _ALL)
    told = [
        (begin + match.start(), begin + match.end())
        for number, match in enumerate(_COMPONENT.finditer(field))
        if number < most and match.end() - match.start() >= _FEW and _is_told(match[0], kind, number)
    ]
    if told and kind in (PhiType.NAME, PhiType.LOCATION):
        # One name or address, whatever stands between its parts.
        told = [(told[0][0], told[-1][1])]
    for start, end in told:
        yield Verdict(Severity.HIGH, start, end, kind)


def _is_told(component: str, kind: PhiType, number: int) -> bool:
    """Whether a component says something of somebody: no state, country or kind of address."""
    if kind == PhiType.LOCATION:
        return number in (0, 1, 2, 4, 8)
    if kind == PhiType.NAME:
        return any(map(str.isalpha, component))
    return any(map(str.isdigit, component))


def _person(candidate: Candidate) -> Severity | None:
    """ "OSULLIVAN^MAEVE", as HL7 and DICOM write names: a given name, and a family name or a word of no list."""
    family, given = candidate.value.split("^")[:2]
    first, second = profile(family.lower()), profile(given.lower())
    if second is None or second.given < 2 or second.ordinary > 2:
        return None
    return Severity.HIGH if first is None or first.family or first.given else None


RULES = (
    Rule(
        "hl7-segment",
        PhiType.OTHER_ID,
        r"\b(?:PID|NK1|GT1|IN1|MRG)\|",
        check=_segment,
    ),
    Rule(
        "name-with-carets",
        PhiType.NAME,
        r"\b(?P<v>\p{L}[\p{L}'-]+\^\p{L}[\p{L}'-]+(?:\^\p{L}[\p{L}'-]*)?)",
        check=_person,
        inside=True,
    ),
)

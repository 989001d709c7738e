"""What does a case of a peer's recognizer tests ask, and is it answered?

Such a test runs one recognizer. That it expects silence says that a text holds no identifier of that one kind; a number
that fits another scheme (an Australian one that is also a valid Turkish one) is no answer to it. And a label beside a
value that its scheme refuses must be a finding of low severity here (docs/reference/phi.md), which says the same as the
peer's silence: no valid identifier.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from preceptor.phi import detect
from preceptor.phi.types import PhiType, Severity, Span

Case = dict[str, Any]
# A passport of a country whose passports have no scheme here: OTHER_ID, told by its detector.
PASSPORT = "passport"
# The kinds of ours that answer for a kind of the peer's, where its name does not say so. A scheme's type ends with its
# country and name, as the peer's kinds do.
_KINDS: dict[str, tuple[str, ...]] = {
    "ABA_ROUTING_NUMBER": (PhiType.ACCOUNT,),
    "CREDIT_CARD": (PhiType.ACCOUNT,),
    "CRYPTO": (PhiType.OTHER_ID,),
    "DATE_TIME": (PhiType.DATE,),
    "DE_FUEHRERSCHEIN": ("DE_DRIVER", PhiType.LICENCE),
    "DE_HANDELSREGISTER": ("DE_HRB",),
    "DE_HEALTH_INSURANCE": ("DE_KVNR", PhiType.HEALTH_PLAN),
    "DE_ID_CARD": ("DE_IDCARD",),
    "DE_KFZ": (PhiType.VEHICLE,),
    "DE_PLZ": (PhiType.LOCATION,),
    "DE_SOCIAL_SECURITY": ("DE_RVNR",),
    "DE_TAX_ID": ("DE_IDNR",),
    "DE_TAX_NUMBER": ("DE_STNR",),
    "DE_VAT_ID": ("DE_VAT",),
    "ES_NIF": ("ES_DNI", "ES_CIF"),
    "ES_PASSPORT": (PASSPORT,),
    "FI_PERSONAL_IDENTITY_CODE": ("FI_HETU",),
    "IN_PASSPORT": (PASSPORT,),
    "IN_VOTER": ("IN_EPIC",),
    "IT_DRIVER_LICENSE": ("IT_DRIVER",),
    "IT_FISCAL_CODE": ("IT_CODICE_FISCALE",),
    "IT_IDENTITY_CARD": ("IT_IDCARD",),
    "IT_PASSPORT": (PASSPORT,),
    "IT_VAT_CODE": ("IT_IVA",),
    "KR_DRIVER_LICENSE": ("KR_DRIVER",),
    "SE_ORGANISATIONSNUMMER": ("SE_ORGNR",),
    "SE_PERSONNUMMER": ("SE_PNR", "SE_PERSONNUMMER"),
    "SG_NRIC_FIN": ("SG_NRIC",),
    "TH_TNIN": ("TH_PIN",),
    "TR_NATIONAL_ID": ("TR_TCKN",),
    "UK_PASSPORT": (PASSPORT,),
    "EMAIL_ADDRESS": (PhiType.EMAIL,),
    "MAC_ADDRESS": (PhiType.DEVICE,),
    "MEDICAL_LICENSE": (PhiType.LICENCE,),
    "PERSON": (PhiType.NAME,),
    "UK_NHS": ("GB_NHS",),
    "UK_NINO": ("GB_NINO",),
    "UK_POSTCODE": (PhiType.LOCATION,),
    "US_BANK_NUMBER": (PhiType.ACCOUNT,),
    "US_MBI": (PhiType.HEALTH_PLAN,),
    "US_NPI": (PhiType.LICENCE,),
    "US_PASSPORT": (PASSPORT,),
    "US_SSN": (PhiType.SSN,),
    "ZA_ID_NUMBER": ("ZA_ID",),
}
# What every kind of this sort is found as, whatever its country.
_SORTS = (
    ("LICENSE_PLATE|VEHICLE", (PhiType.VEHICLE,)),
    ("DRIV(?:ER|ING)_LICEN[CS]E", (PhiType.LICENCE,)),
    ("PHONE|MOBILE", (PhiType.PHONE,)),
)
# No identifier of Safe Harbor: a year, a month (45 CFR 164.514(b)(2)(i)(C) with what the issue calls a hard negative: a
# date without a day).
_NO_DAY = re.compile(
    r"(?i)(?:.*\b(?:is|in) )?(?:year )?(?:(?:0?[1-9]|1[0-2])/|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    r"(?:[- ](?=\d)|(?=\W*$)))?(?:(?:19|20)?\d\d)?\W*"
)


def asking(cases: Iterable[Case]) -> list[Case]:
    """The cases that ask about an identifier, but for those that contradict one another about the same text."""
    kept = [case for case in cases if _counts(case)]
    answers: dict[object, set[bool]] = {}
    for case in kept:
        answers.setdefault((case["text"], _asked(case)), set()).add(bool(case["expected_len"]))
    return [case for case in kept if len(answers[case["text"], _asked(case)]) == 1]


def _counts(case: Case) -> bool:
    """Whether a case asks about an identifier: not about a word list that its test made up, nor a month or a year."""
    if not case["entities"]:
        return "pattern" not in str(case["file"])
    return "DATE_TIME" not in _asked(case) or not _NO_DAY.fullmatch(str(case["text"]))


def agrees(case: Case) -> bool:
    """Whether every expected place is covered, or nothing of the kind that is asked about is found and believed."""
    text = str(case["text"])
    found = detect(text)
    if case["expected_len"]:
        return covers(case, [(span.start, span.end, span.detector) for span in found])
    kinds = _asked(case)
    return not any(span.severity != Severity.LOW and any(_is(span, kind) for kind in kinds) for span in found)


def covers(case: Case, found: Sequence[tuple[int, int, str]]) -> bool:
    """Whether something is found, and every expected place is covered."""
    text, places = str(case["text"]), case["positions"] or []
    if not isinstance(places, list):
        places = []
    places = [places] if places and isinstance(places[0], int) else places
    hit = {i for start, end, _ in found for i in range(start, end)}
    return bool(found) and all(
        i in hit for start, end in places for i in range(start, min(end, len(text))) if text[i].isalnum()
    )


def _asked(case: Case) -> tuple[str, ...]:
    entities = case["entities"]
    return tuple(str(entity) for entity in entities) if isinstance(entities, list) else ()


def _is(span: Span, kind: str) -> bool:
    """Whether a span says that it is of a kind of the peer's."""
    type_ = str(span.type)
    if type_ == kind or type_.endswith(kind) or type_.removeprefix("NATIONAL_ID_").startswith(f"{kind}_"):
        return True
    if any(re.search(sort, kind) and type_ in types for sort, types in _SORTS):
        return True
    return any(
        (ours == PASSPORT and span.detector.startswith(ours)) or type_ == ours or type_.endswith(f"_{ours}")
        for ours in _KINDS.get(kind, ())
    )

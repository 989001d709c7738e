"""Which words say what a member of a JSON object is, where its own name does not?

A FHIR telephone number stands under ``value`` beside ``"system": "phone"``, a form's answer beside its label.
Structures: FHIR R4 data types HumanName, Address, ContactPoint, Identifier, Reference, Attachment.
"""

from collections.abc import Iterable
from typing import Any

# Members that hold a value, and those beside them that name it, the most telling first.
_HOLDERS = frozenset({"value", "val", "answer", "data", "valueString", "valueInteger", "valueDate", "valueDateTime"})
_LABELS = ("label", "display", "question", "field", "system", "type", "key", "code", "name", "title", "contentType")
_LABEL_LENGTH = 64
_NAME_PARTS = ("family", "given", "text")
_PEOPLE = ("Patient/", "Practitioner/", "RelatedPerson/", "Person/")
# HL7 v2 table 0203, the kinds of identifiers that FHIR's Identifier.type.coding holds.
_IDENTIFIER_KINDS = {
    "AN": "account number",
    "BRN": "breed registry number",
    "DL": "driver license",
    "EI": "employee id",
    "LN": "license number",
    "MA": "medicaid number",
    "MB": "member id",
    "MC": "medicare number",
    "MCN": "microchip number",
    "MD": "medical license",
    "MR": "mrn",
    "NI": "national id",
    "NIIP": "member id",
    "NPI": "npi",
    "PI": "patient id",
    "PN": "person number",
    "PPN": "passport number",
    "PRN": "provider number",
    "PT": "patient id",
    "SB": "ssn",
    "SNO": "serial number",
    "SS": "ssn",
    "TAX": "tax id",
    "UDI": "udi",
    "VN": "visit number",
}
_SYSTEM_KINDS = (("us-ssn", "ssn"), ("us-npi", "npi"), ("nhs-number", "nhs number"), ("passport", "passport number"))
_ADDRESS = {"line": "address", "text": "address", "city": "city", "district": "county", "postalCode": "zip code"}
# A person's name in parts, where an object has more than one of them.
_PERSON = {"first": "first name", "middle": "middle name", "last": "last name"}


# Only an object with one of these members has words to give.
HOLDERS = _HOLDERS | _ADDRESS.keys() | _PERSON.keys() | {"family", "given", "display"}


def field_words(key: str, members: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """The words for the members of an object whose own names say too little; ``key`` is what it stands under itself."""
    fields = dict(members)
    if len(fields) < 2:
        # A HumanName may have its text alone, an Identifier its value.
        alone = {"name": "text", "identifier": "value"}.get(key, "")
        return {alone: "patient name" if key == "name" else "patient id"} if alone in fields else {}
    words: dict[str, str] = {}
    holders = fields.keys() & _HOLDERS
    if holders:
        label = _identifier(fields) if key == "identifier" else _label(fields)
        if label:
            words.update(dict.fromkeys(holders, label))
    if "family" in fields or "given" in fields:
        words.update((part, "patient name") for part in _NAME_PARTS if part in fields)
    if len(fields.keys() & _PERSON.keys()) > 1:
        words.update((part, word) for part, word in _PERSON.items() if part in fields)
    if "city" in fields or "postalCode" in fields or ("line" in fields and "state" in fields):
        words.update((name, word) for name, word in _ADDRESS.items() if name in fields)
    if "display" in fields and str(fields.get("reference", "")).startswith(_PEOPLE):
        words["display"] = "patient name"
    return words


def _label(fields: dict[str, Any]) -> str:
    for name in _LABELS:
        label = fields.get(name)
        if type(label) is str and 0 < len(label) <= _LABEL_LENGTH and "/" not in label.removeprefix("image/"):
            return label
    return ""


def _identifier(fields: dict[str, Any]) -> str:
    """What an Identifier identifies: by its type's code, its type's text, its system; else some patient."""
    kind = dict(fields["type"]) if _is_object(fields.get("type")) else {}
    codings = kind.get("coding")
    for coding in codings if isinstance(codings, list) else ():
        code = dict(coding).get("code") if _is_object(coding) else None
        if isinstance(code, str) and code in _IDENTIFIER_KINDS:
            return _IDENTIFIER_KINDS[code]
    text, system = kind.get("text"), fields.get("system")
    if isinstance(text, str) and 0 < len(text) <= _LABEL_LENGTH:
        return text
    if isinstance(system, str):
        for part, words in _SYSTEM_KINDS:
            if part in system:
                return words
    return "patient id"


def _is_object(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and isinstance(node[0], tuple)

"""Which findings of the rules are about the file itself and not about a patient?"""

import re

from preceptor.phi.types import PhiType, Span
from preceptor.phi.values import Value

# A log's own times are about the run.
_STAMP = re.compile(
    r"\s*[\[(]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?[\])]?"
)
_STAMP_KEYS = frozenset(
    {
        "time",
        "timestamp",
        "ts",
        "asctime",
        "created",
        "createdat",
        "started",
        "startedat",
        "finished",
        "finishedat",
        "at",
        "date",
        "datetime",
    }
)
# Who curated the data and when, where it came from: a manifest's own words about itself. Anything else in it is data.
_MANIFEST_FIELDS: dict[str | int, frozenset[str]] = {
    "date": frozenset({PhiType.DATE}),
    "curator": frozenset({PhiType.NAME, PhiType.EMAIL, PhiType.URL}),
    "source": frozenset({PhiType.URL}),
    "licence": frozenset({PhiType.URL}),
    "files": frozenset({PhiType.DATE}),
}
# The addresses that FHIR resources and schemas name their vocabularies by. No query, no long number: nobody's record.
_STANDARD = re.compile(
    r"https?://(?:[\w-]+\.)?(?:hl7\.org|loinc\.org|snomed\.info|unitsofmeasure\.org|nucc\.org|dicom\.nema\.org|fhir\.org"
    r"|ihe\.net|w3\.org|json-schema\.org|ama-assn\.org|nlm\.nih\.gov)(?:/[A-Za-z0-9._-]*)*(?:#[A-Za-z._-]*)?"
)
_LONG_NUMBER = re.compile(r"\d{5}")


def is_excused(value: Value, span: Span, *, log: bool, manifest: bool) -> bool:
    """Whether a span is a log's own time stamp, a manifest's word about itself, or the address of a vocabulary."""
    if span.type == PhiType.URL and _names_a_vocabulary(value.text[span.start : span.end]):
        return True
    return (log and _is_stamp(value, span)) or (manifest and _is_about_the_manifest(value, span))


def _names_a_vocabulary(url: str) -> bool:
    return _STANDARD.fullmatch(url.rstrip("/\"'")) is not None and _LONG_NUMBER.search(url) is None


def _is_stamp(value: Value, span: Span) -> bool:
    if span.type != PhiType.DATE:
        return False
    stamp = _STAMP.match(value.text)
    if stamp is None or span.start >= stamp.end():
        return False
    if not value.path:
        return True
    return stamp.end() >= len(value.text.rstrip()) and re.sub(r"[\W_]", "", value.key.lower()) in _STAMP_KEYS


def _is_about_the_manifest(value: Value, span: Span) -> bool:
    return bool(value.path) and span.type in _MANIFEST_FIELDS.get(value.path[0], ())

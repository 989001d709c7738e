"""Do offsets always lead back to the source, and does no output ever hold a value?"""

import json
import string
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.phi import detect
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.normalise import normalise
from preceptor.phi.scan import Scanner

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
INVISIBLE = st.sampled_from(["", "\u200b", "\u00ad", "\u200d", "\ufeff"])
SSN = st.tuples(st.integers(100, 665), st.integers(10, 99), st.integers(1000, 9999)).map(
    lambda t: f"{t[0]}-{t[1]}-{t[2]}"
)


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_every_normalised_character_leads_back_into_the_source(text: str) -> None:
    normal = normalise(text)
    for index in range(len(normal.text)):
        start, end = normal.source_span(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert normalise(text[start:end]).text.find(normal.text[index]) >= 0


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT, SSN, st.lists(INVISIBLE, min_size=11, max_size=11))
def test_planted_number_is_covered_whatever_stands_around_it(left: str, right: str, ssn: str, marks: list[str]) -> None:
    planted = "".join(c + mark for c, mark in zip(ssn, marks, strict=True))
    text = f"{left} . {planted} . {right}"
    start = len(left) + 3
    covered = {i for s in detect(text) for i in range(s.start, s.end)}
    assert all(
        i in covered for i, c in enumerate(text) if start <= i < start + len(planted) and c.isdigit() and c in ssn
    )


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT)
def test_spans_lie_inside_the_text_in_order(text: str) -> None:
    spans = detect(text, key="patient name")
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert [s.start for s in spans] == sorted(s.start for s in spans)


VALUES = {
    "name": st.text(string.ascii_lowercase, min_size=6, max_size=10).map(lambda w: f"Xq{w} Zj{w}"),
    "mrn": st.integers(10_000_000, 99_999_999).map(str),
    "email": st.text(string.ascii_lowercase, min_size=6, max_size=12).map(lambda w: f"{w}@example.com"),
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(VALUES))
def test_no_planted_value_is_in_any_finding(tmp_path: Path, values: dict[str, str]) -> None:
    row = {
        "text": f"Mr. {values['name']} MRN: {values['mrn']} wrote from {values['email']}",
        values["email"]: {"patient_name": values["name"], "mrn": int(values["mrn"])},
    }
    path = tmp_path / f"{values['email']}.jsonl"
    path.write_text(json.dumps(row) + "\n{broken " + values["mrn"] + "\n")
    scanner = Scanner(Fingerprinter.random())
    findings = list(scanner.file(path, path.name))
    shown = json.dumps([f.document() for f in findings])
    assert {f.type for f in findings} >= {"NAME", "MRN", "EMAIL", "Unreadable"}
    for value in values.values():
        assert value not in shown
        assert value.split()[0] not in shown


def test_fingerprint_is_the_same_for_the_same_value_and_key_alone() -> None:
    one, other = Fingerprinter(b"k" * 32, "file"), Fingerprinter(b"l" * 32, "file")
    assert one.of("SSN", "123-45-6789") == one.of("SSN", "123 45 6789")
    assert one.of("SSN", "123-45-6789") != other.of("SSN", "123-45-6789")
    assert one.of("SSN", "123-45-6789") != one.of("MRN", "123-45-6789")

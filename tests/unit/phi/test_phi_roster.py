"""Are known identifiers found wherever they stand, and does the roster hold none of them?"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.exits import BadInput
from preceptor.phi.config import Settings
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.policy import Policy
from preceptor.phi.roster import Roster, build, identifiers_of, roster_document, type_of_column

KEY = Fingerprinter(b"k" * 32, "file")
PATIENTS = [
    {
        "name": "Xénia Zjprice",
        "mrn": "12345678",
        "case code": "PT778812",
        "dob": "1960-04-03",
        "phone": "(212) 555-0187",
    },
]


def roster() -> Roster:
    file, _ = build(identifiers_of(PATIENTS), KEY)
    return Roster(file, KEY)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("seen xenia ZJPRICE today", "xenia ZJPRICE", "NAME"),
        ("Zjprice, Xénia", "Zjprice, Xénia", "NAME"),
        ("a 12345678 b", "12345678", "MRN"),
        ("a 1234-5678 b", "1234-5678", "MRN"),
        ("a 12 34 56 78 b", "12 34 56 78", "MRN"),
        ("code pt-77 88 12.", "pt-77 88 12", "OTHER_ID"),
        ("PT778812", "PT778812", "OTHER_ID"),
        ("born 3 April 1960", "3 April 1960", "DATE"),
        ("born 04/03/60", "04/03/60", "DATE"),
        ("call 212.555.0187 now", "212.555.0187", "PHONE"),
        ("１２３４５６７８", "１２３４５６７８", "MRN"),
        ("12\u200b345678", "12\u200b345678", "MRN"),
    ],
)
def test_identifier_is_found_however_it_is_written(text: str, value: str, kind: str) -> None:
    assert (value, kind) in {(text[s.start : s.end], s.type) for s in roster().spans(text)}


@pytest.mark.parametrize("text", ["1234567", "123456789", "X 12345679", "Xenia", "the patient PT 77 left in 1960", ""])
def test_other_text_is_left_alone(text: str) -> None:
    assert roster().spans(text) == []


def test_roster_holds_no_identifier() -> None:
    file, _ = build(identifiers_of(PATIENTS), KEY)
    text = roster_document(file).lower()
    assert not any(word in text for word in ("zjprice", "12345678", "pt778812", "1960"))
    assert roster_document(file) == roster_document(build(identifiers_of(PATIENTS), KEY)[0])


def test_roster_of_another_key_is_refused() -> None:
    file, _ = build(identifiers_of(PATIENTS), KEY)
    with pytest.raises(BadInput):
        Roster(file, Fingerprinter(b"l" * 32, "file"))


def test_short_identifiers_are_left_out_and_counted() -> None:
    file, short = build([("MRN", "77"), ("NAME", "Al")], KEY)
    assert (len(file.entries), short) == (0, 2)


def test_roster_finds_bare_numbers_under_any_key() -> None:
    file, _ = build(identifiers_of(PATIENTS), KEY)
    detector = Settings(b"k" * 32, "file", Policy(), file).detector()
    assert [s.detector for s in detector.detect("12345678", key="step", number=True)] == ["roster"]
    assert detector.detect("12345679", key="step", number=True) == []


@pytest.mark.parametrize(
    ("column", "kind"),
    [("Patient Name", "NAME"), ("MRN", "MRN"), ("patient_id", "MRN"), ("dateOfBirth", "DATE"), ("x", "OTHER_ID")],
)
def test_column_says_the_type(column: str, kind: str) -> None:
    assert type_of_column(column) == kind


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.integers(10_000_000, 99_999_999), st.integers(1, 7))
def test_planted_number_is_covered_whatever_stands_around_it(left: str, right: str, number: int, cut: int) -> None:
    file, _ = build([("MRN", str(number))], KEY)
    planted = f"{str(number)[:cut]}-{str(number)[cut:]}"
    text = f"{left}\n{planted}\n{right}"
    start = len(left) + 1
    assert any(
        s.start <= start and s.end >= start + len(planted) for s in Roster(file, KEY).spans(text)
    )  # fmt: skip


def test_hostile_text_ends() -> None:
    for text in ("a1" * 100_000, "1-" * 50_000, "pt " * 50_000, "x" * 1_000_000):
        roster().spans(text)


def test_create_writes_a_roster_that_a_scan_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from preceptor.cli import main as cli
    from preceptor.cli import phi

    def call(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["preceptor", *map(str, words)])
        return cli.guarded(phi.app)

    (tmp_path / "patients.csv").write_text("name,mrn\nXqwalter Zjprice,99-771-2\n")
    (tmp_path / "data.jsonl").write_text(json.dumps({"note": "seen xqwalter zjprice", "n": 997712}) + "\n")
    out, report = tmp_path / "roster.json", tmp_path / "report.json"
    monkeypatch.delenv("PRECEPTOR_PHI_KEY", raising=False)
    monkeypatch.delenv("PRECEPTOR_PHI_KEY_FILE", raising=False)
    assert call("roster", "create", tmp_path / "patients.csv", "--out", out) == 64
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)
    assert call("roster", "create", tmp_path / "patients.csv", "--out", out) == 0
    assert call("scan", tmp_path / "data.jsonl", "--roster", out, "--report", report) == 1
    found = {(f["pointer"], f["type"]) for f in json.loads(report.read_text())["findings"]}
    assert {("/note", "NAME"), ("/n", "MRN")} <= found
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "l" * 32)
    assert call("scan", tmp_path / "data.jsonl", "--roster", out) == 64
    monkeypatch.delenv("PRECEPTOR_PHI_KEY")
    assert call("scan", tmp_path / "data.jsonl", "--roster", out) == 64

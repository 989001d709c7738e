"""Is a whole number the same finding in every format, however a tool has written it?"""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preceptor.phi.audit import Audit
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats.numbers import whole
from preceptor.phi.labels import Labels
from preceptor.phi.roster import Roster, build, identifiers_of
from preceptor.phi.scan import Finding, Scanner
from preceptor.phi.tree import entries_below

KEY = Fingerprinter(b"k" * 32, "file")
WRITTEN = ["123456789", "123456789.0", "123456789.00", "1.23456789E8", "1.23456789e+08", "1234567890E-1"]


def scan(path: Path) -> list[Finding]:
    return list(Scanner(KEY).file(path, path.name))


def told(finding: Finding) -> tuple[Any, ...]:
    return finding.type, finding.severity.value, finding.start, finding.end, finding.pointer, finding.fingerprint


@pytest.fixture
def expected(tmp_path: Path) -> tuple[Any, ...]:
    path = tmp_path / "whole.jsonl"
    path.write_text('{"ssn": 123456789}\n')
    (finding,) = scan(path)
    assert (finding.type, finding.severity.value, finding.start, finding.end) == ("SSN", "high", 0, 9)
    return told(finding)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("suffix", ["jsonl", "json", "log", "csv", "tsv"])
def test_whole_number_is_found_as_the_number_that_it_is(
    suffix: str, written: str, tmp_path: Path, expected: tuple[Any, ...]
) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix in ("csv", "tsv"):
        path.write_text("step\tssn\n1\t{}\n".replace("\t", "," if suffix == "csv" else "\t").format(written))
    else:
        path.write_text(f'{{"ssn": {written}}}\n')
    (finding,) = scan(path)
    assert told(finding) == expected


@pytest.mark.parametrize("value", [123456789.0, Decimal("123456789.00"), Decimal("1.23456789E8")])
def test_same_finding_in_parquet(value: Any, tmp_path: Path, expected: tuple[Any, ...]) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"ssn": [value, None]}), path)
    (finding,) = scan(path)
    assert told(finding) == expected


def test_comma_before_one_zero_is_a_fraction_in_a_table_and_spaces_are_let_be(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step;ssn\n1;123456789,0\n2; 123456789.0\n")
    first, second = scan(path)
    assert (first.start, first.end, first.severity.value) == (0, 9, "high")
    assert (second.start, second.end, second.fingerprint) == (1, 10, first.fingerprint)


def test_cell_that_is_no_whole_number_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    # A telephone number, an address, a day and a sum with groups: none may lose its zeros.
    path.write_text("a,b,c\n212.555.0187,10.0.0.0,03.04.1950\n")
    assert [f.type for f in scan(path)] == ["PHONE", "IP_ADDRESS", "DATE"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("007.0", "007"),
        ("0.0", "0"),
        ("-12.0", "-12"),
        ("12.", "12"),
        ("0.5E1", "5"),
        ("0E5", "0"),
        ("12.5", "12.5"),
        ("1.5E-3", "1.5E-3"),
        ("12,000", "12,000"),
        ("12.0.0", "12.0.0"),
        ("12345678901234567890.0", "12345678901234567890"),
        ("123456789012345678901.0", "123456789012345678901.0"),
        ("1E999", "1E999"),
        ("1E-999", "1E-999"),
        ("1E9999", "1E9999"),
        ("nan", "nan"),
        ("", ""),
        ("E5", "E5"),
        ("1\u06f0.0", "1\u06f0.0"),
    ],
)
def test_how_a_number_is_read(written: str, read: str) -> None:
    assert whole(written) == read


@settings(max_examples=150, deadline=None)
@example(10**19, 0)
@given(st.integers(-(10**21), 10**21), st.integers(0, 12))
def test_value_of_a_number_never_changes_and_one_below_twenty_digits_has_only_digits(number: int, shift: int) -> None:
    digits = str(abs(number))
    sign = "-" if number < 0 else ""
    for written in (
        f"{number}.{'0' * shift}",
        f"{sign}{digits[0]}.{digits[1:] or '0'}E{len(digits) - 1}",
        f"{number}{'0' * shift}E-{shift}",
    ):
        read = whole(written)
        assert Decimal(read) == number
        if len(digits) <= 20:
            assert read == str(number)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=12), st.from_regex(r"[ +-]?[0-9]{1,4}[.,eE+-]{0,2}[0-9]{0,4}", fullmatch=True)))
def test_what_is_read_is_read_so_again_and_keeps_its_value(text: str) -> None:
    read = whole(text)
    assert whole(read) == read
    if read != text:
        assert Decimal(read.strip()) == Decimal(text.strip().replace(",", "."))


def test_long_row_of_digits_takes_time_by_its_length_only() -> None:
    begin = time.process_time()
    whole("1" * 1_000_000 + "x")
    whole("1." + "0" * 1_000_000 + "x")
    whole(" " * 1_000_000 + "x")
    assert time.process_time() - begin < 1


def test_audit_shows_the_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("ssn\n1.23456789E8\n")
    scanner = Scanner(KEY)
    findings = [finding.document() for finding in scanner.file(path, "a.csv")]
    audit = Audit(findings, KEY, Labels(KEY, scanner._detector))
    (entry,) = entries_below(path)
    assert [seen.value for seen in audit.of(entry, "a.csv")] == ["123456789"]


@pytest.mark.parametrize("row", [{"mrn": 44321876.0}, {"mrn": "44321876.0"}, {"mrn": "4.4321876E7"}])
def test_roster_takes_a_whole_number_as_it_is_found(row: dict[str, Any]) -> None:
    file, _ = build(identifiers_of([row]), KEY)
    assert [s.type for s in Roster(file, KEY).spans("number 4432 1876")] == ["MRN"]


def test_roster_leaves_out_what_has_a_fraction_or_is_none() -> None:
    rows = [{"name": float("nan"), "patient_id": float("inf"), "x": 98.6123}]
    assert list(identifiers_of(rows)) == []

"""Is every kind of file read as what it is, and is nothing skipped?"""

import json
import os
from pathlib import Path

import pytest

from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.scan import Finding, Format, Scanner, files_below
from preceptor.phi.values import LINE_LIMIT


def scan(path: Path, format: Format = "auto", *, log: bool = False, name: str | None = None) -> list[Finding]:
    return list(Scanner(Fingerprinter.random()).file(path, name or path.name, format, log=log))


def places(findings: list[Finding]) -> list[tuple[int, str, str]]:
    return [(f.record, f.pointer, f.type) for f in findings]


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_json_lines_are_decoded_before_they_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"t":"ok"}\n\n{"a":[{"b/c":"jane\\u0040example.com"}]}\n')
    assert places(scan(path)) == [(3, "/a/0/b~1c", "EMAIL")]


def test_key_is_a_cue_for_bare_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"ssn": 123456789, "step": 123456789, "loss": 2.123456789}\n')
    assert places(scan(path)) == [(1, "/ssn", "SSN")]


def test_second_member_of_the_same_name_does_not_hide_the_first(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"t":"SSN 123-45-6789","t":"clean"}\n')
    assert places(scan(path)) == [(1, "/t", "SSN")]


def test_key_that_is_phi_is_found_and_redacted(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", json.dumps({"jane@example.com": "x"}))
    (finding,) = scan(path)
    assert finding.type == "EMAIL"
    assert finding.pointer.startswith("/redacted-")


def test_a_field_that_is_called_a_number_is_not_named_in_a_pointer(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", json.dumps({"00482913": {"note": "SSN 123-45-6789"}}))
    (finding,) = scan(path)
    assert finding.pointer.startswith("/redacted-")
    assert finding.pointer.endswith("/note")


@pytest.mark.parametrize("name", ["536-22-4821.txt", "scan_415-555-0132.txt", "536-22-4821/notes.txt"])
def test_a_file_that_is_named_after_a_patients_number_is_found_and_redacted(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    written(tmp_path, name, "SSN 123-45-6789\n")
    findings = [finding for path, shown in files_below(tmp_path) for finding in scan(path, name=shown)]
    assert {finding.type for finding in findings} >= {"SSN"}
    assert all(finding.file.startswith("redacted-") for finding in findings)
    assert len(findings) == 2


def test_elements_of_a_json_array_are_its_records(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", json.dumps(["ok", {"t": "SSN 123-45-6789"}]))
    assert places(scan(path)) == [(2, "/1/t", "SSN")]


def test_table_headers_are_cues(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'id,ssn,note\n1,123456789,"two\nlines"\n2,,call 212-555-0187\n')
    assert places(scan(path)) == [(2, "/ssn", "SSN"), (3, "/note", "PHONE")]


def test_table_with_a_broken_quotation_is_unreadable_from_there(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'id,note\n1,"open\n')
    assert ("Unreadable") in {f.type for f in scan(path)}


def test_text_is_read_line_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "fine\r\nSSN 123-45-6789\r\n")
    (finding,) = scan(path)
    assert (finding.record, finding.pointer, finding.start, finding.end) == (2, "", 4, 15)


def test_time_stamps_of_a_log_are_its_own_and_other_dates_are_not(tmp_path: Path) -> None:
    content = (
        '2026-11-24T03:48:30Z INFO step 3\n{"time":"2026-11-24 03:48:30","loss":NaN}\n'
        "[2026-11-24 03:48:31] seen 2021-03-05\n"
    )
    path = written(tmp_path, "run.log", content)
    assert places(scan(path)) == [(3, "", "DATE")]
    as_data = written(tmp_path, "a.jsonl", '{"time":"2026-11-24 03:48:30"}\n')
    assert places(scan(as_data)) == [(1, "/time", "DATE")]
    assert places(scan(as_data, log=True)) == []


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.jsonl", b'{"t": "x"\n', "NotJson"),
        ("a.jsonl", b'{"t": "\xff"}\n', "NotUtf8"),
        ("a.jsonl", b"[" * 200_000 + b"\n", "NotJson"),
        ("a.json", b"{", "NotJson"),
        ("a.txt", b"ok\n\xc3(\n", "NotUtf8"),
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0{}      ", "Binary"),
        ("a.csv", b"a,b\n1,\xff\n", "NotUtf8"),
    ],
)
def test_what_cannot_be_read_is_a_finding(name: str, content: bytes, why: str, tmp_path: Path) -> None:
    (finding,) = scan(written(tmp_path, name, content))
    assert (finding.type, finding.detector) == ("Unreadable", why)


def test_line_that_is_too_long_is_unreadable_and_the_next_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", b'"' + b"x" * (LINE_LIMIT + 5) + b'"\n{"ssn":"123-45-6789"}\n')
    assert places(scan(path)) == [(1, "", "Unreadable"), (2, "/ssn", "SSN")]


def test_unreadable_line_does_not_hide_the_rest(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", 'not json\n{"t":"SSN 123-45-6789"}\n')
    assert places(scan(path)) == [(1, "", "Unreadable"), (2, "/t", "SSN")]


def test_links_and_missing_files_are_unreadable(tmp_path: Path) -> None:
    target = written(tmp_path, "a.txt", "ok\n")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    scanner = Scanner(Fingerprinter.random())
    found = [f for path, name in files_below(tmp_path) for f in scanner.file(path, name)]
    assert [(f.file, f.type) for f in found] == [("link", "Unreadable"), ("loop", "Unreadable"), ("pipe", "Unreadable")]
    assert [f.type for f in scan(tmp_path / "absent")] == ["Unreadable"]


def test_file_name_that_is_phi_is_found_and_redacted(tmp_path: Path) -> None:
    path = written(tmp_path, "Walter_Price.jsonl", '{"t":"ok"}\n')
    (finding,) = scan(path)
    assert finding.type == "NAME"
    assert "Price" not in finding.file


def test_manifest_may_name_its_curator_and_day_and_nothing_more(tmp_path: Path) -> None:
    document = {"curator": "Walter Price", "date": "2026-11-24", "attributes": {"note": "SSN 123-45-6789"}}
    path = written(tmp_path, "manifest.json", json.dumps(document))
    assert places(scan(path)) == [(1, "/attributes/note", "SSN")]


def test_scan_counts_records_and_bytes(tmp_path: Path) -> None:
    scanner = Scanner(Fingerprinter.random())
    path = written(tmp_path, "a.jsonl", '{"t":"a","u":"b"}\n{"t":"c"}\n')
    assert list(scanner.file(path, "a.jsonl")) == []
    assert (scanner.tally.files, scanner.tally.records, scanner.tally.bytes) == (1, 2, path.stat().st_size)

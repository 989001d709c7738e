"""Is every kind of file read to its end, and is what cannot be read said to be unreadable where it stands?"""

import gzip
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats import source
from preceptor.phi.formats.document import WINDOW, json_groups
from preceptor.phi.pieces import pieces_of
from preceptor.phi.scan import Finding, Format, Scanner
from preceptor.phi.tree import entries_below
from preceptor.phi.values import LINE_LIMIT, REASONS, Part, Unreadable, Value

FINGERPRINTER = Fingerprinter(b"k" * 32, "file")
PLANTED = '{"t":"ok"}\n{"t":"SSN 123-45-6789"}\n'


def json_values(file: io.BytesIO, part: Part, window: int = WINDOW) -> list[Value | Unreadable]:
    return [item for group in json_groups(file, part, window) for item in group]


def scan(path: Path, format: Format = "auto") -> list[Finding]:
    return list(Scanner(FINGERPRINTER).file(path, path.name, format))


def places(findings: list[Finding]) -> list[tuple[int, str, str]]:
    return [(f.record, f.pointer, f.type) for f in findings]


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd.compress}


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_compressed_lines_are_read(suffix: str, tmp_path: Path) -> None:
    compress = COMPRESSORS[suffix]
    path = written(tmp_path, f"a.jsonl{suffix}", compress(PLANTED.encode()))
    assert places(scan(path)) == [(2, "/t", "SSN")]
    # Several frames one after another are one file, and one compression may stand in another.
    path = written(tmp_path, f"b.jsonl{suffix}", compress(b'{"t":"ok"}\n') + compress(b'{"t":"SSN 123-45-6789"}\n'))
    assert places(scan(path)) == [(2, "/t", "SSN")]
    path = written(tmp_path, f"c.jsonl{suffix}.gz", gzip.compress(compress(PLANTED.encode())))
    assert places(scan(path)) == [(2, "/t", "SSN")]


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_truncated_compression_is_unreadable_where_it_ends_and_the_rest_before_it_is_read(
    suffix: str, tmp_path: Path
) -> None:
    rows = PLANTED + "".join(
        json.dumps({"t": "".join(chr(97 + b % 26) for b in os.urandom(160))}) + "\n" for _ in range(1800)
    )
    whole = COMPRESSORS[suffix](rows.encode())
    found = places(scan(written(tmp_path, f"a.jsonl{suffix}", whole[: len(whole) * 9 // 10])))
    assert (2, "/t", "SSN") in found
    record, pointer, kind = found[-1]
    assert (pointer, kind) == ("", "Unreadable")
    assert record > 100


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_damaged_compression_is_unreadable(suffix: str, tmp_path: Path) -> None:
    whole = bytearray(COMPRESSORS[suffix](os.urandom(1 << 12).hex().encode()))
    whole[5:60] = b"\xff" * 55
    (finding,) = scan(written(tmp_path, f"a.txt{suffix}", bytes(whole)))
    assert finding.detector in ("BrokenCompression", "NotUtf8", "Truncated")


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_file_that_expands_beyond_proportion_is_given_up(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_RATIO_FROM", 1 << 20)
    bomb = COMPRESSORS[suffix](b"ok\n" * (4 << 20))
    found = scan(written(tmp_path, f"a.txt{suffix}", bomb))
    assert [f.detector for f in found] == ["ExpandsTooMuch"]


def test_compression_in_compression_in_compression_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt.gz", gzip.compress(gzip.compress(gzip.compress(b"ok\n"))))
    assert [f.detector for f in scan(path)] == ["NestedTooDeep"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_text_of_other_encodings_that_say_so_is_read(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", PLANTED.encode(encoding))
    assert places(scan(path)) == [(2, "/t", "SSN")]
    path = written(tmp_path, "a.txt", "née\nSSN 123-45-6789\n".encode(encoding))
    assert places(scan(path)) == [(2, "", "SSN")]


def test_wide_text_that_breaks_off_is_unreadable(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "SSN 123-45-6789\n".encode("utf-16") + b"\x00")
    assert [f.detector for f in scan(path)][-1] == "NotUtf16"


def test_hundred_megabyte_line_is_unreadable_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"t":"')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"t":"SSN 123-45-6789"}\n')
    assert places(scan(path)) == [(1, "", "Unreadable"), (2, "/t", "SSN")]


def test_folder_that_cannot_be_listed_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a.txt").write_text("ok")
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert [(e.name, e.fault) for e in entries_below(tmp_path)] == [
        ("closed", "DirectoryUnreadable"),
        ("open/a.txt", ""),
    ]


def test_file_that_cannot_be_opened_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a.txt", b"ok")

    def refusing(*_: Any) -> int:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(source.os, "open", refusing)
    assert [f.detector for f in scan(path)] == ["ReadError"]


def test_file_that_changes_between_the_cut_and_the_reading_is_unreadable(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", b"ok\n")
    (piece,) = pieces_of(path, "a.txt")
    path.write_bytes(b"ok ok\n")
    found = list(Scanner(FINGERPRINTER).piece(piece))
    assert [f.detector for f in found] == ["ChangedWhileRead"]


def test_two_lines_of_a_text_are_read_together_and_reported_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", b"Seen on March\n5, 2021 by us\n")
    assert [(f.record, f.start, f.end, f.type) for f in scan(path)] == [(1, 8, 13, "DATE"), (2, 0, 7, "DATE")]


def test_table_says_its_own_delimiter(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"id;ssn\n1;123456789\n")
    assert places(scan(path)) == [(2, "/ssn", "SSN")]


def test_row_after_a_broken_one_is_read_and_the_broken_one_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b'id,ssn\n1,"SSN 123-45-6789"x\n2,123456789\n')
    assert places(scan(path)) == [(2, "", "Unreadable"), (2, "", "SSN"), (3, "/ssn", "SSN")]


def test_several_documents_in_one_json_file_are_records(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", PLANTED.encode())
    assert places(scan(path)) == [(2, "/t", "SSN")]


def test_broken_document_is_read_up_to_the_break(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", b'[{"t":"SSN 123-45-6789"}, {"t" 1}]')
    assert places(scan(path)) == [(1, "/0/t", "SSN"), (2, "", "Unreadable")]


PATIENT = {
    "resourceType": "Patient",
    "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},
    "identifier": [
        {
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
            "value": "77A",
        },
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123456789"},
    ],
    "telecom": [{"system": "phone", "value": "2125550187"}],
    "text": {"div": '<div xmlns="http://www.w3.org/1999/xhtml">ok</div>'},
}


def test_what_a_fhir_value_is_stands_beside_it(tmp_path: Path) -> None:
    keys = {
        v.path: v.key for v in json_values(io.BytesIO(json.dumps(PATIENT).encode()), Part()) if isinstance(v, Value)
    }
    assert keys["identifier", 0, "value"] == "mrn"
    assert keys["identifier", 1, "value"] == "ssn"
    assert keys["telecom", 0, "value"] == "phone"
    found = scan(written(tmp_path, "a.json", json.dumps(PATIENT).encode()))
    assert ("/identifier/1/value", "SSN") in {(f.pointer, f.type) for f in found}
    assert ("/telecom/0/value", "PHONE") in {(f.pointer, f.type) for f in found}
    assert not [f for f in found if f.type == "URL"]


PARTS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": {"first": "Zora", "last": "Quillon"}}, "/name/last", "NAME"),
    ({"name": [{"text": "Zelmira Quathonde"}]}, "/name/0/text", "NAME"),
    ({"name": [{"family": "Quathonde", "given": ["Zelmira"]}]}, "/name/0/given/0", "NAME"),
    ({"identifier": [{"value": "A-7731"}]}, "/identifier/0/value", "MRN"),
    ({"address": {"line": ["12 Elm St"], "city": "Quillon"}}, "/address/line/0", "LOCATION"),
    ({"address": {"street": "Brask Way", "town": "Quillon"}}, "/address/street", "LOCATION"),
    ({"Homeaddress": "Flat 55, Evans Roads"}, "/Homeaddress", "LOCATION"),
    ({"birthDate": "1980-05"}, "/birthDate", "DATE"),
    ({"zip3": "036"}, "/zip3", "LOCATION"),
    ({"telecom": 5029479757}, "/telecom", "PHONE"),
    ({"PATIENTNAME": "Wolf-Dieter Wagle"}, "/PATIENTNAME", "NAME"),
    ({"biometricId": "/1KgE7SLWYBHVKiC4LjIiSwKUSvOesFlbK6i8BQksM70"}, "/biometricId", "BIOMETRIC"),
]


@pytest.mark.parametrize(("document", "pointer", "kind"), PARTS)
def test_key_says_what_its_value_is(tmp_path: Path, document: dict[str, Any], pointer: str, kind: str) -> None:
    found = scan(written(tmp_path, "a.json", json.dumps(document).encode()))
    assert (pointer, kind) in {(f.pointer, f.type) for f in found}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda child: st.lists(child, max_size=4) | st.dictionaries(st.text(max_size=4), child, max_size=4),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(JSON, st.integers(2, 40))
def test_document_that_is_read_in_windows_has_the_same_values(document: Any, window: int) -> None:
    data = json.dumps(document).encode()
    whole = [_plain(item) for item in json_values(io.BytesIO(data), Part())]
    windowed = [_plain(item) for item in json_values(io.BytesIO(data), Part(), window)]
    assert windowed == whole


def _plain(item: Value | Unreadable) -> Any:
    # What a member's neighbours say of it is seen only where the object is decoded whole.
    return (item.record, item.path, item.text, item.number, item.is_key) if isinstance(item, Value) else item


def test_string_beyond_the_limit_is_passed_over_and_what_follows_is_read(tmp_path: Path) -> None:
    long = "x\\" * ((LINE_LIMIT >> 1) + 9)
    path = written(tmp_path, "a.json", json.dumps({"a": long, "t": "SSN 123-45-6789"}).encode())
    assert places(scan(path)) == [(1, "", "Unreadable"), (1, "/t", "SSN")]


LINE = st.sampled_from(
    [
        "",
        " ",
        "ok",
        "SSN 123-45-6789",
        '{"t":"SSN 123-45-6789"}',
        "call 212-555-0187 on",
        "March",
        "5, 2021",
        "\x00",
        "x" * 70,
    ]
) | st.text(st.characters(codec="utf-8"), max_size=9)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE, max_size=30), st.integers(1, 60), st.sampled_from(["jsonl", "log", "text"]), st.booleans())
def test_splitting_a_file_into_pieces_never_changes_findings(
    tmp_path: Path, lines: list[str], size: int, format: Format, ends: bool
) -> None:
    path = written(tmp_path, "a", ("\n".join(lines) + "\n" * ends).encode())
    whole = scan(path, format)
    scanner = Scanner(FINGERPRINTER)
    found: list[tuple[Any, ...]] = []
    before = 0
    for piece in pieces_of(path, "a", format, size=size):
        for f in scanner.piece(piece):
            found.append((f.record + before, f.pointer, f.start, f.end, f.type, f.fingerprint if f.pointer else ""))
        before += scanner.tally.lines
    assert found == [
        (f.record, f.pointer, f.start, f.end, f.type, f.fingerprint if f.pointer else "") for f in whole
    ]  # fmt: skip
    assert scanner.tally.bytes == path.stat().st_size


def test_every_reason_has_advice_that_is_a_sentence() -> None:
    assert all(reason[0].isupper() and advice.endswith(".") for reason, advice in REASONS.items())

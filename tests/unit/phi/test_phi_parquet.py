"""Is PHI in a Parquet file found where the same row as a JSON line has it, and is what cannot be read said to be so?"""

import builtins
import datetime
import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats import parquet
from preceptor.phi.pieces import pieces_of
from preceptor.phi.scan import Finding, Format, Scanner
from preceptor.phi.values import LINE_LIMIT, REASONS

FINGERPRINTER = Fingerprinter(b"k" * 32, "file")
SSN = "SSN 123-45-6789"


def scan(path: Path, format: Format = "auto") -> list[Finding]:
    return list(Scanner(FINGERPRINTER).file(path, "a", format))


def places(findings: list[Finding]) -> list[tuple[int, str, str]]:
    return [(f.record, f.pointer, f.type if f.type != "Unreadable" else f.detector) for f in findings]


def table(path: Path, columns: Any, **options: Any) -> Path:
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path, **options)
    return path


TEXTS = st.one_of(
    st.sampled_from(
        [SSN, "Call 212-555-0187.", "jane@example.com", "Born 1950-03-04.", "take with food", "", "123456789"]
    ),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=30),
)
KEYS = st.sampled_from(["role", "content", "ssn", "mrn", "note", "phone", "value", "system", "jane@example.com"])
VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), TEXTS),
    "whole": (pa.int64(), st.integers(0, 10**9)),
    "share": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "truth": (pa.bool_(), st.booleans()),
}


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    """A type of Arrow, and its values as JSON has them."""
    kind = draw(st.sampled_from([*VALUES, *(("list", "struct") if depth else ())]))
    if kind == "list":
        inner, values = draw(typed(depth - 1))
        return pa.list_(inner), st.none() | st.lists(values, max_size=3)
    if kind == "struct":
        names = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
        members = {name: draw(typed(depth - 1)) for name in names}
        fields = pa.struct([(name, inner) for name, (inner, _) in members.items()])
        return fields, st.none() | st.fixed_dictionaries({name: values for name, (_, values) in members.items()})
    inner, values = VALUES[kind]
    return inner, st.none() | values


@st.composite
def tables(draw: st.DrawFn) -> tuple[pa.Schema, list[dict[str, Any]]]:
    """A schema and rows of it."""
    columns = {name: draw(typed()) for name in draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))}
    rows = st.fixed_dictionaries({name: values for name, (_, values) in columns.items()})
    schema = pa.schema([(name, inner) for name, (inner, _) in columns.items()])
    return schema, draw(st.lists(rows, min_size=1, max_size=6))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=tables(), group=st.integers(1, 4))
def test_same_rows_as_json_lines_and_as_parquet_give_the_same_findings(
    drawn: tuple[pa.Schema, list[dict[str, Any]]], group: int, tmp_path: Path
) -> None:
    schema, rows = drawn
    lines = tmp_path / "a.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = table(tmp_path / "a.parquet", pa.Table.from_pylist(rows, schema=schema), row_group_size=group)
    found = scan(path)
    # The columns' names are told once more, of the file as a whole; columns have an order, members need none.
    assert sorted((f for f in found if f.record), key=str) == sorted(scan(lines, "jsonl"), key=str)
    assert {f.pointer for f in found if not f.record} <= {"", *(f.pointer for f in found)} | {
        Scanner(FINGERPRINTER).pointer([name]) for name in ("jane@example.com",)
    }


def test_rows_are_counted_over_all_row_groups(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["fine"] * 199 + [SSN]}, row_group_size=70)
    scanner = Scanner(FINGERPRINTER)
    assert places(list(scanner.file(path, "a"))) == [(200, "/text", "SSN")]
    assert (scanner.tally.records, scanner.tally.files, scanner.tally.bytes) == (200, 1, path.stat().st_size)


def test_messages_are_read_down_to_each_turn(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": SSN}]
    path = table(tmp_path / "a.parquet", {"messages": [turns[:1], None, [], turns]})
    assert places(scan(path)) == [(4, "/messages/1/content", "SSN")]


def test_name_of_a_column_is_a_cue_and_is_scanned_even_where_there_is_no_row(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"ssn": [123456789], "step": [123456789]})
    assert places(scan(path)) == [(1, "/ssn", "SSN")]
    empty = table(tmp_path / "b.parquet", {"jane@example.com": pa.array([], pa.string())})
    (finding,) = scan(empty)
    assert (finding.record, finding.type) == (0, "EMAIL")
    assert finding.pointer.startswith("/redacted-")


@pytest.mark.parametrize("kind", [pa.float64(), pa.decimal128(25, 2), pa.decimal256(40, 3)])
@pytest.mark.parametrize(("name", "value"), [("ssn", 123456789), ("npi", 1234567893), ("phone", 2125550187)])
def test_whole_number_in_a_column_of_fractions_is_the_number_that_it_is(
    name: str, value: int, kind: pa.DataType, tmp_path: Path
) -> None:
    # What pandas makes of whole numbers where one is missing.
    fractions = scan(table(tmp_path / "a.parquet", {name: pa.array([value, None], pa.int64()).cast(kind)}))
    assert fractions == scan(table(tmp_path / "b.parquet", {name: pa.array([value, None], pa.int64())}))
    assert [finding.severity.value for finding in fractions] == ["high"] or name != "ssn"
    assert fractions


def test_number_that_is_none_or_has_a_fraction_is_read_as_it_is(tmp_path: Path) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 1e300, 2.5, -0.0]
    assert scan(table(tmp_path / "a.parquet", {"share": pa.array(values)})) == []


def test_second_column_of_the_same_name_does_not_hide_the_first(tmp_path: Path) -> None:
    columns = pa.Table.from_arrays([pa.array([SSN]), pa.array(["clean"])], names=["t", "t"])
    assert places(scan(table(tmp_path / "a.parquet", columns))) == [(1, "/t", "SSN")]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([datetime.date(1950, 3, 4)]), [(1, "/born", "DATE")]),
        (pa.array([datetime.datetime(1950, 3, 4, 5, 6)], pa.timestamp("ns", "Europe/Berlin")), [(1, "/born", "DATE")]),
        (pa.array([SSN]).dictionary_encode(), [(1, "/born", "SSN")]),
        (pa.array([SSN.encode()]), [(1, "/born", "SSN")]),
        (pa.array([[("k", SSN)]], pa.map_(pa.string(), pa.string())), [(1, "/born/k", "SSN")]),
        (pa.array([[(1, SSN)]], pa.map_(pa.int8(), pa.string())), [(1, "/born/0/1", "SSN")]),
        (pa.array([["ok", SSN]], pa.list_(pa.string(), 2)), [(1, "/born/1", "SSN")]),
        (pa.array([[SSN]], pa.large_list(pa.large_string())), [(1, "/born/0", "SSN")]),
        (pa.array([b"0123456789abcdef"], pa.uuid()), []),
        (pa.array([[True, None]], pa.list_(pa.bool_())), []),
    ],
)
def test_value_of_every_type_is_read_as_text(column: Any, expected: list[Any], tmp_path: Path) -> None:
    assert places(scan(table(tmp_path / "a.parquet", {"born": column}))) == expected


def test_bytes_that_are_no_text_block_and_what_stands_beside_them_is_read(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\x1a\n\0\0"
    path = table(tmp_path / "a.parquet", {"scan": [None, picture, None], "text": ["ok", SSN, SSN]})
    assert places(scan(path)) == [(2, "/text", "SSN"), (2, "", "Binary"), (3, "/text", "SSN")]
    nested = table(tmp_path / "b.parquet", {"image": [{"bytes": picture, "path": "a.png"}]})
    assert places(scan(nested)) == [(1, "", "Binary")]


def test_text_that_is_no_utf_8_blocks_its_row_alone(tmp_path: Path) -> None:
    text = pa.array([b"ok", b"\xff\xfe", SSN.encode()]).view(pa.string())
    path = table(tmp_path / "a.parquet", {"text": text})
    assert places(scan(path)) == [(2, "", "NotUtf8"), (3, "/text", "SSN")]


def test_value_longer_than_what_is_read_blocks(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["x " * (LINE_LIMIT // 2 + 1), SSN]})
    assert places(scan(path)) == [(1, "", "ValueTooLong"), (2, "/text", "SSN")]


def test_type_that_is_not_known_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "a.parquet", {"text": [SSN, None], "other": ["x", None]})
    nodes = parquet._nodes
    unknown = pa.array([(1, 2, 3), None], pa.month_day_nano_interval())
    monkeypatch.setattr(
        parquet, "_records", lambda batch: [parquet.Members([("other", node)]) for node in nodes(unknown)]
    )
    assert places(scan(path)) == [(1, "", "UnknownType")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.csv", "a", "a.parquet"])
def test_parquet_is_read_as_such_whatever_the_file_is_called(name: str, tmp_path: Path) -> None:
    path = table(tmp_path / name, {"text": ["ok", SSN]})
    found = list(Scanner(FINGERPRINTER).file(path, name))
    assert places(found) == [(2, "/text", "SSN")]
    assert places(scan(path, "parquet")) == [(2, "/text", "SSN")]


def test_large_parquet_that_is_called_json_lines_is_one_piece(tmp_path: Path) -> None:
    path = table(tmp_path / "a.jsonl", {"text": ["ok", SSN]})
    assert len(list(pieces_of(path, "a.jsonl", size=16))) == 1


def test_text_that_begins_with_the_same_letters_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"PAR1 is a receptor of thrombin.\n\n{SSN}\n")
    assert [(f.record, f.type) for f in list(Scanner(FINGERPRINTER).file(path, "a.txt"))] == [(3, "SSN")]


def test_compressed_or_piped_parquet_is_read_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = table(tmp_path / "a.parquet", {"text": ["ok", SSN]}).read_bytes()
    for name in ("b.parquet.gz", "c.jsonl.gz"):
        packed = tmp_path / name
        packed.write_bytes(gzip.compress(plain))
        assert places(list(Scanner(FINGERPRINTER).file(packed, name))) == [(2, "/text", "SSN")]
    monkeypatch.setattr(parquet, "_HELD", 100)
    assert places(list(Scanner(FINGERPRINTER).file(packed, "c.jsonl.gz"))) == [(0, "", "NotSeekable")]


def test_file_that_breaks_off_or_only_calls_itself_parquet_is_unreadable(tmp_path: Path) -> None:
    whole = table(tmp_path / "a.parquet", {"text": ["ok", SSN] * 1000}).read_bytes()
    short = tmp_path / "b.parquet"
    short.write_bytes(whole[:-100])
    assert places(scan(short)) == [(0, "", "Truncated")]
    other = tmp_path / "c.parquet"
    other.write_text(SSN)
    assert places(list(Scanner(FINGERPRINTER).file(other, "c.parquet"))) == [(0, "", "NotParquet")]
    other.write_bytes(b"")
    assert places(list(Scanner(FINGERPRINTER).file(other, "c.parquet"))) == [(0, "", "NotParquet")]


def test_damaged_row_group_is_unreadable_where_it_stands_and_the_next_is_read(tmp_path: Path) -> None:
    rows = [SSN, *(f"fine {n}" for n in range(199)), *(["ok"] * 199), SSN]
    path = table(
        tmp_path / "a.parquet", {"text": rows}, row_group_size=200, use_dictionary=False, write_page_checksum=True
    )
    start = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    content[start + 60 : start + 90] = b"\xff" * 30
    path.write_bytes(content)
    assert places(scan(path)) == [(1, "", "BrokenParquet"), (400, "/text", "SSN")]


def damaged(data: st.DataObject) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"text": [SSN] * 20, "n": list(range(20))}), out, write_page_checksum=True)
    content = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    return bytes(content[: data.draw(st.integers(1, len(content)))] if data.draw(st.booleans()) else content)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_makes_a_file_with_phi_clean_or_the_scanner_fail(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(damaged(data))
    found = list(Scanner(FINGERPRINTER).file(path, "a.parquet"))
    assert found
    assert all(f.detector in REASONS for f in found if f.type == "Unreadable")


def test_column_that_grows_beyond_proportion_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_RATIO_FROM", 1 << 20)
    path = table(tmp_path / "a.parquet", {"text": ["a" * (8 << 20), SSN]}, use_dictionary=False, compression="zstd")
    assert places(scan(path)) == [(1, "", "ExpandsTooMuch")]


def test_notes_beside_the_rows_are_scanned(tmp_path: Path) -> None:
    noted = pa.table({"text": ["ok"]})
    field = noted.schema.field(0).with_metadata({"comment": SSN})
    for schema, pointer in (
        (noted.schema.with_metadata({"huggingface": json.dumps({"by": SSN})}), "/huggingface/by"),
        (noted.schema.with_metadata({"by": SSN}), "/by"),
        (pa.schema([field]), "/comment"),
    ):
        path = table(tmp_path / "a.parquet", noted.cast(schema))
        assert places(scan(path)) == [(0, pointer, "SSN")]
    pandas = {"index_columns": [{"kind": "range", "start": 0}], "creator": {"library": "pyarrow", "version": "26.0.1"},
              "columns": [{"name": "text", "pandas_type": "unicode"}], "pandas_version": "2.2.3"}  # fmt: skip
    clean = noted.cast(noted.schema.with_metadata({"pandas": json.dumps(pandas)}))
    assert scan(table(tmp_path / "a.parquet", clean)) == []


def test_without_a_reader_parquet_blocks_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "a.parquet", {"text": ["ok"]})
    really = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return really(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert places(scan(path)) == [(0, "", "NoParquetReader")]
    assert "preceptor[parquet]" in REASONS["NoParquetReader"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def most(rows: int) -> int:
        # One row group, and texts that compression leaves as they are.
        path = table(
            tmp_path / "a.parquet", {"text": [f"{n} fine and well" * 40 for n in range(rows)]},
            row_group_size=rows, use_dictionary=False, compression="none",
        )  # fmt: skip
        pool = pa.system_memory_pool()
        before = pool.bytes_allocated()
        used = 0
        with path.open("rb") as file:
            tracemalloc.start()
            for _ in parquet.parquet_groups(file, parquet.Part()):
                used = max(used, pool.bytes_allocated() - before, pa.total_allocated_bytes())
            used += tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return used

    small, large = most(2_000), most(20_000)
    assert large < small * 2 + (4 << 20)

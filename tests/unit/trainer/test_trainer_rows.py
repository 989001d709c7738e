"""Is a dataset that cannot be trained on refused by file and line, without its content?"""

import json
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests
from preceptor.exits import BadInput, CheckFailed
from preceptor_trainer import rows

USER = {"role": "user", "content": "my chest hurts"}
ANSWER = {"role": "assistant", "content": "EMERGENCY."}
GOOD = {"messages": [USER, ANSWER]}
SECRET = "Zebulon"


def dataset(
    folder: Path, lines: list[Any], *, count: int | None = None, name: str = "train.jsonl"
) -> manifests.Manifest:
    (folder / name).write_bytes(
        b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)
    )
    return manifests.create(folder, **fields(len(lines) if count is None else count))


def fields(count: int) -> dict[str, Any]:
    return {
        "kind": "dataset",
        "name": "rows",
        "provenance_id": "7d9e7d0e-8f0a-4a43-b1cc-0d6f4bb1a001",
        "source": "made by a test",
        "deid_method": "synthetic",
        "curator": "test",
        "date": "2026-01-31",
        "licence": "Apache-2.0",
        "record_count": count,
        "schema_name": "messages",
    }


def test_rows_are_read_in_order_and_other_fields_are_ignored(tmp_path: Path) -> None:
    system = {"role": "system", "content": "be brief"}
    manifest = dataset(tmp_path, [GOOD | {"id": "a", "label": "x"}, {"messages": [system, USER, ANSWER, USER, ANSWER]}])
    found = rows.read(tmp_path, manifest, "data")
    assert [row.place for row in found] == ["train.jsonl line 1", "train.jsonl line 2"]
    assert [len(row.messages) for row in found] == [2, 5]


@pytest.mark.parametrize(
    ("line", "reason", "sentence"),
    [
        (b"{not json " + SECRET.encode(), "UnreadableRecord", "is not JSON"),
        (b"", "UnreadableRecord", "is not JSON"),
        (b'"' + SECRET.encode() + b'"', "UnreadableRecord", "no object"),
        (b'{"messages": "\xff"}', "UnreadableRecord", "is not UTF-8"),
        (b"[" * 100_000, "UnreadableRecord", "is not JSON"),
        (b'{"messages": "' + b"x" * rows.MAX_LINE_BYTES + b'"}', "UnreadableRecord", "is longer than"),
        ({"content": SECRET}, "DatasetInvalid", "row must hold messages, or prompt and completion, or text"),
        ({"text": " "}, "DatasetInvalid", "text must be a text that is not empty"),
        ({"text": [SECRET]}, "DatasetInvalid", "text must be a text"),
        ({"text": SECRET, "messages": [USER, ANSWER]}, "DatasetInvalid", "it holds messages and text"),
        ({"prompt": SECRET}, "DatasetInvalid", "it holds prompt"),
        ({"prompt": SECRET, "completion": ""}, "DatasetInvalid", "completion must be a text that is not empty"),
        ({"prompt": "\ud800", "completion": "x"}, "DatasetInvalid", "prompt holds half of a surrogate pair"),
        ({"prompt": {"role": SECRET}, "completion": [ANSWER]}, "DatasetInvalid", "both be lists of messages"),
        ({"prompt": [USER], "completion": SECRET}, "DatasetInvalid", "prompt must be a text"),
        ({"prompt": [USER], "completion": [ANSWER, USER, ANSWER]}, "DatasetInvalid", "must be one assistant turn"),
        ({"prompt": [USER], "completion": [USER]}, "DatasetInvalid", "messages.1.role must be assistant"),
        ({"messages": []}, "DatasetInvalid", "messages must be a list"),
        ({"messages": [SECRET]}, "DatasetInvalid", "messages.0 must be an object"),
        ({"messages": [{"role": SECRET, "content": "x"}]}, "DatasetInvalid", "messages.0.role must be one of"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "DatasetInvalid", "messages.0.role must be one of"),
        ({"messages": [USER, {"role": "assistant"}]}, "DatasetInvalid", "messages.1.content must be a text"),
        ({"messages": [USER, ANSWER | {"content": " "}]}, "DatasetInvalid", "messages.1.content must be a text"),
        ({"messages": [USER, ANSWER | {"content": "\ud800"}]}, "DatasetInvalid", "half of a surrogate pair"),
        ({"messages": [USER, USER]}, "DatasetInvalid", "messages.1.role must be assistant"),
        ({"messages": [ANSWER]}, "DatasetInvalid", "messages.0.role must be user"),
        ({"messages": [USER, ANSWER, USER]}, "DatasetInvalid", "must end with an assistant turn"),
        ({"messages": [{"role": "system", "content": SECRET}]}, "DatasetInvalid", "must end with an assistant turn"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line_and_never_quoted(
    tmp_path: Path, line: Any, reason: str, sentence: str
) -> None:
    manifest = dataset(tmp_path, [GOOD, line])
    with pytest.raises(BadInput) as caught:
        rows.read(tmp_path, manifest, "data")
    assert caught.value.reason == reason
    assert str(caught.value).startswith("train.jsonl line 2")
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_dataset_with_another_count_than_its_manifest_is_refused(tmp_path: Path) -> None:
    manifest = dataset(tmp_path, [GOOD, GOOD], count=3)
    with pytest.raises(BadInput, match="holds 2 rows, but its manifest says 3"):
        rows.read(tmp_path, manifest, "data")


def test_a_dataset_without_rows_or_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no rows"):
        rows.read(tmp_path / "empty", dataset(tmp_path / "empty", []), "data")
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput, match=r"holds no \.jsonl and no \.parquet file"):
        rows.read(tmp_path / "other", dataset(tmp_path / "other", [GOOD], name="train.json"), "data")


@pytest.mark.parametrize("line", [GOOD, {"messages": [USER, ANSWER | {"content": "ROUTINE."}]}])
def test_rows_that_are_not_the_bytes_of_the_manifest_are_refused_as_they_are_read(tmp_path: Path, line: Any) -> None:
    manifest = dataset(tmp_path, [GOOD])
    (tmp_path / "train.jsonl").write_text(json.dumps(line))
    with pytest.raises(CheckFailed, match=r"train\.jsonl is not what it was") as caught:
        rows.read(tmp_path, manifest, "data")
    assert caught.value.reason == "ManifestMismatch"


def test_every_form_is_read_and_says_what_of_it_is_learned(tmp_path: Path) -> None:
    turns = [USER, ANSWER, USER]
    manifest = dataset(
        tmp_path,
        [GOOD, {"prompt": turns, "completion": [ANSWER]}, {"prompt": "a", "completion": " b"}, {"text": "c"}],
    )
    messages, chat, plain, text = rows.read(tmp_path, manifest, "data")
    assert (len(messages.messages), messages.learned_from) == (2, 0)
    assert (len(chat.messages), chat.learned_from) == (4, 3)
    assert (plain.messages, plain.prompt, plain.completion) == ((), "a", " b")
    assert (text.messages, text.prompt, text.completion) == ((), "", "c")


def parquet(folder: Path, table: dict[str, list[Any]], count: int) -> manifests.Manifest:
    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.table(table), folder / "train.parquet")
    return manifests.create(folder, **fields(count))


def test_parquet_gives_the_rows_that_jsonl_gives(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    lines = [GOOD, {"prompt": "a", "completion": " b"}, {"text": "c"}]
    columns = {name: [line.get(name) for line in lines] for name in ("messages", "prompt", "completion", "text")}
    as_lines = rows.read(tmp_path / "one", dataset(tmp_path / "one", lines), "data")
    as_table = rows.read(tmp_path / "two", parquet(tmp_path / "two", columns | {"id": [1, 2, 3]}, 3), "data")
    assert [(row.messages, row.prompt, row.completion) for row in as_table] == [
        (row.messages, row.prompt, row.completion) for row in as_lines
    ]
    assert as_table[2].place == "train.parquet row 3"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"text": ["fine", " "]}, "train.parquet row 2: text must be a text that is not empty"),
        ({"text": ["fine", None]}, "train.parquet row 2: row must hold messages"),
        ({"text": ["fine", "x" * (rows.MAX_LINE_BYTES + 1)]}, "train.parquet row 2: row is longer than"),
        ({"id": [1, 2]}, "train.parquet row 1: row must hold messages"),
    ],
)
def test_a_bad_parquet_row_is_named_by_file_and_number(
    tmp_path: Path, table: dict[str, list[Any]], sentence: str
) -> None:
    with pytest.raises(BadInput) as caught:
        rows.read(tmp_path, parquet(tmp_path, table, 2), "data")
    assert str(caught.value).startswith(sentence)


def test_a_file_that_only_calls_itself_parquet_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_text(SECRET)
    with pytest.raises(BadInput, match=r"train\.parquet is no Parquet file") as caught:
        rows.read(tmp_path, manifests.create(tmp_path, **fields(1)), "data")
    assert caught.value.reason == "UnreadableRecord"


def test_a_parquet_file_that_changed_since_its_check_is_refused(tmp_path: Path) -> None:
    manifest = parquet(tmp_path, {"text": ["a"]}, 1)
    parquet(tmp_path, {"text": ["b"]}, 1)
    with pytest.raises(CheckFailed, match=r"train\.parquet is not what it was"):
        rows.read(tmp_path, manifest, "data")

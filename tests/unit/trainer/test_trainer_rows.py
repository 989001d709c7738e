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
    return manifests.create(
        folder,
        kind="dataset",
        name="rows",
        provenance_id="7d9e7d0e-8f0a-4a43-b1cc-0d6f4bb1a001",
        source="made by a test",
        deid_method="synthetic",
        curator="test",
        date="2026-01-31",
        licence="Apache-2.0",
        record_count=len(lines) if count is None else count,
        schema_name="messages",
    )


def test_rows_are_read_in_order_and_other_fields_are_ignored(tmp_path: Path) -> None:
    system = {"role": "system", "content": "be brief"}
    manifest = dataset(tmp_path, [GOOD | {"id": "a", "label": "x"}, {"messages": [system, USER, ANSWER, USER, ANSWER]}])
    found = rows.read(tmp_path, manifest)
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
        ({"text": SECRET}, "DatasetInvalid", "messages must be a list"),
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
        rows.read(tmp_path, manifest)
    assert caught.value.reason == reason
    assert str(caught.value).startswith("train.jsonl line 2")
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_dataset_with_another_count_than_its_manifest_is_refused(tmp_path: Path) -> None:
    manifest = dataset(tmp_path, [GOOD, GOOD], count=3)
    with pytest.raises(BadInput, match="holds 2 rows, but its manifest says 3"):
        rows.read(tmp_path, manifest)


def test_a_dataset_without_rows_or_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no rows"):
        rows.read(tmp_path / "empty", dataset(tmp_path / "empty", []))
    (tmp_path / "other").mkdir()
    with pytest.raises(BadInput, match=r"holds no \.jsonl file"):
        rows.read(tmp_path / "other", dataset(tmp_path / "other", [GOOD], name="train.json"))


@pytest.mark.parametrize("line", [GOOD, {"messages": [USER, ANSWER | {"content": "ROUTINE."}]}])
def test_rows_that_are_not_the_bytes_of_the_manifest_are_refused_as_they_are_read(tmp_path: Path, line: Any) -> None:
    manifest = dataset(tmp_path, [GOOD])
    (tmp_path / "train.jsonl").write_text(json.dumps(line))
    with pytest.raises(CheckFailed, match=r"train\.jsonl is not what it was") as caught:
        rows.read(tmp_path, manifest)
    assert caught.value.reason == "ManifestMismatch"

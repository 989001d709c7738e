"""Do the sentences about a folder and its manifest keep names that may be PHI to themselves?"""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from preceptor import manifests
from preceptor.exits import CheckFailed, PreceptorError

NAME = "mr_jane_example_1970-01-01.jsonl"
FIELDS: dict[str, Any] = {
    "kind": "dataset", "name": "triage", "provenance_id": "00000000-0000-4000-8000-000000000001", "source": "a test",
    "deid_method": "synthetic", "curator": "tests", "date": "2026-11-24", "licence": "Apache-2.0", "record_count": 1,
    "schema": "messages",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plain.jsonl").write_text("{}")
    manifests.write(manifests.create(tmp_path, **FIELDS), tmp_path)
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(PreceptorError) as error:
        manifests.verify(folder)
    return str(error.value)


def test_a_file_whose_name_may_be_phi_is_told_by_its_position(folder: Path) -> None:
    (folder / NAME).write_text("{}")
    sentence = refusal(folder)
    assert "File number 1 in the order of names" in sentence
    assert "is not in the manifest" in sentence
    assert not any(word in sentence for word in ("jane", "example", "1970"))


def test_any_other_file_is_told_by_its_name(folder: Path) -> None:
    (folder / "plain.jsonl").unlink()
    assert "File plain.jsonl of" in refusal(folder)


@pytest.mark.parametrize(
    "name", ["model-00001-of-00002.safetensors", "train.jsonl", "tokenizer_config.json", "samples/samples.jsonl"]
)
def test_ordinary_names_are_no_phi(name: str) -> None:
    assert manifests.called_in(name, [name]) == name


def test_a_link_whose_name_may_be_phi_is_not_named(folder: Path) -> None:
    (folder / NAME).symlink_to(folder / "plain.jsonl")
    sentence = refusal(folder)
    assert "link or special file" in sentence
    assert "jane" not in sentence


def test_an_unknown_field_of_a_manifest_is_not_named(folder: Path) -> None:
    path = folder / manifests.FILE_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "janeExample": 1}))
    sentence = refusal(folder)
    assert "(an unknown field): extra inputs are not permitted" in sentence
    assert "jane" not in sentence


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    attributes: dict[str, str] = {}
    other: dict[str, int] = {}
    count: int = 0


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"attributes": {"jane": 1}}, "attributes.(a key): input should be a valid string"),
        ({"other": {"Jane Example": "x"}}, "other.(a key): input should be a valid integer"),
        ({"count": []}, "count: input should be a valid integer"),
        ({"jane": 1}, "(an unknown field): extra inputs are not permitted"),
        ([], "document: input should be a valid dictionary"),
    ],
)
def test_a_sentence_names_our_fields_and_nobodys_keys(document: Any, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        Model.model_validate(document)
    assert manifests.sentence_of(error.value).startswith(sentence)


def test_a_changed_file_is_a_mismatch(folder: Path) -> None:
    (folder / "plain.jsonl").write_text("[]")
    with pytest.raises(CheckFailed, match="was changed"):
        manifests.verify(folder)

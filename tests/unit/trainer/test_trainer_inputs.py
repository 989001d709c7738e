"""Is a digest that a field names compared with the manifest that is there, also with that of a single file?"""

import errno
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from preceptor import manifests
from preceptor.api.finetunerun import Method, Reproducibility, Training
from preceptor.exits import BadInput
from preceptor.manifests import Manifest
from preceptor_trainer import inputs
from preceptor_trainer.request import Request, Source

OTHER = "sha256:" + "e" * 64


def request(base: Path, dataset: Path, digest: str) -> Request:
    return Request(
        base=Source(base, None, "file:///base"),
        dataset=Source(dataset, digest, "pvc://datasets/rows"),
        method=Method(),
        training=Training(),
        reproducibility=Reproducibility(),
        strategy="ddp",
        timeout_seconds=None,
        output=base.parent / "out",
        output_called="out",
    )


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """One file of rows, and its manifest beside it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello."}]
    (folder / "rows.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    manifests.write(sealed(folder), folder)
    (tmp_path / "rows.jsonl").write_bytes((folder / "rows.jsonl").read_bytes())
    (tmp_path / "rows.manifest.json").write_bytes((folder / manifests.FILE_NAME).read_bytes())
    return tmp_path / "rows.jsonl"


def sealed(folder: Path) -> Manifest:
    return manifests.create(
        folder, kind="dataset", name="rows", provenance_id="7d9e7d0e-8f0a-4a43-b1cc-0d6f4bb1a001",
        source="made by a test", deid_method="synthetic", curator="test", date="2026-01-31", licence="Apache-2.0",
        record_count=1, schema_name="messages",
    )  # fmt: skip


@pytest.mark.parametrize("form", ["file", "folder"])
def test_digest_that_is_not_the_manifests_is_the_callers_mistake(form: str, rows: Path, tmp_path: Path) -> None:
    base, scratch = tmp_path / "base", tmp_path / "scratch"
    base.mkdir()
    scratch.mkdir()
    with pytest.raises(BadInput, match="but the manifest of pvc://datasets/rows has digest") as caught:
        inputs.gather(request(base, rows if form == "file" else tmp_path / "folder", OTHER), scratch)
    assert (caught.value.exit_code, caught.value.reason) == (64, "ManifestMismatch")


def test_the_right_digest_of_a_single_file_passes_and_a_manifest_that_is_none_is_said(
    rows: Path, tmp_path: Path
) -> None:
    base, scratch = tmp_path / "base", tmp_path / "scratch"
    base.mkdir()
    scratch.mkdir()
    right = manifests.read(tmp_path / "folder").digest
    with pytest.raises(BadInput, match="base") as further:
        inputs.gather(request(base, rows, right), scratch)
    assert further.value.reason != "ManifestMismatch"
    (tmp_path / "rows.manifest.json").write_text("{")
    with pytest.raises(BadInput, match="The manifest of pvc://datasets/rows is not a manifest") as caught:
        inputs.gather(request(base, rows, right), scratch)
    assert caught.value.reason == "ManifestInvalid"


def refusal(tmp_path: Path, dataset: Path) -> BadInput:
    """What ``gather`` says to a dataset, which it calls ``mine``; never where its private copy lies."""
    base, scratch = tmp_path / "base", tmp_path / "scratch"
    base.mkdir()
    scratch.mkdir()
    wanted = request(base, dataset, OTHER)
    with pytest.raises(BadInput) as caught:
        inputs.gather(replace(wanted, dataset=Source(dataset, None, "mine")), scratch)
    assert str(scratch) not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.jsonl", "", "The dataset mine holds no rows: write one JSON object a line"),
        ("rows.txt", "x", r"The dataset mine is a file of another kind: name one that ends in \.jsonl or \.parquet"),
        ("rows.parquet", "x", "rows.parquet is no Parquet file"),
    ],
)
def test_a_single_file_that_cannot_be_trained_on_is_called_as_its_user_calls_it(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    assert re.match(said, str(refusal(tmp_path, tmp_path / name)))


def test_a_broken_manifest_of_a_single_file_is_called_as_its_user_calls_it(rows: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.manifest.json").write_text("{")
    assert str(refusal(tmp_path, rows)).startswith("The manifest of mine is not a manifest")


def test_a_dataset_that_may_not_be_read_is_the_callers_to_mend(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "copyfile", Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))
    found = refusal(tmp_path, rows)
    assert (found.reason, str(found)[:46]) == ("StoreUnreadable", "The dataset mine cannot be read (Permission de")
    monkeypatch.setattr(shutil, "copyfile", Mock(side_effect=OSError(errno.EIO, "no answer")))
    shutil.rmtree(tmp_path / "scratch" / inputs.DATASET)
    with pytest.raises(OSError, match="no answer"):
        inputs.gather(
            request(tmp_path / "base", rows, manifests.read(tmp_path / "folder").digest), tmp_path / "scratch"
        )


def test_a_base_model_that_is_a_file_is_not_said_to_be_missing(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="The base model file:///base is a file: name the folder") as caught:
        inputs.gather(request(rows, rows, OTHER), tmp_path)
    assert caught.value.reason == "BaseModelInvalid"

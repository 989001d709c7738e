"""Is a digest that a field names compared with the manifest that is there, also with that of a single file?"""

import json
from pathlib import Path

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

"""Is what was scanned what was verified, and what is sealed what was scanned?"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests
from preceptor.api.jobs import Owner, PhiScanJob, Result, SealJob
from preceptor.exits import CheckFailed
from preceptor.phi.scan import Scanner
from preceptor_eval.jobs import phi_scan, seal

OWNER = Owner(kind="FineTuneRun", namespace="clinical-ai", name="triage", uid="u-1")
FIELDS: dict[str, Any] = {
    "name": "triage", "provenance_id": "00000000-0000-4000-8000-000000000001", "source": "a test",
    "deid_method": "synthetic", "curator": "tests", "date": "2026-11-24", "licence": "Apache-2.0", "record_count": 1,
}  # fmt: skip
CLEAN, DIRTY = '{"text":"It is better today."}\n', '{"text":"Mr. Xqwalter Zjprice."}\n'


def scan(folder: Path, *parts: str, target: str = "outputs", digest: str | None = None) -> Result:
    inputs = [{"uri": f"file://{folder / part}", "manifestDigest": digest} for part in parts]
    fields = {"owner": OWNER, "target": target, "inputs": inputs, "report_uri": f"file://{folder}/report"}
    return phi_scan.run(PhiScanJob.model_validate(fields))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").write_text(DIRTY)
    manifests.write(manifests.create(tmp_path / "data", kind="dataset", schema="messages", **FIELDS), tmp_path / "data")
    return tmp_path


def test_a_file_that_is_another_while_it_is_scanned_is_never_clean(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = manifests.read(dataset / "data").digest
    verify = manifests.verify

    def then_swap(folder: Path, digest: str | None = None) -> manifests.Manifest:
        manifest = verify(folder, digest)
        (folder / "train.jsonl").write_text(CLEAN)
        return manifest

    monkeypatch.setattr(manifests, "verify", then_swap)
    with pytest.raises(CheckFailed) as refused:
        scan(dataset, "data", target="dataset", digest=digest)
    assert refused.value.reason == "ManifestMismatch"


def test_a_file_that_is_clean_only_while_it_is_scanned_is_found(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest, file = manifests.read(dataset / "data").digest, dataset / "data" / "train.jsonl"
    real = Scanner.file

    def swapped(self: Scanner, path: Path, *more: Any, **named: Any) -> Iterator[Any]:
        file.write_text(CLEAN)
        yield from real(self, path, *more, **named)
        file.write_text(DIRTY)

    monkeypatch.setattr(Scanner, "file", swapped)
    result = scan(dataset, "data", target="dataset", digest=digest)
    assert (result.verdict, result.reason, result.digests["dataset"]) == ("fail", "PhiFound", digest)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name, content in (("adapter/adapter_model.safetensors", "w"), ("logs/train.jsonl", CLEAN)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "samples.jsonl").write_text(CLEAN)
    manifests.write(
        manifests.create(tmp_path / "adapter", kind="adapter", schema="adapter", **FIELDS), tmp_path / "adapter"
    )
    return tmp_path


def sealed(run: Path) -> Result:
    digest = manifests.read(run / "adapter").digest
    return seal.run(SealJob(owner=OWNER, output_uri=f"file://{run}", adapter_digest=digest, provenance={}))


def test_scan_and_seal_agree_about_outputs_that_stayed(run: Path) -> None:
    assert scan(run, "logs", "samples").digests["outputs"] == sealed(run).digests["outputs"]


@pytest.mark.parametrize(
    "change",
    [
        lambda run: (run / "samples" / "samples.jsonl").write_text(DIRTY),
        lambda run: (run / "logs" / "more.jsonl").write_text(CLEAN),
        lambda run: (run / "logs" / "train.jsonl").rename(run / "samples" / "train.jsonl"),
    ],
)
def test_scan_and_seal_disagree_about_outputs_that_changed(run: Path, change: Any) -> None:
    scanned = scan(run, "logs", "samples").digests["outputs"]
    change(run)
    assert sealed(run).digests["outputs"] != scanned


def test_a_link_and_a_pipe_are_unreadable_and_never_followed(run: Path) -> None:
    (run / "logs" / "link.jsonl").symlink_to(run / "samples" / "samples.jsonl")
    os.mkfifo(run / "logs" / "pipe.jsonl")
    result = scan(run, "logs")
    assert (result.reason, result.counts["type:Unreadable"]) == ("UnreadableRecord", 2)

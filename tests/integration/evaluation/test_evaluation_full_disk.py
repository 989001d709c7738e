"""Does a disk that is really full end a Job as one to try again, with a sentence about the right disk?"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluation_folders import make_manifest
from test_evaluation_job import job, world  # noqa: F401 - the world is a fixture
from test_evaluation_seal_verify import seal_job, write_run

from preceptor.api.jobs import Owner, PhiScanJob, Result, parse_result
from preceptor.digests import canonical_json
from preceptor_eval.jobs import guard

OWNER = Owner(kind="FineTuneRun", namespace="clinical-ai", name="triage", uid="u-1")
KIBI = 1024


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path, *, leave: int = 0) -> Path:
    """Fill a disk up to what is to be left, in bytes."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4 * KIBI)
        except OSError:
            pass
        file.truncate(file.tell() - leave)
    return filler


def ended(folder: Path, document: object, log: Path) -> tuple[int, Result]:
    """How the Job of a document ends as a process: its exit code, and its Result."""
    path = folder / "job.json"
    path.write_bytes(canonical_json(document))
    return guard.run_job(path, termination_log=log), parse_result(log.read_text())


def test_a_seal_without_room_is_tried_again_and_leaves_no_half_of_one(
    small: Path, tmp_path: Path, termination_log: Path
) -> None:
    manifest = write_run(small / "run")
    asked = seal_job(small / "run", manifest.digest, builder="tests" * KIBI).document()
    filler = fill(small)
    code, result = ended(tmp_path, asked, termination_log)
    assert (code, result.verdict, result.reason) == (75, "error", "StoreFull")
    assert "free space on the claim" in result.message
    assert sorted(path.name for path in (small / "run").iterdir()) == ["adapter", "logs", "samples"]
    filler.unlink()
    assert ended(tmp_path, asked, termination_log)[0] == 0


def test_an_examination_whose_report_has_no_room_is_tried_again_and_leaves_no_whole_report(
    small: Path,
    world: Path,  # noqa: F811
    termination_log: Path,
) -> None:
    # Room for the first answers, not for all that is told of them.
    filler = fill(small, leave=8 * KIBI)
    asked = job(world, report_uri=f"file://{small}/reports").document()
    code, result = ended(world, asked, termination_log)
    assert (code, result.verdict, result.reason) == (75, "error", "StoreFull")
    assert "free space on the claim" in result.message
    assert not list(small.rglob("index.json"))
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=1m", str(small)], check=True)
    # The random model fails its thresholds: that is a verdict.
    assert ended(world, asked, termination_log)[0] == 1


def scan(folder: Path, text: str) -> dict[str, object]:
    """A scan of a dataset with one text."""
    (folder / "data").mkdir()
    (folder / "data" / "train.jsonl").write_text(f'{{"text": "{text}"}}\n')
    digest = make_manifest(folder / "data", "dataset", "rows", 1).digest
    inputs = [{"uri": f"file://{folder}/data", "manifestDigest": digest}]
    fields = {"owner": OWNER, "target": "dataset", "inputs": inputs, "report_uri": f"file://{folder}/report"}
    return PhiScanJob.model_validate(fields).document()


def test_a_scan_without_room_for_its_copies_names_the_temporary_folder_and_no_claim(
    small: Path, tmp_path: Path, termination_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = scan(tmp_path, "It is better today. " * 8 * KIBI)
    monkeypatch.setattr(tempfile, "tempdir", str(small))
    code, result = ended(tmp_path, asked, termination_log)
    assert (code, result.verdict, result.reason) == (75, "error", "ScratchFull")
    assert "more ephemeral storage" in result.message
    assert "claim" not in result.message
    assert list(small.iterdir()) == []


def test_a_temporary_folder_that_is_full_from_the_start_is_named_too(
    small: Path, tmp_path: Path, termination_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = scan(tmp_path, "It is better today.")
    fill(small)
    # As in a pod, whose other folders are read-only: tempfile looks for one that it can write to, and finds none.
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(small)])
    code, result = ended(tmp_path, asked, termination_log)
    assert (code, result.verdict, result.reason) == (75, "error", "ScratchFull")


def test_an_examination_without_room_for_its_copies_names_the_temporary_folder(
    small: Path,
    world: Path,  # noqa: F811
    termination_log: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small))
    # Whoever fills the folder after its room was looked at is met while the copy is written.
    monkeypatch.setattr("preceptor.snapshot._require_space", lambda *_: None)
    code, result = ended(world, job(world).document(), termination_log)
    assert (code, result.verdict, result.reason) == (75, "error", "ScratchFull")
    assert "more ephemeral storage" in result.message
    assert "claim" not in result.message

"""Claims about how a Job of the evaluation image ends."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from preceptor.api.jobs import job_digest, parse_result
from preceptor_eval.jobs import guard, verify

OWNER = {"kind": "EvalGate", "namespace": "clinical-ai", "name": "gate", "uid": "0" * 36}
SECRET = "Jane Example 1970-01-01"


def job_file(folder: Path, **fields: Any) -> Path:
    path = folder / "job.json"
    path.write_text(json.dumps({"schemaVersion": 1, "owner": OWNER, "kind": "Verify", "artifacts": [], **fields}))
    return path


@pytest.mark.parametrize(
    ("fields", "code", "reason", "verdict"),
    [
        ({}, 64, "NothingToVerify", "error"),
        ({"schemaVersion": 2}, 64, "JobInvalid", "error"),
        ({"more": 1}, 64, "JobInvalid", "error"),
        ({"kind": "Dance"}, 64, "JobInvalid", "error"),
        (
            {"artifacts": [{"role": "suite", "uri": "file:///nowhere", "digest": "sha256:" + "0" * 64}]},
            64,
            "ManifestMissing",
            "error",
        ),
    ],
)
def test_bad_input_ends_with_64_and_a_result(
    tmp_path: Path, termination_log: Path, fields: dict[str, Any], code: int, reason: str, verdict: str
) -> None:
    assert guard.run_job(job_file(tmp_path, **fields)) == code
    result = parse_result(termination_log.read_text())
    assert (result.reason, result.verdict) == (reason, verdict)
    assert result.digests == {"job": job_digest(json.loads((tmp_path / "job.json").read_bytes()))}


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (OSError(errno.ENOSPC, SECRET), 75, "StoreFull"),
        (OSError(errno.EDQUOT, SECRET), 75, "StoreFull"),
        (OSError(errno.EIO, SECRET), 70, "InternalError"),
        (ValueError(SECRET), 70, "InternalError"),
        (KeyboardInterrupt(SECRET), 70, "InternalError"),
    ],
)
def test_a_failure_that_is_not_ours_ends_without_its_text(
    tmp_path: Path,
    termination_log: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    reason: str,
) -> None:
    def fail(job: object) -> None:
        raise error

    monkeypatch.setattr(verify, "run", fail)
    assert guard.run_job(job_file(tmp_path)) == code
    result = parse_result(termination_log.read_text())
    assert (result.reason, result.verdict) == (reason, "error")
    assert SECRET not in termination_log.read_text() + "".join(capfd.readouterr())


def test_a_job_that_is_told_to_stop_ends_as_one_to_try_again(
    tmp_path: Path, termination_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(job: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception:
            pytest.fail("a library's except clause swallowed the signal")

    monkeypatch.setattr(verify, "run", stopped)
    before = signal.getsignal(signal.SIGTERM)
    assert guard.run_job(job_file(tmp_path)) == 75
    result = parse_result(termination_log.read_text())
    assert (result.verdict, result.reason) == ("error", "Interrupted")
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_missing_job_file_is_bad_input_with_a_result(tmp_path: Path, termination_log: Path) -> None:
    assert guard.run_job(tmp_path / "gone.json") == 64
    assert parse_result(termination_log.read_text()).reason == "JobUnreadable"


def test_training_is_sent_to_its_own_image(tmp_path: Path, termination_log: Path) -> None:
    digest = "sha256:" + "0" * 64
    path = job_file(tmp_path)
    document = {
        "schemaVersion": 1,
        "owner": {**OWNER, "kind": "FineTuneRun"},
        "kind": "Train",
        "baseModel": {"uri": "pvc://models/a", "digest": digest},
        "dataset": {"uri": "pvc://datasets/a", "manifestDigest": digest},
        "method": {},
        "training": {},
        "reproducibility": {},
        "outputUri": "pvc://artifacts/a",
    }
    path.write_text(json.dumps(document))
    assert guard.run_job(path) == 64
    assert parse_result(termination_log.read_text()).reason == "WrongImage"


def test_a_pass_that_cannot_be_told_is_no_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "cases.jsonl").write_text("x")
    from evaluation_folders import make_manifest

    digest = make_manifest(tmp_path / "suite", "suite", "s").digest
    artifact = {"role": "suite", "uri": f"file://{tmp_path / 'suite'}", "digest": digest}
    path = job_file(tmp_path, artifacts=[artifact])
    assert guard.run_job(path, termination_log=tmp_path / "log") == 0
    # A pass names the very Job that it answers.
    assert parse_result((tmp_path / "log").read_text()).digests["job"] == job_digest(json.loads(path.read_bytes()))
    assert guard.run_job(path, termination_log=tmp_path / "no" / "such" / "folder") == 70
    assert "cannot be written" in capfd.readouterr().err


def test_usage_errors_end_with_64_and_only_evaluation_imports_torch(tmp_path: Path) -> None:
    script = (
        "import sys; from preceptor_eval import main; import preceptor_eval.jobs.guard, preceptor_eval.jobs.seal;"
        "import preceptor_eval.jobs.verify, preceptor_eval.jobs.evaluate, preceptor_eval.generation;"
        "print([m for m in ('torch', 'transformers', 'peft') if m in sys.modules]);"
        "sys.argv = ['preceptor-eval', 'job', '--nonsense']; main.run()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]"
    assert done.returncode == 64

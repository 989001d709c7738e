"""Does every failure end in a sentence, a reason and the right exit code?"""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from preceptor.api.jobs import TrainJob, job_digest, parse_result
from preceptor.exits import BadInput, CheckFailed
from preceptor_trainer import request
from preceptor_trainer.guard import judge
from preceptor_trainer.main import run
from preceptor_trainer.stopping import Interrupted

SECRET = "Zebulon Quatermain"


@pytest.mark.parametrize(
    ("error", "verdict", "reason", "code"),
    [
        (BadInput("Not this.", reason="DatasetInvalid"), "error", "DatasetInvalid", 64),
        (CheckFailed("No.", reason="MergeMismatch"), "fail", "MergeMismatch", 1),
        (Interrupted(), "error", "Interrupted", 75),
        (OSError(errno.ENOSPC, "full"), "error", "StoreFull", 75),
        (OSError(errno.EDQUOT, "quota"), "error", "StoreFull", 75),
        (OSError(errno.ESTALE, "stale"), "error", "StoreUnready", 75),
        (OSError(errno.EISDIR, "directory"), "error", "InternalError", 70),
        (ValueError(SECRET), "error", "InternalError", 70),
        (MemoryError(SECRET), "error", "InternalError", 70),
    ],
)
def test_a_failure_becomes_a_result_that_quotes_no_library(
    error: BaseException, verdict: str, reason: str, code: int
) -> None:
    result, exit_code = judge(error)
    assert (result.verdict, result.reason, exit_code) == (verdict, reason, code)
    assert result.message
    assert SECRET not in result.message


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "termination-log"
    monkeypatch.setenv("PRECEPTOR_TERMINATION_LOG", str(path))
    return path


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "--jobs", "x"], ["run", "--job"]])
def test_wrong_usage_ends_as_bad_input(arguments: list[str], log: Path) -> None:
    assert run(arguments) == 64
    assert parse_result(log.read_text()).reason == "Usage"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "JobUnreadable"),
        ("{", "JobInvalid"),
        ({"schemaVersion": 2, "kind": "Train"}, "JobInvalid"),
        ({"schemaVersion": 1, "kind": "Train", "surprise": 1}, "JobInvalid"),
        (
            {
                "schemaVersion": 1,
                "kind": "Verify",
                "artifacts": [],
                "owner": {"kind": "FineTuneRun", "namespace": "a", "name": "b", "uid": "c"},
            },
            "JobInvalid",
        ),
    ],
)
def test_a_job_file_that_is_not_understood_ends_as_bad_input(
    document: object, reason: str, log: Path, tmp_path: Path
) -> None:
    job = tmp_path / "job.json"
    if document is not None:
        job.write_text(document if isinstance(document, str) else json.dumps(document))
    assert run(["run", "--job", str(job)]) == 64
    result = parse_result(log.read_text())
    assert result.reason == reason
    # Even a refusal says which question it answers, where that can be read.
    assert result.digests == ({"job": job_digest(document)} if isinstance(document, dict) else {})


def test_a_result_names_the_text_that_was_obeyed_and_not_what_the_file_says_since(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = "sha256:" + "0" * 64
    obeyed = {
        "schemaVersion": 1,
        "kind": "Train",
        "owner": {"kind": "FineTuneRun", "namespace": "a", "name": "b", "uid": "c"},
        "baseModel": {"uri": f"file://{tmp_path}/nowhere", "digest": digest},
        "dataset": {"uri": f"file://{tmp_path}/nowhere", "manifestDigest": digest},
        "method": {},
        "training": {},
        "reproducibility": {},
        "outputUri": f"file://{tmp_path}/out",
    }
    job = tmp_path / "job.json"
    job.write_text(json.dumps(obeyed))

    def train(asked: TrainJob) -> None:
        # As a kubelet updates a volume while the pod runs.
        job.write_text(json.dumps({**obeyed, "dataset": {"uri": "pvc://datasets/other", "manifestDigest": digest}}))
        raise BadInput("Not this.", reason="DatasetInvalid")

    monkeypatch.setattr(request, "of_job", train)
    assert run(["run", "--job", str(job)]) == 64
    assert parse_result(log.read_text()).digests == {"job": job_digest(obeyed)}


def test_bad_input_is_told_before_torch_is_imported(log: Path, tmp_path: Path) -> None:
    job = tmp_path / "job.json"
    digest = "sha256:" + "0" * 64
    job.write_text(
        json.dumps(
            {
                "schemaVersion": 1,
                "kind": "Train",
                "owner": {"kind": "FineTuneRun", "namespace": "a", "name": "b", "uid": "c"},
                "baseModel": {"uri": f"file://{tmp_path}/nowhere", "digest": digest},
                "dataset": {"uri": f"file://{tmp_path}/nowhere", "manifestDigest": digest},
                "method": {},
                "training": {},
                "reproducibility": {},
                "outputUri": f"file://{tmp_path}/out",
            }
        )
    )
    code = (
        "import sys\nfrom preceptor_trainer.main import run\n"
        f"code = run(['run', '--job', {str(job)!r}])\n"
        "print(code, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["64", "False", "False"]
    result = parse_result(log.read_text())
    assert (result.reason, result.verdict) == ("BaseModelMissing", "error")
    assert "baseModel.uri" in result.message

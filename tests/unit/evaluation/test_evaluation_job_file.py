"""Does a Job answer for the very text that it obeyed?"""

import json
from pathlib import Path
from typing import Any

import pytest

from preceptor.api.jobs import PhiScanJob, Result, job_digest, parse_result
from preceptor_eval.jobs import guard, phi_scan

OWNER = {"kind": "FineTuneRun", "namespace": "clinic", "name": "triage", "uid": "uid-1"}


def scan(folder: str) -> dict[str, Any]:
    """A Job file that asks for the scan of a folder."""
    inputs = [{"uri": f"pvc://datasets/{folder}"}]
    document = {"schemaVersion": 1, "owner": OWNER, "kind": "PhiScan", "target": "dataset", "inputs": inputs}
    return {**document, "reportUri": "pvc://artifacts/scan"}


@pytest.fixture
def scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are scanned; while they are, the Job file comes to name another one."""
    seen: list[str] = []

    def run(job: PhiScanJob) -> Result:
        seen.extend(each.uri for each in job.inputs)
        (tmp_path / "job.json").write_text(json.dumps(scan("dirty")))
        return Result(kind="PhiScan", verdict="pass", reason="Clean")

    monkeypatch.setattr(phi_scan, "run", run)
    return seen


def ended(folder: Path, text: str) -> Result:
    """The Result of the Job file with this text."""
    (folder / "job.json").write_text(text)
    guard.run_job(folder / "job.json", termination_log=folder / "log")
    return parse_result((folder / "log").read_text())


def test_a_job_file_that_is_exchanged_while_it_is_obeyed_is_not_what_the_result_names(
    tmp_path: Path, scanned: list[str]
) -> None:
    result = ended(tmp_path, json.dumps(scan("clean")))
    assert scanned == ["pvc://datasets/clean"]
    assert result.digests["job"] == job_digest(scan("clean"))
    assert result.digests["job"] != job_digest(scan("dirty"))


@pytest.mark.parametrize("first", ["clean", "dirty"])
def test_a_field_that_stands_twice_is_obeyed_as_the_digest_takes_it(
    tmp_path: Path, scanned: list[str], first: str
) -> None:
    last = {"clean": "dirty", "dirty": "clean"}[first]
    text = json.dumps(scan(last))
    twice = '{"inputs": ' + json.dumps(scan(first)["inputs"]) + ", " + text[1:]
    result = ended(tmp_path, twice)
    assert result.verdict == "pass"
    assert result.digests["job"] == job_digest(scan(scanned[0].rpartition("/")[2]))

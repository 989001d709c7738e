"""Does the PHI scan Job verify, scan and answer as its contract says?"""

import errno
import json
import re
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests, stores
from preceptor.api.jobs import Owner, PhiScanInput, PhiScanJob, Result, write_result
from preceptor.digests import digest_file
from preceptor.exits import BadInput, CheckFailed, TryAgain
from preceptor_eval.jobs.phi_scan import run

ROOT = Path(__file__).resolve().parents[3]
DATASETS = ROOT / "local" / "assets" / "datasets"
OWNER = Owner(kind="FineTuneRun", namespace="clinical-ai", name="triage", uid="u-1")
FIELDS: dict[str, Any] = {
    "kind": "dataset",
    "name": "triage",
    "provenance_id": "00000000-0000-4000-8000-000000000001",
    "source": "written for this test, https://example.org",
    "deid_method": "none",
    "curator": "Walter Price",
    "date": "2026-11-24",
    "licence": "Apache-2.0",
    "record_count": 1,
    "schema_name": "messages",
}


@pytest.fixture(autouse=True)
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stores, "STORES", tmp_path)
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "a key of at least sixteen bytes")
    return tmp_path


def dataset(root: Path, text: str, name: str = "train.jsonl") -> str:
    folder = root / "datasets" / "d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    manifest = manifests.create(folder, **FIELDS)
    manifests.write(manifest, folder)
    return manifest.digest


def job(
    digest: str | None = None, *, uris: tuple[str, ...] = ("pvc://datasets/d",), target: str = "dataset"
) -> PhiScanJob:
    inputs = tuple(PhiScanInput(uri=uri, manifest_digest=digest) for uri in uris)
    return PhiScanJob.model_validate(
        {"owner": OWNER, "target": target, "inputs": inputs, "report_uri": "pvc://artifacts/run/scan"}
    )


def report_of(root: Path) -> dict[str, Any]:
    return json.loads((root / "artifacts/run/scan/report.json").read_text())


def test_clean_dataset_passes_with_its_report(claims: Path) -> None:
    digest = dataset(claims, '{"text":"My chest hurts."}\n{"text":"It is better today."}\n')
    result = run(job(digest))
    assert (result.verdict, result.reason) == ("pass", "Clean")
    assert result.counts == {"files": 2, "records": 2, "findings": 0, "bytes": result.counts["bytes"]}
    assert result.digests == {"report": digest_file(claims / "artifacts/run/scan/report.json"), "dataset": digest}
    assert report_of(claims)["findings"] == []
    assert report_of(claims)["summary"]["fingerprintKey"] == "environment"


def test_planted_phi_fails_and_no_value_leaves(claims: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = dataset(claims, '{"text":"Mr. Xqwalter Zjprice, SSN 123-45-6789"}\n')
    result = run(job(digest))
    assert (result.verdict, result.reason) == ("fail", "PhiFound")
    assert result.counts["type:SSN"] == result.counts["type:NAME"] == 1
    shown = result.model_dump_json() + json.dumps(report_of(claims)) + "".join(capsys.readouterr())
    # A digest of a report that says how long it took has any four digits now and then.
    shown = re.sub(r"\b[0-9a-f]{32,64}\b", "", shown)
    assert not any(value in shown for value in ("Xqwalter", "Zjprice", "123-45-6789", "6789"))


def test_unreadable_line_fails_with_file_and_line_and_none_of_its_words(claims: Path) -> None:
    digest = dataset(claims, '{"text":"ok"}\nsecret words\n')
    result = run(job(digest))
    assert (result.verdict, result.reason) == ("fail", "UnreadableRecord")
    assert "train.jsonl line 2" in result.message
    assert "secret" not in result.model_dump_json() + json.dumps(report_of(claims))


def test_changed_byte_stops_the_scan_before_it_reads(claims: Path) -> None:
    digest = dataset(claims, '{"text":"ok"}\n')
    (claims / "datasets/d/train.jsonl").write_text('{"text":"ko"}\n')
    with pytest.raises(CheckFailed) as refused:
        run(job(digest))
    assert refused.value.reason == "ManifestMismatch"
    assert not (claims / "artifacts").exists()


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda root: None, "DatasetMissing"),
        (lambda root: (root / "datasets/d").mkdir(parents=True), "ManifestMissing"),
    ],
)
def test_missing_data_is_named(prepare: Any, reason: str, claims: Path) -> None:
    prepare(claims)
    with pytest.raises(BadInput) as refused:
        run(job("sha256:" + "0" * 64))
    assert refused.value.reason == reason


def test_empty_data_is_never_clean(claims: Path) -> None:
    digest = dataset(claims, "\n")
    with pytest.raises(BadInput) as refused:
        run(job(digest))
    assert refused.value.reason == "NothingToScan"
    assert list((claims / "artifacts/run/scan").iterdir()) == []


def test_logs_and_samples_are_scanned_and_their_time_stamps_are_no_finding(claims: Path) -> None:
    for folder, text in (
        ("logs", '{"time":"2026-11-24T03:48:30Z","step":1,"loss":2.25}\n'),
        ("samples", '{"prompt":"x","answer":"Ask Mr. Alvarez."}\n'),
    ):
        (claims / "artifacts/run" / folder).mkdir(parents=True)
        (claims / "artifacts/run" / folder / f"{folder}.jsonl").write_text(text)
    result = run(job(uris=("pvc://artifacts/run/logs", "pvc://artifacts/run/samples"), target="outputs"))
    assert {k: v for k, v in result.counts.items() if k.startswith("type:")} == {"type:NAME": 1}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_store_asks_to_try_again_and_leaves_no_report(
    code: int, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = dataset(claims, '{"text":"ok"}\n')

    def full(descriptor: int) -> None:
        raise OSError(code, "no space")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TryAgain) as refused:
        run(job(digest))
    assert refused.value.reason == "StoreFull"
    assert list((claims / "artifacts/run/scan").iterdir()) == []


def test_lasting_key_gives_the_same_fingerprints_in_every_run(claims: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = dataset(claims, '{"text":"SSN 123-45-6789"}\n')
    key = claims / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    seen = []
    for variable in (str(key), str(key), None):
        monkeypatch.delenv("PRECEPTOR_PHI_KEY_FILE", raising=False)
        if variable:
            monkeypatch.setenv("PRECEPTOR_PHI_KEY_FILE", variable)
        run(job(digest))
        seen.append(report_of(claims)["findings"][0]["fingerprint"])
    assert seen[0] == seen[1] != seen[2]


def test_key_file_that_is_missing_or_short_is_refused_before_a_byte_is_read(
    claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (None, b"short"):
        key = claims / "key"
        if content is not None:
            key.write_bytes(content)
        monkeypatch.setenv("PRECEPTOR_PHI_KEY_FILE", str(key))
        with pytest.raises(BadInput):
            run(job())


def test_result_of_a_dataset_with_every_type_fits_the_termination_message(claims: Path, tmp_path: Path) -> None:
    counts = {f"type:NATIONAL_ID_{number:020d}": 10**6 for number in range(45)}
    result = Result(kind="PhiScan", verdict="fail", reason="PhiFound", message="m" * 512, counts=counts)
    write_result(result, tmp_path / "log")


@pytest.mark.skipif(
    not (DATASETS / "triage-v1" / "manifest.json").is_file(), reason="the demo's datasets are not there"
)
def test_demo_dataset_is_clean_and_the_planted_one_is_not(claims: Path) -> None:
    (claims / "demo").symlink_to(DATASETS)
    clean = run(job(manifests.read(DATASETS / "triage-v1").digest, uris=("pvc://demo/triage-v1",)))
    assert (clean.verdict, clean.reason) == ("pass", "Clean")
    planted = run(job(manifests.read(DATASETS / "triage-v1-planted").digest, uris=("pvc://demo/triage-v1-planted",)))
    assert (planted.verdict, planted.reason) == ("fail", "PhiFound")


def test_a_scan_job_without_a_key_that_lasts_reads_nothing(claims: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = dataset(claims, '{"text": "clean"}\n')
    monkeypatch.delenv("PRECEPTOR_PHI_KEY")
    with pytest.raises(BadInput, match="A scan Job needs a fingerprint key that lasts") as caught:
        run(job(digest))
    assert caught.value.reason == "KeyMissing"
    assert not (claims / "artifacts").exists()


def test_two_scan_jobs_give_one_value_one_fingerprint(claims: Path) -> None:
    digest = dataset(claims, '{"text": "SSN 536-22-8726"}\n')
    prints = []
    for _ in range(2):
        run(job(digest))
        report = json.loads(next(claims.rglob("report.json")).read_text())
        prints.append([finding["fingerprint"] for finding in report["findings"]])
    assert prints[0] == prints[1] != []

"""Does each statement say what its predicate's specification and the clinical meaning ask for?"""

from typing import Any

import pytest

from preceptor import evidence
from preceptor.api.adapterrelease import Approval, DecisionReason
from preceptor.api.evalgate import MetricResult
from preceptor.api.jobs import Owner
from preceptor.evidence import Material
from preceptor.keys import SigningKey

ADAPTER, CANDIDATE, OTHER = ("sha256:" + letter * 64 for letter in "abc")
OWNER = Owner(kind="EvalGate", namespace="clinical-ai", name="triage", uid="u-1")
REPORT = Material("report.json", OTHER, "pvc://artifacts/report.json")
TIME = "2026-11-02T10:00:00Z"
PASS = MetricResult(metric="emergency_recall", value="0.99", verdict="Pass")
FAIL = MetricResult(metric="over_triage_rate", value="0.5", verdict="Fail")
UNSURE = MetricResult(metric="accuracy", verdict="Inconclusive")
REPORTED = MetricResult(metric="hallucination_rate", verdict="Reported")


def evaluation(verdict: Any, *metrics: MetricResult) -> dict[str, Any]:
    return evidence.evaluation(
        adapter=ADAPTER,
        candidate=CANDIDATE,
        verdict=verdict,
        metrics=metrics,
        confidence="0.95",
        suites=[Material("suite", OTHER)],
        report=REPORT,
        owner=OWNER,
        finished_at=TIME,
    )


def decision(*, allow: bool) -> dict[str, Any]:
    return evidence.gate_decision(
        adapter=ADAPTER,
        candidate=CANDIDATE,
        phase="release",
        allow=allow,
        profile="pilot",
        revision="r1",
        reasons=[DecisionReason(code="ApprovalMissing", message="one approval is missing")],
        evidence=[OTHER],
        owner=OWNER,
        decided_at=TIME,
    )


def scan(**changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "digest": ADAPTER,
        "target": "outputs",
        "passed": True,
        "scanned": Material("outputs", OTHER, "pvc://artifacts/run"),
        "counts": {"findings": 0},
        "report": REPORT,
        "owner": OWNER,
        "finished_at": TIME,
    }
    return evidence.phi_scan(**{**arguments, **changes})


def provenance() -> dict[str, Any]:
    return evidence.training_provenance(
        adapter=ADAPTER,
        base_model=Material("baseModel", OTHER, "pvc://models/tiny"),
        dataset=Material("dataset", CANDIDATE, "pvc://datasets/triage"),
        tokenizer=OTHER,
        chat_template=OTHER,
        parameters={"method": {"type": "lora"}},
        owner=OWNER,
        started_at=TIME,
        finished_at=TIME,
    )


def approval() -> dict[str, Any]:
    entry = Approval(
        approver="clinician-1",
        candidate_digest=CANDIDATE,
        evidence_digest=OTHER,
        policy_revision="r1",
        request_digest=OTHER,
        meaning="I have read the report",
        expires="2026-12-01T00:00:00Z",
    )
    return evidence.approval(adapter=ADAPTER, entry=entry, owner=OWNER, recorded_at=TIME)


ALL = [provenance(), scan(), evaluation("Passed", PASS), decision(allow=True), approval()]


@pytest.mark.parametrize("statement", ALL, ids=lambda statement: statement["predicateType"])
def test_every_statement_is_about_the_adapter_and_can_be_signed(statement: dict[str, Any]) -> None:
    key = SigningKey.generate()
    assert evidence.verify(evidence.sign(statement, key), [key.public]) == statement
    assert statement["subject"][0] == {"name": "adapter", "digest": {"sha256": "a" * 64}}


@pytest.mark.parametrize("statement", [evaluation("Passed", PASS), decision(allow=True), approval()])
def test_what_depends_on_the_prompt_is_also_about_the_candidate(statement: dict[str, Any]) -> None:
    assert statement["subject"][1] == {"name": "candidate", "digest": {"sha256": "b" * 64}}


def test_a_passed_evaluation_names_its_metrics() -> None:
    predicate = evaluation("Passed", PASS, REPORTED)["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["failedTests"]) == (
        "PASSED",
        ["emergency_recall"],
        [],
    )


@pytest.mark.parametrize("metrics", [(), (REPORTED,), (PASS, FAIL), (PASS, UNSURE)])
def test_no_evaluation_passes_that_its_metrics_do_not_bear_out(metrics: tuple[MetricResult, ...]) -> None:
    with pytest.raises(ValueError, match="passes only when"):
        evaluation("Passed", *metrics)


@pytest.mark.parametrize("verdict", ["Failed", "Inconclusive"])
def test_an_evaluation_without_a_pass_is_failed_to_every_verifier(verdict: str) -> None:
    predicate = evaluation(verdict, PASS, UNSURE)["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["accuracy"])
    assert predicate["preceptor_verdict"] == verdict


@pytest.mark.parametrize("counts", [{}, {"findings": 1}, {"records": 0}])
def test_no_phi_scan_passes_with_findings_or_without_their_count(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="zero findings"):
        scan(counts=counts)


def test_a_phi_scan_with_findings_is_failed() -> None:
    predicate = scan(passed=False, counts={"findings": 2})["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["phi-scan/outputs"])


def test_a_denial_lists_no_property() -> None:
    assert decision(allow=False)["predicate"]["properties"] == []
    assert decision(allow=True)["predicate"]["properties"] == ["PRECEPTOR_RELEASE_ALLOWED_RELEASE"]


def test_provenance_names_every_input_by_digest() -> None:
    inputs = provenance()["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert {part["name"]: part["digest"]["sha256"][0] for part in inputs} == {
        "baseModel": "c",
        "dataset": "b",
        "tokenizer": "c",
        "chatTemplate": "c",
    }


@pytest.mark.parametrize("digest", ["a" * 64, "sha256:" + "a" * 63, "sha256:" + "A" * 64, "sha512:" + "a" * 64, ""])
def test_a_subject_without_a_proper_digest_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        scan(digest=digest)


@pytest.mark.parametrize("time", ["2026-11-02T10:00:00", "yesterday"])
def test_a_time_without_its_offset_is_refused(time: str) -> None:
    with pytest.raises(ValueError):
        scan(finished_at=time)

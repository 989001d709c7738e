"""Which evidence and which decision does an AdapterRelease believe?"""

from dataclasses import replace
from typing import Any

import pytest
from observations import DIGEST, NOW, passed
from release_observations import (
    ALLOWED,
    APPROVED,
    EVIDENCE,
    GATE,
    NO,
    OURS,
    STATEMENT,
    YES,
    granted,
    observe,
    with_verdict,
)

from preceptor.api.adapterrelease import DecisionReason
from preceptor_operator.adapterrelease import checks
from preceptor_operator.adapterrelease.decide import decide
from preceptor_operator.adapterrelease.evidence import grant_records, is_grant, provenance_of
from preceptor_operator.adapterrelease.observed import Evidence, PolicyAnswer, Provenance


def test_a_grant_is_believed_only_for_its_own_object_and_candidate() -> None:
    observed = observe(spec=APPROVED, answers=ALLOWED, verified_release=passed("Verify"))
    grant = grant_records(observed, YES, "2026-11-24T11:00:00Z", checks.approvals(observed, NOW))[-1].statement
    assert grant is not None
    assert is_grant(grant, observed)
    elsewhere = replace(observed, resource=replace(observed.resource, uid="uid-2"))
    assert not is_grant(grant, elsewhere)
    denied = {**grant, "predicate": {**grant["predicate"], "properties": []}}
    assert not is_grant(denied, observed)
    assert not is_grant(STATEMENT, observed)


def test_one_scan_that_found_something_outweighs_those_that_did_not() -> None:
    def scan(result: str) -> dict[str, Any]:
        tests = {"passedTests": ["phi-scan/dataset"], "failedTests": []}
        if result == "FAILED":
            tests = {"passedTests": [], "failedTests": ["phi-scan/dataset"]}
        return {
            "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
            "subject": [{"name": "adapter", "digest": {"sha256": DIGEST["adapter"].removeprefix("sha256:")}}],
            "predicate": {"result": result, "preceptor_invocationId": "FineTuneRun/clinic/triage/uid-9", **tests},
        }

    for order in (("PASSED", "FAILED"), ("FAILED", "PASSED"), ("PASSED", "FAILED", "PASSED")):
        scans = [scan(result) for result in order]
        assert provenance_of(scans, DIGEST["adapter"], "clinic").scans == (("dataset", "fail"),)
        assert provenance_of(scans, DIGEST["seal"], "clinic").scans == ()
        assert provenance_of(scans, DIGEST["adapter"], "elsewhere").scans == ()


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("provenance is missing", {"provenance": Provenance()}),
        ("a scan is missing", {"provenance": Provenance(present=True, scans=(("dataset", "pass"),))}),
        (
            "a scan found something",
            {"provenance": Provenance(present=True, scans=(("dataset", "pass"), ("outputs", "fail")))},
        ),
        ("the examination failed", {"evidence": replace(EVIDENCE, statement=with_verdict("Failed"))}),
    ],
)
def test_a_policy_that_allows_too_much_releases_nothing_when(sentence: str, changes: dict[str, Any]) -> None:
    decision = decide(observe(spec=APPROVED, answers=ALLOWED, **changes), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("Denied", "EvidenceInsufficient")


def test_whatever_keeps_evidence_from_counting_the_sentence_says_how_to_go_on() -> None:
    other = {**STATEMENT, "subject": [{"name": "candidate", "digest": {"sha256": "0" * 64}}]}
    nothing = replace(EVIDENCE, statement={**other, "predicate": {}})
    astray = replace(GATE, uid="gate-2", candidate_digest=DIGEST["seal"], system_prompt_now="You prescribe.")
    bad = observe(evidence=nothing, provenance=Provenance(), gate=astray)
    found = [*checks.mismatches(bad), *checks.insufficient(bad), *checks.mismatches(observe(gate=None))]
    assert len(found) == 10
    assert [sentence for sentence in found if ": " not in sentence or not sentence.endswith(".")] == []


@pytest.mark.parametrize("length", [100, 400, 4200])
def test_no_reason_of_the_policy_is_lost_however_many_there_are(length: int) -> None:
    many = tuple(DecisionReason(code=f"Reason{i}", message=f"{i}: {'x' * length}.") for i in range(40))
    answer = PolicyAnswer(allow=False, revision="r1", reasons=many)
    decision = decide(observe(answers={"request": answer, "release": answer}), NOW)
    assert decision.status["decision"]["reasons"] == [reason.document() for reason in many]
    assert [(n.reason, n.message) for n in decision.notices[1:]] == [(r.code, r.message) for r in many]
    messages = [c["message"] for c in decision.status["conditions"] if c["reason"] == "PolicyDenies"]
    assert messages
    for told in messages:
        assert told.startswith("40 reasons, each in full in status.decision.reasons:")
        assert len(told) <= 4096
        assert told.endswith((".", ":"))


def test_thirty_reasons_of_the_policy_stand_one_by_one_in_the_condition() -> None:
    many = tuple(DecisionReason(code=f"Reason{i}", message=f"{i}: {'x' * 100}.") for i in range(30))
    answer = PolicyAnswer(allow=False, revision="r1", reasons=many)
    status = decide(observe(answers={"request": answer, "release": answer}), NOW).status
    told = next(c["message"] for c in status["conditions"] if c["reason"] == "PolicyDenies")
    assert told.split("\n") == [f"[{reason.code}] {reason.message}" for reason in many]


def test_few_reasons_of_the_policy_stand_in_the_condition_whole() -> None:
    status = decide(observe(answers={"request": NO, "release": NO}), NOW).status
    told = [c["message"] for c in status["conditions"] if c["reason"] == "PolicyDenies"]
    assert told == ["[VerdictNotPass] It did not pass."] * 3


def test_a_served_release_says_without_its_gate_what_it_said_with_it() -> None:
    before = decide(granted(serving=OURS), NOW).status
    after = decide(granted(serving=OURS, gate=None, evidence=Evidence(), answers={}, status=before), NOW).status
    kept = ("evidenceDigest", "policyRevision", "adapterUri", "approvals", "decision", "servedDigest")
    assert all(before[field] for field in kept)
    assert {field: after[field] for field in kept} == {field: before[field] for field in kept}
    assert {c["type"]: c["status"] for c in after["conditions"]} == {
        c["type"]: c["status"] for c in before["conditions"]
    }

"""What is decided about an AdapterRelease? Each case is a sentence."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from observations import CONFIG, DIGEST, NOW, PROMPT, candidate, failed, good_metrics, owner, passed, resource

from preceptor.api.adapterrelease import AdapterReleaseSpec, DecisionReason, request_digest
from preceptor.api.gateway import Serving
from preceptor.api.jobs import Owner as JobOwner
from preceptor.evidence import Material, evaluation, statement_digest
from preceptor_operator.adapterrelease import checks, reasons
from preceptor_operator.adapterrelease.decide import decide
from preceptor_operator.adapterrelease.evidence import grant_records, is_grant, provenance_of
from preceptor_operator.adapterrelease.observed import Evidence, Gate, Observed, PolicyAnswer, Provenance
from preceptor_operator.adapterrelease.works import verify_work
from preceptor_operator.shared.names import FINALIZER
from preceptor_operator.shared.outcome import ABSENT, Outcome

CANDIDATE = candidate()
STATEMENT = evaluation(
    adapter=CANDIDATE.adapter,
    candidate=CANDIDATE.digest,
    verdict="Passed",
    metrics=good_metrics(),
    confidence="0.95",
    suites=[Material("suite-0", DIGEST["dataset"])],
    report=Material("report", DIGEST["report"]),
    owner=JobOwner(kind="EvalGate", namespace="clinic", name="triage", uid="gate-1"),
    finished_at="2026-11-24T10:00:00Z",
)
EVIDENCE = Evidence(digest=statement_digest(STATEMENT), verified=True, statement=STATEMENT)
GATE = Gate(
    namespace="clinic",
    name="triage",
    uid="gate-1",
    state="Passed",
    candidate=CANDIDATE,
    candidate_digest=CANDIDATE.digest,
    adapter_uri="pvc://artifacts/a/adapter",
    base_model_uri="pvc://models/tiny",
    system_prompt_now=PROMPT,
)
YES = PolicyAnswer(allow=True, revision="r1", reasons=())
NO = PolicyAnswer(
    allow=False, revision="r1", reasons=(DecisionReason(code="VerdictNotPass", message="It did not pass."),)
)
NOT_YET = PolicyAnswer(
    allow=False, revision="r1", reasons=(DecisionReason(code="ApprovalsMissing", message="0 of 1 count."),)
)


def spec_of(**changes: Any) -> dict[str, Any]:
    """A release's spec as the API server holds it."""
    return {
        "candidateDigest": CANDIDATE.digest,
        "evalGateRef": {"name": "triage"},
        "target": {"gatewayRef": {"name": "gateway"}, "stage": "live"},
        "policy": {"profile": "clinical", "revision": "r1"},
        "withdrawn": False,
        "requestedBy": "alice",
        **changes,
    }


def signed_by(approver: str, **changes: str) -> dict[str, str]:
    """An approval that counts unless told otherwise."""
    return {
        "approver": approver,
        "candidateDigest": CANDIDATE.digest,
        "evidenceDigest": str(EVIDENCE.digest),
        "policyRevision": "r1",
        "requestDigest": request_digest("clinic", "triage", "uid-1", spec_of()),
        "meaning": "I approve.",
        "expires": "2099-01-01T00:00:00Z",
        **changes,
    }


def observe(*, spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, **changes: Any) -> Observed:
    """An observation in which all is well until a field says otherwise: examined, verified, allowed, not approved."""
    body = spec or spec_of()
    about = {key: changes.pop(key) for key in ("deleting", "finalizers") if key in changes}
    parsed = AdapterReleaseSpec.model_validate(body)
    held = resource("AdapterRelease", body, status=status or {}, **about)
    fields: dict[str, Any] = {
        "resource": held,
        "spec": parsed,
        "request_digest": request_digest("clinic", "triage", "uid-1", body),
        "gate": GATE,
        "evidence": EVIDENCE,
        "provenance": Provenance(present=True, scans=(("dataset", "pass"), ("outputs", "pass"))),
        "verify_request": verify_work(owner("AdapterRelease"), parsed, GATE, CONFIG, "request"),
        "verified_request": passed("Verify"),
        "verify_release": verify_work(owner("AdapterRelease"), parsed, GATE, CONFIG, "release"),
        "answers": {"request": YES, "release": NOT_YET},
        "serving": Serving(state="Empty"),
    }
    return Observed(**{**fields, **changes})


GRANT = {"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": []}


def _with_verdict(verdict: str) -> dict[str, Any]:
    return {**STATEMENT, "predicate": {**STATEMENT["predicate"], "preceptor_verdict": verdict}}


APPROVED = spec_of(approvals=[signed_by("carol")])
WITHDRAWN = {**APPROVED, "withdrawn": True}
ALLOWED = {"request": YES, "release": YES}
OURS = Serving(state="Serving", candidate_digest=CANDIDATE.digest, release_uid="uid-1")


def granted(**changes: Any) -> Observed:
    """An observation of a release whose decision is in the audit chain."""
    return observe(**{"spec": APPROVED, "grant": GRANT, "answers": ALLOWED, **changes})


NEW_GATE = replace(GATE, uid="gate-2", state="Pending", candidate=None, candidate_digest=None, adapter_uri=None)
SERVED_STATUS = {"state": "Released", "servedAt": "2026-11-24T11:00:00Z"}


def refused(reason: str | None) -> Serving:
    """A gateway that refused this release's candidate."""
    return OURS.model_copy(update={"state": "Refused", "reason": reason})


def refused_status(reason: str, times: int, at: str) -> dict[str, Any]:
    """The status of a release that was refused so often, last then."""
    return {"state": "RollingOut", "reason": reason, "gatewayRefusals": times, "gatewayRefusedAt": at}


@dataclass(frozen=True)
class Case:
    """What is seen, and what must follow."""

    sentence: str
    observed: Observed
    state: str
    reason: str
    creates: tuple[str, ...] = ()
    hands_over: bool = False
    stops: bool = False
    finalizer: bool | None = None


CASES = [
    Case("a release without its gate waits", observe(gate=None), "Pending", "EvalGateMissing"),
    Case(
        "a release whose gate still runs waits",
        observe(gate=replace(GATE, state="Running")),
        "Pending",
        "EvalGateNotReady",
    ),
    Case(
        "a gate without signed evidence denies",
        observe(evidence=Evidence(digest=DIGEST["seal"], problem="The chain holds no such statement.")),
        "Denied",
        "EvidenceInvalid",
    ),
    Case("evidence of another gate denies", observe(gate=replace(GATE, uid="gate-2")), "Denied", "CandidateMismatch"),
    Case(
        "a candidate that was not examined denies",
        observe(gate=replace(GATE, candidate_digest=DIGEST["seal"])),
        "Denied",
        "CandidateMismatch",
    ),
    Case(
        "another system prompt than the one examined denies",
        observe(gate=replace(GATE, system_prompt_now="You prescribe.")),
        "Denied",
        "CandidateMismatch",
    ),
    Case(
        "a system prompt that is gone is waited for",
        observe(gate=replace(GATE, system_prompt_now=None), answers={}),
        "Pending",
        "SystemPromptMissing",
    ),
    Case(
        "a system prompt that goes while people are asked is waited for",
        observe(gate=replace(GATE, system_prompt_now=None), answers={}, status={"state": "AwaitingApproval"}),
        "AwaitingApproval",
        "SystemPromptMissing",
    ),
    Case(
        "a release that is served stays released without its gate",
        granted(serving=OURS, gate=None, evidence=Evidence(), answers={}),
        "Released",
        "CandidateServed",
        finalizer=True,
    ),
    Case(
        "a release that is served stays released when another gate has the name",
        granted(serving=OURS, gate=NEW_GATE, evidence=Evidence(problem="None."), answers={}),
        "Released",
        "CandidateServed",
        finalizer=True,
    ),
    Case(
        "a gateway that forgot waits where the gate is gone",
        granted(status=SERVED_STATUS, gate=None, evidence=Evidence(), answers={}),
        "RollingOut",
        "EvalGateMissing",
        finalizer=True,
    ),
    Case(
        "a gateway that forgot waits where the gate was made again",
        granted(status=SERVED_STATUS, gate=NEW_GATE, evidence=Evidence(), answers={}),
        "RollingOut",
        "EvalGateNotReady",
        finalizer=True,
    ),
    Case(
        "a gateway that forgot is handed what another gate of the name fixed alike",
        granted(status=SERVED_STATUS, gate=replace(GATE, uid="gate-2")),
        "RollingOut",
        "HandingOver",
        hands_over=True,
        finalizer=True,
    ),
    Case(
        "a gateway that forgot waits where the prompt is gone",
        granted(status=SERVED_STATUS, gate=replace(GATE, system_prompt_now=None), answers={}),
        "RollingOut",
        "SystemPromptMissing",
        finalizer=True,
    ),
    Case(
        "bytes are hashed before anybody is asked",
        observe(verified_request=ABSENT),
        "Pending",
        "VerifyRunning",
        creates=("verify-request",),
    ),
    Case(
        "a changed byte denies",
        observe(verified_request=failed("Verify", "ManifestMismatch")),
        "Denied",
        "ManifestMismatch",
    ),
    Case(
        "a verification that passed on another adapter denies",
        observe(verified_request=passed("Verify", digests={**DIGEST, "adapter": DIGEST["seal"]})),
        "Denied",
        "DigestMismatch",
    ),
    Case(
        "a verification that passed on another base model denies",
        observe(verified_request=passed("Verify", digests={**DIGEST, "baseModel": DIGEST["seal"]})),
        "Denied",
        "DigestMismatch",
    ),
    Case(
        "a verification that does not say what it hashed denies",
        observe(verified_request=passed("Verify", digests={})),
        "Denied",
        "DigestMismatch",
    ),
    Case(
        "a policy that cannot be asked is waited for",
        observe(answers={"request": None, "release": None}),
        "Pending",
        "PolicyUnavailable",
    ),
    Case("a policy that denies denies", observe(answers={"request": NO, "release": NO}), "Denied", "PolicyDenies"),
    Case("an allowed request waits for people", observe(), "AwaitingApproval", "WaitingForApproval"),
    Case(
        "a policy that would release without approvals is not enough",
        observe(answers=ALLOWED),
        "AwaitingApproval",
        "WaitingForApproval",
    ),
    Case(
        "approvals that the policy does not count are not enough",
        observe(spec=APPROVED),
        "AwaitingApproval",
        "WaitingForApproval",
    ),
    Case(
        "an approved release is hashed once more",
        observe(spec=APPROVED, answers=ALLOWED),
        "AwaitingApproval",
        "VerifyRunning",
        creates=("verify-release",),
    ),
    Case(
        "a byte changed after approval denies",
        observe(spec=APPROVED, answers=ALLOWED, verified_release=failed("Verify", "ManifestMismatch")),
        "Denied",
        "ManifestMismatch",
    ),
    Case(
        "a verification after approval that passed on another adapter denies",
        observe(
            spec=APPROVED,
            answers=ALLOWED,
            verified_release=passed("Verify", digests={**DIGEST, "adapter": DIGEST["seal"]}),
        ),
        "Denied",
        "DigestMismatch",
    ),
    Case(
        "the decision is recorded before anything is handed over",
        observe(spec=APPROVED, answers=ALLOWED, verified_release=passed("Verify")),
        "RollingOut",
        "ApprovalsComplete",
    ),
    Case("a recorded decision is handed over", granted(), "RollingOut", "HandingOver", hands_over=True, finalizer=True),
    Case(
        "a gateway that loads is waited for",
        granted(serving=OURS.model_copy(update={"state": "Loading"})),
        "RollingOut",
        "GatewayLoading",
        finalizer=True,
    ),
    Case(
        "a gateway that cannot load it yet is waited for, and its reason told",
        granted(
            status={"state": "Released", "servedAt": "2026-11-24T11:00:00Z"},
            serving=OURS.model_copy(update={"state": "Loading", "reason": "ScratchFull", "message": "No room."}),
        ),
        "RollingOut",
        "ScratchFull",
        finalizer=True,
    ),
    Case(
        "a release that a gateway loads beside it takes nothing over",
        granted(
            status={"state": "Released", "servedAt": "2026-11-24T11:00:00Z"},
            serving=OURS.model_copy(update={"state": "Loading", "release_uid": "uid-2"}),
        ),
        "RollingOut",
        "HandingOver",
        hands_over=True,
        finalizer=True,
    ),
    Case(
        "a gateway that cannot be reached is waited for",
        granted(serving=None),
        "RollingOut",
        "GatewayUnreachable",
        finalizer=True,
    ),
    Case(
        "a gateway that finds other bytes denies",
        granted(serving=refused("DigestMismatch")),
        "Denied",
        "DigestMismatch",
        stops=True,
    ),
    Case(
        "a gateway without room denies nothing",
        granted(serving=refused("ScratchFull")),
        "RollingOut",
        "ScratchFull",
        finalizer=True,
    ),
    Case(
        "a gateway without room after a restart denies nothing either",
        granted(serving=refused("StoreUnreadable"), status=SERVED_STATUS),
        "RollingOut",
        "StoreUnreadable",
        finalizer=True,
    ),
    Case(
        "a gateway that refuses without a reason denies nothing",
        granted(serving=refused(None)),
        "RollingOut",
        "GatewayRefused",
        finalizer=True,
    ),
    Case(
        "a candidate that was refused is not handed over before its time",
        granted(serving=refused("LoadFailed"), status=refused_status("LoadFailed", 2, "2026-11-24T11:59:10Z")),
        "RollingOut",
        "LoadFailed",
        finalizer=True,
    ),
    Case(
        "a candidate that was refused is handed over again when it is time",
        granted(serving=refused("LoadFailed"), status=refused_status("LoadFailed", 2, "2026-11-24T11:59:00Z")),
        "RollingOut",
        "HandingOver",
        hands_over=True,
        finalizer=True,
    ),
    Case(
        "a candidate that changed before the handover denies",
        granted(gate=replace(GATE, system_prompt_now="You prescribe.")),
        "Denied",
        "CandidateMismatch",
    ),
    Case(
        "a gateway that serves the digest is a release",
        granted(serving=OURS),
        "Released",
        "CandidateServed",
        finalizer=True,
    ),
    Case(
        "a gateway that forgot is handed the candidate again",
        granted(status={"state": "Released", "servedAt": "2026-11-24T11:00:00Z"}),
        "RollingOut",
        "HandingOver",
        hands_over=True,
        finalizer=True,
    ),
    Case(
        "a later release at the same gateway is not fought",
        granted(
            status={"state": "Released", "servedAt": "2026-11-24T11:00:00Z"},
            serving=OURS.model_copy(update={"release_uid": "uid-2"}),
        ),
        "Withdrawn",
        "Superseded",
    ),
    Case(
        "a withdrawn release is stopped before anything else",
        observe(spec=WITHDRAWN, serving=OURS, finalizers=(FINALIZER,)),
        "RollingOut",
        "Stopping",
        stops=True,
    ),
    Case(
        "a withdrawn release that is stopped is withdrawn",
        observe(spec=WITHDRAWN, finalizers=(FINALIZER,), status={"state": "RollingOut", "reason": "Stopping"}),
        "Withdrawn",
        "WithdrawnByUser",
        finalizer=False,
    ),
    Case(
        "a withdrawn release says when the operator may no longer talk to its gateway",
        observe(spec=WITHDRAWN, serving=None, gateway_allowed=False, finalizers=(FINALIZER,)),
        "RollingOut",
        "GatewayNotAllowed",
    ),
    Case(
        "a release to a Service that is no gateway says so",
        granted(serving=None, gateway_allowed=False),
        "RollingOut",
        "GatewayNotAllowed",
        finalizer=True,
    ),
    Case(
        "a withdrawn release waits until the gateway confirms",
        observe(spec=WITHDRAWN, grant=GRANT, serving=None, finalizers=(FINALIZER,)),
        "RollingOut",
        "GatewayUnreachable",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_release(case: Case) -> None:
    decision = decide(case.observed, NOW)
    assert (decision.status["state"], decision.status["reason"]) == (case.state, case.reason)
    assert tuple(work.role for work in decision.create) == case.creates
    assert (decision.handover is not None) == case.hands_over
    assert (decision.stop_serving is not None) == case.stops
    assert decision.finalizer == case.finalizer
    conditions = {c["type"]: c for c in decision.status["conditions"]}
    assert set(conditions) == {"EvidenceVerified", "PolicyAllows", "Approved", "Released", "Stalled"}
    assert (conditions["Released"]["status"] == "True") == (case.state == "Released")
    assert (conditions["Stalled"]["status"] == "True") == (case.state == "Denied")


@pytest.mark.parametrize(
    ("sentence", "approval"),
    [
        ("its approver requested the release", signed_by("alice")),
        ("its approver requested the release in other letters", signed_by("Alice")),
        ("its approver is a service account", signed_by("system:serviceaccount:clinic:robot")),
        ("it names another candidate", signed_by("carol", candidateDigest=DIGEST["seal"])),
        ("it names other evidence", signed_by("carol", evidenceDigest=DIGEST["seal"])),
        ("it names another policy revision", signed_by("carol", policyRevision="r2")),
        ("it signs another request", signed_by("carol", requestDigest=DIGEST["seal"])),
        ("it has expired", signed_by("carol", expires="2026-11-24T11:59:59Z")),
        ("its expiry has no zone", signed_by("carol", expires="2099-01-01T00:00:00")),
        ("its expiry is no time", signed_by("carol", expires="never")),
    ],
)
def test_an_approval_does_not_count_when(sentence: str, approval: dict[str, str]) -> None:
    found = checks.approvals(observe(spec=spec_of(approvals=[approval])), NOW)
    assert found.valid == ()
    assert len(found.problems) == 1


def test_a_request_by_a_service_account_needs_two_people() -> None:
    body = spec_of(requestedBy="system:serviceaccount:argocd:argocd")
    digest = request_digest("clinic", "triage", "uid-1", body)
    one = observe(spec={**body, "approvals": [signed_by("carol", requestDigest=digest)]})
    two = observe(spec={**body, "approvals": [signed_by(name, requestDigest=digest) for name in ("carol", "dave")]})
    assert not checks.approvals(one, NOW).complete
    assert checks.approvals(two, NOW).complete


def test_a_grant_is_believed_only_for_its_own_object_and_candidate() -> None:
    observed = observe(spec=APPROVED, answers=ALLOWED, verified_release=passed("Verify"))
    grant = grant_records(observed, YES, "2026-11-24T11:00:00Z", ("carol",))[-1].statement
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
        ("the examination failed", {"evidence": replace(EVIDENCE, statement=_with_verdict("Failed"))}),
    ],
)
def test_a_policy_that_allows_too_much_releases_nothing_when(sentence: str, changes: dict[str, Any]) -> None:
    decision = decide(observe(spec=APPROVED, answers=ALLOWED, **changes), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("Denied", "EvidenceInsufficient")


def test_only_approvals_that_count_are_signed_as_approvals() -> None:
    late = signed_by("dave", expires="2020-01-01T00:00:00Z")
    observed = observe(spec=spec_of(approvals=[signed_by("Carol Smith"), late]), answers=ALLOWED)
    counted = checks.approvals(observed, NOW).valid
    records = grant_records(observed, YES, "2026-11-24T11:00:00Z", counted)
    assert [record.append.body.get("approver") for record in records] == ["Carol Smith", None]
    assert all(" " not in record.append.key for record in records)


def test_a_deleted_release_goes_only_when_the_gateway_has_stopped() -> None:
    waiting = decide(granted(deleting=True, finalizers=(FINALIZER,), serving=None), NOW)
    assert waiting.finalizer is None
    assert waiting.requeue_seconds
    stopping = decide(granted(deleting=True, finalizers=(FINALIZER,), serving=OURS), NOW)
    assert (stopping.stop_serving, stopping.finalizer) == (CANDIDATE.digest, False)
    gone = decide(granted(deleting=True, finalizers=(FINALIZER,), serving=None, gateway_exists=False), NOW)
    assert gone.finalizer is False


def test_a_gateway_that_goes_on_refusing_is_asked_less_and_less_often_and_forgiven_when_it_serves() -> None:
    status: dict[str, Any] = {"state": "RollingOut"}
    pauses = []
    now = NOW
    for _ in range(8):
        first = decide(granted(serving=refused("ScratchFull"), status=status), now)
        assert (first.handover, len(first.notices)) == (None, 1)
        assert first.requeue_seconds is not None
        again = decide(granted(serving=refused("ScratchFull"), status=first.status), now)
        assert (again.status, again.notices) == (first.status, ())
        pauses.append(first.requeue_seconds)
        now += timedelta(seconds=first.requeue_seconds)
        status = decide(granted(serving=refused("ScratchFull"), status=first.status), now).status
        assert status["reason"] == "HandingOver"
    assert pauses == [30, 60, 120, 240, 480, 960, 960, 960]
    served = decide(granted(serving=OURS, status=status), now).status
    assert "gatewayRefusals" not in served
    assert "gatewayRefusedAt" not in served


@pytest.mark.parametrize("reason", sorted(reasons.MISMATCHES))
def test_a_refusal_over_bytes_or_decision_is_a_denial(reason: str) -> None:
    decision = decide(granted(serving=refused(reason), status=SERVED_STATUS), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("Denied", reason)


@pytest.mark.parametrize(("state", "told"), [("AwaitingApproval", True), ("RollingOut", False), ("Released", False)])
def test_an_approval_that_was_recorded_and_not_yet_told_is_told(state: str, told: bool) -> None:
    notices = decide(granted(status={"state": state}), NOW).notices
    assert ("ApprovalsComplete" in {notice.reason for notice in notices}) == told


def test_a_served_release_says_without_its_gate_what_it_said_with_it() -> None:
    before = decide(granted(serving=OURS), NOW).status
    after = decide(granted(serving=OURS, gate=None, evidence=Evidence(), answers={}, status=before), NOW).status
    kept = ("evidenceDigest", "policyRevision", "adapterUri", "approvals", "decision", "servedDigest")
    assert all(before[field] for field in kept)
    assert {field: after[field] for field in kept} == {field: before[field] for field in kept}
    assert {c["type"]: c["status"] for c in after["conditions"]} == {
        c["type"]: c["status"] for c in before["conditions"]
    }


@pytest.mark.parametrize(
    ("allowed", "reason", "way_out"),
    [(True, "GatewayUnreachable", "cannot be reached"), (False, "GatewayNotAllowed", "add it to the chart's gateways")],
)
def test_a_deletion_that_waits_for_its_gateway_says_so_with_a_way_out(allowed: bool, reason: str, way_out: str) -> None:
    served = decide(granted(serving=OURS), NOW).status
    fields: dict[str, Any] = {"deleting": True, "finalizers": (FINALIZER,), "serving": None, "gateway_allowed": allowed}
    decision = decide(granted(status=served, **fields), NOW)
    told = next(c for c in decision.status["conditions"] if c["type"] == "Reconciled")
    assert (told["status"], told["reason"]) == ("False", reason)
    assert way_out in told["message"]
    assert [(notice.reason, notice.message) for notice in decision.notices] == [(reason, told["message"])]
    again = decide(granted(status=decision.status, **fields), NOW.replace(hour=13))
    assert again.status == decision.status


def test_a_service_that_is_gone_does_not_hold_a_withdrawal_up() -> None:
    observed = observe(
        spec={**APPROVED, "withdrawn": True}, serving=None, gateway_exists=False, finalizers=(FINALIZER,)
    )
    assert decide(observed, NOW).status["state"] == "Withdrawn"


def test_waiting_for_a_pod_says_why() -> None:
    waiting = Outcome(phase="Waiting", reason="PodStarting", message="The pod waits: ImagePullBackOff.")
    decision = decide(observe(verified_request=waiting), NOW)
    released = next(c for c in decision.status["conditions"] if c["type"] == "Released")
    assert "ImagePullBackOff" in released["message"]

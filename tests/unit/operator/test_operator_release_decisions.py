"""What is decided about an AdapterRelease? Each case is a sentence."""

from dataclasses import dataclass, replace

import pytest
from observations import DIGEST, NOW, failed, passed
from release_observations import (
    ALLOWED,
    APPROVED,
    GATE,
    GRANT,
    NEW_GATE,
    NO,
    OURS,
    SERVED_STATUS,
    WITHDRAWN,
    granted,
    observe,
    refused,
    refused_status,
)

from preceptor_operator.adapterrelease.decide import decide
from preceptor_operator.adapterrelease.observed import Evidence, Observed
from preceptor_operator.shared.names import FINALIZER
from preceptor_operator.shared.outcome import ABSENT, Outcome


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


def test_waiting_for_a_pod_says_why() -> None:
    waiting = Outcome(phase="Waiting", reason="PodStarting", message="The pod waits: ImagePullBackOff.")
    decision = decide(observe(verified_request=waiting), NOW)
    released = next(c for c in decision.status["conditions"] if c["type"] == "Released")
    assert "ImagePullBackOff" in released["message"]

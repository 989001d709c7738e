"""How long does a decision to release hold, and what does its release say of it?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from observations import NOW, passed
from release_observations import (
    ALLOWED,
    APPROVED,
    CANDIDATE,
    DECIDED,
    EVIDENCE,
    GATE,
    NOT_YET,
    OURS,
    SERVED_STATUS,
    WITHDRAWN,
    YES,
    granted,
    observe,
    refused,
    signed_by,
    spec_of,
)

from preceptor.api.adapterrelease import DecisionReason
from preceptor.api.gateway import Serving
from preceptor_operator.adapterrelease import checks
from preceptor_operator.adapterrelease.decide import decide
from preceptor_operator.adapterrelease.evidence import grant_records
from preceptor_operator.adapterrelease.observed import Evidence, Observed, PolicyAnswer
from preceptor_operator.shared.clock import rfc3339
from preceptor_operator.shared.outcome import ABSENT

SIXTY_DAYS = NOW + timedelta(days=60)
BRIEF = spec_of(approvals=[signed_by("carol", expires="2026-11-24T13:00:00Z")])
BRIEFLY = {**DECIDED, "preceptor_firstServedBefore": "2026-11-24T13:00:00Z"}
OTHER_REVISION = PolicyAnswer(
    allow=False, revision="r2", reasons=(DecisionReason(code="RevisionMismatch", message="It is r2."),)
)
LATE = {"request": YES, "release": NOT_YET}


def _late(**changes: Any) -> Observed:
    """A decision that was recorded sixty days ago, and rests on an approval that counted for an hour more."""
    status = {"state": "RollingOut", "reason": "GatewayUnreachable"}
    return granted(**{"spec": BRIEF, "decided": BRIEFLY, "answers": LATE, "status": status, **changes})


@pytest.mark.parametrize(
    ("sentence", "observed", "state", "reason"),
    [
        ("its approval has expired", _late(), "AwaitingApproval", "WaitingForApproval"),
        ("a newer approval counts, but it rests on the old one", _late(spec=APPROVED), "AwaitingApproval",
         "WaitingForApproval"),
        ("it does not say how long it holds", granted(decided={}), "AwaitingApproval", "VerifyRunning"),
        ("the policy denies it now", _late(answers={"request": OTHER_REVISION, "release": OTHER_REVISION}),
         "AwaitingApproval", "PolicyDenies"),
        ("the policy does not count its approval now", granted(answers=LATE), "AwaitingApproval",
         "WaitingForApproval"),
        ("the gate is gone", _late(gate=None, answers={}), "Pending", "EvalGateMissing"),
        ("the bytes were last hashed too long ago", _late(verified_request=ABSENT), "Pending", "VerifyRunning"),
        ("the evidence verifies no more", _late(evidence=Evidence(problem="None.")), "Denied", "EvidenceInvalid"),
        ("the gateway had no room up to now", _late(serving=refused("ScratchFull")), "AwaitingApproval",
         "WaitingForApproval"),
    ],
)  # fmt: skip
def test_a_decision_that_was_never_carried_out_is_not_carried_out_when(
    sentence: str, observed: Observed, state: str, reason: str
) -> None:
    decision = decide(observed, SIXTY_DAYS if observed.decided is BRIEFLY else NOW)
    assert (decision.status["state"], decision.status["reason"], decision.handover) == (state, reason, None)
    told = next(c["message"] for c in decision.status["conditions"] if c["type"] == "Released")
    assert told.startswith("The decision of ")
    assert "holds no more" in told
    assert "ApprovalsComplete" not in {notice.reason for notice in decision.notices}
    assert ("DecisionLapsed" in {n.reason for n in decision.notices}) == (observed.decided is BRIEFLY)


def test_a_gateway_that_still_loads_what_was_decided_too_long_ago_is_stopped() -> None:
    loading = OURS.model_copy(update={"state": "Loading"})
    decision = decide(_late(serving=loading), SIXTY_DAYS)
    assert (decision.status["state"], decision.stop_serving) == ("AwaitingApproval", CANDIDATE.digest)


def test_a_policy_that_cannot_be_asked_keeps_a_first_handover_waiting() -> None:
    decision = decide(granted(answers={"request": None, "release": None}), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("RollingOut", "PolicyUnavailable")
    assert decision.handover is None


def test_what_was_served_is_handed_to_a_gateway_that_forgot_however_old_its_approvals_are() -> None:
    again = decide(_late(status=SERVED_STATUS), SIXTY_DAYS).handover
    assert again is not None
    # The gateway would take it for a first service otherwise.
    assert again.served_at == SERVED_STATUS["servedAt"]
    first = decide(granted(), NOW).handover
    assert first is not None
    assert first.served_at is None
    assert decide(_late(status=SERVED_STATUS, answers={}), SIXTY_DAYS).handover is not None


def test_what_a_gateway_has_begun_to_serve_in_time_is_released() -> None:
    assert decide(_late(serving=OURS), SIXTY_DAYS).status["state"] == "Released"


def test_another_approval_makes_another_decision() -> None:
    anew = spec_of(approvals=[*BRIEF["approvals"], signed_by("dave")])
    observed = _late(spec=anew, answers=ALLOWED)
    assert [work.role for work in decide(observed, SIXTY_DAYS).create] == ["verify-release"]
    hashed = replace(passed("Verify"), finished_at="2027-01-23T12:00:00Z")
    *approvals, grant = decide(replace(observed, verified_release=hashed), SIXTY_DAYS).records
    assert [record.append.body["approver"] for record in approvals] == ["dave"]
    assert grant.append.key == "uid-1:grant:2027-01-23T12:00:00Z"
    assert grant.statement is not None
    decided = grant.statement["predicate"]
    assert decided["preceptor_firstServedBefore"] == "2099-01-01T00:00:00Z"
    assert decide(replace(observed, decided=decided), SIXTY_DAYS).handover is not None


def test_a_decision_holds_as_long_as_enough_of_its_approvals_do() -> None:
    ends = {"carol": "2027-01-01T00:00:00Z", "dave": "2027-03-01T00:00:00Z", "erin": "2027-02-01T00:00:00Z"}
    observed = observe(spec=spec_of(approvals=[signed_by(name, expires=end) for name, end in ends.items()]))
    counted = checks.approvals(observed, NOW)
    for needed, end in ((1, ends["dave"]), (2, ends["erin"]), (3, ends["carol"])):
        grant = grant_records(observed, YES, rfc3339(NOW), replace(counted, needed=needed))[-1].statement
        assert grant is not None
        predicate = grant["predicate"]
        assert (predicate["preceptor_firstServedBefore"], predicate["preceptor_approvalsNeeded"]) == (end, needed)
        assert predicate["preceptor_approvers"] == ["carol", "dave", "erin"]


def test_a_person_with_two_approvals_does_not_make_a_decision_hold_longer() -> None:
    ends = {"carol": "2027-03-01T00:00:00Z", "Carol": "2027-02-01T00:00:00Z", "dave": "2027-01-01T00:00:00Z"}
    observed = observe(spec=spec_of(approvals=[signed_by(name, expires=end) for name, end in ends.items()]))
    counted = replace(checks.approvals(observed, NOW), needed=2)
    grant = grant_records(observed, YES, rfc3339(NOW), counted)[-1].statement
    assert grant is not None
    assert grant["predicate"]["preceptor_firstServedBefore"] == ends["dave"]


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("the approvals expired", {"spec": BRIEF, "answers": LATE}),
        ("the policy is another one", {"answers": {"request": OTHER_REVISION, "release": OTHER_REVISION}}),
        ("the policy wants more approvals",
         {"answers": {phase: replace(NOT_YET, approvals_needed=3) for phase in ("request", "release")}}),
        ("another gate has the name", {"gate": replace(GATE, uid="gate-2")}),
        ("the evidence is not to be had", {"evidence": Evidence(problem="The chain holds no such statement.")}),
        ("the gateway restarted", {"serving": Serving(state="Empty")}),
        ("the gateway cannot be reached", {"serving": None}),
    ],
)  # fmt: skip
def test_what_is_served_rests_on_its_decision_though_meanwhile(sentence: str, changes: dict[str, Any]) -> None:
    served = decide(granted(serving=OURS), NOW).status
    status = decide(granted(**{"serving": OURS, "status": served, **changes}), NOW + timedelta(days=31)).status
    resting = {"EvidenceVerified", "PolicyAllows", "Approved"}
    assert {c["type"] for c in status["conditions"] if c["status"] == "True" and c["type"] in resting} == resting
    told = " ".join(c["message"] for c in status["conditions"] if c["type"] in resting)
    assert "signed decision of 2026-11-24T11:00:00Z" in told
    assert (status["policyRevision"], status["approvals"]) == ("r1", "1/1")
    assert status["evidenceDigest"] == EVIDENCE.digest
    assert status["decision"] == {"phase": "release", "allow": True, "revision": "r1", "reasons": []}


def test_a_withdrawn_release_keeps_what_it_said_of_its_approvals() -> None:
    served = decide(granted(serving=OURS), NOW).status
    # What stops needs neither gate nor chain, so nothing of them is read.
    fields: dict[str, Any] = {"gate": None, "evidence": Evidence(), "answers": {}, "status": served}
    status = decide(observe(spec=WITHDRAWN, **fields), NOW).status
    assert (status["state"], status["approvals"], status["decision"]) == ("Withdrawn", "1/1", served["decision"])
    assert {c["type"]: c["status"] for c in status["conditions"]}["Approved"] == "True"

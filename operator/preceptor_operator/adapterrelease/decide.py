"""What should become of an AdapterRelease, given what is known?"""

from dataclasses import replace
from datetime import datetime

from preceptor.api.adapterrelease import DecisionReason, State
from preceptor.api.gateway import Handover, Serving
from preceptor.api.jobs import Owner
from preceptor_operator.adapterrelease import checks, reasons
from preceptor_operator.adapterrelease.evidence import event_record, grant_records
from preceptor_operator.adapterrelease.observed import TERMINAL, Approvals, Observed, PolicyAnswer
from preceptor_operator.adapterrelease.status import build, told
from preceptor_operator.shared.clock import parse, rfc3339
from preceptor_operator.shared.conditions import RECONCILED, Fact, carried, merge, reason_or, without_reconciled
from preceptor_operator.shared.decision import Decision, Notice
from preceptor_operator.shared.names import FINALIZER

GATE_ENDED = frozenset({"Passed", "Failed", "Inconclusive"})
SOON, WATCH_SECONDS, STEADY_SECONDS = 2.0, 15.0, 30.0
REFUSED_SECONDS, LONGEST_SECONDS = 30.0, 960.0


def decide(observed: Observed, now: datetime) -> Decision:
    """Pure: the one place that says what happens next to a release."""
    resource, spec = observed.resource, observed.spec
    if resource.deleting:
        return _deleting(observed, now)
    if resource.status.get("state") in TERMINAL:
        return Decision(
            status=carried(resource.status, resource.generation),
            stop_serving=_ours(observed),
            finalizer=_drop(observed),
            # Ended while the gateway was out of reach: it may serve the candidate again when it is back.
            requeue_seconds=WATCH_SECONDS / 3 if _must_reach(observed) else None,
        )
    if spec is None:
        message = f"The spec cannot be used: {observed.fault}. Create a corrected AdapterRelease."
        return _denied(observed, now, reasons.SPEC_INVALID, message)
    if spec.withdrawn:
        return _withdrawn(
            observed, now, reasons.WITHDRAWN, "Withdrawn by spec.withdrawn: the gateway serves it no more."
        )
    if _superseded(observed):
        message = (
            f"Another release was handed to gateway {spec.target.gateway_ref.name} after this one: "
            "create another AdapterRelease to serve this candidate there again."
        )
        return _withdrawn(observed, now, reasons.SUPERSEDED, message)
    if observed.granted:
        why = None if _taken(observed) else _lapsed(observed, now)
        return _told(observed, _roll_out(observed, now)) if why is None else _again(observed, now, why)
    return _undecided(observed, now)


def _undecided(observed: Observed, now: datetime) -> Decision:
    """No decision to release is in the chain, or none that holds."""
    resource, spec = observed.resource, observed.spec
    assert spec is not None
    if observed.gate is None:
        message = f"EvalGate {spec.eval_gate_ref.name} does not exist in {resource.namespace}: create it."
        return _pending(observed, now, reasons.GATE_MISSING, message)
    if observed.gate.state not in GATE_ENDED:
        message = f"EvalGate {observed.gate.name} is {observed.gate.state or 'new'}: the release waits for its verdict."
        return _pending(observed, now, reasons.GATE_NOT_READY, message)
    return _examine(observed, now)


def _examine(observed: Observed, now: datetime) -> Decision:
    """Evidence, bytes and policy as they stand before anybody is asked to approve."""
    faults = checks.mismatches(observed)
    if not observed.evidence.verified:
        faults.insert(0, observed.evidence.problem or "The evaluation statement is not verified.")
    if faults:
        return _denied(
            observed, now, "CandidateMismatch" if observed.evidence.verified else "EvidenceInvalid", " ".join(faults)
        )
    if observed.gate is not None and observed.gate.system_prompt_now is None:
        # Only another prompt is a reason to deny; one that is not there may be on its way back.
        waits: State = "AwaitingApproval" if observed.resource.status.get("state") == "AwaitingApproval" else "Pending"
        status = build(observed, now, waits, reasons.PROMPT_MISSING, _PROMPT_MISSING)
        return Decision(status=status, requeue_seconds=WATCH_SECONDS)
    verified = observed.verified_request
    if verified.finished and verified.phase != "Passed":
        return _denied(observed, now, verified.reason, verified.message)
    if verified.phase != "Passed":
        if verified.phase == "Absent" and observed.verify_request is not None:
            status = build(observed, now, "Pending", reasons.VERIFYING, "Adapter and base model are hashed again.")
            return Decision(status=status, create=(observed.verify_request,))
        message = verified.message or "Adapter and base model are hashed again."
        return _pending(observed, now, verified.reason or reasons.VERIFYING, message)
    if problem := checks.verified_another(observed, verified):
        return _denied(observed, now, reasons.DIGEST_MISMATCH, problem)
    answer = observed.answers.get("request")
    if answer is None:
        return _pending(observed, now, reasons.POLICY_UNAVAILABLE, _UNAVAILABLE, requeue=WATCH_SECONDS / 3)
    if not answer.allow and observed.lapsed:
        # People have agreed to it once: a policy that is put back lets it go on.
        message = f"{_POLICY_CHANGED} {told(answer.reasons)}"
        return _waiting(observed, now, checks.approvals(observed, now), reasons.POLICY_DENIES, message)
    if not answer.allow:
        denied = _denied(observed, now, reasons.POLICY_DENIES, told(answer.reasons), answer=answer)
        return replace(denied, notices=(*denied.notices, *map(_objection, answer.reasons)))
    if lacking := checks.insufficient(observed):
        return _denied(observed, now, "EvidenceInsufficient", " ".join(lacking))
    return _await_approval(observed, now)


def _await_approval(observed: Observed, now: datetime) -> Decision:
    """The policy allows the request; now people, then the bytes once more, then the policy once more."""
    approvals, answer = checks.approvals(observed, now), observed.answers.get("release")
    if answer is None:
        return _waiting(observed, now, approvals, reasons.POLICY_UNAVAILABLE, _UNAVAILABLE)
    if not (approvals.complete and answer.allow):
        lines = [f"{approvals.text} approvals.", *approvals.problems]
        lines += [reason.message for reason in answer.reasons] if not answer.allow else []
        return _waiting(observed, now, approvals, reasons.WAITING, " ".join(lines))
    verified = observed.verified_release
    if verified.finished and verified.phase != "Passed":
        return _denied(observed, now, verified.reason, verified.message)
    if verified.phase == "Absent" and observed.verify_release is not None:
        status = build(
            observed,
            now,
            "AwaitingApproval",
            reasons.VERIFYING,
            "Approved; everything is hashed again.",
            approvals=approvals,
        )
        return Decision(status=status, create=(observed.verify_release,))
    if verified.phase != "Passed":
        return _waiting(observed, now, approvals, reasons.VERIFYING, verified.message or "Everything is hashed again.")
    if problem := checks.verified_another(observed, verified):
        return _denied(observed, now, reasons.DIGEST_MISMATCH, problem)
    # Dated by the verification, which follows the newest approval that counts: its Job is named by them.
    records = grant_records(observed, answer, verified.finished_at or rfc3339(now), approvals)
    status = build(observed, now, "RollingOut", reasons.APPROVED, _APPROVED.message, approvals=approvals, answer=answer)
    return Decision(
        status=status,
        records=records,
        notices=(_APPROVED,),
        requeue_seconds=0.1,
    )


def _told(observed: Observed, decision: Decision) -> Decision:
    """Say that it was approved where an operator died between recording that and saying it."""
    if observed.resource.status.get("state") not in (None, "Pending", "AwaitingApproval"):
        return decision
    return replace(decision, notices=(_APPROVED, *decision.notices))


def _taken(observed: Observed) -> bool:
    """Whether the gateway has taken the handover, for good or ill, or may have: it does not answer then."""
    serving, spec = observed.serving, observed.spec
    if serving is None:
        return True
    if spec is None or serving.release_uid != observed.resource.uid:
        return False
    if serving.state == "Refused":
        return reason_or(serving.reason, reasons.GATEWAY_REFUSED) in reasons.MISMATCHES
    return serving.state == "Serving" and serving.candidate_digest == spec.candidate_digest


def _lapsed(observed: Observed, now: datetime) -> str | None:
    """Why a decision that was never carried out holds no more; None where it holds, or where nobody can say."""
    if observed.resource.status.get("servedAt"):
        return None
    until = parse(observed.decided.get("preceptor_firstServedBefore"))
    if until is None or until <= now:
        return "approvals that it rests on have expired"
    answer = observed.answers.get("release")
    if answer is None:
        return None
    if not checks.approvals(observed, now).complete:
        return "fewer approvals count than are needed"
    return None if answer.allow else "the promotion policy does not allow it now"


def _again(observed: Observed, now: datetime, why: str) -> Decision:
    """People and policy are asked as if nothing had been decided; nothing is handed over on an old word."""
    message = (
        f"The decision of {observed.decided.get('timeCreated', 'unknown date')} to release it was not carried out in "
        f"time, and holds no more: {why}."
    )
    decision = _undecided(replace(observed, grant=None, decided={}, lapsed=message), now)
    first = observed.resource.status.get("state") == "RollingOut"
    notice = Notice(type="Warning", reason=reasons.LAPSED, message=message)
    return replace(
        decision,
        # What the gateway still tries to load.
        stop_serving=_ours(observed),
        notices=(notice, *decision.notices) if first else decision.notices,
    )


def _roll_out(observed: Observed, now: datetime) -> Decision:
    """A signed decision is in the chain: the gateway is to serve exactly this candidate."""
    spec, serving = observed.spec, observed.serving
    assert spec is not None
    if serving is not None and serving.release_uid == observed.resource.uid:
        if serving.state == "Serving" and serving.candidate_digest == spec.candidate_digest:
            return _released(observed, now)
        if serving.state == "Refused":
            return _refused(observed, now, serving)
        if serving.state == "Loading":
            # What keeps the gateway from loading it, such as a full disk, says nothing about the candidate.
            reason = reason_or(serving.reason, reasons.GATEWAY_LOADING)
            message = serving.message or "The gateway is loading the candidate."
            status = build(observed, now, "RollingOut", reason, message)
            return Decision(status=status, finalizer=True, requeue_seconds=SOON)
    if serving is None:
        reason, what = _out_of_reach(observed)
        status = build(observed, now, "RollingOut", reason, f"{what} The release waits for it.")
        return Decision(status=status, finalizer=True, requeue_seconds=WATCH_SECONDS / 3)
    return _hand_over(observed, now)


def _refused(observed: Observed, now: datetime, serving: Serving) -> Decision:
    """Deny what can never be served; what this gateway cannot serve now is handed over again, later each time."""
    reason = reason_or(serving.reason, reasons.GATEWAY_REFUSED)
    message = f"The gateway refused the candidate ({serving.reason}): {serving.message or ''}"
    if reason in reasons.MISMATCHES:
        return _denied(observed, now, reason, message)
    before = observed.resource.status
    times, at = int(before.get("gatewayRefusals") or 0), parse(before.get("gatewayRefusedAt"))
    known = before.get("reason") == reason and times > 0 and at is not None
    if not known or at is None:
        times, at = times + 1, now
    pause = min(REFUSED_SECONDS * 2.0 ** (times - 1), LONGEST_SECONDS)
    left = pause - (now - at).total_seconds()
    if known and left <= 0:
        return _hand_over(observed, now)
    message = f"{message} It is handed over again {pause:.0f} s after this refusal, which is number {times}."
    status = build(observed, now, "RollingOut", reason, message, refusals=(times, at))
    notice = Notice(type="Warning", reason=reason, message=message)
    return Decision(
        status=status, finalizer=True, notices=() if known else (notice,), requeue_seconds=min(max(left, 1.0), pause)
    )


def _hand_over(observed: Observed, now: datetime) -> Decision:
    """Hand over the approved parts, whichever gate says where they lie: the gateway hashes them."""
    spec, gate, sources = observed.spec, observed.gate, observed.sources
    assert spec is not None
    name = spec.eval_gate_ref.name
    if gate is None:
        return _without_sources(observed, now, reasons.GATE_MISSING, f"EvalGate {name} is gone")
    if gate.candidate is None or gate.candidate.digest != spec.candidate_digest:
        message = f"EvalGate {name} was made again and has not fixed {spec.candidate_digest}"
        return _without_sources(observed, now, reasons.GATE_NOT_READY, message)
    if sources is None:
        return _without_sources(observed, now, reasons.PROMPT_MISSING, "The system prompt's ConfigMap is missing")
    if not checks.system_prompt_matches(observed):
        # Served once or not: what would be handed over now is not what was approved.
        return _denied(observed, now, "CandidateMismatch", " ".join(checks.mismatches(observed)))
    if not observed.resource.status.get("servedAt") and observed.answers.get("release") is None:
        status = build(observed, now, "RollingOut", reasons.POLICY_UNAVAILABLE, _UNAVAILABLE)
        return Decision(status=status, finalizer=True, requeue_seconds=WATCH_SECONDS / 3)
    owner = Owner(
        kind="AdapterRelease",
        namespace=observed.resource.namespace,
        name=observed.resource.name,
        uid=observed.resource.uid,
    )
    handover = Handover(
        release=owner,
        candidate=gate.candidate,
        candidate_digest=spec.candidate_digest,
        sources=sources,
        grant=dict(observed.grant or {}),
        served_at=observed.resource.status.get("servedAt"),
    )
    status = build(observed, now, "RollingOut", reasons.HANDING_OVER, "The candidate is handed to the gateway.")
    return Decision(status=status, finalizer=True, handover=handover, requeue_seconds=SOON)


def _without_sources(observed: Observed, now: datetime, reason: str, what: str) -> Decision:
    """The decision stands, but nothing says where the approved parts lie."""
    message = f"{what}, and the gateway has to be handed the candidate: put it back as it was, or make another release."
    return Decision(
        status=build(observed, now, "RollingOut", reason, message), finalizer=True, requeue_seconds=WATCH_SECONDS
    )


def _released(observed: Observed, now: datetime) -> Decision:
    spec = observed.spec
    assert spec is not None
    first = observed.resource.status.get("state") != "Released"
    message = f"Gateway {spec.target.gateway_ref.name} serves {spec.candidate_digest}."
    status = build(observed, now, "Released", reasons.SERVED, message)
    new = not observed.resource.status.get("servedAt")
    return Decision(
        status=status,
        records=(event_record(observed, "served", gateway=spec.target.gateway_ref.name),) if new else (),
        notices=(Notice(type="Normal", reason=reasons.SERVED, message=message),) if first else (),
        finalizer=True,
        requeue_seconds=STEADY_SECONDS,
    )


def _pending(
    observed: Observed, now: datetime, reason: str, message: str, *, requeue: float = WATCH_SECONDS
) -> Decision:
    return Decision(status=build(observed, now, "Pending", reason, message), requeue_seconds=requeue)


def _waiting(observed: Observed, now: datetime, approvals: Approvals, reason: str, message: str) -> Decision:
    status = build(observed, now, "AwaitingApproval", reason, message, approvals=approvals)
    first = observed.resource.status.get("state") != "AwaitingApproval" and reason != reasons.POLICY_DENIES
    notice = Notice(
        type="Normal", reason=reasons.WAITING, message="The policy allows it; clinical governance has to approve."
    )
    return Decision(status=status, notices=(notice,) if first else (), requeue_seconds=STEADY_SECONDS)


def _denied(
    observed: Observed, now: datetime, reason: str, message: str, *, answer: PolicyAnswer | None = None
) -> Decision:
    return Decision(
        status=build(observed, now, "Denied", reason, message, answer=answer),
        records=(event_record(observed, "denied", reason=reason),),
        stop_serving=_ours(observed),
        finalizer=_drop(observed),
        notices=(Notice(type="Warning", reason=reason, message=message),),
    )


def _withdrawn(observed: Observed, now: datetime, reason: str, message: str) -> Decision:
    if _must_reach(observed):
        why, what = _out_of_reach(observed)
        waiting = f"It is to be withdrawn, but nobody confirms that it is served no more. {what}"
        status = build(observed, now, "RollingOut", why, waiting)
        return Decision(status=status, requeue_seconds=WATCH_SECONDS / 3)
    if (serving := _ours(observed)) is not None:
        # On its own, before the record: a status that waits for the audit service must not say that it is served.
        status = build(observed, now, "RollingOut", reasons.STOPPING, "The gateway is told to serve it no more.")
        return Decision(status=status, stop_serving=serving, requeue_seconds=SOON)
    return Decision(
        status=build(observed, now, "Withdrawn", reason, message),
        records=(event_record(observed, "withdrawn", reason=reason),),
        finalizer=_drop(observed),
        notices=(Notice(type="Normal", reason=reason, message=message),),
    )


def _deleting(observed: Observed, now: datetime) -> Decision:
    """The object goes when the gateway serves it no more."""
    if FINALIZER not in observed.resource.finalizers:
        return Decision(status=observed.resource.status)
    if _must_reach(observed):
        reason, what = _out_of_reach(observed)
        message = f"It is to be deleted, but nobody confirms that it is served no more. {what}"
        status = observed.resource.status
        told = merge(
            (Fact(type=RECONCILED, status="False", reason=reason, message=message),),
            status.get("conditions") or (),
            generation=observed.resource.generation,
            now=now,
        )
        others = without_reconciled(status).get("conditions", ())
        return Decision(
            status={"state": "Pending", **status, "conditions": sorted((*others, *told), key=lambda c: str(c["type"]))},
            notices=(Notice(type="Warning", reason=reason, message=message),),
            requeue_seconds=WATCH_SECONDS / 3,
        )
    return Decision(
        status=observed.resource.status,
        records=(event_record(observed, "deleted"),),
        stop_serving=_ours(observed),
        finalizer=False,
    )


def _must_reach(observed: Observed) -> bool:
    """Whether the gateway may still serve the release and does not answer."""
    return observed.serving is None and observed.gateway_exists and FINALIZER in observed.resource.finalizers


def _out_of_reach(observed: Observed) -> tuple[str, str]:
    """Why the gateway does not answer, as a reason, and a sentence with a way out."""
    target = observed.resource.spec.get("target") or {}
    name, namespace = (target.get("gatewayRef") or {}).get("name"), observed.resource.namespace
    if not observed.gateway_exists:
        return reasons.GATEWAY_UNREACHABLE, (
            f"Gateway Service {name} in {namespace} does not exist: "
            "add it to the chart's gateways, or withdraw the release."
        )
    if not observed.gateway_allowed:
        return reasons.GATEWAY_NOT_ALLOWED, (
            f"Service {name} in {namespace} is no gateway of this installation, so the operator does not talk to it: "
            "add it to the chart's gateways, or delete the Service if it serves no more."
        )
    return reasons.GATEWAY_UNREACHABLE, (
        f"Gateway Service {name} in {namespace} cannot be reached: see whether its pod runs and what its log says; "
        "the operator asks again by itself."
    )


def _superseded(observed: Observed) -> bool:
    """Whether a later release took the gateway over; handing this one over again would start a quarrel."""
    if not observed.resource.status.get("servedAt"):
        return False
    serving = observed.serving
    # What another release's candidate is only loading for, or was refused, took nothing over.
    holder = serving.release_uid if serving is not None and serving.state == "Serving" else None
    return observed.superseded_by is not None or holder not in (None, observed.resource.uid)


def _ours(observed: Observed) -> str | None:
    """The digest to stop serving, when the gateway serves it for this very object."""
    serving = observed.serving
    if serving is None or serving.release_uid != observed.resource.uid:
        return None
    return serving.candidate_digest


def _drop(observed: Observed) -> bool | None:
    """Give the finalizer back, unless the gateway may still serve the release."""
    return False if FINALIZER in observed.resource.finalizers and not _must_reach(observed) else None


def _objection(reason: DecisionReason) -> Notice:
    """An Event for one reason of the policy, which says it whole."""
    return Notice(type="Warning", reason=reason_or(reason.code, reasons.POLICY_DENIES), message=reason.message)


_APPROVED = Notice(
    type="Normal", reason=reasons.APPROVED, message="Policy and approvers agree; the decision is recorded."
)
_PROMPT_MISSING = "The ConfigMap with the system prompt that was examined is missing: put it back; the release waits."
_POLICY_CHANGED = "Put the policy back under which it was approved, or create another AdapterRelease."
_UNAVAILABLE = (
    "The promotion policy cannot be asked, or its answer cannot be believed: see the log of container opa in the "
    "operator's pod; the release waits for it."
)

"""What does an AdapterRelease's status say?"""

from datetime import datetime
from typing import Any

from preceptor.api.adapterrelease import AdapterReleaseStatus, DecisionReason, State
from preceptor.api.adapterrelease import Decision as PolicyDecision
from preceptor_operator.adapterrelease import checks, reasons
from preceptor_operator.adapterrelease.evidence import Decided, decided
from preceptor_operator.adapterrelease.observed import TERMINAL, Approvals, Observed, PolicyAnswer
from preceptor_operator.shared.clock import rfc3339
from preceptor_operator.shared.conditions import MESSAGE_LENGTH, ConditionStatus, Fact, find, merge

IN_FULL = "status.decision.reasons"


def build(
    observed: Observed,
    now: datetime,
    state: State,
    reason: str,
    message: str,
    *,
    approvals: Approvals | None = None,
    answer: PolicyAnswer | None = None,
    refusals: tuple[int, datetime] | None = None,
) -> dict[str, Any]:
    """The whole status for one state; all condition types are there from the first visit.

    ``refusals`` says how often the gateway refused and when it last did; they are kept until it serves.
    """
    resource, spec = observed.resource, observed.spec
    if observed.lapsed:
        message = f"{observed.lapsed} {message}"
    if approvals is None and spec is not None:
        approvals = checks.approvals(observed, now)
    answer = answer or _last_answer(observed, state)
    released = state == "Released"
    before = resource.status if _settled(observed, state) and observed.gate is None else {}
    # What was served rests on the signed decision, whatever policy and approvals come to today.
    basis = decided(observed) if _carried_out(observed, state) else None
    live = observed.evidence.digest if observed.evidence.verified else before.get("evidenceDigest")
    status = AdapterReleaseStatus(
        observed_generation=resource.generation,
        state=state,
        reason=reason,
        request_digest=observed.request_digest,
        evidence_digest=(basis and basis.evidence) or live,
        policy_revision=basis.revision if basis else answer.revision if answer else before.get("policyRevision"),
        approvals=(basis and basis.approvals) or _approvals(observed, approvals, settled=bool(before)),
        decision=_basis_decision(basis) if basis else _decision(observed, answer) or before.get("decision"),
        served_digest=spec.candidate_digest if released and spec else None,
        served_at=(resource.status.get("servedAt") or rfc3339(now)) if released else resource.status.get("servedAt"),
        gateway_refusals=_unless(released, refusals[0] if refusals else resource.status.get("gatewayRefusals")),
        gateway_refused_at=_unless(
            released, rfc3339(refusals[1]) if refusals else resource.status.get("gatewayRefusedAt")
        ),
        adapter_uri=observed.gate.adapter_uri if observed.gate else before.get("adapterUri"),
        completed_at=rfc3339(now) if state in TERMINAL else None,
    ).document()
    facts = _facts(observed, state, reason, message, approvals, answer, basis)
    status["conditions"] = merge(
        facts, resource.status.get("conditions") or (), generation=resource.generation, now=now
    )
    return status


def _unless(over: bool, value: Any) -> Any:
    return None if over else value


def _carried_out(observed: Observed, state: State) -> bool:
    """Whether the decision in the chain made a gateway serve the candidate, now or before."""
    return observed.granted and (state == "Released" or bool(observed.resource.status.get("servedAt")))


def _basis_decision(basis: Decided) -> PolicyDecision:
    return PolicyDecision(phase="release", allow=True, revision=basis.revision, reasons=())


def _approvals(observed: Observed, approvals: Approvals | None, *, settled: bool) -> str | None:
    """How many count now; what was counted last where the gate that says of what they are is gone for good."""
    held: str | None = observed.resource.status.get("approvals")
    counted = approvals.text if approvals else None
    return held or counted if settled else counted or held


def _settled(observed: Observed, state: State) -> bool:
    """Whether evidence, policy and approvals have said what they have to say: the gate may go then."""
    return observed.granted or state in TERMINAL or (observed.spec is not None and observed.spec.withdrawn)


def _last_answer(observed: Observed, state: State) -> PolicyAnswer | None:
    """The answer that matters in a state: to the request until it is allowed, then to the release."""
    request, release = observed.answers.get("request"), observed.answers.get("release")
    return release if request is not None and request.allow and state != "Pending" else request


def _decision(observed: Observed, answer: PolicyAnswer | None) -> PolicyDecision | None:
    if answer is None:
        return None
    return PolicyDecision(
        phase="release" if answer is observed.answers.get("release") else "request",
        allow=answer.allow,
        revision=answer.revision,
        reasons=answer.reasons,
    )


def told(given: tuple[DecisionReason, ...]) -> str:
    """The reasons of the policy in one condition: all of them, or how many there are, and those that fit."""
    lines = [f"[{reason.code}] {reason.message}" for reason in given]
    if len(text := "\n".join(lines)) <= MESSAGE_LENGTH or not lines:
        return text or "The promotion policy denies it without a reason: whoever answers for the policy has to look."
    kept = f"{len(lines)} reasons, each in full in {IN_FULL}:"
    for line in lines:
        if len(longer := f"{kept}\n{line}") > MESSAGE_LENGTH:
            break
        kept = longer
    return kept


def _facts(
    observed: Observed,
    state: State,
    reason: str,
    message: str,
    approvals: Approvals | None,
    answer: PolicyAnswer | None,
    basis: Decided | None,
) -> list[Fact]:
    ended = state in TERMINAL
    released: ConditionStatus = "True" if state == "Released" else "False" if ended else "Unknown"
    stalled = state == "Denied"
    resting = [_evidence(observed), _policy(observed, answer), _approved(observed, approvals)]
    if basis is not None:
        resting = _decided_facts(basis)
    elif observed.gate is None and _settled(observed, state):
        resting = [_before(observed, fact) for fact in resting]
    return [
        *resting,
        Fact(type="Released", status=released, reason=reason, message=message),
        Fact(
            type="Stalled",
            status="True" if stalled else "False",
            reason=reason if stalled else reasons.NOT_STALLED,
            message=message if stalled else "",
        ),
    ]


def _before(observed: Observed, fact: Fact) -> Fact:
    """What a condition said while the gate was there: without it neither policy nor approvals can be judged."""
    held = find(observed.resource.status.get("conditions") or (), fact.type)
    if held is None:
        return fact
    return Fact(type=fact.type, status=held["status"], reason=held["reason"], message=held.get("message", ""))


def _decided_facts(basis: Decided) -> list[Fact]:
    """What the signed decision rests on."""
    decision = f"the signed decision of {basis.time} in the audit chain"
    approvals = f"{basis.approvals} approvals" if basis.approvals else "Approvals"
    return [
        Fact(
            type="EvidenceVerified",
            status="True",
            reason=reasons.EVIDENCE_VERIFIED,
            message=f"The signed evaluation statement {basis.evidence} is what {decision} rests on.",
        ),
        Fact(
            type="PolicyAllows",
            status="True",
            reason=reasons.POLICY_ALLOWS,
            message=f"Revision {basis.revision} allowed it: {decision}.",
        ),
        Fact(type="Approved", status="True", reason=reasons.APPROVED, message=f"{approvals} stand in {decision}."),
    ]


def _evidence(observed: Observed) -> Fact:
    if observed.granted and (observed.gate is None or not observed.evidence.verified):
        message = "The signed decision in the audit chain rests on evidence that was verified."
        return Fact(type="EvidenceVerified", status="True", reason=reasons.EVIDENCE_VERIFIED, message=message)
    if observed.gate is None:
        return Fact(type="EvidenceVerified", status="Unknown", reason=reasons.NOT_REACHED, message="Not reached yet.")
    faults = checks.mismatches(observed) if observed.spec is not None else []
    if observed.evidence.verified and not faults:
        message = f"The signed evaluation statement {observed.evidence.digest} is about this candidate."
        return Fact(type="EvidenceVerified", status="True", reason=reasons.EVIDENCE_VERIFIED, message=message)
    problem = " ".join(filter(None, (observed.evidence.problem, *faults)))
    return Fact(type="EvidenceVerified", status="False", reason="EvidenceInvalid", message=problem)


def _policy(observed: Observed, answer: PolicyAnswer | None) -> Fact:
    if answer is None and observed.granted:
        message = "The signed decision in the audit chain allows it."
        return Fact(type="PolicyAllows", status="True", reason=reasons.POLICY_ALLOWS, message=message)
    if answer is None:
        message = "The promotion policy has given no answer that can be believed yet."
        return Fact(type="PolicyAllows", status="Unknown", reason=reasons.POLICY_UNAVAILABLE, message=message)
    if answer.allow:
        message = f"Revision {answer.revision} allows it."
        return Fact(type="PolicyAllows", status="True", reason=reasons.POLICY_ALLOWS, message=message)
    return Fact(type="PolicyAllows", status="False", reason=reasons.POLICY_DENIES, message=told(answer.reasons))


def _approved(observed: Observed, approvals: Approvals | None) -> Fact:
    if observed.granted and (observed.gate is None or not observed.evidence.verified):
        message = "The approvals are in the signed decision of the audit chain."
        return Fact(type="Approved", status="True", reason=reasons.APPROVED, message=message)
    if approvals is None:
        return Fact(type="Approved", status="Unknown", reason=reasons.NOT_REACHED, message="Not reached yet.")
    message = " ".join((f"{approvals.text} approvals.", *approvals.problems))
    if not approvals.complete:
        return Fact(type="Approved", status="False", reason=reasons.WAITING, message=message)
    # Operator and policy count on their own, and both have to come to enough.
    counted = observed.answers.get("release")
    if counted is None:
        message += " The promotion policy has not counted them yet."
        return Fact(type="Approved", status="Unknown", reason=reasons.POLICY_UNAVAILABLE, message=message)
    if missed := [r.message for r in counted.reasons if r.code in reasons.APPROVALS_MISSED]:
        message = " ".join((message, "The promotion policy counts otherwise:", *missed))
        return Fact(type="Approved", status="False", reason=reasons.WAITING, message=message)
    return Fact(type="Approved", status="True", reason=reasons.APPROVED, message=message)

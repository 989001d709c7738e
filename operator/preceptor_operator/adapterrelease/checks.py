"""Which facts must hold before a candidate is released?

Each check states one fact. The promotion policy checks the same facts in Rego; both must agree, so that a fault in one
of them releases nothing.
"""

from datetime import datetime

from preceptor.api.adapterrelease import AdapterReleaseSpec, Approval
from preceptor.digests import digest_bytes, digest_json
from preceptor_operator.adapterrelease.observed import Approvals, Observed
from preceptor_operator.shared.clock import parse
from preceptor_operator.shared.outcome import Outcome

SERVICE_ACCOUNT = "system:serviceaccount:"
SCANNED = ("dataset", "outputs")
# Digests of a verification's Result, and the candidate's field that each has to equal.
HASHED = {
    "adapter": "adapter",
    "baseModel": "base_model",
    "tokenizer": "tokenizer",
    "chatTemplate": "chat_template",
}


def mismatches(observed: Observed) -> list[str]:
    """Parts that are not those that were examined, each as a sentence."""
    gate, spec, found = observed.gate, observed.spec, []
    if gate is None or spec is None:
        return ["The EvalGate is missing: create it again as it was, or create another AdapterRelease."]
    if gate.candidate is None or gate.candidate.digest != gate.candidate_digest:
        found.append(
            "The EvalGate's status holds no candidate that fits its digest: make another EvalGate, and report this."
        )
    if gate.candidate_digest != spec.candidate_digest:
        found.append(
            f"The EvalGate examined {gate.candidate_digest}, but {spec.candidate_digest} is to be released: "
            "create an AdapterRelease of what was examined, or have this candidate examined."
        )
    if observed.evidence.verified and observed.evidence.subject("candidate") != spec.candidate_digest:
        found.append(
            "The signed evaluation statement is about another candidate: have this one examined by another EvalGate."
        )
    invocation = f"EvalGate/{gate.namespace}/{gate.name}/{gate.uid}"
    if observed.evidence.verified and observed.evidence.predicate.get("preceptor_invocationId") != invocation:
        found.append("The signed evaluation statement was made by another EvalGate: name that one, or examine again.")
    if gate.candidate is not None and gate.system_prompt_now is not None and not system_prompt_matches(observed):
        found.append("The system prompt is not the one that was examined: restore it, or examine the new one.")
    return found


def insufficient(observed: Observed) -> list[str]:
    """What signed statements do not show of the candidate, each as a sentence; the policy is asked for the same."""
    found = []
    if observed.evidence.predicate.get("preceptor_verdict") != "Passed":
        found.append("The signed evaluation did not pass: release a candidate that did.")
    if not observed.provenance.present:
        found.append(
            "No signed provenance of the adapter verifies: release one that a FineTuneRun of this namespace sealed."
        )
    scans = dict(observed.provenance.scans)
    found += [
        f"No signed PHI scan of the {t} is clean: release an adapter that a FineTuneRun sealed after clean scans."
        for t in SCANNED
        if scans.get(t) != "pass"
    ]
    return found


def verified_another(observed: Observed, verified: Outcome) -> str | None:
    """What a passed verification hashed that is not the candidate's, as a sentence; what it does not name is not it."""
    candidate = observed.gate.candidate if observed.gate is not None else None
    told = verified.result.digests if verified.result is not None else {}
    if candidate is not None and all(told.get(name) == getattr(candidate, field) for name, field in HASHED.items()):
        return None
    return "The verification's Result does not name the candidate's adapter and base model: report this."


def system_prompt_matches(observed: Observed) -> bool:
    """The ConfigMap's text now is the text that was examined."""
    gate = observed.gate
    if gate is None or gate.candidate is None or gate.system_prompt_now is None:
        return False
    return digest_bytes(gate.system_prompt_now.encode()) == gate.candidate.system_prompt


def approvals(observed: Observed, now: datetime) -> Approvals:
    """Count the approvals that bind this very request, and say what is wrong with the others."""
    spec = observed.spec
    assert spec is not None
    valid: list[str] = []
    problems: list[str] = []
    for approval in spec.approvals:
        problem = _problem(observed, spec, approval, now)
        # Names are compared without regard to case, so that one person is never two.
        if problem is None and approval.approver.lower() not in valid:
            valid.append(approval.approver.lower())
        elif problem is not None:
            problems.append(f"The approval of {approval.approver} does not count: {problem}.")
    answers = [answer for answer in observed.answers.values() if answer is not None]
    needed = max((approvals_needed(spec), *(answer.approvals_needed for answer in answers)))
    return Approvals(valid=tuple(valid), needed=needed, problems=tuple(problems))


def approvals_digest(observed: Observed, now: datetime) -> str:
    """Digest of the approvals that count now: another one by, for or until anything else gives another."""
    assert observed.spec is not None
    valid = approvals(observed, now).valid
    counted = [entry for entry in observed.spec.approvals if entry.approver.lower() in valid]
    return digest_json([entry.document() for entry in sorted(counted, key=lambda entry: entry.approver)])


def approvals_needed(spec: AdapterReleaseSpec) -> int:
    """One; and one more where a service account asked, since then nobody knows which person did.

    The least that any profile asks for; the policy's answer says what this one does.
    """
    return 2 if (spec.requested_by or SERVICE_ACCOUNT).lower().startswith(SERVICE_ACCOUNT) else 1


def _problem(observed: Observed, spec: AdapterReleaseSpec, approval: Approval, now: datetime) -> str | None:
    expires = parse(approval.expires)
    facts = (
        (
            spec.requested_by is not None,
            "nobody is stamped as requester, so install the admission policies and create the release again",
        ),
        (
            approval.approver.lower() != (spec.requested_by or "").lower(),
            "the approver requested the release, so somebody else has to approve",
        ),
        (
            not approval.approver.lower().startswith(SERVICE_ACCOUNT),
            "a service account cannot approve, so a person has to",
        ),
        (approval.candidate_digest == spec.candidate_digest, "it names another candidate than the release"),
        (
            observed.evidence.verified and approval.evidence_digest == observed.evidence.digest,
            "it names other evidence than the EvalGate's",
        ),
        (approval.policy_revision == spec.policy.revision, "it names another policy revision than the release"),
        (approval.request_digest == observed.request_digest, "it signs another request than this one"),
        (
            expires is not None and expires > now,
            "it has expired, so somebody who has not approved yet has to, or create another AdapterRelease",
        ),
    )
    return next((sentence for holds, sentence in facts if not holds), None)

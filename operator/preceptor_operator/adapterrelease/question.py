"""What is the promotion policy asked?"""

from datetime import datetime
from typing import Any

from preceptor_operator.adapterrelease.checks import mismatches, system_prompt_matches, verified_another
from preceptor_operator.adapterrelease.examinations import VERDICTS, suites_of
from preceptor_operator.adapterrelease.observed import Observed, Phase
from preceptor_operator.shared.clock import rfc3339


def policy_input(observed: Observed, phase: Phase, now: datetime) -> dict[str, Any]:
    """The input document: the spec as it stands and what signed statements say, nothing from any status."""
    resource, spec, gate = observed.resource, observed.spec, observed.gate
    assert spec is not None
    evidence = observed.evidence
    metrics = list(evidence.predicate.get("preceptor_metrics", ()))
    verified = observed.verified_release if phase == "release" else observed.verified_request
    if phase == "release" and not verified.finished:
        # The second verification runs after this answer, and the policy is asked once more after it.
        verified = observed.verified_request
    return {
        "phase": phase,
        "now": rfc3339(now),
        "policy": spec.policy.document(),
        "release": {
            "namespace": resource.namespace,
            "name": resource.name,
            "uid": resource.uid,
            "spec": resource.spec,
        },
        "requestDigest": observed.request_digest,
        "candidateDigest": evidence.subject("candidate"),
        "candidate": gate.candidate.document() if gate is not None and gate.candidate is not None else None,
        "evidence": {
            "digest": evidence.digest,
            "verified": evidence.verified,
            "verdict": VERDICTS.get(str(evidence.predicate.get("preceptor_verdict")), "missing"),
            "gate": {"namespace": gate.namespace, "name": gate.name, "uid": gate.uid} if gate is not None else None,
            "confidence": evidence.predicate.get("preceptor_confidence"),
            "suites": list(suites_of(evidence.predicate)),
            "finishedAt": evidence.predicate.get("preceptor_finishedOn"),
            "metrics": metrics,
            "thresholds": [threshold for metric in metrics if (threshold := threshold_of(metric)) is not None],
            "candidateDigest": evidence.subject("candidate"),
        },
        "examinations": [examination.document() for examination in observed.examinations],
        "provenance": {
            "present": observed.provenance.present,
            "verified": observed.provenance.present,
            "repeated": observed.provenance.repeated,
            "scans": [{"target": target, "verdict": verdict} for target, verdict in observed.provenance.scans],
        },
        "components": {
            "verified": verified.phase == "Passed" and verified_another(observed, verified) is None,
            "systemPromptMatches": system_prompt_matches(observed),
            "mismatches": mismatches(observed),
        },
    }


SIDES = {">=": "min", "<=": "max"}


def threshold_of(metric: dict[str, Any]) -> dict[str, str] | None:
    """``{"metric", "min"|"max"}`` from a signed metric's threshold such as ``>= 0.98``; None where it has none."""
    words = str(metric.get("threshold") or "").split()
    if len(words) != 2 or words[0] not in SIDES:
        return None
    return {"metric": str(metric.get("metric")), SIDES[words[0]]: words[1]}

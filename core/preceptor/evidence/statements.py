"""What exactly is stated about an adapter?

Pure builders of in-toto Statements (https://github.com/in-toto/attestation, v1). Times are RFC 3339 strings in
UTC. Fields that a predicate's specification does not have begin with ``preceptor_``, as SLSA asks of extensions.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from preceptor.api.adapterrelease import Approval, DecisionReason
from preceptor.api.evalgate import MetricResult
from preceptor.api.jobs import Owner
from preceptor.digests import PREFIX
from preceptor.evidence.envelope import STATEMENT_TYPE

PROVENANCE = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
# The test that a training was repeated to the last bit.
REPETITION = "repetition/first-steps"
VERIFICATION_RESULT = "https://in-toto.io/attestation/svr/v0.1"
APPROVAL = "https://preceptor.dev/attestation/approval/v0.1"
BUILD_TYPE = "https://preceptor.dev/build/lora/v1"
BUILDER = "https://preceptor.dev/operator"
# Only this property means that the candidate may be released in the phase named; a denial carries none.
ALLOWED = "PRECEPTOR_RELEASE_ALLOWED"


@dataclass(frozen=True)
class Material:
    """Something that a statement refers to: a name, a digest (``sha256:…``), and where it lay."""

    name: str
    digest: str
    uri: str | None = None


def training_provenance(
    *,
    adapter: str,
    base_model: Material,
    dataset: Material,
    tokenizer: str,
    chat_template: str,
    parameters: Mapping[str, Any],
    owner: Owner,
    started_at: str,
    finished_at: str,
    image: str | None = None,
    image_id: str | None = None,
) -> dict[str, Any]:
    """How an adapter was trained, as SLSA Provenance v1. ``parameters`` are the spec's method, training and
    reproducibility; ``image`` is the trainer image's reference, ``image_id`` what the node says that it ran.
    """
    materials = [
        base_model,
        dataset,
        Material("tokenizer", tokenizer),
        Material("chatTemplate", chat_template),
    ]
    return _statement(
        [("adapter", adapter)],
        PROVENANCE,
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": dict(parameters),
                "internalParameters": {
                    name: text for name, text in (("image", image), ("imageId", image_id)) if text is not None
                },
                "resolvedDependencies": [_descriptor(material) for material in materials],
            },
            "runDetails": {
                "builder": {"id": BUILDER},
                "metadata": {
                    "invocationId": _invocation(owner),
                    "startedOn": _time(started_at),
                    "finishedOn": _time(finished_at),
                },
            },
        },
    )


def phi_scan(
    *,
    subject: Literal["adapter", "dataset"] = "adapter",
    digest: str,
    target: Literal["dataset", "outputs"],
    passed: bool,
    scanned: Material,
    counts: Mapping[str, int],
    report: Material,
    owner: Owner,
    finished_at: str,
) -> dict[str, Any]:
    """What a PHI scan found in ``scanned``, as a Test Result: counts only, and a pass only when nothing was found.

    ``digest`` is the adapter's manifest; the dataset's where no adapter exists yet. Raises ValueError when a pass is
    claimed with findings, or without their count.
    """
    if passed and counts.get("findings") != 0:
        raise ValueError("a PHI scan passes only with a count of zero findings")
    test = f"phi-scan/{target}"
    return _statement(
        [(subject, digest)],
        TEST_RESULT,
        {
            "result": "PASSED" if passed else "FAILED",
            "configuration": [],
            "passedTests": [test] if passed else [],
            "warnedTests": [],
            "failedTests": [] if passed else [test],
            "preceptor_scanned": _descriptor(scanned),
            "preceptor_counts": dict(counts),
            "preceptor_report": _descriptor(report),
            "preceptor_invocationId": _invocation(owner),
            "preceptor_finishedOn": _time(finished_at),
        },
    )


def repetition(*, adapter: str, steps: int, digests: Sequence[str], owner: Owner, finished_at: str) -> dict[str, Any]:
    """That the first steps of an adapter's training gave one digest in several fresh processes, as a Test Result.

    ``digests`` are those of the adapters after these steps. Raises ValueError for fewer than two, or for unlike ones.
    """
    if len(digests) < 2 or len(set(digests)) != 1:
        raise ValueError("a repetition is shown by two equal digests")
    return _statement(
        [("adapter", adapter)],
        TEST_RESULT,
        {
            "result": "PASSED",
            "configuration": [],
            "passedTests": [REPETITION],
            "warnedTests": [],
            "failedTests": [],
            "preceptor_counts": {"steps": steps},
            "preceptor_digests": list(digests),
            "preceptor_invocationId": _invocation(owner),
            "preceptor_finishedOn": _time(finished_at),
        },
    )


def evaluation(
    *,
    adapter: str,
    candidate: str,
    verdict: Literal["Passed", "Failed", "Inconclusive"],
    metrics: Sequence[MetricResult],
    confidence: str,
    suites: Sequence[Material],
    report: Material,
    owner: Owner,
    finished_at: str,
) -> dict[str, Any]:
    """What the examination of a candidate found, as a Test Result about the adapter and the candidate.

    An inconclusive examination is FAILED: the predicate's WARNED means a pass with remarks. Raises ValueError when
    a pass is claimed that the metrics do not bear out.
    """
    judged = [metric for metric in metrics if metric.verdict != "Reported"]
    passed = [metric.metric for metric in judged if metric.verdict == "Pass"]
    failed = [metric.metric for metric in judged if metric.verdict != "Pass"]
    if verdict == "Passed" and (failed or not passed):
        raise ValueError("an evaluation passes only when metrics are judged and every one of them passes")
    return _statement(
        [("adapter", adapter), ("candidate", candidate)],
        TEST_RESULT,
        {
            "result": "PASSED" if verdict == "Passed" else "FAILED",
            "configuration": [_descriptor(suite) for suite in suites],
            "passedTests": sorted(passed),
            "warnedTests": [],
            "failedTests": sorted(failed),
            "preceptor_verdict": verdict,
            "preceptor_confidence": confidence,
            "preceptor_metrics": [metric.document() for metric in metrics],
            "preceptor_report": _descriptor(report),
            "preceptor_invocationId": _invocation(owner),
            "preceptor_finishedOn": _time(finished_at),
        },
    )


def gate_decision(
    *,
    adapter: str,
    candidate: str,
    phase: Literal["request", "release"],
    allow: bool,
    profile: str,
    revision: str,
    reasons: Sequence[DecisionReason],
    evidence: Sequence[str],
    owner: Owner,
    decided_at: str,
    approvers: Sequence[str] = (),
    approvals_needed: int | None = None,
    first_served_before: str | None = None,
) -> dict[str, Any]:
    """What the promotion policy decided, as a Simple Verification Result.

    A decision to release rests on approvals, and they expire: what was not served ``first_served_before`` that needs
    another decision. What was served may be served again after a restart.

    That predicate has no form for a refusal, it lists what holds: a denial therefore lists no property at all, and
    says so in ``preceptor_decision``. ``evidence`` are the digests of the statements that the decision rests on.
    """
    predicate: dict[str, Any] = {
        "verifier": {"id": BUILDER},
        "timeCreated": _time(decided_at),
        "properties": [f"{ALLOWED}_{phase.upper()}"] if allow else [],
        "preceptor_decision": "allow" if allow else "deny",
        "preceptor_phase": phase,
        "preceptor_profile": profile,
        "preceptor_revision": revision,
        "preceptor_reasons": [reason.document() for reason in reasons],
        "preceptor_evidence": [_digest_set(digest) for digest in evidence],
        "preceptor_invocationId": _invocation(owner),
    }
    if approvers:
        predicate["preceptor_approvers"] = sorted(approvers)
    if approvals_needed is not None:
        predicate["preceptor_approvalsNeeded"] = approvals_needed
    if first_served_before is not None:
        predicate["preceptor_firstServedBefore"] = _time(first_served_before)
    return _statement([("adapter", adapter), ("candidate", candidate)], VERIFICATION_RESULT, predicate)


def approval(*, adapter: str, entry: Approval, owner: Owner, recorded_at: str) -> dict[str, Any]:
    """That an approver signed this candidate, evidence, policy revision and request.

    The API server authenticated the approver when the entry was written; the operator records that it saw it.
    """
    return _statement(
        [("adapter", adapter), ("candidate", entry.candidate_digest)],
        APPROVAL,
        {
            "approver": entry.approver,
            "meaning": entry.meaning,
            "evidence": _digest_set(entry.evidence_digest),
            "request": _digest_set(entry.request_digest),
            "policyRevision": entry.policy_revision,
            "expires": _time(entry.expires),
            "recordedOn": _time(recorded_at),
            "invocationId": _invocation(owner),
        },
    )


def _statement(subjects: Sequence[tuple[str, str]], predicate_type: str, predicate: dict[str, Any]) -> dict[str, Any]:
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": _digest_set(digest)} for name, digest in subjects],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def _descriptor(material: Material) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"name": material.name, "digest": _digest_set(material.digest)}
    if material.uri is not None:
        descriptor["uri"] = material.uri
    return descriptor


def _digest_set(digest: str) -> dict[str, str]:
    value = digest.removeprefix(PREFIX)
    if value == digest or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError("a digest in a statement is sha256: and 64 hexadecimal digits")
    return {"sha256": value}


def _invocation(owner: Owner) -> str:
    return f"{owner.kind}/{owner.namespace}/{owner.name}/{owner.uid}"


def _time(value: str) -> str:
    parsed = datetime.datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError("a time in a statement names its offset from UTC")
    return value

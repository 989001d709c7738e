"""Which Job does each stage of an EvalGate run?"""

from dataclasses import dataclass
from typing import Literal

from preceptor.api.candidate import CandidateManifest, CandidateSources
from preceptor.api.evalgate import EvalGateSpec
from preceptor.api.jobs import EvaluateJob, VerifyArtifact, VerifyJob
from preceptor.api.jobs import Owner as JobOwner
from preceptor.digests import digest_bytes
from preceptor.stores import join
from preceptor_operator.config import OperatorConfig
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.outcome import Outcome
from preceptor_operator.shared.sources import Parts

Stage = Literal["verify", "evaluate"]
COMMAND = ("preceptor-eval", "job")
# Inconclusive ends a gate that has no review: more cases are another suite, and so another gate.
TERMINAL: frozenset[str] = frozenset({"Passed", "Failed", "Inconclusive"})
EVALUATE_ROLE = "evaluate"
# Kind of the record that says how an evaluation ended.
END_KIND = "statement.evaluation"


def end_key(owner_uid: str) -> str:
    """Key of that record."""
    return f"{owner_uid}:end"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the works are built from."""

    owner: Owner
    spec: EvalGateSpec
    config: OperatorConfig
    parts: Parts
    system_prompt: str


def verify_work(plan: Plan) -> Work:
    """Re-hash adapter and base model where they lie, and learn the digests of tokenizer and chat template."""
    parts = plan.parts
    job = VerifyJob(
        owner=_job_owner(plan),
        artifacts=(
            VerifyArtifact(role="adapter", uri=parts.adapter_uri, digest=parts.adapter_digest),
            VerifyArtifact(role="baseModel", uri=parts.base_model_uri, digest=parts.base_model_digest),
        ),
    )
    return Work(
        owner=plan.owner,
        role="verify",
        job=job,
        image=plan.config.images.eval,
        command=COMMAND,
        settings=plan.config.jobs.verify,
        reads=(parts.adapter_uri, parts.base_model_uri),
        retries=plan.spec.retries,
        deadline_seconds=plan.spec.active_deadline_seconds,
    )


def candidate_of(plan: Plan, verified: Outcome) -> CandidateManifest:
    """The candidate, from what the VerifyJob found and the spec fixes.

    Raises KeyError when a digest is missing, ValueError when one is not the one asked for.
    """
    if verified.result is None:
        raise KeyError("result")
    digests = verified.result.digests
    if (digests["adapter"], digests["baseModel"]) != (plan.parts.adapter_digest, plan.parts.base_model_digest):
        raise ValueError("the VerifyJob found other digests than were asked for")
    serving = plan.spec.serving
    return CandidateManifest(
        adapter=digests["adapter"],
        base_model=digests["baseModel"],
        tokenizer=digests["tokenizer"],
        chat_template=digests["chatTemplate"],
        system_prompt=digest_bytes(plan.system_prompt.encode()),
        output_policy=serving.output_policy.digest,
        decoding=serving.decoding,
        retrieval=serving.retrieval,
    )


def evaluate_work(plan: Plan, candidate: CandidateManifest) -> Work:
    """Examine the candidate on every suite."""
    spec, parts = plan.spec, plan.parts
    job = EvaluateJob(
        owner=_job_owner(plan),
        candidate=candidate,
        candidate_digest=candidate.digest,
        sources=CandidateSources(
            adapter_uri=parts.adapter_uri, base_model_uri=parts.base_model_uri, system_prompt=plan.system_prompt
        ),
        suites=spec.suites,
        thresholds=spec.thresholds,
        confidence=spec.confidence,
        report_uri=spec.report,
    )
    return Work(
        owner=plan.owner,
        role=EVALUATE_ROLE,
        job=job,
        image=plan.config.images.eval,
        command=COMMAND,
        settings=plan.config.jobs.evaluate,
        reads=(parts.adapter_uri, parts.base_model_uri, *(suite.uri for suite in spec.suites)),
        writes=(spec.report,),
        retries=spec.retries,
        deadline_seconds=spec.active_deadline_seconds,
    )


def _job_owner(plan: Plan) -> JobOwner:
    return JobOwner(kind="EvalGate", namespace=plan.owner.namespace, name=plan.owner.name, uid=plan.owner.uid)


def report_folder(report_uri: str, candidate_digest: str, owner_uid: str) -> str:
    """Where the evaluator puts the report: a folder of this candidate and gate below the place that the spec names."""
    return join(report_uri, f"{candidate_digest.removeprefix('sha256:')[:12]}-{owner_uid[:8]}")

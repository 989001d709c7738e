"""What is known about one EvalGate now?"""

from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError

from preceptor.api.candidate import CandidateManifest
from preceptor.api.evalgate import EvalGateSpec
from preceptor.manifests import sentence_of
from preceptor_operator.config import OperatorConfig
from preceptor_operator.evalgate import reasons
from preceptor_operator.evalgate.works import Plan, candidate_of, evaluate_work, verify_work
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import ABSENT, Outcome, outcome
from preceptor_operator.shared.sources import Missing, ObjectReader, Parts, parts_of, prompt_of


class Reader(ObjectReader, Protocol):
    """Reads objects, and Jobs with their pods."""

    async def job_with_pods(self, namespace: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The Job, or None, and the pods that carry its name."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """All that ``decide`` may look at."""

    resource: Resource
    spec: EvalGateSpec | None = None
    missing: Missing | None = None
    parts: Parts | None = None
    verify: Work | None = None
    verified: Outcome = ABSENT
    candidate: CandidateManifest | None = None
    evaluate: Work | None = None
    evaluated: Outcome = ABSENT


async def gather(resource: Resource, *, reader: Reader, config: OperatorConfig) -> Observed:
    """Read everything about one gate: its sources, then its Jobs in order."""
    try:
        spec = EvalGateSpec.model_validate(resource.spec)
    except ValidationError as error:
        fault = f"The spec cannot be used: {sentence_of(error)}. Create a corrected EvalGate."
        return Observed(resource=resource, missing=Missing(reason=reasons.SPEC_INVALID, message=fault, final=True))
    parts = await parts_of(spec.adapter, resource.namespace, reader)
    if isinstance(parts, Missing):
        return Observed(resource=resource, spec=spec, missing=parts)
    prompt = await prompt_of(spec.serving.system_prompt.config_map_ref, resource.namespace, reader)
    if isinstance(prompt, Missing):
        return Observed(resource=resource, spec=spec, parts=parts, missing=prompt)
    owner = Owner(kind=resource.kind, namespace=resource.namespace, name=resource.name, uid=resource.uid)
    plan = Plan(owner=owner, spec=spec, config=config, parts=parts, system_prompt=prompt)
    verify = verify_work(plan)
    verified = outcome(*await reader.job_with_pods(resource.namespace, verify.name), verify)
    if verified.phase != "Passed":
        return Observed(resource=resource, spec=spec, parts=parts, verify=verify, verified=verified)
    try:
        candidate = candidate_of(plan, verified)
    except (KeyError, ValueError):
        message = "The VerifyJob passed without the digests that make up a candidate: report this."
        broken = Missing(reason=reasons.RESULT_INCOMPLETE, message=message, final=True)
        return Observed(resource=resource, spec=spec, parts=parts, verify=verify, verified=verified, missing=broken)
    evaluate = evaluate_work(plan, candidate)
    evaluated = outcome(*await reader.job_with_pods(resource.namespace, evaluate.name), evaluate)
    return Observed(
        resource=resource,
        spec=spec,
        parts=parts,
        verify=verify,
        verified=verified,
        candidate=candidate,
        evaluate=evaluate,
        evaluated=evaluated,
    )

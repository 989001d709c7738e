"""What is known about one EvalGate now?"""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from pydantic import ValidationError

from preceptor.api.candidate import CandidateManifest
from preceptor.api.evalgate import EvalGateSpec
from preceptor.manifests import sentence_of
from preceptor_operator.config import OperatorConfig
from preceptor_operator.evalgate import reasons
from preceptor_operator.evalgate.works import (
    END_KIND,
    EVALUATE_ROLE,
    TERMINAL,
    Plan,
    candidate_of,
    end_key,
    evaluate_work,
    verify_work,
)
from preceptor_operator.shared.attempts import JobReader, latest
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import ABSENT, Outcome
from preceptor_operator.shared.recorded import Chain, recall
from preceptor_operator.shared.sources import Missing, ObjectReader, Parts, parts_of, prompt_of


class Reader(ObjectReader, JobReader, Protocol):
    """Reads objects, and Jobs with their pods."""

    async def jobs_of(self, namespace: str, owner_uid: str, role: str) -> list[str]:
        """Names of an owner's Jobs of one role."""


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
    # Jobs that evaluate another candidate than the one that was fixed, or the fixed one where that has changed.
    superfluous: tuple[str, ...] = ()
    # Jobs of attempts whose pod was lost with its Result, and that nothing removes yet.
    lost: tuple[str, ...] = ()


async def gather(resource: Resource, *, reader: Reader, chain: Chain, config: OperatorConfig) -> Observed:
    """Read everything about one gate: its sources, then its Jobs in order.

    Where neither Job nor pod tells how the evaluation ended, the audit chain is asked. Raises TryAgain while it gives
    no answer: what may have been done already is not done again.
    """
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
    tried = await latest(verify_work(plan), reader)
    verify, verified, lost = tried.work, tried.outcome, tried.lost
    if verified.phase != "Passed":
        return Observed(resource=resource, spec=spec, parts=parts, verify=verify, verified=verified, lost=lost)
    try:
        candidate = candidate_of(plan, verified)
    except (KeyError, ValueError):
        message = "The VerifyJob passed without the digests that make up a candidate: report this."
        broken = Missing(reason=reasons.RESULT_INCOMPLETE, message=message, final=True)
        return Observed(resource=resource, spec=spec, parts=parts, verify=verify, verified=verified, missing=broken)
    fixed = resource.status.get("candidateDigest")
    if fixed is not None and fixed != candidate.digest:
        return Observed(
            resource=resource,
            spec=spec,
            parts=parts,
            verify=verify,
            verified=verified,
            candidate=candidate,
            superfluous=tuple(await reader.jobs_of(resource.namespace, resource.uid, EVALUATE_ROLE)),
            lost=lost,
        )
    # What has ended changes no more, whatever the chain says.
    ended = resource.deleting or resource.status.get("state") in TERMINAL
    tried = await latest(
        evaluate_work(plan, candidate), reader, None if ended else partial(_recalled, chain, resource.uid)
    )
    return Observed(
        resource=resource,
        spec=spec,
        parts=parts,
        verify=verify,
        verified=verified,
        candidate=candidate,
        evaluate=tried.work,
        evaluated=tried.outcome,
        lost=(*lost, *tried.lost),
    )


async def _recalled(chain: Chain, owner_uid: str) -> Outcome | None:
    body = await chain.recorded(end_key(owner_uid), END_KIND)
    return recall(body.get("outcome") or {}, "Evaluate") if body is not None else None

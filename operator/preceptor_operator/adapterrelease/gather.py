"""What is known about one AdapterRelease now?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

from pydantic import ValidationError

from preceptor.api.adapterrelease import AdapterReleaseSpec, request_digest
from preceptor.api.base import ConfigMapReference
from preceptor.api.candidate import CandidateManifest
from preceptor.api.gateway import Serving
from preceptor.evidence import statement_digest
from preceptor.exits import CheckFailed
from preceptor.manifests import sentence_of
from preceptor_operator.adapterrelease.checks import approvals_digest
from preceptor_operator.adapterrelease.evidence import decided_at, is_grant, provenance_of
from preceptor_operator.adapterrelease.examinations import examinations_of
from preceptor_operator.adapterrelease.observed import TERMINAL, Evidence, Gate, Observed, Phase, PolicyAnswer
from preceptor_operator.adapterrelease.question import policy_input
from preceptor_operator.adapterrelease.works import verify_work
from preceptor_operator.config import OperatorConfig
from preceptor_operator.shared.attempts import JobReader, latest
from preceptor_operator.shared.children import Owner, Work
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import ABSENT, Outcome
from preceptor_operator.shared.sources import Missing, ObjectReader, prompt_of

# Kinds of records that say how an adapter was made.
MAKING = ("statement.provenance", "statement.phiscan", "statement.repetition")
# Kind of those that say how an examination of a candidate ended.
EXAMINING = "statement.evaluation"
PHASES: tuple[Phase, ...] = ("request", "release")


class Reader(ObjectReader, JobReader, Protocol):
    """Reads objects, Jobs with their pods, Services and sibling releases."""

    async def service_exists(self, namespace: str, name: str) -> bool:
        """Whether the Service is there."""

    async def siblings(self, plural: str, namespace: str) -> list[dict[str, Any]]:
        """All objects of a kind in a namespace."""


class EvidenceReader(Protocol):
    """Reads signed statements from the audit chain; every one that is returned was verified."""

    async def statement(self, digest: str) -> Mapping[str, Any]:
        """The statement with this digest. Raises CheckFailed when it is missing or its signature is not ours."""

    async def envelope(self, digest: str) -> dict[str, Any]:
        """The verified envelope around the statement with this digest. Raises CheckFailed as above."""

    async def statements_about(self, subject: str, kind: str) -> list[Mapping[str, Any]]:
        """All verified statements about a digest; those that do not verify are left out."""


class Policy(Protocol):
    """Asks the promotion policy."""

    async def decide(self, document: dict[str, Any]) -> PolicyAnswer | None:
        """The answer, or None when there is none that can be believed."""


class GatewayReader(Protocol):
    """Asks a gateway what it serves."""

    async def serving(self, namespace: str, name: str, release_uid: str) -> Serving | None:
        """What became of a release at the gateway, else what that serves; None when it cannot be reached."""


async def gather(
    resource: Resource,
    *,
    reader: Reader,
    evidence: EvidenceReader,
    policy: Policy,
    gateway: GatewayReader,
    config: OperatorConfig,
    now: datetime,
) -> Observed:
    """Read everything about one release, and ask the policy both its questions about what was read."""
    # Also of a spec that cannot be used, or that could be once: what is served has to be stopped.
    name = str(((resource.spec.get("target") or {}).get("gatewayRef") or {}).get("name"))
    observed = Observed(
        resource=resource,
        serving=await gateway.serving(resource.namespace, name, resource.uid),
        gateway_exists=await reader.service_exists(resource.namespace, name),
        gateway_allowed=f"{resource.namespace}/{name}" in config.gateways.allowed,
    )
    try:
        spec = AdapterReleaseSpec.model_validate(resource.spec)
    except ValidationError as error:
        return replace(observed, fault=sentence_of(error))
    observed = replace(
        observed,
        spec=spec,
        request_digest=request_digest(resource.namespace, resource.name, resource.uid, resource.spec),
        superseded_by=await _superseded_by(resource, spec, reader),
    )
    if resource.deleting or spec.withdrawn or resource.status.get("state") in TERMINAL:
        # What stops needs neither evidence nor policy, and does not wait for them.
        return observed
    # Found by what the release itself names, so that whoever deletes the gate neither hides nor undoes the decision.
    observed = await _with_grant(observed, spec, evidence)
    gate = await reader.read("evalgates", resource.namespace, spec.eval_gate_ref.name)
    if gate is None:
        return observed
    found = await _gate(gate, reader)
    observed = await _with_evidence(replace(observed, gate=found), gate, evidence)
    observed = await _with_examinations(observed, spec, evidence)
    observed = await _with_verifications(observed, reader, config, now)
    if found.system_prompt_now is None:
        # Asked without it, the policy would speak of a changed prompt.
        return observed
    answers = {phase: await policy.decide(policy_input(observed, phase, now)) for phase in PHASES}
    return replace(observed, answers=answers)


async def _gate(body: Mapping[str, Any], reader: Reader) -> Gate:
    metadata, status = body["metadata"], body.get("status") or {}
    try:
        candidate = CandidateManifest.model_validate(status.get("candidate"))
    except ValidationError:
        candidate = None
    prompt: str | None = None
    # Only what is needed of the spec, which may be older than today's rules.
    serving = (body.get("spec") or {}).get("serving") or {}
    try:
        reference = ConfigMapReference.model_validate((serving.get("systemPrompt") or {}).get("configMapRef"))
        found = await prompt_of(reference, metadata["namespace"], reader)
        prompt = None if isinstance(found, Missing) else found
    except ValidationError:
        prompt = None
    return Gate(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        state=status.get("state"),
        candidate=candidate,
        candidate_digest=status.get("candidateDigest"),
        adapter_uri=status.get("adapterUri"),
        base_model_uri=status.get("baseModelUri"),
        system_prompt_now=prompt,
    )


async def _with_grant(observed: Observed, spec: AdapterReleaseSpec, reader: EvidenceReader) -> Observed:
    decisions = await reader.statements_about(spec.candidate_digest, "statement.decision")
    grants = [statement for statement in decisions if is_grant(statement, observed)]
    if not grants:
        return observed
    # Another one was made where the first was not carried out in time.
    newest = max(grants, key=decided_at)
    return replace(observed, grant=await reader.envelope(statement_digest(newest)), decided=newest["predicate"])


async def _with_evidence(observed: Observed, gate: Mapping[str, Any], reader: EvidenceReader) -> Observed:
    digest = (gate.get("status") or {}).get("evidenceDigest")
    found = Evidence(digest=digest, problem="The EvalGate names no signed evaluation statement.")
    if isinstance(digest, str):
        try:
            found = Evidence(digest=digest, verified=True, statement=await reader.statement(digest))
        except CheckFailed as error:
            found = Evidence(digest=digest, problem=str(error))
    adapter = found.subject("adapter")
    made = [await reader.statements_about(adapter, kind) for kind in MAKING] if adapter else []
    return replace(
        observed,
        evidence=found,
        provenance=provenance_of(chain(*made), adapter or "", observed.resource.namespace),
    )


async def _with_examinations(observed: Observed, spec: AdapterReleaseSpec, reader: EvidenceReader) -> Observed:
    # By the candidate and not by the gate: what another gate found counts as well.
    found = await reader.statements_about(spec.candidate_digest, EXAMINING)
    return replace(observed, examinations=examinations_of(found, spec.candidate_digest))


async def _with_verifications(observed: Observed, reader: Reader, config: OperatorConfig, now: datetime) -> Observed:
    resource, spec, gate = observed.resource, observed.spec, observed.gate
    if spec is None or gate is None:
        return observed
    owner = Owner(kind=resource.kind, namespace=resource.namespace, name=resource.name, uid=resource.uid)
    counted = approvals_digest(observed, now)
    request, requested = await _latest(verify_work(owner, spec, gate, config, "request"), reader)
    release, released = await _latest(verify_work(owner, spec, gate, config, "release", counted), reader)
    return replace(
        observed,
        verify_request=request,
        verified_request=requested,
        verify_release=release,
        verified_release=released,
    )


async def _latest(work: Work | None, reader: Reader) -> tuple[Work | None, Outcome]:
    # What was hashed is in no record of its own: where the pod is lost, it is hashed again.
    if work is None:
        return None, ABSENT
    tried = await latest(work, reader)
    return tried.work, tried.outcome


async def _superseded_by(resource: Resource, spec: AdapterReleaseSpec, reader: Reader) -> str | None:
    """Name of a release that was served at the same gateway after this one."""
    ours = resource.status.get("servedAt")
    if not ours:
        return None
    for other in await reader.siblings("adapterreleases", resource.namespace):
        status, target = other.get("status") or {}, (other.get("spec") or {}).get("target") or {}
        same = (target.get("gatewayRef") or {}).get("name") == spec.target.gateway_ref.name
        newer = (status.get("servedAt") or "") > ours
        if same and newer and other["metadata"]["uid"] != resource.uid:
            return str(other["metadata"]["name"])
    return None

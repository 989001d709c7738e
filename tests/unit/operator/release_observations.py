"""An AdapterRelease in which all is well, and what tests change about it."""

from dataclasses import replace
from typing import Any

from observations import CONFIG, DIGEST, PROMPT, candidate, good_metrics, owner, passed, resource

from preceptor.api.adapterrelease import AdapterReleaseSpec, DecisionReason, request_digest
from preceptor.api.gateway import Serving
from preceptor.api.jobs import Owner as JobOwner
from preceptor.evidence import Material, evaluation, statement_digest
from preceptor_operator.adapterrelease.observed import Evidence, Gate, Observed, PolicyAnswer, Provenance
from preceptor_operator.adapterrelease.works import verify_work

CANDIDATE = candidate()
STATEMENT = evaluation(
    adapter=CANDIDATE.adapter,
    candidate=CANDIDATE.digest,
    verdict="Passed",
    metrics=good_metrics(),
    confidence="0.95",
    suites=[Material("suite-0", DIGEST["dataset"])],
    report=Material("report", DIGEST["report"]),
    owner=JobOwner(kind="EvalGate", namespace="clinic", name="triage", uid="gate-1"),
    finished_at="2026-11-24T10:00:00Z",
)
EVIDENCE = Evidence(digest=statement_digest(STATEMENT), verified=True, statement=STATEMENT)
GATE = Gate(
    namespace="clinic",
    name="triage",
    uid="gate-1",
    state="Passed",
    candidate=CANDIDATE,
    candidate_digest=CANDIDATE.digest,
    adapter_uri="pvc://artifacts/a/adapter",
    base_model_uri="pvc://models/tiny",
    system_prompt_now=PROMPT,
)
YES = PolicyAnswer(allow=True, revision="r1", reasons=())
NO = PolicyAnswer(
    allow=False, revision="r1", reasons=(DecisionReason(code="VerdictNotPass", message="It did not pass."),)
)
NOT_YET = PolicyAnswer(
    allow=False, revision="r1", reasons=(DecisionReason(code="ApprovalsMissing", message="0 of 1 count."),)
)


def spec_of(**changes: Any) -> dict[str, Any]:
    """A release's spec as the API server holds it."""
    return {
        "candidateDigest": CANDIDATE.digest,
        "evalGateRef": {"name": "triage"},
        "target": {"gatewayRef": {"name": "gateway"}, "stage": "live"},
        "policy": {"profile": "clinical", "revision": "r1"},
        "withdrawn": False,
        "requestedBy": "alice",
        **changes,
    }


def signed_by(approver: str, **changes: str) -> dict[str, str]:
    """An approval that counts unless told otherwise."""
    return {
        "approver": approver,
        "candidateDigest": CANDIDATE.digest,
        "evidenceDigest": str(EVIDENCE.digest),
        "policyRevision": "r1",
        "requestDigest": request_digest("clinic", "triage", "uid-1", spec_of()),
        "meaning": "I approve.",
        "expires": "2099-01-01T00:00:00Z",
        **changes,
    }


def observe(*, spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, **changes: Any) -> Observed:
    """An observation in which all is well until a field says otherwise: examined, verified, allowed, not approved."""
    body = spec or spec_of()
    about = {key: changes.pop(key) for key in ("deleting", "finalizers") if key in changes}
    parsed = AdapterReleaseSpec.model_validate(body)
    held = resource("AdapterRelease", body, status=status or {}, **about)
    fields: dict[str, Any] = {
        "resource": held,
        "spec": parsed,
        "request_digest": request_digest("clinic", "triage", "uid-1", body),
        "gate": GATE,
        "evidence": EVIDENCE,
        "provenance": Provenance(present=True, scans=(("dataset", "pass"), ("outputs", "pass"))),
        "verify_request": verify_work(owner("AdapterRelease"), parsed, GATE, CONFIG, "request"),
        "verified_request": passed("Verify"),
        "verify_release": verify_work(owner("AdapterRelease"), parsed, GATE, CONFIG, "release"),
        "answers": {"request": YES, "release": NOT_YET},
        "serving": Serving(state="Empty"),
    }
    return Observed(**{**fields, **changes})


GRANT = {"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": []}


def with_verdict(verdict: str) -> dict[str, Any]:
    """The evaluation's statement with another verdict."""
    return {**STATEMENT, "predicate": {**STATEMENT["predicate"], "preceptor_verdict": verdict}}


APPROVED = spec_of(approvals=[signed_by("carol")])
DECIDED = {
    "timeCreated": "2026-11-24T11:00:00Z",
    "preceptor_phase": "release",
    "preceptor_revision": "r1",
    "preceptor_evidence": [{"sha256": str(EVIDENCE.digest).removeprefix("sha256:")}],
    "preceptor_approvers": ["carol"],
    "preceptor_approvalsNeeded": 1,
    "preceptor_firstServedBefore": "2099-01-01T00:00:00Z",
}
WITHDRAWN = {**APPROVED, "withdrawn": True}
ALLOWED = {"request": YES, "release": YES}
OURS = Serving(state="Serving", candidate_digest=CANDIDATE.digest, release_uid="uid-1")


def granted(**changes: Any) -> Observed:
    """An observation of a release whose decision is in the audit chain."""
    return observe(**{"spec": APPROVED, "grant": GRANT, "decided": DECIDED, "answers": ALLOWED, **changes})


NEW_GATE = replace(GATE, uid="gate-2", state="Pending", candidate=None, candidate_digest=None, adapter_uri=None)
SERVED_STATUS = {"state": "Released", "servedAt": "2026-11-24T11:00:00Z"}


def refused(reason: str | None) -> Serving:
    """A gateway that refused this release's candidate."""
    return OURS.model_copy(update={"state": "Refused", "reason": reason})


def refused_status(reason: str, times: int, at: str) -> dict[str, Any]:
    """The status of a release that was refused so often, last then."""
    return {"state": "RollingOut", "reason": reason, "gatewayRefusals": times, "gatewayRefusedAt": at}


class QuietCluster:
    """What gathering a release reads where nothing but its gate and the audit chain matters."""

    async def config_map(self, namespace: str, name: str) -> dict[str, Any] | None:
        """The prompt that was examined."""
        return {"data": {"prompt": PROMPT}}

    async def service_exists(self, namespace: str, name: str) -> bool:
        """Every gateway is there."""
        return True

    async def siblings(self, plural: str, namespace: str) -> list[dict[str, Any]]:
        """No other release."""
        return []

    async def job_with_pods(self, namespace: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """No Job was made yet."""
        return None, []

    async def serving(self, namespace: str, name: str, release_uid: str) -> Serving:
        """Nothing is served."""
        return Serving(state="Empty")

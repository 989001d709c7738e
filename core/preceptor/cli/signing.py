"""What exactly would an approval of this release sign?"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table

from preceptor.api.adapterrelease import AdapterReleaseSpec, AdapterReleaseStatus, Approval, request_digest
from preceptor.api.candidate import CandidateManifest
from preceptor.api.evalgate import EvalGateSpec, EvalGateStatus, MetricResult, Suite, Threshold
from preceptor.cli.terminal import shown
from preceptor.cluster import Cluster
from preceptor.exits import CheckFailed
from preceptor.manifests import sentence_of

# Fewer missed emergencies than one in fifty; a demo may ask for less, and an approver has to know that.
CLINICAL_RECALL = Decimal("0.98")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Subject:
    """A release that awaits approval, every digest of which was compared."""

    namespace: str
    name: str
    resource_version: str
    spec: AdapterReleaseSpec
    # Whether spec.approvals exists, be it empty.
    approvals_listed: bool
    candidate: CandidateManifest
    metrics: tuple[MetricResult, ...]
    suites: tuple[Suite, ...]
    thresholds: tuple[Threshold, ...]
    confidence: str
    report: str | None
    evidence_digest: str
    request_digest: str

    @property
    def candidate_digest(self) -> str:
        """What would be served."""
        return self.spec.candidate_digest

    @property
    def policy_revision(self) -> str:
        """Which policy decides."""
        return self.spec.policy.revision

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """Who has approved already."""
        return self.spec.approvals

    @property
    def signed(self) -> tuple[str, str, str, str]:
        """Everything that an approval binds."""
        return (self.candidate_digest, self.evidence_digest, self.policy_revision, self.request_digest)


def read_subject(cluster: Cluster, namespace: str, name: str) -> Subject:
    """Read a release with its EvalGate, and compute again what the operator computed.

    Raises CheckFailed where the release does not await approval or a digest disagrees, and what ``cluster`` raises.
    """
    release = cluster.object("adapterreleases", namespace, name)
    spec = _parsed(AdapterReleaseSpec, release.get("spec"), f"The spec of AdapterRelease {name}")
    status = _parsed(AdapterReleaseStatus, release.get("status") or {}, f"The status of AdapterRelease {name}")
    if spec.withdrawn:
        raise CheckFailed(f"AdapterRelease {name} is withdrawn: there is nothing to approve.", reason="Withdrawn")
    if status.state != "AwaitingApproval":
        raise CheckFailed(
            f"AdapterRelease {name} is {status.state or 'new'}{_because(status)}, not AwaitingApproval: "
            "there is nothing to approve now.",
            reason="NotAwaitingApproval",
        )
    gate_name = spec.eval_gate_ref.name
    gate_object = cluster.object("evalgates", namespace, gate_name)
    gate_spec = _parsed(EvalGateSpec, gate_object.get("spec"), f"The spec of EvalGate {gate_name}")
    gate = _parsed(EvalGateStatus, gate_object.get("status") or {}, f"The status of EvalGate {gate_name}")
    if gate.state != "Passed":
        raise CheckFailed(
            f"EvalGate {gate_name} is {gate.state or 'new'}, not Passed: its candidate is not to be approved.",
            reason="GateNotPassed",
        )
    metadata = release["metadata"]
    own = request_digest(namespace, name, metadata["uid"], release["spec"])
    candidate, evidence = gate.candidate, gate.evidence_digest
    _same("request", own, status.request_digest, "the operator's status")
    _same("candidate", spec.candidate_digest, gate.candidate_digest, f"EvalGate {gate_name}")
    _same(
        "candidate",
        spec.candidate_digest,
        candidate.digest if candidate else None,
        f"the parts in EvalGate {gate_name}",
    )
    _same("evidence", status.evidence_digest, evidence, f"EvalGate {gate_name}")
    _same("policy revision", spec.policy.revision, status.policy_revision, "the operator's status")
    assert candidate is not None
    assert evidence is not None
    return Subject(
        namespace=namespace,
        name=name,
        resource_version=metadata["resourceVersion"],
        spec=spec,
        approvals_listed="approvals" in release["spec"],
        candidate=candidate,
        metrics=gate.metrics,
        suites=gate_spec.suites,
        thresholds=gate_spec.thresholds,
        confidence=gate_spec.confidence,
        report=gate.report.uri if gate.report else None,
        evidence_digest=evidence,
        request_digest=own,
    )


def warnings(subject: Subject) -> list[str]:
    """What an approver might overlook, each as a sentence."""
    found = []
    recall = next((t for t in subject.thresholds if t.metric == "emergency_recall"), None)
    if recall is None or recall.min is None:
        found.append("No threshold on emergency_recall was asked for: missed emergencies were not a reason to fail.")
    elif Decimal(recall.min) < CLINICAL_RECALL:
        found.append(
            f"The threshold on emergency_recall is {recall.min}, below the clinical default of {CLINICAL_RECALL}: "
            "fit for a demonstration, not for patients."
        )
    if (subject.spec.requested_by or "").startswith("system:serviceaccount:"):
        found.append("A service account asked for this release, so two people must approve it.")
    return found


def show_subject(out: Console, subject: Subject, *, approver: str, meaning: str, expires: str) -> None:
    """Print everything that the approval would sign, and what it rests on."""
    candidate, spec = subject.candidate, subject.spec

    def line(label: str, value: str, style: str = "") -> None:
        out.print(shown(f"{label:<18}", "bold") + shown(value, style), soft_wrap=True)

    out.print(shown(f"AdapterRelease {subject.name} in {subject.namespace}", "bold underline"))
    line("Requested by", spec.requested_by or "(nobody is stamped)")
    line("To be served", f"stage {spec.target.stage} by gateway {spec.target.gateway_ref.name}")
    line("Policy", f"{spec.policy.profile}, revision {spec.policy.revision}")
    line("Request", subject.request_digest)
    out.print()
    line("Candidate", subject.candidate_digest)
    for label, digest in (
        ("adapter", candidate.adapter),
        ("base model", candidate.base_model),
        ("tokenizer", candidate.tokenizer),
        ("chat template", candidate.chat_template),
        ("system prompt", candidate.system_prompt),
        ("output policy", candidate.output_policy),
    ):
        line(f"  {label}", digest)
    decoding = candidate.decoding
    line(
        "  decoding",
        f"max_tokens {decoding.max_tokens}, temperature {decoding.temperature}, top_p {decoding.top_p}, "
        f"seed {decoding.seed}",
    )
    line("  contexts", "from each request")
    out.print()
    line("Evidence", subject.evidence_digest)
    line("Report", subject.report or "(none)")
    # What was asked and how surely: easier suites or a lower confidence pass more.
    for suite in subject.suites:
        line("Suite", f"{suite.uri} {suite.digest}")
    line("Confidence", subject.confidence)
    out.print(_metrics(subject))
    for sentence in warnings(subject):
        out.print(shown(f"Note: {sentence}", "yellow"), soft_wrap=True)
    out.print()
    others = [entry.approver for entry in subject.approvals]
    line("Approved by", ", ".join(others) or "(nobody yet)")
    line("You sign as", approver)
    line("Meaning", meaning)
    line("Expires", expires)


def _metrics(subject: Subject) -> Table:
    table = Table(
        "METRIC",
        "VALUE",
        "LOWER",
        "UPPER",
        "THRESHOLD",
        "COUNT",
        "VERDICT",
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    table.title = f"One-sided bounds at confidence {subject.confidence}"
    table.title_justify = "left"
    for metric in subject.metrics:
        table.add_row(
            shown(metric.metric),
            metric.value or "-",
            metric.lower or "-",
            metric.upper or "-",
            shown(metric.threshold or "-"),
            f"{metric.count}/{metric.total}" if metric.total is not None else "-",
            shown(metric.verdict, {"Pass": "green", "Reported": ""}.get(metric.verdict, "red")),
        )
    return table


def _same(what: str, here: str | None, there: str | None, where: str) -> None:
    if here is None or here != there:
        raise CheckFailed(
            f"The {what} does not agree: the release has {here or 'none'}, {where} has {there or 'none'}. "
            "Do not sign; find out who changed it.",
            reason="DigestsDisagree",
        )


def _because(status: AdapterReleaseStatus) -> str:
    return f" ({status.reason})" if status.reason else ""


def _parsed(model: type[M], document: Any, what: str) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise CheckFailed(
            f"{what} is not understood ({sentence_of(error)}): use the `preceptor` of the operator's version.",
            reason="NotUnderstood",
        ) from None

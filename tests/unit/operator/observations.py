"""What do the tables of the operator's unit tests start from?"""

from datetime import UTC, datetime
from typing import Any

from preceptor.api.candidate import CandidateManifest, Decoding
from preceptor.api.evalgate import EvalGateSpec, MetricResult
from preceptor.api.finetunerun import FineTuneRunSpec
from preceptor.api.jobs import Result
from preceptor.digests import digest_bytes
from preceptor_operator.config import OperatorConfig
from preceptor_operator.shared.children import Owner
from preceptor_operator.shared.decision import Resource
from preceptor_operator.shared.outcome import Outcome

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DIGEST = {
    name: "sha256:" + digit * 64
    for name, digit in zip(
        ("adapter", "baseModel", "tokenizer", "chatTemplate", "dataset", "report", "seal", "policy", "outputs"),
        "123456789",
        strict=True,
    )
}
PROMPT = "You triage."
HUB_URI = "hf://clinic/tiny@0123456789abcdef0123456789abcdef01234567"
FROM_HUB = {"baseModel": {"uri": HUB_URI, "digest": DIGEST["baseModel"]}}
CONFIG = OperatorConfig.model_validate(
    {"images": {"trainer": "trainer:1", "eval": "eval:1"}, "audit": {"url": "http://audit"}}
)


def resource(kind: str, spec: dict[str, Any], **changes: Any) -> Resource:
    """A resource as the API server holds it."""
    fields: dict[str, Any] = {
        "kind": kind,
        "namespace": "clinic",
        "name": "triage",
        "uid": "uid-1",
        "generation": 1,
        "spec": spec,
    }
    return Resource(**{**fields, **changes})


def owner(kind: str) -> Owner:
    """The owner that belongs to ``resource``."""
    return Owner(kind=kind, namespace="clinic", name="triage", uid="uid-1")


def run_spec(**changes: Any) -> FineTuneRunSpec:
    """A FineTuneRun's spec."""
    return FineTuneRunSpec.model_validate(
        {
            "baseModel": {"uri": "pvc://models/tiny", "digest": DIGEST["baseModel"]},
            "dataset": {"uri": "pvc://datasets/triage", "manifestDigest": DIGEST["dataset"]},
            "output": {"uri": "pvc://artifacts/triage"},
            **changes,
        }
    )


def gate_spec(**changes: Any) -> EvalGateSpec:
    """An EvalGate's spec."""
    return EvalGateSpec.model_validate(
        {
            "adapter": {"fineTuneRunRef": {"name": "triage"}},
            "serving": {
                "systemPrompt": {"configMapRef": {"name": "prompt"}},
                "outputPolicy": {"digest": DIGEST["policy"]},
            },
            "suites": [{"uri": "pvc://suites/triage", "digest": DIGEST["dataset"]}],
            "thresholds": [
                {"metric": "emergency_recall", "min": "0.98"},
                {"metric": "over_triage_rate", "max": "0.20"},
            ],
            "report": "pvc://artifacts/reports",
            **changes,
        }
    )


def candidate() -> CandidateManifest:
    """The candidate that the digests above make up."""
    return CandidateManifest(
        adapter=DIGEST["adapter"],
        base_model=DIGEST["baseModel"],
        tokenizer=DIGEST["tokenizer"],
        chat_template=DIGEST["chatTemplate"],
        system_prompt=digest_bytes(PROMPT.encode()),
        output_policy=DIGEST["policy"],
        decoding=Decoding(),
    )


def metric(name: str, threshold: str, **fields: Any) -> MetricResult:
    """A metric that passes unless told otherwise."""
    # All of 300, and none of 150, at confidence 0.95.
    values: dict[str, Any] = {"value": "1", "lower": "0.990063", "upper": "1", "count": 300, "total": 300}
    if threshold.startswith("<="):
        values = {"value": "0", "lower": "0", "upper": "0.019774", "count": 0, "total": 150}
    return MetricResult.model_validate({"metric": name, "threshold": threshold, "verdict": "Pass", **values, **fields})


def good_metrics() -> tuple[MetricResult, ...]:
    """Metrics that meet ``gate_spec``'s thresholds."""
    return (metric("emergency_recall", ">= 0.98"), metric("over_triage_rate", "<= 0.20"))


def result(kind: str, verdict: str = "pass", reason: str = "Fine", **fields: Any) -> Result:
    """A Job's Result with every digest that anybody might want."""
    return Result.model_validate(
        {
            "kind": kind,
            "verdict": verdict,
            "reason": reason,
            "digests": DIGEST,
            "counts": {"findings": 0, "records": 30, "steps": 9},
            **fields,
        }
    )


def passed(kind: str, **fields: Any) -> Outcome:
    """The outcome of a Job that passed."""
    image = CONFIG.images.trainer if kind == "Train" else CONFIG.images.eval
    found = result(kind, **fields)
    return Outcome(phase="Passed", reason="Fine", result=found, finished_at="2026-11-24T11:00:00Z", image=image)


def failed(kind: str, reason: str, **fields: Any) -> Outcome:
    """The outcome of a Job that said no."""
    found = result(kind, "fail", reason, **fields)
    return Outcome(
        phase="Failed", reason=reason, message="It says no.", result=found, finished_at="2026-11-24T11:00:00Z"
    )

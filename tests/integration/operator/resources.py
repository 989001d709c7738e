"""Which resources do the operator's integration tests apply?"""

from typing import Any

from stand_ins import DIGESTS

API = "preceptor.dev/v1alpha1"


def run(name: str = "triage", **spec: Any) -> dict[str, Any]:
    """A FineTuneRun as a user writes it."""
    return {
        "apiVersion": API,
        "kind": "FineTuneRun",
        "metadata": {"name": name},
        "spec": {
            "baseModel": {"uri": "pvc://models/tiny", "digest": DIGESTS["baseModel"]},
            "dataset": {"uri": "pvc://datasets/triage", "manifestDigest": DIGESTS["dataset"]},
            "output": {"uri": "pvc://artifacts/triage"},
            **spec,
        },
    }


def prompt(text: str = "You triage.") -> dict[str, Any]:
    """The ConfigMap of the system prompt."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "triage-prompt"},
        "data": {"prompt": text},
    }


def gate(name: str = "triage", **spec: Any) -> dict[str, Any]:
    """An EvalGate as a user writes it."""
    return {
        "apiVersion": API,
        "kind": "EvalGate",
        "metadata": {"name": name},
        "spec": {
            "adapter": {"fineTuneRunRef": {"name": "triage"}},
            "serving": {
                "systemPrompt": {"configMapRef": {"name": "triage-prompt"}},
                "outputPolicy": {"digest": DIGESTS["seal"]},
            },
            "suites": [{"uri": "pvc://suites/triage", "digest": DIGESTS["dataset"]}],
            "thresholds": [
                {"metric": "emergency_recall", "min": "0.98"},
                {"metric": "over_triage_rate", "max": "0.20"},
                {"metric": "hallucination_rate", "max": "0.05"},
                {"metric": "prescriptive_rate", "max": "0.05"},
                {"metric": "phi_leak_rate", "max": "0.02"},
            ],
            "report": "pvc://artifacts/reports",
            **spec,
        },
    }


def service() -> dict[str, Any]:
    """The gateway's Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "triage-gateway"},
        "spec": {"ports": [{"port": 8080}], "selector": {"app": "triage-gateway"}},
    }


def release(candidate: str, revision: str, name: str = "triage", **spec: Any) -> dict[str, Any]:
    """An AdapterRelease as a user writes it."""
    return {
        "apiVersion": API,
        "kind": "AdapterRelease",
        "metadata": {"name": name},
        "spec": {
            "candidateDigest": candidate,
            "evalGateRef": {"name": "triage"},
            "target": {"gatewayRef": {"name": "triage-gateway"}, "stage": "live"},
            "policy": {"profile": "clinical", "revision": revision},
            **spec,
        },
    }


def approval(release: dict[str, Any], approver: str, **changes: str) -> dict[str, str]:
    """What an approver signs for a release as the API server holds it."""
    status, spec = release["status"], release["spec"]
    return {
        "approver": approver,
        "candidateDigest": spec["candidateDigest"],
        "evidenceDigest": status["evidenceDigest"],
        "policyRevision": spec["policy"]["revision"],
        "requestDigest": status["requestDigest"],
        "meaning": "I have read the report and approve.",
        "expires": "2099-01-01T00:00:00Z",
        **changes,
    }

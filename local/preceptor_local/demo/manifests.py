"""Which resources does the demo apply?"""

from typing import Any

from preceptor.api.base import API_VERSION
from preceptor_local.demo.world import DEMO_LABEL, GATEWAY, World

PROMPT = "triage-prompt"
# Processors without bfloat16 units need several times the time of others: two epochs are a demo's patience. One already
# meets the thresholds on triage-dev, but hallucination only just (upper bound 0.049, wanted 0.05).
TRAINING: dict[str, Any] = {
    "epochs": 2,
    "learningRate": "1.2e-3",
    "batchSize": 16,
    "maxLength": 256,
    "firstTokensWeight": "6",
    "firstTokens": 2,
}
METHOD: dict[str, Any] = {"type": "lora", "rank": 32, "alpha": 64}


def run(world: World, name: str, dataset: str) -> dict[str, Any]:
    """A FineTuneRun on one of the demo's datasets."""
    return _resource(
        "FineTuneRun",
        name,
        {
            "baseModel": {"uri": "pvc://models/tiny-triage", "digest": world.digest("models/tiny-triage")},
            "dataset": {"uri": f"pvc://datasets/{dataset}", "manifestDigest": world.digest(f"datasets/{dataset}")},
            "method": METHOD,
            "training": TRAINING,
            "reproducibility": {"mode": "deterministic", "seed": 17},
            "output": {"uri": f"pvc://artifacts/{name}"},
        },
    )


def prompt(text: str) -> dict[str, Any]:
    """The system prompt, as a team keeps it."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(PROMPT), "data": {"prompt": text}}


def gate(world: World, name: str, run_name: str) -> dict[str, Any]:
    """An EvalGate on the suite whose wording training never saw."""
    return _resource(
        "EvalGate",
        name,
        {
            "adapter": {"fineTuneRunRef": {"name": run_name}},
            "serving": {
                "systemPrompt": {"configMapRef": {"name": PROMPT}},
                "outputPolicy": {"digest": world.output_policy},
                "decoding": {"maxTokens": 48},
            },
            "suites": [{"uri": f"pvc://suites/{world.suite}", "digest": world.digest(f"suites/{world.suite}")}],
            "thresholds": list(world.thresholds),
            "report": "pvc://artifacts/reports",
        },
    )


def release(world: World, name: str, candidate: str, gate_name: str, **spec: Any) -> dict[str, Any]:
    """An AdapterRelease of one candidate to the demo's gateway."""
    return _resource(
        "AdapterRelease",
        name,
        {
            "candidateDigest": candidate,
            "evalGateRef": {"name": gate_name},
            "target": {"gatewayRef": {"name": GATEWAY}, "stage": "live"},
            "policy": {"profile": "demo", "revision": world.policy_revision},
            **spec,
        },
    )


def _resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": _metadata(name), "spec": spec}


def _metadata(name: str) -> dict[str, Any]:
    return {"name": name, "labels": dict(DEMO_LABEL)}

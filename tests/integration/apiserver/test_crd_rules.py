"""Does the API server refuse, default and print our kinds as the models say?"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster_processes import ApiServer

from preceptor.api.finetunerun import Method, Training

SAMPLES = Path(__file__).resolve().parents[3] / "crds" / "samples"


def sample(kind: str, namespace: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((SAMPLES / f"{kind}.yaml").read_text())
    document["metadata"]["namespace"] = namespace
    return document


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one field set (or removed, with None); dots separate the steps of the path."""
    copied = copy.deepcopy(document)
    *steps, last = path.split(".")
    place: Any = copied
    for step in steps:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return copied


@pytest.mark.parametrize("kind", sorted(path.stem for path in SAMPLES.glob("*.yaml")))
def test_sample_is_accepted(crds_installed: ApiServer, namespace: str, kind: str) -> None:
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=sample(kind, namespace))
    assert created.returncode == 0, created.stderr


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.thresholds", [{"metric": "phi_leak_rate", "max": "0"}]),
        ("spec.thresholds", [{"metric": "accuracy", "min": "0.001"}]),
        ("spec.thresholds", [{"metric": "accuracy", "min": "1"}]),
        ("spec.confidence", "0.5"),
        ("spec.confidence", "0.999"),
    ],
)
def test_a_threshold_or_confidence_that_shows_something_is_accepted(
    crds_installed: ApiServer, namespace: str, path: str, value: Any
) -> None:
    document = changed(sample("evalgate", namespace), path, value)
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    assert created.returncode == 0, created.stderr


DIGEST = "sha256:" + "9" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("uri", [f"hf://clinic/tiny-1.5_B@{COMMIT}", f"hf://gpt2@{COMMIT}"])
def test_a_base_model_on_a_hub_is_accepted_by_its_commit(crds_installed: ApiServer, namespace: str, uri: str) -> None:
    document = changed(sample("finetunerun", namespace), "spec.baseModel.uri", uri)
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    assert created.returncode == 0, created.stderr


@pytest.mark.parametrize(
    ("kind", "path", "value", "sentence"),
    [
        ("finetunerun", "spec.dataset.manifestDigest", None, "spec.dataset.manifestDigest: Required value"),
        ("finetunerun", "spec.dataset.manifestDigest", "sha256:abc", "spec.dataset.manifestDigest"),
        ("finetunerun", "spec.baseModel.uri", "http://somewhere/model", "spec.baseModel.uri"),
        ("finetunerun", "spec.baseModel.uri", "hf://clinic/tiny@main", "never a branch or a tag"),
        ("finetunerun", "spec.baseModel.uri", "hf://clinic/tiny@v1.0", "never a branch or a tag"),
        ("finetunerun", "spec.baseModel.uri", "hf://clinic/tiny", "the 40 hex digits of the commit"),
        ("finetunerun", "spec.baseModel.uri", f"hf://clinic/tiny@{COMMIT[:39]}", "never a branch or a tag"),
        ("finetunerun", "spec.baseModel.uri", f"hf://a/b/c@{COMMIT}", "never a branch or a tag"),
        ("finetunerun", "spec.baseModel.digest", None, "spec.baseModel.digest: Required value"),
        ("finetunerun", "spec.dataset.uri", f"hf://clinic/triage@{COMMIT}", "spec.dataset.uri"),
        ("finetunerun", "spec.output.uri", f"hf://clinic/triage@{COMMIT}", "spec.output.uri"),
        ("finetunerun", "spec.epochs", 3, 'unknown field "spec.epochs"'),
        ("finetunerun", "spec.compute.nodes", 0, "should be greater than or equal to 1"),
        ("finetunerun", "spec.compute.gpusPerNode", 17, "should be less than or equal to 16"),
        ("finetunerun-four-nodes", "spec.compute.nodes", 3, "with 1, 2, 4, 8, … processes only"),
        ("finetunerun-four-nodes", "spec.compute.strategy", "zero3", "not kept by strategy zero3"),
        ("finetunerun-four-nodes", "spec.reproducibility.shards", 24, "must divide training.batchSize"),
        ("finetunerun-four-nodes", "spec.reproducibility.mode", "deterministic", "shards belongs to mode invariant"),
        ("finetunerun-four-nodes", "spec.reproducibility", {"mode": "fast"}, "mode fast promises no repetition"),
        ("finetunerun", "spec.dataset.uri", "file:///data", "spec.dataset.uri"),
        ("evalgate", "spec.suites.0.uri", "file:///suite", "spec.suites[0].uri"),
        ("finetunerun", "spec.compute.strategy", "tensor", "Unsupported value"),
        ("finetunerun", "spec.training.learningRate", 0.0002, "must be of type string"),
        ("finetunerun", "spec.training.batchSize", 0, "should be greater than or equal to 1"),
        ("finetunerun", "metadata.name", "a.b", "metadata.name is at most 63 characters"),
        ("finetunerun", "metadata.name", "a" * 64, "metadata.name is at most 63 characters"),
        ("evalgate", "spec.adapter", {}, "name either adapter.fineTuneRunRef or adapter.uri"),
        ("evalgate", "spec.adapter.uri", "pvc://artifacts/a", "not both"),
        ("evalgate", "spec.adapter", {"uri": "pvc://artifacts/a", "digest": DIGEST}, "go together"),
        (
            "evalgate",
            "spec.adapter",
            {
                "uri": "pvc://artifacts/a",
                "digest": DIGEST,
                "baseModel": {"uri": f"hf://clinic/tiny@{COMMIT}", "digest": DIGEST},
            },
            "spec.adapter.baseModel.uri",
        ),
        ("evalgate", "spec.suites", [], "should have at least 1 items"),
        ("evalgate", "spec.thresholds", [{"metric": "emergency_recall", "min": "0.98"}], "always says emergency"),
        (
            "evalgate",
            "spec.thresholds",
            [{"metric": "emergency_recall", "min": "0.98"}, {"metric": "over_triage_rate", "max": "1.0"}],
            "a max below 1",
        ),
        (
            "evalgate",
            "spec.thresholds",
            [{"metric": "emergency_recall", "max": "0.98"}, {"metric": "over_triage_rate", "max": "0.999"}],
            "is a min above 0",
        ),
        *(
            ("evalgate", "spec.thresholds", [threshold], sentence)
            for threshold, sentence in (
                ({"metric": "hallucination_rate", "min": "0.05"}, "is a max below 1"),
                ({"metric": "phi_leak_rate", "min": "0.5"}, "is a max below 1"),
                ({"metric": "phi_leak_rate", "max": "1"}, "is a max below 1"),
                ({"metric": "prescriptive_rate", "max": "1.00"}, "is a max below 1"),
                ({"metric": "policy_block_rate", "min": "0"}, "is a max below 1"),
                ({"metric": "accuracy", "max": "0.9"}, "is a min above 0"),
                ({"metric": "accuracy", "min": "0"}, "is a min above 0"),
                ({"metric": "accuracy", "min": "0.00"}, "is a min above 0"),
            )
        ),
        *(
            ("evalgate", "spec.confidence", confidence, "from 0.5 up to but not including 1")
            for confidence in ("0.01", "0.4999", "0", "1", "1.0")
        ),
        ("evalgate", "spec.thresholds", [{"metric": "over_triage_rate"}], "either min or max"),
        ("evalgate", "spec.thresholds.0.min", "98%", "spec.thresholds[0].min"),
        ("evalgate", "spec.thresholds.0.metric", "vibes", "Unsupported value"),
        (
            "evalgate",
            "spec.thresholds",
            [{"metric": "over_triage_rate", "max": "0.2"}, {"metric": "over_triage_rate", "max": "0.9"}],
            "Duplicate value",
        ),
        ("evalgate", "spec.review", {"cases": 100}, "no blinded review"),
        ("adapterrelease", "spec.target.stage", "shadow", "releases to stage live only"),
        ("adapterrelease", "spec.candidateDigest", "latest", "spec.candidateDigest"),
        ("adapterrelease", "spec.policy.revision", None, "spec.policy.revision: Required value"),
    ],
)
def test_malformed_resource_is_refused(
    crds_installed: ApiServer, namespace: str, kind: str, path: str, value: Any, sentence: str
) -> None:
    document = changed(sample(kind, namespace), path, value)
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    assert created.returncode != 0
    assert sentence in created.stderr


@pytest.mark.parametrize(
    ("kind", "patch", "sentence"),
    [
        ("finetunerun", {"baseModel": {"uri": "pvc://models/other"}}, "baseModel and dataset cannot change"),
        ("finetunerun", {"dataset": {"manifestDigest": DIGEST}}, "baseModel and dataset cannot change"),
        ("finetunerun", {"training": {"epochs": 2}}, "method, training, reproducibility and compute cannot change"),
        ("finetunerun", {"reproducibility": {"seed": 18}}, "method, training, reproducibility and compute cannot"),
        ("finetunerun", {"compute": {"queueName": "gpu"}}, "method, training, reproducibility and compute cannot"),
        ("finetunerun", {"output": {"uri": "pvc://artifacts/b"}}, "output cannot change"),
        ("evalgate", {"confidence": "0.9"}, "an EvalGate cannot change"),
        ("evalgate", {"serving": {"decoding": {"maxTokens": 1}}}, "an EvalGate cannot change"),
        ("adapterrelease", {"candidateDigest": DIGEST}, "candidateDigest cannot change"),
        ("adapterrelease", {"evalGateRef": {"name": "other"}}, "evalGateRef, target and policy cannot change"),
        ("adapterrelease", {"policy": {"revision": "2"}}, "evalGateRef, target and policy cannot change"),
        ("adapterrelease", {"requestedBy": "somebody"}, "requestedBy is stamped at creation"),
    ],
)
def test_change_that_would_mean_another_run_is_refused(
    crds_installed: ApiServer, namespace: str, kind: str, patch: dict[str, Any], sentence: str
) -> None:
    document = sample(kind, namespace)
    created = crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    assert created.returncode == 0, created.stderr
    done = _patch(crds_installed, kind, document, patch)
    assert done.returncode != 0
    assert sentence in done.stderr


@pytest.mark.parametrize("patch", [{"suspend": True}, {"cancel": True}, {"retries": 3}])
def test_change_of_how_a_run_is_driven_is_accepted(
    crds_installed: ApiServer, namespace: str, patch: dict[str, Any]
) -> None:
    document = sample("finetunerun", namespace)
    crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    done = _patch(crds_installed, "finetunerun", document, patch)
    assert done.returncode == 0, done.stderr


def test_cancelled_run_stays_cancelled(crds_installed: ApiServer, namespace: str) -> None:
    document = changed(sample("finetunerun", namespace), "spec.cancel", True)
    crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    done = _patch(crds_installed, "finetunerun", document, {"cancel": False})
    assert done.returncode != 0
    assert "a cancelled run stays cancelled" in done.stderr


def _patch(server: ApiServer, kind: str, document: dict[str, Any], spec: dict[str, Any]) -> Any:
    metadata = document["metadata"]
    return server.kubectl(
        "admin", "patch", kind, metadata["name"], "-n", metadata["namespace"], "--type=merge",
        f"--patch={json.dumps({'spec': spec})}",
    )  # fmt: skip


def test_defaults_are_filled_by_the_api_server(crds_installed: ApiServer, namespace: str) -> None:
    document = sample("finetunerun", namespace)
    for part in ("method", "training", "reproducibility", "compute"):
        del document["spec"][part]
    crds_installed.kubectl("admin", "create", "-f", "-", manifest=document)
    spec = crds_installed.get("admin", "ftr", document["metadata"]["name"], "-n", namespace)["spec"]
    # What the API server fills in is what everybody else fills in.
    assert spec["method"] == Method().document()
    assert spec["training"] == Training().document()
    assert (spec["method"]["type"], spec["method"]["rank"], spec["method"]["dropout"]) == ("lora", 16, "0")
    assert spec["training"]["learningRate"] == "2e-4"
    assert spec["reproducibility"] == {"mode": "deterministic", "seed": 17}
    assert spec["compute"] == {"nodes": 1, "gpusPerNode": 0, "strategy": "ddp"}
    assert (spec["suspend"], spec["cancel"], spec["retries"]) == (False, False, 2)


def test_reapplied_manifest_shows_no_difference(crds_installed: ApiServer, namespace: str) -> None:
    documents = [sample(kind, namespace) for kind in ("finetunerun", "evalgate", "adapterrelease")]
    crds_installed.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=documents)
    difference = crds_installed.kubectl("admin", "diff", "--server-side", "-f", "-", manifest=documents)
    assert (difference.returncode, difference.stdout) == (0, "")


@pytest.mark.parametrize(
    ("short", "columns"),
    [
        ("ftr", ["NAME", "STATE", "REASON", "PROGRESS", "AGE"]),
        ("eg", ["NAME", "STATE", "REASON", "PROGRESS", "AGE"]),
        ("ar", ["NAME", "STATE", "STAGE", "APPROVALS", "REASON", "AGE"]),
    ],
)
def test_kubectl_prints_the_columns_of_the_kind(
    crds_installed: ApiServer, namespace: str, short: str, columns: list[str]
) -> None:
    documents = [sample(kind, namespace) for kind in ("finetunerun", "evalgate", "adapterrelease")]
    crds_installed.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=documents)
    printed = crds_installed.kubectl("admin", "get", short, "-n", namespace).stdout
    assert printed.splitlines()[0].split() == columns


def test_one_category_lists_all_three_kinds(crds_installed: ApiServer, namespace: str) -> None:
    documents = [sample(kind, namespace) for kind in ("finetunerun", "evalgate", "adapterrelease")]
    crds_installed.kubectl("admin", "apply", "--server-side", "-f", "-", manifest=documents)
    printed = crds_installed.kubectl("admin", "get", "preceptor", "-n", namespace, "-o", "name").stdout
    assert sorted(printed.split()) == [
        "adapterrelease.preceptor.dev/triage-2026-11",
        "evalgate.preceptor.dev/triage-2026-11",
        "finetunerun.preceptor.dev/triage-2026-11",
    ]

"""A finished training that a test may seal, sign and have repeated; nothing in it was trained."""

from pathlib import Path
from typing import Any

from preceptor import evidence, manifests, seals
from preceptor.api.jobs import Owner
from preceptor.api.trainconfig import TrainConfig
from preceptor.digests import canonical_json, digest_bytes
from preceptor_trainer.output import RECORD_FILE

BASE, DATA = "sha256:" + "b" * 64, "sha256:" + "d" * 64
CONFIG = TrainConfig.model_validate(
    {
        "baseModel": {"uri": "file:///here/base", "digest": BASE},
        "dataset": {"uri": "file:///here/data", "manifestDigest": DATA},
        "training": {"maxSteps": 3, "learningRate": "1e-3"},
        "reproducibility": {"mode": "invariant", "seed": 17},
    }
)
COMPUTE = {"nodes": 2, "gpusPerNode": 1, "strategy": "ddp"}
ENVIRONMENT = {
    "device": "cpu",
    "cpuVendor": "GenuineIntel",
    "cpuCapability": "AVX512",
    "versions": {"torch": "2.13.0", "numpy": "2.4.6"},
    "variables": {"PYTHONHASHSEED": "0"},
}
OWNER = Owner(kind="FineTuneRun", namespace="clinical-ai", name="triage", uid="u-1")


def parameters() -> dict[str, Any]:
    document = CONFIG.document()
    return {**{name: document[name] for name in ("method", "training", "reproducibility")}, "compute": COMPUTE}


def sealed_provenance(adapter: str) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "parameters": parameters(),
        "inputs": {
            "baseModel": {"uri": "hf://org/name@" + "0" * 40, "digest": BASE},
            "dataset": {"uri": "pvc://datasets/triage", "manifestDigest": DATA},
        },
        "images": {"train": {"reference": "registry/trainer:1", "id": "registry/trainer@sha256:1234"}},
        "digests": {"adapter": adapter},
    }


def statement(adapter: str) -> dict[str, Any]:
    return evidence.training_provenance(
        adapter=adapter,
        base_model=evidence.Material("baseModel", BASE, "pvc://models/tiny"),
        dataset=evidence.Material("dataset", DATA, "pvc://datasets/triage"),
        tokenizer=BASE,
        chat_template=BASE,
        parameters=parameters(),
        owner=OWNER,
        started_at="2026-11-26T07:00:00+00:00",
        finished_at="2026-11-26T08:00:00+00:00",
    )


def seal(folder: Path, adapter: str) -> None:
    content = canonical_json(sealed_provenance(adapter))
    (folder / seals.PROVENANCE_FILE).write_bytes(content)
    document = seals.seal_document(folder, adapter, digest_bytes(content))
    (folder / seals.SEAL_FILE).write_bytes(canonical_json(document))


def finished(folder: Path) -> Path:
    """The folder of a training that has ended, without a seal."""
    for name in seals.SEALED_FOLDERS:
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text(name)
    manifest = manifests.create(
        folder / "adapter", kind="adapter", name="triage", provenance_id="7d9e7d0e-8f0a-4a43-b1cc-0d6f4bb1a001",
        source="made by a test", deid_method="synthetic", curator="test", date="2026-01-31", licence="Apache-2.0",
        record_count=0, schema_name="lora",
    )  # fmt: skip
    manifests.write(manifest, folder / "adapter")
    document = {"adapter": manifest.digest, "config": CONFIG.document(), "worldSize": 2, "environment": ENVIRONMENT}
    (folder / RECORD_FILE).write_bytes(canonical_json(document))
    return folder


def adapter_of(folder: Path) -> str:
    return manifests.read(folder / "adapter").digest

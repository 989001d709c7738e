"""Does each fault on real pods end in a condition with a sentence, with nothing lost and nothing run twice?"""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests as folder_manifests
from preceptor_local import node, volumes
from preceptor_local.demo import manifests
from preceptor_local.demo.install import put_folder
from preceptor_local.demo.world import ASSETS, NAMESPACE, SYSTEM, World, said
from preceptor_local.paths import state

ENDED = ("Succeeded", "Blocked", "Failed", "Cancelled")


def _run(world: World, name: str, **spec: Any) -> dict[str, Any]:
    run = manifests.run(world, name, "triage-v1")
    run["spec"]["training"] = {**run["spec"]["training"], "epochs": 1, "maxSteps": 4}
    run["spec"].update({"retries": 0, **spec})
    return run


def _ended(world: World, name: str, seconds: float = 240) -> dict[str, Any]:
    return world.wait("finetunerun", name, *ENDED, seconds=seconds)


def _pods(world: World, run: dict[str, Any], role: str) -> list[dict[str, Any]]:
    uid = run["metadata"]["uid"]
    return world.items("pods", "-l", f"preceptor.dev/owner-uid={uid},preceptor.dev/role={role}")


BAD = [
    ("missing-dataset", {"dataset": {"uri": "pvc://datasets/nowhere", "manifestDigest": "sha256:" + "0" * 64}},
     "DatasetMissing"),
    ("wrong-manifest", {"dataset": {"uri": "pvc://datasets/triage-v1", "manifestDigest": "sha256:" + "0" * 64}},
     "ManifestMismatch"),
    ("unknown-base-model", {"baseModel": {"uri": "pvc://models/nowhere", "digest": "sha256:" + "0" * 64}},
     "BaseModelMissing"),
]  # fmt: skip


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("name", "spec", "reason"), BAD, ids=[name for name, _, _ in BAD])
def test_bad_input_ends_in_a_sentence(world: World, name: str, spec: dict[str, Any], reason: str) -> None:
    world.apply(_run(world, name, **spec))
    ended = _ended(world, name)
    assert (ended["status"]["state"], ended["status"]["reason"]) == ("Failed", reason), said(ended["status"])
    stalled = next(c for c in ended["status"]["conditions"] if c["type"] == "Stalled")
    assert stalled["status"] == "True"
    assert stalled["message"].endswith(".")


@pytest.mark.timeout(400)
def test_an_unreadable_line_ends_in_its_file_and_line(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    lines = (ASSETS / "datasets" / "triage-v1" / "train.jsonl").read_text().splitlines()[:5]
    (folder / "train.jsonl").write_text("\n".join([*lines[:2], '{"id": "half', *lines[2:]]) + "\n")
    manifest = folder_manifests.create(
        folder, kind="dataset", name="broken", provenance_id=uuid.uuid4(), source="test", deid_method="synthetic",
        curator="test", date="2026-01-01", licence="Apache-2.0", record_count=6, schema="messages",
    )  # fmt: skip
    folder_manifests.write(manifest, folder)
    put_folder(world, folder, "/stores/datasets/broken")
    world.apply(_run(world, "broken", dataset={"uri": "pvc://datasets/broken", "manifestDigest": manifest.digest}))
    ended = _ended(world, "broken")
    assert ended["status"]["reason"] == "UnreadableRecord", said(ended["status"])
    message = said(ended["status"])
    assert "train.jsonl" in message
    assert "3" in message
    assert "half" not in message


@pytest.fixture
def full_store(world: World) -> Iterator[str]:
    """A claim over a file system of one page, on which nothing can be written."""
    if not world.connection.is_local:
        pytest.skip("a full volume can be made on the local cluster only")
    folder = volumes.scratch("full-store")
    folder.mkdir(parents=True, exist_ok=True)
    # In the node's own mount namespace: what is mounted outside of it pods do not see.
    pid = node.find(state())
    assert pid is not None
    node.inside(pid, ["mount", "-t", "tmpfs", "-o", "size=4k,mode=2777", "full-store", str(folder)])
    volumes.local_volume("full-store", NAMESPACE, "full-store", folder, to=world.connection)
    try:
        yield "full-store"
    finally:
        for kind, name in (("finetunerun", "full-disk"), ("pvc", "full-store")):
            world.kubectl("-n", NAMESPACE, "delete", kind, name, "--timeout=60s", timeout=90)
        world.kubectl("delete", "pv", "full-store", "--timeout=60s", timeout=90)
        node.inside(pid, ["umount", "--lazy", str(folder)], check=False)


@pytest.mark.timeout(400)
def test_a_full_disk_on_the_artifact_store_ends_in_a_sentence(world: World, full_store: str) -> None:
    world.apply(_run(world, "full-disk", output={"uri": f"pvc://{full_store}/out"}))
    ended = _ended(world, "full-disk")
    assert (ended["status"]["state"], ended["status"]["reason"]) == ("Failed", "StoreFull"), said(ended["status"])


@pytest.mark.timeout(600)
def test_an_operator_killed_during_training_neither_loses_nor_repeats_anything(world: World) -> None:
    world.apply(_run(world, "operator-killed"))
    run = world.wait("finetunerun", "operator-killed", "Training", *ENDED, seconds=120)
    assert run["status"]["state"] == "Training", said(run["status"])
    world.must("-n", SYSTEM, "delete", "pod", "-l", "app.kubernetes.io/name=preceptor-operator", "--force", timeout=90)
    ended = _ended(world, "operator-killed", seconds=400)
    assert ended["status"]["state"] == "Succeeded", said(ended["status"])
    for role in ("scan-data", "train", "scan-outputs", "seal"):
        assert len(_pods(world, ended, role)) == 1, role


@pytest.mark.timeout(400)
def test_a_suspended_run_starts_nothing_and_goes_on_when_told(world: World) -> None:
    world.apply(_run(world, "suspended", suspend=True))
    held = world.wait("finetunerun", "suspended", "Suspended", seconds=60)
    assert _pods(world, held, "scan-data") == []
    patch = json.dumps({"spec": {"suspend": False}})
    world.must("-n", NAMESPACE, "patch", "finetunerun", "suspended", "--type=merge", f"--patch={patch}")
    assert _ended(world, "suspended", seconds=300)["status"]["state"] == "Succeeded"


@pytest.mark.timeout(400)
def test_a_cancelled_run_deletes_what_runs(world: World) -> None:
    world.apply(_run(world, "cancelled"))
    world.wait("finetunerun", "cancelled", "Training", *ENDED, seconds=120)
    patch = json.dumps({"spec": {"cancel": True}})
    world.must("-n", NAMESPACE, "patch", "finetunerun", "cancelled", "--type=merge", f"--patch={patch}")
    ended = world.wait("finetunerun", "cancelled", "Cancelled", seconds=60)
    end = time.monotonic() + 60
    while _pods(world, ended, "train") and time.monotonic() < end:
        time.sleep(1)
    assert _pods(world, ended, "train") == []


def test_a_threshold_on_recall_alone_is_refused_by_the_api_server(world: World) -> None:
    gate = manifests.gate(world, "recall-only", "triage-demo")
    gate["spec"]["thresholds"] = [{"metric": "emergency_recall", "min": "0.90"}]
    done = world.kubectl("-n", NAMESPACE, "apply", "-f", "-", manifest=gate)
    assert done.returncode != 0
    assert "a model that always says emergency must not pass" in done.stderr


def test_a_stage_other_than_live_is_refused_with_a_sentence(world: World) -> None:
    release = manifests.release(world, "canary", "sha256:" + "0" * 64, "triage-demo")
    release["spec"]["target"]["stage"] = "canary"
    done = world.kubectl("-n", NAMESPACE, "apply", "-f", "-", manifest=release)
    assert done.returncode != 0
    assert "stage live only" in done.stderr

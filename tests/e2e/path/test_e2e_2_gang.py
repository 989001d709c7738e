"""Do two pods train what one trains, and again when one of them is taken away?"""

import time
from typing import Any

import pytest

from preceptor_local.demo import manifests
from preceptor_local.demo.world import NAMESPACE, World, said

ENDED = ("Succeeded", "Blocked", "Failed", "Cancelled")
STEPS = 20


def _run(world: World, name: str, **spec: Any) -> dict[str, Any]:
    """A training of some steps whose adapter must not depend on how many train it."""
    run = manifests.run(world, name, "triage-v1")
    training = {**run["spec"]["training"], "epochs": 1, "maxSteps": STEPS, "saveSteps": 3}
    run["spec"] |= {"training": training, "reproducibility": {"mode": "invariant", "seed": 17}, **spec}
    return run


def _pods(world: World, run: dict[str, Any]) -> list[dict[str, Any]]:
    uid = run["metadata"]["uid"]
    return world.items("pods", "-l", f"preceptor.dev/owner-uid={uid},preceptor.dev/role=train")


def _told(world: World, run: dict[str, Any]) -> str:
    """What a run's status and the ends of its trainer pods' logs say."""
    uid = run["metadata"]["uid"]
    logs = world.kubectl("-n", NAMESPACE, "logs", "-l", f"preceptor.dev/owner-uid={uid}", "--prefix", "--tail=15")
    return f"{said(run['status'])}\n{logs.stdout}{logs.stderr}"


def _index(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"])


def _some_steps_on(world: World, name: str) -> dict[str, Any]:
    """The run, once its progress shows that there is a checkpoint to go on from."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        run = world.get("finetunerun", name)
        if ((run.get("status") or {}).get("progress") or {}).get("step", 0) > 3:
            return run
        time.sleep(0.2)
    raise AssertionError(_told(world, run))


@pytest.mark.timeout(1500)
def test_two_pods_of_which_one_is_taken_away_train_the_adapter_that_one_trains(world: World) -> None:
    world.apply(_run(world, "one-node", proof={"steps": 2}), user="alice")
    alone = world.wait("finetunerun", "one-node", *ENDED, seconds=400)
    assert alone["status"]["state"] == "Succeeded", _told(world, alone)
    told = {condition["type"]: condition for condition in alone["status"]["conditions"]}
    assert (told["Reproducible"]["status"], told["Reproducible"]["reason"]) == ("True", "SameDigest")

    world.apply(_run(world, "two-nodes", compute={"nodes": 2}, retries=2), user="alice")
    running = _some_steps_on(world, "two-nodes")
    victim = next(pod for pod in _pods(world, running) if _index(pod) == "1")
    world.must("-n", NAMESPACE, "delete", "pod", victim["metadata"]["name"], "--wait=false")
    ended = world.wait("finetunerun", "two-nodes", *ENDED, seconds=400)
    assert ended["status"]["state"] == "Succeeded", _told(world, ended)
    assert ended["status"]["training"]["worldSize"] == 2
    assert ended["status"]["artifact"]["digest"] == alone["status"]["artifact"]["digest"]
    assert ended["status"]["training"]["wastedSteps"] == 0
    last = [pod for pod in _pods(world, ended) if pod["status"]["phase"] == "Succeeded"]
    assert sorted(map(_index, last)) == ["0", "1"]

    # What DeepSpeed divides over the pods changes no bit either.
    world.apply(_run(world, "two-nodes-zero2", compute={"nodes": 2, "strategy": "zero2"}), user="alice")
    divided = world.wait("finetunerun", "two-nodes-zero2", *ENDED, seconds=400)
    assert divided["status"]["state"] == "Succeeded", _told(world, divided)
    assert divided["status"]["artifact"]["digest"] == alone["status"]["artifact"]["digest"]

"""Do an operator that dies while examining or releasing, and a policy that cannot be asked, lose or repeat anything?

These go on from what the five claims left: the sealed adapter and its passed gate.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests as folder_manifests
from preceptor_local.demo import claims, manifests
from preceptor_local.demo.install import put_folder
from preceptor_local.demo.world import ASSETS, NAMESPACE, SYSTEM, World, said

ENDED_GATE = ("Passed", "Failed", "Inconclusive")
OPERATOR = "app.kubernetes.io/name=preceptor-operator"
CASES = 24


@pytest.fixture(scope="module")
def candidate(world: World) -> str:
    """The digest of the candidate that the claims examined."""
    if "candidate" not in world.facts:
        pytest.skip("the five claims have to run before: there is no examined candidate")
    return str(world.facts["candidate"])


def _kill_operator(world: World) -> None:
    world.must("-n", SYSTEM, "delete", "pod", "-l", OPERATOR, "--force", timeout=90)


def _operator_ready(world: World) -> None:
    world.must("-n", SYSTEM, "rollout", "status", "deployment/preceptor-operator", "--timeout=180s", timeout=200)


def _pods(world: World, owner: dict[str, Any], role: str) -> list[dict[str, Any]]:
    selector = f"preceptor.dev/owner-uid={owner['metadata']['uid']},preceptor.dev/role={role}"
    return world.items("pods", "-l", selector)


def _small_suite(folder: Path) -> str:
    """A suite of the first cases of the development suite: enough to be killed in, too few to pass; its digest."""
    source = ASSETS / "suites" / "triage-dev"
    lines = (source / "cases.jsonl").read_bytes().split(b"\n")[:CASES]
    (folder / "cases.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    fields = folder_manifests.read(source).model_dump(exclude={"files", "schema_version"})
    made = folder_manifests.create(folder, **{**fields, "name": "triage-small", "record_count": CASES})
    folder_manifests.write(made, folder)
    return made.digest


@pytest.mark.timeout(600)
def test_an_operator_killed_during_the_evaluation_neither_loses_nor_repeats_it(
    world: World, candidate: str, tmp_path: Path
) -> None:
    digest = _small_suite(tmp_path)
    put_folder(world, tmp_path, "/stores/suites/triage-small")
    gate = manifests.gate(world, "gate-killed", claims.RUN)
    gate["spec"]["suites"] = [{"uri": "pvc://suites/triage-small", "digest": digest}]
    world.apply(gate)
    end = time.monotonic() + 120
    while not (pods := _pods(world, world.get("evalgate", "gate-killed"), "evaluate")) and time.monotonic() < end:
        time.sleep(0.2)
    assert pods, "the evaluation never started"
    _kill_operator(world)
    ended = world.wait("evalgate", "gate-killed", *ENDED_GATE, seconds=300)
    # Two dozen cases cannot prove a recall of 0.90, however many are right.
    assert ended["status"]["state"] in ("Inconclusive", "Failed"), said(ended["status"])
    assert ended["status"]["candidateDigest"] == candidate
    assert {metric["metric"] for metric in ended["status"]["metrics"]} >= {"emergency_recall", "over_triage_rate"}
    for role in ("verify", "evaluate"):
        assert len(_pods(world, ended, role)) == 1, role


@pytest.mark.timeout(600)
def test_an_operator_killed_between_approval_and_rollout_releases_once(world: World, candidate: str) -> None:
    world.apply(manifests.release(world, "release-killed", candidate, claims.GATE), user="alice")
    world.wait("adapterrelease", "release-killed", "AwaitingApproval", seconds=180)
    done = world.cli("carol", "approve", "release-killed", "-n", NAMESPACE, "--yes")
    assert done.returncode == 0, done.stderr
    _kill_operator(world)
    released = world.wait("adapterrelease", "release-killed", "Released", "Denied", seconds=300)
    assert released["status"]["state"] == "Released", said(released["status"])
    assert released["status"]["servedDigest"] == candidate
    # Whatever was repeated is one record: keys are made of the owner's UID and what was decided.
    uid = released["metadata"]["uid"]
    export = ("preceptor", "audit", "export", "/var/lib/preceptor/audit.db")
    listed = world.must("-n", SYSTEM, "exec", "deployment/preceptor-audit", "--", *export, timeout=120)
    keys = [json.loads(line)["key"] for line in listed.split("\n") if line]
    ours = [key for key in keys if key.startswith(uid)]
    assert ours
    assert len(ours) == len(set(ours))


@pytest.fixture
def no_policy(world: World) -> Iterator[None]:
    """An installation whose policy bundle is not the signed one: OPA refuses it, and nobody can be asked."""
    name = "preceptor-policy"
    before = json.loads(world.must("-n", SYSTEM, "get", "configmap", name, "-o", "json"))
    broken = {key: before[key] for key in ("apiVersion", "kind")} | {
        "metadata": {"name": name, "namespace": SYSTEM},
        "binaryData": dict.fromkeys(before["binaryData"], "bm90IGEgYnVuZGxl"),
    }
    kept = {**broken, "binaryData": before["binaryData"]}
    world.must("-n", SYSTEM, "replace", "-f", "-", manifest=broken)
    _kill_operator(world)
    try:
        yield
    finally:
        world.must("-n", SYSTEM, "replace", "-f", "-", manifest=kept)
        _kill_operator(world)
        _operator_ready(world)


@pytest.mark.timeout(600)
def test_a_release_waits_while_the_policy_cannot_be_asked_and_goes_on_afterwards(
    world: World, candidate: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("no_policy")
    world.apply(manifests.release(world, "no-policy", candidate, claims.GATE), user="alice")
    end = time.monotonic() + 240
    while True:
        status = world.get("adapterrelease", "no-policy").get("status") or {}
        if status.get("reason") == "PolicyUnavailable" or time.monotonic() > end:
            break
        time.sleep(1)
    assert (status.get("state"), status.get("reason")) == ("Pending", "PolicyUnavailable"), said(status)


@pytest.mark.timeout(600)
def test_the_same_release_is_asked_about_once_the_policy_is_back(world: World, candidate: str) -> None:
    waiting = world.wait("adapterrelease", "no-policy", "AwaitingApproval", "Denied", seconds=240)
    assert waiting["status"]["state"] == "AwaitingApproval", said(waiting["status"])

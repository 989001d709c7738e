"""What do suspending, cancelling, withdrawing, deleting and applying again do?"""

import asyncio
from typing import Any

from operator_world import PATH, World
from resources import gate, prompt, run
from stand_ins import good

from preceptor_operator.config import Images


def touched_by_operator(body: dict[str, Any]) -> set[str]:
    """Top-level fields and metadata fields that the operator wrote, by managedFields."""
    found: set[str] = set()
    for entry in body["metadata"]["managedFields"]:
        if entry["manager"] == "preceptor":
            for field, below in entry["fieldsV1"].items():
                found |= {f"{field}.{part}" for part in below} if field == "f:metadata" else {field}
    return found


async def test_the_operator_writes_nothing_but_status_and_its_own_finalizer(world: World) -> None:
    await world.start_operator()
    await world.released()
    allowed = {"FineTuneRun": set(), "EvalGate": set(), "AdapterRelease": {"f:metadata.f:finalizers"}}
    for kind, extra in allowed.items():
        found = await asyncio.to_thread(
            world.server.get, "admin", kind.lower(), "triage", "-n", world.namespace, "--show-managed-fields"
        )
        assert touched_by_operator(found) == {"f:status", *extra}, kind
        assert "annotations" not in found["metadata"], kind
        assert "labels" not in found["metadata"], kind
        # Approvals are carol's; everything else is as the first generation.
        assert found["metadata"]["generation"] == (2 if kind == "AdapterRelease" else 1)


async def test_applying_the_same_again_shows_no_diff_and_trains_nothing_again(world: World) -> None:
    await world.start_operator()
    await world.apply(run())
    before = await world.state("FineTuneRun", "triage", "Succeeded")
    before = await world.quiet("FineTuneRun", "triage")
    manifest = run()
    manifest["metadata"]["namespace"] = world.namespace
    diff = await world.kubectl("admin", "diff", "--server-side", "-f", "-", manifest=manifest)
    assert (diff.returncode, diff.stdout) == (0, "")
    await world.apply(run())
    replaced = await world.kubectl("admin", "replace", "-f", "-", manifest=manifest)
    assert replaced.returncode == 0, replaced.stderr
    after = await world.quiet("FineTuneRun", "triage")
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["status"] == before["status"]
    assert world.node.kinds == PATH[:4]


async def test_a_suspended_run_frees_its_job_and_goes_on_with_the_same_one(world: World) -> None:
    world.node.answer = lambda job: None if job["kind"] == "Train" else good(job)
    await world.start_operator()
    await world.apply(run())
    await world.jobs_appeared(2)
    await world.patch("FineTuneRun", "triage", {"spec": {"suspend": True}})
    await world.state("FineTuneRun", "triage", "Suspended")
    (training,) = [job for job in await world.jobs() if "-train-" in job["metadata"]["name"]]
    assert training["spec"]["suspend"] is True
    world.node.answer = good
    await world.quiet("FineTuneRun", "triage")
    assert world.node.kinds == ["PhiScan"]
    await world.patch("FineTuneRun", "triage", {"spec": {"suspend": False}})
    await world.state("FineTuneRun", "triage", "Succeeded")
    assert world.node.kinds == PATH[:4]
    assert training["metadata"]["uid"] in world.node.ran


async def test_a_run_outlives_an_upgrade_and_its_record_names_the_images_that_ran(world: World) -> None:
    world.node.answer = lambda job: None if job["kind"] == "Train" else good(job)
    await world.start_operator()
    await world.apply(run())
    await world.jobs_appeared(2)
    await world.stop_operators()
    world.node.answer = good
    await world.start_operator(images=Images(trainer="trainer:2", eval="eval:2"))
    await world.state("FineTuneRun", "triage", "Succeeded")
    assert world.node.kinds == PATH[:4]
    images = {
        job["metadata"]["labels"]["preceptor.dev/role"]: job["spec"]["template"]["spec"]["containers"][0]["image"]
        for job in await world.jobs()
    }
    assert images == {"scan-data": "eval:1", "train": "trainer:1", "scan-outputs": "eval:2", "seal": "eval:2"}
    assert world.body("finetunerun.train")["image"] == "trainer:1"


async def test_a_cancelled_run_deletes_what_runs_and_never_starts_again(world: World) -> None:
    world.node.answer = lambda job: None if job["kind"] == "Train" else good(job)
    await world.start_operator()
    await world.apply(run())
    await world.jobs_appeared(2)
    await world.patch("FineTuneRun", "triage", {"spec": {"cancel": True}})
    await world.state("FineTuneRun", "triage", "Cancelled")
    world.node.answer = good
    await world.quiet("FineTuneRun", "triage")
    left = [job for job in await world.jobs() if "deletionTimestamp" not in job["metadata"]]
    assert [job["metadata"]["labels"]["preceptor.dev/role"] for job in left] == ["scan-data"]
    done = await world.kubectl("admin", "patch", "ftr", "triage", "--type=merge", '--patch={"spec":{"cancel":false}}')
    assert "a cancelled run stays cancelled" in done.stderr


async def test_jobs_are_kept_until_their_run_has_ended_and_expire_then(world: World) -> None:
    world.node.answer = lambda job: None if job["kind"] == "Train" else good(job)
    await world.start_operator()
    await world.apply(run(ttlSecondsAfterFinished=60))
    await world.jobs_appeared(2)
    assert all("ttlSecondsAfterFinished" not in job["spec"] for job in await world.jobs())
    world.node.answer = good
    await world.state("FineTuneRun", "triage", "Succeeded")
    await world.quiet("FineTuneRun", "triage")
    assert [job["spec"].get("ttlSecondsAfterFinished") for job in await world.jobs()] == [60] * 4


async def test_a_withdrawn_release_is_served_no_more(world: World) -> None:
    await world.start_operator()
    await world.released()
    await world.patch("AdapterRelease", "triage", {"spec": {"withdrawn": True}}, user="alice")
    await world.state("AdapterRelease", "triage", "Withdrawn")
    # The finalizer goes after the status.
    found = await world.quiet("AdapterRelease", "triage")
    assert world.gateway.state == {"state": "Empty"}
    assert "finalizers" not in found["metadata"]


async def test_a_deleted_release_is_served_no_more_and_goes_only_then(world: World) -> None:
    await world.start_operator()
    await world.released()
    await world.gateway_door.shut()
    done = await world.kubectl("alice", "delete", "ar", "triage", "--wait=false")
    assert done.returncode == 0, done.stderr
    held = await world.quiet("AdapterRelease", "triage")
    assert held["metadata"]["finalizers"] == ["preceptor.dev/serving"]
    assert world.gateway.state["state"] == "Serving"
    await world.gateway_door.open()
    await world.refused("admin", "get", "ar", "triage")
    assert world.gateway.state == {"state": "Empty"}
    assert "adapterrelease.deleted" in {kind for _, kind in world.records()}


async def test_a_release_that_no_longer_can_be_read_can_still_be_deleted(world: World) -> None:
    """A stricter CRD after an upgrade: what is served is stopped, and the finalizer is given back."""
    await world.start_operator()
    await world.released()
    await world.stop_operators()
    crd = await world.get("crd", "adapterreleases.preceptor.dev")
    (version,) = crd["spec"]["versions"]
    loose = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": loose, "status": loose}}}
    versions = {"spec": {"versions": [{**version, "schema": schema}]}}
    await world.patch("crd", "adapterreleases.preceptor.dev", versions)
    try:
        odd = '--patch={"spec":{"policy":{"profile":"Not A Name"}}}'
        await world.accepted("admin", "patch", "ar", "triage", "--type=merge", odd)
        await world.kubectl("admin", "delete", "ar", "triage", "--wait=false")
        await world.start_operator()
        await world.refused("admin", "get", "ar", "triage")
        assert world.gateway.state == {"state": "Empty"}
    finally:
        await world.patch("crd", "adapterreleases.preceptor.dev", {"spec": {"versions": crd["spec"]["versions"]}})


async def test_the_longest_names_of_runs_and_claims_run(world: World) -> None:
    await world.start_operator()
    names = ["a" * 63, "a" * 37 + "-" + "b" * 25]
    for name in names:
        await world.apply(run(name, output={"uri": "pvc://artifacts.of-" + "x" * 60 + "/triage"}))
    for name in names:
        await world.state("FineTuneRun", name, "Succeeded")
    events = await asyncio.to_thread(world.server.get, "admin", "events", "-n", world.namespace)
    assert {event["involvedObject"]["name"] for event in events["items"]} == set(names)


async def test_a_gate_keeps_its_candidate_while_the_prompt_is_away_and_fails_on_another_one(world: World) -> None:
    world.node.answer = lambda job: None if job["kind"] == "Evaluate" else good(job)
    await world.start_operator()
    for manifest in (prompt(), run(), gate()):
        await world.apply(manifest)
    await world.jobs_appeared(6)
    fixed = (await world.quiet("EvalGate", "triage"))["status"]
    done = await world.kubectl("admin", "delete", "configmap", "triage-prompt")
    assert done.returncode == 0, done.stderr
    await world.condition("EvalGate", "triage", "Passed", "SystemPromptMissing")
    without = (await world.get("EvalGate", "triage"))["status"]
    for field in ("candidate", "candidateDigest", "adapterUri", "baseModelUri"):
        assert without[field] == fixed[field]
    assert len(await world.jobs()) == 6

    await world.apply(prompt("You prescribe."))
    ended = (await world.state("EvalGate", "triage", "Failed"))["status"]
    assert ended["reason"] == "CandidateChanged"
    assert ended["candidateDigest"] == fixed["candidateDigest"]
    left = [job for job in await world.jobs() if "deletionTimestamp" not in job["metadata"]]
    assert "evaluate" not in {job["metadata"]["labels"]["preceptor.dev/role"] for job in left}


async def test_a_served_release_stays_released_whatever_becomes_of_its_gate(world: World) -> None:
    await world.start_operator()
    before = (await world.released())["status"]
    done = await world.kubectl("admin", "delete", "evalgate", "triage")
    assert done.returncode == 0, done.stderr
    gone = (await world.quiet("AdapterRelease", "triage"))["status"]
    assert {**gone, "conditions": None} == {**before, "conditions": None}
    assert world.gateway.state["state"] == "Serving"

    # A gateway that restarts has to be handed the candidate again, and nothing says any more where its parts lie.
    world.gateway.state = {"state": "Empty"}
    await world.stop_operators()
    await world.start_operator()
    told = await world.condition("AdapterRelease", "triage", "Released", "EvalGateMissing")
    assert "put it back" in told["message"]
    assert (await world.get("AdapterRelease", "triage"))["status"]["state"] == "RollingOut"
    await world.apply(gate())
    await world.state("AdapterRelease", "triage", "Released")
    assert world.gateway.state["candidateDigest"] == before["servedDigest"]
    assert len(world.gateway.handed) == 2


async def test_a_prompt_that_is_away_while_the_approval_is_awaited_denies_nothing(world: World) -> None:
    await world.start_operator()
    waiting = await world.asked()
    done = await world.kubectl("admin", "delete", "configmap", "triage-prompt")
    assert done.returncode == 0, done.stderr
    await world.approve(waiting)
    await world.condition("AdapterRelease", "triage", "Released", "SystemPromptMissing")
    assert (await world.get("AdapterRelease", "triage"))["status"]["state"] == "AwaitingApproval"
    assert world.gateway.handed == []
    await world.apply(prompt())
    await world.state("AdapterRelease", "triage", "Released")

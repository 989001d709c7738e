"""What happens when nodes go away and take pods with them, Results and all?"""

from typing import Any

from operator_world import PATH, World
from resources import run
from stand_ins import DIGESTS, Ending, ending, good

OTHER = "sha256:" + "9" * 64


def gone(job: dict[str, Any]) -> Ending:
    """A Job that ends well on a node that is removed before anybody read the Result."""
    return Ending(**{**vars(ending(good(job))), "lost": True})


async def drained(world: World, role: str, *, job: bool) -> None:
    """The pod of one stage is gone, and its Job too where somebody removed that."""
    for kind in ("pod", "job") if job else ("pod",):
        done = await world.kubectl("admin", "delete", kind, "-l", f"preceptor.dev/role={role}", "--force")
        assert done.returncode == 0, done.stderr


async def test_a_recorded_stage_is_not_run_again_when_its_pod_or_its_job_is_gone(world: World) -> None:
    world.node.answer = lambda job: None if job["kind"] == "Train" else good(job)
    await world.start_operator()
    for name in ("pod", "job"):
        await world.apply(run(name))
    await world.jobs_appeared(4)
    await world.stop_operators()
    assert world.node.kinds == ["PhiScan"] * 2
    await drained(world, "scan-data", job=False)
    done = await world.kubectl(
        "admin", "delete", "job", "-l", "preceptor.dev/owner-name=job,preceptor.dev/role=scan-data"
    )
    assert done.returncode == 0, done.stderr
    # A second scan would write another report.
    world.node.answer = lambda job: good(job).model_copy(
        update={"digests": {**good(job).digests, "report": OTHER}} if job["kind"] == "PhiScan" else {}
    )
    await world.start_operator()
    for name in ("pod", "job"):
        ended = await world.state("FineTuneRun", name, "Succeeded", "Failed")
        assert ended["status"]["state"] == "Succeeded", ended["status"]
        scans = {scan["target"]: scan["reportDigest"] for scan in ended["status"]["scans"]}
        assert scans == {"dataset": DIGESTS["report"], "outputs": OTHER}
    assert sorted(world.node.kinds) == sorted(PATH[:4] * 2)
    world.records()


async def test_an_evaluation_that_is_in_the_chain_counts_without_its_pod(world: World) -> None:
    await world.start_operator()
    await world.examined()
    before = (await world.get("EvalGate", "triage"))["status"]
    await world.stop_operators()
    records = world.records()
    # As if the operator had died between the record and the status.
    await world.forge("EvalGate", "triage", {field: None for field in before if field != "observedGeneration"})
    await drained(world, "evaluate", job=True)
    await world.start_operator()
    after = (await world.state("EvalGate", "triage", "Passed", "Failed", "Inconclusive"))["status"]
    assert after["evidenceDigest"] == before["evidenceDigest"]
    assert after["metrics"] == before["metrics"]
    assert world.node.kinds == PATH[:6]
    assert world.records() == records


async def test_a_stage_whose_pods_are_always_lost_ends_in_a_sentence_after_its_retries(world: World) -> None:
    world.node.answer = gone
    await world.start_operator()
    await world.apply(run(retries=1))
    ended = await world.state("FineTuneRun", "triage", "Failed")
    assert ended["status"]["reason"] == "PodLost"
    assert world.node.kinds == ["PhiScan"] * 2
    await world.quiet("FineTuneRun", "triage")
    assert [job["spec"].get("ttlSecondsAfterFinished") for job in await world.jobs()] == [604_800] * 2


async def test_a_release_whose_verification_lost_its_pod_is_verified_again(world: World) -> None:
    seen: list[str] = []

    def once_lost(job: dict[str, Any]) -> Any:
        purpose = str(job.get("purpose"))
        if purpose in ("request", "release") and purpose not in seen:
            seen.append(purpose)
            return gone(job)
        return good(job)

    world.node.answer = once_lost
    await world.start_operator()
    await world.released()
    assert seen == ["request", "release"]
    assert world.node.kinds.count("Verify") == 5

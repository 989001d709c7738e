"""Is anything lost or run twice when an operator dies?"""

import asyncio
import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import yaml
from operator_world import PATH, Fate, World
from resources import gate, prompt, release, run, service
from tests.ports import free_port

from preceptor_operator.config import LeaderElection, OperatorConfig

ALONE = LeaderElection(enabled=False)


async def live_and_die(world: World, recorded: set[int], seconds: float = 3) -> str | None:
    """Run an operator until it has changed one thing, then kill it; what it changed, or None if it changed nothing."""
    fate = Fate(recorded)
    await world.start_operator(fate, leader_election=ALONE)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(fate.met.wait(), seconds)
    task = world.tasks.pop()
    world.stops.pop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return fate.write or None


async def test_an_operator_that_dies_after_every_single_write_still_walks_the_whole_path_once(world: World) -> None:
    recorded: set[int] = set()
    writes: list[str] = []
    for manifest in (prompt(), service(), run(), gate()):
        await world.apply(manifest)
    while (write := await live_and_die(world, recorded)) is not None or await people_go_on(world):
        writes.append(write or "nothing")
        assert len(writes) < 150, writes
    states = [(await world.get(kind, "triage"))["status"]["state"] for kind in ("FineTuneRun", "EvalGate")]
    assert states == ["Succeeded", "Passed"]
    released = await world.get("AdapterRelease", "triage")
    assert released["status"]["state"] == "Released", released["status"]
    assert world.node.kinds == PATH
    assert len(await world.jobs()) == len(PATH)
    assert {body["candidateDigest"] for body in world.gateway.handed} == {released["spec"]["candidateDigest"]}
    events = await asyncio.to_thread(world.server.get, "admin", "events", "-n", world.namespace)
    told = Counter(event["reason"] for event in events["items"])
    assert told == dict.fromkeys(
        ("Sealed", "ThresholdsMet", "WaitingForApproval", "ApprovalsComplete", "CandidateServed"), 1
    )
    kinds = Counter(kind for _, kind in world.records())
    assert kinds.pop("statement.phiscan") == 2
    assert set(kinds.values()) == {1}, kinds
    assert {"statement.provenance", "statement.evaluation", "statement.decision", "adapterrelease.served"} < set(kinds)


async def people_go_on(world: World) -> bool:
    """What people do once the operator has no more to do: ask for the release, approve it. False when all is done."""
    found = await world.kubectl("admin", "get", "ar", "triage", "-o", "json")
    if found.returncode != 0:
        examined = (await world.get("EvalGate", "triage"))["status"]
        await world.apply(release(examined["candidateDigest"], world.revision), user="alice")
        return True
    waiting = json.loads(found.stdout)
    if waiting["status"]["state"] != "AwaitingApproval" or "approvals" in waiting["spec"]:
        return False
    await world.approve(waiting)
    return True


@contextlib.asynccontextmanager
async def operator_process(config: OperatorConfig, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The operator as its container runs it; killed at the end."""
    path = folder / "operator.yaml"
    document = config.model_copy(update={"health_port": free_port()}).model_dump(mode="json", by_alias=True)
    path.write_text(yaml.safe_dump(document))
    with (folder / "operator.log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from preceptor_operator.main import run; run()",
            env={**os.environ, "PRECEPTOR_OPERATOR_CONFIG": str(path)},
            stdout=log,
            stderr=log,
        )
        try:
            yield running
        finally:
            running.kill()
            await running.wait()


async def test_a_process_killed_whenever_a_new_job_appears_ends_the_run_with_each_job_run_once(world: World) -> None:
    await world.apply(run())
    for count in range(1, 5):
        async with operator_process(world.config.model_copy(update={"leader_election": ALONE}), world.folder):
            await world.jobs_appeared(count)
    async with operator_process(world.config.model_copy(update={"leader_election": ALONE}), world.folder) as last:
        ended = await world.state("FineTuneRun", "triage", "Succeeded", "Failed", seconds=60)
        assert last.returncode is None
    assert ended["status"]["state"] == "Succeeded", ended["status"]
    assert world.node.kinds == PATH[:4]
    assert [kind for _, kind in world.records()].count("statement.provenance") == 1

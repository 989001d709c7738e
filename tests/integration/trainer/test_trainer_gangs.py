"""Do the pods of a training of several nodes find each other, fail together and go on together?

Each pod is a process group of its own here, and meets the others on loopback.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ports import free_port
from trainer_world import World, make_rows

from preceptor.api.jobs import Result, parse_result

STEPS = 40
Train = Callable[[Path], tuple[int, Result]]


def start(job: Path, index: int, port: int) -> subprocess.Popen[bytes]:
    """One pod's process, as its Job starts it."""
    told = {"JOB_COMPLETION_INDEX": str(index), "PRECEPTOR_RENDEZVOUS": f"localhost:{port}"}
    told["PRECEPTOR_TERMINATION_LOG"] = str(job.with_suffix(f".said-{index}"))
    with job.with_suffix(f".log-{index}").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "preceptor_trainer", "run", "--job", str(job)],
            env={**os.environ, **told, "OMP_NUM_THREADS": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def said(job: Path, index: int) -> Result:
    return parse_result(job.with_suffix(f".said-{index}").read_text())


def logged(job: Path) -> str:
    return "".join(path.read_text() for path in sorted(job.parent.glob(f"{job.stem}.log-*")))


def wait_for(path: Path, pods: list[subprocess.Popen[bytes]], job: Path) -> None:
    until = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < until, logged(job)
        assert all(pod.poll() is None for pod in pods), logged(job)
        time.sleep(0.02)


@pytest.mark.timeout(400)
def test_a_gang_of_which_one_pod_is_killed_goes_on_to_the_adapter_of_one_pod(world: World) -> None:
    world.write_rows(make_rows(12))
    recipe = {"training": {"maxSteps": STEPS, "epochs": 99, "saveSteps": 2}, "reproducibility": {"mode": "invariant"}}
    alone = world.write_job("alone", **recipe)
    assert start(alone, 0, free_port()).wait(120) == 0, logged(alone)

    job = world.write_job("together", **recipe, gang={"nodes": 2, "processesPerNode": 1})
    port = free_port()
    pods = [start(job, index, port) for index in (0, 1)]
    wait_for(world.artifacts / "together" / ".checkpoints" / "step-00000004" / "manifest.json", pods, job)
    for process in (pods[1].pid, *_workers_of(pods[1].pid)):
        os.kill(process, signal.SIGKILL)
    assert pods[0].wait(120) == 75, logged(job)
    assert said(job, 0).reason == "RankLost"
    pods[1].wait()

    port = free_port()
    pods = [start(job, index, port) for index in (0, 1)]
    assert [pod.wait(120) for pod in pods] == [0, 0], logged(job)
    assert "Going on after step" in logged(job)
    assert said(job, 0).digests["adapter"] == said(alone, 0).digests["adapter"]
    assert said(job, 0).counts["steps"] == STEPS


def _workers_of(pod: int) -> list[int]:
    """What a pod's torchrun started, in sessions of their own."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pod:
                found.append(int(folder.name))
    return found


def test_a_pod_that_is_not_told_where_to_meet_refuses(
    world: World, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRECEPTOR_RENDEZVOUS", raising=False)
    code, result = train(world.write_job(gang={"nodes": 2, "processesPerNode": 1}))
    assert (code, result.reason) == (64, "JobInvalid")

"""Are whole trainings on a GPU the same to the last bit, however they are begun, broken off and divided?"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.integration.trainer.trainer_world import LAYERS, World, make_base, make_rows, seal

from preceptor_trainer.output import Output

ROOT = Path(__file__).parents[2]
AT_ONCE = max(1, min(10, (os.cpu_count() or 2) - 2))
PRECEPTOR = "from preceptor.cli.main import run; raise SystemExit(run())"
STEPS = 6
LINEAR_LAYERS = 7
BF16 = {"training": {"precision": "bf16"}}


@dataclass(frozen=True)
class Run:
    """How a training ended, and what it left."""

    code: int
    output: str
    out: Path

    @property
    def digest(self) -> str:
        assert self.code == 0, self.output
        return self.output.strip().splitlines()[-1]

    @property
    def losses(self) -> list[float]:
        return [json.loads(line)["loss"] for line in (self.out / "logs" / "train.jsonl").read_text().splitlines()]


def command(config: Path, out: Path, ranks: int) -> list[str]:
    torchrun = ["torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}", "-m"] if ranks > 1 else []
    return [sys.executable, "-m", *torchrun, "preceptor_trainer", str(config), "--out", str(out)]


def tree(pid: int) -> list[int]:
    """A process and all below it, the lowest first: torchrun's ranks are in sessions of their own."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [*(each for child in children for each in tree(int(child))), pid]


def merged(*changes: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for change in changes:
        for name, value in change.items():
            result[name] = result.get(name, {}) | value if isinstance(value, dict) else value
    return result


class Bench:
    """Runs trainings, several at a time, each once: tests ask for them by name."""

    def __init__(self, world: World) -> None:
        self.world, self._pool, self._runs = world, ThreadPoolExecutor(AT_ONCE), dict[str, Future[Run]]()

    def plan(self, name: str, ranks: int = 1, *changes: dict[str, Any]) -> None:
        config = self.world.write_config(name, **merged(*changes))
        self._runs[name] = self._pool.submit(self._run, config, self.world.artifacts / name, ranks)

    def plan_killed(self, name: str, step: int, before: int, after: int, *changes: dict[str, Any]) -> None:
        config = self.world.write_config(name, **merged(*changes))
        self._runs[name] = self._pool.submit(self._killed, config, self.world.artifacts / name, step, before, after)

    def __getitem__(self, name: str) -> Run:
        return self._runs[name].result()

    @staticmethod
    def _run(config: Path, out: Path, ranks: int) -> Run:
        done = subprocess.run(command(config, out, ranks), cwd=ROOT, capture_output=True, text=True, check=False)
        return Run(done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr, out)

    def _killed(self, config: Path, out: Path, step: int, before: int, after: int) -> Run:
        """Kill every process of a run once its log has the step, then run it again."""
        with subprocess.Popen(
            command(config, out, before), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            log = Output(out, str(out)).log
            while process.poll() is None and not (log.exists() and len(log.read_bytes().splitlines()) >= step):
                time.sleep(0.002)
            for pid in tree(process.pid):
                os.kill(pid, signal.SIGKILL)
        assert not (out / "adapter").exists(), "killed too late"
        again = self._run(config, out, after)
        assert "Going on after step" in again.output, again.output
        return again


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    stores = tmp_path_factory.mktemp("stores")
    world = World(stores)
    make_base(world.base)
    seal(world.base, "model")
    world.write_rows(make_rows(12))
    bench = Bench(world)
    deterministic = {"reproducibility": {"mode": "deterministic"}}
    fast = {"reproducibility": {"mode": "fast"}}
    # Enough steps that a kill in the middle is in the middle.
    long = {"training": {"maxSteps": 60, "epochs": 20, "saveSteps": 5}}
    bench.plan("invariant", 1, BF16)
    bench.plan("invariant 2", 2, BF16)
    bench.plan("invariant 4", 4, BF16)
    for number in (1, 2):
        bench.plan(f"deterministic {number}", 1, BF16, deterministic)
        bench.plan(f"deterministic fp32 {number}", 1, deterministic)
        bench.plan(f"flash {number}", 1, BF16, deterministic, {"training": {"attention": "flash"}})
        bench.plan(f"packed {number}", 1, BF16, deterministic, {"training": {"packing": "best-fit"}})
        bench.plan(
            f"flash checkpointed {number}",
            1,
            BF16,
            deterministic,
            {"training": {"attention": "flash", "gradientCheckpointing": True}},
        )
        bench.plan(f"checkpointed {number}", 1, BF16, deterministic, {"training": {"gradientCheckpointing": True}})
    bench.plan("zero2", 1, BF16, {"strategy": "zero2"})
    bench.plan("zero3 1", 1, BF16, {"strategy": "zero3"})
    bench.plan("zero3 2", 1, BF16, {"strategy": "zero3"})
    bench.plan("fast", 1, BF16, fast)
    for held in ("int8", "nf4"):
        bench.plan(held, 1, BF16, fast, {"method": {"quantization": held}})
    bench.plan("long", 1, BF16, long)
    bench.plan_killed("killed", 20, 1, 1, BF16, long)
    bench.plan_killed("killed 2", 30, 2, 1, BF16, long)
    bench.plan_killed("killed 4", 12, 1, 2, BF16, long)
    yield bench
    bench._pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("ranks", [2, 4])
def test_the_number_of_ranks_changes_no_bit_in_mode_invariant(runs: Bench, ranks: int) -> None:
    assert runs[f"invariant {ranks}"].digest == runs["invariant"].digest


@pytest.mark.parametrize(
    "case", ["deterministic", "deterministic fp32", "flash", "flash checkpointed", "packed", "checkpointed"]
)
def test_two_fresh_processes_give_the_same_bits(runs: Bench, case: str) -> None:
    assert runs[f"{case} 1"].digest == runs[f"{case} 2"].digest


@pytest.mark.parametrize("case", ["killed", "killed 2", "killed 4"])
def test_a_run_killed_on_some_ranks_and_resumed_on_others_gives_the_same_bits(runs: Bench, case: str) -> None:
    assert runs[case].digest == runs["long"].digest


def test_zero2_gives_the_bits_of_ddp(runs: Bench) -> None:
    assert runs["zero2"].digest == runs["invariant"].digest


def test_zero3_gives_the_same_bits_twice_and_every_tensor(runs: Bench) -> None:
    assert runs["zero3 1"].digest == runs["zero3 2"].digest
    tensors = load_file(runs["zero3 1"].out / "adapter" / "adapter_model.safetensors")
    assert len(tensors) == 2 * LINEAR_LAYERS * LAYERS
    assert all(tensor.any() for tensor in tensors.values())


@pytest.mark.skipif(torch.cuda.device_count() != 1, reason="ranks share a GPU where there is one")
@pytest.mark.parametrize("strategy", ["zero2", "zero3"])
def test_deepspeed_is_refused_where_ranks_share_a_gpu(runs: Bench, strategy: str) -> None:
    runs.plan(f"shared {strategy}", 2, BF16, {"strategy": strategy})
    assert runs[f"shared {strategy}"].code != 0
    assert f"strategy {strategy} needs a GPU for each rank" in runs[f"shared {strategy}"].output


@pytest.mark.parametrize("case", ["fast", "int8", "nf4", "flash 1", "packed 1", "checkpointed 1", "deterministic 1"])
def test_the_loss_falls(runs: Bench, case: str) -> None:
    run = runs[case]
    assert run.digest
    assert run.losses[-1] < run.losses[0]


def test_checkpointed_layers_and_kept_ones_give_nearly_the_same_losses(runs: Bench) -> None:
    pairs = zip(runs["checkpointed 1"].losses, runs["deterministic 1"].losses, strict=True)
    assert all(abs(one - other) < 2e-2 * other for one, other in pairs)


def test_kernels_of_our_own_were_used_and_are_in_the_record(runs: Bench) -> None:
    run = runs["deterministic 1"]
    assert "with kernels of our own" in run.output
    environment = json.loads((run.out / "training.json").read_bytes())["environment"]
    assert environment["device"] == "cuda"
    assert environment["kernels"] is True
    assert environment["cudnnAttention"] is True


def test_a_run_is_reproduced_from_its_record(runs: Bench) -> None:
    run = runs["deterministic 1"]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from preceptor.cli.main import run; raise SystemExit(run())",
            "reproduce",
            str(run.out),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(re.escape(run.digest), done.stdout)


@pytest.mark.parametrize("mode", ["deterministic", "invariant"])
def test_a_quantized_base_is_refused_where_bits_are_promised(runs: Bench, mode: str) -> None:
    name = f"refused {mode}"
    runs.plan(name, 1, {"method": {"quantization": "nf4"}, "reproducibility": {"mode": mode}})
    assert runs[name].code == 64
    assert "use mode fast" in runs[name].output

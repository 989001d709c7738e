"""What does repeatability cost: tokens a second of processor time in each mode, against mode fast, in one run?

Same model, rows, batch, precision and number of ranks; each mode in processes of its own, in turn, several times, since
MKL reads its promise once a process. The medians are compared: one lucky run would decide a difference this small.
Between two ranks mode invariant sends every shard's gradients, and mode fast their sum: see ``seconds_ratio`` for what
waiting adds, where each rank has a processor of its own.
"""

import json
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.figure import Figure
from benchmarks.training.speed import BASE, DATASET, SPEC, run_apart, speed_of

BENCH = "training-modes"
MODES = ("fast", "deterministic", "invariant")
# The share of fast's speed that each mode keeps at least.
PROMISED = {"deterministic": 0.95, "invariant": 0.85}
TRAINING = {"precision": "fp32", "batchSize": 16}
RANKS = (1, 2)


def figures(*, rounds: int = 7, warmup: int = 4, steps: int = 16) -> Iterator[Figure]:
    """One figure for each number of ranks and each mode but fast, which stands beside it as its peer."""
    with DATASET.open(encoding="utf-8") as file:
        rows = [json.loads(line)["messages"] for line in file]
    spec = SPEC | {"base": str(BASE), "rows": rows, "warmup": warmup, "steps": steps, "training": TRAINING}
    for ranks in RANKS:
        yield from _at(ranks, spec, rounds)


def _at(ranks: int, spec: dict[str, Any], rounds: int) -> Iterator[Figure]:
    torchrun = ["torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}", "-m"]
    command = [sys.executable, "-m", *(torchrun if ranks > 1 else []), "benchmarks.training.own_run"]
    speeds: dict[str, list[float]] = {mode: [] for mode in MODES}
    paces: dict[str, list[float]] = {mode: [] for mode in MODES}
    for turn in range(rounds):
        # Each round begins with another mode: what a fresh round costs falls on all.
        for mode in (*MODES[turn % len(MODES) :], *MODES[: turn % len(MODES)]):
            answer = run_apart(command, spec | {"mode": mode})
            speeds[mode].append(speed_of(answer))
            paces[mode].append(answer["tokens"] / answer["seconds"])
    for mode, promised in PROMISED.items():
        yield Figure(
            BENCH,
            f"{mode} against fast, {ranks} rank{'s' * (ranks > 1)}",
            median(speeds[mode]),
            "real tokens per CPU second",
            peer="mode fast",
            peer_value=median(speeds["fast"]),
            more={
                "promised_ratio": promised,
                "runs": [round(each) for each in speeds[mode]],
                "peer_runs": [round(each) for each in speeds["fast"]],
                "seconds_ratio": round(median(paces[mode]) / median(paces["fast"]), 3),
                "rows_per_step": TRAINING["batchSize"],
                "ranks": ranks,
                "threads": 1,
            },
        )

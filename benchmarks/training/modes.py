"""What does repeatability cost: tokens a second of processor time in each mode, against mode fast, in one run?

Same model, rows, batch, precision and one rank; each mode in a process of its own, in turn, several times, since MKL
reads its promise once a process. The medians are compared: one lucky run would decide a difference this small.
"""

import json
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.figure import Figure
from benchmarks.training.speed import BASE, DATASET, SPEC, run_apart, speed_of

BENCH = "training-modes"
MODES = ("fast", "deterministic", "invariant")
# The share of fast's speed that each mode keeps at least.
PROMISED = {"deterministic": 0.95, "invariant": 0.85}
TRAINING = {"precision": "fp32", "batchSize": 16}


def figures(*, rounds: int = 7, warmup: int = 4, steps: int = 16) -> Iterator[Figure]:
    """One figure for each mode but fast, which stands beside it as its peer."""
    with DATASET.open(encoding="utf-8") as file:
        rows = [json.loads(line)["messages"] for line in file]
    spec = SPEC | {"base": str(BASE), "rows": rows, "warmup": warmup, "steps": steps, "training": TRAINING}
    speeds: dict[str, list[float]] = {mode: [] for mode in MODES}
    for turn in range(rounds):
        # Each round begins with another mode: what a fresh round costs falls on all.
        for mode in (*MODES[turn % len(MODES) :], *MODES[: turn % len(MODES)]):
            answer = run_apart([sys.executable, "-m", "benchmarks.training.own_run"], spec | {"mode": mode})
            speeds[mode].append(speed_of(answer))
    for mode, promised in PROMISED.items():
        yield Figure(
            BENCH,
            f"{mode} against fast",
            median(speeds[mode]),
            "real tokens per CPU second",
            peer="mode fast",
            peer_value=median(speeds["fast"]),
            more={
                "promised_ratio": promised,
                "runs": [round(each) for each in speeds[mode]],
                "peer_runs": [round(each) for each in speeds["fast"]],
                "rows_per_step": TRAINING["batchSize"],
                "ranks": 1,
                "threads": 1,
            },
        )

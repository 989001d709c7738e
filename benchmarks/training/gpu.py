"""How many tokens does a second train on one GPU: LoRA on a model of 8 billion parameters, in rows of 4,096 tokens?

Shape, length, rows a pass (2) and passes a step (16) are those of a published figure (Llama 3 8B, one H100, bfloat16:
NeMo AutoModel's 12,473 tokens a second). Weights and tokens are drawn at random, which changes no operation. Each case
is a process of its own, in turn, several times; TRL's trainer runs beside it in the same call where it is installed.
``repeats`` says whether the runs of a mode ended in the same parameters.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from statistics import median
from typing import Any

from benchmarks.figure import Figure
from benchmarks.training.speed import ROOT

BENCH = "training-gpu"
MODES = ("fast", "deterministic", "invariant")
# The share of fast's speed that each mode keeps at least.
PROMISED = {"deterministic": 0.95, "invariant": 0.85}
# https://docs.nvidia.com/nemo/automodel/nightly/performance-summary.html
PUBLISHED, PUBLISHED_BY = 12_473, "NeMo AutoModel, published"
LLAMA_8B: dict[str, Any] = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
}
SPEC: dict[str, Any] = {"model": LLAMA_8B, "length": 4096, "batch": 32, "rowsAtOnce": 2, "rank": 16, "seed": 17}
PEERS = ("fastest", "defaults")


def figures(*, rounds: int, warmup: int = 1, steps: int = 4, peer: bool = True, **changes: Any) -> Iterator[Figure]:
    """Speed of each mode beside the published figure, beside TRL's, and of the modes beside mode fast."""
    spec = SPEC | {"warmup": warmup, "steps": steps} | changes
    own: dict[str, list[dict[str, Any]]] = {mode: [] for mode in MODES}
    peers: dict[str, dict[str, Any]] = {}
    for turn in range(rounds):
        for mode in (*MODES[turn % len(MODES) :], *MODES[: turn % len(MODES)]):
            own[mode].append(_run("benchmarks.training.gpu_own", spec | {"mode": mode}))
        # Once: nobody's promise is measured by it.
        for case in PEERS if turn == 0 and peer and find_spec("trl") is not None else ():
            peers[case] = _run("benchmarks.training.gpu_trl", spec | {"case": case}, must=False)
    speeds = {mode: [_speed(each) for each in answers] for mode, answers in own.items()}
    for mode in MODES:
        first = own[mode][0]
        more = {
            "runs": [round(each) for each in speeds[mode]],
            "memory_gib": first["memoryGiB"],
            "loss": first["losses"][-1],
            "repeats": len({answer["parameters"] for answer in own[mode]}) == 1 if rounds > 1 else None,
            "way": first["way"],
            "gpu": first["gpu"],
        }
        yield Figure(
            BENCH, f"mode {mode}", median(speeds[mode]), "tokens per second", peer=PUBLISHED_BY,
            peer_value=PUBLISHED, more=more, versions=first["versions"],
        )  # fmt: skip
    for mode, promised in PROMISED.items():
        yield Figure(
            BENCH, f"{mode} against fast", median(speeds[mode]), "tokens per second", peer="mode fast",
            peer_value=median(speeds["fast"]), more={"promised_ratio": promised},
        )  # fmt: skip
    for case, answer in peers.items():
        if not answer:
            continue
        yield Figure(
            BENCH, f"deterministic against TRL, {case}", median(speeds["deterministic"]), "tokens per second",
            peer=f"TRL, {case}", peer_value=_speed(answer), more={"peer_memory_gib": answer["memoryGiB"]},
            versions=answer["versions"],
        )  # fmt: skip


def _speed(answer: dict[str, Any]) -> float:
    return float(answer["tokens"]) / float(answer["seconds"])


def _run(module: str, spec: dict[str, Any], *, must: bool = True) -> dict[str, Any]:
    """What a run answers; nothing where it failed and need not succeed."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(spec, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", module, file.name], cwd=ROOT, env=os.environ, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stderr[-3000:])
        if must:
            raise SystemExit(70)
        return {}
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    sys.stderr.write(
        f"{module.rpartition('.')[2]} {spec.get('mode') or spec.get('case')}: {_speed(answer):.0f} tokens/s\n"
    )
    sys.stderr.flush()
    return answer

"""How many real tokens does a second of processor time train, ours and TRL's, on one thread in one run?

Both train the committed base model on the demo's dataset: the same rows, rows per step, rank and layers; each in a
process of its own, in turn, several times, and the medians are compared. Padding counts for nobody.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure

BENCH = "training-speed"
ROOT = Path(__file__).parents[2]
BASE = ROOT / "local" / "assets" / "models" / "tiny-triage"
DATASET = ROOT / "local" / "assets" / "datasets" / "triage-v1" / "train.jsonl"
PEER = "trl"
# The libraries below the peer are those of our own lock, so that only the trainers differ.
PINS = (
    "trl==1.16.0",
    "torch==2.13.0",
    "transformers==5.23.0",
    "peft==0.21.2",
    "accelerate==1.15.0",
    "datasets==5.2.0",
    "tokenizers==0.23.3",
    "numpy==2.4.6",
)
SPEC: dict[str, Any] = {"batch": 16, "maxLength": 256, "rank": 16, "mode": "deterministic"}
# Our options by case. Packing is one of them, but rows of nearly one length need none.
OURS: dict[str, dict[str, Any]] = {
    "fp32": {"precision": "fp32", "batchSize": 16},
    "bf16": {"precision": "bf16", "batchSize": 16},
    "bf16, packed": {"precision": "bf16", "batchSize": 8, "packing": "best-fit"},
}
PEERS = ("fp32", "bf16", "defaults")
# (case, ours, the peer's, the least ratio that we promise)
PAIRS = (
    ("fp32 against fp32", "fp32", "fp32", 1.8),
    ("fastest against fp32", "bf16", "fp32", 2.0),
    ("fastest against defaults", "bf16", "defaults", 2.5),
    ("bf16 against bf16", "bf16", "bf16", None),
    ("bf16, packed, against bf16", "bf16, packed", "bf16", None),
)


def peer_python() -> Path | None:
    """The Python of the peer's own environment below the cache, made at the first call; None where it cannot be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "preceptor-bench" / "trl-1.16.0"
    python = cache / "bin" / "python"
    if (cache / ".ready").exists():
        return python
    uv = os.environ.get("UV") or shutil.which("uv")
    commands = (
        ([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(cache)], [uv, "pip", "install", "--quiet"])
        if uv
        else ([sys.executable, "-m", "venv", "--clear", str(cache)], [str(python), "-m", "pip", "install", "--quiet"])
    )
    target = ["--python", str(python)] if uv else []
    try:
        subprocess.run(commands[0], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*commands[1], *target, *PINS], check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"The peer cannot be installed, so its column stays empty: {error}\n")
        return None
    (cache / ".ready").touch()
    return python


def figures(*, rounds: int = 3, warmup: int = 4, steps: int = 16, peer: bool = True) -> Iterator[Figure]:
    """One figure for each pair of cases, from the medians of ``rounds`` rounds of ``steps`` steps each."""
    python = peer_python() if peer else None
    with DATASET.open(encoding="utf-8") as file:
        rows = [json.loads(line)["messages"] for line in file]
    spec = SPEC | {"base": str(BASE), "rows": rows, "warmup": warmup, "steps": steps}
    own: dict[str, list[float]] = {case: [] for case in OURS}
    theirs: dict[str, list[float]] = {case: [] for case in PEERS}
    versions: dict[str, str] = {}
    for _ in range(rounds):
        # In turn, so that a busy minute of the machine falls on both.
        for case, training in OURS.items():
            answer = run_apart([sys.executable, "-m", "benchmarks.training.own_run"], spec | {"training": training})
            own[case].append(speed_of(answer))
        for case in PEERS if python else ():
            answer = run_apart([str(python), str(Path(__file__).with_name("trl_run.py"))], spec | {"case": case})
            theirs[case].append(speed_of(answer))
            versions = answer["versions"]
    for case, ours, other, least in PAIRS:
        measured = theirs[other]
        figure = Figure(
            BENCH,
            case,
            statistics.median(own[ours]),
            "real tokens per CPU second",
            peer=f"SFTTrainer, {other}" if measured else None,
            peer_value=statistics.median(measured) if measured else None,
            more={"promised_ratio": least, "runs": [round(each) for each in own[ours]]}
            | {"peer_runs": [round(each) for each in measured], "rows_per_step": SPEC["batch"], "threads": 1},
            versions=versions,
        )
        yield figure


def speed_of(answer: dict[str, Any]) -> float:
    """Tokens per second of processor time, of what a run answered."""
    return float(answer["tokens"]) / float(answer["cpuSeconds"])


def run_apart(command: list[str], spec: dict[str, Any]) -> dict[str, Any]:
    """Run one training in a process of its own on one thread, and return what it answers; it ends all when it fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(spec, file)
        file.flush()
        done = subprocess.run(
            [*command, file.name],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        raise SystemExit(70)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer

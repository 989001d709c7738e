"""Did a run come out as a recorded one did?

A golden is a run's losses and gradient norms, its adapter's digest, and the environment that gave them. Losses are
compared with every golden of the same recipe, device and strategy; the digest with the one of exactly this environment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.digests import canonical_json, digest_json
from preceptor.exits import BadInput, Exit
from preceptor_trainer.environment import deciding
from preceptor_trainer.output import LOG_FILE, LOGS, RECORD_FILE

TOLERANCE = 1e-4
NUMBERS = ("loss", "gradNorm")


@dataclass(frozen=True)
class Run:
    """What is compared of a finished run."""

    recipe: str
    strategy: str
    adapter: str
    steps: tuple[dict[str, float], ...]
    environment: dict[str, Any]

    @property
    def key(self) -> dict[str, Any]:
        """The part of the environment that may decide the last bit."""
        return {**deciding(self.environment), "strategy": self.strategy}

    def document(self) -> dict[str, Any]:
        """The golden that this run would be."""
        return {
            "schemaVersion": 1,
            "recipe": self.recipe,
            "key": self.key,
            "steps": list(self.steps),
            "adapter": self.adapter,
        }

    @property
    def name(self) -> str:
        """A name for its golden's file: what a person looks for, and a few digits of the whole key."""
        kind = self.environment.get("gpu") or self.environment.get("cpuCapability") or "unknown"
        words = [self.environment["device"], str(kind).replace(" ", "-"), self.strategy]
        return "-".join([*words, digest_json(self.key)[7:15]]).lower() + ".json"


def read_run(folder: Path) -> Run:
    """Read a finished run's folder. Raises BadInput when it is none."""
    try:
        content = json.loads((folder / RECORD_FILE).read_bytes())
        lines = [json.loads(line) for line in (folder / LOGS / LOG_FILE).read_bytes().splitlines()]
        return Run(
            recipe=content["recipe"],
            strategy=content["config"]["strategy"],
            adapter=content["adapter"],
            steps=tuple({name: line[name] for name in ("step", *NUMBERS)} for line in lines),
            environment=content["environment"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            f"{folder} is not the folder of a finished training: train first.", reason="RunInvalid"
        ) from None


def read_all(folder: Path) -> list[dict[str, Any]]:
    """Every golden of a folder. Raises BadInput on one that is not of this version."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            golden = json.loads(path.read_bytes())
            known = golden["schemaVersion"] == 1 and {"recipe", "key", "steps", "adapter"} <= golden.keys()
        except (OSError, ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise BadInput(f"{path} is no golden of this version: record it anew.", reason="GoldenInvalid")
        found.append(golden)
    return found


def compare(run: Run, goldens: Iterable[Mapping[str, Any]]) -> tuple[Exit, list[str]]:
    """How a run compares, in sentences: PASS, CHECK_SAYS_NO, or INCONCLUSIVE where nothing comparable was recorded."""
    alike = [
        golden
        for golden in goldens
        if golden["recipe"] == run.recipe
        and golden["key"].get("device") == run.key.get("device")
        and golden["key"].get("strategy") == run.strategy
    ]
    if not alike:
        return Exit.INCONCLUSIVE, [
            f"Nothing was recorded of this recipe on a {run.key.get('device')} with strategy {run.strategy}: "
            "record a golden where you trust the result."
        ]
    wrong = [sentence for golden in alike for sentence in _differences(run, golden)]
    exact = next((golden for golden in alike if golden["key"] == run.key), None)
    if exact is not None and exact["adapter"] != run.adapter:
        wrong.append(f"The adapter is {run.adapter}, but in this very environment {exact['adapter']} was recorded.")
    if wrong:
        return Exit.CHECK_SAYS_NO, wrong
    said = [
        f"Loss and gradient norm of all {len(run.steps)} steps are within ±{TOLERANCE:g} of {len(alike)} golden(s), "
        f"at most {_largest(run, alike):.1e} away."
    ]
    if exact is not None:
        said.append(f"The adapter is the recorded one to the last bit: {run.adapter}")
    else:
        said.append("No golden is of exactly this environment: the adapter's digest was not compared.")
    return Exit.PASS, said


def record(run: Run, folder: Path) -> Path:
    """Write a run as the golden of its environment, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / run.name
    path.write_bytes(json.dumps(json.loads(canonical_json(run.document())), indent=1).encode() + b"\n")
    return path


def _differences(run: Run, golden: Mapping[str, Any]) -> list[str]:
    if len(run.steps) != len(golden["steps"]):
        return [f"{len(run.steps)} steps were done, but {len(golden['steps'])} were recorded."]
    return [
        f"{name} of step {ours['step']} is {ours[name]:.6f}, but {theirs[name]:.6f} was recorded: more than "
        f"±{TOLERANCE:g} apart."
        for ours, theirs in zip(run.steps, golden["steps"], strict=True)
        for name in NUMBERS
        # Written so that a number that is none fails.
        if not abs(ours[name] - theirs[name]) <= TOLERANCE
    ]


def _largest(run: Run, goldens: Iterable[Mapping[str, Any]]) -> float:
    return max(
        abs(float(ours[name] - theirs[name]))
        for golden in goldens
        for ours, theirs in zip(run.steps, golden["steps"], strict=True)
        for name in NUMBERS
    )

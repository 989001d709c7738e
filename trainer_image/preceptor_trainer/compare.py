"""Where did two runs part: at which step, in which tensor?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from preceptor.exits import BadInput
from preceptor_trainer.output import TRACE, TRACE_FILE


@dataclass(frozen=True)
class Parting:
    """The first difference of two traces: after how many whole steps alike, in what, and in which tensors."""

    step: int
    what: str
    tensors: tuple[str, ...] = ()

    def sentence(self) -> str:
        """The difference in words."""
        first = f", the first is {self.tensors[0]}" if self.tensors else ""
        many = f" in {len(self.tensors)} tensor(s){first}" if self.tensors else ""
        when = f"at step {self.step}" if self.step else "before the first step"
        return f"They part {when}: {self.what}{many}."


def diff(one: Path, other: Path) -> Parting | None:
    """The first difference between the traces of two runs' folders; None where every bit of every step is alike.

    Raises BadInput when a folder has no readable trace.
    """
    ours, theirs = _read(one), _read(other)
    names, other_names = ours[0]["tensors"], theirs[0]["tensors"]
    if names != other_names:
        apart = tuple(sorted(set(names) ^ set(other_names)))
        return Parting(0, "the adapters do not have the same tensors", apart)
    differing = _differing(names, ours[0]["parameters"], theirs[0]["parameters"])
    if differing:
        return Parting(0, "the adapters began with other values", differing)
    for mine, yours in zip_longest(ours[1:], theirs[1:]):
        if mine is None or yours is None:
            step = (mine or yours)["step"]
            return Parting(
                step, f"{one if mine is None else other} ends before it, and all steps until there are alike"
            )
        for field, what in (("gradient", "the gradient differs"), ("parameters", "the update gave other values")):
            differing = _differing(names, mine[field], yours[field])
            if differing:
                return Parting(mine["step"], what, differing)
        if mine["loss"] != yours["loss"]:
            return Parting(mine["step"], "the loss differs, while the gradient is alike")
    return None


def _differing(names: list[str], ours: list[str], theirs: list[str]) -> tuple[str, ...]:
    return tuple(name for name, mine, yours in zip(names, ours, theirs, strict=True) if mine != yours)


def _read(folder: Path) -> list[dict[str, Any]]:
    path = folder / TRACE / TRACE_FILE
    try:
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        sizes = {
            len(lines[0]["parameters"]),
            *(len(line[field]) for line in lines[1:] for field in ("gradient", "parameters")),
        }
        whole = sizes == {len(lines[0]["tensors"])} and [line["step"] for line in lines[1:]] == list(
            range(1, len(lines))
        )
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}): name the folder of a finished training.", reason="TraceMissing"
        ) from None
    except (ValueError, KeyError, TypeError, IndexError):
        whole = False
    if not whole:
        raise BadInput(f"{path} is no trace of a training: train anew.", reason="TraceInvalid")
    return lines

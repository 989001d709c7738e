"""At which step was the adapter best, on rows that it was not trained on?"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from preceptor.digests import canonical_json
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.loss import ShardLoss
from preceptor_trainer.output import HELD_OUT_FILE as FILE
from preceptor_trainer.plan import SHARD_TOKENS, key

if TYPE_CHECKING:
    import torch

TENSOR = "heldOutBest"

__all__ = ["FILE", "TENSOR", "HeldOut", "loss_of", "split"]


def split(rows: Sequence[Encoded], share: float, seed: int) -> tuple[tuple[Encoded, ...], tuple[Encoded, ...]]:
    """The rows that are trained on and those held out, each in its old order; at least one is held out.

    Which ones is a function of seed and number alone, and training keeps at least one.
    """
    count = min(max(1, round(share * len(rows))), len(rows) - 1) if share else 0
    drawn = sorted(range(len(rows)), key=lambda index: (key("held-out", seed, index), index))
    held = frozenset(drawn[:count])
    kept = tuple(row for index, row in enumerate(rows) if index not in held)
    return kept, tuple(rows[index] for index in sorted(held))


def loss_of(model: Any, rows: Sequence[Encoded], shard_loss: ShardLoss, device: torch.device) -> float:
    """Weighted mean of the cross-entropy of all answers of the rows, without dropout, in shards of fixed rows."""
    import torch

    longest = max(len(row.ids) for row in rows)
    size = max(1, SHARD_TOKENS // longest)
    total = weight = 0.0
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), size):
            shard = rows[start : start + size]
            total += float(shard_loss(model, shard, device))
            weight += sum(sum(row.weights[1:]) for row in shard)
    model.train(was_training)
    return total / weight


@dataclass
class HeldOut:
    """The looks so far and the parameters of the best. The first rank alone looks.

    ``patience`` looks without a smaller loss end the training; 0: never.
    """

    rows: Sequence[Encoded]
    every: int
    patience: int
    looks: list[dict[str, Any]] = field(default_factory=list)
    best: torch.Tensor | None = None

    def due(self, step: int, total: int) -> bool:
        """Whether to look after this step; always after the last."""
        return bool(self.rows) and (step % self.every == 0 or step == total)

    def look(self, step: int, value: float, flat: torch.Tensor) -> bool:
        """Note a loss; returns whether patience is at its end. A loss that is no number is never the best."""
        known = [look["loss"] for look in self.looks if math.isfinite(look["loss"])]
        best = math.isfinite(value) and value < min(known, default=math.inf)
        self.looks.append({"step": step, "loss": round(value, 6), "best": best})
        if best:
            self.best = flat.detach().to("cpu", copy=True)
        return 0 < self.patience <= self.since_best

    @property
    def since_best(self) -> int:
        """Looks since the best one."""
        return next((since for since, look in enumerate(reversed(self.looks)) if look["best"]), len(self.looks))

    @property
    def best_step(self) -> int | None:
        """The step of the best look."""
        return next((int(look["step"]) for look in reversed(self.looks) if look["best"]), None)

    def lines(self) -> bytes:
        """The looks, one JSON object a line."""
        return b"".join(canonical_json(look) + b"\n" for look in self.looks)

    def restore(self, lines: bytes, best: torch.Tensor | None) -> None:
        """Go on after these looks."""
        self.looks = [json.loads(line) for line in lines.splitlines()]
        self.best = best

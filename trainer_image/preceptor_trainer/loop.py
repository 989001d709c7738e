"""How does an adapter learn, one step after the other?

A plain loop, since a trainer class would own order, averaging and generators. A batch is cut into shards of a fixed
shape; each shard's gradient is computed under a generator seeded by (seed, step, shard), flattened in float32, and the
gradients are summed in the order of the shards. State is the flat parameters, the optimizer's moments and the step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from preceptor.exits import CheckFailed
from preceptor_trainer import reasons
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.model import trainable
from preceptor_trainer.plan import Plan, key
from preceptor_trainer.schedule import Schedule

if TYPE_CHECKING:
    import torch

MAX_GRADIENT_NORM = 1.0
SHAPE_MULTIPLE = 8


@dataclass(frozen=True)
class Step:
    """What one step did: numbers only. Tokens are those read in this step without padding; seconds since the first."""

    step: int
    total: int
    loss: float
    gradient_norm: float
    learning_rate: float
    tokens: int
    tokens_per_second: float
    seconds: float

    def document(self) -> dict[str, int | float]:
        """The line of logs/train.jsonl."""
        return {
            "step": self.step,
            "total": self.total,
            "loss": round(self.loss, 6),
            "gradNorm": round(self.gradient_norm, 6),
            "learningRate": float(f"{self.learning_rate:.6g}"),
            "tokens": self.tokens,
            "tokensPerSecond": round(self.tokens_per_second, 1),
            "seconds": round(self.seconds, 2),
        }


class Loop:
    """One adapter, its optimizer and its place in the plan."""

    def __init__(self, model: Any, rows: Sequence[Encoded], plan: Plan, schedule: Schedule, device: torch.device):
        import torch

        self.model, self.rows, self.plan, self.schedule, self.device = model, rows, plan, schedule, device
        self.parameters = [parameter for _, parameter in trainable(model)]
        # One vector holds all parameters, which are views of it: the update is a few large operations.
        self.flat = torch.nn.Parameter(torch.cat([p.detach().reshape(-1).float() for p in self.parameters]))
        offset = 0
        for parameter in self.parameters:
            parameter.data = self.flat.data[offset : offset + parameter.numel()].view_as(parameter)
            offset += parameter.numel()
        # Neither fused nor foreach: they round differently from each other.
        self.optimizer = torch.optim.AdamW([self.flat], lr=0.0, weight_decay=0.0, foreach=False, fused=False)
        self.step = 0

    def run(self, on_step: Callable[[Step], None]) -> None:
        """Run every step that is left. Raises CheckFailed (``LossNotFinite``) at the first loss that is no number."""
        self.model.train()
        began = time.monotonic()
        while self.step < self.plan.total:
            started = time.monotonic()
            loss, norm, rate, tokens = self._advance()
            now = time.monotonic()
            speed = tokens / max(now - started, 1e-9)
            on_step(Step(self.step, self.plan.total, loss, norm, rate, tokens, speed, now - began))

    def _advance(self) -> tuple[float, float, float, int]:
        shards = self.plan.step(self.step)
        # The whole batch's weight is known without asking another rank.
        weight = sum(sum(self.rows[index].weights[1:]) for shard in shards for index in shard)
        total, loss = None, 0.0
        for number, shard in enumerate(shards):
            gradient, part = self._gradient(number, shard, weight)
            loss += part
            total = gradient if total is None else total.add_(gradient)
        norm = float(total.double().norm()) if total is not None else 0.0
        if not _finite(loss) or not _finite(norm):
            raise CheckFailed(
                f"The loss or its gradient is no finite number at step {self.step + 1} of {self.plan.total}: "
                "lower training.learningRate, or examine the base model.",
                reason=reasons.LOSS_NOT_FINITE,
            )
        rate = self.schedule.rate(self.step)
        self.flat.grad = total.mul_(min(1.0, MAX_GRADIENT_NORM / (norm + 1e-6))) if total is not None else None
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self.step += 1
        tokens = sum(len(self.rows[index].ids) for shard in shards for index in shard)
        return loss, norm, rate, tokens

    def _gradient(self, number: int, shard: Sequence[int], weight: float) -> tuple[torch.Tensor, float]:
        """The shard's part of the batch's gradient and loss."""
        import torch

        torch.manual_seed(key("shard", self.plan.seed, self.step, number))
        loss = shard_loss(self.model, [self.rows[index] for index in shard], self.device) / weight
        gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True)
        parts = [
            (torch.zeros_like(parameter) if gradient is None else gradient).reshape(-1).float()
            for parameter, gradient in zip(self.parameters, gradients, strict=True)
        ]
        return torch.cat(parts), float(loss.detach())


def shard_loss(model: Any, rows: Sequence[Encoded], device: torch.device) -> torch.Tensor:
    """Weighted sum of the cross-entropy of a shard's answers.

    Rows are padded on the right and no mask is given: under causal attention no real token sees what comes after it,
    and the padding itself weighs nothing. The vocabulary is predicted only from the first answer's beginning on.
    """
    import torch

    longest = -(-max(len(row.ids) for row in rows) // SHAPE_MULTIPLE) * SHAPE_MULTIPLE
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    weights = torch.zeros((len(rows), longest))
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = torch.tensor(row.ids)
        weights[place, : len(row.ids)] = torch.tensor(row.weights)
    first = min(next(place for place, value in enumerate(row.weights) if value) for row in rows)
    kept = longest - (first - 1)
    ids, weights = ids.to(device), weights.to(device)
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=kept).logits.float()
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, first:].reshape(-1), reduction="none"
    )
    return torch.dot(losses, weights[:, first:].reshape(-1))


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")

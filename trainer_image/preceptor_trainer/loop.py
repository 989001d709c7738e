"""How does an adapter learn, one step after the other?

A plain loop, since a trainer class would own order, averaging and generators. A batch is cut into shards of a fixed
shape; each shard's gradient is computed under a generator seeded by (seed, step, shard), flattened in float32, and the
gradients are summed in the order of the shards. State is the flat parameters, the optimizer's moments and the step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from preceptor.exits import CheckFailed
from preceptor_trainer import reasons
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.loss import ShardLoss, padded
from preceptor_trainer.model import trainable
from preceptor_trainer.plan import Plan, key
from preceptor_trainer.ranks import Ranks
from preceptor_trainer.schedule import Schedule
from preceptor_trainer.trace import Checksums
from preceptor_trainer.updates import MOMENTS, AdamW, Updates

if TYPE_CHECKING:
    import torch

MAX_GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class Step:
    """What one step did: numbers only. Tokens are those read in this step without padding; seconds since the first.

    ``gradient`` and ``parameters`` are checksums of each tensor (``preceptor_trainer.trace``); ``stop`` says that a
    rank was told to stop, and all ranks know it after the same step.
    """

    step: int
    total: int
    loss: float
    gradient_norm: float
    learning_rate: float
    tokens: int
    tokens_per_second: float
    seconds: float
    gradient: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    stop: bool = False

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
    """One adapter, its optimizer and its place in the plan.

    ``in_order``: gradients of all shards are gathered and summed in the order of the shards, so that no bit depends on
    the number of ranks. Otherwise each rank sums its own, and the sums are added as the collective likes.
    ``in_step``: every rank runs as many forward passes as any other, since they share the base model.
    """

    def __init__(
        self,
        model: Any,
        rows: Sequence[Encoded],
        plan: Plan,
        schedule: Schedule,
        ranks: Ranks,
        *,
        in_order: bool = True,
        in_step: bool = False,
        optimizer: Callable[[torch.Tensor], Updates] | None = None,
        shard_loss: ShardLoss = padded,
    ):
        import torch

        self.model, self.rows, self.plan, self.schedule, self.ranks = model, rows, plan, schedule, ranks
        named = trainable(model)
        self.names = [name for name, _ in named]
        self.parameters = [parameter for _, parameter in named]
        # One vector holds all parameters, which are views of it: the update is a few large operations.
        self.updates: Updates = (optimizer or AdamW)(
            torch.cat([p.detach().reshape(-1).float() for p in self.parameters])
        )
        self._sizes = [parameter.numel() for parameter in self.parameters]
        for parameter, part in zip(self.parameters, torch.split(self.updates.flat.data, self._sizes), strict=True):
            parameter.data = part.view_as(parameter)
        self._checksums = Checksums(self._sizes, ranks.device)
        self._mine = [shard for shard in range(plan.shards) if shard % ranks.size == ranks.rank]
        self._in_order, self._in_step = in_order, in_step
        self._shard_loss = shard_loss
        self.step, self.seconds = 0, 0.0

    @property
    def flat(self) -> torch.Tensor:
        """All parameters of the adapter, one after the other."""
        return self.updates.flat.data

    def checksums(self) -> list[str]:
        """Checksums of the parameters as they are."""
        return self._checksums.of(self.flat)

    def state(self) -> dict[str, torch.Tensor]:
        """Everything that a later process needs beside the number of steps done, on the CPU."""
        tensors = {"parameters": self.flat, **self.updates.moments()}
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}

    def restore(self, state: Mapping[str, torch.Tensor] | None, step: int, seconds: float) -> None:
        """Go on after ``step`` steps; ``state`` is the first rank's, None on the others."""
        import torch

        tensors = {}
        for name in ("parameters", *MOMENTS):
            tensor = torch.empty_like(self.flat) if state is None else state[name].to(self.flat.device, copy=True)
            self.ranks.spread(tensor)
            tensors[name] = tensor
        self.updates.restore(tensors.pop("parameters"), tensors, step)
        self.step, self.seconds = step, seconds

    def run(self, on_step: Callable[[Step], None], told_to_stop: Callable[[], bool] = lambda: False) -> None:
        """Run every step that is left. Raises CheckFailed (``LossNotFinite``) at the first loss that is no number."""
        self.model.train()
        began = time.monotonic() - self.seconds
        while self.step < self.plan.total:
            started = time.monotonic()
            done = self._advance(told_to_stop)
            now = time.monotonic()
            self.seconds = now - began
            speed = done.tokens / max(now - started, 1e-9)
            on_step(replace(done, tokens_per_second=speed, seconds=self.seconds))

    def _advance(self, told_to_stop: Callable[[], bool]) -> Step:
        import torch

        shards = self.plan.step(self.step)
        # The whole batch's weight is known without asking another rank.
        weight = sum(sum(self.rows[index].weights[1:]) for shard in shards for index in shard)
        total, loss, stop = self._exchange(shards, weight, told_to_stop)
        norm = float(total.double().norm())
        if not _finite(loss) or not _finite(norm):
            raise CheckFailed(
                f"The loss or its gradient is no finite number at step {self.step + 1} of {self.plan.total}: "
                "lower training.learningRate, or examine the base model.",
                reason=reasons.LOSS_NOT_FINITE,
            )
        seen = self._checksums.of(total)
        rate = self.schedule.rate(self.step)
        with torch.no_grad():
            self.updates.update(total.mul_(min(1.0, MAX_GRADIENT_NORM / (norm + 1e-6))), rate)
        self.step += 1
        tokens = sum(len(self.rows[index].ids) for shard in shards for index in shard)
        parameters = tuple(self.checksums())
        return Step(self.step, self.plan.total, loss, norm, rate, tokens, 0.0, 0.0, tuple(seen), parameters, stop=stop)

    def _exchange(
        self, shards: Sequence[Sequence[int]], weight: float, told_to_stop: Callable[[], bool]
    ) -> tuple[torch.Tensor, float, bool]:
        """The batch's gradient and loss, and whether any rank was told to stop: the same on every rank."""
        import torch

        length = sum(self._sizes)
        if self.ranks.size == 1:
            total, first = self._gradient(0, shards[0], weight)
            parts = [first]
            for number in range(1, len(shards)):
                gradient, part = self._gradient(number, shards[number], weight)
                total.add_(gradient)
                parts.append(part)
            # Read at the end: a GPU that is asked in between waits for the next shard's orders.
            return total, sum(float(part) for part in parts), told_to_stop()
        # Two more numbers travel with each gradient: its loss, and whether to stop.
        held = -(-len(shards) // self.ranks.size) if self._in_order else 1
        sent = torch.zeros((held, length + 2), device=self.ranks.device)
        for row, number in enumerate(self._mine):
            gradient, part = self._gradient(number, shards[number], weight)
            if self._in_order:
                # Copied, not added: a sum with zero would turn a negative zero into a positive one.
                sent[row, :length], sent[row, length] = gradient, part
            else:
                sent[0, :length] += gradient
                sent[0, length] += part
        if self._in_step and len(self._mine) < -(-len(shards) // self.ranks.size):
            self._gradient(0, shards[0], weight)
        sent[0, -1] = float(told_to_stop())
        if not self._in_order:
            self.ranks.add(sent)
            return sent[0, :length].clone(), float(sent[0, length]), bool(sent[0, -1] > 0)
        gathered = self.ranks.gather(sent)
        total, loss = gathered[0][0, :length].clone(), float(gathered[0][0, length])
        for number in range(1, len(shards)):
            place = gathered[number % self.ranks.size][number // self.ranks.size]
            total.add_(place[:length])
            loss += float(place[length])
        return total, loss, any(bool(each[0, -1] > 0) for each in gathered)

    def _gradient(self, number: int, shard: Sequence[int], weight: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The shard's part of the batch's gradient and loss, the latter without dimensions."""
        import torch

        torch.manual_seed(key("shard", self.plan.seed, self.step, number))
        loss = self._shard_loss(self.model, [self.rows[index] for index in shard], self.ranks.device) / weight
        gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True)
        parts = [
            (torch.zeros_like(parameter) if gradient is None else gradient).reshape(-1).float()
            for parameter, gradient in zip(self.parameters, gradients, strict=True)
        ]
        return torch.cat(parts), loss.detach()


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")

"""Is every promise that is asked for one that can be kept?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from preceptor.exits import BadInput
from preceptor_trainer import reasons
from preceptor_trainer.request import Request


def check(request: Request, world_size: int) -> None:
    """Raise BadInput at the first thing that cannot be kept, before anything is read or allocated."""
    for sentence in _wrong_numbers(request):
        raise BadInput(f"{sentence}.", reason=reasons.TRAINING_INVALID)
    for sentence in _broken_promises(request, world_size):
        raise BadInput(f"{sentence}.", reason=reasons.MODE_NOT_KEPT)


def _wrong_numbers(request: Request) -> Iterator[str]:
    training, stated = request.training, request.reproducibility.shards
    for field, value in (
        ("learningRate", float(training.learning_rate)),
        ("firstTokensWeight", float(training.first_tokens_weight)),
    ):
        if not 0 < value < float("inf"):
            yield f"training.{field} must be above 0 and finite"
    if stated is not None and training.batch_size % stated:
        yield (
            f"reproducibility.shards is {stated} and training.batchSize {training.batch_size}: "
            "choose shards that divide the batch"
        )


def _broken_promises(request: Request, world_size: int) -> Iterator[str]:
    mode, strategy = request.reproducibility.mode, request.strategy
    if request.reproducibility.shards is not None and not request.invariant:
        yield f"reproducibility.shards belongs to mode invariant, but the mode is {mode}: remove it or change the mode"
    if request.invariant and strategy == "zero2" and world_size & (world_size - 1):
        yield (
            f"reproducibility.mode invariant is kept by strategy zero2 only with 1, 2, 4, 8, … ranks, not with "
            f"{world_size}, since it averages over them: use ddp or another number of ranks"
        )
    if strategy != "ddp" and find_spec("deepspeed") is None:
        yield f"strategy {strategy} needs the package deepspeed, which is not here: use ddp, or the trainer image"

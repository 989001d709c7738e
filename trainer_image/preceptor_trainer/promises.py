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
    yield from _unfit_combinations(request)
    if strategy != "ddp" and find_spec("deepspeed") is None:
        yield f"strategy {strategy} needs the package deepspeed, which is not here: use ddp, or the trainer image"


def _unfit_combinations(request: Request) -> Iterator[str]:
    method, training, mode = request.method, request.training, request.reproducibility.mode
    if method.quantization != "none":
        if mode != "fast":
            yield (
                f"reproducibility.mode {mode} is not kept with method.quantization {method.quantization}, whose "
                "kernels promise no order of sums: use mode fast, or quantization none"
            )
        if find_spec("bitsandbytes") is None:
            yield (
                f"method.quantization {method.quantization} needs the package bitsandbytes, which is not installed: "
                "use none, or the trainer image"
            )
        if request.strategy == "zero3":
            yield "method.quantization cannot be joined with strategy zero3, which parts the weights: use ddp or zero2"
        if method.init in ("pissa", "olora"):
            yield f"method.init {method.init} changes the base model's weights, which are quantized here: use default"
    if method.init in ("pissa", "olora") and method.type == "dora":
        yield f"method.init {method.init} cannot be written as plain weights with type dora: use lora or rslora"
    if method.init == "orthogonal" and method.rank % 2:
        yield f"method.init orthogonal halves the rank, which is {method.rank}: choose an even one"
    if method.init in ("pissa", "olora") and request.strategy == "zero3":
        yield f"method.init {method.init} reads whole weights, which strategy zero3 has parted: use ddp or zero2"
    if training.attention == "flash" and training.precision == "fp32":
        yield "training.attention flash computes in half precision only: set training.precision to bf16, or use sdpa"
    if training.packing == "best-fit" and training.attention == "eager":
        yield (
            "training.packing best-fit keeps rows apart in attention sdpa and flash only, not in eager: "
            "use sdpa, or packing none"
        )
    if training.patience and not float(training.held_out):
        yield "training.patience counts looks at rows held out, but training.heldOut is 0: set it, or remove patience"
    if float(training.held_out) and request.strategy == "zero3":
        yield "training.heldOut is looked at by one rank, which strategy zero3 does not allow: use ddp or zero2"
    if float(training.held_out) >= 1:
        yield "training.heldOut leaves no row to train on: choose a share below 1"

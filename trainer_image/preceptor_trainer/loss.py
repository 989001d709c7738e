"""How large is the loss of a shard?

Two ways of the same sum. ``padded`` is the plain one: a rectangle of rows, as any trainer computes it. ``Joined`` puts
the rows into one line, so that nothing but real tokens is computed, and the vocabulary is predicted only where an
answer is learned. It is used only after it was seen, on rows of the very training, to give loss and gradients of the
plain way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from preceptor_trainer import attention
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.fused import Kept, fuse
from preceptor_trainer.model import trainable

if TYPE_CHECKING:
    import torch

ShardLoss = Callable[[Any, Sequence[Encoded], Any], Any]

SHAPE_MULTIPLE = 8
# Rows on which both ways are compared.
PROOF_ROWS = 3
# Largest difference of a gradient, as a share of the gradient's norm; float32 gives 1e-6, bfloat16 2e-2.
PROOF_TOLERANCE = {"float32": 1e-3, "bfloat16": 1e-1}


def padded(model: Any, rows: Sequence[Encoded], device: torch.device) -> torch.Tensor:
    """Weighted sum of the cross-entropy of a shard's answers.

    Rows are padded on the right and no mask is given: under causal attention no real token sees what comes after it,
    and the padding itself weighs nothing. The vocabulary is predicted only from the first answer's beginning on. Raises
    ValueError on packed rows, which would see each other.
    """
    import torch

    if any(row.parts for row in rows):
        raise ValueError("packed rows cannot be padded")
    longest = _rounded(max(len(row.ids) for row in rows))
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


class Joined:
    """The same sum over rows in one line."""

    def __init__(self, kept: Kept | None) -> None:
        self._kept = kept

    def __call__(self, model: Any, rows: Sequence[Encoded], device: torch.device) -> torch.Tensor:
        """Weighted sum of the cross-entropy of a shard's answers; a packed row counts as the rows that it holds."""
        import torch

        lengths = [length for row in rows for length in row.lengths]
        packed = len(lengths) > len(rows)
        size = 0 if packed else _rounded(max(lengths))
        ids: list[int] = []
        positions: list[int] = []
        targets: list[int] = []
        weights: list[float] = []
        sources: list[int] = []
        for row in rows:
            start = 0
            for length in row.lengths:
                fill = max(size - length, 0)
                for place in range(start + 1, start + length):
                    if row.weights[place]:
                        # The token before a target predicts it.
                        sources.append(len(ids) + place - start - 1)
                        targets.append(row.ids[place])
                        weights.append(row.weights[place])
                ids += [*row.ids[start : start + length], *(0,) * fill]
                positions += range(length + fill)
                start += length
        where = attention.line(lengths, device) if packed else attention.rectangle(len(rows), size)
        index = torch.tensor(sources, device=device)
        # Four dimensions: transformers takes it for a finished mask and builds none of T × T.
        mask = torch.ones((1, 1, 1, 1), dtype=torch.bool, device=device)
        checkpointing = bool(getattr(model, "is_activation_checkpointing", False))
        arguments = {
            "input_ids": torch.tensor([ids], device=device),
            "position_ids": torch.tensor([positions], device=device),
            "attention_mask": mask,
            "use_cache": False,
            "logits_to_keep": index,
            attention.ARGUMENT: where,
        }
        if self._kept is None or checkpointing:
            logits = model(**arguments).logits
        else:
            with self._kept.at(index):
                logits = model(**arguments).logits
        losses = torch.nn.functional.cross_entropy(
            logits[0].float(), torch.tensor(targets, device=device), reduction="none"
        )
        return torch.dot(losses, torch.tensor(weights, device=device))


def choose(model: Any, rows: Sequence[Encoded], device: torch.device, *, fused: bool = True) -> tuple[ShardLoss, str]:
    """The way to compute losses of this model, and a sentence that says what was seen.

    ``rows`` are unpacked rows of the training. The model, its random generators and its parameters are left as they
    were, but for how its layers compute.
    """
    few = sorted(rows, key=lambda row: len(row.ids))[:: max(1, len(rows) // PROOF_ROWS)][:PROOF_ROWS]
    plain = getattr(model.config, "_attn_implementation", None)
    if plain != "sdpa":
        return padded, f"Rows are padded, since attention {plain} is not computed row by row."
    was_training = model.training
    model.eval()
    kept = _disturb(model)
    try:
        expected = _gradients(padded, model, few, device)
        undo = fuse(model) if fused else None
        way = Joined(Kept(model) if fused else None)
        model.set_attn_implementation(attention.register())
        try:
            difference = _difference(expected, _gradients(way, model, few, device))
        except (ValueError, TypeError, IndexError, RuntimeError) as error:
            difference, reason = float("inf"), type(error).__name__
        else:
            reason = f"a difference of {difference:.1e}"
    finally:
        for parameter, values in kept:
            parameter.data.copy_(values)
        model.train(was_training)
    tolerance = PROOF_TOLERANCE.get(str(next(model.get_base_model().parameters()).dtype).removeprefix("torch."), 1e-1)
    if difference < tolerance:
        return way, f"Rows stand in one line; loss and gradients are those of the plain way within {difference:.1e}."
    if undo is not None:
        undo()
    model.set_attn_implementation(plain)
    return padded, f"Rows are padded: in one line this model would compute something else ({reason})."


def _disturb(model: Any) -> list[tuple[Any, Any]]:
    """Move every parameter a little and return what they were: a fresh adapter's B is zero, and so is A's gradient."""
    import torch

    kept = []
    for _, parameter in trainable(model):
        kept.append((parameter, parameter.data.clone()))
        wave = torch.arange(parameter.numel(), device=parameter.device, dtype=torch.float32).cos()
        parameter.data.add_(wave.mul(0.02).to(parameter.dtype).view_as(parameter))
    return kept


def _gradients(way: ShardLoss, model: Any, rows: Sequence[Encoded], device: Any) -> list[Any]:
    import torch

    parameters = [parameter for _, parameter in trainable(model)]
    loss = way(model, rows, device)
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return [loss.detach().double().reshape(1)] + [
        torch.zeros_like(parameter).double() if gradient is None else gradient.detach().double()
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]


def _difference(expected: Sequence[Any], found: Sequence[Any]) -> float:
    """The larger of the loss's relative difference and that of all gradients together."""
    loss = abs(float(expected[0] - found[0])) / max(abs(float(expected[0])), 1e-12)
    norm = sum(float(each.square().sum()) for each in expected[1:]) ** 0.5
    apart = sum(float((one - other).square().sum()) for one, other in zip(expected[1:], found[1:], strict=True)) ** 0.5
    worst = max(loss, apart / max(norm, 1e-12))
    return worst if worst == worst else float("inf")


def _rounded(length: int) -> int:
    return -(-length // SHAPE_MULTIPLE) * SHAPE_MULTIPLE

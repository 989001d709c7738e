"""How large is the loss of a shard?

Two ways of the same sum. ``padded`` is the plain one: a rectangle of rows, as any trainer computes it. ``Joined`` puts
the rows into one line, so that nothing but real tokens is computed, and the vocabulary is predicted only where an
answer is learned. It is used only after it was seen, on rows of the very training, to give loss and gradients of the
plain way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from preceptor.exits import BadInput
from preceptor_trainer import attention, reasons
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.fused import Kept, fuse
from preceptor_trainer.gpu import usable
from preceptor_trainer.model import trainable

if TYPE_CHECKING:
    import torch

ShardLoss = Callable[[Any, Sequence[Encoded], Any], Any]

# Rows on which both ways are compared, and their last tokens: both ways of a large model must find room.
PROOF_ROWS, PROOF_TOKENS = 3, 512
# Largest difference of a gradient, as a share of the gradient's norm; float32 gives 1e-6, bfloat16 2e-2.
PROOF_TOLERANCE = {"float32": 1e-3, "bfloat16": 1e-1}
# A deep model in half precision may differ by as much as rounding alone, times this, but by no more than that.
ROUNDING_FACTOR, ROUNDING_LIMIT = 2.0, 0.3


def padded(model: Any, rows: Sequence[Encoded], device: torch.device) -> torch.Tensor:
    """Weighted sum of the cross-entropy of a shard's answers.

    Rows are padded on the right and no mask is given: under causal attention no real token sees what comes after it,
    and the padding itself weighs nothing. The vocabulary is predicted only from the first answer's beginning on. Raises
    ValueError on packed rows, which would see each other.
    """
    import torch

    if any(row.parts for row in rows):
        raise ValueError("packed rows cannot be padded")
    longest = attention.rounded(max(len(row.ids) for row in rows), device)
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
    """The same sum over rows in one line.

    ``kernels``: the model's layers are computed by those of a GPU. ``head``: the frozen layer that predicts the
    vocabulary, where a kernel computes its losses a few tokens at a time.
    """

    def __init__(self, kept: Kept | None, *, kernels: bool = False, head: Any = None) -> None:
        self._kept, self._head, self.kernels = kept, head, kernels

    @property
    def described(self) -> str:
        """For ``described``."""
        kept, kernels, head = self._kept is not None, self.kernels, self._head is not None
        return " ".join(["line", *["kept"] * kept, *["kernels"] * kernels, *["head"] * head])

    def __call__(self, model: Any, rows: Sequence[Encoded], device: torch.device) -> torch.Tensor:
        """Weighted sum of the cross-entropy of a shard's answers; a packed row counts as the rows that it holds."""
        import torch

        lengths = [length for row in rows for length in row.lengths]
        packed = len(lengths) > len(rows)
        size = 0 if packed else attention.rounded(max(lengths), device)
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
        learned = torch.tensor(weights, device=device), torch.tensor(targets, device=device)
        with _without(self._head):
            if self._kept is None or checkpointing:
                predicted = model(**arguments).logits
            else:
                with self._kept.at(index):
                    predicted = model(**arguments).logits
        if self._head is not None:
            from preceptor_trainer.gpu.kernels import Prediction

            summed: torch.Tensor = Prediction.apply(predicted[0], self._head.weight, learned[1], learned[0])  # type: ignore[no-untyped-call]
            return summed
        losses = torch.nn.functional.cross_entropy(predicted[0].float(), learned[1], reduction="none")
        return torch.dot(losses, learned[0])


@contextmanager
def _without(head: Any) -> Iterator[None]:
    """Within, the layer hands on what it is given: a model's logits are what it would have predicted from."""
    if head is None:
        yield
        return
    head.forward = lambda hidden: hidden
    try:
        yield
    finally:
        del head.forward


@contextmanager
def only_flash() -> Iterator[None]:
    """Within, attention is torch's FlashAttention and no other. Raises RuntimeError where it cannot compute one."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        yield


class FlashOnly:
    """A way whose forward pass is ``only_flash``; layers that are computed again are told so themselves."""

    def __init__(self, way: ShardLoss) -> None:
        self.way = way

    def __call__(self, model: Any, rows: Sequence[Encoded], device: torch.device) -> Any:
        """The way's loss."""
        with only_flash():
            return self.way(model, rows, device)


def in_one_line(way: ShardLoss) -> bool:
    """Whether rows stand in one line, so that packed ones cannot see each other."""
    return isinstance(way.way if isinstance(way, FlashOnly) else way, Joined)


def described(way: ShardLoss) -> str:
    """A way in a word or a few, for the record of a run: it decides bits."""
    flash = isinstance(way, FlashOnly)
    inner = way.way if isinstance(way, FlashOnly) else way
    words = [inner.described] if isinstance(inner, Joined) else ["padded"]
    return " ".join([*words, *(["flash"] * flash)])


def choose(
    model: Any, rows: Sequence[Encoded], device: torch.device, *, fused: bool = True, flash: bool = False
) -> tuple[ShardLoss, str]:
    """The way to compute losses of this model, and a sentence that says what was seen.

    ``rows`` are unpacked rows of the training; ``flash``: attention is torch's FlashAttention, or nothing. The model,
    its random generators and its parameters are left as they were, but for how its layers compute.
    """
    plain: ShardLoss = FlashOnly(padded) if flash else padded
    few = [_ending(row) for row in sorted(rows, key=lambda row: len(row.ids))[:: max(1, len(rows) // PROOF_ROWS)]]
    few = few[:PROOF_ROWS]
    implementation = getattr(model.config, "_attn_implementation", None)
    if implementation != "sdpa":
        return plain, f"Rows are padded, since attention {implementation} is not computed row by row."
    if flash:
        _require_flash(model, rows, device)
    was_training = model.training
    model.eval()
    disturbed = _disturb(model)
    try:
        expected = _expected(plain, model, few, device)
        tolerance = _tolerance(model, few, device, expected)
        # Where kernels would compute something else, torch's own operations may still do in one line.
        for kernels in [True, False] if fused and device.type == "cuda" and usable.kernels() is None else [False]:
            way, undo = _line(model, few, device, fused=fused, kernels=kernels, flash=flash)
            difference, reason = _compared(way, expected, model, few, device)
            if difference < tolerance:
                words = ", with kernels of our own" if kernels else ""
                return way, (
                    f"Rows stand in one line{words}; loss and gradients are those of the plain way within "
                    f"{difference:.1e}."
                )
            undo()
            model.set_attn_implementation(implementation)
    finally:
        for parameter, values in disturbed:
            parameter.data.copy_(values)
        model.train(was_training)
    return plain, f"Rows are padded: in one line this model would compute something else ({reason})."


def _line(
    model: Any, rows: Sequence[Encoded], device: torch.device, *, fused: bool, kernels: bool, flash: bool
) -> tuple[ShardLoss, Callable[[], None]]:
    """Make the model compute rows in one line; the way, and what puts its layers back."""
    undo: list[Callable[[], None]] = []
    head = _head(model, rows, device) if kernels else None
    if fused:
        undo.append(fuse(model))
    if kernels:
        from preceptor_trainer.gpu.substitute import substitute

        undo.append(substitute(model))
    way = Joined(Kept(model) if fused else None, kernels=kernels, head=head)
    model.set_attn_implementation(attention.register())

    def back() -> None:
        for each in undo:
            each()

    return FlashOnly(way) if flash else way, back


def _compared(
    way: ShardLoss, expected: Sequence[Any], model: Any, rows: Sequence[Encoded], device: torch.device
) -> tuple[float, str]:
    """How far a way is from the plain one, and why, in a few words. Raises where memory is full: that is no answer."""
    import torch

    try:
        difference = _difference(expected, _gradients(way, model, rows, device))
        if not _isolated(way, model, rows, device):
            return float("inf"), "a row sees another"
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        # What compiles and runs kernels shares no class of errors.
        return float("inf"), type(error).__name__
    return difference, f"a difference of {difference:.1e}"


def _require_flash(model: Any, rows: Sequence[Encoded], device: torch.device) -> None:
    """Raise BadInput where FlashAttention cannot compute this training, whatever the few rows that are tried show."""
    import torch

    kind = next(model.get_base_model().parameters()).dtype
    if kind not in (torch.bfloat16, torch.float16):
        raise BadInput(
            "training.attention flash computes in half precision only, and this base model is held in "
            f"{str(kind).removeprefix('torch.')}: set training.precision to bf16, or use sdpa.",
            reason=reasons.TRAINING_INVALID,
        )
    longest = attention.rounded(max(len(row.ids) for row in rows), device)
    windows = [getattr(module, "sliding_window", None) for module in model.modules()]
    least = min((window for window in windows if isinstance(window, int) and window > 0), default=longest)
    if least < longest:
        raise _no_flash(f"looks back {least} tokens only, while rows have up to {longest}")


def _no_flash(why: str) -> BadInput:
    return BadInput(
        f"training.attention flash cannot compute this base model, whose attention {why}: use sdpa.",
        reason=reasons.TRAINING_INVALID,
    )


def _expected(plain: ShardLoss, model: Any, rows: Sequence[Encoded], device: torch.device) -> list[Any]:
    try:
        return _gradients(plain, model, rows, device)
    except RuntimeError as error:
        if not isinstance(plain, FlashOnly) or "No available kernel" not in str(error):
            raise
        raise _no_flash("has soft caps, windows or heads that it has not") from None


def _ending(row: Encoded) -> Encoded:
    """The last tokens of a row, where an answer's end is learned; the whole row where nothing is learned there."""
    weights = (0.0, *row.weights[-PROOF_TOKENS:][1:])
    if len(row.ids) <= PROOF_TOKENS or not any(weights):
        return row
    return Encoded(row.ids[-PROOF_TOKENS:], weights, truncated=row.truncated)


def _tolerance(model: Any, rows: Sequence[Encoded], device: torch.device, expected: Sequence[Any]) -> float:
    """The largest difference that is none: what rounding does where attention is written out, or a fixed share."""
    least = PROOF_TOLERANCE.get(str(next(model.get_base_model().parameters()).dtype).removeprefix("torch."), 1e-1)
    if least < max(PROOF_TOLERANCE.values()) or device.type == "cpu":
        return least
    implementation = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        noise = _difference(expected, _gradients(padded, model, rows, device))
    finally:
        model.set_attn_implementation(implementation)
    return max(least, min(ROUNDING_FACTOR * noise, ROUNDING_LIMIT))


def _head(model: Any, rows: Sequence[Encoded], device: torch.device) -> Any:
    """The layer that predicts the vocabulary, where it is plain and frozen and nothing comes after it; else None."""
    import torch

    head = model.get_output_embeddings()
    if type(head) is not torch.nn.Linear or head.bias is not None or head.weight.requires_grad:
        return None
    seen: list[torch.Tensor] = []
    handle = head.register_forward_hook(lambda module, given, result: seen.append(result))
    try:
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([rows[0].ids], device=device), use_cache=False).logits
    finally:
        handle.remove()
    # Equal in type, too: a model may widen what is predicted.
    same = len(seen) == 1 and seen[0].dtype == logits.dtype and torch.equal(seen[0], logits)
    return head if same else None


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
    """The loss and the gradient of every trained parameter."""
    import torch

    parameters = [parameter for _, parameter in trainable(model)]
    loss = way(model, rows, device)
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    return [loss.detach().double().reshape(1)] + [
        torch.zeros_like(parameter).double() if gradient is None else gradient.detach().double()
        for parameter, gradient in zip(parameters, gradients, strict=True)
    ]


def _isolated(way: ShardLoss, model: Any, rows: Sequence[Encoded], device: Any) -> bool:
    """Whether loss and gradients of the other rows keep every bit when the first row's tokens are others.

    The longest row stands first, with little padding behind it: what leaks forwards by a token only is seen, too, which
    a comparison within a tolerance might miss.
    """
    import torch

    first, *others = sorted(rows, key=lambda row: -len(row.ids))
    if not others:
        return True
    one, other = (
        _gradients(way, model, [Encoded(ids, (0.0,) * len(ids), truncated=False), *others], device)
        for ids in (first.ids, first.ids[::-1])
    )
    return all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def _difference(expected: Sequence[Any], found: Sequence[Any]) -> float:
    """The larger of the loss's relative difference and that of all gradients together."""
    loss = abs(float(expected[0] - found[0])) / max(abs(float(expected[0])), 1e-12)
    norm = sum(float(each.square().sum()) for each in expected[1:]) ** 0.5
    apart = sum(float((one - other).square().sum()) for one, other in zip(expected[1:], found[1:], strict=True)) ** 0.5
    worst = max(loss, apart / max(norm, 1e-12))
    return worst if worst == worst else float("inf")

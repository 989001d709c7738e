"""How are the small operations of a layer computed in one pass over a GPU's memory each?

Norm, gated product, rotation and loss are a few operations a number, and torch's own write each of them to memory. A
kernel here reads a row, computes in float32, and writes what is left. Nothing is added up across programs, and no
block is chosen by timing, so that the same numbers give the same bits. Triton compiles them; where its interpreter is
switched on (TRITON_INTERPRET=1) they run on a CPU, for tests.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

# Numbers that one program holds at a time.
TILE = 4096
# Logits of so many tokens stand in memory at a time.
TOKENS_AT_ONCE = 2048


@triton.jit
def _norm_forward(x, weight, y, inverse, rows, width, epsilon, ROWS: tl.constexpr, WIDTH: tl.constexpr):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.arange(0, WIDTH)
    mask = (row < rows)[:, None] & (column < width)[None, :]
    at = row.to(tl.int64)[:, None] * width + column[None, :]
    values = tl.load(x + at, mask=mask, other=0.0).to(tl.float32)
    scale = 1.0 / tl.sqrt(tl.sum(values * values, axis=1) / width + epsilon)
    gain = tl.load(weight + column, mask=column < width, other=0.0).to(tl.float32)
    # Rounded before the gain, as the layer itself does.
    normed = (values * scale[:, None]).to(y.dtype.element_ty).to(tl.float32)
    tl.store(y + at, (normed * gain[None, :]).to(y.dtype.element_ty), mask=mask)
    tl.store(inverse + row, scale, mask=row < rows)


@triton.jit
def _norm_backward(x, weight, inverse, dy, dx, rows, width, ROWS: tl.constexpr, WIDTH: tl.constexpr):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.arange(0, WIDTH)
    mask = (row < rows)[:, None] & (column < width)[None, :]
    at = row.to(tl.int64)[:, None] * width + column[None, :]
    scale = tl.load(inverse + row, mask=row < rows, other=0.0)[:, None]
    normed = tl.load(x + at, mask=mask, other=0.0).to(tl.float32) * scale
    gain = tl.load(weight + column, mask=column < width, other=0.0).to(tl.float32)
    gradient = tl.load(dy + at, mask=mask, other=0.0).to(tl.float32) * gain[None, :]
    along = tl.sum(gradient * normed, axis=1) / width
    tl.store(dx + at, ((gradient - normed * along[:, None]) * scale).to(dx.dtype.element_ty), mask=mask)


@triton.jit
def _gated_forward(gate, up, y, count, TILE: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * TILE + tl.arange(0, TILE)
    mask = at < count
    g = tl.load(gate + at, mask=mask, other=0.0).to(tl.float32)
    u = tl.load(up + at, mask=mask, other=0.0).to(tl.float32)
    tl.store(y + at, (g * tl.sigmoid(g) * u).to(y.dtype.element_ty), mask=mask)


@triton.jit
def _gated_backward(gate, up, dy, dgate, dup, count, TILE: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * TILE + tl.arange(0, TILE)
    mask = at < count
    g = tl.load(gate + at, mask=mask, other=0.0).to(tl.float32)
    u = tl.load(up + at, mask=mask, other=0.0).to(tl.float32)
    d = tl.load(dy + at, mask=mask, other=0.0).to(tl.float32)
    s = tl.sigmoid(g)
    tl.store(dup + at, (d * g * s).to(dup.dtype.element_ty), mask=mask)
    tl.store(dgate + at, (d * u * s * (1.0 + g * (1.0 - s))).to(dgate.dtype.element_ty), mask=mask)


@triton.jit
def _rotate(
    x,
    cosine,
    sine,
    y,
    tokens,
    per_token,
    per_head,
    heads,
    half,
    BACK: tl.constexpr,
    HEADS: tl.constexpr,
    HALF: tl.constexpr,
):
    # One token a program. x stands wherever its strides say; y is [tokens, heads, 2 * half], dense.
    token = tl.program_id(0).to(tl.int64)
    head = tl.arange(0, HEADS)[:, None]
    column = tl.arange(0, HALF)[None, :]
    mask = (head < heads) & (column < half)
    place = x + token * per_token + head * per_head + column
    first = tl.load(place, mask=mask, other=0.0).to(tl.float32)
    second = tl.load(place + half, mask=mask, other=0.0).to(tl.float32)
    angle = token * 2 * half + column
    known = column < half
    c1 = tl.load(cosine + angle, mask=known, other=0.0).to(tl.float32)
    c2 = tl.load(cosine + angle + half, mask=known, other=0.0).to(tl.float32)
    s1 = tl.load(sine + angle, mask=known, other=0.0).to(tl.float32)
    s2 = tl.load(sine + angle + half, mask=known, other=0.0).to(tl.float32)
    if BACK:
        one = first * c1 + second * s2
        two = second * c2 - first * s1
    else:
        one = first * c1 - second * s1
        two = second * c2 + first * s2
    out = y + token * heads * 2 * half + head * 2 * half + column
    tl.store(out, one.to(y.dtype.element_ty), mask=mask)
    tl.store(out + half, two.to(y.dtype.element_ty), mask=mask)


@triton.jit
def _loss_and_gradient(
    logits, targets, weights, losses, VOCABULARY: tl.constexpr, BLOCK: tl.constexpr, GRADIENT: tl.constexpr
):
    # One token a program: its logits are replaced by the gradient of its weighted loss.
    row = tl.program_id(0)
    here = logits + row.to(tl.int64) * VOCABULARY
    target = tl.load(targets + row)
    weight = tl.load(weights + row)
    # Before anything is written: no barrier stands between a row's reads at the end and its first writes.
    known = tl.load(here + target).to(tl.float32)
    largest = float("-inf")
    total = 0.0
    for start in range(0, VOCABULARY, BLOCK):
        column = start + tl.arange(0, BLOCK)
        block = tl.load(here + column, mask=column < VOCABULARY, other=float("-inf")).to(tl.float32)
        larger = tl.maximum(largest, tl.max(block, axis=0))
        total = total * tl.exp(largest - larger) + tl.sum(tl.exp(block - larger), axis=0)
        largest = larger
    tl.store(losses + row, (tl.log(total) + largest - known) * weight)
    if GRADIENT:
        for start in range(0, VOCABULARY, BLOCK):
            column = start + tl.arange(0, BLOCK)
            mask = column < VOCABULARY
            block = tl.load(here + column, mask=mask, other=float("-inf")).to(tl.float32)
            share = tl.exp(block - largest) / total
            share = tl.where(column == target, share - 1.0, share)
            tl.store(here + column, (share * weight).to(logits.dtype.element_ty), mask=mask)


def _power(number: int) -> int:
    """The least power of two that is not below it."""
    return int(triton.next_power_of_2(number))


class Norm(torch.autograd.Function):
    """RMS norm over the last dimension with a frozen gain (Zhang and Sennrich 2019, eq. 4)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
        x = x.contiguous()
        width = x.shape[-1]
        rows, wide = x.numel() // width, _power(width)
        block = max(1, TILE // wide)
        y, inverse = torch.empty_like(x), torch.empty(rows, dtype=torch.float32, device=x.device)
        ctx.grid, ctx.block, ctx.wide = (triton.cdiv(rows, block),), block, wide
        _norm_forward[ctx.grid](x, weight, y, inverse, rows, width, epsilon, ROWS=block, WIDTH=wide, num_warps=8)
        ctx.save_for_backward(x, weight, inverse)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        x, weight, inverse = ctx.saved_tensors
        dy = gradients[0].contiguous()
        dx = torch.empty_like(x)
        width = x.shape[-1]
        _norm_backward[ctx.grid](
            x, weight, inverse, dy, dx, x.numel() // width, width, ROWS=ctx.block, WIDTH=ctx.wide, num_warps=8
        )
        return dx, None, None


class Gated(torch.autograd.Function):
    """silu(gate) · up (Shazeer 2020)."""

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
        gate, up = gate.contiguous(), up.contiguous()
        y = torch.empty_like(gate)
        grid = (triton.cdiv(y.numel(), TILE),)
        _gated_forward[grid](gate, up, y, y.numel(), TILE=TILE, num_warps=8)
        ctx.save_for_backward(gate, up)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        gate, up = ctx.saved_tensors
        dy = gradients[0].contiguous()
        dgate, dup = torch.empty_like(gate), torch.empty_like(up)
        grid = (triton.cdiv(dy.numel(), TILE),)
        _gated_backward[grid](gate, up, dy, dgate, dup, dy.numel(), TILE=TILE, num_warps=8)
        return dgate, dup


class Rotation(torch.autograd.Function):
    """Rotary position embedding (Su et al. 2021, eq. 34) of [1, heads, tokens, w], cosine and sine [1, tokens, w]."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
        cosine, sine = cosine.contiguous(), sine.contiguous()
        ctx.save_for_backward(cosine, sine)
        return _rotated(x, cosine, sine, back=False)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return _rotated(gradients[0], *ctx.saved_tensors, back=True), None, None


def _rotated(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor, *, back: bool) -> torch.Tensor:
    if x.stride(3) != 1:
        x = x.contiguous()
    _, heads, tokens, width = x.shape
    y = torch.empty((1, tokens, heads, width), dtype=x.dtype, device=x.device)
    _rotate[(tokens,)](
        x, cosine, sine, y, tokens, x.stride(2), x.stride(1), heads, width // 2,
        BACK=back, HEADS=_power(heads), HALF=_power(width // 2), num_warps=4,
    )  # fmt: skip
    return y.transpose(1, 2)


class Prediction(torch.autograd.Function):
    """Σ wᵢ · cross-entropy of hidden [K, d] against the vocabulary's weights [V, d], a few tokens' logits at a time.

    The gradient is computed with the loss, while the logits are there.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, head: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        losses = torch.empty(len(hidden), dtype=torch.float32, device=hidden.device)
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if wanted else hidden.new_empty(0)
        for start in range(0, len(hidden), TOKENS_AT_ONCE):
            part = slice(start, start + TOKENS_AT_ONCE)
            logits = hidden[part] @ head.t()
            _loss_and_gradient[(len(logits),)](
                logits, targets[part], weights[part], losses[part],
                VOCABULARY=logits.shape[1], BLOCK=TILE, GRADIENT=wanted, num_warps=8,
            )  # fmt: skip
            if wanted:
                torch.mm(logits, head, out=gradient[part])
        ctx.save_for_backward(gradient)
        return losses.sum()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (gradient,) = ctx.saved_tensors
        return gradient * gradients[0], None, None, None

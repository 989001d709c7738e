"""How do many rows stand in one line without seeing each other?

Everything but attention looks at one token at a time. A shard is therefore one line of tokens, [1, T], and only its
attention is computed row by row: a row cannot see another one, because the other one is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from preceptor_trainer.gpu import usable

if TYPE_CHECKING:
    import torch

NAME = "preceptor_rows"
SHAPE_MULTIPLE = 8
# The argument of a model's forward that travels to its attention.
ARGUMENT = "preceptor_rows"


@dataclass(frozen=True)
class Rows:
    """Where ``count`` rows of at most ``longest`` tokens stand in a line.

    ``take`` [count * longest] says which token of the line stands at each place of the rectangle, ``put`` [T] where
    each token of the line stands in it; both None where the line is the rectangle.
    """

    count: int
    longest: int
    take: torch.Tensor | None
    put: torch.Tensor | None


def rounded(count: int, device: torch.device, multiple: int = SHAPE_MULTIPLE) -> int:
    """The length that rows of at most ``count`` tokens are given, as a number that is at least as large.

    On a GPU what computes attention is built for every shape, in up to a second: a number is one of sixteen between
    two powers of two there, at most a sixteenth or seven above what was asked for.
    """
    step = max(multiple, 1 << max(0, (count - 1).bit_length() - 5)) if device.type == "cuda" else multiple
    return -(-count // step) * step


def rectangle(count: int, longest: int) -> Rows:
    """Rows that were padded to one length before they were joined."""
    return Rows(count, longest, None, None)


def line(lengths: Sequence[int], device: torch.device) -> Rows:
    """Rows of these lengths, one directly behind the other. Places behind a row's end hold its last token, unseen.

    Where their number is rounded up, rows that hold the first token come last, and nobody looks at them.
    """
    import torch

    longest, count = rounded(max(lengths), device, 1), rounded(len(lengths), device, 1)
    sizes = torch.tensor(lengths)
    starts = sizes.cumsum(0) - sizes
    places = torch.arange(longest)
    take = starts[:, None] + torch.minimum(places[None, :], sizes[:, None] - 1)
    take = torch.nn.functional.pad(take, (0, 0, 0, count - len(lengths)))
    put = torch.cat([number * longest + places[:length] for number, length in enumerate(lengths)])
    return Rows(count, longest, take.reshape(-1).to(device), put.to(device))


def register() -> str:
    """Make the attention known to transformers; returns its name."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of a line, row by row: q [1, H, T, D], k and v [1, H or fewer, T, D] → [1, T, H, D].

    Without ``preceptor_rows`` it is transformers' own sdpa. Raises ValueError on what it cannot compute (soft caps,
    biases, sinks), and where a model did not hand the rows on.
    """
    import torch
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    rows: Rows | None = more.pop(ARGUMENT, None)
    if rows is None:
        if attention_mask is not None and attention_mask.numel() == 1 and query.shape[2] > 1:
            raise ValueError("the model does not hand its arguments on to attention")
        answer: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, **more
        )
        return answer
    if any(more.get(name) is not None for name in ("softcap", "position_bias", "s_aux")):
        raise ValueError("attention with soft caps, biases or sinks is not computed row by row")
    kind = query.dtype
    # On a CPU the kernel's backward pass in bfloat16 takes ten times as long as in float32.
    wide = torch.float32 if query.device.type == "cpu" else kind
    q, k, v = (_rows_of(tensor, rows).to(wide) for tensor in (query, key, value))
    window = None
    if sliding_window is not None and rows.longest > sliding_window:
        distance = torch.arange(rows.longest, device=query.device)
        distance = distance[:, None] - distance[None, :]
        window = (distance >= 0) & (distance < sliding_window)
    out = _causal(q, k, v, window, dropout, scaling)
    out = out.to(kind).transpose(1, 2).reshape(rows.count * rows.longest, out.shape[1], out.shape[3])
    if rows.put is not None:
        out = out.index_select(0, rows.put)
    return out[None], None


def _causal(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    window: torch.Tensor | None,
    dropout: float,
    scaling: float | None,
) -> torch.Tensor:
    """q [B, H, L, D], k and v [B, H or a part of it, L, D] → [B, H, L, D]."""
    import torch

    if q.device.type == "cuda" and window is None and not dropout and usable.attention() is None:
        from preceptor_trainer.gpu import cudnn_attention

        out = cudnn_attention.attend(q, k, v, q.shape[-1] ** -0.5 if scaling is None else scaling)
        if out is not None:
            return out
    groups = q.shape[1] // k.shape[1]
    if groups > 1:
        from transformers.integrations.sdpa_attention import repeat_kv

        k, v = repeat_kv(k, groups), repeat_kv(v, groups)
    return torch.nn.functional.scaled_dot_product_attention(
        q, k, v, attn_mask=window, dropout_p=dropout, scale=scaling, is_causal=window is None
    )


def _rows_of(tensor: torch.Tensor, rows: Rows) -> torch.Tensor:
    """[1, H, T, D] → [rows, H, longest, D]."""
    tokens = tensor[0].transpose(0, 1)
    if rows.take is not None:
        tokens = tokens.index_select(0, rows.take)
    return tokens.reshape(rows.count, rows.longest, *tokens.shape[1:]).transpose(1, 2)

"""How is attention computed on a GPU so that the same numbers give the same bits, and fast?

cuDNN's attention can be asked for an order of sums that does not change. torch calls the same library, but refuses it
where repeatable kernels are wanted, and takes one that needs twice the time. Here it is asked itself, and asked for
that order wherever torch is told to use deterministic algorithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cudnn
import torch

TYPES = {torch.bfloat16: cudnn.data_type.BFLOAT16, torch.float16: cudnn.data_type.HALF}
# Shape and strides of each tensor that a graph is built for.
Layout = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
# Largest width of a head whose gradient it computes on every generation.
WIDEST = 128


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor | None:
    """Causal attention of q [B, H, L, D] over k and v [B, G, L, D], where H is a multiple of G (Dao 2023).

    None where it cannot be computed here, forwards and backwards, and where cuDNN's attention is forbidden just now.
    """
    if not (
        q.dtype in TYPES
        and k.shape == v.shape
        and q.shape[-1] == k.shape[-1]
        and q.shape[-1] % 8 == 0
        and q.shape[-1] <= WIDEST
        and torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]
    ):
        return None
    q, k, v = (_dense(each) for each in (q, k, v))
    if not _computable(_layout(q, k, v), q.dtype, scale, q.device.index, repeatable=_repeatable()):
        return None
    found: torch.Tensor = Attention.apply(q, k, v, scale)  # type: ignore[no-untyped-call]
    return found


class Attention(torch.autograd.Function):
    """What ``attend`` computes, and its gradient."""

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor:
        rows, heads, length, _ = q.shape
        out = _empty_like(q)
        statistics = torch.empty((rows, heads, length, 1), dtype=torch.float32, device=q.device)
        graph, places, size = _forward_graph(_layout(q, k, v), q.dtype, scale, q.device.index)
        _execute(graph, dict(zip(places, (q, k, v, out, statistics), strict=True)), size, q.device)
        ctx.save_for_backward(q, k, v, out, statistics)
        ctx.scale = scale
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        q, k, v, out, statistics = ctx.saved_tensors
        gradient = gradients[0]
        if gradient.stride() != out.stride():
            # The graph was built for this order before anything was computed.
            gradient = torch.empty_like(out).copy_(gradient)
        found = [_empty_like(each) for each in (q, k, v)]
        graph, places, size = _backward_graph(
            _layout(q, k, v), q.dtype, ctx.scale, q.device.index, repeatable=_repeatable()
        )
        _execute(graph, dict(zip(places, (q, k, v, out, gradient, statistics, *found), strict=True)), size, q.device)
        return *found, None


def _repeatable() -> bool:
    return torch.are_deterministic_algorithms_enabled()


def _strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Of a tensor [B, H, L, D] whose heads stand beside each other in memory, as a model's layers want them."""
    _, heads, length, width = shape
    return heads * length * width, width, heads * width, 1


def _empty_like(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(tensor.shape, _strides(tensor.shape), dtype=tensor.dtype, device=tensor.device)


@lru_cache(maxsize=256)
def _computable(layout: Layout, kind: torch.dtype, scale: float, device: int, *, repeatable: bool) -> bool:
    """Whether cuDNN has a kernel for these tensors, forwards and backwards: asked before the first is used."""
    try:
        _forward_graph(layout, kind, scale, device)
        _backward_graph(layout, kind, scale, device, repeatable=repeatable)
    except torch.OutOfMemoryError:
        raise
    except Exception:
        # The frontend's errors share no class of their own.
        return False
    return True


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def probe() -> None:
    """Compute a small attention and its gradient. Raises where cuDNN cannot, with whatever error it has."""
    q = torch.ones((1, 64, 2, 64), dtype=torch.bfloat16, device="cuda").transpose(1, 2).requires_grad_()
    layout = _layout(q, q, q)
    _forward_graph(layout, q.dtype, 1.0, q.device.index)
    _backward_graph(layout, q.dtype, 1.0, q.device.index, repeatable=True)
    # Whoever asks first may want no gradient.
    with torch.enable_grad():
        out = Attention.apply(q, q, q, 1.0)  # type: ignore[no-untyped-call]
    torch.autograd.grad(out, q, torch.ones_like(out))


def _layout(*tensors: torch.Tensor) -> Layout:
    return tuple((tuple(tensor.shape), tuple(tensor.stride())) for tensor in tensors)


def _graph(kind: torch.dtype) -> Any:
    return cudnn.pygraph(
        io_data_type=TYPES[kind],
        intermediate_data_type=cudnn.data_type.FLOAT,
        compute_data_type=cudnn.data_type.FLOAT,
    )


def _built(graph: Any) -> int:
    graph.validate()
    graph.build_operation_graph()
    graph.create_execution_plans([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
    graph.check_support()
    graph.build_plans()
    return int(graph.get_workspace_size())


@lru_cache(maxsize=256)
def _forward_graph(layout: Layout, kind: torch.dtype, scale: float, device: int) -> tuple[Any, tuple[Any, ...], int]:
    graph = _graph(kind)
    q, k, v = (graph.tensor(dim=dim, stride=stride, data_type=TYPES[kind]) for dim, stride in layout)
    out, statistics = graph.sdpa(q=q, k=k, v=v, generate_stats=True, attn_scale=scale, use_causal_mask=True)
    out.set_output(True).set_dim(layout[0][0]).set_stride(_strides(layout[0][0]))
    rows, heads, length, _ = layout[0][0]
    statistics.set_output(True).set_dim((rows, heads, length, 1)).set_stride((heads * length, length, 1, 1))
    statistics.set_data_type(cudnn.data_type.FLOAT)
    return graph, (q, k, v, out, statistics), _built(graph)


@lru_cache(maxsize=256)
def _backward_graph(
    layout: Layout, kind: torch.dtype, scale: float, device: int, *, repeatable: bool
) -> tuple[Any, tuple[Any, ...], int]:
    graph = _graph(kind)
    output = layout[0][0], _strides(layout[0][0])
    q, k, v, out, gradient = (
        graph.tensor(dim=dim, stride=stride, data_type=TYPES[kind]) for dim, stride in (*layout, output, output)
    )
    rows, heads, length, _ = layout[0][0]
    statistics = graph.tensor(
        dim=(rows, heads, length, 1), stride=(heads * length, length, 1, 1), data_type=cudnn.data_type.FLOAT
    )
    found = graph.sdpa_backward(
        q=q, k=k, v=v, o=out, dO=gradient, stats=statistics,
        attn_scale=scale, use_causal_mask=True, use_deterministic_algorithm=repeatable,
    )  # fmt: skip
    for tensor, (dim, _) in zip(found, layout, strict=True):
        tensor.set_output(True).set_dim(dim).set_stride(_strides(dim))
    return graph, (q, k, v, out, gradient, statistics, *found), _built(graph)


@lru_cache(maxsize=16)
def _handle(device: int) -> Any:
    return cudnn.create_handle()


def _execute(graph: Any, tensors: dict[Any, torch.Tensor], size: int, device: torch.device) -> None:
    handle = _handle(device.index)
    cudnn.set_stream(handle=handle, stream=torch.cuda.current_stream(device).cuda_stream)
    graph.execute(tensors, torch.empty(size, dtype=torch.uint8, device=device), handle=handle)

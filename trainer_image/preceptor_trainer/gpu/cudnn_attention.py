"""How is attention computed on a GPU so that the same numbers give the same bits, and fast?

cuDNN's attention can be asked for an order of sums that does not change. torch calls the same library, but refuses it
where repeatable kernels are wanted, and takes one that needs twice the time. Here it is asked itself, and asked for
that order wherever torch is told to use deterministic algorithms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cudnn
import torch

TYPES = {torch.bfloat16: cudnn.data_type.BFLOAT16, torch.float16: cudnn.data_type.HALF}
# Shape and strides of each tensor that a graph is built for.
Layout = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


# Largest width of a head whose gradient it computes on every generation.
WIDEST = 128


def fits(q: torch.Tensor, window: Any, dropout: float) -> bool:
    """Whether these queries [B, H, L, D] can be computed here; not where the caller has forbidden cuDNN's attention."""
    return (
        q.dtype in TYPES
        and window is None
        and not dropout
        and q.shape[-1] % 8 == 0
        and q.shape[-1] <= WIDEST
        and torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]
    )


class Attention(torch.autograd.Function):
    """Causal attention of q [B, H, L, D] over k and v [B, G, L, D], where H is a multiple of G (Dao 2023)."""

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor:
        q, k, v = (_dense(each) for each in (q, k, v))
        rows, heads, length, width = q.shape
        out = q.new_empty((rows, length, heads, width)).transpose(1, 2)
        statistics = torch.empty((rows, heads, length, 1), dtype=torch.float32, device=q.device)
        graph, places, size = _forward_graph(_layout(q, k, v, out), q.dtype, scale, q.device.index)
        _execute(graph, dict(zip(places, (q, k, v, out, statistics), strict=True)), size, q.device)
        ctx.save_for_backward(q, k, v, out, statistics)
        ctx.scale = scale
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        q, k, v, out, statistics = ctx.saved_tensors
        gradient = _dense(gradients[0])
        found = [torch.empty_like(each) for each in (q, k, v)]
        graph, places, size = _backward_graph(
            _layout(q, k, v, out, gradient, *found),
            q.dtype,
            ctx.scale,
            q.device.index,
            repeatable=torch.are_deterministic_algorithms_enabled(),
        )
        _execute(graph, dict(zip(places, (q, k, v, out, gradient, statistics, *found), strict=True)), size, q.device)
        return *found, None


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


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
    q, k, v = (graph.tensor(dim=dim, stride=stride, data_type=TYPES[kind]) for dim, stride in layout[:3])
    out, statistics = graph.sdpa(q=q, k=k, v=v, generate_stats=True, attn_scale=scale, use_causal_mask=True)
    out.set_output(True).set_dim(layout[3][0]).set_stride(layout[3][1])
    rows, heads, length, _ = layout[0][0]
    statistics.set_output(True).set_dim((rows, heads, length, 1)).set_stride((heads * length, length, 1, 1))
    statistics.set_data_type(cudnn.data_type.FLOAT)
    return graph, (q, k, v, out, statistics), _built(graph)


@lru_cache(maxsize=256)
def _backward_graph(
    layout: Layout, kind: torch.dtype, scale: float, device: int, *, repeatable: bool
) -> tuple[Any, tuple[Any, ...], int]:
    graph = _graph(kind)
    q, k, v, out, gradient = (graph.tensor(dim=dim, stride=stride, data_type=TYPES[kind]) for dim, stride in layout[:5])
    rows, heads, length, _ = layout[0][0]
    statistics = graph.tensor(
        dim=(rows, heads, length, 1), stride=(heads * length, length, 1, 1), data_type=cudnn.data_type.FLOAT
    )
    found = graph.sdpa_backward(
        q=q, k=k, v=v, o=out, dO=gradient, stats=statistics,
        attn_scale=scale, use_causal_mask=True, use_deterministic_algorithm=repeatable,
    )  # fmt: skip
    for tensor, (dim, stride) in zip(found, layout[5:], strict=True):
        tensor.set_output(True).set_dim(dim).set_stride(stride)
    return graph, (q, k, v, out, gradient, statistics, *found), _built(graph)


@lru_cache(maxsize=16)
def _handle(device: int) -> Any:
    return cudnn.create_handle()


def _execute(graph: Any, tensors: dict[Any, torch.Tensor], size: int, device: torch.device) -> None:
    handle = _handle(device.index)
    cudnn.set_stream(handle=handle, stream=torch.cuda.current_stream(device).cuda_stream)
    graph.execute(tensors, torch.empty(size, dtype=torch.uint8, device=device), handle=handle)

"""How is a LoRA layer computed in few passes over memory?

peft writes y = xWᵀ, then adds s·(xAᵀ)Bᵀ in four operations, each of which autograd remembers. Here forward and backward
are the products alone, in the same order every time: the same numbers but for rounding (Hu et al. 2021, eq. 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def fuse(model: Any) -> Callable[[], None]:
    """Compute every plain LoRA layer over a plain linear layer in this way; returns what puts the old way back.

    DoRA, quantised layers and whatever else peft has keep its own code. A layer's weights stay where they are.
    """
    import torch
    from peft.tuners.lora.layer import Linear

    changed: list[Any] = [
        module
        for module in model.modules()
        if type(module) is Linear
        and type(module.base_layer) is torch.nn.Linear
        and list(module.lora_A) == module.active_adapters
        and not module.lora_variant
        and not module.fan_in_fan_out
        and not any(module.lora_bias.values())
    ]
    product = _product()
    for module in changed:
        module.forward = _forward(module, product)

    def undo() -> None:
        for module in changed:
            del module.forward

    return undo


def _forward(module: Any, product: Any) -> Callable[..., Any]:
    name = module.active_adapters[0]

    def forward(x: torch.Tensor) -> Any:
        base, dropout = module.base_layer, module.lora_dropout[name]
        dropped = dropout(x) if module.training and getattr(dropout, "p", 0.0) > 0 else None
        return product.apply(
            x,
            dropped,
            base.weight,
            base.bias,
            module.lora_A[name].weight,
            module.lora_B[name].weight,
            module.scaling[name],
        )

    return forward


def _product() -> Any:
    """The autograd function; made here, since torch is imported late."""
    import torch

    class Product(torch.autograd.Function):
        """y = xWᵀ + b + s·(x'Aᵀ)Bᵀ with W and b frozen; x' is x after dropout. A and B are rounded to the type of x."""

        @staticmethod
        def forward(
            ctx: Any,
            x: torch.Tensor,
            dropped: torch.Tensor | None,
            weight: torch.Tensor,
            bias: torch.Tensor | None,
            a: torch.Tensor,
            b: torch.Tensor,
            scaling: float,
        ) -> torch.Tensor:
            flat = x.reshape(-1, x.shape[-1])
            low = flat if dropped is None else dropped.reshape(-1, x.shape[-1])
            a_, b_ = a.to(x.dtype), b.to(x.dtype)
            z = low @ a_.t()
            y = flat @ weight.t() if bias is None else torch.addmm(bias, flat, weight.t())
            y.addmm_(z, b_.t(), alpha=scaling)
            ctx.save_for_backward(low, weight, a_, b_, z)
            ctx.scaling, ctx.shape, ctx.has_dropout, ctx.kind = scaling, x.shape, dropped is not None, a.dtype
            return y.view(*x.shape[:-1], weight.shape[0])

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            low, weight, a, b, z = ctx.saved_tensors
            (gradient,) = gradients
            g = gradient.reshape(-1, weight.shape[0])
            h = (g @ b).mul_(ctx.scaling)
            dx = dropped = None
            if ctx.needs_input_grad[0]:
                dx = g @ weight
                if not ctx.has_dropout:
                    dx.addmm_(h, a)
                dx = dx.view(ctx.shape)
            if ctx.has_dropout and ctx.needs_input_grad[1]:
                dropped = (h @ a).view(ctx.shape)
            da = (h.t() @ low).to(ctx.kind)
            db = (z.t() @ g).t().to(ctx.kind).mul(ctx.scaling)
            return dx, dropped, None, None, da, db, None

    return Product


class Kept:
    """Leaves out, in the last layer, what is computed for tokens whose prediction nobody asks for.

    Behind the last attention a token is seen by no other. Its output projection and feed-forward part give numbers that
    no loss counts and no gradient passes: they are zeros here.
    """

    def __init__(self, model: Any) -> None:
        self.index: torch.Tensor | None = None
        self.modules = _behind_attention(model)
        for module in self.modules:
            module.register_forward_pre_hook(self._select)
            module.register_forward_hook(self._spread)

    @contextmanager
    def at(self, index: torch.Tensor | None) -> Iterator[None]:
        """Within, only tokens at ``index`` [K] of the line are computed; None: all."""
        self.index = index
        try:
            yield
        finally:
            self.index = None

    def _select(self, module: Any, arguments: tuple[Any, ...]) -> Any:
        if self.index is None:
            return None
        self._length = arguments[0].shape[1]
        return (arguments[0].index_select(1, self.index), *arguments[1:])

    def _spread(self, module: Any, arguments: tuple[Any, ...], result: Any) -> Any:
        if self.index is None:
            return None
        whole = result.new_zeros((1, self._length, result.shape[-1]))
        return whole.index_copy(1, self.index, result)


def _behind_attention(model: Any) -> list[Any]:
    """The output projection and feed-forward part of the last layer, where a model is built as most are."""
    import torch

    decoder = getattr(model.get_base_model(), "model", None)
    layers = getattr(decoder, "layers", None)
    if not isinstance(layers, torch.nn.ModuleList) or not len(layers):
        return []
    last = layers[-1]
    found = [getattr(getattr(last, "self_attn", None), "o_proj", None), getattr(last, "mlp", None)]
    return [module for module in found if isinstance(module, torch.nn.Module)]

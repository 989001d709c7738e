"""Which parts of a model do kernels of our own compute on a GPU?

Those whose code is, letter for letter, the one that the kernels were written for: transformers copies the norm, the
gated product and the rotation of Llama into most families. Everything else stays as it is.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from preceptor_trainer.gpu import usable

if TYPE_CHECKING:
    import torch

# The rotation, and what it calls.
ROTATION, HALVES = "apply_rotary_pos_emb", "rotate_half"


def substitute(model: Any) -> Callable[[], None]:
    """Let kernels compute what they can of a model; returns what puts the old way back."""
    import torch
    from transformers.activations import ACT2FN
    from transformers.models.llama import modeling_llama as llama

    from preceptor_trainer.gpu import kernels

    norm, product = _code(llama.LlamaRMSNorm.forward), _code(llama.LlamaMLP.forward)
    rotation = [_code(getattr(llama, name)) for name in (ROTATION, HALVES)]
    silu = (torch.nn.SiLU, type(ACT2FN["silu"]))
    changed: list[Any] = []
    for module in model.modules():
        code = _code(type(module).forward)
        if code == norm and not module.weight.requires_grad:
            module.forward = _norm(module, kernels.Norm)
        elif code == product and type(module.act_fn) in silu:
            module.forward = _product(module, kernels.Gated)
        else:
            continue
        changed.append(module)
    # Attention calls the rotation by its name in the file that it stands in.
    files: dict[ModuleType, Any] = {}
    for file in {sys.modules[type(module).__module__] for module in model.modules()}:
        old = getattr(file, ROTATION, None)
        if old is not None and [_code(old), _code(getattr(file, HALVES, None))] == rotation:
            files[file] = old
            # Another model's rotation may stand there already.
            setattr(file, ROTATION, _rotation(inspect.unwrap(old), kernels.Rotation))

    def undo() -> None:
        for module in changed:
            del module.forward
        for file, old in files.items():
            setattr(file, ROTATION, old)

    return undo


def _code(function: Any) -> str:
    if function is None:
        return ""
    try:
        return inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        return ""


def _norm(module: Any, kernel: Any) -> Callable[[torch.Tensor], Any]:
    return lambda hidden_states: kernel.apply(hidden_states, module.weight, module.variance_epsilon)


def _product(module: Any, kernel: Any) -> Callable[[torch.Tensor], Any]:
    return lambda x: module.down_proj(kernel.apply(module.gate_proj(x), module.up_proj(x)))


def _rotation(old: Any, kernel: Any) -> Callable[..., Any]:
    @functools.wraps(old)
    def rotated(q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, unsqueeze_dim: int = 1) -> Any:
        here = q.is_cuda or usable.interpreted()
        if not here or unsqueeze_dim != 1 or q.shape[0] != 1 or cos.shape[0] != 1 or cos.shape[-1] != q.shape[-1]:
            return old(q, k, cos, sin, unsqueeze_dim)
        return kernel.apply(q, cos, sin), kernel.apply(k, cos, sin)

    return rotated

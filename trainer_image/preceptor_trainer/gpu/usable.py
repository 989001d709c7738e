"""Can our own kernels run here, and which?"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# cuDNN's attention computes tensors of this generation and newer.
AMPERE = 8


def interpreted() -> bool:
    """Whether Triton's interpreter runs kernels, which is for tests on a CPU."""
    return os.environ.get("TRITON_INTERPRET") == "1"


@lru_cache(maxsize=1)
def kernels() -> str | None:
    """Why Triton's kernels cannot be compiled on this GPU; None: they can. Raises where its memory is full."""
    import torch

    if not torch.cuda.is_available():
        return "there is no GPU"
    if interpreted():
        return "TRITON_INTERPRET is set"
    try:
        from preceptor_trainer.gpu.kernels import Norm

        width = 8
        ones = torch.ones((1, width), device="cuda")
        seen = float(Norm.apply(ones, ones[0], 0.0).sum())  # type: ignore[no-untyped-call]
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        # Triton needs a C compiler for what starts a kernel, and says so in many ways.
        return f"Triton cannot compile one ({type(error).__name__}): is a C compiler installed?"
    return None if seen == width else "a compiled one answers wrongly"


@lru_cache(maxsize=1)
def attention() -> str | None:
    """Why cuDNN's attention cannot be asked for itself; None: it can. Raises where the GPU's memory is full."""
    import torch

    if find_spec("cudnn") is None:
        return "the package nvidia-cudnn-frontend is not installed"
    if not torch.cuda.is_available():
        return "there is no GPU"
    if torch.cuda.get_device_capability()[0] < AMPERE:
        return "the GPU is older than Ampere"
    try:
        from preceptor_trainer.gpu import cudnn_attention

        cudnn_attention.probe()
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        return f"cuDNN does not compute it here ({type(error).__name__})"
    return None


def described(device: torch.device) -> dict[str, bool]:
    """What is used on this device, for the record of a run: it decides bits."""
    return {"kernels": kernels() is None, "cudnnAttention": attention() is None} if device.type == "cuda" else {}

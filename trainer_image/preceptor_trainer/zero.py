"""What do the ranks share, so that each need not keep all?

Strategy zero2 divides the optimizer's moments and the adapter's gradient over the ranks, zero3 the frozen base model.
Both are DeepSpeed's (https://arxiv.org/abs/1910.02054). zero2 is fed with a gradient that was already summed, and
changes no bit of what ddp computes; zero3 gathers the weights layer by layer, unchanged, but multiplies them in an
order of its own.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from preceptor_trainer.ranks import Ranks
from preceptor_trainer.updates import MOMENTS

if TYPE_CHECKING:
    import torch

# Only inference uses this operation, and building it takes a compiler and a minute.
SHARED_MEMORY_OPERATION = "deepspeed_shm_comm"


class DividedAdamW:
    """AdamW without decay whose moments are divided over the ranks (ZeRO-2)."""

    def __init__(self, flat: torch.Tensor, ranks: Ranks) -> None:
        import torch

        self._ranks, self._length = ranks, flat.numel()
        holder = _holder(flat)
        optimizer = torch.optim.AdamW(holder.parameters(), lr=0.0, weight_decay=0.0, foreach=False, fused=False)
        self._engine, self._zero, _, _ = _deepspeed(ranks).initialize(
            model=holder,
            optimizer=optimizer,
            config=_config(
                {"stage": 2, "overlap_comm": False, "contiguous_gradients": True, "round_robin_gradients": False}
            ),
        )
        # DeepSpeed has moved the vector into a buffer of its own.
        self.flat = holder.flat

    def update(self, gradient: torch.Tensor, rate: float) -> None:
        """Change ``flat`` by the whole, clipped gradient, which is the same on every rank."""
        import torch

        self._zero.param_groups[0]["lr"] = rate
        # The gradient of Σ flat·gradient is the gradient. DeepSpeed averages it over ranks that all have the same one,
        # which is exact where their number is a power of two.
        with torch.enable_grad():
            self._engine.backward((self.flat * gradient).sum())
            self._engine.step()

    def moments(self) -> dict[str, torch.Tensor]:
        """Both moments, put together from all ranks."""
        import torch

        part, state = self._part()
        return {
            name: torch.cat(self._ranks.gather(state.get(name, torch.zeros_like(part.data)).contiguous()))[
                : self._length
            ]
            for name in MOMENTS
        }

    def restore(self, flat: torch.Tensor, moments: dict[str, torch.Tensor], step: int) -> None:
        """Go on from these parameters and moments, each rank with its part."""
        import torch

        part, state = self._part()
        size = part.numel()
        whole = size * self._ranks.size

        def own(vector: torch.Tensor) -> torch.Tensor:
            padded = torch.nn.functional.pad(vector, (0, whole - self._length))
            return padded[self._ranks.rank * size : (self._ranks.rank + 1) * size].clone()

        self.flat.data.copy_(flat)
        part.data.copy_(own(flat))
        state.clear()
        state.update({"step": torch.tensor(float(step)), **{name: own(moments[name]) for name in MOMENTS}})

    def _part(self) -> tuple[torch.Tensor, dict[str, Any]]:
        """This rank's part of the parameters, and the optimizer's state of it."""
        part = self._zero.single_partition_of_fp32_groups[0]
        return part, self._zero.optimizer.state[part]


def divide_base(model: Any, ranks: Ranks) -> Any:
    """Divide a frozen base model over the ranks (ZeRO-3): each keeps a part, and a layer is whole while it is used.

    The adapter is attached afterwards, and stays whole on every rank. Every rank must run as many forward passes.
    """
    model.requires_grad_(False)
    engine, _, _, _ = _deepspeed(ranks).initialize(
        model=model, config=_config({"stage": 3, "overlap_comm": False, "stage3_param_persistence_threshold": 0})
    )
    return engine.module


def _deepspeed(ranks: Ranks) -> Any:
    os.environ.setdefault("DS_ACCELERATOR", ranks.device.type)
    # Without torchrun nobody has said it.
    os.environ.setdefault("LOCAL_RANK", str(ranks.place.local_rank))
    import deepspeed
    from deepspeed.utils import logger

    logger.setLevel(logging.ERROR)
    deepspeed.ops.__compatible_ops__[SHARED_MEMORY_OPERATION] = False
    return deepspeed


def _config(zero: dict[str, Any]) -> dict[str, Any]:
    return {
        "train_micro_batch_size_per_gpu": 1,
        "zero_optimization": zero,
        "zero_allow_untested_optimizer": True,
        # Clipped before, by the norm of the whole gradient.
        "gradient_clipping": 0.0,
    }


def _holder(flat: torch.Tensor) -> Any:
    import torch

    class Holder(torch.nn.Module):
        """A module that is nothing but one vector."""

        def __init__(self) -> None:
            super().__init__()
            self.flat = torch.nn.Parameter(flat)

    return Holder()

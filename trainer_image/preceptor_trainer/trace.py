"""At which step, and in which tensor, did two runs part?

After every step each tensor's gradient and new values are reduced to a number of 64 bits, equal only (but for one case
in 2^64) when every bit is. That costs a pass over the adapter, and no more than a few kilobytes a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# An odd number, so that multiplying by its odd multiples loses no bit: 2^64 divided by the golden ratio.
MULTIPLIER = 0x9E3779B97F4A7C15 - (1 << 64)


class Checksums:
    """Checksums of the parts of flat float32 vectors of one layout. ``sizes``: elements of each part, in order."""

    def __init__(self, sizes: Sequence[int], device: torch.device) -> None:
        import torch

        self._sizes = list(sizes)
        # Of its place in its own part, so that two parts of the same values have the same checksum.
        longest = torch.arange(max(self._sizes, default=0), dtype=torch.int64, device=device)
        self._weights = longest.mul_(2).add_(1).mul_(MULTIPLIER)

    def of(self, flat: torch.Tensor) -> list[str]:
        """One checksum a part, as 16 hexadecimal digits: the bits of each value times its place's weight, mod 2^64."""
        import torch

        parts = torch.split(flat.detach().view(torch.int32), self._sizes)
        sums = [(part.to(torch.int64) * self._weights[: part.numel()]).sum() for part in parts]
        return [f"{value & (2**64 - 1):016x}" for value in torch.stack(sums).tolist()] if sums else []


def header(names: Sequence[str], parameters: Sequence[str]) -> dict[str, Any]:
    """First line of a trace: names of the tensors, and checksums of what they held before the first step."""
    return {"tensors": list(names), "parameters": list(parameters)}


def line(step: int, loss: float, gradient: Sequence[str], parameters: Sequence[str]) -> dict[str, Any]:
    """A step's line (from 1): loss as the exact number, gradient before clipping, and values after the update."""
    return {"step": step, "loss": loss.hex(), "gradient": list(gradient), "parameters": list(parameters)}

"""How does a gradient become new parameters?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

MOMENTS = ("exp_avg", "exp_avg_sq")


class Updates(Protocol):
    """An optimizer over one flat vector. Every method is called by all ranks, in the same order."""

    flat: torch.Tensor

    def update(self, gradient: torch.Tensor, rate: float) -> None:
        """Change ``flat`` by the whole, clipped gradient, which is the same on every rank."""

    def moments(self) -> dict[str, torch.Tensor]:
        """Both moments, whole, each as long as ``flat``; zeros before the first step."""

    def restore(self, flat: torch.Tensor, moments: dict[str, torch.Tensor], step: int) -> None:
        """Go on from these parameters and moments, after ``step`` updates."""


class AdamW:
    """AdamW without decay, the same on every rank. Neither fused nor foreach: they round differently from it."""

    def __init__(self, flat: torch.Tensor) -> None:
        import torch

        self.flat: torch.Tensor = torch.nn.Parameter(flat)
        self._optimizer = torch.optim.AdamW([self.flat], lr=0.0, weight_decay=0.0, foreach=False, fused=False)

    def update(self, gradient: torch.Tensor, rate: float) -> None:
        """Change ``flat`` by the whole, clipped gradient."""
        self.flat.grad = gradient
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.step()

    def moments(self) -> dict[str, torch.Tensor]:
        """Both moments."""
        import torch

        state = self._optimizer.state.get(self.flat, {})
        return {name: state.get(name, torch.zeros_like(self.flat.data)) for name in MOMENTS}

    def restore(self, flat: torch.Tensor, moments: dict[str, torch.Tensor], step: int) -> None:
        """Go on from these parameters and moments."""
        import torch

        self.flat.data.copy_(flat)
        self._optimizer.state[self.flat] = {
            "step": torch.tensor(float(step)),
            **{name: moments[name].to(self.flat.device, copy=True) for name in MOMENTS},
        }

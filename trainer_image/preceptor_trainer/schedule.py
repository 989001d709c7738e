"""How large is the learning rate at a step?"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up over the first ``warmup_ratio`` of the steps, then linear decay that ends just above zero."""

    peak: float
    warmup_ratio: float
    total: int

    @property
    def warmup(self) -> int:
        """Number of warm-up steps."""
        return min(math.ceil(self.warmup_ratio * self.total), self.total)

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        return self.peak * (self.total - step) / (self.total - self.warmup)

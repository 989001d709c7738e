"""Where on a drawing does a step stand?

Pure geometry: numbers in, coordinates of an SVG out, rounded so that the same run draws the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 78, 16, 16, 34
# A line of more points than this draws each as the mean of its neighbours' group.
MOST_POINTS = 1200
TICKS = 6


@dataclass(frozen=True)
class Axis:
    """Values from ``low`` to ``high``, drawn from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The coordinate of a value, to a tenth."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Round numbers within: steps of 1, 2 or 5 times a power of ten."""
        span = (self.high - self.low) / TICKS
        if span <= 0:
            return [self.low]
        power = 10.0 ** math.floor(math.log10(span))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def steps_axis(total: int) -> Axis:
    """From the first step to the last, left to right."""
    return Axis(1.0, float(max(total, 2)), LEFT, WIDTH - RIGHT)


def values_axis(values: Sequence[float]) -> Axis:
    """From zero, or the smallest where that is far from zero, to the largest; upwards."""
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    low = 0.0 if 0 <= low < 0.5 * high else low - 0.05 * (high - low or 1.0)
    return Axis(low, high + 0.05 * ((high - low) or 1.0), HEIGHT - BOTTOM, TOP)


def polyline(points: Sequence[tuple[int, float]], x: Axis, y: Axis) -> str:
    """The ``points`` attribute of a polyline through (step, value); values that are no numbers are left out."""
    known = [(step, value) for step, value in points if math.isfinite(value)]
    size = max(1, -(-len(known) // MOST_POINTS))
    groups = [known[start : start + size] for start in range(0, len(known), size)]
    means = [(sum(s for s, _ in g) / len(g), sum(v for _, v in g) / len(g)) for g in groups]
    return " ".join(f"{x.at(step)},{y.at(value)}" for step, value in means)


def smoothed(points: Sequence[tuple[int, float]], share: float = 0.04) -> list[tuple[int, float]]:
    """An exponential mean over about this share of all points, corrected for its beginning."""
    keep = 1.0 - 1.0 / max(1.0, share * len(points))
    mean, weight, found = 0.0, 0.0, []
    for step, value in points:
        if math.isfinite(value):
            mean, weight = keep * mean + (1 - keep) * value, keep * weight + (1 - keep)
        found.append((step, mean / weight if weight else value))
    return found

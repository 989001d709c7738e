"""How is a rate with its bounds drawn, so that a reader sees at once on which side of a threshold it lies?"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, Final

WIDTH: Final = 220
MARGIN: Final = 10
HALF: Final = Decimal("0.5")


@dataclass(frozen=True)
class Interval:
    """Positions in pixels along an axis from ``left`` to ``right`` (per cent), with a sentence that says the same."""

    left: int
    right: int
    start: int
    end: int
    lower: float
    upper: float
    point: float
    threshold: float | None
    allowed_from: float
    allowed_to: float
    sentence: str


def interval(metric: dict[str, Any]) -> Interval | None:
    """The drawing of one metric of a report, or None where it has no value.

    Where everything lies in one half of the scale, only that half is drawn: rates that matter lie near 0 or near 1.
    """
    if metric.get("value") is None:
        return None
    numbers = {key: Decimal(metric[key]) for key in ("lower", "value", "upper")}
    asked = metric.get("threshold")
    threshold = Decimal(asked.split()[1]) if asked else None
    at_least = asked is not None and asked.startswith(">=")
    every = [*numbers.values(), *([threshold] if threshold is not None else [])]
    left, right = Decimal(0), Decimal(1)
    if min(every) >= HALF:
        left = HALF
    elif max(every) <= HALF:
        right = HALF

    def place(value: Decimal) -> float:
        return round(float(MARGIN + (value - left) / (right - left) * (WIDTH - 2 * MARGIN)), 1)

    start, end = place(left), place(right)
    edge = place(threshold) if threshold is not None else None
    return Interval(
        left=int(left * 100),
        right=int(right * 100),
        start=int(start),
        end=int(end),
        lower=place(numbers["lower"]),
        upper=place(numbers["upper"]),
        point=place(numbers["value"]),
        threshold=edge,
        allowed_from=edge if edge is not None and at_least else start,
        allowed_to=end if edge is None or at_least else edge,
        sentence=f"{percent(metric['value'])}, bounds {bounds_in_words(metric)}"
        + (f", threshold {in_words(asked)}" if asked else ""),
    )


def percent(number: str | None, rounding: str = ROUND_HALF_EVEN) -> str:
    """A fraction as per cent with one place, never rounded to a whole number that it is not."""
    if number is None:
        return "no value"
    value = Decimal(number) * 100
    shown = value.quantize(Decimal("0.1"), rounding)
    if shown == shown.to_integral_value() and value != shown:
        shown = value.quantize(Decimal("0.0001"), rounding)
    return f"{shown.normalize():f} %"


def bounds_in_words(metric: dict[str, Any]) -> str:
    """Both bounds, rounded outwards as they were judged."""
    return f"{percent(metric['lower'], ROUND_FLOOR)} to {percent(metric['upper'], ROUND_CEILING)}"


def in_words(threshold: str) -> str:
    """``>= 0.98`` as ``at least 98 %``."""
    sign, number = threshold.split()
    return f"{'at least' if sign == '>=' else 'at most'} {percent(number)}"

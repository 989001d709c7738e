"""What does a count out of a total prove about a rate?

Exact one-sided binomial bounds: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated
in the case of the binomial", Biometrika 26 (1934) 404–413. With k of n, the lower bound at confidence c is the (1 - c)
quantile of Beta(k, n - k + 1) and the upper bound the c quantile of Beta(k + 1, n - k).
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from scipy.special import betaincinv

# Bounds are rounded outwards to this many places before they are judged, so that what is shown is what was judged.
PLACES: Final = Decimal("0.000001")
MOST_CASES: Final = 10_000_000


def lower_bound(count: int, total: int, confidence: float) -> Decimal:
    """The rate that is exceeded with this one-sided confidence, rounded down; 0 where nothing was seen."""
    _check(count, total, confidence)
    if count == 0:
        return Decimal(0)
    return _rounded(float(betaincinv(count, total - count + 1, 1 - confidence)), ROUND_FLOOR)


def upper_bound(count: int, total: int, confidence: float) -> Decimal:
    """The rate that is not exceeded with this one-sided confidence, rounded up; 1 where nothing was seen."""
    _check(count, total, confidence)
    if count == total:
        return Decimal(1)
    return _rounded(float(betaincinv(count + 1, total - count, confidence)), ROUND_CEILING)


def rate(count: int, total: int) -> Decimal:
    """count / total, rounded to the places that are shown. Raises ValueError on an empty total."""
    if total < 1 or not 0 <= count <= total:
        raise ValueError("a rate needs 0 <= count <= total and a total above 0")
    return (Decimal(count) / Decimal(total)).quantize(PLACES, ROUND_HALF_EVEN).normalize() + 0


def needed_for_lower(errors: int, total: int, least: Decimal, confidence: float) -> int | None:
    """Further cases without another error until the lower bound of (total - errors) / total reaches ``least``.

    None when no number of cases up to ten million would do.
    """
    return _first_total(total, errors, lambda n: lower_bound(n - errors, n, confidence) >= least)


def needed_for_upper(errors: int, total: int, most: Decimal, confidence: float) -> int | None:
    """Further cases without another error until the upper bound of errors / total falls to ``most``; None as above."""
    return _first_total(total, errors, lambda n: upper_bound(errors, n, confidence) <= most)


def _first_total(total: int, errors: int, enough: Callable[[int], bool]) -> int | None:
    """How many cases beyond ``total`` make a test true that stays true from there on."""
    low = max(total, errors, 1)
    if enough(low):
        return low - total
    high = low
    while not enough(high):
        if high >= MOST_CASES:
            return None
        low, high = high, min(2 * high, MOST_CASES)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high - total


def _rounded(value: float, how: str) -> Decimal:
    """A bound inside [0, 1]. NaN raises: it must never look like a bound."""
    if not 0 <= value <= 1:
        raise ValueError("a bound must be a number between 0 and 1")
    return Decimal(repr(value)).quantize(PLACES, how).normalize() + 0


def _check(count: int, total: int, confidence: float) -> None:
    if not 0 <= count <= total:
        raise ValueError("a bound needs 0 <= count <= total")
    if not 0.5 <= confidence < 1:
        raise ValueError("a one-sided confidence lies in [0.5, 1)")

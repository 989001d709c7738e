"""How well do two annotators agree, and how much may have been missed at most?"""

import math
from collections.abc import Sequence

Marks = frozenset[tuple[int, int]]


def cohens_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Agreement beyond chance of two raters on the same items (Cohen 1960); None where chance alone agrees always.

    Raises ValueError when the raters judged different numbers of items, or none.
    """
    if len(first) != len(second) or not first:
        raise ValueError("two raters need the same items, and at least one")
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    p, q = sum(first) / n, sum(second) / n
    chance = p * q + (1 - p) * (1 - q)
    return None if chance == 1 else (observed - chance) / (1 - chance)


def f1(common: int, first: int, second: int) -> float | None:
    """Agreement on spans as F1, which needs no count of what neither marked (Hripcsak & Rothschild 2005).

    None where neither marked anything.
    """
    return None if first + second == 0 else 2 * common / (first + second)


def upper_bound(misses: int, n: int, confidence: float = 0.95) -> float:
    """The one-sided Clopper-Pearson upper bound of a rate, ``misses`` of ``n`` (Clopper & Pearson 1934).

    It is the rate at which so few misses would have had the probability 1 - confidence; without a miss it is
    1 - (1 - confidence)^(1/n), about 3/n at 95 % ("rule of three"). Raises ValueError on impossible counts.
    """
    if not 0 <= misses <= n or n == 0 or not 0 < confidence < 1:
        raise ValueError("the bound needs 0 <= misses <= n, n > 0 and a confidence between 0 and 1")
    alpha = 1 - confidence
    if misses == n:
        return 1.0
    if misses == 0:
        return 1.0 - math.exp(math.log(alpha) / n)
    low, high = misses / n, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if _at_most(misses, n, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def _at_most(misses: int, n: int, rate: float) -> float:
    """The probability of at most so many misses under a rate strictly between 0 and 1."""
    if rate >= 1:
        return 0.0
    log_p, log_q = math.log(rate), math.log1p(-rate)
    total = math.lgamma(n + 1)
    return math.fsum(
        math.exp(total - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q)
        for k in range(misses + 1)
    )

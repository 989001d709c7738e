"""Can a confidence bound that is claimed of a count be believed?

C. J. Clopper and E. S. Pearson (Biometrika 26, 1934, 404-413): with k of n, a lower bound L holds at confidence c when
so many, or more, are seen with a probability of at most 1 - c where the rate is L; an upper bound U, when so few, or
fewer, are where the rate is U. So a claim is checked with the binomial's own tail, and no quantile is computed.
"""

import math
from decimal import Decimal

# What is left of a tail after this share of what was summed changes no verdict.
NEGLIGIBLE = 1e-17
# Below it a rate is no float that has a logarithm.
SMALLEST = Decimal("1e-300")
# Of the tail, for the logarithms of factorials: below 1e-7 up to ten million cases.
ERROR = 1e-6


def lower_is_borne_out(count: int, total: int, lower: Decimal, confidence: Decimal) -> bool:
    """Whether a lower bound is no better than the exact one-sided bound of ``count`` of ``total``.

    Bounds are rounded outwards by those who claim them, so an honest one is always borne out. Raises ValueError unless
    0 <= count <= total and confidence lies in [0.5, 1).
    """
    if not 0 <= count <= total or not Decimal("0.5") <= confidence < 1:
        raise ValueError("a bound is of a count up to its total, at a confidence in [0.5, 1)")
    if lower <= 0:
        return True
    if lower >= 1:
        return False
    if lower < SMALLEST:
        return count > 0
    return _at_least(count, total, lower) <= float(1 - confidence) * (1 + ERROR)


def upper_is_borne_out(count: int, total: int, upper: Decimal, confidence: Decimal) -> bool:
    """Whether an upper bound is no better than the exact one: what is not counted has the lower bound 1 - upper."""
    return lower_is_borne_out(total - count, total, 1 - upper, confidence)


def _at_least(count: int, total: int, rate: Decimal) -> float:
    """P[X >= count] of a binomial X with 0 < rate < 1, exact to about ERROR; 1 where it is a half or more anyway."""
    if count <= total * rate:
        return 1.0
    log_rate, log_rest = math.log(rate), math.log(1 - rate)
    choose = math.lgamma(total + 1) - math.lgamma(count + 1) - math.lgamma(total - count + 1)
    term = math.exp(choose + count * log_rate + (total - count) * log_rest)
    odds = float(rate / (1 - rate))
    whole, seen = term, count
    # From the mean on, each term is smaller than the one before, so the sum ends after some standard deviations.
    while seen < total and term > NEGLIGIBLE * whole:
        term *= (total - seen) / (seen + 1) * odds
        whole += term
        seen += 1
    return whole

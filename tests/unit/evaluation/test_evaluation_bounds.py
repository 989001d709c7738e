"""Claims about what a count proves."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from preceptor_eval.evaluation import bounds

COUNTS = st.integers(1, 3000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
CONFIDENCES = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99])


# Smallest numbers of cases at one-sided 95 % confidence, from the published zero-failure formula ln(0.05)/ln(p) and its
# Clopper-Pearson extension to some failures.
@pytest.mark.parametrize(("misses", "cases"), [(0, 149), (1, 236), (2, 313), (3, 386), (4, 456)])
def test_recall_of_98_per_cent_is_shown_by_exactly_the_published_number_of_cases(misses: int, cases: int) -> None:
    assert bounds.lower_bound(cases - misses, cases, 0.95) >= Decimal("0.98")
    assert bounds.lower_bound(cases - 1 - misses, cases - 1, 0.95) < Decimal("0.98")
    assert bounds.needed_for_lower(misses, misses, Decimal("0.98"), 0.95) == cases - misses


@pytest.mark.parametrize(("errors", "cases"), [(0, 59), (3, 153), (6, 234)])
def test_hallucination_of_at_most_5_per_cent_needs_the_published_number_of_cases(errors: int, cases: int) -> None:
    assert bounds.upper_bound(errors, cases, 0.95) <= Decimal("0.05")
    assert bounds.upper_bound(errors, cases - 1, 0.95) > Decimal("0.05")
    assert bounds.needed_for_upper(errors, errors, Decimal("0.05"), 0.95) == cases - errors


@pytest.mark.parametrize(("misses", "cases"), [(0, 29), (4, 89), (11, 179)])
def test_agreement_of_90_per_cent_needs_the_published_number_of_cases(misses: int, cases: int) -> None:
    assert bounds.needed_for_lower(misses, misses, Decimal("0.90"), 0.95) == cases - misses


def test_fifteen_emergencies_without_a_miss_prove_only_81_9_per_cent() -> None:
    assert str(bounds.lower_bound(15, 15, 0.95)).startswith("0.818")


@given(COUNTS, CONFIDENCES)
def test_bounds_are_those_of_the_beta_distribution_rounded_outwards(counts: tuple[int, int], confidence: float) -> None:
    count, total = counts
    lower = float(beta.ppf(1 - confidence, count, total - count + 1)) if count else 0.0
    upper = float(beta.ppf(confidence, count + 1, total - count)) if count < total else 1.0
    assert lower - 1.1e-6 <= float(bounds.lower_bound(count, total, confidence)) <= lower + 1e-9
    assert upper - 1e-9 <= float(bounds.upper_bound(count, total, confidence)) <= upper + 1.1e-6


@given(COUNTS, CONFIDENCES)
def test_the_rate_lies_between_its_bounds_and_one_success_more_never_lowers_them(
    counts: tuple[int, int], confidence: float
) -> None:
    count, total = counts
    lower, upper = bounds.lower_bound(count, total, confidence), bounds.upper_bound(count, total, confidence)
    assert lower <= bounds.rate(count, total) + Decimal("0.000001")
    assert upper >= bounds.rate(count, total) - Decimal("0.000001")
    if count < total:
        assert bounds.lower_bound(count + 1, total, confidence) >= lower
        assert bounds.upper_bound(count + 1, total, confidence) >= upper


@given(st.integers(0, 20), st.integers(0, 400), st.sampled_from(["0.5", "0.9", "0.98"]))
def test_the_needed_cases_are_enough_and_one_fewer_is_not(errors: int, good: int, least: str) -> None:
    total = errors + good
    needed = bounds.needed_for_lower(errors, total, Decimal(least), 0.95)
    assert needed is not None
    assert needed >= 0
    if total + needed:
        assert bounds.lower_bound(good + needed, total + needed, 0.95) >= Decimal(least)
    if needed > 1:
        assert bounds.lower_bound(good + needed - 1, total + needed - 1, 0.95) < Decimal(least)


@pytest.mark.parametrize("least", ["1", "1.0"])
def test_no_number_of_cases_shows_a_recall_of_one(least: str) -> None:
    assert bounds.needed_for_lower(0, 10, Decimal(least), 0.95) is None


def test_no_number_of_cases_shows_a_rate_of_zero() -> None:
    assert bounds.needed_for_upper(0, 10, Decimal(0), 0.95) is None


@pytest.mark.parametrize(
    ("count", "total", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1.0), (1, 5, 0.4), (1, 5, math.nan)]
)
def test_numbers_that_are_no_counts_or_confidences_have_no_bound(count: int, total: int, confidence: float) -> None:
    for bound in (bounds.lower_bound, bounds.upper_bound):
        with pytest.raises(ValueError):
            bound(count, total, confidence)

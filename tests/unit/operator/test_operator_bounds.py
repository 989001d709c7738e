"""Does the operator believe exactly those bounds that an honest evaluator computes?"""

import time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preceptor_eval.evaluation.bounds import PLACES, lower_bound, rate, upper_bound
from preceptor_operator.evalgate.binomial import lower_is_borne_out, upper_is_borne_out
from preceptor_operator.evalgate.checks import numbers_agree

CONFIDENCES = st.sampled_from(["0.5", "0.8", "0.9", "0.95", "0.975", "0.99", "0.999", "0.999999"])


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    """A count of a total, often few or nearly all of many."""
    total = draw(st.one_of(st.integers(1, 400), st.integers(1, 1_000_000)))
    few = draw(st.integers(0, min(total, 9)))
    return draw(st.sampled_from([few, total - few, draw(st.integers(0, total))])), total


@settings(deadline=None)
@given(counts(), CONFIDENCES)
@example((0, 1), "0.95")
@example((1, 1), "0.95")
@example((500_000, 1_000_000), "0.95")
@example((999_999, 1_000_000), "0.999999")
def test_the_bounds_of_the_evaluator_are_believed_and_any_better_one_is_not(
    counted: tuple[int, int], confidence: str
) -> None:
    count, total = counted
    wanted = Decimal(confidence)
    lower = lower_bound(count, total, float(confidence))
    upper = upper_bound(count, total, float(confidence))
    assert lower_is_borne_out(count, total, lower, wanted)
    assert upper_is_borne_out(count, total, upper, wanted)
    # Not one place better, since the evaluator computes 1 - confidence in binary and may round one place too far.
    assert not lower_is_borne_out(count, total, lower + 2 * PLACES, wanted)
    assert not upper_is_borne_out(count, total, upper - 2 * PLACES, wanted)


@settings(deadline=None)
@given(counts(), CONFIDENCES, st.decimals(-2, 2, places=6))
def test_a_bound_is_believed_exactly_when_it_is_no_better_than_the_evaluators_but_for_its_last_place(
    counted: tuple[int, int], confidence: str, claim: Decimal
) -> None:
    count, total = counted
    lower = lower_bound(count, total, float(confidence))
    if claim != lower + PLACES:
        assert lower_is_borne_out(count, total, claim, Decimal(confidence)) == (claim <= lower)


@settings(deadline=None)
@given(counts(), CONFIDENCES)
def test_what_the_evaluator_reports_never_contradicts_itself(counted: tuple[int, int], confidence: str) -> None:
    from preceptor_eval.evaluation.metrics import Count
    from preceptor_eval.evaluation.verdicts import judge

    reported = judge("accuracy", Count(*counted), None, float(confidence))
    assert numbers_agree([reported], confidence) == []
    assert reported.value is not None
    assert Decimal(reported.value) == rate(*counted)


@pytest.mark.parametrize("text", ["1e-400", "1e-320", "0.000000000001"])
def test_a_bound_next_to_nothing_needs_one_case(text: str) -> None:
    assert lower_is_borne_out(1, 10, Decimal(text), Decimal("0.95"))
    assert not lower_is_borne_out(0, 10, Decimal(text), Decimal("0.95"))


@pytest.mark.parametrize(("count", "total"), [(1, 1_000_000), (500_000, 1_000_000), (999_999, 1_000_000)])
def test_a_million_cases_are_checked_in_no_time(count: int, total: int) -> None:
    lower = lower_bound(count, total, 0.95)
    begun = time.process_time()
    assert lower_is_borne_out(count, total, lower, Decimal("0.95"))
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("count", "total", "confidence"), [(-1, 5, "0.95"), (6, 5, "0.95"), (1, 5, "0.4"), (1, 5, "1")]
)
def test_what_is_no_count_or_no_confidence_is_refused(count: int, total: int, confidence: str) -> None:
    with pytest.raises(ValueError):
        lower_is_borne_out(count, total, Decimal("0.1"), Decimal(confidence))

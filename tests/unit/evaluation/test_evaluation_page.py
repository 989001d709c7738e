"""Claims about numbers on the clinicians' page."""

import pytest

from preceptor_eval.report.intervals import bounds_in_words, interval, percent


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1", "100 %"),
        ("0", "0 %"),
        ("0.86875", "86.9 %"),
        ("0.979592", "97.9592 %"),
        ("0.999999", "99.9999 %"),
        ("0.9", "90 %"),
    ],
)
def test_a_rate_is_never_shown_as_the_whole_number_that_it_just_misses(number: str, shown: str) -> None:
    assert percent(number) == shown


def test_bounds_are_shown_rounded_outwards_so_that_none_seems_to_reach_a_threshold() -> None:
    assert bounds_in_words({"lower": "0.899706", "upper": "0.200121"}) == "89.9 % to 20.1 %"


def metric(lower: str, value: str, upper: str, threshold: str) -> dict[str, str]:
    return {"lower": lower, "value": value, "upper": upper, "threshold": threshold}


def test_the_allowed_side_is_right_of_a_least_and_left_of_a_most() -> None:
    least = interval(metric("0.9", "0.95", "0.99", ">= 0.92"))
    most = interval(metric("0.01", "0.02", "0.04", "<= 0.05"))
    assert least is not None
    assert most is not None
    assert (least.allowed_from, least.allowed_to) == (least.threshold, least.end)
    assert (most.allowed_from, most.allowed_to) == (most.start, most.threshold)
    assert least.lower < least.threshold < least.point < least.upper  # type: ignore[operator]
    assert (least.left, most.right) == (50, 50)


def test_a_metric_without_a_value_has_no_drawing() -> None:
    assert interval({"metric": "accuracy", "threshold": ">= 0.9"}) is None

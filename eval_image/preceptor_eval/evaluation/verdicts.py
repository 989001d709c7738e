"""Are a candidate's metrics good enough?

A threshold is met only when the one-sided confidence bound lies on its right side, so that a small or lucky sample is
Inconclusive and never a pass; it is missed when the point estimate itself lies on its wrong side.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from preceptor.api.evalgate import MetricResult, Threshold, shows_nothing
from preceptor.exits import BadInput
from preceptor_eval.evaluation import bounds
from preceptor_eval.evaluation.metrics import ALL, Count

Gate = Literal["pass", "fail", "inconclusive"]
# What a clinical release is expected to ask for at least; a lower one is a demonstration and is said to be.
CLINICAL_DEFAULT: Final = Decimal("0.98")


def parse_confidence(text: str) -> float:
    """The one-sided confidence of a Job. Raises BadInput unless it is a number in [0.5, 1)."""
    try:
        confidence = float(text)
    except ValueError:
        confidence = -1.0
    if not 0.5 <= confidence < 1:
        raise BadInput(
            "The confidence is not a number from 0.5 up to but not including 1: write 0.95 or higher.",
            reason="ConfidenceInvalid",
        )
    return confidence


def check_thresholds(thresholds: Sequence[Threshold]) -> None:
    """Raise BadInput (``ThresholdsInvalid``) on thresholds that could pass without showing anything."""
    names = [threshold.metric for threshold in thresholds]
    problem = None
    if not thresholds:
        problem = "There is no threshold: nothing would be judged; name at least one metric with min or max."
    elif len(set(names)) != len(names):
        problem = "A metric has two thresholds: keep one for each metric."
    elif any((t.min is None) == (t.max is None) for t in thresholds):
        problem = "A threshold has both min and max or neither: give each exactly one."
    elif (nothing := shows_nothing(thresholds)) is not None:
        problem = f"{nothing[0].upper()}{nothing[1:]}."
    if problem:
        raise BadInput(problem, reason="ThresholdsInvalid")


def judge_all(
    counts: Mapping[str, Count], thresholds: Sequence[Threshold], confidence: float
) -> tuple[MetricResult, ...]:
    """Every known metric, judged where it has a threshold and else Reported, then thresholds on unknown metrics."""
    asked: dict[str, Threshold] = {threshold.metric: threshold for threshold in thresholds}
    known = [metric.name for metric in ALL]
    unknown = [name for name in asked if name not in known]
    return tuple(judge(name, counts.get(name), asked.get(name), confidence) for name in (*known, *unknown))


def judge(name: str, counted: Count | None, threshold: Threshold | None, confidence: float) -> MetricResult:
    """Judge one metric. Without a case, or with counts that are none, it is Inconclusive whatever the threshold."""
    asked = None if threshold is None else _words(threshold)
    if counted is None or counted.total < 1 or not 0 <= counted.count <= counted.total:
        return MetricResult(
            metric=name,
            count=0 if counted is not None and counted.total == 0 else None,
            total=0 if counted is not None and counted.total == 0 else None,
            threshold=asked,
            verdict="Reported" if threshold is None else "Inconclusive",
            needed=None if threshold is None or counted is None else _needed(Count(0, 0), threshold, confidence),
        )
    lower = bounds.lower_bound(counted.count, counted.total, confidence)
    upper = bounds.upper_bound(counted.count, counted.total, confidence)
    verdict: Literal["Pass", "Fail", "Inconclusive", "Reported"] = "Reported"
    if threshold is not None:
        verdict = _verdict(Fraction(counted.count, counted.total), lower, upper, threshold)
    return MetricResult(
        metric=name,
        value=_text(bounds.rate(counted.count, counted.total)),
        lower=_text(lower),
        upper=_text(upper),
        count=counted.count,
        total=counted.total,
        threshold=asked,
        verdict=verdict,
        needed=_needed(counted, threshold, confidence) if threshold is not None and verdict == "Inconclusive" else None,
    )


def gate(results: Iterable[MetricResult]) -> Gate:
    """The verdict over all thresholds: one failure fails, one doubt is inconclusive, and nothing judged is no pass."""
    verdicts = {result.verdict for result in results if result.threshold is not None or result.verdict != "Reported"}
    if "Fail" in verdicts:
        return "fail"
    return "pass" if verdicts == {"Pass"} else "inconclusive"


def notes(thresholds: Iterable[Threshold]) -> tuple[str, ...]:
    """Sentences that a reader of the verdict must not miss."""
    return tuple(
        f"The threshold on emergency_recall is {t.min}, below the clinical default of {CLINICAL_DEFAULT}: "
        "this is a demo threshold, not evidence for clinical use."
        for t in thresholds
        if t.metric == "emergency_recall" and t.min is not None and Decimal(t.min) < CLINICAL_DEFAULT
    )


def _verdict(
    point: Fraction, lower: Decimal, upper: Decimal, threshold: Threshold
) -> Literal["Pass", "Fail", "Inconclusive"]:
    if threshold.min is not None:
        least = Decimal(threshold.min)
        return "Fail" if point < Fraction(least) else "Pass" if lower >= least else "Inconclusive"
    most = Decimal(threshold.max or "")
    return "Fail" if point > Fraction(most) else "Pass" if upper <= most else "Inconclusive"


def _needed(counted: Count, threshold: Threshold, confidence: float) -> int | None:
    if threshold.min is not None:
        return bounds.needed_for_lower(counted.total - counted.count, counted.total, Decimal(threshold.min), confidence)
    return bounds.needed_for_upper(counted.count, counted.total, Decimal(threshold.max or ""), confidence)


def _words(threshold: Threshold) -> str:
    return f">= {threshold.min}" if threshold.min is not None else f"<= {threshold.max}"


def _text(number: Decimal) -> str:
    return format(number, "f")

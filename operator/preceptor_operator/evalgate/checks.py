"""Does an evaluation's Result bear out the verdict it claims?

Each check states one fact and answers with the sentence that says how it is violated, or None. The operator judges
again what the evaluator judged: a Result is never success because it says so.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from preceptor.api.candidate import CandidateManifest
from preceptor.api.evalgate import MetricResult, Suite, Threshold
from preceptor.api.jobs import Result, suites_digest
from preceptor_operator.evalgate.binomial import lower_is_borne_out, upper_is_borne_out

# As evaluators do: more cases than any suite has.
MOST_CASES = 10_000_000
# Evaluators show six places; one in the last covers how a half is rounded.
HALF_A_PLACE = Decimal("0.0000005")
AGAIN = "examine again in another EvalGate, and report it"


def result_names_candidate(result: Result, candidate: CandidateManifest) -> str | None:
    """The Result is about this very candidate."""
    if result.digests.get("candidate") != candidate.digest:
        return f"The Result is about another candidate than the one examined: {AGAIN}."
    return None


def result_names_suites(result: Result, suites: Sequence[Suite]) -> str | None:
    """The Result is of these very suites, in their order."""
    if result.digests.get("suites") != suites_digest(suites):
        return f"The Result is about other suites than the spec names: {AGAIN}."
    return None


def report_has_digest(result: Result) -> str | None:
    """The Result names the report by digest."""
    return None if "report" in result.digests else f"The Result names no report: {AGAIN}."


def numbers_agree(metrics: Sequence[MetricResult], confidence: str) -> list[str]:
    """Metrics whose own numbers contradict each other, each as a sentence.

    Whoever can make an evaluator claim a bound cannot make its counts bear it out: the value is count / total, to the
    six places that evaluators show, and a bound is no better than the exact one of these counts at this confidence.
    """
    return [sentence for metric in metrics if (sentence := _contradiction(metric, Decimal(confidence))) is not None]


def _contradiction(metric: MetricResult, confidence: Decimal) -> str | None:
    name, count, total = metric.metric, metric.count, metric.total
    value, lower, upper = (_number(text) for text in (metric.value, metric.lower, metric.upper))
    if not total or count is None:
        if (value, lower, upper) == (None, None, None):
            return None
        return f"{name}: a rate or a bound is claimed without the cases that it is of."
    if not 0 <= count <= total or total > MOST_CASES:
        return f"{name}: {count} of {total} cases is no count."
    if value is None or abs(value - Decimal(count) / Decimal(total)) > HALF_A_PLACE:
        return f"{name}: the value {metric.value} is not {count} of {total}."
    if lower is not None and not lower_is_borne_out(count, total, lower, confidence):
        return f"{name}: {count} of {total} do not bear out the lower bound {metric.lower} at confidence {confidence}."
    if upper is not None and not upper_is_borne_out(count, total, upper, confidence):
        return f"{name}: {count} of {total} do not bear out the upper bound {metric.upper} at confidence {confidence}."
    return None


def every_threshold_has_a_passing_bound(
    thresholds: Sequence[Threshold], metrics: Sequence[MetricResult]
) -> list[tuple[Threshold, str]]:
    """Thresholds whose confidence bound does not lie on the right side, each with a sentence."""
    by_name = {metric.metric: metric for metric in metrics}
    return [
        (threshold, sentence)
        for threshold in thresholds
        if (sentence := _missed(threshold, by_name.get(threshold.metric))) is not None
    ]


def _missed(threshold: Threshold, metric: MetricResult | None) -> str | None:
    if metric is None:
        return f"{threshold.metric}: no such metric in the Result; name one that the report has."
    bound = metric.lower if threshold.min is not None else metric.upper
    limit = threshold.min if threshold.min is not None else threshold.max
    side = "lower" if threshold.min is not None else "upper"
    word = "at least" if threshold.min is not None else "at most"
    number = _number(bound)
    if number is None or limit is None or not metric.total:
        return f"{threshold.metric}: the {side} bound is missing or not a number."
    wanted = Decimal(limit)
    holds = number >= wanted if threshold.min is not None else number <= wanted
    if holds and metric.verdict == "Pass":
        return None
    value = metric.value or "?"
    return f"{threshold.metric}: {side} bound {bound} (value {value}, {metric.total} cases), wanted {word} {limit}."


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

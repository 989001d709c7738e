"""Claims about when a candidate is good enough."""

from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.api.evalgate import UNWANTED, MetricResult, Threshold
from preceptor.exits import BadInput
from preceptor_eval.evaluation import bounds, verdicts
from preceptor_eval.evaluation.metrics import ALL, Count

RECALL = Threshold(metric="emergency_recall", min="0.98")
OVER = Threshold(metric="over_triage_rate", max="0.20")
HALLUCINATION = Threshold(metric="hallucination_rate", max="0.05")


@pytest.mark.parametrize(
    ("sentence", "counted", "threshold", "verdict", "needed"),
    [
        ("149 of 149 emergencies show a recall of 98 %", Count(149, 149), RECALL, "Pass", None),
        ("148 of 148 emergencies do not show it yet", Count(148, 148), RECALL, "Inconclusive", 1),
        ("235 of 236 emergencies show it", Count(235, 236), RECALL, "Pass", None),
        ("98 of 100 lie on the threshold and show nothing", Count(98, 100), RECALL, "Inconclusive", 213),
        ("97 of 100 lie below it", Count(97, 100), RECALL, "Fail", None),
        ("no emergency at all shows nothing", Count(0, 0), RECALL, "Inconclusive", 149),
        ("a metric that was not counted shows nothing", None, RECALL, "Inconclusive", None),
        ("59 answers without a hallucination show 5 %", Count(0, 59), HALLUCINATION, "Pass", None),
        ("58 do not", Count(0, 58), HALLUCINATION, "Inconclusive", 1),
        ("6 of 100 lie above it", Count(6, 100), HALLUCINATION, "Fail", None),
        ("always saying emergency over-triages every routine case", Count(300, 300), OVER, "Fail", None),
        ("counts that cannot be are no evidence", Count(7, 5), HALLUCINATION, "Inconclusive", None),
    ],
)
def test_a_metric_is_judged_by_its_bound(
    sentence: str, counted: Count | None, threshold: Threshold, verdict: str, needed: int | None
) -> None:
    result = verdicts.judge(threshold.metric, counted, threshold, 0.95)
    assert result.verdict == verdict, sentence
    if counted != Count(7, 5):
        assert result.needed == needed, sentence


@given(
    st.integers(0, 800).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(0, 100).map(lambda n: str(Decimal(n) / 100)),
    st.booleans(),
)
def test_a_pass_always_has_its_whole_bound_on_the_right_side(counts: tuple[int, int], limit: str, least: bool) -> None:
    threshold = Threshold(metric="accuracy", **({"min": limit} if least else {"max": limit}))  # type: ignore[arg-type]
    result = verdicts.judge("accuracy", Count(*counts), threshold, 0.95)
    if result.verdict == "Pass":
        assert counts[1] > 0
        assert result.lower is not None
        assert result.upper is not None
        assert Decimal(result.lower) >= Decimal(limit) if least else Decimal(result.upper) <= Decimal(limit)
    if counts[1] == 0:
        assert result.verdict == "Inconclusive"


@given(st.integers(1, 500), st.data())
def test_one_more_right_answer_never_worsens_a_verdict(total: int, data: st.DataObject) -> None:
    order = {"Fail": 0, "Inconclusive": 1, "Pass": 2}
    count = data.draw(st.integers(0, total - 1))
    fewer, more = (verdicts.judge(RECALL.metric, Count(n, total), RECALL, 0.95) for n in (count, count + 1))
    assert order[more.verdict] >= order[fewer.verdict]


def test_a_bound_that_is_not_a_number_is_never_a_pass() -> None:
    with patch.object(bounds, "betaincinv", return_value=float("nan")), pytest.raises(ValueError):
        verdicts.judge(RECALL.metric, Count(148, 149), RECALL, 0.95)


def result(verdict: str, threshold: str | None = ">= 0.98") -> MetricResult:
    return MetricResult(metric="accuracy", verdict=verdict, threshold=threshold)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("results", "gate"),
    [
        ([result("Pass"), result("Pass"), result("Reported", None)], "pass"),
        ([result("Pass"), result("Inconclusive")], "inconclusive"),
        ([result("Pass"), result("Inconclusive"), result("Fail")], "fail"),
        ([], "inconclusive"),
        ([result("Reported", None)], "inconclusive"),
    ],
)
def test_the_gate_passes_only_when_every_threshold_does(results: list[MetricResult], gate: str) -> None:
    assert verdicts.gate(results) == gate


def test_a_threshold_on_a_metric_that_is_not_measured_is_inconclusive_and_so_is_the_gate() -> None:
    counts = {metric.name: Count(0 if not metric.good else 1000, 1000) for metric in ALL}
    thresholds = (RECALL, OVER, Threshold(metric="nurse_agreement", min="0.90"))
    results = verdicts.judge_all(counts, thresholds, 0.95)
    assert [r.verdict for r in results if r.metric == "nurse_agreement"] == ["Inconclusive"]
    assert verdicts.gate(results) == "inconclusive"
    assert verdicts.gate(verdicts.judge_all(counts, thresholds[:2], 0.95)) == "pass"


def test_a_missing_metric_is_inconclusive() -> None:
    assert (
        verdicts.gate(verdicts.judge_all({"over_triage_rate": Count(0, 1000)}, (RECALL, OVER), 0.95)) == "inconclusive"
    )


@pytest.mark.parametrize(
    ("thresholds", "word"),
    [
        ((), "no threshold"),
        ((OVER, OVER), "two thresholds"),
        ((Threshold(metric="accuracy"),), "neither"),
        ((Threshold(metric="accuracy", min="0.1", max="0.2"),), "both"),
        ((RECALL,), "over_triage_rate"),
        ((RECALL, Threshold(metric="over_triage_rate", max="1")), "a max below 1"),
        ((RECALL, Threshold(metric="over_triage_rate", max="1.000")), "a max below 1"),
        ((RECALL, Threshold(metric="over_triage_rate", min="0")), "a max below 1"),
        ((Threshold(metric="emergency_recall", max="0.5"), OVER), "is a min above 0"),
        ((Threshold(metric="emergency_recall", min="0"), OVER), "is a min above 0"),
        ((Threshold(metric="accuracy", min="0.00"),), "is a min above 0"),
        ((Threshold(metric="accuracy", max="0.9"),), "is a min above 0"),
        *(
            ((Threshold(metric=name, **side),), "is a max below 1")
            for name in UNWANTED
            for side in ({"min": "0.05"}, {"max": "1"}, {"max": "1.0"})
        ),
    ],
)
def test_thresholds_that_could_pass_without_showing_anything_are_refused(
    thresholds: tuple[Threshold, ...], word: str
) -> None:
    with pytest.raises(BadInput, match=word):
        verdicts.check_thresholds(thresholds)


@pytest.mark.parametrize("text", ["1", "0.4", "nan", "inf", "-1", "many", ""])
def test_a_confidence_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        verdicts.parse_confidence(text)


@pytest.mark.parametrize(("least", "noted"), [("0.90", True), ("0.979", True), ("0.98", False), ("0.99", False)])
def test_a_recall_threshold_below_the_clinical_default_is_said_to_be_for_demonstration(least: str, noted: bool) -> None:
    notes = verdicts.notes((Threshold(metric="emergency_recall", min=least), OVER))
    assert bool(notes) == noted
    assert all("0.98" in note and "demo threshold" in note for note in notes)

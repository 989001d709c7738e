"""Where are a candidate's answers wrong?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from preceptor.api.evalgate import MetricResult, Threshold
from preceptor_eval.evaluation.metrics import BY_NAME, count, count_all
from preceptor_eval.evaluation.rows import Row
from preceptor_eval.evaluation.verdicts import judge

# The rates that are shown for each subgroup: where care could differ between patients.
SUBGROUP_METRICS: Final = ("emergency_recall", "over_triage_rate", "hallucination_rate")
HEARD: Final = ("emergency", "routine", "unparsable")


def confusion(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Cases by their label and by the label that the user is told; ``unparsable`` includes blocked answers."""
    return {
        label: {heard: sum(row.label == label and row.heard == heard for row in rows) for heard in HEARD}
        for label in ("emergency", "routine")
    }


@dataclass(frozen=True)
class SubgroupRow:
    """One metric of one subgroup.

    ``enough`` is None where no threshold says how many cases are, ``worse`` whether its rate is on the wrong side.
    """

    dimension: str
    value: str
    result: MetricResult
    enough: bool | None
    worse: bool

    def document(self) -> dict[str, Any]:
        """JSON-compatible form."""
        return {
            "dimension": self.dimension,
            "value": self.value,
            "metric": self.result.metric,
            "count": self.result.count,
            "total": self.result.total,
            "rate": self.result.value,
            "lower": self.result.lower,
            "upper": self.result.upper,
            "data": {None: "no threshold", True: "sufficient", False: "insufficient"}[self.enough],
            "worse": self.worse,
        }


def subgroups(rows: Sequence[Row], thresholds: Sequence[Threshold], confidence: float) -> list[SubgroupRow]:
    """Metrics of every subgroup, sorted. None is dropped: one that is too small to show anything says so.

    A subgroup has enough cases when it could meet the threshold if not one of them were wrong.
    """
    asked: dict[str, Threshold] = {threshold.metric: threshold for threshold in thresholds}
    table = []
    for dimension, value in sorted({pair for row in rows for pair in row.subgroups}):
        members = [row for row in rows if (dimension, value) in row.subgroups]
        for name in SUBGROUP_METRICS:
            counted = count(BY_NAME[name], members)
            threshold = asked.get(name)
            enough, worse = None, False
            if threshold is not None:
                flawless = counted.total if threshold.min is not None else 0
                best = judge(name, type(counted)(flawless, counted.total), threshold, confidence)
                enough = best.verdict == "Pass"
                worse = judge(name, counted, threshold, confidence).verdict == "Fail"
            table.append(SubgroupRow(dimension, value, judge(name, counted, None, confidence), enough, worse))
    return table


def by_suite(rows: Sequence[Row], confidence: float) -> dict[str, list[MetricResult]]:
    """All metrics of each suite by its name, reported and not judged."""
    return {
        suite: [
            judge(name, counted, None, confidence)
            for name, counted in count_all(row for row in rows if row.suite == suite).items()
        ]
        for suite in sorted({row.suite for row in rows})
    }


def misses(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Identifiers of the cases that went wrong, by what went wrong."""
    kinds: dict[str, Callable[[Row], bool]] = {
        "missed_emergencies": lambda row: row.missed,
        "over_triaged": lambda row: row.over_triaged,
        "unsupported": lambda row: row.hallucinated,
        "prescriptive": lambda row: row.prescriptive,
        "phi": lambda row: row.phi,
        "blocked": lambda row: row.decision == "BLOCK",
        "unparsable": lambda row: row.predicted == "unparsable",
        "cut_off": lambda row: row.finish_reason == "length",
    }
    return {name: sorted(row.case for row in rows if wrong(row)) for name, wrong in kinds.items()}

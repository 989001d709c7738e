"""What does a report say, as one deterministic document without a clock in it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preceptor.api.evalgate import MetricResult
from preceptor.api.jobs import EvaluateJob
from preceptor_eval.evaluation import tables, verdicts
from preceptor_eval.evaluation.cases import Suite
from preceptor_eval.evaluation.metrics import BY_NAME, count_all
from preceptor_eval.evaluation.rows import Row


@dataclass(frozen=True)
class Examination:
    """Everything that a report is made of; ``baseline`` is empty where the base model was not examined."""

    job: EvaluateJob
    suites: tuple[Suite, ...]
    rows: tuple[Row, ...]
    baseline: tuple[Row, ...]
    confidence: float
    verifier: str
    files: Mapping[str, str]
    software: Mapping[str, str]


@dataclass(frozen=True)
class Judgement:
    """The verdict and the metrics behind it."""

    gate: verdicts.Gate
    metrics: tuple[MetricResult, ...]
    baseline: tuple[MetricResult, ...]


def judge(examination: Examination) -> Judgement:
    """Judge an examination by the Job's thresholds; the baseline is judged by the same for comparison only."""
    job = examination.job
    metrics = verdicts.judge_all(count_all(examination.rows), job.thresholds, examination.confidence)
    baseline: tuple[MetricResult, ...] = ()
    if examination.baseline:
        baseline = verdicts.judge_all(count_all(examination.baseline), job.thresholds, examination.confidence)
    return Judgement(verdicts.gate(metrics), metrics, baseline)


def build(examination: Examination, judgement: Judgement) -> dict[str, Any]:
    """The report as a JSON document; numbers with a fraction are decimal strings."""
    job = examination.job
    return {
        "schemaVersion": 1,
        "kind": "EvaluationReport",
        "owner": job.owner.document(),
        "candidateDigest": job.candidate_digest,
        "candidate": job.candidate.document(),
        "verdict": judgement.gate,
        "notes": list(verdicts.notes(job.thresholds)),
        "confidence": job.confidence,
        "thresholds": [threshold.document() for threshold in job.thresholds],
        "metrics": [_described(result) for result in judgement.metrics],
        "suites": [{"name": s.name, "digest": s.digest, "cases": len(s.cases)} for s in examination.suites],
        "confusion": tables.confusion(examination.rows),
        "misses": tables.misses(examination.rows),
        "subgroups": [
            row.document() for row in tables.subgroups(examination.rows, job.thresholds, examination.confidence)
        ],
        "bySuite": {
            name: [result.document() for result in results]
            for name, results in tables.by_suite(examination.rows, examination.confidence).items()
        },
        "baseline": _baseline(examination.baseline, judgement.baseline),
        "methods": {
            "bounds": "Clopper-Pearson, one-sided",
            "grounding": examination.verifier,
            "label": "read from free text; an unclear label and a blocked answer are wrong in both directions",
        },
        "software": dict(examination.software),
        "files": dict(examination.files),
    }


def _baseline(rows: Sequence[Row], results: Sequence[MetricResult]) -> dict[str, Any] | None:
    if not rows:
        return None
    return {
        "verdict": verdicts.gate(results),
        "metrics": [_described(result) for result in results],
        "confusion": tables.confusion(rows),
    }


def _described(result: MetricResult) -> dict[str, Any]:
    metric = BY_NAME.get(result.metric)
    return {**result.document(), "title": metric.title if metric else result.metric}

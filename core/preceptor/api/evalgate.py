"""What does a user ask for, and get told, with an EvalGate?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal as Number
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from preceptor.api.base import (
    ApiModel,
    BaseModelSource,
    Conditions,
    ConfigMapReference,
    Decimal,
    Digest,
    Fraction,
    LocalReference,
    Name,
    StatusModel,
    StoreUri,
    described,
    rules,
)
from preceptor.api.candidate import CandidateManifest, Decoding, Retrieval

State = Literal["Pending", "Running", "InReview", "Passed", "Inconclusive", "Failed"]
MetricName = Literal[
    "emergency_recall",
    "over_triage_rate",
    "accuracy",
    "hallucination_rate",
    "prescriptive_rate",
    "phi_leak_rate",
    "policy_block_rate",
    "nurse_agreement",
]
# What counts what is wanted, and what counts what is not: the one place that says on which side a threshold lies.
MORE_IS_BETTER: Final[Mapping[MetricName, bool]] = MappingProxyType(
    {
        "emergency_recall": True,
        "over_triage_rate": False,
        "accuracy": True,
        "hallucination_rate": False,
        "prescriptive_rate": False,
        "phi_leak_rate": False,
        "policy_block_rate": False,
        "nurse_agreement": True,
    }
)
WANTED: Final = tuple(metric for metric, more in MORE_IS_BETTER.items() if more)
UNWANTED: Final = tuple(metric for metric, more in MORE_IS_BETTER.items() if not more)


def _model_config(*pairs: tuple[str, str]) -> ConfigDict:
    return ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, json_schema_extra=rules(*pairs)
    )


class AdapterSource(ApiModel):
    """The adapter under examination: a FineTuneRun's, or one named by place and digest."""

    model_config = _model_config(
        (
            "has(self.fineTuneRunRef) != has(self.uri)",
            "name either adapter.fineTuneRunRef or adapter.uri, not both",
        ),
        (
            "has(self.uri) == has(self.digest) && has(self.uri) == has(self.baseModel)",
            "adapter.uri, adapter.digest and adapter.baseModel go together",
        ),
    )

    fine_tune_run_ref: Annotated[
        LocalReference | None, described("The FineTuneRun whose sealed adapter is examined.")
    ] = None
    uri: Annotated[StoreUri | None, described("Folder of an adapter: pvc://CLAIM/PATH; with digest and baseModel.")] = (
        None
    )
    digest: Annotated[Digest | None, described("Digest of that adapter's manifest.")] = None
    base_model: Annotated[BaseModelSource | None, described("The base model of that adapter.")] = None


class SystemPrompt(ApiModel):
    """Where the system prompt's text stands."""

    config_map_ref: Annotated[ConfigMapReference, described("ConfigMap and key that hold the text.")]


class OutputPolicy(ApiModel):
    """The output policy by the digest of its file."""

    digest: Annotated[
        Digest,
        described(
            "Digest of the policy file that the images carry: `sha256sum policies/output/policy.yml`, after `sha256:`."
        ),
    ]


class Serving(ApiModel):
    """Everything beside the adapter that shapes answers."""

    system_prompt: Annotated[SystemPrompt, described("The system prompt.")]
    output_policy: Annotated[OutputPolicy, described("The output policy.")]
    decoding: Annotated[Decoding, described("How answers are drawn.")] = Decoding()
    retrieval: Annotated[Retrieval, described("Where contexts come from.")] = Retrieval()


class Suite(ApiModel):
    """A suite of labelled cases, named by the digest of its manifest."""

    uri: Annotated[StoreUri, described("Folder of the suite: pvc://CLAIM/PATH, in the resource's namespace.")]
    digest: Annotated[Digest, described("Digest of its manifest.")]


class Threshold(ApiModel):
    """A bound on one metric: the confidence bound must lie on the right side, not the point estimate."""

    model_config = _model_config(("has(self.min) != has(self.max)", "a threshold has either min or max"))

    metric: Annotated[MetricName, described("The metric.")]
    min: Annotated[Fraction | None, described("Its lower bound must be at least this, as a decimal string.")] = None
    max: Annotated[Fraction | None, described("Its upper bound must be at most this, as a decimal string.")] = None


class Review(ApiModel):
    """Blinded review; kept in the schema so that asking for it is refused rather than dropped."""

    cases: Annotated[int, Field(ge=1, le=100_000), described("Refused in this version.")]
    reviewers_per_case: Annotated[int, Field(ge=1, le=10), described("Refused in this version.")] = 2
    adjudication: Annotated[Literal["blinded"], described("Refused in this version.")] = "blinded"


OVER_TRIAGE_BESIDE = (
    "a threshold on emergency_recall needs one on over_triage_rate beside it:"
    " a model that always says emergency must not pass"
)
MIN_ABOVE_0 = f"a threshold on {', '.join(WANTED)} is a min above 0: it counts what is wanted"
MAX_BELOW_1 = f"a threshold on {', '.join(UNWANTED)} is a max below 1: it counts what must not happen"
CONFIDENCE_RANGE = (
    "confidence is a number from 0.5 up to but not including 1: below 0.5 a bound claims more than was observed"
)


def shows_nothing(thresholds: Sequence[Threshold]) -> str | None:
    """The sentence that says how these thresholds could pass what shows nothing, or what is bad; or None."""
    names = {threshold.metric for threshold in thresholds}
    if "emergency_recall" in names and "over_triage_rate" not in names:
        return OVER_TRIAGE_BESIDE
    for threshold in thresholds:
        if MORE_IS_BETTER[threshold.metric]:
            if threshold.min is None or Number(threshold.min) <= 0:
                return MIN_ABOVE_0
        elif threshold.max is None or Number(threshold.max) >= 1:
            return MAX_BELOW_1
    return None


class EvalGateSpec(ApiModel):
    """Examine one candidate on suites and judge it by thresholds."""

    model_config = _model_config(
        ("self == oldSelf", "an EvalGate cannot change: create another one, so that each verdict has one question"),
        (
            "!self.thresholds.exists(t, t.metric == 'emergency_recall')"
            " || self.thresholds.exists(t, t.metric == 'over_triage_rate')",
            OVER_TRIAGE_BESIDE,
        ),
        # The pattern of a fraction leaves 0, 0.…, 1 and 1.0…: its first digit says whether it lies below 1.
        (
            f"self.thresholds.all(t, !(t.metric in {list(UNWANTED)}) || (has(t.max) && !t.max.startsWith('1')))",
            MAX_BELOW_1,
        ),
        (
            f"self.thresholds.all(t, !(t.metric in {list(WANTED)}) || (has(t.min) && t.min.matches('[1-9]')))",
            MIN_ABOVE_0,
        ),
        ("self.confidence.matches('^0[.][5-9]')", CONFIDENCE_RANGE),
        (
            "!has(self.review) && !self.thresholds.exists(t, t.metric == 'nurse_agreement')",
            "this version has no blinded review: remove review and nurse_agreement, or wait for a version that has it",
        ),
    )

    adapter: Annotated[AdapterSource, described("The adapter to examine.")]
    serving: Annotated[Serving, described("Everything beside the adapter that shapes answers.")]
    suites: Annotated[
        tuple[Suite, ...], Field(min_length=1, max_length=32), described("The suites that the candidate answers.")
    ]
    thresholds: Annotated[
        tuple[Threshold, ...],
        Field(
            min_length=1,
            max_length=32,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["metric"]},
        ),
        described("What its metrics must show, one entry a metric."),
    ]
    confidence: Annotated[
        Fraction, described("One-sided confidence of every bound, from 0.5 up to but not including 1.")
    ] = "0.95"
    review: Annotated[Review | None, described("Refused in this version: there is no blinded review yet.")] = None
    report: Annotated[StoreUri, described("Folder below which the report's own is made: pvc://CLAIM/PATH.")]
    retries: Annotated[
        int,
        Field(ge=0, le=10),
        described(
            "Tries again after failures of the surroundings (exit 75, disruption); a verdict is never tried again."
        ),
    ] = 2
    active_deadline_seconds: Annotated[
        int, Field(ge=1, le=2_592_000), described("Seconds that each of its Jobs may take.")
    ] = 86_400
    ttl_seconds_after_finished: Annotated[
        int, Field(ge=60, le=2_592_000), described("Seconds that its Jobs and their logs are kept once it has ended.")
    ] = 604_800

    @field_validator("confidence")
    @classmethod
    def _confidence_means_something(cls, confidence: str) -> str:
        if not Number("0.5") <= Number(confidence) < 1:
            raise ValueError(CONFIDENCE_RANGE)
        return confidence

    @field_validator("thresholds")
    @classmethod
    def _thresholds_show_something(cls, thresholds: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
        if (problem := shows_nothing(thresholds)) is not None:
            raise ValueError(problem)
        return thresholds


class MetricResult(StatusModel):
    """One metric with its one-sided bounds at the gate's confidence; numbers are decimal strings."""

    metric: Annotated[str, described("The metric.")]
    value: Annotated[Decimal | None, described("count / total.")] = None
    lower: Annotated[Decimal | None, described("One-sided lower confidence bound, rounded down.")] = None
    upper: Annotated[Decimal | None, described("One-sided upper confidence bound, rounded up.")] = None
    count: Annotated[int | None, described("Cases counted.")] = None
    total: Annotated[int | None, described("Cases that could count.")] = None
    threshold: Annotated[
        str | None,
        described(
            "`>= LIMIT` on the lower bound or `<= LIMIT` on the upper one; absent on metrics that are only reported."
        ),
    ] = None
    verdict: Annotated[
        Literal["Pass", "Fail", "Inconclusive", "Reported"],
        described("Pass, Fail, Inconclusive, or Reported where there is no threshold."),
    ]
    needed: Annotated[
        int | None, described("Cases still missing before a pass could be shown at the present error count.")
    ] = None


class Report(StatusModel):
    """The evaluation report in the artifact store."""

    uri: Annotated[StoreUri, described("Folder of the report.")]
    digest: Annotated[
        Digest,
        described(
            "Digest of its index.json, which has the digests of report.json, report.html, cases.csv and the rest."
        ),
    ]


class EvalGateStatus(Conditions):
    """What the examination found."""

    state: Annotated[State | None, described("One word for where the examination is.")] = None
    candidate: Annotated[CandidateManifest | None, described("What is examined, part by part.")] = None
    candidate_digest: Annotated[Digest | None, described("Its digest: what an AdapterRelease asks for.")] = None
    adapter_uri: Annotated[StoreUri | None, described("Folder of the adapter.")] = None
    base_model_uri: Annotated[StoreUri | None, described("Folder of the base model.")] = None
    metrics: Annotated[
        tuple[MetricResult, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["metric"]}),
        described("What was found, by metric."),
    ] = ()
    baseline: Annotated[
        tuple[MetricResult, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["metric"]}),
        described("The same metrics of the base model without the adapter, for comparison only."),
    ] = ()
    report: Annotated[Report | None, described("The whole report.")] = None
    evidence_digest: Annotated[
        Digest | None, described("Digest of the signed evaluation statement in the audit chain.")
    ] = None
    progress: Annotated[str | None, described("Stages done of two: verified, evaluated.")] = None
    completed_at: Annotated[str | None, described("When it ended.")] = None


__all__ = ["AdapterSource", "EvalGateSpec", "EvalGateStatus", "MetricResult", "Name", "Threshold"]

"""What does a user ask for, and get told, with an EvalGate?"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
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

    fine_tune_run_ref: LocalReference | None = None
    uri: StoreUri | None = None
    digest: Digest | None = None
    base_model: BaseModelSource | None = None


class SystemPrompt(ApiModel):
    """Where the system prompt's text stands."""

    config_map_ref: ConfigMapReference


class OutputPolicy(ApiModel):
    """The output policy by the digest of its file."""

    digest: Digest


class Serving(ApiModel):
    """Everything beside the adapter that shapes answers."""

    system_prompt: SystemPrompt
    output_policy: OutputPolicy
    decoding: Decoding = Decoding()
    retrieval: Retrieval = Retrieval()


class Suite(ApiModel):
    """A suite of labelled cases, named by the digest of its manifest."""

    uri: StoreUri
    digest: Digest


class Threshold(ApiModel):
    """A bound on one metric: the confidence bound must lie on the right side, not the point estimate."""

    model_config = _model_config(("has(self.min) != has(self.max)", "a threshold has either min or max"))

    metric: MetricName
    min: Fraction | None = None
    max: Fraction | None = None


class Review(ApiModel):
    """Blinded review; kept in the schema so that asking for it is refused rather than dropped."""

    cases: Annotated[int, Field(ge=1, le=100_000)]
    reviewers_per_case: Annotated[int, Field(ge=1, le=10)] = 2
    adjudication: Literal["blinded"] = "blinded"


class EvalGateSpec(ApiModel):
    """Examine one candidate on suites and judge it by thresholds."""

    model_config = _model_config(
        ("self == oldSelf", "an EvalGate cannot change: create another one, so that each verdict has one question"),
        (
            "!self.thresholds.exists(t, t.metric == 'emergency_recall')"
            " || self.thresholds.exists(t, t.metric == 'over_triage_rate')",
            "a threshold on emergency_recall needs one on over_triage_rate beside it:"
            " a model that always says emergency must not pass",
        ),
        (
            "!has(self.review) && !self.thresholds.exists(t, t.metric == 'nurse_agreement')",
            "this version has no blinded review: remove review and nurse_agreement, or wait for a version that has it",
        ),
    )

    adapter: AdapterSource
    serving: Serving
    suites: Annotated[tuple[Suite, ...], Field(min_length=1, max_length=32)]
    thresholds: Annotated[
        tuple[Threshold, ...],
        Field(
            min_length=1,
            max_length=32,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["metric"]},
        ),
    ]
    # One-sided confidence of every bound.
    confidence: Annotated[Fraction, Field()] = "0.95"
    review: Review | None = None
    report: StoreUri
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    active_deadline_seconds: Annotated[int, Field(ge=1, le=2_592_000)] = 86_400
    ttl_seconds_after_finished: Annotated[int, Field(ge=60, le=2_592_000)] = 604_800


class MetricResult(StatusModel):
    """One metric with its one-sided bounds at the gate's confidence; numbers are decimal strings."""

    metric: str
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    # Cases counted for and in the metric: value = count / total.
    count: int | None = None
    total: int | None = None
    # ``>= LIMIT`` on the lower bound or ``<= LIMIT`` on the upper one; absent on metrics that are only reported.
    threshold: str | None = None
    verdict: Literal["Pass", "Fail", "Inconclusive", "Reported"]
    # Cases still missing before a pass could be shown at the present error count.
    needed: int | None = None


class Report(StatusModel):
    """The evaluation report in the artifact store."""

    uri: StoreUri
    digest: Digest


class EvalGateStatus(Conditions):
    """What the examination found."""

    state: State | None = None
    candidate: CandidateManifest | None = None
    candidate_digest: Digest | None = None
    adapter_uri: StoreUri | None = None
    base_model_uri: StoreUri | None = None
    metrics: Annotated[
        tuple[MetricResult, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["metric"]}),
    ] = ()
    # The same metrics of the base model without the adapter, for comparison only.
    baseline: Annotated[
        tuple[MetricResult, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["metric"]}),
    ] = ()
    report: Report | None = None
    # Digest of the signed evaluation statement; the statement is in the audit chain.
    evidence_digest: Digest | None = None
    progress: str | None = None
    completed_at: str | None = None


__all__ = ["AdapterSource", "EvalGateSpec", "EvalGateStatus", "MetricResult", "Name", "Threshold"]

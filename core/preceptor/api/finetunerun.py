"""What does a user ask for, and get told, with a FineTuneRun?"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from preceptor.api.base import (
    ApiModel,
    BaseModelSource,
    Conditions,
    Decimal,
    Digest,
    Fraction,
    Name,
    StatusModel,
    StoreUri,
    rules,
)

State = Literal[
    "Pending", "Queued", "Scanning", "Training", "Verifying", "Suspended", "Succeeded", "Blocked", "Failed", "Cancelled"
]


class Dataset(ApiModel):
    """A dataset folder, named by the digest of its manifest."""

    uri: StoreUri
    manifest_digest: Digest


class Method(ApiModel):
    """How the adapter is attached."""

    type: Literal["lora"] = "lora"
    rank: Annotated[int, Field(ge=1, le=256)] = 16
    alpha: Annotated[int, Field(ge=1, le=512)] = 32
    dropout: Fraction = "0"
    target_modules: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=128)], ...], Field(min_length=1, max_length=32)
    ] = ("all-linear",)


class Training(ApiModel):
    """Hyper-parameters; learning rate and weights are decimal strings."""

    epochs: Annotated[int, Field(ge=1, le=1000)] = 1
    max_steps: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    learning_rate: Decimal = "2e-4"
    warmup_ratio: Fraction = "0.03"
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 16
    max_length: Annotated[int, Field(ge=16, le=1_048_576)] = 512
    # Weight of the first answer tokens, where a classification stands; 1 is plain cross-entropy.
    first_tokens_weight: Decimal = "1"
    first_tokens: Annotated[int, Field(ge=0, le=64)] = 0


class Reproducibility(ApiModel):
    """How exactly the run can be repeated."""

    mode: Literal["fast", "deterministic", "invariant"] = "deterministic"
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = 17


class Compute(ApiModel):
    """What the training pod asks the cluster for."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=rules(
            ("self.nodes == 1", "this version trains on one node: set compute.nodes to 1"),
            ("self.strategy == 'ddp'", "this version trains with strategy ddp only: set compute.strategy to ddp"),
        ),
    )

    nodes: Annotated[int, Field(ge=1, le=1024)] = 1
    gpus_per_node: Annotated[int, Field(ge=0, le=16)] = 0
    strategy: Literal["ddp", "zero2", "zero3"] = "ddp"
    queue_name: Name | None = None


class Output(ApiModel):
    """The folder below which the run's own folder is made; an earlier run's artifacts are never overwritten."""

    uri: StoreUri


class FineTuneRunSpec(ApiModel):
    """PHI scan of the data, LoRA training, PHI scan of what came out, sealed adapter."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=rules(
            (
                "self.baseModel == oldSelf.baseModel && self.dataset == oldSelf.dataset",
                "baseModel and dataset cannot change: create another FineTuneRun",
            ),
            (
                "self.method == oldSelf.method && self.training == oldSelf.training"
                " && self.reproducibility == oldSelf.reproducibility && self.compute == oldSelf.compute",
                "method, training, reproducibility and compute cannot change: create another FineTuneRun",
            ),
            ("self.output == oldSelf.output", "output cannot change: create another FineTuneRun"),
            ("!oldSelf.cancel || self.cancel", "a cancelled run stays cancelled: create another FineTuneRun"),
        ),
    )

    base_model: BaseModelSource
    dataset: Dataset
    method: Method = Method()
    training: Training = Training()
    reproducibility: Reproducibility = Reproducibility()
    compute: Compute = Compute()
    output: Output
    suspend: bool = False
    cancel: bool = False
    # Only infrastructure failures (exit 75, disruption) are tried again; a verdict never is.
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    active_deadline_seconds: Annotated[int, Field(ge=1, le=2_592_000)] = 86_400
    ttl_seconds_after_finished: Annotated[int, Field(ge=60, le=2_592_000)] = 604_800


class Progress(StatusModel):
    """Where the training is; speeds are decimal strings."""

    step: int
    total: int
    text: str
    percentage: int
    loss: Decimal | None = None
    tokens_per_second: Decimal | None = None
    eta_seconds: int | None = None
    updated_at: str | None = None


class Scan(StatusModel):
    """One PHI scan: counts only."""

    target: Literal["dataset", "outputs"]
    verdict: str
    records: int | None = None
    findings: int | None = None
    report_digest: Digest | None = None


class Artifact(StatusModel):
    """The sealed adapter and the parts of its base model that shape answers."""

    uri: StoreUri
    digest: Digest
    base_model_uri: StoreUri
    base_model_digest: Digest
    tokenizer_digest: Digest
    chat_template_digest: Digest
    provenance_digest: Digest | None = None


class FineTuneRunStatus(Conditions):
    """What became of the run."""

    state: State | None = None
    progress: Progress | None = None
    scans: Annotated[
        tuple[Scan, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["target"]}),
    ] = ()
    artifact: Artifact | None = None
    started_at: str | None = None
    completed_at: str | None = None

"""What does a user ask for, and get told, with a FineTuneRun?"""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from preceptor.api.base import (
    ApiModel,
    Conditions,
    Decimal,
    Digest,
    Fraction,
    Name,
    OriginUri,
    StatusModel,
    StoreUri,
    described,
    rules,
)
from preceptor.hub import PATTERN as HUB_PATTERN
from preceptor.hub import SENTENCE as HUB_SENTENCE
from preceptor.hub import is_hub, names_commit

Strategy = Literal["ddp", "zero2", "zero3"]
State = Literal[
    "Pending",
    "Queued",
    "Scanning",
    "Fetching",
    "Proving",
    "Training",
    "Verifying",
    "Suspended",
    "Succeeded",
    "Blocked",
    "Failed",
    "Cancelled",
]


class BaseModelOrigin(ApiModel):
    """Where a run's base model comes from: a folder of a store, or a model of a hub that is first copied into one."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=rules((f"!self.uri.startsWith('hf://') || self.uri.matches('{HUB_PATTERN}')", HUB_SENTENCE)),
    )

    uri: Annotated[
        OriginUri,
        described(
            "Folder of the model: pvc://CLAIM/PATH, in the resource's namespace; "
            "or a model of a Hugging Face hub at one commit: hf://ORG/NAME@COMMIT."
        ),
    ]
    digest: Annotated[
        Digest,
        described("Digest of its manifest, as `preceptor manifest create` or `preceptor model fetch` prints it."),
    ]

    @model_validator(mode="after")
    def _a_hub_is_asked_for_a_commit(self) -> Self:
        # As the rule above says it: the operator may meet a spec that no API server with our rules has looked at.
        if is_hub(self.uri) and not names_commit(self.uri):
            raise ValueError(HUB_SENTENCE)
        return self


class Dataset(ApiModel):
    """A dataset folder, named by the digest of its manifest."""

    uri: Annotated[StoreUri, described("Folder of the dataset: pvc://CLAIM/PATH, in the resource's namespace.")]
    manifest_digest: Annotated[
        Digest, described("Digest of its manifest; a run without a matching manifest never starts.")
    ]


class Method(ApiModel):
    """How the adapter is attached."""

    type: Annotated[
        Literal["lora", "dora", "rslora"],
        described(
            "lora; dora (a learned magnitude beside the direction); rslora (scaled by the root of the "
            "rank, for high ranks)."
        ),
    ] = "lora"
    rank: Annotated[int, Field(ge=1, le=256), described("Rank of the adapter.")] = 16
    alpha: Annotated[int, Field(ge=1, le=512), described("Scale of the adapter; it is divided by the rank.")] = 32
    dropout: Annotated[
        Fraction, described("Share of the adapter's inputs dropped in training, as a decimal string.")
    ] = "0"
    target_modules: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=128)], ...],
        Field(min_length=1, max_length=32),
        described("Modules that get an adapter: all-linear, or names of modules."),
    ] = ("all-linear",)
    init: Annotated[
        Literal["default", "gaussian", "orthogonal", "pissa", "olora"],
        described(
            "First values of the adapter. default, gaussian and orthogonal begin at the base model; pissa and olora "
            "begin with parts of its weights, and are written as plain LoRA of twice the rank."
        ),
    ] = "default"
    modules_to_save: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=128)], ...],
        Field(max_length=32),
        described("Modules that are trained whole and written with the adapter, by name."),
    ] = ()
    quantization: Annotated[
        Literal["none", "int8", "nf4"],
        described("How the frozen base model is held in a GPU's memory: none, int8, or nf4 with double quantization."),
    ] = "none"


class Training(ApiModel):
    """Hyper-parameters; learning rate and weights are decimal strings."""

    epochs: Annotated[int, Field(ge=1, le=1000), described("How often every row is seen.")] = 1
    max_steps: Annotated[
        Annotated[int, Field(ge=1, le=10_000_000)] | None,
        described("Stop after this many optimizer steps, whatever the epochs."),
    ] = None
    learning_rate: Annotated[Decimal, described("Highest learning rate, as a decimal string.")] = "2e-4"
    warmup_ratio: Annotated[Fraction, described("Share of the steps in which the rate rises, as a decimal string.")] = (
        "0.03"
    )
    batch_size: Annotated[int, Field(ge=1, le=4096), described("Rows in one optimizer step.")] = 16
    max_length: Annotated[
        int, Field(ge=16, le=1_048_576), described("Longest row in tokens; longer ones are cut and counted.")
    ] = 512
    first_tokens_weight: Annotated[
        Decimal,
        described(
            "Weight in the loss of the first tokens of an answer, where a label stands; 1 is plain cross-entropy."
        ),
    ] = "1"
    first_tokens: Annotated[int, Field(ge=0, le=64), described("How many tokens have that weight; 0: none.")] = 0
    max_truncated: Annotated[
        Fraction,
        described("Largest share of rows that may be longer than maxLength and be cut, as a decimal string."),
    ] = "0.01"
    precision: Annotated[
        Literal["fp32", "bf16"] | None,
        described(
            "Type of the base model's numbers; the adapter's are fp32 always. Absent: fp32 on a CPU, the model's own "
            "on a GPU."
        ),
    ] = None
    attention: Annotated[
        Literal["sdpa", "eager", "flash"],
        described("How attention is computed; flash (FlashAttention-2, a GPU, half precision) or an error."),
    ] = "sdpa"
    gradient_checkpointing: Annotated[
        bool,
        described("Compute each layer twice instead of keeping what its backward pass needs: less memory, slower."),
    ] = False
    held_out: Annotated[
        Fraction,
        described(
            "Share of the rows that is not trained on, but on which losses are measured, as a decimal string; the "
            "adapter is then that of the step with the smallest."
        ),
    ] = "0"
    held_out_steps: Annotated[
        int, Field(ge=1, le=10_000_000), described("Steps between two looks at the rows held out.")
    ] = 50
    patience: Annotated[
        int,
        Field(ge=0, le=1000),
        described("Stop after so many looks at the rows held out without a smaller loss; 0: never."),
    ] = 0
    packing: Annotated[
        Literal["none", "best-fit"],
        described(
            "best-fit puts whole rows together up to maxLength, none sees another; batchSize then counts such packs."
        ),
    ] = "none"
    save_steps: Annotated[
        int,
        Field(ge=0, le=10_000_000),
        described("Steps between checkpoints; 0: only when told to stop. It changes no byte of the adapter."),
    ] = 100


class Reproducibility(ApiModel):
    """How exactly the run can be repeated."""

    mode: Annotated[
        Literal["fast", "deterministic", "invariant"],
        described(
            "fast, deterministic (same bytes on the same kind and number of processors) or invariant (same bytes on "
            "any number of ranks)."
        ),
    ] = "deterministic"
    seed: Annotated[int, Field(ge=0, le=2_147_483_647), described("Seed of order, adapter and dropout.")] = 17
    shards: Annotated[
        Annotated[int, Field(ge=1, le=1024)] | None,
        described(
            "Mode invariant: equal parts into which a batch is cut, whatever the number of ranks; must divide "
            "training.batchSize. Absent: four where four divides it. More ranks than shards have nothing to do."
        ),
    ] = None


class Compute(ApiModel):
    """What the training pod asks the cluster for."""

    nodes: Annotated[
        int,
        Field(ge=1, le=1024),
        described("Pods that train together; all their nodes must be able to mount the claims."),
    ] = 1
    gpus_per_node: Annotated[
        int,
        Field(ge=0, le=16),
        described("GPUs of each training pod (nvidia.com/gpu), one process each; 0: one process on the CPU."),
    ] = 0
    strategy: Annotated[
        Strategy,
        described(
            "What the processes keep each and what they share: ddp nothing, zero2 the optimizer's state (DeepSpeed), "
            "zero3 the base model too."
        ),
    ] = "ddp"
    ddp_timeout_seconds: Annotated[
        Annotated[int, Field(ge=1, le=86_400)] | None,
        described("Seconds that a rank waits for the others before it gives up; absent: the framework's own limit."),
    ] = None
    queue_name: Annotated[Name | None, described("Kueue LocalQueue that admits the training Job.")] = None


class Proof(ApiModel):
    """A proof before the training that it can be repeated."""

    steps: Annotated[
        int,
        Field(ge=1, le=100),
        described("Steps that are trained twice, in fresh processes, before the training; both must give one digest."),
    ] = 3


class Output(ApiModel):
    """The folder below which the run's own folder is made; an earlier run's artifacts are never overwritten."""

    uri: Annotated[StoreUri, described("Folder below which the run makes its own: pvc://CLAIM/PATH.")]


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
            (
                "(has(self.proof) == has(oldSelf.proof)) && (!has(self.proof) || self.proof == oldSelf.proof)",
                "proof cannot change: create another FineTuneRun",
            ),
            (
                "self.reproducibility.mode != 'invariant' || self.compute.strategy != 'zero3'",
                "mode invariant is not kept by strategy zero3: use ddp or zero2, or mode deterministic",
            ),
            (
                "self.reproducibility.mode != 'invariant' || self.compute.strategy != 'zero2'"
                " || self.compute.nodes * (self.compute.gpusPerNode > 0 ? self.compute.gpusPerNode : 1)"
                f" in {[2**power for power in range(15)]}",
                "mode invariant is kept by strategy zero2 with 1, 2, 4, 8, … processes only: use another number of "
                "nodes or GPUs, or strategy ddp",
            ),
            (
                "!has(self.reproducibility.shards) || self.reproducibility.mode == 'invariant'",
                "reproducibility.shards belongs to mode invariant: remove it, or change the mode",
            ),
            (
                "!has(self.reproducibility.shards) || self.training.batchSize % self.reproducibility.shards == 0",
                "reproducibility.shards must divide training.batchSize",
            ),
            (
                "!has(self.proof) || self.reproducibility.mode != 'fast'",
                "mode fast promises no repetition: set reproducibility.mode to deterministic or invariant, "
                "or leave proof out",
            ),
            ("!oldSelf.cancel || self.cancel", "a cancelled run stays cancelled: create another FineTuneRun"),
        ),
    )

    base_model: Annotated[BaseModelOrigin, described("The model that the adapter is for.")]
    dataset: Annotated[Dataset, described("What it is trained on.")]
    method: Annotated[Method, described("How the adapter is attached.")] = Method()
    training: Annotated[Training, described("Hyper-parameters.")] = Training()
    reproducibility: Annotated[Reproducibility, described("How exactly the run can be repeated.")] = Reproducibility()
    compute: Annotated[Compute, described("What the training pod asks the cluster for.")] = Compute()
    proof: Annotated[
        Proof | None, described("Absent: none. Otherwise condition Reproducible says what came of it.")
    ] = None
    output: Annotated[Output, described("Where the adapter goes.")]
    suspend: Annotated[bool, described("True holds the run; the stage that ran starts again when it is false.")] = False
    cancel: Annotated[bool, described("True ends the run for good.")] = False
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


class Progress(StatusModel):
    """Where the training is; speeds are decimal strings."""

    step: Annotated[int, described("Steps done.")]
    total: Annotated[int, described("Steps in all.")]
    text: Annotated[str, described("STEP/TOTAL, as printed by kubectl.")]
    percentage: Annotated[int, described("Percent of the steps done.")]
    loss: Annotated[Decimal | None, described("Loss of the latest step.")] = None
    tokens_per_second: Annotated[Decimal | None, described("Speed.")] = None
    eta_seconds: Annotated[int | None, described("Seconds left at this speed.")] = None
    updated_at: Annotated[str | None, described("When this was reported.")] = None


class Scan(StatusModel):
    """One PHI scan: counts only."""

    target: Annotated[
        Literal["dataset", "outputs"], described("What was scanned: dataset or outputs (training log and samples).")
    ]
    verdict: Annotated[str, described("The scan's reason: Clean, PhiFound, UnreadableRecord, …")]
    records: Annotated[int | None, described("Records read.")] = None
    findings: Annotated[int | None, described("Places with PHI, or that cannot be read.")] = None
    report_digest: Annotated[Digest | None, described("Digest of the scan's report.")] = None


class Artifact(StatusModel):
    """The sealed adapter and the parts of its base model that shape answers."""

    uri: Annotated[StoreUri, described("Folder of the sealed adapter.")]
    digest: Annotated[Digest, described("Digest of its manifest.")]
    base_model_uri: Annotated[StoreUri, described("Folder of the base model; of a hub's model, that of its copy.")]
    base_model_digest: Annotated[Digest, described("Digest of the base model's manifest.")]
    tokenizer_digest: Annotated[Digest, described("Digest of the base model's tokenizer files.")]
    chat_template_digest: Annotated[Digest, described("Digest of the chat template.")]
    provenance_digest: Annotated[
        Digest | None, described("Digest of the signed provenance statement in the audit chain.")
    ] = None


class TrainingStatus(StatusModel):
    """How the run is trained, and what that has taken."""

    mode: Annotated[str, described("The mode of reproducibility.")]
    strategy: Annotated[str, described("ddp, zero2 or zero3.")]
    world_size: Annotated[int, described("Processes that train together.")]
    pod_seconds: Annotated[
        int | None, described("Seconds that training pods which have ended took, tries that failed among them.")
    ] = None
    gpu_seconds: Annotated[int | None, described("The same times the GPUs of each pod.")] = None
    wasted_steps: Annotated[
        int | None, described("Steps that were done again because a try ended behind its last checkpoint.")
    ] = None


class FineTuneRunStatus(Conditions):
    """What became of the run."""

    state: Annotated[State | None, described("One word for where the run is.")] = None
    progress: Annotated[Progress | None, described("Where the training is.")] = None
    training: Annotated[TrainingStatus | None, described("How it is trained, and what that has taken.")] = None
    scans: Annotated[
        tuple[Scan, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["target"]}),
        described("The two PHI scans, by target."),
    ] = ()
    artifact: Annotated[Artifact | None, described("The sealed adapter; only when Succeeded.")] = None
    started_at: Annotated[str | None, described("When the operator first saw the run.")] = None
    completed_at: Annotated[str | None, described("When it ended.")] = None

"""What is a Job told, and what does it answer?"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from preceptor.api.base import ApiModel, BaseModelSource, Digest, HubUri, StatusModel, StoreUri
from preceptor.api.candidate import CandidateManifest, CandidateSources
from preceptor.api.evalgate import MetricResult, Suite, Threshold
from preceptor.api.finetunerun import Dataset, Method, Reproducibility, Strategy, Training
from preceptor.digests import digest_json
from preceptor.exits import BadInput
from preceptor.manifests import sentence_of

JOB_FILE = Path("/preceptor/job.json")
TERMINATION_LOG = Path("/dev/termination-log")
RESULT_LIMIT = 3072


class Owner(ApiModel):
    """The custom resource that the Job works for."""

    kind: Literal["FineTuneRun", "EvalGate", "AdapterRelease"]
    namespace: str
    name: str
    uid: str


class Job(ApiModel):
    """Fields of every Job file."""

    schema_version: Literal[1] = 1
    owner: Owner


class PhiScanInput(ApiModel):
    """One folder to scan. With a manifest digest, every byte is checked against it first."""

    uri: StoreUri
    manifest_digest: Digest | None = None


class PhiScanJob(Job):
    """Scan folders for PHI and write a report that holds no value."""

    kind: Literal["PhiScan"] = "PhiScan"
    target: Literal["dataset", "outputs"]
    inputs: tuple[PhiScanInput, ...]
    report_uri: StoreUri


class FetchJob(Job):
    """Copy a model of a hub into a store, with a manifest, and only if the manifest has the digest asked for."""

    kind: Literal["Fetch"] = "Fetch"
    source: HubUri
    digest: Digest
    target_uri: StoreUri


class ProgressEndpoint(ApiModel):
    """Where the trainer reports its steps: the protocol of transformers' KubeflowCallback."""

    url: str
    ca_file: str = "/preceptor/ca.crt"
    token_file: str = "/var/run/preceptor/token"  # noqa: S105 - a path, not a secret


class Gang(ApiModel):
    """How many processes train together: so many pods with so many each. The pod's environment says where they meet."""

    nodes: Annotated[int, Field(ge=1)]
    processes_per_node: Annotated[int, Field(ge=1)]


class TrainJob(Job):
    """Train one adapter. Writes ``adapter/`` (with manifest), ``logs/`` and ``samples/`` below output_uri."""

    kind: Literal["Train"] = "Train"
    base_model: BaseModelSource
    dataset: Dataset
    method: Method
    training: Training
    reproducibility: Reproducibility
    gang: Gang | None = None
    strategy: Strategy = "ddp"
    # Seconds that a rank waits for the others before it gives up; None: the framework's own limit.
    ddp_timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    output_uri: StoreUri
    progress: ProgressEndpoint | None = None


class ProveJob(Job):
    """Train the first steps of a training twice, in fresh processes, and compare the adapters' digests."""

    kind: Literal["Prove"] = "Prove"
    steps: Annotated[int, Field(ge=1, le=100)]
    # Ranks of the second training; two only in mode invariant.
    ranks: Annotated[int, Field(ge=1, le=2)] = 1
    # The training itself; the prover replaces its number of steps and its outputUri.
    train: TrainJob


class SealJob(Job):
    """Re-hash the adapter below output_uri and write ``provenance.json`` and ``seal.json`` beside it."""

    kind: Literal["Seal"] = "Seal"
    output_uri: StoreUri
    adapter_digest: Digest
    provenance: dict[str, object]


class VerifyArtifact(ApiModel):
    """A folder whose every byte must match the manifest with this digest."""

    role: Literal["adapter", "baseModel", "dataset", "suite"]
    uri: StoreUri
    digest: Digest


class VerifyJob(Job):
    """Re-hash folders and say which digests they have."""

    kind: Literal["Verify"] = "Verify"
    # Why it is verified; the same artifacts are verified anew for each purpose.
    purpose: Literal["examine", "request", "release"] = "examine"
    # The approvals that a release follows, by digest: each set of them is followed by a verification of its own.
    approvals: Digest | None = None
    artifacts: tuple[VerifyArtifact, ...]


class EvaluateJob(Job):
    """Examine one candidate on suites, and the base model beside it for comparison."""

    kind: Literal["Evaluate"] = "Evaluate"
    candidate: CandidateManifest
    candidate_digest: Digest
    sources: CandidateSources
    suites: tuple[Suite, ...]
    thresholds: tuple[Threshold, ...]
    confidence: str
    report_uri: StoreUri
    baseline: bool = True


AnyJob = Annotated[
    PhiScanJob | FetchJob | ProveJob | TrainJob | SealJob | VerifyJob | EvaluateJob,
    Field(discriminator="kind"),
]
_JOB: TypeAdapter[PhiScanJob | FetchJob | ProveJob | TrainJob | SealJob | VerifyJob | EvaluateJob] = TypeAdapter(AnyJob)


class JobFile:
    """A Job file whose bytes are read once: what is obeyed is what the Result names, whatever the file says later.

    A process that read it twice, once to obey and once to say what it obeyed, could be given two texts.
    """

    def __init__(self, path: Path = JOB_FILE) -> None:
        self.path = path
        self._fault: BadInput | None = None
        self._document: Any = None
        try:
            self._document = json.loads(path.read_bytes())
        except OSError as error:
            self._fault = BadInput(f"The Job file {path} cannot be read: {error.strerror}.", reason="JobUnreadable")
        except (ValueError, RecursionError):
            self._fault = BadInput(f"The Job file {path} is not understood: it is no JSON.", reason="JobInvalid")

    @property
    def kind(self) -> str | None:
        """The kind that it names, even where the rest of it is wrong."""
        kind = self._document.get("kind") if isinstance(self._document, dict) else None
        return kind if isinstance(kind, str) else None

    def job(self) -> PhiScanJob | FetchJob | ProveJob | TrainJob | SealJob | VerifyJob | EvaluateJob:
        """What it asks for. Raises BadInput on a file that could not be read, an unknown version, kind or field."""
        if self._fault is not None:
            raise self._fault
        try:
            # Not the bytes: a name that stands in them twice would be for two parsers to choose from.
            return _JOB.validate_json(json.dumps(self._document))
        except ValidationError as error:
            raise BadInput(
                f"The Job file {self.path} is not understood: {sentence_of(error)}.", reason="JobInvalid"
            ) from None

    def question(self) -> dict[str, str]:
        """Its digest as the operator computes it, or nothing: an answer without it counts for no Job."""
        try:
            return {"job": job_digest(self._document)}
        except (ValueError, AttributeError, RecursionError):
            return {}


def job_digest(document: Mapping[str, Any]) -> str:
    """Digest of what a Job file asks for: of all but ``progress``, which is only where to report meanwhile.

    Every Result carries it as ``digests["job"]``, so that an answer belongs to one question.
    """
    return digest_json({field: value for field, value in document.items() if field != "progress"})


def suites_digest(suites: Iterable[Suite]) -> str:
    """Digest of suites in their order: an evaluation's Result carries that of the suites it read as ``suites``."""
    return digest_json([suite.digest for suite in suites])


class Result(StatusModel):
    """What a Job answers in its termination message: counts and digests, never text from data."""

    schema_version: Literal[1] = 1
    kind: Literal["PhiScan", "Fetch", "Prove", "Train", "Seal", "Verify", "Evaluate"]
    verdict: Literal["pass", "fail", "inconclusive", "error"]
    # CamelCase, from a fixed vocabulary of the Job's kind; "error" verdicts name what failed.
    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=64)]
    # A sentence about files, fields and counts for the person who reads the status; never a value from data.
    message: Annotated[str, Field(max_length=512)] = ""
    digests: dict[str, Digest] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    metrics: tuple[MetricResult, ...] = ()
    baseline: tuple[MetricResult, ...] = ()


def write_result(result: Result, path: Path = TERMINATION_LOG) -> None:
    """Write a Result where the kubelet reads it. Raises ValueError when it is larger than the contract allows."""
    text = result.model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=False)
    if len(text.encode()) > RESULT_LIMIT:
        raise ValueError(f"a Result of {len(text)} characters exceeds {RESULT_LIMIT} bytes")
    path.write_text(text)


def parse_result(text: str) -> Result:
    """Parse a termination message. Raises ValueError when it is not a Result: the Job then counts as ResultMissing."""
    if not text or len(text.encode()) > RESULT_LIMIT:
        raise ValueError("no Result in the termination message")
    return Result.model_validate_json(text)

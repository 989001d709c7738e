"""What is to be trained, whoever asked: a Job file or a configuration?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from preceptor.api.finetunerun import Method, Reproducibility, Strategy, Training
from preceptor.api.jobs import ProgressEndpoint, TrainJob
from preceptor.api.trainconfig import TrainConfig
from preceptor.stores import local_path


@dataclass(frozen=True)
class Source:
    """Files on this machine: where, under which digest (None: whatever lies there), and what sentences call them."""

    path: Path
    digest: str | None
    called: str


@dataclass(frozen=True)
class Request:
    """One training. ``timeout_seconds`` is how long a rank waits for the others; None: the framework's own limit."""

    base: Source
    dataset: Source
    method: Method
    training: Training
    reproducibility: Reproducibility
    strategy: Strategy
    timeout_seconds: int | None
    output: Path
    output_called: str
    progress: ProgressEndpoint | None = None

    @property
    def invariant(self) -> bool:
        """Whether the adapter's bytes must not depend on the number of ranks."""
        return self.reproducibility.mode == "invariant"


def of_job(job: TrainJob) -> Request:
    """The request of a Job file. Raises BadInput on a URI that is no store of this pod."""
    return Request(
        base=Source(local_path(job.base_model.uri), job.base_model.digest, job.base_model.uri),
        dataset=Source(local_path(job.dataset.uri), job.dataset.manifest_digest, job.dataset.uri),
        method=job.method,
        training=job.training,
        reproducibility=job.reproducibility,
        strategy=job.strategy,
        timeout_seconds=job.ddp_timeout_seconds,
        output=local_path(job.output_uri),
        output_called=f"outputUri {job.output_uri}",
        progress=job.progress,
    )


def of_config(config: TrainConfig, out: Path) -> Request:
    """The request of a configuration that ``preceptor.api.trainconfig.read`` returned."""
    base, dataset = config.base_model, config.dataset
    return Request(
        base=Source(local_path(base.uri), base.digest, base.uri.removeprefix("file://")),
        dataset=Source(local_path(dataset.uri), dataset.manifest_digest, dataset.uri.removeprefix("file://")),
        method=config.method,
        training=config.training,
        reproducibility=config.reproducibility,
        strategy=config.strategy,
        timeout_seconds=config.ddp_timeout_seconds,
        output=out.absolute(),
        output_called=f"--out {out}",
    )

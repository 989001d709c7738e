"""What would a stranger need to train this adapter again, and to say what was different if it came out otherwise?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.api.trainconfig import BaseModelPlace, DatasetPlace, TrainConfig
from preceptor.digests import canonical_json
from preceptor.exits import BadInput
from preceptor_trainer import __version__
from preceptor_trainer.output import RECORD_FILE
from preceptor_trainer.recipe import Recipe


def document(
    recipe: Recipe,
    *,
    adapter: str,
    shards: int,
    steps: int,
    environment: dict[str, Any],
    resumed: list[int],
    wasted: int = 0,
) -> dict[str, Any]:
    """The record of a finished training: a configuration with every digest filled in, what it made, and where it ran.

    ``resumed`` are the steps from which processes went on, ``wasted`` the number of those done again. Nothing here
    enters the adapter's digest.
    """
    request, inputs = recipe.request, recipe.inputs
    config = TrainConfig(
        base_model=BaseModelPlace(uri=_uri(request.base.path), digest=inputs.base.digest),
        dataset=DatasetPlace(uri=_uri(request.dataset.path), manifest_digest=inputs.dataset.digest),
        method=request.method,
        training=request.training,
        reproducibility=request.reproducibility,
        strategy=request.strategy,
        ddp_timeout_seconds=request.timeout_seconds,
    )
    return {
        "schemaVersion": 1,
        "adapter": adapter,
        "recipe": recipe.digest,
        "config": config.document(),
        "worldSize": recipe.world_size,
        "shards": shards,
        "steps": steps,
        "resumedAfterSteps": resumed,
        "wastedSteps": wasted,
        "trainer": __version__,
        "environment": environment,
    }


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a record as canonical JSON."""
    path.write_bytes(canonical_json(content) + b"\n")


@dataclass(frozen=True)
class Record:
    """A record that was read, and the run's folder. ``images`` are those that a seal or signature names."""

    folder: Path
    adapter: str
    config: TrainConfig
    world_size: int
    environment: dict[str, Any]
    images: tuple[str, ...] = ()


def read(folder: Path) -> Record:
    """The record of a run's folder. Raises BadInput when there is none, or it is not of this version."""
    path = folder / RECORD_FILE
    try:
        content = json.loads(path.read_bytes())
        return Record(
            folder=folder,
            adapter=str(content["adapter"]),
            config=TrainConfig.model_validate(content["config"]),
            world_size=int(content["worldSize"]),
            environment=dict(content["environment"]),
        )
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}): name the folder of a finished training.", reason="RecordMissing"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(
            f"{path} is no record of a training of this version: train anew, or use the version that wrote it.",
            reason="RecordInvalid",
        ) from None


def _uri(path: Path) -> str:
    return f"file://{path.absolute()}"

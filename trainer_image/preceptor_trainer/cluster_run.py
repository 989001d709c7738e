"""Which adapter did a FineTuneRun of a cluster make, and where on this machine does its sealed folder lie?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from preceptor.api.finetunerun import Artifact, FineTuneRunSpec
from preceptor.cluster import Cluster
from preceptor.exits import BadInput, TryAgain
from preceptor.stores import claim_of, local_path
from preceptor_trainer import provenance, reasons, reproduce
from preceptor_trainer.provenance import Said
from preceptor_trainer.record import Record

_GOES_ON = ("", "Pending", "Queued", "Scanning", "Training", "Verifying", "Suspended")


@dataclass(frozen=True)
class ClusterRun:
    """A FineTuneRun that ended with a sealed adapter. ``called`` names it in sentences."""

    called: str
    namespace: str
    spec: FineTuneRunSpec
    artifact: Artifact

    @property
    def said(self) -> Said:
        """What the cluster says of the training. Nobody signed that."""
        return provenance.of_run(self.spec, self.artifact.digest, self.called)

    @property
    def base_model(self) -> Path | None:
        """The base model that it was trained on, where its claim is mounted here."""
        return _mounted(self.artifact.base_model_uri)

    @property
    def dataset(self) -> Path | None:
        """Its dataset, where that claim is mounted here."""
        return _mounted(self.spec.dataset.uri)


def sealed(cluster: Cluster, namespace: str, name: str) -> ClusterRun:
    """A run by its name. Raises BadInput where it has no adapter, TryAgain where it has none yet."""
    found = cluster.object("finetuneruns", namespace, name)
    status: Mapping[str, Any] = found.get("status") or {}
    called, state = f"FineTuneRun {namespace}/{name}", str(status.get("state") or "")
    if not status.get("artifact"):
        if state in _GOES_ON:
            raise TryAgain(
                f"{called} has not ended ({state or 'not begun'}): run this again when it has Succeeded.",
                reason="RunUnfinished",
            )
        raise BadInput(f"{called} ended as {state} and sealed no adapter: name one that Succeeded.", reason="RunFailed")
    try:
        return ClusterRun(
            called,
            namespace,
            FineTuneRunSpec.model_validate(found["spec"]),
            Artifact.model_validate(status["artifact"]),
        )
    except (ValidationError, KeyError):
        raise BadInput(
            f"{called} is not of this version: use the version of preceptor that the cluster runs.",
            reason="RunInvalid",
        ) from None


def find(run: ClusterRun, places: list[Path]) -> Record:
    """The record of a run: below ``places``, or in its store where that is mounted here.

    Raises BadInput (``StoreUnreadable``) where the store is not, and the run lies nowhere else.
    """
    lies = local_path(run.artifact.uri).parent
    is_here = os.path.isdir(lies)
    try:
        return reproduce.find(run.artifact.digest, [*places, *([lies] if is_here else [])])
    except BadInput as error:
        if is_here or error.reason != "RecordMissing":
            raise
    looked = f" and it is not below {', '.join(str(place) for place in places)}" if places else ""
    raise BadInput(
        f"The folder of {run.called} lies in the claim {claim_of(run.artifact.uri)} of namespace {run.namespace}, "
        f"which is not mounted here ({lies} is no folder){looked}: copy that folder out of a pod that mounts the claim "
        "(kubectl cp) and say with --in where it lies, or run this where the claim is mounted.",
        reason=reasons.STORE_UNREADABLE,
    )


def _mounted(uri: str) -> Path | None:
    path = local_path(uri)
    return path if os.path.isdir(path) else None

"""Are the base model and the dataset the ones that the job names?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor import manifests
from preceptor.api.jobs import TrainJob
from preceptor.exits import BadInput
from preceptor.manifests import Manifest
from preceptor.snapshot import private_copy
from preceptor.stores import local_path
from preceptor.weights import unsafe
from preceptor_trainer import reasons, rows
from preceptor_trainer.rows import Row

CONFIG_FILE = "config.json"


@dataclass(frozen=True)
class Inputs:
    """What is trained, on what: a checked copy that nobody else can write to, and rows hashed as they were read."""

    base_folder: Path
    base: Manifest
    dataset: Manifest
    rows: tuple[Row, ...]

    @property
    def digests(self) -> dict[str, str]:
        """The digests that provenance and candidate name, by role."""
        return {
            "baseModel": self.base.digest,
            "tokenizer": manifests.tokenizer_digest(self.base),
            "chatTemplate": manifests.chat_template_digest(self.base),
            "dataset": self.dataset.digest,
        }


def gather(job: TrainJob, scratch: Path) -> Inputs:
    """Check and read everything that a job names, before torch is imported; the base model is copied into ``scratch``.

    A store may change between a check and a later reading, so nothing of it is read again: what is trained on is what
    was checked.

    Raises BadInput when a folder is missing or holds something else, CheckFailed (``ManifestMismatch``) when a byte
    differs from what the digest promises, TryAgain when the copy has no room (``ScratchFull``) or a store does not
    answer (``StoreUnready``).
    """
    store = _folder(job.base_model.uri, "base model", "baseModel.uri", reasons.BASE_MODEL_MISSING)
    # The dataset first: what is wrong with it should not wait for gigabytes.
    dataset_folder = _folder(job.dataset.uri, "dataset", "dataset.uri", reasons.DATASET_MISSING)
    dataset = manifests.verify(dataset_folder, job.dataset.manifest_digest)
    if dataset.kind != "dataset":
        raise BadInput(
            f"{job.dataset.uri} has a manifest of kind {dataset.kind}, not dataset: name the training data.",
            reason=reasons.DATASET_INVALID,
        )
    found = rows.read(dataset_folder, dataset)
    base_folder = scratch / "base"
    base = private_copy(store, base_folder, job.base_model.digest, called=job.base_model.uri)
    _check_base(base_folder, base, job)
    return Inputs(base_folder=base_folder, base=base, dataset=dataset, rows=found)


def _folder(uri: str, what: str, field: str, reason: str) -> Path:
    folder = local_path(uri)
    if not folder.is_dir():
        raise BadInput(f"The {what} {uri} does not exist: put it there or correct {field}.", reason=reason)
    return folder


def _check_base(folder: Path, base: Manifest, job: TrainJob) -> None:
    if base.kind != "model":
        raise BadInput(
            f"{job.base_model.uri} has a manifest of kind {base.kind}, not model: name a base model.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    paths = [entry.path for entry in base.files]
    for needed, there in (
        (CONFIG_FILE, CONFIG_FILE in paths),
        ("a tokenizer (tokenizer.json)", "tokenizer.json" in paths),
        ("weights (*.safetensors)", any(path.endswith(".safetensors") for path in paths)),
    ):
        if not there:
            raise BadInput(
                f"The base model {job.base_model.uri} holds no {needed}: save it in Hugging Face's form.",
                reason=reasons.BASE_MODEL_INVALID,
            )
    found = unsafe(paths)
    if found is not None:
        # The examination would refuse the same file, only hours later.
        raise BadInput(
            f"The base model {job.base_model.uri} holds {manifests.called_in(found, paths)}, which is not safetensors: "
            "such files can run code when they are read; remove it and make the manifest anew.",
            reason=reasons.UNSAFE_WEIGHTS,
        )
    config = read_config(folder)
    limit = config.get("max_position_embeddings")
    if isinstance(limit, int) and job.training.max_length > limit:
        raise BadInput(
            f"training.maxLength is {job.training.max_length}, but the base model reads at most {limit} tokens: "
            "lower maxLength.",
            reason=reasons.TRAINING_INVALID,
        )


def read_config(folder: Path) -> dict[str, Any]:
    """The model's config.json. Raises BadInput when it is no JSON object or wants code from the folder to be run."""
    try:
        config = json.loads((folder / CONFIG_FILE).read_bytes())
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise BadInput(
            f"{CONFIG_FILE} of the base model is not a JSON object: save the model anew.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    if "auto_map" in config:
        raise BadInput(
            f"{CONFIG_FILE} of the base model asks for code of its own to be run (auto_map): this is never done.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    return config

"""Are the base model and the dataset the ones that the job names?"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor import manifests
from preceptor.digests import digest_json
from preceptor.exits import BadInput, CheckFailed
from preceptor.manifests import Manifest
from preceptor.snapshot import private_copy, renamed, room_in_scratch
from preceptor.weights import unsafe
from preceptor_trainer import reasons, rows
from preceptor_trainer.guard import FULL, UNREADY
from preceptor_trainer.request import Request, Source
from preceptor_trainer.rows import Row

CONFIG_FILE = "config.json"
# Names in a scratch folder.
BASE, DATASET = "base", "dataset"
# A single file's manifest is called like the file, with this for its suffix.
MANIFEST_SUFFIX = ".manifest.json"
# Version 5 identifiers of this name space are drawn from the digests of files without a manifest.
UNSTATED = uuid.uuid5(uuid.NAMESPACE_DNS, "unstated.preceptor.dev")


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


def gather(request: Request, scratch: Path) -> Inputs:
    """Check and read everything that is named, before torch is imported; the base model is copied into ``scratch``.

    A store may change between a check and a later reading, so nothing of it is read again: what is trained on is what
    was checked.

    Raises BadInput when a folder is missing or holds something else, or its manifest is not the one that a field names;
    CheckFailed (``ManifestMismatch``) when a byte differs from what the manifest promises; TryAgain when the copy has
    no room (``ScratchFull``) or a store does not answer (``StoreUnready``).
    """
    if request.base.path.is_file():
        raise BadInput(
            f"The base model {request.base.called} is a file: name the folder of a model in Hugging Face's form.",
            reason=reasons.BASE_MODEL_INVALID,
        )
    if not request.base.path.is_dir():
        raise _missing("base model", request.base, "baseModel.uri", reasons.BASE_MODEL_MISSING)
    # Both digests before anything is copied: the wrong one in a field is the caller's mistake, and nobody's tampering.
    _check_named(request.dataset, "dataset.manifestDigest")
    _check_named(request.base, "baseModel.digest")
    # The dataset first: what is wrong with it should not wait for gigabytes.
    dataset, found = _dataset(request, scratch)
    base_folder = scratch / BASE
    base = private_copy(
        request.base.path,
        base_folder,
        request.base.digest,
        called=request.base.called,
        unsealed=lambda folder: _unstated(folder, "model", request.base.path.name, 0),
    )
    _check_base(base_folder, base, request)
    return Inputs(base_folder=base_folder, base=base, dataset=dataset, rows=found)


def join(request: Request, scratch: Path, base_folder: Path) -> Inputs:
    """What ``gather`` returns, for a process beside the one that checked and copied the base model of this machine."""
    dataset, found = _dataset(request, scratch)
    return Inputs(base_folder=base_folder, base=manifests.read(base_folder), dataset=dataset, rows=found)


def _dataset(request: Request, scratch: Path) -> tuple[Manifest, tuple[Row, ...]]:
    source = request.dataset
    with _readable(source):
        folder = source.path
        single = folder.is_file()
        if single and folder.suffix not in rows.SUFFIXES:
            raise BadInput(
                f"The dataset {source.called} is a file of another kind: name one that ends in "
                f"{' or '.join(rows.SUFFIXES)}, or a folder with such files and their manifest.",
                reason=reasons.DATASET_INVALID,
            )
        if not single and not folder.is_dir():
            raise _missing("dataset", source, "dataset.uri", reasons.DATASET_MISSING)
        try:
            if single:
                folder = _folder_of(folder, scratch / DATASET)
            manifest = manifests.verify(folder, source.digest)
        except (BadInput, CheckFailed) as error:
            copied = renamed(error, scratch / DATASET / manifests.FILE_NAME, f"The manifest of {source.called}")
            raise renamed(copied, folder, source.called) from None
        if manifest.kind != "dataset":
            raise BadInput(
                f"{source.called} has a manifest of kind {manifest.kind}, not dataset: name the training data.",
                reason=reasons.DATASET_INVALID,
            )
        return manifest, rows.read(folder, manifest, source.called)


@contextmanager
def _readable(source: Source) -> Iterator[None]:
    """Turn a file that cannot be read into a sentence; a store that does not answer, or scratch that is full, stay."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL | UNREADY:
            raise
        raise BadInput(
            f"The dataset {source.called} cannot be read ({error.strerror or type(error).__name__}): let the user that "
            "trains read all of it.",
            reason=reasons.STORE_UNREADABLE,
        ) from None


def _folder_of(file: Path, folder: Path) -> Path:
    """A folder with a private copy of a single file and its manifest, which lies beside it or states nothing."""
    folder.mkdir()
    with room_in_scratch(f"A private copy of {file.name}"):
        shutil.copyfile(file, folder / file.name)
    beside = file.with_suffix(MANIFEST_SUFFIX)
    if beside.is_file():
        shutil.copyfile(beside, folder / manifests.FILE_NAME)
    else:
        count = rows.count(folder / file.name)
        manifests.write(_unstated(folder, "dataset", file.stem, count), folder)
    return folder


def _unstated(folder: Path, kind: str, name: str, count: int) -> Manifest:
    """A manifest of what nobody answers for: its digest is a function of the files and their name alone."""
    content = digest_json([entry.model_dump(mode="json") for entry in manifests.list_files(folder)])
    return manifests.create(
        folder,
        kind=kind,
        name=name,
        provenance_id=uuid.uuid5(UNSTATED, content),
        source="not stated",
        deid_method="not stated",
        curator="not stated",
        date="1970-01-01",
        licence="not stated",
        record_count=count,
        schema_name="messages" if kind == "dataset" else kind,
    )


def _check_named(source: Source, field: str) -> None:
    """Raise BadInput where a folder or a single file has a manifest, and another one than the field names."""
    single = source.path.is_file() and source.path.suffix in rows.SUFFIXES
    path = source.path.with_suffix(MANIFEST_SUFFIX) if single else source.path / manifests.FILE_NAME
    if source.digest is None or not path.is_file():
        return
    try:
        found = manifests.read_file(path).digest
    except BadInput as error:
        raise renamed(error, path, f"The manifest of {source.called}") from None
    if found != source.digest:
        raise BadInput(
            f"{field} is {source.digest}, but the manifest of {source.called} has digest {found}: name the present "
            f"digest, or restore the {'file and its manifest' if single else 'folder'}.",
            reason=reasons.MANIFEST_MISMATCH,
        )


def _missing(what: str, source: Source, field: str, reason: str) -> BadInput:
    return BadInput(f"The {what} {source.called} does not exist: put it there or correct {field}.", reason=reason)


def _check_base(folder: Path, base: Manifest, request: Request) -> None:
    if base.kind != "model":
        raise BadInput(
            f"{request.base.called} has a manifest of kind {base.kind}, not model: name a base model.",
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
                f"The base model {request.base.called} holds no {needed}: save it in Hugging Face's form.",
                reason=reasons.BASE_MODEL_INVALID,
            )
    found = unsafe(paths)
    if found is not None:
        # The examination would refuse the same file, only hours later.
        raise BadInput(
            f"The base model {request.base.called} holds {manifests.called_in(found, paths)}, which is not "
            "safetensors: such files can run code when they are read; remove it and make the manifest anew.",
            reason=reasons.UNSAFE_WEIGHTS,
        )
    config = read_config(folder)
    limit = config.get("max_position_embeddings")
    if isinstance(limit, int) and request.training.max_length > limit:
        raise BadInput(
            f"training.maxLength is {request.training.max_length}, but the base model reads at most {limit} tokens: "
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

"""Is every dataset that is about to be committed named by a manifest beside it?"""

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from pydantic import ValidationError

from preceptor.hooks.staged import Staged, opened, read, staged_at
from preceptor.manifests import FILE_NAME, Manifest

_SUFFIXES = (
    ".jsonl",
    ".ndjson",
    ".csv",
    ".tsv",
    ".parquet",
    ".arrow",
    ".feather",
    ".jsonl.gz",
    ".jsonl.zst",
    ".csv.gz",
)
_MANIFEST_LIMIT = 16 << 20
_CHANGED = "is not what its manifest says: make it anew and stage it"


def is_dataset(path: str) -> bool:
    """Whether a file is called like data."""
    return path.lower().endswith(_SUFFIXES)


def objections(blobs: Sequence[Staged]) -> list[tuple[Staged, str]]:
    """The blobs that are data and have no manifest in the index that names exactly them, each with why."""
    manifests: dict[str, Manifest | None] = {}
    found: list[tuple[Staged, str]] = []
    for blob in blobs:
        if is_dataset(blob.path):
            why = _objection(blob, manifests)
            if why:
                found.append((blob, why))
    return found


def _objection(blob: Staged, manifests: dict[str, Manifest | None]) -> str:
    path = PurePosixPath(blob.path)
    # A single file may have a manifest of its own beside it, called NAME.manifest.json.
    own = _manifest(path.with_suffix(".manifest.json").as_posix())
    named = own.entry(path.name) if own is not None else None
    if named is not None:
        return "" if named.sha256 == _digest(blob) else _CHANGED
    for folder in PurePosixPath(blob.path).parents:
        place = (folder / FILE_NAME).as_posix()
        if place not in manifests:
            manifests[place] = _manifest(place)
        manifest = manifests[place]
        if manifest is None:
            continue
        entry = manifest.entry(PurePosixPath(blob.path).relative_to(folder).as_posix())
        if entry is None:
            return "is not in the manifest of its folder: run `preceptor manifest create` and stage it"
        return "" if entry.sha256 == _digest(blob) else _CHANGED
    return "has no manifest.json beside or above it: run `preceptor manifest create` and stage it"


def _manifest(place: str) -> Manifest | None:
    found = staged_at(place)
    if found is None:
        return None
    try:
        return Manifest.model_validate_json(read(found.oid, _MANIFEST_LIMIT))
    except ValidationError:
        return None


def _digest(blob: Staged) -> str:
    code = hashlib.sha256()
    with opened(blob.oid) as stream:
        while chunk := stream.read(1 << 18):
            code.update(chunk)
    return f"sha256:{code.hexdigest()}"

"""Is a run's folder still what it was sealed as?

Beside ``adapter/``, ``logs/`` and ``samples/`` of a sealed run lie

    provenance.json   the canonical JSON of how it came to be
    seal.json         the canonical JSON of {schemaVersion, adapter, provenance, files: [{path, sha256}]}

both without a final newline, so that a file's digest is its JSON's digest.
"""

import json
from pathlib import Path
from typing import Any, Final

from preceptor import manifests
from preceptor.digests import canonical_json, digest_bytes
from preceptor.exits import CheckFailed

ADAPTER: Final = "adapter"
SEALED_FOLDERS: Final = (ADAPTER, "logs", "samples")
SEAL_FILE: Final = "seal.json"
PROVENANCE_FILE: Final = "provenance.json"


def seal_document(folder: Path, adapter: str, provenance: str) -> dict[str, Any]:
    """The seal of a run's folder as it stands. Raises CheckFailed (``OutputMissing``) when a sealed folder is gone."""
    files: list[dict[str, str]] = []
    for name in SEALED_FOLDERS:
        if not (folder / name).is_dir():
            raise CheckFailed(
                f"{folder} has no folder {name}: what the run wrote was moved or removed; train again.",
                reason="OutputMissing",
            )
        files.extend({"path": f"{name}/{e.path}", "sha256": e.sha256} for e in manifests.list_files(folder / name))
    return {
        "schemaVersion": 1,
        "adapter": adapter,
        "provenance": provenance,
        "files": sorted(files, key=lambda entry: entry["path"]),
    }


def check_seal(adapter: Path, adapter_digest: str) -> dict[str, str]:
    """Compare a run's folder with the seal in it and return the digests of seal and provenance.

    Raises CheckFailed (``SealMismatch``) when the seal cannot be read or anything that it covers was changed, added or
    removed.
    """
    folder = adapter.parent
    try:
        content = (folder / SEAL_FILE).read_bytes()
        provenance = digest_bytes((folder / PROVENANCE_FILE).read_bytes())
        seal = json.loads(content)
        sealed = {entry["path"]: entry["sha256"] for entry in seal["files"]}
    except (OSError, ValueError, TypeError, KeyError):
        raise CheckFailed(
            f"{SEAL_FILE} or {PROVENANCE_FILE} in {folder} cannot be read: restore them, or train again.",
            reason="SealMismatch",
        ) from None
    present = seal_document(folder, adapter_digest, provenance)
    if canonical_json(present) != content:
        now = {entry["path"]: entry["sha256"] for entry in present["files"]}
        changed = sorted(path for path in sealed.keys() | now.keys() if sealed.get(path) != now.get(path))
        what = (
            manifests.called_in(changed[0], changed)
            if changed
            else "the adapter's digest, the provenance or the seal itself"
        )
        raise CheckFailed(
            f"{folder} is not as it was sealed ({what} differs): restore it, or train and examine again.",
            reason="SealMismatch",
        )
    return {"seal": digest_bytes(content), "provenance": provenance}

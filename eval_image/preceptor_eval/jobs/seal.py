"""What exactly came out of a training run, fixed by digest so that any later change shows?

What a SealJob writes beside the run's folders is told in :mod:`preceptor.seals`.
"""

import os
from pathlib import Path
from typing import Final

import rfc8785

from preceptor import manifests
from preceptor.api.jobs import Result, SealJob
from preceptor.digests import canonical_json, digest_bytes
from preceptor.exits import BadInput, CheckFailed
from preceptor.seals import ADAPTER, PROVENANCE_FILE, SEAL_FILE, seal_document
from preceptor.stores import local_path
from preceptor_eval.jobs.seen import outputs_digest

WEIGHTS: Final = "adapter_model.safetensors"
# Weights in any other form (pickle) can run code when they are loaded, and what is not a known file is not examined.
ALLOWED: Final = frozenset({WEIGHTS, "adapter_config.json", manifests.CHAT_TEMPLATE_FILE, "README.md"}) | (
    manifests.TOKENIZER_FILES
)


def run(job: SealJob) -> Result:
    """Seal a run's folder; the same Job again finds the same seal and passes.

    Raises CheckFailed when the adapter is not the one that the Job names (``ManifestMismatch``), holds a file that an
    adapter may not hold (``UnexpectedFile``), an output folder is gone (``OutputMissing``), or the folder was sealed
    with other content (``SealedOtherwise``).
    """
    folder = local_path(job.output_uri)
    manifest = manifests.verify(folder / ADAPTER, job.adapter_digest)
    check_files(manifest)
    try:
        provenance = canonical_json(job.provenance)
    except (rfc8785.CanonicalizationError, ValueError):
        raise BadInput(
            "The Job's provenance has no canonical JSON (RFC 8785): use numbers below 2^53 and no NaN.",
            reason="ProvenanceInvalid",
        ) from None
    document = seal_document(folder, manifest.digest, digest_bytes(provenance))
    seal = canonical_json(document)
    outputs = [entry for entry in document["files"] if not entry["path"].startswith(f"{ADAPTER}/")]
    print(f"Sealing {manifest.name}: {len(manifest.files)} adapter files.", flush=True)
    write_once(folder / PROVENANCE_FILE, provenance)
    write_once(folder / SEAL_FILE, seal)
    return Result(
        kind="Seal",
        verdict="pass",
        reason="Sealed",
        message="The adapter, its logs and its samples are sealed.",
        digests={
            "adapter": manifest.digest,
            "provenance": digest_bytes(provenance),
            "seal": digest_bytes(seal),
            # As the scan of the outputs found them: another digest there means that they changed in between.
            "outputs": outputs_digest(outputs),
        },
        counts={"files": len(manifest.files)},
    )


def check_files(manifest: manifests.Manifest) -> None:
    """Raise CheckFailed unless the manifest is an adapter's and names safetensors weights and known files only."""
    if manifest.kind != "adapter":
        raise CheckFailed(
            f"The folder to seal has a manifest of kind {manifest.kind}, not adapter: train it again.",
            reason="UnexpectedKind",
        )
    for entry in manifest.files:
        if entry.path not in ALLOWED:
            raise CheckFailed(
                f"The adapter holds {manifests.called_in(entry.path, (e.path for e in manifest.files))}, "
                "which an adapter may not: remove it and make the manifest again.",
                reason="UnexpectedFile",
            )
    if manifest.entry(WEIGHTS) is None:
        raise CheckFailed(f"The adapter holds no {WEIGHTS}: train it again.", reason="OutputMissing")


def write_once(path: Path, content: bytes) -> None:
    """Write a file by rename; the same content again is fine. Raises CheckFailed (``SealedOtherwise``) on another."""
    if path.is_symlink() or path.exists():
        if path.is_symlink() or path.read_bytes() != content:
            raise CheckFailed(
                f"{path} is there with digest {digest_or_link(path)}, but {digest_bytes(content)} was to be written: "
                "a sealed run is never sealed again; train into a new folder.",
                reason="SealedOtherwise",
            )
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        # Half a file on a full disk would take the room that the next try needs.
        temporary.unlink(missing_ok=True)


def digest_or_link(path: Path) -> str:
    """Digest of a file for an error's sentence."""
    return "of a link" if path.is_symlink() else digest_bytes(path.read_bytes())

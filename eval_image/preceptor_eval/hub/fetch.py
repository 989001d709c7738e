"""How does a model of a hub become a folder that is known by its manifest?

The manifest is a function of the URI and of what lies at its commit, so that everybody who fetches a model finds the
same digest. The folder appears under its name by a rename, whole and verified.
"""

import errno
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import Final

from preceptor import manifests
from preceptor.exits import BadInput, CheckFailed, TryAgain
from preceptor.hub import HubModel
from preceptor.manifests import Manifest
from preceptor_eval.hub import client, files

# What the library keeps about a download, below the folder that it fills.
LIBRARY_FOLDER: Final = ".cache"
# Beside the files: manifest, metadata of the download, blocks that are not full.
SPARE_BYTES: Final = 16 << 20
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def fetch(model: HubModel, folder: Path, *, digest: str | None, shown: str, mark: str) -> tuple[Manifest, bool]:
    """Have a model's files in ``folder`` with their manifest; returns it, and whether anything was downloaded.

    What is there already is verified instead of downloaded. ``digest`` is what the manifest must have, ``shown`` how
    sentences call the folder, ``mark`` tells the unfinished folders of several fetches apart: one that a killed fetch
    with the same mark left is removed.

    Raises CheckFailed (``ManifestMismatch``) where the digest is another one or the folder that is there was changed,
    BadInput where the model cannot be had or is no causal language model, TryAgain where hub or store are not ready.
    """
    if _taken(folder):
        return _present(model, folder, digest, shown), False
    unfinished = folder.with_name(f".incomplete-{folder.name}-{mark}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            manifest = _downloaded(model, unfinished, digest, shown)
            return _published(model, manifest, unfinished, folder, shown), True
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        if error.errno in FULL:
            raise TryAgain(
                f"The store of {shown} is full: free space on it, or enlarge it.", reason="StoreFull"
            ) from None
        raise BadInput(
            f"Nothing can be written to {shown} ({error.strerror or type(error).__name__}): "
            "let this process write there (in a Job that is user 10001), or name another place.",
            reason="OutputUnwritable",
        ) from None


def _taken(folder: Path) -> bool:
    """Whether anything has the name already; an empty folder is as good as none."""
    if folder.is_dir() and not folder.is_symlink():
        return any(folder.iterdir())
    return folder.is_symlink() or folder.exists()


def _present(model: HubModel, folder: Path, digest: str | None, shown: str) -> Manifest:
    try:
        manifest = manifests.verify(folder, digest)
    except (BadInput, CheckFailed) as error:
        raise CheckFailed(
            f"{shown} is there, but is not what was asked for: delete it, and it is fetched anew. "
            + str(error).replace(str(folder), shown),
            reason="ManifestMismatch",
        ) from None
    if manifest.source != model.uri:
        raise CheckFailed(
            f"{shown} is there and comes from somewhere else than {model.uri}: name another folder, or delete it.",
            reason="ManifestMismatch",
        )
    return manifest


def _downloaded(model: HubModel, unfinished: Path, digest: str | None, shown: str) -> Manifest:
    """Download into a folder of its own, write the manifest, and compare. Raises as ``fetch`` does."""
    listing = client.listing(model)
    names = files.wanted(listing.sizes)
    files.require_causal_model(names, model)
    sizes = {name: listing.sizes[name] for name in names}
    _require_space(sum(sizes.values()), unfinished.parent, shown)
    # Standard output is for the digest alone.
    print(f"Fetching {len(names)} files, {sum(sizes.values()) >> 20} MiB, of {model.uri}.", file=sys.stderr, flush=True)
    client.download(model, names, unfinished)
    # Were any of it left, the manifest would not be what the hub lists.
    shutil.rmtree(unfinished / LIBRARY_FOLDER, ignore_errors=True)
    card = unfinished / files.CARD
    manifest = manifests.create(
        unfinished,
        kind="model",
        name=model.repository,
        provenance_id=uuid.uuid5(uuid.NAMESPACE_URL, model.uri),
        source=model.uri,
        deid_method="none: published weights",
        curator=model.owner,
        date=listing.day,
        licence=files.licence_of(card.read_bytes() if card.is_file() else None),
        record_count=0,
        schema_name="model",
    )
    if {entry.path: entry.size for entry in manifest.files} != sizes:
        raise TryAgain(
            f"What was downloaded of {model.uri} is not what the hub lists: try again.", reason="HubUnavailable"
        )
    if digest is not None and manifest.digest != digest:
        raise CheckFailed(
            f"{model.uri} has digest {manifest.digest}, but {digest} was asked for: "
            "name the digest that `preceptor model fetch` prints for this very commit. Nothing was kept.",
            reason="ManifestMismatch",
        )
    manifests.write(manifest, unfinished)
    return manifest


def _published(model: HubModel, manifest: Manifest, unfinished: Path, folder: Path, shown: str) -> Manifest:
    """Give the folder its name once every byte is on the disk."""
    for path in sorted(unfinished.rglob("*")):
        _to_disk(path)
    _to_disk(unfinished)
    try:
        os.rename(unfinished, folder)
    except OSError:
        if not folder.is_dir():
            raise
        # Another run fetched the same model meanwhile.
        return _present(model, folder, manifest.digest, shown)
    _to_disk(folder.parent)
    return manifest


def _require_space(size: int, parent: Path, shown: str) -> None:
    free = shutil.disk_usage(parent).free
    if size + SPARE_BYTES > free:
        raise TryAgain(
            f"{shown} needs {(size + SPARE_BYTES) >> 20} MiB and its store has {free >> 20} MiB free: "
            "free space on it, or enlarge it.",
            reason="StoreFull",
        )


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

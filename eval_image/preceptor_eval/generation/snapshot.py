"""Is what will be loaded what was checked?"""

import shutil
from pathlib import Path

from preceptor import manifests
from preceptor.exits import BadInput, CheckFailed, PreceptorError, TryAgain
from preceptor.stores import local_path

# Beside the copies, for what loading writes.
SPARE_BYTES = 64 << 20


def private_copy(uri: str, target: Path, digest: str, *, stores: Path | None = None) -> manifests.Manifest:
    """Copy a folder to ``target``, check every copied byte against a manifest's digest, and return the manifest.

    What is checked is the copy, and what is loaded is the copy: a store that changes between the two, or under a model
    that is mapped into memory, changes nothing. Raises CheckFailed and BadInput as ``manifests.verify`` does, BadInput
    (``StoreUnreadable``) where the folder cannot be read, TryAgain (``ScratchFull``) where the copy has no room.
    """
    try:
        source = local_path(uri, stores=stores)
        _require_space(uri, source, target)
        # Links are copied as links, so that the check of the copy finds and refuses them.
        shutil.copytree(source, target, symlinks=True, copy_function=shutil.copyfile)
        return manifests.verify(target, digest)
    except (BadInput, CheckFailed) as error:
        raise renamed(error, target, uri) from None
    except (OSError, shutil.Error) as error:
        raise BadInput(
            f"{uri} cannot be copied to be examined ({_cause(error)}): "
            "check that the store is mounted and readable, and that the pod's temporary folder has room.",
            reason="StoreUnreadable",
        ) from None


def renamed(error: PreceptorError, copy: Path, uri: str) -> PreceptorError:
    """The same failure with the store's name for the folder, where its sentence names the copy."""
    return type(error)(str(error).replace(str(copy), uri), reason=error.reason)


def _require_space(uri: str, source: Path, target: Path) -> None:
    needed = sum(path.lstat().st_size for path in source.rglob("*")) + SPARE_BYTES
    free = shutil.disk_usage(target.parent).free
    if needed > free:
        raise TryAgain(
            f"A private copy of {uri} needs {needed >> 20} MiB and the pod's temporary folder has {free >> 20} MiB: "
            "give the node or the pod more ephemeral storage.",
            reason="ScratchFull",
        )


def _cause(error: OSError) -> str:
    if isinstance(error, shutil.Error):
        return f"{len(error.args[0])} files failed"
    return error.strerror or type(error).__name__

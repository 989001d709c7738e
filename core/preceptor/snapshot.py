"""Is what will be used what was checked?"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from preceptor import manifests
from preceptor.exits import BadInput, CheckFailed, PreceptorError, TryAgain

# Beside the copies, for what loading writes.
SPARE_BYTES = 64 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
# A store that answers none of these now may answer later: network volumes fail like this.
_UNREADY: Final = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN})


def private_copy(
    source: Path,
    target: Path,
    digest: str | None,
    *,
    called: str,
    unsealed: Callable[[Path], manifests.Manifest] | None = None,
) -> manifests.Manifest:
    """Copy a folder to ``target``, check every copied byte against a manifest's digest, and return the manifest.

    Without a digest any manifest will do, and where ``unsealed`` is given, none: it makes that of the copy.

    What is checked is the copy, and what is used is the copy: a store that changes between the two, or under a model
    that is mapped into memory, changes nothing. Sentences call the folder as ``called`` says.

    Raises CheckFailed and BadInput as ``manifests.verify`` does, BadInput (``StoreUnreadable``) where the folder cannot
    be read, and TryAgain where the copy has no room (``ScratchFull``) or the store does not answer (``StoreUnready``).
    """
    try:
        with room_in_scratch(f"A private copy of {called}"):
            _require_space(called, source, target)
            _copy(source, target, called)
            if unsealed is not None and digest is None and not (target / manifests.FILE_NAME).exists():
                manifests.write(unsealed(target), target)
        return manifests.verify(target, digest)
    except (BadInput, CheckFailed) as error:
        raise renamed(error, target, called) from None
    except OSError as error:
        if error.errno in _UNREADY:
            raise TryAgain(
                f"The store of {called} does not answer ({errno.errorcode[error.errno]}): it is tried again.",
                reason="StoreUnready",
            ) from None
        raise BadInput(
            f"{called} cannot be copied to be checked ({error.strerror or type(error).__name__}): "
            "check that the store is mounted and readable, and that the pod's temporary folder can be written.",
            reason="StoreUnreadable",
        ) from None


def renamed(error: PreceptorError, copy: Path, called: str) -> PreceptorError:
    """The same failure with the store's name for the folder, where its sentence names the copy."""
    return type(error)(str(error).replace(str(copy), called), reason=error.reason)


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder that nobody else can write to, deleted in the end. Raises TryAgain (``ScratchFull``) where none fits."""
    try:
        with room_in_scratch("A private folder"):
            folder = TemporaryDirectory(prefix=prefix)
    except FileNotFoundError:
        # What tempfile says when it can write to none of the folders that it knows.
        raise _scratch_full("A private folder") from None
    with folder as name:
        yield Path(name)


@contextmanager
def room_in_scratch(what: str) -> Iterator[None]:
    """Turn a write that finds no room into TryAgain (``ScratchFull``), which names the pod's folder and not a claim."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _scratch_full(what) from None


def _scratch_full(what: str, numbers: str = "has no room in the pod's temporary folder") -> TryAgain:
    return TryAgain(f"{what} {numbers}: give the node or the pod more ephemeral storage.", reason="ScratchFull")


def _require_space(called: str, source: Path, target: Path) -> None:
    needed = sum(path.lstat().st_size for path in source.rglob("*")) + SPARE_BYTES
    free = shutil.disk_usage(target.parent).free
    if needed > free:
        raise _scratch_full(
            f"A private copy of {called}",
            f"needs {needed >> 20} MiB and the pod's temporary folder has {free >> 20} MiB",
        )


def _copy(source: Path, target: Path, called: str) -> None:
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            place = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                _copy(Path(entry.path), place, called)
            elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                # Links are copied as links, so that the check of the copy finds and refuses them.
                shutil.copyfile(entry.path, place, follow_symlinks=False)
            else:
                raise BadInput(f"{called} holds a special file: use regular files.", reason="UnsupportedFile")

"""Where the project, its cache and the running cluster's state lie on this machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from preceptor_local.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
"""The repository's root: images and tools are built from the sources beside this package."""

TOOLS = ROOT / "local" / "tools"

_SHM = Path("/dev/shm")
_STATE_ROOM = 6 << 30
"""Bytes that a cluster with all images loaded may need, with room to spare."""


def cache() -> Path:
    """The folder of everything that may be deleted and made again: `$PRECEPTOR_CACHE` or `~/.cache/preceptor`."""
    named = os.environ.get("PRECEPTOR_CACHE")
    folder = Path(named) if named else Path.home() / ".cache" / "preceptor"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def state() -> Path:
    """The one folder of the running cluster: `$PRECEPTOR_STATE`, or a tmpfs with room, or the cache.

    A tmpfs, because deleting a containerd root on a disk takes minutes and on a tmpfs a second.
    """
    named = os.environ.get("PRECEPTOR_STATE")
    if named:
        folder = Path(named)
        if not folder.is_absolute():
            raise UsageError(
                f"PRECEPTOR_STATE is {named!r}: name an absolute folder, such as /dev/shm/preceptor-local."
            )
        return Path(os.path.normpath(folder))
    chosen, other = _SHM / "preceptor-local", cache() / "cluster"
    if chosen.is_dir():
        return chosen
    # One that was started while the tmpfs was full is still the one to ask, and to take down, when it is not.
    return chosen if not other.is_dir() and _is_tmpfs(_SHM) and _room(_SHM) >= _STATE_ROOM else other


def beside_state(name: str) -> Path:
    """The folder of another cluster of this machine, such as the tests' own, beside :func:`state`."""
    return state().with_name(name)


def _is_tmpfs(path: Path) -> bool:
    try:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return False
    return any(line.split()[1:3] == [str(path), "tmpfs"] for line in mounts)


def _room(path: Path) -> int:
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def digest_of(parts: Iterable[bytes]) -> str:
    """Twelve hex digits that change when any part changes; length prefixes keep them apart."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()[:12]


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the machine-wide lock `name`, so that two commands never build or start the same thing at once."""
    folder = cache() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

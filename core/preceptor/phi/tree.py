"""Which files lie below a path?"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, or a place that cannot be gone into: ``fault`` says why. ``name`` is relative to what was asked."""

    path: Path
    name: str
    fault: str = ""


def entries_below(path: Path) -> Iterator[Entry]:
    """Every file of a folder, or the file itself, in a fixed order.

    Links are entries too, which the scan reports as unreadable: what they lead to is not followed. So is a folder that
    cannot be listed, or that lies within itself.
    """
    if path.is_symlink() or not path.is_dir():
        yield Entry(path, path.name)
        return
    yield from _below(path, path, frozenset())


def files_below(path: Path) -> Iterator[tuple[Path, str]]:
    """Path and name of every entry of :func:`entries_below`."""
    for entry in entries_below(path):
        yield entry.path, entry.name


def _below(top: Path, folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Entry]:
    name = folder.relative_to(top).as_posix()
    try:
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        # A folder that is mounted below itself has the same identity again.
        if identity in above:
            yield Entry(folder, name, "NotARegularFile")
            return
        with os.scandir(folder) as found:
            children = sorted(found, key=lambda entry: entry.name)
    except (OSError, ValueError):
        yield Entry(folder, name, "DirectoryUnreadable")
        return
    folders: list[Path] = []
    for child in children:
        if child.is_dir(follow_symlinks=False):
            folders.append(Path(child.path))
        else:
            yield Entry(Path(child.path), Path(child.path).relative_to(top).as_posix())
    for each in folders:
        yield from _below(top, each, above | {identity})

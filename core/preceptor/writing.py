"""How does a file that somebody named get its content, without harm to what was there?"""

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from preceptor.exits import BadInput

# The place is right and has no room.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Output:
    """A file that is written beside its place and takes it when it is whole; what it replaces is there until then.

    A link stays, and what it leads to is written. A pipe or a device is written into as it is: it is never replaced.
    Raises OSError.
    """

    def __init__(self, path: Path, *, mode: int = 0o666) -> None:
        kind = _kind(path)
        if kind == stat.S_IFDIR:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        self._place: Path | None = None
        if kind not in (0, stat.S_IFREG):
            self._written = path
            descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY)
        else:
            self._place = Path(os.path.realpath(path))
            self._written = self._place.with_name(f".{self._place.name}.{secrets.token_hex(4)}")
            descriptor = os.open(self._written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        self.file: IO[bytes] = os.fdopen(descriptor, "wb")

    def keep(self) -> None:
        """Give what was written its place."""
        self.file.flush()
        if self._place is not None:
            os.fsync(self.file.fileno())
        self.file.close()
        if self._place is not None:
            os.replace(self._written, self._place)
            self._place = None

    def drop(self) -> None:
        """Leave everything as it was; nothing after :meth:`keep`."""
        try:
            self.file.close()
        finally:
            if self._place is not None:
                self._written.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file as :class:`Output` does. Raises OSError."""
    output = Output(path, mode=mode)
    try:
        output.file.write(content)
        output.keep()
    finally:
        output.drop()


def require_output(what: str, path: Path, inputs: Iterable[Path]) -> None:
    """Raise BadInput where ``path`` is a folder, or one of the files that are read, under whatever name.

    ``what`` begins the sentence and names no path: a path's own name may be PHI.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return
    if stat.S_ISDIR(status.st_mode):
        raise BadInput(f"{what} is to be a file, and what you named is a folder: name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        return
    if any(_is_it(each, status) for each in inputs):
        raise BadInput(
            f"{what} would overwrite what is read: the file that you named for it is one of the inputs. Name another."
        )


def _is_it(path: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), status)
    except (OSError, ValueError):
        return False


def _kind(path: Path) -> int:
    """The kind of what a path leads to; 0 where there is nothing yet."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        return 0

"""Which bytes exactly did the scanner read?"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from preceptor.digests import digest_file, digest_json
from preceptor.exits import CheckFailed
from preceptor.manifests import FILE_NAME, Manifest
from preceptor.phi.pieces import Piece, pieces_of
from preceptor.phi.tree import Entry
from preceptor.snapshot import room_in_scratch, scratch_folder

_CHUNK = 1 << 20


class SeenFolder:
    """Has private copies of a folder's files scanned, so that what is judged is what is hashed.

    A file that is hashed in one reading and scanned in another may be two files: whoever can write to the store could
    show the one to the check and the other to the scanner. A copy is there only while its pieces are scanned.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.digests: dict[str, str] = {}
        self._scratch = ExitStack()
        self._open: dict[Path, int] = {}

    def __enter__(self) -> Self:
        self._copies = self._scratch.enter_context(scratch_folder("preceptor-scan-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()

    def pieces(self, entries: Iterable[Entry], is_log: Callable[[str], bool]) -> Iterator[Piece]:
        """The pieces of copies of the files. Raises TryAgain (``ScratchFull``) when /tmp is full."""
        for number, entry in enumerate(entries):
            # There is no copy of a link or of what cannot be read: the scanner reports it as unreadable.
            copy = self._copies / str(number)
            if not entry.fault and _copied(entry.path, copy):
                self.digests[entry.name] = digest_file(copy)
            pieces = list(pieces_of(copy, entry.name, log=is_log(entry.name), fault=entry.fault or _fault(entry, copy)))
            self._open[copy] = len(pieces)
            yield from pieces

    def done(self, piece: Piece) -> None:
        """A piece was scanned; after its last piece a copy goes."""
        self._open[piece.path] -= 1
        if not self._open[piece.path]:
            del self._open[piece.path]
            piece.path.unlink(missing_ok=True)

    def entries(self) -> list[dict[str, str]]:
        """Path and digest of each file as it was scanned, in the form of a seal's entries."""
        return [{"path": f"{self._name}/{path}", "sha256": digest} for path, digest in self.digests.items()]

    def check(self, manifest: Manifest) -> None:
        """Raise CheckFailed (``ManifestMismatch``) unless exactly the manifest's bytes were scanned."""
        expected = {entry.path: entry.sha256 for entry in manifest.files}
        scanned = {path: digest for path, digest in self.digests.items() if path != FILE_NAME}
        if scanned != expected:
            differing = sum(scanned.get(path) != expected.get(path) for path in scanned.keys() | expected.keys())
            raise CheckFailed(
                f"{differing} file(s) of the folder changed while they were scanned: find out who writes to the store, "
                "and scan again.",
                reason="ManifestMismatch",
            )


def outputs_digest(entries: list[dict[str, str]]) -> str:
    """Digest of what a run left beside its adapter: the scan's and the seal's are compared."""
    return digest_json(sorted(entries, key=lambda entry: entry["path"]))


def _fault(entry: Entry, copy: Path) -> str:
    if copy.exists():
        return ""
    return "ReadError" if entry.path.is_file() and not entry.path.is_symlink() else "NotARegularFile"


def _copied(path: Path, copy: Path) -> bool:
    """Copy a regular file; False when it is none or cannot be read.

    Raises TryAgain (``ScratchFull``) when the copy has no room, and OSError when it cannot be written otherwise.
    """
    try:
        # Neither follow a link nor wait for the other end of a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with (
        room_in_scratch("A private copy of a file that is to be scanned"),
        os.fdopen(descriptor, "rb") as source,
        copy.open("wb") as target,
    ):
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            copy.unlink()
            return False
        while True:
            try:
                chunk = source.read(_CHUNK)
            except OSError:
                copy.unlink()
                return False
            if not chunk:
                return True
            target.write(chunk)

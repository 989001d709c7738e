"""Which bytes exactly did the scanner read?"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from preceptor.digests import digest_file, digest_json
from preceptor.exits import CheckFailed
from preceptor.manifests import FILE_NAME, Manifest
from preceptor.phi.scan import Scanner
from preceptor.phi.types import Finding
from preceptor.snapshot import room_in_scratch, scratch_folder

_CHUNK = 1 << 20


class SeenFolder:
    """Scans private copies of a folder's files, so that what is judged is what is hashed.

    A file that is hashed in one reading and scanned in another may be two files: whoever can write to the store could
    show the one to the check and the other to the scanner.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.digests: dict[str, str] = {}

    def scan(self, scanner: Scanner, path: Path, name: str, *, log: bool) -> Iterator[Finding]:
        """The findings of one file below the folder, reported under ``name``.

        Raises TryAgain (``ScratchFull``) when /tmp is full.
        """
        with scratch_folder("preceptor-scan-") as folder:
            copy = folder / path.name
            if _copied(path, copy):
                self.digests[name] = digest_file(copy)
                yield from scanner.file(copy, name, log=log)
            else:
                # There is no copy of a link or of what cannot be read: the scanner reports it as unreadable.
                yield from scanner.file(copy, name, log=log)

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

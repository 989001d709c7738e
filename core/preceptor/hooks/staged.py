"""What is about to be committed?"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from preceptor.exits import BadInput, TryAgain

_LINK, _MODULE = "120000", "160000"
_MANY = 200


@dataclass(frozen=True, slots=True)
class Staged:
    """One blob of the index."""

    path: str
    oid: str
    size: int
    is_link: bool = False


def staged(paths: Sequence[str] = ()) -> list[Staged]:
    """The blobs that a commit would add or change; with paths, what the index holds for them, changed or not.

    Submodules hold no blob here. Raises BadInput outside a repository.
    """
    listed = list(_of_paths(paths)) if paths else list(_changed())
    sizes = _sizes([oid for _, oid, _ in listed])
    return [
        Staged(path, oid, sizes[oid], mode == _LINK)
        for mode, oid, path in sorted(listed, key=lambda each: each[2])
        if mode != _MODULE
    ]


@contextmanager
def opened(oid: str) -> Iterator[IO[bytes]]:
    """A blob's bytes as a buffered stream. Raises TryAgain when git stops before its end."""
    with subprocess.Popen(
        ["git", "cat-file", "blob", oid], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1 << 18
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
            whole = not process.stdout.read(1)
        finally:
            process.stdout.close()
    if whole and process.returncode:
        raise TryAgain("git cannot read a staged blob: check the repository with `git fsck`.")


def read(oid: str, limit: int) -> bytes:
    """The first ``limit`` bytes of a blob."""
    with subprocess.Popen(
        ["git", "cat-file", "blob", oid], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        data = process.stdout.read(limit)
        process.stdout.close()
    return data


def _changed() -> Iterator[tuple[str, str, str]]:
    """(mode, object, path) of what differs from HEAD; a repository without a commit has everything changed."""
    words = ["git", "diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=ACMT"]
    fields = _git(words).split("\0")
    for head, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, oid, _ = head.split(" ")
        yield mode, oid, path


def _of_paths(paths: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for first in range(0, len(paths), _MANY):
        chosen = [f":(literal){path}" for path in paths[first : first + _MANY]]
        for line in _git(["git", "ls-files", "--stage", "-z", "--", *chosen]).split("\0"):
            if line:
                head, _, path = line.partition("\t")
                mode, oid, _ = head.split(" ")
                yield mode, oid, path


def _sizes(oids: Sequence[str]) -> dict[str, int]:
    if not oids:
        return {}
    out = _git(["git", "cat-file", "--batch-check=%(objectname) %(objectsize)"], "".join(f"{oid}\n" for oid in oids))
    sizes: dict[str, int] = {}
    for line in out.splitlines():
        oid, _, size = line.partition(" ")
        sizes[oid] = int(size) if size.isdecimal() else 0
    return {oid: sizes.get(oid, 0) for oid in oids}


def _git(words: Sequence[str], given: str = "") -> str:
    try:
        done = subprocess.run(words, input=given.encode(), capture_output=True, check=False)
    except OSError:
        raise BadInput("This hook needs git: it is not installed, or not on the PATH.") from None
    if done.returncode:
        # What git says may quote a path.
        raise BadInput("git cannot tell what is staged: run this inside a repository.")
    return done.stdout.decode("utf-8", "surrogateescape")

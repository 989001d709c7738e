"""What is about to be committed?"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from preceptor.exits import BadInput, TryAgain
from preceptor.phi.labels import called

_LINK, _MODULE = "120000", "160000"
_MANY = 200
_LISTED = ("--stage", "--full-name", "-z", "--")


@dataclass(frozen=True, slots=True)
class Staged:
    """One blob of the index."""

    path: str
    oid: str
    size: int
    is_link: bool = False


def staged(paths: Sequence[str] = ()) -> list[Staged]:
    """The blobs that a commit would add or change; with paths, what the index holds for them, changed or not.

    Paths count from the present folder, and the blobs' from the repository's root. Submodules hold no blob here. Raises
    BadInput outside a repository, and for a path of which the index has neither a blob nor that it is deleted: what
    was not looked at is not clean.
    """
    listed = list(_of_paths(paths)) if paths else list(_changed())
    return _sized(listed)


def staged_at(place: str) -> Staged | None:
    """The blob of one path, counted from the repository's root; None where the index has none."""
    found = _sized(list(_listed(_git(["git", "ls-files", *_LISTED, f":(top,literal){place}"]))))
    return found[0] if found else None


def _sized(listed: Sequence[tuple[str, str, str]]) -> list[Staged]:
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
        chosen = paths[first : first + _MANY]
        done = _run(["git", "ls-files", "--error-unmatch", *_LISTED, *map(_literal, chosen)])
        # To git an empty path is the whole folder.
        if done.returncode or "" in chosen:
            # git says which in words alone, and so each is asked about.
            for path in chosen:
                _require_staged(path)
            done = _run(["git", "ls-files", *_LISTED, *map(_literal, chosen)])
        yield from _listed(_output(done))


def _listed(output: str) -> Iterator[tuple[str, str, str]]:
    for line in output.split("\0"):
        if line:
            head, _, path = line.partition("\t")
            mode, oid, _ = head.split(" ")
            yield mode, oid, path


def _require_staged(path: str) -> None:
    if path and not _run(["git", "ls-files", "--error-unmatch", *_LISTED, _literal(path)]).returncode:
        return
    # Also says so outside a repository.
    _git(["git", "rev-parse", "--git-dir"])
    deleted = _run(["git", "diff", "--cached", "--no-renames", "--diff-filter=D", "--quiet", "--", _literal(path)])
    # 1 says that there is a difference, more that the path lies elsewhere.
    if not path or deleted.returncode != 1:
        raise BadInput(
            f"{called(path) if path else 'A path without a name'} is not in git's index here: nothing was looked at. "
            "Paths count from the present folder; stage the file, or name none to look at all that is staged."
        )


def _literal(path: str) -> str:
    return f":(literal){path}"


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
    return _output(_run(words, given))


def _run(words: Sequence[str], given: str = "") -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(words, input=given.encode(), capture_output=True, check=False)
    except OSError:
        raise BadInput("This hook needs git: it is not installed, or not on the PATH.") from None


def _output(done: "subprocess.CompletedProcess[bytes]") -> str:
    if done.returncode:
        # What git says may quote a path.
        raise BadInput("git cannot tell what is staged: run this inside a repository.")
    return done.stdout.decode("utf-8", "surrogateescape")

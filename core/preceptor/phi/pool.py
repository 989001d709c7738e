"""How do several processes scan the pieces of files, and in which order do their findings come?"""

import multiprocessing
import pickle
import signal
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import Any

from preceptor.exits import PreceptorError, TryAgain
from preceptor.phi.config import Settings
from preceptor.phi.pieces import SIZE, Piece
from preceptor.phi.scan import Scanner, Tally
from preceptor.phi.types import Finding

# Pieces that are given out at once: small files travel together.
_GROUP_FILES = 200
# Groups that are given out ahead of the one whose findings are awaited.
_AHEAD = 3
# Findings of one piece beyond this number wait on the disk and not in memory.
_IN_MEMORY = 20_000


@dataclass(slots=True)
class Result:
    """What was found in one piece. ``tally`` is whole when ``findings`` were taken, and these are taken once."""

    piece: Piece
    findings: Iterable[Finding]
    tally: Tally


class ScanCrashed(PreceptorError):
    """A worker met a fault of ours: nothing was decided."""

    reason = "ScanCrashed"


def scan_pieces(pieces: Iterable[Piece], settings: Settings, jobs: int) -> Iterator[Result]:
    """Scan pieces in ``jobs`` processes, in this one where that is 1; results come in the pieces' order.

    Raises ScanCrashed when a worker fails and TryAgain (``WorkerLost``) when one is killed: there is no verdict then.
    """
    if jobs == 1:
        yield from _here(pieces, settings)
        return
    with TemporaryDirectory(prefix="preceptor-scan-") as spill:
        yield from _there(pieces, settings, jobs, spill)


def _here(pieces: Iterable[Piece], settings: Settings) -> Iterator[Result]:
    scanner = settings.scanner()
    for piece in pieces:
        scanner.tally = Tally()
        yield Result(piece, scanner.piece(piece), scanner.tally)


def _there(pieces: Iterable[Piece], settings: Settings, jobs: int, spill: str) -> Iterator[Result]:
    # Not fork: this process may have threads. The server imports everything once for all workers.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preceptor.phi.pool", "preceptor.phi.rules"])
    pending: deque[tuple[list[Piece], Future[list[_Answer]]]] = deque()
    executor = ProcessPoolExecutor(jobs, context, _start, (settings, spill))
    done = False
    try:
        for group in _groups(pieces):
            pending.append((group, executor.submit(_work, group)))
            if len(pending) >= jobs + _AHEAD:
                yield from _results(*pending.popleft())
        while pending:
            yield from _results(*pending.popleft())
        done = True
    except BrokenProcessPool:
        raise TryAgain(
            "A scanning process was killed, most likely for want of memory: nothing is decided. Scan again with fewer "
            "--jobs or more memory.",
            reason="WorkerLost",
        ) from None
    finally:
        if not done:
            for child in multiprocessing.active_children():
                child.terminate()
        executor.shutdown(wait=done, cancel_futures=True)


def _groups(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        if group and (size + piece.size > SIZE or len(group) == _GROUP_FILES):
            yield group
            group, size = [], 0
        group.append(piece)
        size += piece.size
    if group:
        yield group


@dataclass(slots=True)
class _Answer:
    """What a worker sends: findings, of which more may lie in a file."""

    tally: Tally
    findings: list[Finding] = field(default_factory=list)
    spilled: str = ""
    crash: str = ""


def _results(group: list[Piece], future: "Future[list[_Answer]]") -> Iterator[Result]:
    for piece, answer in zip(group, future.result(), strict=True):
        if answer.crash:
            raise ScanCrashed(
                f"A scanning process failed with {answer.crash}. This is our bug: please report it. Nothing is decided."
            )
        yield Result(piece, _taken(answer), answer.tally)


def _taken(answer: _Answer) -> Iterator[Finding]:
    if answer.spilled:
        path = Path(answer.spilled)
        with path.open("rb") as file:
            while True:
                try:
                    # Written by our own worker into our own folder a moment ago.
                    batch: list[Finding] = pickle.load(file)  # noqa: S301
                except EOFError:
                    break
                yield from batch
        path.unlink()
    yield from answer.findings


_worker: dict[str, Any] = {}


def _start(settings: Settings, spill: str) -> None:
    # Ctrl-C goes to the parent, which ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _worker["scanner"] = settings.scanner()
    _worker["spill"] = spill


def _work(group: list[Piece]) -> list[_Answer]:
    scanner: Scanner = _worker["scanner"]
    answers: list[_Answer] = []
    for piece in group:
        scanner.tally = Tally()
        try:
            answers.append(_answer(scanner, piece))
        except Exception as error:
            # Its text may quote data, and so it stays here.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            answers.append(_Answer(Tally(), crash=f"{type(error).__name__} at {frame.filename}:{frame.lineno}"))
    return answers


def _answer(scanner: Scanner, piece: Piece) -> _Answer:
    answer = _Answer(scanner.tally)
    for finding in scanner.piece(piece):
        answer.findings.append(finding)
        if len(answer.findings) >= _IN_MEMORY:
            if not answer.spilled:
                descriptor, answer.spilled = mkstemp(dir=_worker["spill"])
                open(descriptor, "wb").close()
            with open(answer.spilled, "ab") as file:
                pickle.dump(answer.findings, file)
            answer.findings = []
    return answer

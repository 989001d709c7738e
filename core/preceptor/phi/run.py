"""What does one scan of several files find, and what does it conclude?"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

from preceptor.phi.allow import Allowlist
from preceptor.phi.config import Settings
from preceptor.phi.pieces import Piece
from preceptor.phi.pool import scan_pieces
from preceptor.phi.report import summary
from preceptor.phi.scan import Tally, WholeFile
from preceptor.phi.shards import PieceLines
from preceptor.phi.types import Finding

Verdict = Literal["clean", "findings", "allowlistStale"]


class Run:
    """Scans pieces in order, sets aside what the allowlist covers, and counts."""

    def __init__(self, settings: Settings, *, jobs: int = 1, allow: Allowlist | None = None) -> None:
        self.settings = settings
        self.allow = allow or Allowlist()
        self.tally = Tally()
        self.pieces: list[PieceLines] = []
        self._jobs = jobs
        self._started = time.monotonic()

    def findings(self, pieces: Iterable[Piece], done: Callable[[Piece], None] | None = None) -> Iterator[Finding]:
        """The findings of whole files, their records counted from the files' first; ``done`` is told each piece."""
        before = 0
        for piece, finding, lines in self._each(pieces, done):
            before = before if piece.begin else 0
            if finding is None:
                before += lines
            else:
                yield finding.behind(before)

    def shard_findings(
        self, numbered: Sequence[tuple[int, Piece]], done: Callable[[Piece], None] | None = None
    ) -> Iterator[tuple[int, Finding]]:
        """The findings of some pieces with the piece's number, their records counted from the piece's first."""
        numbers = iter(numbered)
        for piece, finding, lines in self._each((piece for _, piece in numbered), done):
            if finding is None:
                number, _ = next(numbers)
                self.pieces.append(PieceLines(number=number, first=piece.begin == 0, lines=lines))
            else:
                yield numbered[len(self.pieces)][0], finding

    def _each(
        self, pieces: Iterable[Piece], done: Callable[[Piece], None] | None
    ) -> Iterator[tuple[Piece, Finding | None, int]]:
        """Every finding that is not allowed, and after a piece's last one None with the number of its lines."""
        whole = WholeFile()
        for result in scan_pieces(pieces, self.settings, self._jobs):
            for finding in result.findings:
                if whole.told(result.piece, finding) or self.allow.allows(finding):
                    result.tally.seen(finding, -1)
                else:
                    yield result.piece, finding, 0
            self.tally.add(result.tally)
            yield result.piece, None, result.tally.lines
            if done is not None:
                done(result.piece)

    def verdict(self, *, shard: bool = False) -> Verdict:
        """``allowlistStale`` where nothing is found but an entry that nothing needed; a shard cannot know that."""
        if self.tally.findings:
            return "findings"
        return "allowlistStale" if not shard and self.allow.unused() else "clean"

    def summary(self, *, shard: bool = False) -> dict[str, Any]:
        """The totals."""
        base = summary(self.tally, self.settings.fingerprinter, self.settings.digest, self._started)
        return {
            **base,
            "verdict": self.verdict(shard=shard),
            "allowed": self.allow.count,
            "allowEntriesUnused": [] if shard else self.allow.unused(),
            "policyDigest": self.settings.policy.digest,
            "processes": self._jobs,
        }

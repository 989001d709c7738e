"""Which pieces does each of several pods scan, and what do all of them say together?"""

import hmac
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from preceptor.exits import BadInput
from preceptor.manifests import sentence_of
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.labels import called
from preceptor.phi.pieces import Piece
from preceptor.phi.scan import Tally
from preceptor.phi.types import UNREADABLE, Finding, Severity

# What Kubernetes tells each pod of an Indexed Job.
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
_SHARD = re.compile(r"(?:(\d{1,6})/)?(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` equal parts of a scan, counted from 0."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """``I/N``, or ``N`` alone in a pod of an Indexed Job. Raises BadInput."""
        match = _SHARD.fullmatch(text)
        if match is None:
            raise BadInput("--shard takes I/N, or N alone where JOB_COMPLETION_INDEX is set, such as 0/8.")
        index = match.group(1) or os.environ.get(INDEX_VARIABLE, "")
        if not index.isdecimal():
            raise BadInput(f"--shard {match.group(2)} needs {INDEX_VARIABLE}, which an Indexed Job sets: write I/N.")
        shard = cls(int(index), int(match.group(2)))
        if shard.index >= shard.count:
            raise BadInput(f"--shard counts from 0: with {shard.count} shards the last is {shard.count - 1}.")
        return shard

    def part(self, pieces: Sequence[Piece]) -> list[tuple[int, Piece]]:
        """This shard's pieces with their numbers: a stretch of them, so that shards one after another are the whole."""
        total = sum(piece.size + 1 for piece in pieces)
        mine: list[tuple[int, Piece]] = []
        before = 0
        for number, piece in enumerate(pieces):
            if before * self.count // total == self.index:
                mine.append((number, piece))
            before += piece.size + 1
        return mine


def plan_digest(pieces: Iterable[Piece], fingerprinter: Fingerprinter) -> str:
    """Tells whether two pods saw the same files. Keyed, since it is made of names."""
    key = fingerprinter.derived("shard plan")
    code = hmac.new(key, digestmod="sha256")
    for piece in pieces:
        line = f"{piece.name}\0{piece.begin}\0{piece.size}\0{piece.identity[0]}\0{piece.how.format}\0{piece.fault}\n"
        code.update(line.encode("utf-8", "surrogatepass"))
    return code.hexdigest()[:32]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class PieceLines(_Model):
    """How many lines a piece has, and whether it is the first of its file."""

    number: Annotated[int, Field(ge=0)]
    first: bool
    lines: Annotated[int, Field(ge=0)]


class ShardDocument(_Model):
    """What a shard's report says of itself."""

    index: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1)]
    plan: str
    plan_pieces: Annotated[int, Field(ge=0)]
    key_id: str
    pieces: tuple[PieceLines, ...]
    allow_entries: tuple[str, ...] = ()
    allow_used: tuple[str, ...] = ()


class ShardFinding(_Model):
    """A finding as a shard tells it: its record is counted from the first of the piece."""

    file: str
    record: Annotated[int, Field(ge=0)]
    pointer: str
    start: int
    end: int
    type: str
    detector: str
    severity: Severity
    fingerprint: str
    piece: int

    def at(self, before: int) -> Finding:
        """The finding in its file, of which ``before`` lines stand before the piece."""
        record = self.record + before if self.record else 0
        return Finding(
            self.file, record, self.pointer, self.start, self.end, self.type, self.detector, self.severity,
            self.fingerprint,
        )  # fmt: skip


class ShardSummary(BaseModel):
    """The totals of a shard that are added up."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", frozen=True)

    verdict: Literal["clean", "findings", "allowlistStale"]
    files: int
    records: int
    bytes: int
    findings: int
    allowed: int = 0
    seconds: float
    config_digest: str
    fingerprint_key: Literal["environment", "file"]
    versions: dict[str, str]


class ShardReport(BaseModel):
    """One shard's report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    findings: tuple[ShardFinding, ...]
    shard: ShardDocument
    summary: ShardSummary


def read_shard(path: Path) -> ShardReport:
    """Read one shard's report. Raises BadInput when it cannot be read or is none."""
    try:
        return ShardReport.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        why = sentence_of(error) if isinstance(error, ValidationError) else "it cannot be read"
        raise BadInput(f"{called(path)} is no report of a shard: {why}.", reason="ShardReportInvalid") from None


class Merged:
    """All shards of one scan together. Raises BadInput unless every shard of the same scan is there exactly once."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths: dict[int, Path] = {}
        documents: list[ShardDocument] = []
        summaries: list[ShardSummary] = []
        for path in paths:
            report = read_shard(path)
            if report.shard.index in self._paths:
                raise BadInput(f"Shard {report.shard.index} is there twice: name each report once.")
            self._paths[report.shard.index] = path
            documents.append(report.shard)
            summaries.append(report.summary)
            _check_counts(report, path)
        documents.sort(key=lambda document: document.index)
        _check_whole(documents, summaries)
        self.summaries = summaries
        self.allow_used = {digest for document in documents for digest in document.allow_used}
        self.allow_entries = documents[0].allow_entries
        self._before = _lines_before(documents)
        self.tally = Tally()
        self.tally.files = sum(summary.files for summary in summaries)
        self.tally.records = sum(summary.records for summary in summaries)
        self.tally.bytes = sum(summary.bytes for summary in summaries)

    def findings(self) -> Iterator[Finding]:
        """All findings in the order in which one process would have told them."""
        told: set[tuple[str, str]] = set()
        for index in sorted(self._paths):
            for each in read_shard(self._paths[index]).findings:
                finding = each.at(self._before[each.piece])
                # What is said of a whole file, each shard says that has a piece of it.
                if finding.type == UNREADABLE and not finding.record:
                    if (finding.file, finding.detector) in told:
                        continue
                    told.add((finding.file, finding.detector))
                self.tally.seen(finding)
                yield finding


def _check_counts(report: ShardReport, path: Path) -> None:
    mine = {piece.number for piece in report.shard.pieces}
    if len(report.findings) != report.summary.findings or any(f.piece not in mine for f in report.findings):
        raise BadInput(f"{called(path)} is not whole: scan that shard again.", reason="ShardReportInvalid")


def _check_whole(documents: Sequence[ShardDocument], summaries: Sequence[ShardSummary]) -> None:
    first = documents[0]
    missing = sorted(set(range(first.count)) - {document.index for document in documents})
    if missing:
        shown = ", ".join(map(str, missing[:5]))
        raise BadInput(
            f"{len(missing)} of {first.count} shards are missing, first {shown}: what was not scanned is not clean.",
            reason="ShardMissing",
        )
    same = {(d.count, d.plan, d.plan_pieces, d.key_id, d.allow_entries) for d in documents}
    if len(same) > 1 or len({summary.config_digest for summary in summaries}) > 1:
        raise BadInput(
            "The reports are of different scans: every shard needs the same files, --shard count, key, policy, "
            "allowlist and version.",
            reason="ShardsDiffer",
        )
    numbers = [piece.number for document in documents for piece in document.pieces]
    if numbers != list(range(first.plan_pieces)):
        raise BadInput("The shards do not cover the data: scan it again.", reason="ShardsDiffer")


def _lines_before(documents: Iterable[ShardDocument]) -> dict[int, int]:
    before: dict[int, int] = {}
    lines = 0
    for document in documents:
        for piece in document.pieces:
            lines = 0 if piece.first else lines
            before[piece.number] = lines
            lines += piece.lines
    return before


def shard_document(
    shard: Shard,
    plan: str,
    plan_pieces: int,
    fingerprinter: Fingerprinter,
    pieces: Iterable[PieceLines],
    allow: tuple[Iterable[str], Iterable[str]],
) -> dict[str, Any]:
    """What a shard's report says of itself, as JSON; ``allow`` are the digests of all entries and of those used."""
    return ShardDocument(
        index=shard.index,
        count=shard.count,
        plan=plan,
        plan_pieces=plan_pieces,
        key_id=fingerprinter.key_id,
        pieces=tuple(pieces),
        allow_entries=tuple(allow[0]),
        allow_used=tuple(sorted(allow[1])),
    ).model_dump(mode="json", by_alias=True)

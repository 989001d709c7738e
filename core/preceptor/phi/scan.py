"""Where in these files is PHI?"""

import os
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from preceptor.manifests import FILE_NAME as MANIFEST
from preceptor.phi.detect import Detector, Query, default_detector
from preceptor.phi.excuses import is_excused
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats import Format, groups, inner_name, reading
from preceptor.phi.formats.source import open_regular, peeked
from preceptor.phi.labels import Labels
from preceptor.phi.pieces import Piece, pieces_of
from preceptor.phi.tree import files_below
from preceptor.phi.types import UNREADABLE, Finding, Severity, Span
from preceptor.phi.values import Fault, Part, Unreadable, Value

__all__ = ["Finding", "Format", "Scanner", "Tally", "files_below"]

# Values are given to the detector together: asking costs more than reading a short text.
_BATCH_SIZE = 256 << 10
_BATCH_VALUES = 1024
# Short texts return ("user", "final", "true"): what was found in them is remembered.
_SHORT = 40
_REMEMBERED = 20_000
_NEWLINE = re.compile("\n")


@dataclass(slots=True)
class Tally:
    """What a scan has seen so far; ``bytes`` counts file bytes, ``lines`` the lines of the piece that was read last."""

    files: int = 0
    records: int = 0
    bytes: int = 0
    lines: int = 0
    types: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)

    @property
    def findings(self) -> int:
        """All findings, the unreadable places among them."""
        return self.types.total()

    @property
    def unreadable(self) -> int:
        """Places that could not be read."""
        return self.types[UNREADABLE]

    def seen(self, finding: Finding, by: int = 1) -> None:
        """Count a finding, or with -1 take it back."""
        self.types[finding.type] += by
        self.severities[finding.severity._value_] += by

    def add(self, other: "Tally") -> None:
        """Count what another scan saw."""
        self.files += other.files
        self.records += other.records
        self.bytes += other.bytes
        self.types += other.types
        self.severities += other.severities


class WholeFile:
    """Knows what was told of a file as a whole, such as that it changed: each of its pieces tells it anew."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def told(self, piece: Piece, finding: Finding) -> bool:
        """Whether an earlier piece of the same file told so; pieces come in order."""
        if piece.begin == 0:
            self._told.clear()
        if finding.type != UNREADABLE or finding.record:
            return False
        again = finding.detector in self._told
        self._told.add(finding.detector)
        return again


@dataclass(frozen=True, slots=True)
class _Place:
    """The file that is read, as far as findings depend on it."""

    label: str
    log: bool
    manifest: bool


class Scanner:
    """Scans files, or pieces of them, one after another in constant memory and counts what it saw."""

    def __init__(self, fingerprinter: Fingerprinter, detector: Detector | None = None) -> None:
        self.tally = Tally()
        self._detector = detector or default_detector()
        self._fingerprinter = fingerprinter
        self._labels = Labels(fingerprinter, self._detector)
        self._clean_names: set[str] = set()
        self._clean_texts: set[tuple[str, str]] = set()
        self._remembered: dict[tuple[str, str, bool], Sequence[Span]] = {}

    def file(self, path: Path, name: str, format: Format = "auto", *, log: bool = False) -> Iterator[Finding]:
        """The findings of one file, reported under ``name``; ``log`` excuses the log's own time stamps.

        Raises nothing that a file can cause: what cannot be read is a finding.
        """
        lines = 0
        whole = WholeFile()
        for piece in pieces_of(path, name, format, log=log):
            for finding in self.piece(piece):
                if whole.told(piece, finding):
                    self.tally.seen(finding, -1)
                    continue
                yield finding.behind(lines)
            lines += self.tally.lines

    def piece(self, piece: Piece) -> Iterator[Finding]:
        """The findings of one piece, their lines counted from the piece's first; then ``tally.lines`` says how many."""
        self.tally.lines = 0
        label, findings = self.label(piece.name)
        if piece.begin == 0:
            self.tally.files += 1
            yield from findings
        if piece.fault:
            yield self._unreadable(label, 0, piece.fault)
            return
        try:
            with open_regular(piece.path) as file:
                changed = piece.identity != _identity(file)
                yield from self._read(file, label, piece)
                if changed or piece.identity != _identity(file):
                    yield self._unreadable(label, 0, "ChangedWhileRead")
        except Fault as fault:
            yield self._unreadable(label, 0, fault.why)
        except OSError:
            yield self._unreadable(label, 0, "ReadError")
        self.tally.bytes += piece.size

    def stream(self, file: IO[bytes], name: str, format: Format = "auto") -> Iterator[Finding]:
        """The findings of what a buffered stream gives, which need be no file, reported under ``name``."""
        label, findings = self.label(name)
        yield from findings
        self.tally.files += 1
        try:
            how = reading(name, format, peeked(file))
        except Fault as fault:
            yield self._unreadable(label, 0, fault.why)
            return
        yield from self._read(file, label, Piece(Path(name), name, how, suspicious=format == "auto"))

    def label(self, name: str) -> tuple[str, list[Finding]]:
        """How a file may be called in a report, and the findings in its name."""
        label, spans = self._labels.file(name)
        return label, [self._finding(label, 0, "", span.start, span.end, span, words) for span, words in spans]

    def pointer(self, path: Iterable[str | int]) -> str:
        """RFC 6901, with every name that is itself PHI redacted."""
        return self._labels.pointer(path)

    def spans(self, values: Sequence[Value]) -> list[Sequence[Span]]:
        """What the detector finds in each of several values."""
        found: list[Sequence[Span]] = []
        asked: list[Value] = []
        places: list[int] = []
        remembered = self._remembered
        for place, value in enumerate(values):
            if value.is_key:
                found.append(self._spans_of_key(value.text))
                continue
            text = value.text
            known = remembered.get((text, value.key, value.number)) if len(text) <= _SHORT else None
            if known is None:
                asked.append(value)
                places.append(place)
                known = ()
            found.append(known)
        answers = self._detector.detect_many(Query(value.text, value.key, value.number) for value in asked)
        for place, value, spans in zip(places, asked, answers, strict=True):
            found[place] = spans
            if len(value.text) <= _SHORT and len(remembered) < _REMEMBERED:
                remembered[value.text, value.key, value.number] = spans
                if not spans and not value.number:
                    self._clean_texts.add((value.key, value.text))
        return found

    def _spans_of_key(self, name: str) -> Sequence[Span]:
        spans = self._labels.spans_of_key(name)
        if not spans and len(self._clean_names) < _REMEMBERED:
            self._clean_names.add(name)
        return spans

    def _read(self, file: IO[bytes], label: str, piece: Piece) -> Iterator[Finding]:
        part = Part(clean_names=self._clean_names, clean_texts=self._clean_texts)
        log = piece.log or piece.how.format == "log" or inner_name(piece.name).suffix == ".log"
        place = _Place(label, log, Path(piece.name).name == MANIFEST)
        batch: list[Value] = []
        given = 0
        source = groups(file, piece.how, part, begin=piece.begin, end=piece.end, suspicious=piece.suspicious)
        for group in source:
            unreadable = group.pop() if group and isinstance(group[-1], Unreadable) else None
            batch += group  # type: ignore[arg-type]  # what is unreadable stands last
            if unreadable is None and len(batch) < _BATCH_VALUES and part.characters - given < _BATCH_SIZE:
                continue
            yield from self._batch(batch, place)
            batch, given = [], part.characters
            if unreadable is not None:
                yield self._unreadable(label, unreadable.record, unreadable.why)  # type: ignore[union-attr]
        yield from self._batch(batch, place)
        self.tally.lines = part.lines
        # A manifest is read, but it is no record of the data.
        self.tally.records += 0 if place.manifest else part.records

    def _batch(self, batch: list[Value], place: _Place) -> Iterator[Finding]:
        if not batch:
            return
        for value, spans in zip(batch, self.spans(batch), strict=True):
            if spans:
                yield from self._found(value, spans, place)

    def _found(self, value: Value, spans: Sequence[Span], place: _Place) -> Iterator[Finding]:
        pointer = self.pointer(value.path)
        label, text = place.label, value.text
        lines = _Lines(text) if value.lines else None
        for span in spans:
            if is_excused(value, span, log=place.log, manifest=place.manifest):
                continue
            if lines is None:
                words = text[span.start : span.end]
                yield self._finding(label, value.record, pointer, span.start, span.end, span, words)
                continue
            for line, start, end in lines.parts(span):
                at = lines.begins[line]
                yield self._finding(label, value.record + line, pointer, start - at, end - at, span, text[start:end])

    def _unreadable(self, label: str, record: int, why: str) -> Finding:
        span = Span(0, 0, UNREADABLE, why, Severity.HIGH)
        return self._finding(label, record, "", 0, 0, span, f"{label} {record} {why}")

    def _finding(self, label: str, record: int, pointer: str, start: int, end: int, span: Span, value: str) -> Finding:
        kind = str(span.type)
        fingerprint = self._fingerprinter.of(kind, value)
        finding = Finding(label, record, pointer, start, end, kind, span.detector, span.severity, fingerprint)
        self.tally.seen(finding)
        return finding


class _Lines:
    """Where in a text its lines begin: looked up once, since there may be many spans and few lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.begins = [0, *(newline.end() for newline in _NEWLINE.finditer(text))]

    def parts(self, span: Span) -> Iterator[tuple[int, int, int]]:
        """The parts of a span in each line that are more than space: (line from 0, start, end) in the text."""
        text = self._text
        start = span.start
        line = bisect_right(self.begins, start) - 1
        while start < span.end:
            newline = text.find("\n", start, span.end)
            end = span.end if newline < 0 else newline
            if text[start:end].strip():
                yield line, start, end
            start = end + 1
            line += 1


def _identity(file: IO[bytes]) -> tuple[int, int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns, status.st_ino

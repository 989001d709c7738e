"""Where in these files is PHI?"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal

from preceptor.manifests import FILE_NAME as MANIFEST
from preceptor.phi.detect import Detector, default_detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.types import UNREADABLE, Finding, PhiType, Severity, Span
from preceptor.phi.values import (
    Item,
    Unreadable,
    Value,
    csv_values,
    json_values,
    jsonl_values,
    lines,
    log_values,
    text_values,
)

Format = Literal["auto", "jsonl", "json", "csv", "text", "log"]

_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".ipynb": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".log": "log",
}
# A log's own times are about the run and not about a patient.
_STAMP = re.compile(
    r"\s*[\[(]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?[\])]?"
)
_STAMP_KEYS = frozenset(
    {
        "time",
        "timestamp",
        "ts",
        "asctime",
        "created",
        "createdat",
        "started",
        "startedat",
        "finished",
        "finishedat",
        "at",
        "date",
        "datetime",
    }
)
# Who curated the data and when, where it came from: a manifest's own words about itself. Anything else in it is data.
_MANIFEST_FIELDS: dict[str | int, frozenset[str]] = {
    "date": frozenset({PhiType.DATE}),
    "curator": frozenset({PhiType.NAME, PhiType.EMAIL, PhiType.URL}),
    "source": frozenset({PhiType.URL}),
    "licence": frozenset({PhiType.URL}),
    "files": frozenset({PhiType.DATE}),
}
# File names carry dates and versions for good reasons; these types never.
_NAME_TYPES_IGNORED = frozenset(
    {PhiType.DATE, PhiType.URL, PhiType.IP_ADDRESS, PhiType.DEVICE, PhiType.LOCATION, PhiType.AGE}
)


@dataclass(slots=True)
class Tally:
    """What a scan has seen so far; ``bytes`` counts file bytes."""

    files: int = 0
    records: int = 0
    bytes: int = 0
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


class Scanner:
    """Scans files one after another in constant memory and counts what it saw."""

    def __init__(self, fingerprinter: Fingerprinter, detector: Detector | None = None) -> None:
        self.tally = Tally()
        self._detector = detector or default_detector()
        self._fingerprinter = fingerprinter
        self._name_spans = lru_cache(maxsize=16_384)(self._spans_of_name)

    def file(self, path: Path, name: str, format: Format = "auto", *, log: bool = False) -> Iterator[Finding]:
        """The findings of one file, reported under ``name``; ``log`` excuses the log's own time stamps.

        Raises nothing that a file can cause: what cannot be read is a finding.
        """
        label, findings = self.label(name)
        yield from findings
        self.tally.files += 1
        record = 0
        stamps = log or format == "log" or path.suffix == ".log"
        manifest = path.name == MANIFEST
        try:
            if path.is_symlink() or not path.is_file():
                yield self._unreadable(label, 0, "NotARegularFile")
                return
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                for item in _items(file, path, format):
                    if item.record != record:
                        record = item.record
                        # A manifest is read, but it is no record of the data.
                        self.tally.records += not manifest
                    yield from self._item(label, item, log=stamps, manifest=manifest)
                after = os.fstat(file.fileno())
                self.tally.bytes += after.st_size
                if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                    yield self._unreadable(label, 0, "ChangedWhileRead")
        except OSError:
            yield self._unreadable(label, record, "ReadError")

    def label(self, name: str) -> tuple[str, list[Finding]]:
        """How a file may be called in a report, and the findings in its name."""
        words = name.replace("_", " ").replace("/", " / ")
        spans = [s for s in self._detector.detect(words) if s.type not in _NAME_TYPES_IGNORED]
        if not spans:
            return name, []
        suffix = Path(name).suffix if Path(name).suffix in _SUFFIXES else ""
        label = f"redacted-{self._fingerprinter.of('FILE', name)[:12]}{suffix}"
        return label, [
            self._finding(label, 0, "", span.start, span.end, span, words[span.start : span.end]) for span in spans
        ]

    def pointer(self, path: Iterable[str | int]) -> str:
        """RFC 6901, with every name that is itself PHI redacted."""
        return "".join(f"/{self._token(part)}" for part in path)

    def text(self, label: str, value: Value, *, log: bool = False, manifest: bool = False) -> Iterator[Finding]:
        """The findings of one value."""
        spans = (
            self._name_spans(value.text)
            if value.is_key
            else self._detector.detect(value.text, key=value.key, number=value.number)
        )
        for span in spans:
            if (log and _is_stamp(value, span)) or (manifest and _is_about_the_manifest(value, span)):
                continue
            yield self._finding(
                label,
                value.record,
                self.pointer(value.path),
                span.start,
                span.end,
                span,
                value.text[span.start : span.end],
            )

    def _item(self, label: str, item: Item, *, log: bool, manifest: bool) -> Iterator[Finding]:
        if isinstance(item, Unreadable):
            yield self._unreadable(label, item.record, item.why)
        else:
            yield from self.text(label, item, log=log, manifest=manifest)

    def _spans_of_name(self, name: str) -> tuple[Span, ...]:
        return tuple(self._detector.detect(name))

    def _token(self, part: str | int) -> str:
        if isinstance(part, str) and self._name_spans(part):
            return f"redacted-{self._fingerprinter.of('KEY', part)[:12]}"
        return str(part).replace("~", "~0").replace("/", "~1")

    def _unreadable(self, label: str, record: int, why: str) -> Finding:
        span = Span(0, 0, UNREADABLE, why, Severity.HIGH)
        return self._finding(label, record, "", 0, 0, span, f"{label} {record} {why}")

    def _finding(self, label: str, record: int, pointer: str, start: int, end: int, span: Span, value: str) -> Finding:
        kind = str(span.type)
        self.tally.types[kind] += 1
        self.tally.severities[span.severity.value] += 1
        fingerprint = self._fingerprinter.of(kind, value)
        return Finding(label, record, pointer, start, end, kind, span.detector, span.severity, fingerprint)


def _items(file: IO[bytes], path: Path, format: Format) -> Iterator[Item]:
    chosen = _SUFFIXES.get(path.suffix.lower(), "text") if format == "auto" else format
    if chosen == "text" and format == "auto" and _looks_binary(file):
        return iter([Unreadable(0, "Binary")])
    match chosen:
        case "jsonl":
            return jsonl_values(lines(file))
        case "json":
            return json_values(file)
        case "csv":
            return csv_values(lines(file), "\t" if path.suffix.lower() == ".tsv" else ",")
        case "log":
            return log_values(lines(file))
        case _:
            return text_values(lines(file))


def _looks_binary(file: IO[bytes]) -> bool:
    """One finding for a binary file instead of one for each of its lines."""
    head = file.read(8192)
    file.seek(0)
    return b"\0" in head


def _is_stamp(value: Value, span: Span) -> bool:
    if span.type != PhiType.DATE:
        return False
    stamp = _STAMP.match(value.text)
    if stamp is None or span.start >= stamp.end():
        return False
    if not value.path:
        return True
    return stamp.end() >= len(value.text.rstrip()) and re.sub(r"[\W_]", "", value.key.lower()) in _STAMP_KEYS


def _is_about_the_manifest(value: Value, span: Span) -> bool:
    return bool(value.path) and span.type in _MANIFEST_FIELDS.get(value.path[0], ())


def files_below(path: Path) -> Iterator[tuple[Path, str]]:
    """Every file of a folder, or the file itself, with the name that a report uses, in a fixed order.

    Links are named too and reported as unreadable by the scan: what they lead to is not followed.
    """
    if not path.is_dir() or path.is_symlink():
        yield path, path.name
        return
    for root, directories, names in os.walk(path):
        directories.sort()
        for directory in list(directories):
            if Path(root, directory).is_symlink():
                names.append(directory)
                directories.remove(directory)
        for name in sorted(names):
            full = Path(root, name)
            yield full, full.relative_to(path).as_posix()

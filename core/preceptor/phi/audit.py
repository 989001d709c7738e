"""Which values do the findings of a report stand for? For a person at a terminal, never for a file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.exits import BadInput
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats import items, reading
from preceptor.phi.formats.source import open_regular, peeked
from preceptor.phi.labels import Labels, called
from preceptor.phi.tree import Entry
from preceptor.phi.types import UNREADABLE
from preceptor.phi.values import Fault, Part, Value

_AROUND = 48
_Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """One finding with its value and what stands around it. It is PHI: show it and keep it nowhere."""

    finding: dict[str, Any]
    before: str
    value: str
    after: str


def read_report(path: Path) -> list[dict[str, Any]]:
    """The findings of a report. Raises BadInput when it cannot be read or is none."""
    try:
        document = json.loads(path.read_bytes())
        findings = document["findings"]
        well = isinstance(findings, list) and all(isinstance(f, dict) and "fingerprint" in f for f in findings)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        well = False
    if not well:
        raise BadInput(f"{called(path)} is no report of `preceptor phi scan`.")
    if "shard" in document:
        raise BadInput(
            f"{called(path)} is the report of one shard: merge all of them with `preceptor phi merge` first."
        )
    return list(findings)


class Audit:
    """Finds the values of a report's findings again in the files that were scanned."""

    def __init__(self, findings: list[dict[str, Any]], fingerprinter: Fingerprinter, labels: Labels) -> None:
        self._fingerprinter = fingerprinter
        self._labels = labels
        self._by_file: dict[str, dict[_Place, list[dict[str, Any]]]] = {}
        for finding in findings:
            if finding["type"] != UNREADABLE:
                places = self._by_file.setdefault(finding["file"], {})
                places.setdefault((finding["record"], finding["pointer"]), []).append(finding)

    def of(self, entry: Entry, name: str) -> Iterator[Seen]:
        """The findings of one file that was scanned under ``name``; what has changed since is left out."""
        label, in_name = self._labels.file(name)
        places = self._by_file.get(label)
        if not places or entry.fault:
            return
        for span, words in in_name:
            for finding in places.get((0, ""), ()):
                if (finding["start"], finding["end"], finding["type"]) == (span.start, span.end, str(span.type)):
                    yield Seen(finding, "(name of the file) ", words, "")
        try:
            with open_regular(entry.path) as file:
                how = reading(name, "auto", peeked(file))
                for item in items(file, how, Part()):
                    if isinstance(item, Value):
                        yield from self._in_value(item, places)
        except (Fault, OSError):
            return

    def _in_value(self, value: Value, places: dict[_Place, list[dict[str, Any]]]) -> Iterator[Seen]:
        pointer = self._labels.pointer(value.path)
        texts = value.text.split("\n") if value.lines else [value.text]
        for number, text in enumerate(texts, start=value.record):
            for finding in places.get((number, pointer), ()):
                start, end = finding["start"], finding["end"]
                if end <= len(text) and self._is_it(finding, text[start:end], value.is_key):
                    yield Seen(
                        finding, text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND]
                    )

    def _is_it(self, finding: dict[str, Any], value: str, is_key: bool) -> bool:
        if self._fingerprinter.lasts:
            return bool(self._fingerprinter.of(finding["type"], value) == finding["fingerprint"])
        return not is_key

"""Which records does chance choose for people to read, and what do their marks say about what the scan missed?"""

import json
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from preceptor.digests import digest_file, digest_json
from preceptor.exits import BadInput
from preceptor.manifests import sentence_of
from preceptor.phi.agreement import cohens_kappa, f1, upper_bound
from preceptor.phi.formats import items, reading
from preceptor.phi.formats.source import open_regular, peeked
from preceptor.phi.labels import called
from preceptor.phi.scan import Scanner
from preceptor.phi.storing import not_written
from preceptor.phi.values import Fault, Part, Value

SAMPLE = "sample.json"
SCANNER = "scanner.jsonl"
ANNOTATORS = ("annotator-1.jsonl", "annotator-2.jsonl")
ADJUDICATOR = "adjudicator.jsonl"
_Row = TypeVar("_Row", bound=BaseModel)


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Text(_Model):
    """One text of a record."""

    pointer: str
    text: str


class Mark(_Model):
    """A stretch of one text, the first of which is 0, in code points."""

    text: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    type: str = "PHI"


class Sheet(_Model):
    """One record as a person gets it. ``phi`` takes the words themselves, ``spans`` their places; one is enough.

    ``done`` is set to true when the record was read: what nobody has read is no evidence.
    """

    id: str
    texts: tuple[Text, ...]
    phi: tuple[str, ...] = ()
    spans: tuple[Mark, ...] = ()
    done: bool = False
    # For the adjudicator: what the two said.
    first: tuple[Mark, ...] | None = None
    second: tuple[Mark, ...] | None = None


class ScannerMarks(_Model):
    """What the scanner found in a record; the annotators do not see it."""

    id: str
    spans: tuple[Mark, ...]


class Drawn(_Model):
    """What was drawn, from what, and how it can be drawn again."""

    schema_version: Literal[1] = 1
    kind: Literal["PhiSample"] = "PhiSample"
    seed: int
    population: Annotated[int, Field(ge=1)]
    size: Annotated[int, Field(ge=1)]
    data_digest: str
    config_digest: str
    scanner_digest: str
    ids: tuple[str, ...]


class SampleResult(_Model):
    """What the sample says of the data that it was drawn from."""

    schema_version: Literal[1] = 1
    kind: Literal["PhiSampleResult"] = "PhiSampleResult"
    data_digest: str
    config_digest: str
    sample_digest: str
    seed: int
    population: int
    records: int
    # Agreement of the two annotators before adjudication; absent where chance alone agrees.
    kappa: float | None
    span_f1: float | None
    character_f1: float | None
    adjudicated: int
    # Records with PHI, and those of them in which some of it lies outside every finding of the scanner.
    records_with_phi: int
    leaked_records: int
    leak_rate: float
    confidence: float
    # Clopper-Pearson, one-sided.
    leak_rate_upper_bound: float

    @property
    def digest(self) -> str:
        """Digest of the result."""
        return digest_json(self.model_dump(mode="json", by_alias=True))


@dataclass(slots=True)
class Record:
    """One record of the data: its values in order."""

    values: list[Value]


def records_of(path: Path, name: str) -> Iterator[Record]:
    """The records of a file, or the passages of a plain text. Raises BadInput on what cannot be read."""
    try:
        with open_regular(path) as file:
            how = reading(name, "auto", peeked(file))
            values: list[Value] = []
            for item in items(file, how, Part()):
                if not isinstance(item, Value):
                    raise Fault(item.why)
                if values and (item.record != values[0].record or item.lines):
                    yield Record(values)
                    values = []
                if not item.is_key:
                    values.append(item)
            if values:
                yield Record(values)
    except (Fault, OSError):
        raise BadInput(
            f"{called(name)} cannot be read whole: scan the data first, a sample of what is unreadable proves nothing."
        ) from None


def draw(records: Iterable[Record], size: int, seed: int) -> tuple[list[Record], int]:
    """A simple random sample of ``size`` records and how many there were (algorithm R, Vitter 1985)."""
    chance = random.Random(seed)  # noqa: S311 - a sample that anybody can draw again
    kept: list[tuple[int, Record]] = []
    count = 0
    for record in records:
        count += 1
        if len(kept) < size:
            kept.append((count, record))
        else:
            place = chance.randrange(count)
            if place < size:
                kept[place] = (count, record)
    return [record for _, record in sorted(kept, key=lambda each: each[0])], count


def write_sample(
    folder: Path, records: Sequence[Record], population: int, scanner: Scanner, config: str, data: str, seed: int
) -> Drawn:
    """Write the sheets of both annotators and what the scanner found. Raises BadInput when the folder is not empty."""
    width = len(str(len(records)))
    sheets: list[Sheet] = []
    found: list[ScannerMarks] = []
    for number, record in enumerate(records, start=1):
        name = f"r{number:0{width}}"
        texts = tuple(Text(pointer=scanner.pointer(value.path), text=value.text) for value in record.values)
        marks = tuple(
            Mark(text=index, start=span.start, end=span.end, type=str(span.type))
            for index, spans in enumerate(scanner.spans(record.values))
            for span in spans
        )
        sheets.append(Sheet(id=name, texts=texts))
        found.append(ScannerMarks(id=name, spans=marks))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BadInput(f"{called(folder)} is not empty: name a new folder, so that no one's marks are lost.")
        # The sheets hold data as it is: for their readers alone.
        folder.chmod(0o700)
        _write_lines(folder / SCANNER, found)
        for name in ANNOTATORS:
            _write_lines(folder / name, sheets)
        drawn = Drawn(
            seed=seed,
            population=population,
            size=len(records),
            data_digest=data,
            config_digest=config,
            scanner_digest=digest_file(folder / SCANNER),
            ids=tuple(sheet.id for sheet in sheets),
        )
        _write(folder / SAMPLE, drawn.model_dump_json(by_alias=True, indent=1) + "\n")
    except OSError as error:
        raise not_written("The sample", folder, error) from None
    return drawn


class Sample:
    """A sample folder as people left it. Raises BadInput on a sheet that is not whole, not done or of another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.drawn = self._drawn()
        found = _read_lines(folder / SCANNER, ScannerMarks)
        if [each.id for each in found] != list(self.drawn.ids) or digest_file(folder / SCANNER) != (
            self.drawn.scanner_digest
        ):
            raise BadInput(f"{SCANNER} was changed since the sample was drawn: draw another one.")
        self._found = [frozenset(_characters(each.spans)) for each in found]
        self._sheets = tuple(self._done(name) for name in ANNOTATORS)

    @staticmethod
    def files(folder: Path) -> tuple[Path, ...]:
        """What a sample's folder holds: the marks of people among it."""
        return tuple(folder / name for name in (SAMPLE, SCANNER, *ANNOTATORS, ADJUDICATOR))

    def _drawn(self) -> Drawn:
        try:
            return Drawn.model_validate_json((self._folder / SAMPLE).read_bytes())
        except (OSError, ValueError):
            raise BadInput(
                f"{called(self._folder)} holds no sample: make one with `preceptor phi sample draw`."
            ) from None

    def _done(self, name: str) -> list[Sheet]:
        sheets = _read_lines(self._folder / name, Sheet)
        if [sheet.id for sheet in sheets] != list(self.drawn.ids):
            raise BadInput(f"{name} does not hold the sample's records in their order: restore it.")
        open_ones = sum(not sheet.done for sheet in sheets)
        if open_ones:
            raise BadInput(f"{open_ones} record(s) of {name} are not done: read them and set done to true.")
        return sheets

    def disputed(self) -> list[Sheet]:
        """The records on which the two differ, for the adjudicator."""
        disputes: list[Sheet] = []
        for first, second in zip(*self._sheets, strict=True):
            marks = marks_of(first, ANNOTATORS[0]), marks_of(second, ANNOTATORS[1])
            if set(_characters(marks[0])) != set(_characters(marks[1])):
                disputes.append(Sheet(id=first.id, texts=first.texts, first=marks[0], second=marks[1]))
        return disputes

    def write_disputes(self) -> int:
        """Write the adjudicator's sheets; how many there are. Raises BadInput when they are there already."""
        path = self._folder / ADJUDICATOR
        if path.exists():
            raise BadInput(f"{ADJUDICATOR} is there already: its marks are not overwritten.")
        disputes = self.disputed()
        _write_lines(path, disputes)
        return len(disputes)

    def result(self, confidence: float = 0.95) -> SampleResult:
        """Agreement and the bound of what leaks. Raises BadInput while a dispute is not settled."""
        settled = {sheet.id: marks_of(sheet, ADJUDICATOR) for sheet in self._settled()}
        firsts, seconds = ([marks_of(s, n) for s in sheets] for sheets, n in zip(self._sheets, ANNOTATORS, strict=True))
        final = [settled.get(sheet.id, marks) for sheet, marks in zip(self._sheets[0], firsts, strict=True)]
        with_phi = leaked = 0
        for sheet, marks, found in zip(self._sheets[0], final, self._found, strict=True):
            telling = {(t, c) for t, c in _characters(marks) if sheet.texts[t].text[c].isalnum()}
            with_phi += bool(telling)
            leaked += not telling <= found
        n = len(final)
        return SampleResult(
            data_digest=self.drawn.data_digest,
            config_digest=self.drawn.config_digest,
            sample_digest=digest_file(self._folder / SAMPLE),
            seed=self.drawn.seed,
            population=self.drawn.population,
            records=n,
            kappa=_rounded(cohens_kappa([bool(m) for m in firsts], [bool(m) for m in seconds])),
            span_f1=_rounded(_span_f1(firsts, seconds)),
            character_f1=_rounded(_character_f1(firsts, seconds)),
            adjudicated=len(settled),
            records_with_phi=with_phi,
            leaked_records=leaked,
            leak_rate=round(leaked / n, 6),
            confidence=confidence,
            # Rounded up: a bound must not become smaller.
            leak_rate_upper_bound=min(1.0, round(upper_bound(leaked, n, confidence) + 5e-7, 6)),
        )

    def _settled(self) -> list[Sheet]:
        disputes = [sheet.id for sheet in self.disputed()]
        if not disputes:
            return []
        path = self._folder / ADJUDICATOR
        if not path.exists():
            raise BadInput(
                f"The annotators differ on {len(disputes)} record(s): run `preceptor phi sample adjudicate` and settle "
                "them."
            )
        sheets = _read_lines(path, Sheet)
        if [sheet.id for sheet in sheets] != disputes or not all(sheet.done for sheet in sheets):
            raise BadInput(
                f"{ADJUDICATOR} must settle exactly the {len(disputes)} disputed records, each with done: true."
            )
        return sheets


def marks_of(sheet: Sheet, name: str) -> tuple[Mark, ...]:
    """The marks of a sheet: its spans, and every place where its words stand. Raises BadInput on one outside a text."""
    marks = list(sheet.spans)
    for mark in marks:
        if mark.text >= len(sheet.texts) or not mark.start < mark.end <= len(sheet.texts[mark.text].text):
            raise BadInput(f"A span of record {sheet.id} in {name} lies outside its text: correct it.")
    for words in sheet.phi:
        places = [
            Mark(text=index, start=start, end=start + len(words))
            for index, each in enumerate(sheet.texts)
            for start in _occurrences(each.text, words)
        ]
        if not places:
            raise BadInput(
                f"Words in phi of record {sheet.id} in {name} do not stand in the record: copy them exactly."
            )
        marks += places
    return tuple(marks)


def _occurrences(text: str, words: str) -> Iterator[int]:
    start = text.find(words) if words.strip() else -1
    while start >= 0:
        yield start
        start = text.find(words, start + 1)


def _characters(marks: Iterable[Mark]) -> Iterator[tuple[int, int]]:
    for mark in marks:
        for position in range(mark.start, mark.end):
            yield mark.text, position


def _span_f1(firsts: Sequence[Sequence[Mark]], seconds: Sequence[Sequence[Mark]]) -> float | None:
    sets = [[{(m.text, m.start, m.end) for m in marks} for marks in side] for side in (firsts, seconds)]
    common = sum(len(a & b) for a, b in zip(*sets, strict=True))
    return f1(common, sum(map(len, sets[0])), sum(map(len, sets[1])))


def _character_f1(firsts: Sequence[Sequence[Mark]], seconds: Sequence[Sequence[Mark]]) -> float | None:
    sets = [[set(_characters(marks)) for marks in side] for side in (firsts, seconds)]
    common = sum(len(a & b) for a, b in zip(*sets, strict=True))
    return f1(common, sum(map(len, sets[0])), sum(map(len, sets[1])))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _write_lines(path: Path, rows: Iterable[BaseModel]) -> None:
    _write(
        path, "".join(json.dumps(row.model_dump(mode="json", by_alias=True, exclude_none=True)) + "\n" for row in rows)
    )


def _read_lines(path: Path, model: type[_Row]) -> list[_Row]:
    rows: list[_Row] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        raise BadInput(f"{path.name} of the sample is missing or cannot be read.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(model.model_validate_json(line))
        except ValidationError as error:
            raise BadInput(f"Line {number} of {path.name} is not understood: {sentence_of(error)}.") from None
    return rows


def read_result(path: Path) -> SampleResult:
    """Read what `preceptor phi sample report` wrote. Raises BadInput."""
    try:
        return SampleResult.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        why = sentence_of(error) if isinstance(error, ValidationError) else "it cannot be read"
        raise BadInput(f"{called(path)} is no result of a sample: {why}.") from None


def result_document(result: SampleResult) -> dict[str, Any]:
    """The result as JSON."""
    return result.model_dump(mode="json", by_alias=True)

"""Which texts does a file hold, and where does each of them stand?"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

# A longer line or document is reported as unreadable: it would have to be held in memory whole.
LINE_LIMIT = 16 << 20
DOCUMENT_LIMIT = 256 << 20


@dataclass(frozen=True, slots=True)
class Value:
    """One text of a file. ``path`` is the way to it (keys and indexes), ``key`` the nearest field name above it.

    ``is_key`` says that the text is itself a field's name, the last of ``path``.
    """

    record: int
    path: tuple[str | int, ...]
    text: str
    key: str = ""
    number: bool = False
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place that cannot be read; ``why`` is from this module's fixed vocabulary and holds nothing of the data."""

    record: int
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end, or why it cannot be read."""

    number: int
    text: str | None
    why: str = ""


Item = Value | Unreadable


class _Number(str):
    """A JSON number as it is written, so that nothing is lost or refused by conversion."""

    __slots__ = ()


class _Members(list[tuple[str, Any]]):
    """A JSON object with every member, also those whose name occurs twice: the second would hide the first."""


def lines(file: IO[bytes], limit: int = LINE_LIMIT) -> Iterator[Line]:
    """The lines of a file as UTF-8, one at a time; a line over ``limit`` bytes or of other bytes is unreadable."""
    number = 0
    while chunk := file.readline(limit + 1):
        number += 1
        if len(chunk) > limit and not chunk.endswith(b"\n"):
            while chunk and not chunk.endswith(b"\n"):
                chunk = file.readline(limit + 1)
            yield Line(number, None, "LineTooLong")
            continue
        if number == 1:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        yield _decoded(number, chunk)


def _decoded(number: int, chunk: bytes) -> Line:
    try:
        text = chunk.decode()
    except UnicodeDecodeError:
        return Line(number, None, "NotUtf8")
    if "\0" in text:
        return Line(number, None, "Binary")
    return Line(number, text.removesuffix("\n").removesuffix("\r"))


def text_values(source: Iterable[Line]) -> Iterator[Item]:
    """Plain text: every line is a record."""
    for line in source:
        if line.text is None:
            yield Unreadable(line.number, line.why)
        else:
            yield Value(line.number, (), line.text)


def jsonl_values(source: Iterable[Line]) -> Iterator[Item]:
    """JSON lines: every line is a record, decoded before anything is matched; blank lines are none."""
    for line in source:
        if line.text is None:
            yield Unreadable(line.number, line.why)
        elif line.text.strip():
            yield from _json_record(line.number, line.text)


def log_values(source: Iterable[Line]) -> Iterator[Item]:
    """A log: lines of JSON objects or of text, mixed as they come."""
    for line in source:
        if line.text is None:
            yield Unreadable(line.number, line.why)
        elif line.text.lstrip().startswith("{"):
            items = list(_json_record(line.number, line.text))
            # A line that only looks like JSON is text.
            yield from [Value(line.number, (), line.text)] if isinstance(items[0], Unreadable) else items
        else:
            yield Value(line.number, (), line.text)


def json_values(file: IO[bytes], limit: int = DOCUMENT_LIMIT) -> Iterator[Item]:
    """A JSON document: the elements of an array are its records, anything else is one record."""
    data = file.read(limit + 1)
    if len(data) > limit:
        yield Unreadable(0, "DocumentTooLong")
        return
    line = _decoded(1, data.removeprefix(b"\xef\xbb\xbf"))
    if line.text is None:
        yield Unreadable(0, line.why)
        return
    try:
        document = _loads(line.text)
    except _NOT_JSON:
        yield Unreadable(0, "NotJson")
        return
    # What is too deep for the walk was too deep for the parser, which refused it above.
    if isinstance(document, list) and not isinstance(document, _Members):
        for index, element in enumerate(document):
            yield from _walk(index + 1, (index,), "", element)
    else:
        yield from _walk(1, (), "", document)


def csv_values(source: Iterable[Line], delimiter: str = ",") -> Iterator[Item]:
    """A table: rows are records, counted from 1 with the header; the header's names are the keys."""
    broken: list[Unreadable] = []

    def rows() -> Iterator[str]:
        for line in source:
            if line.text is None:
                broken.append(Unreadable(line.number, line.why))
                yield "\n"
            else:
                yield line.text + "\n"

    csv.field_size_limit(LINE_LIMIT)
    reader = csv.reader(rows(), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    number = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            # What follows a broken quotation cannot be told apart any more.
            yield Unreadable(number + 1, "NotCsv")
            break
        number += 1
        if header is None:
            header = row if _is_header(row) else []
            for index, name in enumerate(row):
                yield Value(number, (index,), name)
            continue
        for index, cell in enumerate(row):
            key = header[index] if index < len(header) else ""
            yield Value(number, (key or index,), cell, key)
        yield from broken
        broken.clear()
    yield from broken


def _is_header(row: list[str]) -> bool:
    return (
        bool(row)
        and len(set(row)) == len(row)
        and all(cell.strip() and not any(c.isdigit() for c in cell[:1]) for cell in row)
    )


_NOT_JSON = (ValueError, RecursionError)


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_Members, parse_int=_Number, parse_float=_Number)


def _json_record(number: int, text: str) -> Iterator[Item]:
    try:
        document = _loads(text)
    except _NOT_JSON:
        yield Unreadable(number, "NotJson")
        return
    yield from _walk(number, (), "", document)


def _walk(record: int, path: tuple[str | int, ...], key: str, node: Any) -> Iterator[Item]:
    """Every text, number and member name below a node, in the order of the document, without recursion."""
    stack: list[tuple[tuple[str | int, ...], str, Any]] = [(path, key, node)]
    while stack:
        path, key, node = stack.pop()
        if isinstance(node, _Members):
            for name, _ in node:
                yield Value(record, (*path, name), name, is_key=True)
            stack.extend(((*path, name), name, child) for name, child in reversed(node))
        elif isinstance(node, list):
            stack.extend(((*path, index), key, child) for index, child in reversed(list(enumerate(node))))
        elif isinstance(node, _Number):
            yield Value(record, path, node, key, number=True)
        elif isinstance(node, str):
            yield Value(record, path, node, key)

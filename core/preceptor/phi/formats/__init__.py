"""How is a file read?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Literal

from preceptor.phi.formats.document import json_groups
from preceptor.phi.formats.jsonlines import jsonl_groups
from preceptor.phi.formats.lines import Lines
from preceptor.phi.formats.parquet import is_parquet, parquet_groups
from preceptor.phi.formats.source import is_plain, peeked, unpacked
from preceptor.phi.formats.table import csv_groups
from preceptor.phi.formats.text import log_groups, text_groups
from preceptor.phi.values import Fault, Group, Item, Part, Unreadable

Format = Literal["auto", "jsonl", "json", "csv", "parquet", "text", "log"]

SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".ipynb": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".log": "log",
}
_PACKED = frozenset({".gz", ".gzip", ".zst", ".zstd"})


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file is read: ``splits`` says that a part of it can be read without the rest."""

    format: Format
    delimiter: str = ""
    splits: bool = False


def inner_name(name: str) -> PurePath:
    """A file's name without the suffixes of compression."""
    path = PurePath(name)
    while path.suffix.lower() in _PACKED:
        path = path.with_suffix("")
    return path


def reading(name: str, format: Format, head: bytes) -> Reading:
    """How to read a file of that name which begins with ``head``."""
    inner = inner_name(name)
    suffix = inner.suffix.lower()
    by_name = SUFFIXES.get(suffix, "text") if format == "auto" else format
    # Whatever it is called: read as lines it would be one unreadable place.
    chosen = "parquet" if format == "auto" and is_parquet(head) else by_name
    splits = chosen in ("jsonl", "log", "text") and is_plain(head) and b"\0" not in head
    return Reading(chosen, "\t" if suffix == ".tsv" else "", splits)


def items(file: IO[bytes], how: Reading, part: Part) -> Iterator[Item]:
    """The texts of a whole file, one by one."""
    for group in groups(file, how, part, suspicious=True):
        yield from group


def groups(
    file: IO[bytes], how: Reading, part: Part, *, begin: int = 0, end: int | None = None, suspicious: bool = False
) -> Iterator[Group]:
    """The texts of a file, or of the records that begin in the bytes ``[begin, end)`` of one that splits.

    ``suspicious`` says that nobody named the format: a binary file is then one unreadable place and not thousands.
    """
    try:
        stream = unpacked(file) if not begin else file
        head = peeked(stream) if suspicious and not begin else b""
        parquet = how.format == "parquet" or is_parquet(head)
        if how.format == "text" and not parquet and b"\0" in head:
            yield [Unreadable(0, "Binary")]
            return
    except Fault as fault:
        yield [Unreadable(0, fault.why)]
        return
    if parquet:
        yield from parquet_groups(stream, part)
        return
    if how.format == "json":
        yield from json_groups(stream, part)
        return
    lines = Lines(stream, part, begin=begin, end=end, blocks=how.format == "text")
    match how.format:
        case "jsonl":
            yield from jsonl_groups(lines, part)
        case "csv":
            yield from csv_groups(lines, part, how.delimiter)
        case "log":
            yield from log_groups(lines, part)
        case _:
            yield from text_groups(lines, part)

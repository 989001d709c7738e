"""Which texts does a table of comma-separated values hold?"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator

from preceptor.phi.formats.lines import Line
from preceptor.phi.values import LINE_LIMIT, Item, Unreadable, Value

_DELIMITERS = ",;\t|"
_CELL_LIMIT = 4 << 20


def csv_values(source: Iterable[Line], delimiter: str = "") -> Iterator[Item]:
    """A table: rows are records, counted from 1 with the header; the header's names are the keys.

    Without ``delimiter`` the first line says which it is. A row that is no CSV is unreadable, and its lines are read as
    plain text all the same.
    """
    rows = _Rows(source)
    csv.field_size_limit(_CELL_LIMIT)
    reader = csv.reader(rows, delimiter=delimiter or _delimiter(rows.first()), strict=True)
    header: list[str] | None = None
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            yield from rows.broken(number)
            return
        except csv.Error:
            yield Unreadable(number, "NotCsv")
            yield from (Value(number, (), text) for text in rows.taken)
            rows.next_row()
            yield from rows.broken(number)
            continue
        rows.next_row()
        if header is None:
            header = row if _is_header(row) else []
            for index, name in enumerate(row):
                yield Value(number, (index,), name)
        else:
            for index, cell in enumerate(row):
                key = header[index] if index < len(header) else ""
                yield Value(number, (key or index,), cell, key)
        yield from rows.broken(number)


class _Rows:
    """The lines for the reader, with what it has taken for its present row and what could not be read of that."""

    def __init__(self, source: Iterable[Line]) -> None:
        self._source = iter(source)
        self._ahead: deque[Line] = deque()
        self._faults: list[str] = []
        self._size = 0
        self.taken: list[str] = []

    def next_row(self) -> None:
        """What was taken is done with."""
        self.taken.clear()
        self._size = 0

    def first(self) -> str:
        """The first line, which is still to be read."""
        for line in self._source:
            self._ahead.append(line)
            return line.text or ""
        return ""

    def broken(self, record: int) -> Iterator[Unreadable]:
        """The unreadable lines of the present row."""
        yield from (Unreadable(record, why) for why in self._faults)
        self._faults.clear()

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._source)
        if line.text is None:
            self._faults.append(line.why)
            return "\n"
        self.taken.append(line.text)
        self._size += len(line.text)
        if self._size > LINE_LIMIT:
            raise csv.Error("row too long")
        return line.text + "\n"


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def _is_header(row: list[str]) -> bool:
    return (
        bool(row)
        and len(set(row)) == len(row)
        and all(cell.strip() and not any(c.isdigit() for c in cell[:1]) for cell in row)
    )

"""Which texts does a table of comma-separated values hold?"""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice

from preceptor.phi.formats.lines import Run
from preceptor.phi.formats.numbers import whole
from preceptor.phi.values import LINE_LIMIT, Group, Part, Unreadable, Value

_DELIMITERS = ",;\t|"
_CELL_LIMIT = 4 << 20


def csv_groups(source: Iterable[Run], part: Part, delimiter: str = "") -> Iterator[Group]:
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
            part.records += 1
            yield [Unreadable(number, "NotCsv")]
            yield [Value(number, None, text) for text in rows.taken]
            rows.next_row()
            yield from rows.broken(number)
            continue
        rows.next_row()
        part.records += 1
        if header is None:
            header = row if _is_header(row) else []
            yield [Value(number, (None, index), name) for index, name in enumerate(row)]
        else:
            yield _cells(number, row, header, part)
        yield from rows.broken(number)


def _cells(number: int, row: list[str], header: list[str], part: Part) -> Group:
    known = part.clean_texts
    group: Group = []
    for index, cell in enumerate(row):
        if cell:
            part.characters += len(cell)
            key = header[index] if index < len(header) else ""
            # Most cells hold words, which begin behind the digits in ASCII.
            if cell[0] <= "9":
                cell = whole(cell)
            if (key, cell) not in known:
                group.append(Value(number, (None, key or index), cell, key))
    return group


class _Rows:
    """The lines for the reader, with what it has taken for its present row and what could not be read of that."""

    def __init__(self, source: Iterable[Run]) -> None:
        self._lines = self._each(source)
        self._ahead: list[str] = []
        self._faults: list[str] = []
        self._size = 0
        self.taken: list[str] = []

    def _each(self, source: Iterable[Run]) -> Iterator[str]:
        for run in source:
            if run.why:
                self._faults.append(run.why)
                yield ""
            yield from run.texts

    def next_row(self) -> None:
        """What was taken is done with."""
        self.taken.clear()
        self._size = 0

    def first(self) -> str:
        """The first line, which is still to be read."""
        self._ahead = list(islice(self._lines, 1))
        return self._ahead[0] if self._ahead else ""

    def broken(self, record: int) -> Iterator[Group]:
        """The unreadable lines of the present row."""
        if self._faults:
            for why in self._faults:
                yield [Unreadable(record, why)]
            self._faults.clear()

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> str:
        text = self._ahead.pop() if self._ahead else next(self._lines)
        self.taken.append(text)
        self._size += len(text)
        if self._size > LINE_LIMIT:
            raise csv.Error("row too long")
        return text + "\n"


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def _is_header(row: list[str]) -> bool:
    return (
        bool(row)
        and len(set(row)) == len(row)
        and all(cell.strip() and not any(c.isdigit() for c in cell[:1]) for cell in row)
    )

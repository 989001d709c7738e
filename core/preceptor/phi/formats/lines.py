"""Which lines of a file begin in a range of its bytes?"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from preceptor.phi.values import LINE_LIMIT, Fault

_BOM = b"\xef\xbb\xbf"
_BLOCK_EVERY = 64


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end, or why it cannot be read. ``starts`` says that it begins a block."""

    number: int
    text: str | None
    why: str = ""
    starts: bool = True


def every_line(chunk: bytes) -> bool:
    """Every line stands for itself."""
    return True


def block_of_text(chunk: bytes) -> bool:
    """Whether a line begins a block of a plain text: a paragraph, or what chance makes one.

    The line alone decides, so that a reader who begins in the middle of a file finds the same blocks.
    """
    return not chunk.strip() or zlib.crc32(chunk) % _BLOCK_EVERY == 0


class Lines:
    """The lines of the blocks that begin in the bytes ``[begin, end)`` of a file, as UTF-8, one at a time.

    A line over ``limit`` bytes or of other bytes is unreadable. Lines are numbered from 1 within the range; ``count``
    is how many there were so far, and ``position`` the byte reached. Ranges that cover a file give every line once;
    one that does not begin at 0 has an end.
    """

    def __init__(
        self,
        file: IO[bytes],
        *,
        begin: int = 0,
        end: int | None = None,
        starts: Callable[[bytes], bool] = every_line,
        limit: int = LINE_LIMIT,
    ) -> None:
        self._file, self._end, self._starts, self._limit = file, end, starts, limit
        self._begin = self.position = begin
        self.count = 0

    def __iter__(self) -> Iterator[Line]:
        try:
            yield from self._lines()
        except Fault as fault:
            yield Line(self.count + 1, None, fault.why)
        except OSError:
            yield Line(self.count + 1, None, "ReadError")

    def _lines(self) -> Iterator[Line]:
        if self._end is not None and self._begin and not self._sought(self._end):
            return
        inside = not self._begin
        while chunk := self._file.readline(self._limit + 1):
            long = len(chunk) > self._limit and not chunk.endswith(b"\n")
            starts = long or self._starts(chunk)
            if self._end is not None and self.position >= self._end and (starts or not inside):
                return
            self.position += len(chunk)
            if long:
                self._skip_line()
            inside = inside or starts
            if not inside:
                continue
            self.count += 1
            if long:
                yield Line(self.count, None, "LineTooLong")
                continue
            if self.count == 1 and not self._begin:
                chunk = chunk.removeprefix(_BOM)
            yield _decoded(self.count, chunk, starts)

    def _sought(self, end: int) -> bool:
        """Go to the first line that begins at or after ``begin``; whether there is one before ``end``."""
        self._file.seek(self._begin - 1)
        rest = self._file.readline(end - self._begin + 1)
        self.position = self._begin - 1 + len(rest)
        return rest.endswith(b"\n") and self.position < end

    def _skip_line(self) -> None:
        while chunk := self._file.readline(1 << 20):
            self.position += len(chunk)
            if chunk.endswith(b"\n"):
                return


def _decoded(number: int, chunk: bytes, starts: bool) -> Line:
    try:
        text = chunk.decode()
    except UnicodeDecodeError:
        return Line(number, None, "NotUtf8")
    if "\0" in text:
        return Line(number, None, "Binary")
    return Line(number, text.removesuffix("\n").removesuffix("\r"), starts=starts)

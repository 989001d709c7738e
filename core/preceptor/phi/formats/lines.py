"""Which lines of a file begin in a range of its bytes?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from preceptor.phi.values import LINE_LIMIT, Fault, Part

_CHUNK = 64 << 10
_BOM = "\ufeff"
_BLOCK_LENGTHS = 37


@dataclass(frozen=True, slots=True)
class Run:
    """Lines one after another, without their ends: ``first`` is the number of the first of them.

    ``why`` says that the line of that number cannot be read; there are then no texts.
    """

    first: int
    texts: list[str]
    why: str = ""


def begins_block(text: str) -> bool:
    """Whether a line begins a block of a plain text: it is blank, or its length says so by chance.

    The line alone decides, so that a reader who begins in the middle of a file finds the same blocks.
    """
    return not len(text) % _BLOCK_LENGTHS or text.isspace()


class Lines:
    """The lines that begin in the bytes ``[begin, end)`` of a file, as UTF-8; with ``blocks``, of the blocks that do.

    A line over the limit or of other bytes is unreadable. Lines are numbered from 1 within the range and counted in
    ``part``. Ranges that cover a file give every line once; one that does not begin at 0 has an end.
    """

    def __init__(
        self, file: IO[bytes], part: Part, *, begin: int = 0, end: int | None = None, blocks: bool = False
    ) -> None:
        self._file, self._part = file, part
        self._begin, self._end, self._blocks = begin, end, blocks
        self._position = begin

    def __iter__(self) -> Iterator[Run]:
        try:
            yield from self._runs()
        except Fault as fault:
            yield Run(self._part.lines + 1, [], fault.why)
        except OSError:
            yield Run(self._part.lines + 1, [], "ReadError")

    def _runs(self) -> Iterator[Run]:
        begin, end = self._begin, self._end
        if begin and end is not None:
            first = self._first(end)
            if not first:
                return
            yield from self._decoded(first)
        while end is None or self._position < end:
            # Not read(): a fault further on would take with it what was read before.
            most = _CHUNK if end is None else min(_CHUNK, end - self._position)
            data = self._file.read1(most)  # type: ignore[attr-defined]
            if not data:
                return
            self._position += len(data)
            if not data.endswith(b"\n"):
                data += self._rest(LINE_LIMIT)
            yield from self._decoded(data)
        while self._blocks and (line := self._line()):
            if _begins(line):
                return
            yield from self._decoded(line)

    def _first(self, end: int) -> bytes:
        """The first line to read in a range that begins within the file; empty where there is none."""
        self._file.seek(self._begin - 1)
        rest = self._file.readline(end - self._begin + 1)
        self._position = self._begin - 1 + len(rest)
        if not rest.endswith(b"\n"):
            return b""
        while self._position < end and (line := self._line()):
            if not self._blocks or _begins(line):
                return line
        return b""

    def _line(self) -> bytes:
        return self._rest(LINE_LIMIT)

    def _rest(self, limit: int) -> bytes:
        """The rest of the line. Of one that is longer than the limit no more is kept than shows that it is."""
        rest = self._file.readline(limit + 1)
        self._position += len(rest)
        if len(rest) > limit and not rest.endswith(b"\n"):
            while chunk := self._file.readline(1 << 20):
                self._position += len(chunk)
                if chunk.endswith(b"\n"):
                    break
        return rest

    def _decoded(self, data: bytes) -> Iterator[Run]:
        """Whole lines as texts: all at once, or one by one where one of them is unreadable."""
        part = self._part
        # Only the last line can be longer than what is read at once.
        last = data.rfind(b"\n", 0, len(data) - 1) + 1
        if len(data) - last <= LINE_LIMIT:
            texts = _texts(data)
            if texts is not None:
                first = part.lines + 1
                if first == 1 and not self._begin:
                    texts[0] = texts[0].removeprefix(_BOM)
                part.lines += len(texts)
                yield Run(first, texts)
                return
        for line in data.splitlines(keepends=True) if b"\r" not in data else _cut(data):
            part.lines += 1
            texts = _texts(line) if len(line) <= LINE_LIMIT else None
            if texts is not None:
                yield Run(part.lines, texts)
            else:
                yield Run(part.lines, [], _why(line))


def _texts(data: bytes) -> list[str] | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    texts = text.removesuffix("\n").split("\n")
    return [each.removesuffix("\r") for each in texts] if "\r" in text else texts


def _why(line: bytes) -> str:
    if len(line) > LINE_LIMIT:
        return "LineTooLong"
    return "Binary" if b"\0" in line and _is_utf8(line) else "NotUtf8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _cut(data: bytes) -> list[bytes]:
    return [part + b"\n" for part in data.removesuffix(b"\n").split(b"\n")]


def _begins(line: bytes) -> bool:
    """Whether a line begins a block; one that cannot be read always does."""
    texts = _texts(line) if len(line) <= LINE_LIMIT else None
    return texts is None or begins_block(texts[0])

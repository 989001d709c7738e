"""Into which pieces, each a range of bytes, does a file fall?

The pieces depend on the file alone and never on how many processes or pods read them: that is why their number cannot
change what is found.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from preceptor.phi.formats import Format, Reading, reading
from preceptor.phi.formats.source import open_regular, peeked
from preceptor.phi.values import Fault

SIZE = 4 << 20
_WHOLE = Reading("text")


@dataclass(frozen=True, slots=True)
class Piece:
    """The records that begin in the bytes ``[begin, end)`` of one file; to its end where ``end`` is None.

    ``identity`` is (size, mtime_ns, inode) of the file as it was cut; ``fault`` says why it cannot be read at all;
    ``suspicious`` that nobody named the format.
    """

    path: Path
    name: str
    how: Reading = _WHOLE
    begin: int = 0
    end: int | None = None
    size: int = 0
    identity: tuple[int, int, int] = (0, 0, 0)
    fault: str = ""
    log: bool = False
    suspicious: bool = True


def pieces_of(
    path: Path, name: str, format: Format = "auto", *, log: bool = False, fault: str = "", size: int = SIZE
) -> Iterator[Piece]:
    """The pieces of one file in order: one for a file that cannot be read, or not in parts."""
    if fault:
        yield Piece(path, name, fault=fault, log=log)
        return
    try:
        with open_regular(path) as file:
            status = os.fstat(file.fileno())
            head = peeked(file)
    except Fault as error:
        yield Piece(path, name, fault=error.why, log=log)
        return
    how = reading(name, format, head)
    identity = (status.st_size, status.st_mtime_ns, status.st_ino)
    auto = format == "auto"
    if not how.splits or status.st_size <= size:
        yield Piece(path, name, how, 0, None, status.st_size, identity, "", log, auto)
        return
    for begin in range(0, status.st_size, size):
        end = min(begin + size, status.st_size)
        yield Piece(path, name, how, begin, end, end - begin, identity, "", log, auto)

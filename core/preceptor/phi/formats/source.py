"""Which bytes of UTF-8 does a file hold once it is unpacked and decoded?"""

import codecs
import gzip
import io
import os
import stat
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from backports import zstd

from preceptor.phi.values import Fault

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1 << 18
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# A frame may ask for no larger window (128 MiB), or it would decide how much memory the scan takes.
_WINDOW_LOG = 27
# Text shrinks to a tenth, repetitive logs to a hundredth; what shrinks to less than this was made to grow.
_RATIO = 400
_RATIO_FROM = 64 << 20
_LAYERS = 2
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "NotUtf32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "NotUtf32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "NotUtf16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "NotUtf16"),
)


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file; follows no link and waits for no pipe.

    Raises Fault: ``NotARegularFile`` for anything else, ``ReadError`` when it cannot be opened.
    """
    try:
        kind = path.lstat().st_mode
        if not stat.S_ISREG(kind):
            raise Fault("NotARegularFile")
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError):
        raise Fault("ReadError") from None
    file = os.fdopen(descriptor, "rb", buffering=_CHUNK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise Fault("NotARegularFile")
    return file


def is_plain(head: bytes) -> bool:
    """Whether a file's bytes are its text's: not compressed and of no wide encoding, so that any part can be read."""
    return not head.startswith((_GZIP, _ZSTD, *(bom for bom, _, _ in _BOMS)))


def peeked(file: IO[bytes], size: int = 8192) -> bytes:
    """The first bytes of a buffered stream that is still at its start, left in it. Raises Fault."""
    try:
        return file.peek(size)[:size]  # type: ignore[attr-defined, no-any-return]
    except OSError:
        raise Fault("ReadError") from None


def unpacked(file: IO[bytes]) -> IO[bytes]:
    """The stream without gzip or Zstandard around it, as UTF-8. Raises Fault, and so do reads of what it returns."""
    for _ in range(_LAYERS):
        head = peeked(file)
        if head.startswith(_GZIP):
            counted = _Counted(file)
            file = io.BufferedReader(_Expanded(gzip.GzipFile(fileobj=counted, mode="rb"), counted), _CHUNK)
        elif head.startswith(_ZSTD):
            counted = _Counted(file)
            options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG}
            file = io.BufferedReader(_Expanded(zstd.ZstdFile(counted, mode="r", options=options), counted), _CHUNK)
        else:
            break
    head = peeked(file)
    if head.startswith((_GZIP, _ZSTD)):
        raise Fault("NestedTooDeep")
    for bom, encoding, why in _BOMS:
        if head.startswith(bom):
            file.read(len(bom))
            return io.BufferedReader(_Transcoded(file, encoding, why), _CHUNK)
    return file


class _Counted(io.RawIOBase):
    """Counts the compressed bytes that were taken."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.taken += len(data)
        return data


class _Expanded(io.RawIOBase):
    def __init__(self, file: gzip.GzipFile | zstd.ZstdFile, source: _Counted) -> None:
        self._file, self._source = file, source
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._file.read1(min(len(view), _CHUNK))
        except EOFError:
            raise Fault("Truncated") from None
        except (gzip.BadGzipFile, zlib.error, zstd.ZstdError):
            raise Fault("BrokenCompression") from None
        self._given += len(data)
        if self._given > _RATIO_FROM and self._given > _RATIO * self._source.taken:
            raise Fault("ExpandsTooMuch")
        view[: len(data)] = data
        return len(data)


class _Transcoded(io.RawIOBase):
    def __init__(self, file: IO[bytes], encoding: str, why: str) -> None:
        self._file, self._why = file, why
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        while not self._ready:
            data = self._file.read1(_CHUNK)  # type: ignore[attr-defined]
            try:
                self._ready = self._decoder.decode(data, not data).encode()
            except UnicodeError:
                raise Fault(self._why) from None
            if not data:
                break
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)

"""Which texts does a JSON document hold, however large it is?

What fits into a window is decoded whole; a larger array or object is entered, and its elements are decoded one by one.
So memory is bounded by the window and not by the document.
"""

import codecs
import re
from collections.abc import Iterator
from typing import IO, Any

from preceptor.phi.formats.jsonlines import DECODER, NOT_JSON
from preceptor.phi.formats.nodes import Members, values_of
from preceptor.phi.values import LINE_LIMIT, Fault, Group, Part, Unreadable, Value, Way

_CHUNK = 1 << 18
WINDOW = 4 << 20
_DEPTH = 200
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING_END = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)


def json_groups(file: IO[bytes], part: Part, window: int = WINDOW) -> Iterator[Group]:
    """A JSON document: the elements of an array are its records, anything else is one record.

    Several documents one after another, as some tools write them into one file, are records one after another.
    """
    document = _Document(file, part, window)
    try:
        yield from document.groups()
    except Fault as fault:
        yield [Unreadable(document.record, fault.why)]
    except OSError:
        yield [Unreadable(document.record, "ReadError")]


class _Document:
    def __init__(self, file: IO[bytes], part: Part, window: int) -> None:
        self._text = _Text(file)
        self._part = part
        self._window = window
        self.record = 0

    def groups(self) -> Iterator[Group]:
        text = self._text
        if text.next() == "\ufeff":
            text.at += 1
        if not text.next():
            raise Fault("NotJson")
        while text.next():
            found, node = self._decoded(text)
            if found and isinstance(node, list) and not isinstance(node, Members):
                for index, element in enumerate(node):
                    self._next_record()
                    yield self._of((None, index), "", element)
            elif found:
                self._next_record()
                yield self._of(None, "", node)
            elif text.next() == "[":
                yield from self._array(None, "", 0)
            else:
                self._next_record()
                yield from self._opened(None, "", 0)

    def _of(self, way: Way, key: str, node: Any) -> Group:
        group = values_of(self.record, way, key, node, self._part)
        self._part.characters += sum(len(item.text) for item in group if isinstance(item, Value))
        return group

    def _next_record(self) -> None:
        self.record += 1
        self._part.records += 1

    def _value(self, way: Way, key: str, depth: int) -> Iterator[Group]:
        found, node = self._decoded(self._text)
        if found:
            yield self._of(way, key, node)
        else:
            yield from self._opened(way, key, depth)

    def _opened(self, way: Way, key: str, depth: int) -> Iterator[Group]:
        """What does not fit into the window, or is broken."""
        if depth > _DEPTH:
            raise Fault("NestedTooDeep")
        match self._text.next():
            case "[":
                yield from self._array(way, key, depth)
            case "{":
                yield from self._object(way, depth)
            case '"':
                yield from self._string(way, key)
            case _:
                raise Fault("NotJson")

    def _array(self, way: Way, key: str, depth: int) -> Iterator[Group]:
        text = self._text
        text.at += 1
        index = 0
        while text.next() != "]" or index:
            if way is None:
                self._next_record()
            yield from self._value((way, index), key, depth + 1)
            index += 1
            if not text.comma("]"):
                return
        text.at += 1

    def _object(self, way: Way, depth: int) -> Iterator[Group]:
        text = self._text
        text.at += 1
        first = True
        while text.next() != "}" or not first:
            first = False
            found, name = self._decoded(text) if text.next() == '"' else (False, "")
            if not found or text.next() != ":":
                raise Fault("NotJson")
            text.at += 1
            if name not in self._part.clean_names:
                yield [Value(self.record, (way, name), name, is_key=True)]
            yield from self._value((way, name), name, depth + 1)
            if not text.comma("}"):
                return
        text.at += 1

    def _string(self, way: Way, key: str) -> Iterator[Group]:
        """A string longer than the window, up to the longest that is read at all; what is longer is passed over."""
        text = self._text
        text.fill(LINE_LIMIT)
        found, node = text.decoded()
        if found:
            yield self._of(way, key, node)
            return
        if text.ended:
            raise Fault("NotJson")
        text.at += 1
        text.skip_string()
        yield [Unreadable(self.record, "ValueTooLong")]

    def _decoded(self, text: "_Text") -> tuple[bool, Any]:
        text.next()
        found, node = text.decoded()
        if not found and not text.ended and text.left < self._window:
            text.fill(self._window)
            found, node = text.decoded()
        return found, node


class _Text:
    """A text that is read as it is needed: ``at`` is the place reached in what is held of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._held = ""
        self.at = 0
        self.ended = False

    @property
    def left(self) -> int:
        return len(self._held) - self.at

    def fill(self, size: int) -> None:
        """Hold at least ``size`` characters from here on, or all that are left."""
        parts = [self._held[self.at :]]
        self.at, held = 0, len(parts[0])
        while held < size and not self.ended:
            data = self._file.read1(_CHUNK)  # type: ignore[attr-defined]
            self.ended = not data
            try:
                parts.append(self._decoder.decode(data, self.ended))
            except UnicodeDecodeError:
                raise Fault("NotUtf8") from None
            held += len(parts[-1])
        self._held = "".join(parts)

    def next(self) -> str:
        """The next character that is no space, which is left where it is; empty at the end."""
        while True:
            match = _SPACE.match(self._held, self.at)
            self.at = match.end() if match else self.at
            if self.left or self.ended:
                return self._held[self.at : self.at + 1]
            self.fill(_CHUNK)

    def comma(self, end: str) -> bool:
        """Whether another member follows; ``end`` is the bracket that closes otherwise. Takes either."""
        found = self.next()
        if found not in (",", end):
            raise Fault("NotJson")
        self.at += 1
        return found == ","

    def decoded(self) -> tuple[bool, Any]:
        """The value that stands here whole and its success; a number must be seen to end."""
        try:
            node, end = DECODER.raw_decode(self._held, self.at)
        except NOT_JSON:
            return False, None
        if end == len(self._held) and not self.ended:
            return False, None
        self.at = end
        return True, node

    def skip_string(self) -> None:
        """Go behind the quotation mark that ends the string here."""
        while True:
            match = _STRING_END.match(self._held, self.at)
            if match is not None:
                self.at = match.end()
                return
            if self.ended:
                raise Fault("NotJson")
            # An escape may be cut in two: the last backslashes stay.
            kept = len(self._held) - len(self._held.rstrip("\\"))
            self.at = len(self._held) - kept
            self.fill(kept + _CHUNK)

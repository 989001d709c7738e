"""Which plain text does a reader see in a string, and where in the string does each part of it stand?"""

import unicodedata
from array import array
from functools import lru_cache

# Marks that show nothing: soft hyphen, zero-width spaces and joiners, directional marks, byte order mark, selectors.
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff") | {
    chr(code) for block in ((0x202A, 0x202F), (0x2066, 0x2070), (0xFE00, 0xFE10)) for code in range(*block)
}
_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_QUOTES = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}


class NormalText:
    """A normalised text with the way back to its source.

    ``text`` is the normalised form, ``data`` its UTF-8; :meth:`source_span` maps code points of ``text`` to code points
    of the source.
    """

    __slots__ = ("_chars", "_ends", "_starts", "data", "text")

    def __init__(self, text: str, starts: "array[int] | None", ends: "array[int] | None") -> None:
        self.text = text
        self.data = text.encode()
        self._starts = starts
        self._ends = ends
        self._chars: array[int] | None = None

    def char(self, offset: int) -> int:
        """The code point of ``text`` at a byte offset of ``data``."""
        if len(self.data) == len(self.text):
            return offset
        if self._chars is None:
            chars = array("L")
            for index, character in enumerate(self.text):
                chars.extend([index] * len(character.encode()))
            chars.append(len(self.text))
            self._chars = chars
        return self._chars[offset]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the source that ``text[start:end]`` (not empty) came from."""
        if self._starts is None or self._ends is None:
            return start, end
        return self._starts[start], self._ends[end - 1]


def normalise(source: str) -> NormalText:
    """Compatibility composition (NFKC), plain hyphens, quotes and decimal digits, no invisible marks."""
    if source.isascii():
        return NormalText(source, None, None)
    pieces: list[str] = []
    starts, ends = array("L"), array("L")
    position = 0
    length = len(source)
    while position < length:
        end = position + 1
        # A base character and its combining marks compose to one character and must be seen together.
        while end < length and unicodedata.combining(source[end]):
            end += 1
        plain = _plain(source[position:end]) if end - position <= 32 else source[position:end]
        pieces.append(plain)
        for _ in plain:
            starts.append(position)
            ends.append(end)
        position = end
    return NormalText("".join(pieces), starts, ends)


@lru_cache(maxsize=65_536)
def _plain(cluster: str) -> str:
    out: list[str] = []
    for character in unicodedata.normalize("NFKC", cluster):
        if character in _INVISIBLE:
            continue
        if character in _HYPHENS:
            out.append("-")
        elif character in _QUOTES:
            out.append(_QUOTES[character])
        elif "\ud800" <= character <= "\udfff":
            # A lone surrogate cannot be UTF-8.
            out.append("\ufffd")
        elif not character.isascii() and character.isdecimal():
            out.append(str(unicodedata.decimal(character)))
        elif not character.isascii() and character.isspace():
            out.append("\n" if character in "\u2028\u2029\u0085" else " ")
        else:
            out.append(character)
    return "".join(out)

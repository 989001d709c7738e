"""Which plain text does a reader see in a string, and where in the string does each part of it stand?"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache

# Marks that show nothing: soft hyphen, zero-width spaces and joiners, directional marks, byte order mark, selectors.
_INVISIBLE = frozenset("\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff") | {
    chr(code) for block in ((0x202A, 0x202F), (0x2066, 0x2070), (0xFE00, 0xFE10)) for code in range(*block)
}
_HYPHENS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_QUOTES = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
# Longer runs of combining marks are no word of any language: they are taken as they are.
_LONGEST_CLUSTER = 32


# What files are called behind their last full stop, as a pattern.
FILE_SUFFIXES = (
    "txt|pdf|jsonl?|ndjson|csv|tsv|xml|html?|docx?|xlsx?|pptx?|odt|rtf|md|log|dcm|dicom|png|jpe?g|gif|tiff?|bmp|webp"
    "|svg|mp[34]|wav|m4a|avi|mov|zip|gz|tar|tgz|zst|bz2|xz|7z|rar|bak|old|orig|tmp|hl7|fhir|ya?ml|parquet|sql|db"
    "|sqlite|eml|msg|ics|vcf|edf|nii|py|ipynb|sh|dat|bin|out|err|part|copy"
)
# An underline beside a digit, a full stop between a digit and such a suffix, a slash around digits in groups.
_TIES = re.compile(
    rf"(?i)(?<=\d)_|_(?=\d)|(?<=\d)\.(?=(?:{FILE_SUFFIXES})\b)|/(?=\d{{3}}[-.]\d\d\d?[-.]\d{{4}}(?!\d))|(?<=[-.]\d{{4}})/"
)


# The same as RE2 reads it: where a text holds no such sign it has nothing to be set apart.
TIED = rf"(?:\d_|_\d|\d\.(?i:{FILE_SUFFIXES})(?:[^0-9A-Za-z]|$)|/\d{{3}}[-.]\d\d\d?[-.]\d{{4}})"


class NormalText:
    """A normalised text with the way back to its source.

    ``text`` is the normalised form, ``data`` its UTF-8; :meth:`source_span` maps code points of ``text`` to code points
    of the source. The source's own text begins at ``begin``: before it stands what says where it was found.
    """

    __slots__ = ("_starts", "_stretches", "begin", "data", "text")

    def __init__(self, own: str, stretches: "Sequence[tuple[int, int, int]] | None" = None, before: str = "") -> None:
        """``stretches``: (start in ``own``, start in the source, code points of the source that all of it stands for).

        The last number is 0 for a stretch that is the same in both; without stretches everything is. ``before`` is set
        in front of it, and belongs to no source.
        """
        self.text = text = before + own if before else own
        self.begin = len(before)
        self.data = text.encode()
        self._stretches = stretches
        self._starts = [stretch[0] for stretch in stretches] if stretches is not None else None

    def apart(self) -> "NormalText | None":
        """The same text with a space for each sign that ties a number to the words of a name; None where none does.

        "SSN_536-22-4821.pdf" is read as "SSN 536-22-4821 pdf". Offsets stay.
        """
        spaced = _TIES.sub(" ", self.text)
        if spaced == self.text:
            return None
        other = NormalText(spaced)
        other.begin, other._stretches, other._starts = self.begin, self._stretches, self._starts
        return other

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the source that ``text[start:end]`` came from, which is not empty and not before it."""
        start, end = start - self.begin, end - self.begin
        starts, stretches = self._starts, self._stretches
        if starts is None or stretches is None:
            return start, end
        place = bisect_right(starts, start)
        first, source, length = stretches[place - 1]
        if not length and (place == len(starts) or end <= starts[place]):
            # Most lie in one stretch that is the same in both.
            return source + start - first, source + end - first
        return self._source(start)[0], self._source(end - 1)[1]

    def _source(self, index: int) -> tuple[int, int]:
        assert self._stretches is not None
        assert self._starts is not None
        first, source, length = self._stretches[bisect_right(self._starts, index) - 1]
        return (source, source + length) if length else (source + index - first, source + index - first + 1)


def normalise(source: str, before: str = "") -> NormalText:
    """Compatibility composition (NFKC), plain hyphens, quotes and decimal digits, no invisible marks.

    JSON's escapes of letters and lines, as a log holds them that quotes a document, are read as what they stand for.
    ``before`` is a normalised text that is set in front of it.
    """
    escaped = "\\" in source
    if source.isascii() and not escaped:
        return NormalText(source, None, before)
    unusual = _unusual_or_escaped() if escaped else _unusual()
    match = unusual.search(source)
    if match is None:
        return NormalText(source, None, before)
    pieces: list[str] = []
    stretches: list[tuple[int, int, int]] = []
    position = length = 0
    size = len(source)
    while match is not None:
        start = match.start()
        if source[start] == "\\":
            pieces.append(source[position:start])
            stretches.append((length, position, 0))
            length += start - position
            plain, position = _unescaped(match.group()), match.end()
            if plain:
                pieces.append(plain)
                stretches.append((length, start, position - start))
                length += len(plain)
            match = unusual.search(source, position)
            continue
        # A base character and its combining marks compose to one character and must be seen together.
        if start > position and unicodedata.combining(source[start]):
            start -= 1
        end = start + 1
        while end < size and unicodedata.combining(source[end]):
            end += 1
        if start > position:
            pieces.append(source[position:start])
            stretches.append((length, position, 0))
            length += start - position
        if end - start <= _LONGEST_CLUSTER:
            plain = _plain(source[start:end])
        else:
            plain = _plain(source[start]) + source[start + 1 : end]
        if plain:
            pieces.append(plain)
            stretches.append((length, start, end - start))
            length += len(plain)
        position = end
        match = unusual.search(source, position)
    if position < size:
        pieces.append(source[position:])
        stretches.append((length, position, 0))
    return NormalText("".join(pieces), stretches, before)


@cache
def _unusual() -> re.Pattern[str]:
    """Matches every character that is not certainly its own plain form.

    Asked of each character below U+2000 once; beyond, ideographs and Hangul syllables are known to be (Unicode, ch.
    18), and everything else is looked at when it comes.
    """
    changed = _INVISIBLE | _HYPHENS | _QUOTES.keys()
    asked = [chr(code) for code in range(0x80, 0x2000)]
    # All at once: a NUL composes with nothing.
    answers = unicodedata.normalize("NFKC", "\0".join(asked)).split("\0")
    plain = [
        ord(character)
        for character, answer in zip(asked, answers, strict=True)
        if answer == character
        and not unicodedata.combining(character)
        and not (character.isdecimal() or character.isspace() or character in changed)
    ]
    ranges: list[tuple[int, int]] = []
    for code in plain:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    ranges += [(0x4E00, 0x9FFF), (0xAC00, 0xD7A3)]
    return re.compile("[^\\x00-\\x7f" + "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges) + "]")


@cache
def _unusual_or_escaped() -> re.Pattern[str]:
    # Not the control characters, which separate texts here; a line's escape before small letters may be a path's.
    return re.compile(_unusual().pattern + r"|\\{1,4}u(?!00[01])[0-9a-fA-F]{4}|\\{1,2}[nrt](?![a-z])")


def _unescaped(escape: str) -> str:
    kind = escape.lstrip("\\")
    return _plain(chr(int(kind[1:], 16))) if kind[0] == "u" else " " if kind == "t" else "\n"


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

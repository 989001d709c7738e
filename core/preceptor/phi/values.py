"""What is one text of a file, and what stands for the places that cannot be read?"""

from dataclasses import dataclass, field

# A longer line is reported as unreadable: it would have to be held in memory whole.
LINE_LIMIT = 16 << 20


# The way to a value: its own name or index, and the way to what holds it; None is the record itself.
Way = tuple["Way", str | int] | None


@dataclass(slots=True)
class Value:
    """One text of a file. ``way`` is where it stands in its record, ``key`` the words that say what it is.

    ``is_key`` says that the text is itself a field's name, the last of ``way``. ``lines`` says that it is several lines
    of a plain text, of which ``record`` is the first. Made for every text of every file, and so neither frozen nor
    flattened: that alone would take as long as the search.
    """

    record: int
    way: Way
    text: str
    key: str = ""
    number: bool = False
    is_key: bool = False
    lines: bool = False

    @property
    def path(self) -> tuple[str | int, ...]:
        """Keys and indexes from the record down to the value."""
        parts: list[str | int] = []
        way = self.way
        while way is not None:
            way, part = way
            parts.append(part)
        return tuple(reversed(parts))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place that cannot be read; ``why`` is from the fixed vocabulary below and holds nothing of the data."""

    record: int
    why: str


@dataclass(slots=True)
class Part:
    """What was read of a file so far: its lines, where its format has lines, and its records.

    ``characters`` tells how much text was read. Names of fields in ``clean_names``, and (key, text) pairs in
    ``clean_texts``, are known to hold nothing and are passed over.
    """

    lines: int = 0
    records: int = 0
    characters: int = 0
    clean_names: set[str] = field(default_factory=set)
    clean_texts: set[tuple[str, str]] = field(default_factory=set)


Item = Value | Unreadable
# Items that are read together; an unreadable place stands last.
Group = list[Item]

# Why a place cannot be read, and what to do about it.
REASONS = {
    "Binary": "The file holds bytes that are no text: take it out of the folder, or convert it to text.",
    "BrokenCompression": "The compressed data is damaged: compress the original anew.",
    "BrokenParquet": "The Parquet file is damaged here: write it anew from the original.",
    "ChangedWhileRead": "The file changed while it was read: scan again when nobody writes to it.",
    "DirectoryUnreadable": "The folder cannot be listed: let the scanning user read it.",
    "ExpandsTooMuch": "The compressed file grows beyond all proportion: look at it before you unpack it.",
    "LineTooLong": "A line is longer than 16 MiB: break it, or write one record a line.",
    "NestedTooDeep": "The value is nested too deeply: flatten it.",
    "NoParquetReader": "Reading Parquet needs the package pyarrow: install preceptor[parquet], or convert to JSONL.",
    "NotARegularFile": "A link, pipe, socket or device: put a regular file in its place.",
    "NotCsv": "The row's quotation does not end as CSV wants: quote the field anew.",
    "NotJson": "This is no JSON: repair the record.",
    "NotParquet": "The file is no Parquet, or its end is damaged: write it anew, or name it as what it is.",
    "NotSeekable": "A Parquet file inside gzip or Zstandard, or staged, is read up to 64 MiB: unpack it.",
    "NotUtf16": "The file begins as UTF-16 and is none: save it as UTF-8.",
    "NotUtf32": "The file begins as UTF-32 and is none: save it as UTF-8.",
    "NotUtf8": "These bytes are no UTF-8: save the file as UTF-8.",
    "ReadError": "The file cannot be opened or read: check its permissions and the disk.",
    "Truncated": "The file ends too early: copy it again.",
    "UnknownType": "The column has a type that is not read: convert it to text, numbers, lists or structs.",
    "ValueTooLong": "One string is longer than 16 MiB: break it, or store it elsewhere.",
}


class Fault(Exception):
    """The stream cannot be read on; ``why`` is one of :data:`REASONS`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

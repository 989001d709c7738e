"""Which texts does a plain text or a log hold?"""

from collections.abc import Iterable, Iterator

from preceptor.phi.formats.jsonlines import record_values
from preceptor.phi.formats.lines import Line
from preceptor.phi.values import Item, Unreadable, Value

# A block is one text for the detector, so that a label finds its value on the next line.
_BLOCK_LIMIT = 32 << 10


def text_values(source: Iterable[Line]) -> Iterator[Item]:
    """Plain text: every line is a record; the lines of a block are read together."""
    block: list[str] = []
    first, size = 0, 0
    for line in source:
        if block and (line.text is None or line.starts or size > _BLOCK_LIMIT):
            yield Value(first, (), "\n".join(block), lines=True)
            block = []
        if line.text is None:
            yield Unreadable(line.number, line.why)
            continue
        if not block:
            first, size = line.number, 0
        block.append(line.text)
        size += len(line.text)
    if block:
        yield Value(first, (), "\n".join(block), lines=True)


def log_values(source: Iterable[Line]) -> Iterator[Item]:
    """A log: lines of JSON objects or of text, mixed as they come; every line is a record that stands for itself."""
    for line in source:
        if line.text is None:
            yield Unreadable(line.number, line.why)
            continue
        items = _as_json(line.number, line.text)
        if items is None:
            yield Value(line.number, (), line.text)
        else:
            yield from items


def _as_json(number: int, text: str) -> list[Item] | None:
    """The texts of a line that is a JSON object; None for one that is none, or only looks like one."""
    if not text.lstrip().startswith("{"):
        return None
    items = list(record_values(number, text))
    return None if items and isinstance(items[0], Unreadable) else items

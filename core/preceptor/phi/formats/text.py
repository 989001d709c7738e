"""Which texts does a plain text or a log hold?"""

from collections.abc import Iterable, Iterator

from preceptor.phi.formats.jsonlines import record_values
from preceptor.phi.formats.lines import Run, begins_block
from preceptor.phi.values import Item, Part, Unreadable, Value

# A block is one text for the detector, so that a label finds its value on the next line.
_BLOCK_LINES = 400


def text_values(source: Iterable[Run], part: Part) -> Iterator[Item]:
    """Plain text: every line is a record; the lines of a block are read together."""
    block: list[str] = []
    first = 0
    for run in source:
        part.records += len(run.texts) or 1
        starts = [index for index, text in enumerate(run.texts) if begins_block(text)]
        position = 0
        for start in (*starts, len(run.texts)):
            # Up to a start: the rest of the block so far.
            while position < start:
                if not block:
                    first = run.first + position
                taken = run.texts[position : min(start, position + _BLOCK_LINES - len(block))]
                block += taken
                position += len(taken)
                if len(block) == _BLOCK_LINES:
                    yield Value(first, None, "\n".join(block), lines=True)
                    block = []
            if block and start < len(run.texts):
                yield Value(first, None, "\n".join(block), lines=True)
                block = []
        if run.why:
            if block:
                yield Value(first, None, "\n".join(block), lines=True)
                block = []
            yield Unreadable(run.first, run.why)
    if block:
        yield Value(first, None, "\n".join(block), lines=True)


def log_values(source: Iterable[Run], part: Part) -> Iterator[Item]:
    """A log: lines of JSON objects or of text, mixed as they come; every line is a record that stands for itself."""
    for run in source:
        if run.why:
            part.records += 1
            yield Unreadable(run.first, run.why)
        for number, text in enumerate(run.texts, run.first):
            part.records += 1
            items = _as_json(number, text, part) if text.lstrip()[:1] == "{" else None
            if items is None:
                yield Value(number, None, text)
            else:
                yield from items


def _as_json(number: int, text: str, part: Part) -> list[Item] | None:
    """The texts of a line that is a JSON object; None for one that only looks like one."""
    items = record_values(number, text, part)
    return None if items and isinstance(items[0], Unreadable) else items

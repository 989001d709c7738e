"""Which texts does a plain text or a log hold?"""

from collections.abc import Iterable, Iterator

from preceptor.phi.formats.jsonlines import record_values
from preceptor.phi.formats.lines import Run, begins_block
from preceptor.phi.values import Group, Part, Unreadable, Value

# A block is one text for the detector, so that a label finds its value on the next line.
_BLOCK_LINES = 400


def text_groups(source: Iterable[Run], part: Part) -> Iterator[Group]:
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
                    yield _joined(first, block, part)
                    block = []
            if block and start < len(run.texts):
                yield _joined(first, block, part)
                block = []
        if run.why:
            if block:
                yield _joined(first, block, part)
                block = []
            yield [Unreadable(run.first, run.why)]
    if block:
        yield _joined(first, block, part)


def log_groups(source: Iterable[Run], part: Part) -> Iterator[Group]:
    """A log: lines of JSON objects or of text, mixed as they come; every line is a record that stands for itself."""
    for run in source:
        if run.why:
            part.records += 1
            yield [Unreadable(run.first, run.why)]
        group: Group = []
        for number, text in enumerate(run.texts, run.first):
            part.records += 1
            part.characters += len(text)
            items = _as_json(number, text, part) if text.lstrip()[:1] == "{" else None
            if items is None:
                group.append(Value(number, None, text))
                continue
            group += items
            if items and type(items[-1]) is Unreadable:
                yield group
                group = []
        yield group


def _joined(first: int, block: list[str], part: Part) -> Group:
    text = "\n".join(block)
    part.characters += len(text)
    return [Value(first, None, text, lines=True)]


def _as_json(number: int, text: str, part: Part) -> Group | None:
    """The texts of a line that is a JSON object; None for one that only looks like one."""
    items = record_values(number, text, part)
    return None if items and isinstance(items[0], Unreadable) else items

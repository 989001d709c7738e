"""Which texts does a file of JSON lines hold?"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from preceptor.phi.formats.lines import Line
from preceptor.phi.formats.nodes import Members, Number, walk
from preceptor.phi.values import Item, Unreadable

NOT_JSON = (ValueError, RecursionError)
DECODER = json.JSONDecoder(object_pairs_hook=Members, parse_int=Number, parse_float=Number)


def jsonl_values(source: Iterable[Line]) -> Iterator[Item]:
    """JSON lines: every line is a record, decoded before anything is matched; blank lines are none."""
    for line in source:
        if line.text is None:
            yield Unreadable(line.number, line.why)
        elif line.text.strip():
            yield from record_values(line.number, line.text)


def record_values(number: int, text: str) -> Iterator[Item]:
    """The texts of one JSON text, which is the record of that number."""
    try:
        document: Any = DECODER.decode(text)
    except NOT_JSON:
        yield Unreadable(number, "NotJson")
        return
    yield from walk(number, (), "", document)

"""Which texts does a file of JSON lines hold?"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from preceptor.phi.formats.lines import Run
from preceptor.phi.formats.nodes import Members, values_of
from preceptor.phi.formats.numbers import Number, number_of
from preceptor.phi.values import Group, Part, Unreadable

NOT_JSON = (ValueError, RecursionError)
DECODER = json.JSONDecoder(object_pairs_hook=Members, parse_int=Number, parse_float=number_of)


def jsonl_groups(source: Iterable[Run], part: Part) -> Iterator[Group]:
    """JSON lines: every line is a record, decoded before anything is matched; blank lines are none."""
    for run in source:
        if run.why:
            part.records += 1
            yield [Unreadable(run.first, run.why)]
        for number, text in enumerate(run.texts, run.first):
            if text and not text.isspace():
                part.records += 1
                part.characters += len(text)
                yield record_values(number, text, part)


def record_values(number: int, text: str, part: Part) -> Group:
    """The texts of one JSON text, which is the record of that number."""
    try:
        document: Any = DECODER.decode(text)
    except NOT_JSON:
        return [Unreadable(number, "NotJson")]
    return values_of(number, None, "", document, part)

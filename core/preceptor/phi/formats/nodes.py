"""Which texts does a decoded JSON value hold, and which words say what each of them is?"""

from typing import Any

from preceptor.phi.formats.fields import HOLDERS, field_words
from preceptor.phi.formats.numbers import Number
from preceptor.phi.values import Item, Part, Unreadable, Value, Way


class Members(list[tuple[str, Any]]):
    """A JSON object with every member, also those whose name occurs twice: the second would hide the first."""

    __slots__ = ()


def values_of(record: int, way: Way, key: str, node: Any, part: Part) -> list[Item]:
    """Every text, number and member name below a node, in the order of the document, but what is known to be clean."""
    items: list[Item] = []
    try:
        _collect(items, record, way, key, node, part)
    except RecursionError:
        items.append(Unreadable(record, "NestedTooDeep"))
    return items


def _collect(items: list[Item], record: int, way: Way, key: str, node: Any, part: Part) -> None:
    kind = type(node)
    known = part.clean_texts
    if kind is str:
        items.append(Value(record, way, node, key))
    elif kind is Members:
        names = [name for name, _ in node]
        clean = part.clean_names
        if not clean.issuperset(names):
            items.extend(Value(record, (way, name), name, is_key=True) for name in names if name not in clean)
        words = None if HOLDERS.isdisjoint(names) else field_words(key, node)
        for name, child in node:
            label = words.get(name, name) if words else name
            if type(child) is str:
                if (label, child) not in known:
                    items.append(Value(record, (way, name), child, label))
            else:
                _collect(items, record, (way, name), label, child, part)
    elif kind is list:
        for index, child in enumerate(node):
            if type(child) is str:
                if (key, child) not in known:
                    items.append(Value(record, (way, index), child, key))
            else:
                _collect(items, record, (way, index), key, child, part)
    elif kind is Number:
        items.append(Value(record, way, node, key, True))

"""Which texts does a decoded JSON value hold, and which words say what each of them is?"""

from collections.abc import Iterator
from typing import Any

from preceptor.phi.formats.fields import field_words
from preceptor.phi.values import Item, Value


class Number(str):
    """A JSON number as it is written, so that nothing is lost or refused by conversion."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """A JSON object with every member, also those whose name occurs twice: the second would hide the first."""


def walk(record: int, path: tuple[str | int, ...], key: str, node: Any) -> Iterator[Item]:
    """Every text, number and member name below a node, in the order of the document, without recursion."""
    stack: list[tuple[tuple[str | int, ...], str, Any]] = [(path, key, node)]
    while stack:
        path, key, node = stack.pop()
        if isinstance(node, Members):
            for name, _ in node:
                yield Value(record, (*path, name), name, is_key=True)
            words = field_words(key, node)
            stack.extend(((*path, name), words.get(name, name), child) for name, child in reversed(node))
        elif isinstance(node, list):
            stack.extend(((*path, index), key, child) for index, child in reversed(list(enumerate(node))))
        elif isinstance(node, Number):
            yield Value(record, path, node, key, number=True)
        elif isinstance(node, str):
            yield Value(record, path, node, key)

"""The same pattern with what its alternatives begin with written once: an automaton of it is made faster.

"(?:mobile|mob|modem)" becomes "mo(?:b(?:ile|)|dem)". Only for patterns of which is asked whether they match at a place,
since which alternative comes first is lost.
"""

from collections.abc import Iterable, Iterator

from preceptor.phi.trigger.parser import parsed
from preceptor.phi.trigger.syntax import Alternation, Assertion, Atom, Concatenation, Group, Node, Repetition

_PLAIN = "(?:"


def shared(pattern: str) -> str:
    """A pattern that matches the same; the pattern itself where it cannot be read."""
    tree = parsed(pattern)
    return pattern if tree is None else "".join(_written(_shared(tree)))


def _shared(node: Node) -> Node:
    match node:
        case Atom() | Assertion():
            return node
        case Group():
            body = _shared(node.body)
            # What brackets only hold together is one of the alternatives around it.
            return body if node.opening == _PLAIN else Group(node.opening, body, node.name)
        case Repetition():
            return Repetition(_shared(node.body), node.least, node.most)
        case Concatenation():
            return Concatenation(tuple(_shared(item) for item in node.items))
        case Alternation():
            return _branched([list(_items(branch)) for branch in _branches(node)])
    raise AssertionError


def _branches(node: Node) -> Iterator[Node]:
    if isinstance(node, Alternation):
        for branch in node.branches:
            yield from _branches(_shared(branch))
    else:
        yield node


def _items(node: Node) -> Iterator[Node]:
    if isinstance(node, Concatenation):
        for item in node.items:
            yield from _items(item)
    else:
        yield node


def _branched(branches: Iterable[list[Node]]) -> Node:
    by_first: dict[Node | None, list[list[Node]]] = {}
    for items in branches:
        by_first.setdefault(items[0] if items else None, []).append(items[1:])
    made: list[Node] = []
    for first, rests in by_first.items():
        if first is None:
            made.append(Concatenation(()))
        elif len(rests) == 1:
            made.append(Concatenation((first, *rests[0])))
        else:
            made.append(Concatenation((first, _branched(rests))))
    return made[0] if len(made) == 1 else Alternation(tuple(made))


def _written(node: Node) -> Iterator[str]:
    match node:
        case Atom() | Assertion():
            yield node.source
        case Group():
            yield node.opening
            yield from _written(node.body)
            yield ")"
        case Repetition():
            yield from _held(node.body)
            yield _times(node.least, node.most)
        case Concatenation():
            for item in node.items:
                yield from _held(item) if isinstance(item, Alternation) else _written(item)
        case Alternation():
            for index, branch in enumerate(node.branches):
                yield "|" if index else ""
                yield from _written(branch)


def _times(least: int, most: int | None) -> str:
    if (least, most) == (0, 1):
        return "?"
    return f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"


def _held(node: Node) -> Iterator[str]:
    if isinstance(node, Atom | Group):
        yield from _written(node)
    else:
        yield _PLAIN
        yield from _written(node)
        yield ")"

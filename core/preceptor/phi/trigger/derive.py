"""Which beginning or factor does every match of a rule's pattern have?"""

from collections.abc import Iterator
from dataclasses import replace

from preceptor.phi.trigger.parser import parsed
from preceptor.phi.trigger.properties import begins_a_word, begins_plainly, ends_apart, is_gap
from preceptor.phi.trigger.syntax import Alternation, Concatenation, Group, Node, Repetition
from preceptor.phi.trigger.writer import BUDGET, EMPTY, TELLING, Trigger, Writer, either


def prefix(pattern: str, *, needs_digit: bool = False) -> Trigger | None:
    """What every match of a pattern begins with; ``needs_digit``: the value (group ``v``) is known to hold a digit.

    None where the pattern cannot be read.
    """
    tree = parsed(pattern)
    if tree is None:
        return None
    return Writer(needs_digit).node(tree, BUDGET)


def whole(pattern: str) -> Trigger | None:
    """A pattern itself, written to be looked for; None without one, or where it cannot be read."""
    tree = parsed(pattern) if pattern else None
    return Trigger(pattern, TELLING) if tree is not None else None


def factor(pattern: str) -> Trigger | None:
    """The most telling thing that every match of a pattern contains; None where none is known."""
    tree = parsed(pattern)
    if tree is None:
        return None
    # Of those that weigh the same, the one that says most, without classes of all alphabets: these are large automata.
    found = sorted(_factors(tree), key=lambda t: (t.weight, r"\p" not in t.source, len(t.source)), reverse=True)
    # What begins with any letter or digit begins nearly everywhere.
    plain = (t for t in found if t.weight >= TELLING and begins_plainly(t.source))
    return next(plain, found[0] if found else None)


def _at_a_word(found: Trigger, weight: float = 0.0) -> Trigger:
    source = f"(?:{found.source})" if "|" in found.source else found.source
    return replace(found, source=rf"\b{source}", weight=found.weight + weight)


def _factors(node: Node) -> Iterator[Trigger]:
    """The beginnings of everything that follows inside what must be there."""
    match node:
        case Group():
            for inner in _factors(node.body):
                yield replace(inner, source=f"{node.opening}{inner.source})")
        case Concatenation():
            for index in range(len(node.items)):
                head = node.items[index]
                if isinstance(head, Repetition) and head.least == 0:
                    continue
                if isinstance(head, Group):
                    yield from _factors(head)
                    if ends_apart(node.items[:index]) and begins_a_word((head,)):
                        yield _at_a_word(Writer().node(head, BUDGET))
                if is_gap(head) and begins_a_word(node.items[index + 1 :]):
                    # What a space parts from the word in front is looked for where words begin.
                    gap = Writer().node(head, BUDGET)
                    yield _at_a_word(Writer().sequence(node.items[index + 1 :], BUDGET), gap.weight)
                elif ends_apart(node.items[:index]) and begins_a_word(node.items[index:]):
                    yield _at_a_word(Writer().sequence(node.items[index:], BUDGET))
                else:
                    yield Writer().sequence(node.items[index:], BUDGET)
        case Repetition():
            if node.least > 0:
                yield from _factors(node.body)
        case Alternation():
            # One of the branches is there, and with it the most telling part of that branch.
            best = [max(_factors(branch), key=lambda t: t.weight, default=EMPTY) for branch in node.branches]
            yield either(best)
        case _:
            yield Writer().node(node, BUDGET)

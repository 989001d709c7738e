"""Writes a small pattern that stands wherever a larger one can match."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from preceptor.phi.trigger.properties import undigited
from preceptor.phi.trigger.syntax import Alternation, Assertion, Atom, Concatenation, Group, Node, Repetition


@dataclass(frozen=True)
class Trigger:
    """An RE2 pattern that is necessary.

    ``weight`` says how much it excludes; one that is not ``complete`` is the beginning of what it was written for.
    """

    source: str
    weight: float
    complete: bool = True


# One position that may be one of several characters costs one; more of them than this make the automaton grow.
BUDGET = 20
_LONGEST_IDENTIFIER = 30
# Of something that must be repeated so many times are asked for at most.
_MOST_COPIES = 8
EMPTY = Trigger("", 0.0)
# What weighs so much stands at few places.
TELLING = 1.8


@dataclass(frozen=True)
class Writer:
    needs_digit: bool = False

    def sequence(self, items: Sequence[Node], budget: int) -> Trigger:
        """The beginning of a sequence, as far as the budget allows."""
        if not items:
            return EMPTY
        first, rest = items[0], items[1:]
        if isinstance(first, Atom) and first.literal:
            # A word at once: most of a list of labels is letters.
            letters = [a for a in takewhile(lambda a: isinstance(a, Atom) and a.literal, items) if isinstance(a, Atom)]
            head = Trigger("".join(a.source for a in letters), sum(a.weight for a in letters))
            return _joined(head, self.sequence(items[len(letters) :], budget)) if len(letters) < len(items) else head
        if isinstance(first, Concatenation):
            return self.sequence((*first.items, *rest), budget)
        if isinstance(first, Repetition) and first.least == 0:
            whole = self._whole(first, budget)
            if whole is None:
                # It may stand there, cut short, or what follows it does.
                with_it = replace(self.sequence((first.body,), budget), complete=False)
                return either([with_it, self.sequence(rest, budget)])
            return _joined(whole, self.sequence(rest, budget - _cost(first)))
        split = self._split(first, rest, budget)
        if split is not None:
            return split
        head = self.node(first, budget)
        if not head.complete:
            return head
        return _joined(head, self.sequence(rest, _left(first, budget)))

    def _split(self, first: Node, rest: Sequence[Node], budget: int) -> Trigger | None:
        """Alternatives of which some had to be cut short: what follows stands behind the others only."""
        opening, choice = ("(?:", first) if not isinstance(first, Group) else (first.opening, first.body)
        if not isinstance(choice, Alternation) or (isinstance(first, Group) and first.name == "v" and self.needs_digit):
            return None
        branches = [self.node(branch, budget) for branch in choice.branches]
        whole = [branch for branch in branches if branch.complete]
        cut = [branch for branch in branches if not branch.complete]
        if not whole or not cut:
            return None
        head = either(whole)
        head = replace(head, source=f"{opening}{head.source})")
        tail = either(cut)
        tail = replace(tail, source=f"{opening}{tail.source})")
        return either([_joined(head, self.sequence(rest, _left(first, budget))), tail])

    def node(self, node: Node, budget: int) -> Trigger:
        match node:
            case Assertion():
                if node.source in ("$", r"\z"):
                    # Where several texts are searched at once, each has a line's end behind it.
                    return Trigger(r"\n", 0.6, complete=False)
                return Trigger(node.source if node.source in (r"\b", r"\B") else "", 0.0)
            case Atom():
                if not node.literal and budget <= 0:
                    return replace(EMPTY, complete=False)
                return Trigger(node.source, node.weight, complete=not node.wide)
            case Group():
                if node.name == "v" and self.needs_digit:
                    inside = undigited(node.body)
                    if inside is not None:
                        source = rf"[{inside}]{{0,{_LONGEST_IDENTIFIER}}}\d" if inside else r"\d"
                        return Trigger(f"{node.opening}{source})", 1.5, complete=False)
                inner = self.node(node.body, budget)
                return replace(inner, source=f"{node.opening}{inner.source})")
            case Alternation():
                return either([self.node(branch, budget) for branch in node.branches])
            case Concatenation():
                return self.sequence(node.items, budget)
            case Repetition():
                whole = self._whole(node, budget)
                if whole is not None:
                    return whole
                if node.least == 0:
                    return replace(EMPTY, complete=False)
                if isinstance(node.body, Atom) and not node.body.wide:
                    times = node.least
                    return Trigger(f"{node.body.source}{{{times}}}", node.body.weight * times, complete=False)
                once = self.node(node.body, budget)
                if not once.complete or node.least == 1:
                    return replace(once, complete=False)
                times = min(node.least, _MOST_COPIES)
                return Trigger(f"(?:{once.source}){{{times}}}", once.weight * times, complete=False)
        raise AssertionError

    def _whole(self, node: Repetition, budget: int) -> Trigger | None:
        """A repetition as it stands, where it is short."""
        if node.most is None or _cost(node) > budget:
            return None
        once = self.node(node.body, budget)
        if not once.complete:
            return None
        return Trigger(f"(?:{once.source}){{{node.least},{node.most}}}", once.weight * node.least)


def _left(node: Node, budget: int) -> int:
    """What is left of a budget behind a node. The dearest of many alternatives does not use it up for the others."""
    least = BUDGET // 3 if isinstance(_inner(node), Alternation) else 0
    return max(min(budget, least), budget - _cost(node))


def _inner(node: Node) -> Node:
    return _inner(node.body) if isinstance(node, Group) else node


def _cost(node: Node) -> int:
    """How many places that may be several characters a node has at most."""
    match node:
        case Atom():
            return 0 if node.literal else 1
        case Assertion():
            return 0
        case Group():
            return _cost(node.body)
        case Alternation():
            return max(_cost(branch) for branch in node.branches)
        case Concatenation():
            return sum(_cost(item) for item in node.items)
        case Repetition():
            if node.most is None:
                return 1000
            # One place counted to a fixed number needs no more states than the number.
            if isinstance(node.body, Atom) and node.least == node.most:
                return min(2, node.most)
            return max(1, _cost(node.body)) * node.most if not isinstance(node.body, Atom) else node.most
    raise AssertionError


def _joined(left: Trigger, right: Trigger) -> Trigger:
    return Trigger(
        left.source
        + (f"(?:{right.source})" if "|" in right.source and not right.source.startswith("(") else right.source),
        left.weight + right.weight,
        right.complete,
    )


def either(branches: Sequence[Trigger]) -> Trigger:
    # RE2 shares what neighbours begin with, and which of them matched is not asked.
    return Trigger(
        "(?:" + "|".join(sorted({branch.source for branch in branches})) + ")",
        min(branch.weight for branch in branches),
        all(branch.complete for branch in branches),
    )

"""What must stand in a text wherever a pattern can match it?

A pattern as rich as a rule's makes a large automaton, and a hundred of them together make one that is never done
growing. What is derived here is small: the beginning of every match (a *prefix*), or something that every match holds
(a *factor*). Both are necessary and seldom sufficient: the rule itself is then asked at the place, or not at all.

Reads the part of RE2's syntax (https://github.com/google/re2/wiki/Syntax) that rules are written in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import takewhile
from typing import Literal


class _Unread(Exception):
    """The pattern uses what this module does not read: there is no trigger then, and the rule is always asked."""


@dataclass(frozen=True)
class _Atom:
    """One character. ``weight`` says how much it excludes, ``wide`` that it may be any letter of any alphabet."""

    source: str
    weight: float
    wide: bool = False
    # The inside of a bracket that matches the same, without digits; None where that is not known.
    undigited: str | None = None
    literal: bool = False


@dataclass(frozen=True)
class _Assertion:
    source: str


@dataclass(frozen=True)
class _Group:
    opening: str
    body: "_Node"
    name: str = ""


@dataclass(frozen=True)
class _Repeat:
    body: "_Node"
    least: int
    most: int | None


@dataclass(frozen=True)
class _Sequence:
    items: "tuple[_Node, ...]"


@dataclass(frozen=True)
class _Choice:
    branches: "tuple[_Node, ...]"


_Node = _Atom | _Assertion | _Group | _Repeat | _Sequence | _Choice

_TOKEN = re.compile(
    r"""(?xs)
    (?P<group>\((?:\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?:))?)
    |(?P<flags>\(\?[imsU]*(?:-[imsU]+)?\))
    |(?P<close>\))
    |(?P<bar>\|)
    |(?P<repeat>[*+?]|\{\d+(?:,\d*)?\})
    |(?P<bracket>\[\^?\]?(?:\\[pP](?:\{[^}]*\}|\w)|\\x\{[^}]*\}|\\.|\[:[^\]]*:\]|[^\]\\])*\])
    |(?P<assertion>[$^]|\\[bBAz])
    |(?P<escape>\\[pP](?:\{[^}]*\}|\w)|\\x\{[^}]*\}|\\x[0-9a-fA-F]{2}|\\.)
    |(?P<literal>.)
    """
)


class _Parser:
    def __init__(self, pattern: str) -> None:
        # "(?i)" must be told from "(?i:" before "(" alone is taken.
        self._tokens: list[tuple[str, str]] = []
        position = 0
        flags = re.compile(r"\(\?[imsU]*(?:-[imsU]+)?\)")
        while position < len(pattern):
            match = flags.match(pattern, position) or _TOKEN.match(pattern, position)
            if match is None:
                raise _Unread
            kind = "flags" if match.re is flags else str(match.lastgroup)
            self._tokens.append((kind, match.group()))
            position = match.end()
        self._next = 0

    def parse(self) -> _Node:
        node = self._choice()
        if self._next != len(self._tokens):
            raise _Unread
        return node

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else "end"

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _choice(self) -> _Node:
        branches = [self._sequence()]
        while self._peek() == "bar":
            self._take()
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else _Choice(tuple(branches))

    def _sequence(self) -> _Node:
        items: list[_Node] = []
        while self._peek() not in ("bar", "close", "end"):
            kind, source = self._take()
            if kind == "repeat":
                if not items:
                    raise _Unread
                items.append(_repeat(items.pop(), source))
            elif kind == "flags":
                # Holds for the rest of the group.
                items.append(_Group(f"(?{source[2:-1]}:", self._choice()))
            else:
                items.append(self._item(kind, source))
        return items[0] if len(items) == 1 else _Sequence(tuple(items))

    def _item(self, kind: str, source: str) -> _Node:
        if kind == "group":
            body = self._choice()
            if self._peek() != "close":
                raise _Unread
            self._take()
            name = re.fullmatch(r"\(\?P?<(\w+)>", source)
            return _Group("(?:" if source == "(" or name else source, body, name[1] if name else "")
        if kind == "assertion":
            return _Assertion(source)
        if kind == "bracket":
            return _bracket(source)
        if kind == "escape":
            return _escape(source)
        return _Atom(source, 0.5, wide=True) if source == "." else _literal(source, source)


@lru_cache(maxsize=4)
def _parsed(pattern: str) -> _Node | None:
    """A pattern's tree; None where it cannot be read. Each is asked for several times in a row."""
    try:
        return _Parser(pattern).parse()
    except _Unread:
        return None


def _repeat(node: _Node, source: str) -> _Node:
    if isinstance(node, _Repeat):
        if source == "?" and not isinstance(node.body, _Repeat):
            # A lazy repetition matches at the same places.
            return node
        raise _Unread
    if isinstance(node, _Assertion):
        raise _Unread
    if source in "*+?":
        return _Repeat(node, int(source == "+"), 1 if source == "?" else None)
    least, comma, most = source[1:-1].partition(",")
    return _Repeat(node, int(least), int(most) if most else (None if comma else int(least)))


# Signs that texts seldom hold.
_RARE = frozenset("@+=$#&<>*|~^\\")


@cache
def _literal(source: str, character: str) -> _Atom:
    weight = 0.6 if character.isspace() else (1.0 if character.isalnum() else 1.5 if character in _RARE else 0.9)
    inside = None if character.isdigit() else re.escape(character)
    return _Atom(source, weight, undigited=inside or "", literal=True)


def _escape(source: str) -> _Atom:
    letter = source[1]
    if letter in "pPDSWC.":
        if letter == ".":
            return _literal(source, ".")
        return _Atom(source, 0.3, wide=True)
    if letter == "d":
        return _Atom(source, 1.0, undigited="")
    if letter == "s":
        return _Atom(source, 0.6, undigited=r"\s")
    if letter == "w":
        return _Atom(source, 0.2, undigited="a-zA-Z_")
    if letter == "x":
        return _Atom(source, 1.0)
    if letter in "tnrfv":
        return _Atom(source, 0.8, undigited=source, literal=True)
    if letter.isalnum():
        raise _Unread
    return _literal(source, letter)


_RANGES = re.compile(r"(?s)\\[pP](?:\{[^}]*\}|\w)|\\x\{[^}]*\}|\\.-\\?.|.-\\.|\\.|.-[^\]]|\[:[^\]]*:\]|.")


def _bracket(source: str) -> _Atom:
    inside = source[1:-1]
    if inside.startswith("^") or "\\p" in inside or "\\P" in inside or "[:" in inside or "\\x" in inside:
        return _Atom(source, 0.3, wide=True)
    pieces = _RANGES.findall(inside)
    digits = [p for p in pieces if p in (r"\d", "0-9") or (len(p) == 3 and p[1] == "-" and p[0].isdigit())]
    digits += [p for p in pieces if len(p) == 1 and p.isdigit()]
    others = [p for p in pieces if p not in digits]
    size = sum(_size(p) for p in pieces)
    wide = any(ord(c) > 0x2FF for c in inside)
    weight = 1.0 if not others else max(0.15, 1.0 - size / 30)
    return _Atom(source, weight, wide=wide, undigited="".join(others))


def _size(piece: str) -> int:
    if piece in (r"\w", r"\S"):
        return 60
    if piece == r"\d":
        return 10
    if len(piece) == 3 and piece[1] == "-":
        return ord(piece[2]) - ord(piece[0]) + 1
    return 1


@dataclass(frozen=True)
class Trigger:
    """An RE2 pattern that is necessary.

    ``weight`` says how much it excludes; ``length`` is the most characters that it reads.
    """

    source: str
    weight: float
    length: int
    complete: bool = True


# One position that may be one of several characters costs one; more of them than this make the automaton grow.
_BUDGET = 20
_LONGEST_IDENTIFIER = 30
# Of something that must be repeated so many times are asked for at most.
_MOST_COPIES = 8
_EMPTY = Trigger("", 0.0, 0)
# What weighs so much stands at few places.
_TELLING = 1.8


@dataclass(frozen=True)
class _Writer:
    needs_digit: bool = False

    def sequence(self, items: Sequence[_Node], budget: int) -> Trigger:
        """The beginning of a sequence, as far as the budget allows."""
        if not items:
            return _EMPTY
        first, rest = items[0], items[1:]
        if isinstance(first, _Atom) and first.literal:
            # A word at once: most of a list of labels is letters.
            letters = [
                a for a in takewhile(lambda a: isinstance(a, _Atom) and a.literal, items) if isinstance(a, _Atom)
            ]
            head = Trigger("".join(a.source for a in letters), sum(a.weight for a in letters), len(letters))
            return _joined(head, self.sequence(items[len(letters) :], budget)) if len(letters) < len(items) else head
        if isinstance(first, _Sequence):
            return self.sequence((*first.items, *rest), budget)
        if isinstance(first, _Repeat) and first.least == 0:
            whole = self._whole(first, budget)
            if whole is None:
                # It may stand there, cut short, or what follows it does.
                with_it = replace(self.sequence((first.body,), budget), complete=False)
                return _either([with_it, self.sequence(rest, budget)])
            return _joined(whole, self.sequence(rest, budget - _cost(first)))
        split = self._split(first, rest, budget)
        if split is not None:
            return split
        head = self.node(first, budget)
        if not head.complete:
            return head
        return _joined(head, self.sequence(rest, _left(first, budget)))

    def _split(self, first: _Node, rest: Sequence[_Node], budget: int) -> Trigger | None:
        """Alternatives of which some had to be cut short: what follows stands behind the others only."""
        opening, choice = ("(?:", first) if not isinstance(first, _Group) else (first.opening, first.body)
        if not isinstance(choice, _Choice) or (isinstance(first, _Group) and first.name == "v" and self.needs_digit):
            return None
        branches = [self.node(branch, budget) for branch in choice.branches]
        whole = [branch for branch in branches if branch.complete]
        cut = [branch for branch in branches if not branch.complete]
        if not whole or not cut:
            return None
        head = _either(whole)
        head = replace(head, source=f"{opening}{head.source})")
        tail = _either(cut)
        tail = replace(tail, source=f"{opening}{tail.source})")
        return _either([_joined(head, self.sequence(rest, _left(first, budget))), tail])

    def node(self, node: _Node, budget: int) -> Trigger:
        match node:
            case _Assertion():
                if node.source in ("$", r"\z"):
                    # Where several texts are searched at once, each has a line's end behind it.
                    return Trigger(r"\n", 0.6, 1, complete=False)
                return Trigger(node.source if node.source in (r"\b", r"\B") else "", 0.0, 0)
            case _Atom():
                if not node.literal and budget <= 0:
                    return replace(_EMPTY, complete=False)
                return Trigger(node.source, node.weight, 1, complete=not node.wide)
            case _Group():
                if node.name == "v" and self.needs_digit:
                    inside = _undigited(node.body)
                    if inside is not None:
                        source = rf"[{inside}]{{0,{_LONGEST_IDENTIFIER}}}\d" if inside else r"\d"
                        return Trigger(f"{node.opening}{source})", 1.5, _LONGEST_IDENTIFIER + 1, complete=False)
                inner = self.node(node.body, budget)
                return replace(inner, source=f"{node.opening}{inner.source})")
            case _Choice():
                return _either([self.node(branch, budget) for branch in node.branches])
            case _Sequence():
                return self.sequence(node.items, budget)
            case _Repeat():
                whole = self._whole(node, budget)
                if whole is not None:
                    return whole
                if node.least == 0:
                    return replace(_EMPTY, complete=False)
                if isinstance(node.body, _Atom) and not node.body.wide:
                    times = node.least
                    return Trigger(f"{node.body.source}{{{times}}}", node.body.weight * times, times, complete=False)
                once = self.node(node.body, budget)
                if not once.complete or node.least == 1:
                    return replace(once, complete=False)
                times = min(node.least, _MOST_COPIES)
                return Trigger(
                    f"(?:{once.source}){{{times}}}", once.weight * times, once.length * times, complete=False
                )
        raise AssertionError

    def _whole(self, node: _Repeat, budget: int) -> Trigger | None:
        """A repetition as it stands, where it is short."""
        if node.most is None or _cost(node) > budget:
            return None
        once = self.node(node.body, budget)
        if not once.complete:
            return None
        return Trigger(
            f"(?:{once.source}){{{node.least},{node.most}}}", once.weight * node.least, once.length * node.most
        )


def _left(node: _Node, budget: int) -> int:
    """What is left of a budget behind a node. The dearest of many alternatives does not use it up for the others."""
    least = _BUDGET // 3 if isinstance(_inner(node), _Choice) else 0
    return max(min(budget, least), budget - _cost(node))


def _inner(node: _Node) -> _Node:
    return _inner(node.body) if isinstance(node, _Group) else node


def _cost(node: _Node) -> int:
    """How many places that may be several characters a node has at most."""
    match node:
        case _Atom():
            return 0 if node.literal else 1
        case _Assertion():
            return 0
        case _Group():
            return _cost(node.body)
        case _Choice():
            return max(_cost(branch) for branch in node.branches)
        case _Sequence():
            return sum(_cost(item) for item in node.items)
        case _Repeat():
            if node.most is None:
                return 1000
            # One place counted to a fixed number needs no more states than the number.
            if isinstance(node.body, _Atom) and node.least == node.most:
                return min(2, node.most)
            return max(1, _cost(node.body)) * node.most if not isinstance(node.body, _Atom) else node.most
    raise AssertionError


def _joined(left: Trigger, right: Trigger) -> Trigger:
    return Trigger(
        left.source
        + (f"(?:{right.source})" if "|" in right.source and not right.source.startswith("(") else right.source),
        left.weight + right.weight,
        left.length + right.length,
        right.complete,
    )


def _either(branches: Sequence[Trigger]) -> Trigger:
    # RE2 shares what neighbours begin with, and which of them matched is not asked.
    return Trigger(
        "(?:" + "|".join(sorted({branch.source for branch in branches})) + ")",
        min(branch.weight for branch in branches),
        max(branch.length for branch in branches),
        all(branch.complete for branch in branches),
    )


def _undigited(node: _Node) -> str | None:
    """The inside of a bracket with every character but digits that a node can match; None where it is not known."""
    pieces: list[str] = []
    for atom in _atoms(node):
        if atom.undigited is None or atom.wide:
            return None
        if atom.undigited not in pieces:
            pieces.append(atom.undigited)
    # A hyphen is itself only at the end.
    inside = "".join(pieces)
    return inside.replace(r"\-", "").replace("-", "-") if "-" not in inside else _hyphen_last(pieces)


def _hyphen_last(pieces: Sequence[str]) -> str:
    singles: list[str] = []
    hyphen = False
    for piece in pieces:
        for part in _RANGES.findall(piece):
            if part in ("-", r"\-"):
                hyphen = True
            elif part not in singles:
                singles.append(part)
    return "".join(singles) + (r"\-" if hyphen else "")


def _atoms(node: _Node) -> Iterator[_Atom]:
    match node:
        case _Atom():
            yield node
        case _Group() | _Repeat():
            yield from _atoms(node.body)
        case _Choice():
            for branch in node.branches:
                yield from _atoms(branch)
        case _Sequence():
            for item in node.items:
                yield from _atoms(item)


def prefix(pattern: str, *, needs_digit: bool = False) -> Trigger | None:
    """What every match of a pattern begins with; ``needs_digit``: the value (group ``v``) is known to hold a digit.

    None where the pattern cannot be read.
    """
    tree = _parsed(pattern)
    if tree is None:
        return None
    return _Writer(needs_digit).node(tree, _BUDGET)


def whole(pattern: str) -> Trigger | None:
    """A pattern itself, written to be looked for; None without one, or where it has no longest match."""
    tree = _parsed(pattern) if pattern else None
    longest = _longest(tree) if tree is not None else None
    return Trigger(pattern, _TELLING, longest) if longest is not None else None


def opening(pattern: str) -> Literal["word", "digits", "letters"]:
    """Whether a pattern begins with a ``word`` of its own, with ``digits`` or signs, or with any ``letters``."""
    tree = _parsed(pattern)
    if tree is None:
        return "letters"
    firsts = list(_firsts(tree))
    words = sum(atom.literal and atom.source[-1].isalpha() for atom in firsts)
    classes = sum(
        atom.wide or (not atom.literal and bool(re.search("[a-zA-Z]", atom.undigited or ""))) for atom in firsts
    )
    # A long list of words stays one where a few of them begin with one of two letters.
    if classes and words < 20 * classes:
        return "letters"
    return "word" if words else "digits"


def _firsts(node: _Node) -> Iterator[_Atom]:
    """Every atom that a match can begin with."""
    match node:
        case _Atom():
            yield node
        case _Group() | _Repeat():
            yield from _firsts(node.body)
        case _Choice():
            for branch in node.branches:
                yield from _firsts(branch)
        case _Sequence():
            for item in node.items:
                yield from _firsts(item)
                if not _may_be_empty(item):
                    return


def _may_be_empty(node: _Node) -> bool:
    match node:
        case _Atom():
            return False
        case _Assertion():
            return True
        case _Group():
            return _may_be_empty(node.body)
        case _Repeat():
            return node.least == 0 or _may_be_empty(node.body)
        case _Choice():
            return any(_may_be_empty(branch) for branch in node.branches)
        case _Sequence():
            return all(_may_be_empty(item) for item in node.items)
    raise AssertionError


def factor(pattern: str) -> Trigger | None:
    """The most telling thing that every match of a pattern contains; None where none is known."""
    tree = _parsed(pattern)
    if tree is None:
        return None
    # Of those that weigh the same, the one that says most, without classes of all alphabets: these are large automata.
    found = sorted(_factors(tree), key=lambda t: (t.weight, r"\p" not in t.source, len(t.source)), reverse=True)
    # What begins with any letter or digit begins nearly everywhere.
    plain = (t for t in found if t.weight >= _TELLING and _begins_plainly(t.source))
    return next(plain, found[0] if found else None)


def _begins_plainly(pattern: str) -> bool:
    """Whether a pattern begins with one of some words or signs."""
    tree = _parsed(pattern)
    return tree is not None and all(
        (atom.literal and not atom.source[-1].isdigit())
        or (
            not atom.wide
            and atom.undigited is not None
            and re.fullmatch(r"(?:\\?[^\w\\])+", atom.undigited) is not None
        )
        for atom in _firsts(tree)
    )


def longest_whole(pattern: str) -> int | None:
    """The most characters of a text that a pattern for whole texts (``\\A … \\z``) can match; None for any other.

    Where several texts are one, a NUL stands between them: a pattern may take it for their beginning or end.
    """
    tree = _parsed(pattern)
    if tree is None:
        return None
    items = tree.items if isinstance(tree, _Sequence) else ()
    if len(items) < 2 or not _is_edge(items[0], r"\A") or not _is_edge(items[-1], r"\z"):
        return None
    return _longest(tree)


def _is_edge(node: _Node, assertion: str) -> bool:
    """Whether a node stands for a text's beginning or end: the assertion, or either that or something with a NUL."""
    if isinstance(node, _Group):
        return _is_edge(node.body, assertion)
    if isinstance(node, _Choice):
        return all(_is_edge(branch, assertion) for branch in node.branches)
    if isinstance(node, _Sequence):
        return any(isinstance(item, _Atom) and item.source == r"\x00" for item in node.items)
    return node == _Assertion(assertion)


def _longest(node: _Node) -> int | None:
    """The most characters that a node matches; None without a limit."""
    match node:
        case _Assertion():
            return 0
        case _Atom():
            return 1
        case _Group():
            return _longest(node.body)
        case _Repeat():
            once = _longest(node.body)
            return None if once is None or node.most is None else once * node.most
        case _Sequence():
            lengths = [_longest(item) for item in node.items]
            return None if None in lengths else sum(length for length in lengths if length is not None)
        case _Choice():
            lengths = [_longest(branch) for branch in node.branches]
            return None if None in lengths else max(length for length in lengths if length is not None)
    raise AssertionError


def _factors(node: _Node) -> Iterator[Trigger]:
    """The beginnings of everything that follows inside what must be there."""
    match node:
        case _Group():
            for inner in _factors(node.body):
                yield replace(inner, source=f"{node.opening}{inner.source})")
        case _Sequence():
            for index in range(len(node.items)):
                head = node.items[index]
                if isinstance(head, _Repeat) and head.least == 0:
                    continue
                if isinstance(head, _Group):
                    yield from _factors(head)
                yield _Writer().sequence(node.items[index:], _BUDGET)
        case _Repeat():
            if node.least > 0:
                yield from _factors(node.body)
        case _Choice():
            # One of the branches is there, and with it the most telling part of that branch.
            best = [max(_factors(branch), key=lambda t: t.weight, default=_EMPTY) for branch in node.branches]
            yield _either(best)
        case _:
            yield _Writer().node(node, _BUDGET)

"""What is true of everything that a pattern matches?"""

import re
from collections.abc import Iterator, Sequence

from preceptor.phi.trigger.characters import RANGES
from preceptor.phi.trigger.parser import parsed
from preceptor.phi.trigger.syntax import Alternation, Assertion, Atom, Concatenation, Group, Node, Repetition


def begins_plainly(pattern: str) -> bool:
    """Whether a pattern begins with one of some words or signs."""
    tree = parsed(pattern)
    return tree is not None and all(
        (atom.literal and not atom.source[-1].isdigit())
        or (
            not atom.wide
            and atom.undigited is not None
            and re.fullmatch(r"(?:\\?[^\w\\])+", atom.undigited) is not None
        )
        for atom in first_atoms(tree)
    )


def longest_whole(pattern: str) -> int | None:
    """The most characters of a text that a pattern for whole texts (``\\A … \\z``) can match; None for any other.

    Where several texts are one, a NUL stands between them: a pattern may take it for their beginning or end.
    """
    tree = parsed(pattern)
    if tree is None:
        return None
    items = tree.items if isinstance(tree, Concatenation) else ()
    if len(items) < 2 or not _is_edge(items[0], r"\A") or not _is_edge(items[-1], r"\z"):
        return None
    return longest_match(tree)


def _is_edge(node: Node, assertion: str) -> bool:
    """Whether a node stands for a text's beginning or end: the assertion, or either that or something with a NUL."""
    if isinstance(node, Group):
        return _is_edge(node.body, assertion)
    if isinstance(node, Alternation):
        return all(_is_edge(branch, assertion) for branch in node.branches)
    if isinstance(node, Concatenation):
        return any(isinstance(item, Atom) and item.source == r"\x00" for item in node.items)
    return node == Assertion(assertion)


def longest_match(node: Node) -> int | None:
    """The most characters that a node matches; None without a limit."""
    match node:
        case Assertion():
            return 0
        case Atom():
            return 1
        case Group():
            return longest_match(node.body)
        case Repetition():
            once = longest_match(node.body)
            return None if once is None or node.most is None else once * node.most
        case Concatenation():
            lengths = [longest_match(item) for item in node.items]
            return None if None in lengths else sum(length for length in lengths if length is not None)
        case Alternation():
            lengths = [longest_match(branch) for branch in node.branches]
            return None if None in lengths else max(length for length in lengths if length is not None)
    raise AssertionError


def first_atoms(node: Node) -> Iterator[Atom]:
    """Every atom that a match can begin with."""
    match node:
        case Atom():
            yield node
        case Group() | Repetition():
            yield from first_atoms(node.body)
        case Alternation():
            for branch in node.branches:
                yield from first_atoms(branch)
        case Concatenation():
            for item in node.items:
                yield from first_atoms(item)
                if not _may_be_empty(item):
                    return


_LETTERS = re.compile(r"(?:[A-Za-z](?:-[A-Za-z])?)+")
_DIGITS = re.compile(r"\d|\\[dw]")
_APART = re.compile(r"(?:\\?[ ,;:.()/\[\]{}<>?*\t\n-])+|\\s")


def begins_a_word(items: Sequence[Node]) -> bool:
    """Whether all that a sequence matches begins with a letter of ASCII."""
    if not items or all(map(_may_be_empty, items)):
        return False
    return all(
        not atom.wide and _LETTERS.fullmatch(atom.undigited or "") is not None and _DIGITS.search(atom.source) is None
        for atom in first_atoms(Concatenation(tuple(items)))
    )


def is_gap(node: Node) -> bool:
    """Whether a node is a sign or some of them, and no part of a word."""
    atom = node.body if isinstance(node, Repetition) and node.least > 0 else node
    return isinstance(atom, Atom) and _ends_apart(atom)


def ends_apart(items: Sequence[Node]) -> bool:
    """Whether all that a sequence matches ends with a sign that is no part of a word."""
    for item in reversed(items):
        if not _ends_apart(item):
            return False
        if not _may_be_empty(item):
            return True
    return False


def _ends_apart(node: Node) -> bool:
    """The same of a node where it matches anything."""
    match node:
        case Assertion():
            return False
        case Atom():
            return _APART.fullmatch(node.source if node.literal else node.undigited or "") is not None
        case Group() | Repetition():
            return _ends_apart(node.body)
        case Alternation():
            return all(_ends_apart(branch) and not _may_be_empty(branch) for branch in node.branches)
        case Concatenation():
            return ends_apart(node.items)
    raise AssertionError


def _may_be_empty(node: Node) -> bool:
    match node:
        case Atom():
            return False
        case Assertion():
            return True
        case Group():
            return _may_be_empty(node.body)
        case Repetition():
            return node.least == 0 or _may_be_empty(node.body)
        case Alternation():
            return any(_may_be_empty(branch) for branch in node.branches)
        case Concatenation():
            return all(_may_be_empty(item) for item in node.items)
    raise AssertionError


def undigited(node: Node) -> str | None:
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
        for part in RANGES.findall(piece):
            if part in ("-", r"\-"):
                hyphen = True
            elif part not in singles:
                singles.append(part)
    return "".join(singles) + (r"\-" if hyphen else "")


def _atoms(node: Node) -> Iterator[Atom]:
    match node:
        case Atom():
            yield node
        case Group() | Repetition():
            yield from _atoms(node.body)
        case Alternation():
            for branch in node.branches:
                yield from _atoms(branch)
        case Concatenation():
            for item in node.items:
                yield from _atoms(item)

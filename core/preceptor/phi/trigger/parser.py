"""Reads a pattern: the part of RE2's syntax that rules are written in."""

import re
from functools import lru_cache

from preceptor.phi.trigger.characters import bracket, escape, literal
from preceptor.phi.trigger.syntax import Alternation, Assertion, Atom, Concatenation, Group, Node, Repetition, Unread

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
                raise Unread
            kind = "flags" if match.re is flags else str(match.lastgroup)
            self._tokens.append((kind, match.group()))
            position = match.end()
        self._next = 0

    def parse(self) -> Node:
        node = self._alternation()
        if self._next != len(self._tokens):
            raise Unread
        return node

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else "end"

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _alternation(self) -> Node:
        branches = [self._concatenation()]
        while self._peek() == "bar":
            self._take()
            branches.append(self._concatenation())
        return branches[0] if len(branches) == 1 else Alternation(tuple(branches))

    def _concatenation(self) -> Node:
        items: list[Node] = []
        while self._peek() not in ("bar", "close", "end"):
            kind, source = self._take()
            if kind == "repeat":
                if not items:
                    raise Unread
                items.append(_repetition(items.pop(), source))
            elif kind == "flags":
                # Holds for the rest of the group.
                items.append(Group(f"(?{source[2:-1]}:", self._alternation()))
            else:
                items.append(self._item(kind, source))
        return items[0] if len(items) == 1 else Concatenation(tuple(items))

    def _item(self, kind: str, source: str) -> Node:
        if kind == "group":
            body = self._alternation()
            if self._peek() != "close":
                raise Unread
            self._take()
            name = re.fullmatch(r"\(\?P?<(\w+)>", source)
            return Group("(?:" if source == "(" or name else source, body, name[1] if name else "")
        if kind == "assertion":
            return Assertion(source)
        if kind == "bracket":
            return bracket(source)
        if kind == "escape":
            return escape(source)
        return Atom(source, 0.5, wide=True) if source == "." else literal(source, source)


@lru_cache(maxsize=4)
def parsed(pattern: str) -> Node | None:
    """A pattern's tree; None where it cannot be read. Each is asked for several times in a row."""
    try:
        return _Parser(pattern).parse()
    except Unread:
        return None


def _repetition(node: Node, source: str) -> Node:
    if isinstance(node, Repetition):
        if source == "?" and not isinstance(node.body, Repetition):
            # A lazy repetition matches at the same places.
            return node
        raise Unread
    if isinstance(node, Assertion):
        raise Unread
    if source in "*+?":
        return Repetition(node, int(source == "+"), 1 if source == "?" else None)
    least, comma, most = source[1:-1].partition(",")
    return Repetition(node, int(least), int(most) if most else (None if comma else int(least)))

"""What is a pattern made of? The tree of RE2's syntax (https://github.com/google/re2/wiki/Syntax)."""

from dataclasses import dataclass


class Unread(Exception):
    """The pattern uses what is not read here: there is no trigger then, and the rule is always asked."""


@dataclass(frozen=True)
class Atom:
    """One character. ``weight`` says how much it excludes, ``wide`` that it may be any letter of any alphabet."""

    source: str
    weight: float
    wide: bool = False
    # The inside of a bracket that matches the same, without digits; None where that is not known.
    undigited: str | None = None
    literal: bool = False


@dataclass(frozen=True)
class Assertion:
    """A place without a character of its own, as between a word and a space."""

    source: str


@dataclass(frozen=True)
class Group:
    """What stands in brackets; ``opening`` is written before it."""

    opening: str
    body: "Node"
    name: str = ""


@dataclass(frozen=True)
class Repetition:
    """``most`` is None without a limit."""

    body: "Node"
    least: int
    most: int | None


@dataclass(frozen=True)
class Concatenation:
    """One after another."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True)
class Alternation:
    """One of several."""

    branches: "tuple[Node, ...]"


Node = Atom | Assertion | Group | Repetition | Concatenation | Alternation

"""Which character does a literal, an escape or a bracket stand for, and how much does it exclude?"""

import re
from functools import cache

from preceptor.phi.trigger.syntax import Atom, Unread

# Signs that texts seldom hold.
_RARE = frozenset("@+=$#&<>*|~^\\")


@cache
def literal(source: str, character: str) -> Atom:
    """One character that stands for itself."""
    weight = 0.6 if character.isspace() else (1.0 if character.isalnum() else 1.5 if character in _RARE else 0.9)
    inside = None if character.isdigit() else re.escape(character)
    return Atom(source, weight, undigited=inside or "", literal=True)


def escape(source: str) -> Atom:
    """A backslash and what it makes of the letter behind it."""
    letter = source[1]
    if letter in "pPDSWC.":
        if letter == ".":
            return literal(source, ".")
        return Atom(source, 0.3, wide=True)
    if letter == "d":
        return Atom(source, 1.0, undigited="")
    if letter == "s":
        return Atom(source, 0.6, undigited=r"\s")
    if letter == "w":
        return Atom(source, 0.2, undigited="a-zA-Z_")
    if letter == "x":
        return Atom(source, 1.0)
    if letter in "tnrfv":
        return Atom(source, 0.8, undigited=source, literal=True)
    if letter.isalnum():
        raise Unread
    return literal(source, letter)


# What stands in a bracket, piece by piece.
RANGES = re.compile(r"(?s)\\[pP](?:\{[^}]*\}|\w)|\\x\{[^}]*\}|\\.-\\?.|.-\\.|\\.|.-[^\]]|\[:[^\]]*:\]|.")


def bracket(source: str) -> Atom:
    """A set of characters in brackets."""
    inside = source[1:-1]
    if inside.startswith("^") or "\\p" in inside or "\\P" in inside or "[:" in inside or "\\x" in inside:
        return Atom(source, 0.3, wide=True)
    pieces = RANGES.findall(inside)
    digits = [p for p in pieces if p in (r"\d", "0-9") or (len(p) == 3 and p[1] == "-" and p[0].isdigit())]
    digits += [p for p in pieces if len(p) == 1 and p.isdigit()]
    others = [p for p in pieces if p not in digits]
    size = sum(_size(p) for p in pieces)
    wide = any(ord(c) > 0x2FF for c in inside)
    weight = 1.0 if not others else max(0.15, 1.0 - size / 30)
    return Atom(source, weight, wide=wide, undigited="".join(others))


def _size(piece: str) -> int:
    if piece in (r"\w", r"\S"):
        return 60
    if piece == r"\d":
        return 10
    if len(piece) == 3 and piece[1] == "-":
        return ord(piece[2]) - ord(piece[0]) + 1
    return 1

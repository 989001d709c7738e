"""Which capitalised runs of a text have to be weighed, and which are passed over because all their words are plain?

Nine in ten capitalised words of clean text begin a sentence or are an abbreviation. A run of such words has no parts,
whatever stands between them, so only the others are looked up as runs: the words are found by a pattern that is far
cheaper than that of a run. tests/unit/phi/test_phi_names_passed_over.py compares the two.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache

from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.glance import APART_AT_THE_BEGINNING, CLOSED, CLOSING, apart_behind, apart_in_front
from preceptor.phi.names.lists import prose
from preceptor.phi.names.runs import Part, capitals, parts, run_pattern
from preceptor.phi.names.words import weigh

# By whether the text is Spanish: the words that were met, as :func:`_words` writes them. Those that no run has to be
# looked at for are None, those that are one part, or none, where they are a run alone are that; the others not known.
_WORDS: tuple[dict[str, "Part | _Kind | None"], ...] = ({}, {})
# The parts of the runs that were met. Most words and runs are met again.
_PARTS: tuple[dict[str, tuple[Part, ...]], ...] = ({}, {})
_MOST_WORDS = 200_000
_MOST_RUNS = 100_000
_MOST_PIECES = 4
# How far to the left a run's beginning is looked for at first.
_NEAR = 200
# What the tokens on both sides of a word can say at most, as :mod:`preceptor.phi.names.glance` has it.
_IN_FRONT: dict[str, tuple[float, float] | None] = {}
_BEHIND: dict[str, tuple[float, float] | None] = {}
_MOST_TOKENS = 50_000
_LONGEST = 24
_NOTHING = (0.0, 0.0)


class _Kind(Enum):
    """What a word is that is no part when it stands alone, but may be with others."""

    NONE = 0
    OTHER = 1


_NONE, _OTHER = _Kind


@cache
def _words(*, ascii: bool) -> "re.Pattern[str]":
    """Finds every capital that a run's word can begin with, and all that may belong to that word."""
    return re.compile("[A-Z][A-Za-z'-]*" if ascii else rf"[{capitals()}](?:[^\W\d_]|['-])*")


@cache
def _outside(*, ascii: bool) -> "re.Pattern[str]":
    """Matches up to the last character that no run holds."""
    return re.compile(r"(?s).*[^A-Za-z. \t'-]" if ascii else r"(?s).*(?:[^\w. \t'-]|[\d_])")


def telling_runs(text: str, spanish: bool, enough: float) -> Iterator[tuple[int, tuple[Part, ...], bool]]:
    """(where it begins, its parts, whether to judge them) for every run of a text that has parts, in their order.

    Nothing needs to be judged where the words on both sides cannot make up what the part lacks of ``enough``.
    """
    ascii = text.isascii()
    met, known, pattern = _WORDS[spanish], _PARTS[spanish], run_pattern(ascii=ascii)
    # Every run that begins before this place is done with, and no run stands across it.
    done = 0
    for match in _words(ascii=ascii).finditer(text):
        word = match[0]
        if word in met:
            part = met[word]
        else:
            if len(met) >= _MOST_WORDS:
                met.clear()
            part = met[word] = _looked_up(word, spanish)
        if part is None:
            continue
        start, end = match.span()
        if end <= done:
            continue
        if part is not _OTHER and _too_little(text, start, end, part, enough):
            if isinstance(part, Part):
                yield start, (part,), False
            continue
        if start and word.isalpha() and (text[start - 1].isalnum() or text[start - 1] == "_"):
            # "mRNA": no run has a capital there.
            continue
        if word.isalpha() and _begins(text, start):
            run = pattern.match(text, start)
            if run is not None:
                done = run.end()
                pieces = known.get(run[0])
                if pieces is None:
                    pieces = _learnt(known, run[0], spanish)
                if pieces:
                    yield start, pieces, True
            continue
        runs = pattern.finditer(text, _border(text, start, done, ascii=ascii))
        run = next((run for run in runs if run.end() > start), None)
        while run is not None and run.start() < end:
            pieces = known.get(run[0])
            if pieces is None:
                pieces = _learnt(known, run[0], spanish)
            if pieces:
                yield run.start(), pieces, True
            done = run.end()
            if done >= end:
                break
            run = next(runs, None)
        else:
            done = len(text) if run is None else run.start()


def _too_little(text: str, start: int, end: int, part: "Part | _Kind", enough: float) -> bool:
    """Whether a word is a run of its own, and what stands on both sides says too little for it."""
    if start:
        # "(MACE": a bracket says no more than a space.
        space = start - 2 if text[start - 1] == "(" else start - 1
        if space < 1 or text[space] != " ":
            return False
        least = max(0, start - _LONGEST)
        cut = text.rfind(" ", least, space)
        if cut < 0 < least:
            return False
        token = text[cut + 1 : space]
        front = _IN_FRONT[token] if token in _IN_FRONT else _told(_IN_FRONT, token, apart_in_front)
        if front is None:
            return False
    else:
        front = APART_AT_THE_BEGINNING
    mark = text[end : end + 1]
    behind: tuple[float, float] | None = None
    if mark == " ":
        stop = text.find(" ", end + 1, end + _LONGEST)
        if stop > 0:
            token = text[end + 1 : stop]
            behind = _BEHIND[token] if token in _BEHIND else _told(_BEHIND, token, apart_behind)
    elif mark != ":" and (mark in CLOSING or (mark == "." and end - start > 1 and text[end + 1 : end + 2] in CLOSED)):
        behind = _NOTHING
    if behind is None:
        return False
    if not isinstance(part, Part):
        return True
    return part.person + front[0] + behind[0] < enough and (not part.town or part.town + front[1] + behind[1] < enough)


def _told(
    known: dict[str, tuple[float, float] | None], token: str, ask: Callable[[str], tuple[float, float] | None]
) -> tuple[float, float] | None:
    if len(known) >= _MOST_TOKENS:
        known.clear()
    said = known[token] = ask(token)
    return said


def _learnt(known: dict[str, tuple[Part, ...]], run: str, spanish: bool) -> tuple[Part, ...]:
    if len(known) >= _MOST_RUNS:
        known.clear()
    pieces = known[run] = parts(run, spanish)
    return pieces


def _looked_up(word: str, spanish: bool) -> "Part | _Kind | None":
    if _is_plain(word, spanish):
        return None
    if not word.isalpha():
        return _OTHER
    pieces = parts(word, spanish)
    if not pieces:
        return _NONE
    return pieces[0] if pieces[0].end - pieces[0].start == len(word) else _OTHER


def _is_plain(word: str, spanish: bool) -> bool:
    """Whether nothing that a run can take for a word here is more than an ordinary word or an initial."""
    pieces = word.rstrip("'-").replace("'", "-").split("-")
    if len(pieces) > _MOST_PIECES or not all(pieces):
        return False
    # A digit behind may cut a run's word short at a hyphen, a letter in front make it begin there.
    position = 0
    for first, piece in enumerate(pieces):
        end = position
        for other in pieces[first:]:
            end += len(other)
            token = word[position:end]
            end += 1
            if token[0].isupper() and not _says_nothing(token, spanish):
                return False
        position += len(piece) + 1
    return True


def _says_nothing(token: str, spanish: bool) -> bool:
    """Whether a word of a run neither begins a part nor, with others, a town's name."""
    known = weigh(token, spanish)
    return (known.plain or known.initial) and token.lower() not in gazetteer().marks


# What may stand between two words of a run, but for particles; a full stop only behind an initial.
_JOINTS = frozenset(" \t.'-")


def _begins(text: str, start: int) -> bool:
    """Whether no run that begins before ``start`` holds the word there, as most often can be told at once."""
    if not start:
        return True
    mark = text[start - 1]
    if mark != " ":
        return mark not in _JOINTS and not mark.isalpha()
    mark = text[start - 2 : start - 1]
    if mark.islower():
        before = text[text.rfind(" ", 0, start - 1) + 1 : start - 1]
        return before.isalpha() and before.islower() and before not in prose("particles")
    if mark == ".":
        return text[start - 3 : start - 2].islower()
    return mark not in _JOINTS and not mark.isalpha()


def _border(text: str, start: int, done: int, *, ascii: bool) -> int:
    """A place at or before ``start``, and not before ``done``, that no run stands across."""
    outside = _outside(ascii=ascii)
    near = max(done, start - _NEAR)
    border = outside.match(text, near, start) or (outside.match(text, done, start) if near > done else None)
    return border.end() if border else done

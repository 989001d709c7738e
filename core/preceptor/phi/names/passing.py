"""Which capitalised runs of a text have to be weighed, and which are passed over because all their words are plain?

Nine in ten capitalised words of clean text begin a sentence or are an abbreviation. A run of such words has no parts,
whatever stands between them, so only the others are looked up as runs: the words are found by a pattern that is far
cheaper than that of a run. tests/unit/phi/test_phi_names_passed_over.py compares the two.
"""

import re
from collections.abc import Iterator
from functools import cache

from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import prose
from preceptor.phi.names.runs import Part, capitals, parts, run_pattern
from preceptor.phi.names.words import weigh

# By whether the text is Spanish: whether the words that were met, as :func:`_words` writes them, are plain, and the parts
# of the runs that were met. Most of both are met again.
_PLAIN: tuple[dict[str, bool], ...] = ({}, {})
_PARTS: tuple[dict[str, tuple[Part, ...]], ...] = ({}, {})
_MOST_WORDS = 200_000
_MOST_RUNS = 100_000
_MOST_PIECES = 4
# How far to the left a run's beginning is looked for at first.
_NEAR = 200


@cache
def _words(*, ascii: bool) -> "re.Pattern[str]":
    """Finds every capital that a run's word can begin with, and all that may belong to that word."""
    return re.compile("[A-Z][A-Za-z'-]*" if ascii else rf"[{capitals()}](?:[^\W\d_]|['-])*")


@cache
def _outside(*, ascii: bool) -> "re.Pattern[str]":
    """Matches up to the last character that no run holds."""
    return re.compile(r"(?s).*[^A-Za-z. \t'-]" if ascii else r"(?s).*(?:[^\w. \t'-]|[\d_])")


def telling_runs(text: str, spanish: bool) -> Iterator[tuple[int, tuple[Part, ...]]]:
    """(where it begins, its parts) for every run of a text that has parts, in their order."""
    ascii = text.isascii()
    plain = _PLAIN[spanish]
    # Every run that begins before this place is done with, and no run stands across it.
    done = 0
    for match in _words(ascii=ascii).finditer(text):
        word = match[0]
        passed = plain.get(word)
        if passed is None:
            if len(plain) >= _MOST_WORDS:
                plain.clear()
            passed = plain[word] = _is_plain(word, spanish)
        if passed:
            continue
        start, end = match.span()
        if end <= done:
            continue
        if start and word.isalpha() and (text[start - 1].isalnum() or text[start - 1] == "_"):
            # "mRNA": no run has a capital there.
            continue
        runs = run_pattern(ascii=ascii).finditer(text, _border(text, start, done, ascii=ascii))
        run = next((run for run in runs if run.end() > start), None)
        while run is not None and run.start() < end:
            pieces = _parts(run[0], spanish)
            if pieces:
                yield run.start(), pieces
            done = run.end()
            if done >= end:
                break
            run = next(runs, None)
        else:
            done = len(text) if run is None else run.start()


def _parts(run: str, spanish: bool) -> tuple[Part, ...]:
    known = _PARTS[spanish]
    pieces = known.get(run)
    if pieces is None:
        if len(known) >= _MOST_RUNS:
            known.clear()
        pieces = known[run] = parts(run, spanish)
    return pieces


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


def _border(text: str, start: int, done: int, *, ascii: bool) -> int:
    """A place at or before ``start``, and not before ``done``, that no run stands across."""
    space = text.rfind(" ", done, start - 1) if start > done and text[start - 1] == " " else -1
    if space >= 0:
        before = text[space + 1 : start - 1]
        if before.isalpha() and before.islower() and before not in prose("particles"):
            # Between two words of a run stands nothing else but a particle.
            return start
    outside = _outside(ascii=ascii)
    near = max(done, start - _NEAR)
    border = outside.match(text, near, start) or (outside.match(text, done, start) if near > done else None)
    return border.end() if border else done

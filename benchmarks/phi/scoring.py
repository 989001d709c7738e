"""How well do found spans cover the expected ones?"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Expected:
    """One labelled span. ``counts``: it is PHI under Safe Harbor; else it is neither asked for nor held against."""

    start: int
    end: int
    label: str
    counts: bool


@dataclass(frozen=True)
class Row:
    """One labelled text."""

    id: str
    text: str
    spans: tuple[Expected, ...]


@dataclass
class Score:
    """Sums over the rows of one set; every count is of what :attr:`Expected.counts`."""

    entities: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    texts_covered: int = 0
    texts_missed: int = 0
    negatives: int = 0
    negatives_flagged: int = 0
    characters: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    false: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, row: Row, found: Sequence[tuple[int, int, str]]) -> None:
        """Count one row against the spans (start, end, detector) found in it."""
        hit = bytearray(len(row.text))
        for start, end, _ in found:
            hit[start:end] = b"\1" * (end - start)
        wanted, excused = bytearray(len(row.text)), bytearray(len(row.text))
        whole = True
        for span in row.spans:
            target = wanted if span.counts else excused
            target[span.start : span.end] = b"\1" * (span.end - span.start)
            if not span.counts:
                continue
            self.entities[span.label] += 1
            if all(hit[i] or not row.text[i].isalnum() for i in range(span.start, span.end)):
                self.covered[span.label] += 1
            else:
                whole = False
                self.missed.append((row.id, span.label, row.text[span.start : span.end]))
        if any(span.counts for span in row.spans):
            self.texts += 1
            self.texts_covered += whole
            self.texts_missed += not found
        else:
            # What is excused is no reproach to a text that holds nothing else.
            reproaches = [f for f in found if not all(excused[f[0] : f[1]])]
            self.negatives += 1
            self.negatives_flagged += bool(reproaches)
        self.false.extend(
            (row.id, detector, row.text[start:end])
            for start, end, detector in found
            if not any(wanted[start:end]) and not any(excused[start:end])
        )
        places = [(i, i + 1) for i, c in enumerate(row.text) if c.isalnum()]
        _binary(self.characters, places, wanted, excused, hit, any)
        _binary(self.words, [m.span() for m in _WORD.finditer(row.text)], wanted, excused, hit, any)


def _binary(
    into: Counter[str],
    places: Iterable[tuple[int, int]],
    wanted: bytearray,
    excused: bytearray,
    hit: bytearray,
    some: Callable[[bytearray], bool],
) -> None:
    for start, end in places:
        is_wanted, is_hit = some(wanted[start:end]), some(hit[start:end])
        if is_wanted:
            into["tp" if is_hit else "fn"] += 1
        elif is_hit and not some(excused[start:end]):
            into["fp"] += 1


def f_beta(counts: Counter[str], beta: float = 2.0) -> float:
    """F-measure of true positives, false positives and false negatives (van Rijsbergen 1979); 0 without any."""
    square = beta * beta
    below = (1 + square) * counts["tp"] + square * counts["fn"] + counts["fp"]
    return (1 + square) * counts["tp"] / below if below else 0.0

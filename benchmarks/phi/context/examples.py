"""The words of labelled texts, with what is said of each where nothing was found of the thing that it is a part of."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import preceptor_phi_native as native
from benchmarks.phi.evidence.examples import Witness
from benchmarks.phi.scoring import Row

from preceptor.phi.detect import Detector
from preceptor.phi.finder import Known
from preceptor.phi.lexicon import words
from preceptor.phi.names import NamesByEvidence
from preceptor.phi.names.native import finder
from preceptor.phi.names.words import profile
from preceptor.phi.normalise import NormalText, normalise
from preceptor.phi.rules import ALL, FINDERS
from preceptor.phi.rules.context import kinds_of
from preceptor.phi.rules.unlabelled import UnlabelledCodes

_WORD = re.compile(r"[^\W_]+")
_SMALL = re.compile(r"(?<![^\W_])[a-z][a-z'’]*(?![^\W_])")
_LARGE = re.compile(r"(?<![^\W_])[A-Z][A-Za-z]*(?![^\W_])")
# Words that are met less often are not of the vocabulary.
_LEAST = 4
# So often a part of a thing is left found, as where a rule found half of it.
_IN_PART = 0.3


@dataclass(frozen=True)
class Example:
    """A word: its row, which marked thing of it (none: -1), the facts, whether it is a part of that thing."""

    row: Row
    thing: int
    facts: tuple[str, ...]

    @property
    def marked(self) -> bool:
        """Whether it should be found."""
        return self.thing >= 0


class Reader:
    """Reads rows as the scanner does before it weighs any context."""

    def __init__(self) -> None:
        self._witness = Witness()
        self._detector = Detector(ALL, FINDERS, followers=[UnlabelledCodes(), NamesByEvidence(), self._witness])

    def known(self, row: Row) -> Known:
        """What was found in a row, in code points of its normalised text."""
        self._witness.known = ()
        self._detector.detect(row.text)
        return self._witness.known


def vocabulary(rows: Iterable[Row]) -> list[str]:
    """The words that facts may hold: what is written small outside of what is marked, and what is never a name."""
    counts: Counter[str] = Counter()
    for row in rows:
        text = row.text
        for span in row.spans:
            text = text[: span.start] + "\0" * (span.end - span.start) + text[span.end :]
        counts.update(_SMALL.findall(text))
        large = (word.lower() for word in _LARGE.findall(text))
        counts.update(word for word in large if word in words("never-names") or word in words("medical"))
    return sorted(word for word, count in counts.items() if count >= _LEAST and not _is_borne(word))


def _is_borne(word: str) -> bool:
    known = profile(word)
    return known is not None and max(known.given, known.family) >= 2 and known.ordinary < 2


def examples(row: Row, known: Known, weights: native.ContextWeights, chance: random.Random) -> Iterator[Example]:
    """The words of a row that nothing covers, and those of each marked thing where it, or a part, was not found."""
    text = normalise(row.text)
    for first, last, facts in finder().contexts(text.text, text.begin, kinds_of(known), weights):
        if _thing(row, *text.source_span(first, last)) < 0 and (known or not row.spans):
            yield Example(row, -1, tuple(facts))
    for number, span in enumerate(row.spans):
        left = _without(text, known, span.start, span.end, chance)
        if not left:
            continue
        for first, last, facts in finder().contexts(text.text, text.begin, kinds_of(left), weights):
            if _thing(row, *text.source_span(first, last)) == number:
                yield Example(row, number, tuple(facts))


def _thing(row: Row, start: int, end: int) -> int:
    return next((number for number, span in enumerate(row.spans) if span.start < end and span.end > start), -1)


def _without(text: NormalText, known: Known, start: int, end: int, chance: random.Random) -> Known:
    """What was found elsewhere, and now and then one half of what was found here."""
    places = [(first, last, kind, *text.source_span(first, last)) for first, last, kind in known]
    here = [place for place in places if place[3] < end and place[4] > start]
    left = [place[:3] for place in places if place not in here]
    if here and chance.random() < _IN_PART:
        first, last, kind = here[0][:3]
        pieces = [first + piece.start() for piece in _WORD.finditer(text.text[first:last])]
        if len(pieces) > 1:
            cut = pieces[chance.randrange(1, len(pieces))]
            left.append((first, cut, kind) if chance.random() < 1 / 2 else (cut, last, kind))
    return left

"""The capitalised words of labelled texts that rules and finders have left, with what is said of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.phi.scoring import Row

from preceptor.phi.detect import Detector
from preceptor.phi.finder import Known
from preceptor.phi.names.evidence import sorted_known
from preceptor.phi.names.native import finder
from preceptor.phi.normalise import NormalText, normalise
from preceptor.phi.rules import ALL, FINDERS
from preceptor.phi.types import Span


@dataclass(frozen=True)
class Example:
    """A word of a text: where it stands, which facts are said of it, whether it is a part of what is marked."""

    row: Row
    start: int
    end: int
    facts: tuple[str, ...]
    marked: bool

    @property
    def in_company(self) -> bool:
        """Whether something else was found around it: else no follower is asked."""
        return bool({"found: one", "found: two", "found: more"} & set(self.facts))


class Witness:
    """A follower that takes down what it is told, and finds nothing."""

    detectors: Mapping[str, str] = {}
    digest = ""
    known: Known = ()

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """Nothing."""
        self.known = list(known)
        return ()

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """Nothing."""
        return ()


class Reader:
    """Reads rows as the scanner does before it weighs any evidence."""

    def __init__(self) -> None:
        self._witness = Witness()
        self._detector = Detector(ALL, FINDERS, followers=[self._witness])

    def read(self, row: Row) -> tuple[list[Span], list[Example]]:
        """What is found in a row, and the words that are left."""
        self._witness.known = ()
        found = self._detector.detect(row.text)
        text = normalise(row.text)
        examples = []
        for first, last, facts in finder().evidence(text.text, text.begin, sorted_known(self._witness.known)):
            start, end = text.source_span(first, last)
            marked = any(span.counts and span.start < end and span.end > start for span in row.spans)
            examples.append(Example(row, start, end, tuple(facts), marked))
        return found, examples

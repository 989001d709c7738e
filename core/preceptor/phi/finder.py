"""What can stand beside the rules: a finder, for what no single pattern can say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from preceptor.phi.normalise import NormalText
from preceptor.phi.types import Span

# Stands between texts where several are searched together. No rule or finder is given more than one of them.
BOUNDARY = "\n\0\n"


class Searcher(Protocol):
    """What finders and followers say of themselves."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """The name of each detector that a span can carry, with one sentence on what it looks for."""

    @property
    def digest(self) -> str:
        """Changes whenever something else may be found: of patterns, lists, weights and version."""


class Finder(Searcher, Protocol):
    """Finds PHI in normalised text by other means than one pattern, such as a gazetteer.

    It is given one text at a time, and none that has only digits and signs. One that stands under a key begins with
    the key's words and a colon (``patient name: …``). A plain text file comes in blocks of some lines, whose borders
    are not the author's.
    """

    def find(self, text: NormalText) -> Iterable[Span]:
        """Spans in code points of ``text.text``, in any order; overlapping ones are merged by the detector."""


# What was found in a normalised text before: start, end and type, in any order.
Known = Sequence[tuple[int, int, str]]


class Follower(Searcher, Protocol):
    """Finds PHI in a normalised text of which rules and finders found something already, and says why.

    It is asked after all of them, about texts alone in which there is something, and about no bare number.
    """

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """Spans in code points of ``text.text``, in any order, none of which overlaps what is known."""

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """What speaks most for a span that was found and against it, in sentences that show nothing of the text."""

"""What can stand beside the rules: a finder, for what no single pattern can say."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from preceptor.phi.normalise import NormalText
from preceptor.phi.types import Span

# Stands between texts where several are searched together. No rule or finder is given more than one of them.
BOUNDARY = "\n\0\n"


class Finder(Protocol):
    """Finds PHI in normalised text by other means than one pattern, such as a gazetteer.

    It is given one text at a time, and none that has only digits and signs. One that stands under a key begins with
    the key's words and a colon (``patient name: …``). A plain text file comes in blocks of some lines, whose borders
    are not the author's.
    """

    @property
    def detectors(self) -> Mapping[str, str]:
        """The name of each detector that a span can carry, with one sentence on what it looks for."""

    @property
    def digest(self) -> str:
        """Changes whenever the finder may find something else: of its patterns, lists and version."""

    def find(self, text: NormalText) -> Iterable[Span]:
        """Spans in code points of ``text.text``, in any order; overlapping ones are merged by the detector."""

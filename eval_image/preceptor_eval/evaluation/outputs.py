"""What does the output policy that will be served say about one answer?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Decision = Literal["PASS", "WARN", "BLOCK"]


@dataclass(frozen=True)
class OutputVerdict:
    """The policy's decision, and whether prescriptive language or PHI was among its reasons."""

    decision: Decision
    prescriptive: bool
    phi: bool
    rules: tuple[str, ...] = ()


class OutputJudge(Protocol):
    """A loaded output policy."""

    def judge(self, answer: str, contexts: Sequence[str]) -> OutputVerdict:
        """Judge one answer against the contexts that it was given."""
        ...

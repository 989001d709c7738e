"""What does the gateway need from the parts beside it?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from preceptor.api.audit import Append
from preceptor.api.candidate import Decoding
from preceptor_eval.generation import Completion, Message

Decision = Literal["PASS", "WARN", "BLOCK"]


class Generator(Protocol):
    """A loaded candidate."""

    def complete(self, conversation: Sequence[Message]) -> Completion:
        """Answer one conversation, which begins with the system prompt, whole and decoded as the candidate says.

        Never called from two threads at once.

        Raises preceptor.exits.BadInput on a conversation that the model cannot read.
        """
        ...


class Loader(Protocol):
    """Loads verified files."""

    def load(self, *, base_model: Path, adapter: Path, decoding: Decoding) -> Generator:
        """Load a base model with its adapter. The folders are deleted when this has returned."""
        ...


class Verdict(Protocol):
    """What the output policy says about one answer."""

    @property
    def decision(self) -> Decision:
        """PASS, WARN or BLOCK."""
        ...

    @property
    def rules(self) -> tuple[str, ...]:
        """Identifiers of the rules that fired; no text of the answer."""
        ...


class OutputPolicy(Protocol):
    """A loaded output policy."""

    @property
    def digest(self) -> str:
        """Digest of the policy's file."""
        ...

    def check(self, answer: str, contexts: Sequence[str]) -> Verdict:
        """Judge an answer against the contexts that it was given."""
        ...


class PolicySource(Protocol):
    """Where the output policy comes from."""

    def load(self) -> OutputPolicy:
        """The policy as it stands now. Raises preceptor.exits.PreceptorError when it cannot be read."""
        ...


class AuditLog(Protocol):
    """The audit service."""

    async def append(self, record: Append) -> None:
        """Append one record durably. Raises AuditUnavailable when that is not certain."""
        ...

"""What does evaluation and the gateway need from whatever generates answers?"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from preceptor.exits import BadInput

Message = dict[str, str]


@dataclass(frozen=True)
class Completion:
    """One answer; ``length`` says that it was cut off at the candidate's or the model's limit of tokens."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: Literal["stop", "length"]


class ConversationRefused(BadInput):
    """A conversation that the model cannot read; ``number`` counts from 1 in the order in which they were given."""

    def __init__(self, sentence: str, *, reason: str, number: int) -> None:
        super().__init__(sentence, reason=reason)
        self.number = number


class Generator(Protocol):
    """A loaded candidate."""

    def generate(self, conversations: Sequence[Sequence[Message]]) -> list[str]:
        """The answers, in the order of the conversations.

        Raises ConversationRefused (``PromptTooLong``, ``ConversationInvalid``) on a conversation that the model cannot
        read.
        """
        ...

    def stream(self, conversations: Sequence[Sequence[Message]]) -> Iterator[tuple[int, Completion]]:
        """(position of the conversation, its answer), in any order, as answers become ready. Raises as ``generate``."""
        ...

    def base_model(self) -> AbstractContextManager[None]:
        """A context in which the base model answers without the adapter."""
        ...

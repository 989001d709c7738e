"""How do a message and its retrieved contexts become a conversation?

The one place for this format: the training rows, the suites and every request to the gateway use it.
"""

from collections.abc import Sequence
from typing import Final

from preceptor_eval.generation.generator import Message

HEADING: Final = "Protocol:"


def with_contexts(message: str, contexts: Sequence[str]) -> str:
    """The user's turn: the message, then one line for each context; the message alone where there are none."""
    if not contexts:
        return message
    return f"{message}\n\n{HEADING}\n" + "\n".join(f"- {context}" for context in contexts)


def conversation(system_prompt: str, message: str, contexts: Sequence[str]) -> list[Message]:
    """The candidate's system prompt, then the user's turn with its contexts."""
    return [
        {"role": "system", "content": system_prompt},
        {"role": "user", "content": with_contexts(message, contexts)},
    ]

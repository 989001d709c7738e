"""How does an answer look to OpenAI's clients?"""

import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from preceptor_eval.gateway.seams import Decision
from preceptor_eval.gateway.serving import Served

# What stands in place of every blocked answer; it is the same for all, so that it tells nothing about the answer.
WITHHELD = (
    "This answer was withheld by the safety policy and passed to a clinician for review. "
    "If this may be an emergency, call the emergency services or get a clinician now."
)
_WORDS = re.compile(r"\s*\S+(?:\s+$)?")


@dataclass(frozen=True)
class Answer:
    """What may be released: of a blocked answer nothing but the rules that blocked it."""

    request_id: uuid.UUID
    served: Served
    text: str
    decision: Decision
    rules: tuple[str, ...]
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    created: int = field(default_factory=lambda: int(time.time()))

    def headers(self) -> dict[str, str]:
        """Which candidate answered, and what the policy decided."""
        return {
            "X-Preceptor-Candidate": self.served.digest,
            "X-Preceptor-Release": self.served.release.name,
            "X-Preceptor-Decision": self.decision,
            "X-Preceptor-Request": str(self.request_id),
        }

    def document(self) -> dict[str, Any]:
        """The whole answer at once."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    def events(self, *, include_usage: bool) -> Iterator[bytes]:
        """The answer as server-sent events; it was whole, checked and recorded before the first of them."""
        yield self._chunk({"role": "assistant", "content": ""})
        for word in _WORDS.findall(self.text):
            yield self._chunk({"content": word})
        yield self._chunk({}, self.finish_reason)
        if include_usage:
            yield _event({**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage()})
        yield b"data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.request_id}",
            "object": kind,
            "created": self.created,
            "model": self.served.name,
            "system_fingerprint": self.served.digest.removeprefix("sha256:")[:12],
            "preceptor": {
                "candidate_digest": self.served.digest,
                "adapter_digest": self.served.handover.candidate.adapter,
                "release": self.served.release.name,
                "decision": self.decision,
                "reasons": list(self.rules),
                "request_id": str(self.request_id),
            },
        }

    def _usage(self) -> dict[str, int]:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        }

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _event({**self._head("chat.completion.chunk"), "choices": [choice]})


def _event(document: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n"

"""Which fields have the audit events of a gateway?"""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from preceptor.api.base import ApiModel, Digest

# The ``kind`` of each audit record.
INFERENCE = "inference"
CANDIDATE = "gateway.candidate"
REVIEW_READ = "review.read"

Outcome = Literal[
    "answered",
    "blocked",
    "refused",
    "notServing",
    "overloaded",
    "timedOut",
    "disconnected",
    "failed",
]
# What the output policy said; NONE when there was no answer to check.
SafetyStatus = Literal["PASS", "WARN", "BLOCK", "NONE"]
KeyedDigest = Annotated[str, StringConstraints(pattern=r"^hmac-sha256:[0-9a-f]{64}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,128}$")]
Count = Annotated[int, Field(ge=0)]


class ReleaseReference(ApiModel):
    """The AdapterRelease under which the candidate is served."""

    namespace: str
    name: str
    uid: str


class InferenceEvent(ApiModel):
    """One request to a gateway: who answered, under which candidate, and what the output policy said. No text."""

    schema_version: Literal[1] = 1
    timestamp: AwareDatetime
    request_id: uuid.UUID
    # ``<release>-<first 12 hex digits of the candidate digest>``; absent when nothing was served.
    model_version: str | None = None
    release: ReleaseReference | None = None
    candidate_digest: Digest | None = None
    adapter_hash: Digest | None = None
    outcome: Outcome
    # The HTTP status of the answer; 499 where the client had gone before there was one.
    status: Annotated[int, Field(ge=100, le=599)]
    # CamelCase, from a fixed vocabulary; why there was no answer.
    reason: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=64)] | None = None
    stream: bool = False
    # Keyed hashes: equal texts of one gateway have equal hashes, and nothing else can be read from them.
    prompt_hash: KeyedDigest | None = None
    answer_hash: KeyedDigest | None = None
    retrieved_doc_ids: tuple[KeyedDigest, ...] = ()
    context_count: Count = 0
    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    # ``length`` where the answer was cut at the candidate's own limit or the model's; absent where none was drawn.
    finish_reason: Literal["stop", "length"] | None = None
    safety_status: SafetyStatus = "NONE"
    rule_ids: tuple[RuleId, ...] = ()
    output_policy_digest: Digest | None = None
    review_item: uuid.UUID | None = None
    # Milliseconds from the request's arrival until this event was written.
    latency_ms: Count


class CandidateEvent(ApiModel):
    """A gateway began to serve a candidate, stopped serving it, or refused to."""

    schema_version: Literal[1] = 1
    timestamp: AwareDatetime
    state: Literal["Serving", "Stopped", "Refused"]
    release: ReleaseReference
    candidate_digest: Digest
    model_version: str
    reason: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=64)] | None = None
    # The service account that asked for it.
    by: str


class ReviewReadEvent(ApiModel):
    """Somebody read the review queue, which holds prompts and answers."""

    schema_version: Literal[1] = 1
    timestamp: AwareDatetime
    by: str
    # Absent when the list, which holds no text, was read.
    item: uuid.UUID | None = None


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)

"""What is recorded about an inference?"""

from preceptor.telemetry.events import (
    CANDIDATE,
    INFERENCE,
    REVIEW_READ,
    CandidateEvent,
    InferenceEvent,
    Outcome,
    ReleaseReference,
    ReviewReadEvent,
    SafetyStatus,
    now,
)
from preceptor.telemetry.hashing import KeyedHash, new_key

__all__ = [
    "CANDIDATE",
    "INFERENCE",
    "REVIEW_READ",
    "CandidateEvent",
    "InferenceEvent",
    "KeyedHash",
    "Outcome",
    "ReleaseReference",
    "ReviewReadEvent",
    "SafetyStatus",
    "new_key",
    "now",
]

"""What does a clinician see of a blocked answer?"""

import uuid
from datetime import datetime

from preceptor.api.base import Digest, StatusModel
from preceptor.telemetry.events import ReleaseReference


class ReviewTurn(StatusModel):
    """One turn of the conversation, as the client sent it."""

    role: str
    content: str


class ReviewSummary(StatusModel):
    """One blocked answer in the list: without any text."""

    id: uuid.UUID
    created: datetime
    request_id: uuid.UUID
    release: ReleaseReference
    candidate_digest: Digest
    decision: str
    rules: tuple[str, ...]
    output_policy_digest: Digest


class ReviewItem(ReviewSummary):
    """One blocked answer with its conversation. This holds PHI: it is shown to reviewers and written nowhere else."""

    messages: tuple[ReviewTurn, ...]
    contexts: tuple[str, ...]
    answer: str

    def summary(self) -> ReviewSummary:
        """The item without any text."""
        return ReviewSummary.model_validate(self.model_dump())


class ReviewList(StatusModel):
    """GET REVIEW_PATH."""

    items: tuple[ReviewSummary, ...]

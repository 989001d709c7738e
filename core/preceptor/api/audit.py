"""What do the parts say to the audit service?"""

from typing import Any

from preceptor.api.base import ApiModel, Digest, StatusModel

# A projected service-account token with this audience lets a part append to the chain.
AUDIENCE = "preceptor-audit"
RECORDS_PATH = "/v1/records"
STATEMENTS_PATH = "/v1/statements"


class Append(ApiModel):
    """POST RECORDS_PATH. ``key`` makes the append idempotent: the same key and body again returns the first receipt,
    the same key with another body is refused with 409.
    """

    key: str
    kind: str
    subject: Digest | None = None
    body: dict[str, Any]
    # A DSSE envelope to keep; found again by the digest of its payload.
    statement: dict[str, Any] | None = None


class Receipt(StatusModel):
    """The record is durable and in the chain."""

    sequence: int
    hash: Digest
    statement_digest: Digest | None = None

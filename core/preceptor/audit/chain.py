"""How does one record's hash follow from the record before it?

Every hash and signature begins with its own domain line, so that the digest of one kind of thing can never stand for
another. The first record follows the genesis hash, which names the chain's origin, so that records cannot be carried
from one installation's chain to another's.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, ValidationError

from preceptor.api.base import ApiModel, Digest
from preceptor.digests import canonical_json, digest_bytes
from preceptor.exits import CheckFailed
from preceptor.keys import PublicKey, SigningKey

GENESIS_DOMAIN = b"preceptor.dev/audit/genesis/v1\n"
RECORD_DOMAIN = b"preceptor.dev/audit/record/v1\n"
CHECKPOINT_DOMAIN = b"preceptor.dev/audit/checkpoint/v1\n"


def genesis(origin: str) -> str:
    """The hash that the first record of a chain follows."""
    return digest_bytes(GENESIS_DOMAIN + origin.encode())


@dataclass(frozen=True)
class Record:
    """One link of the chain.

    ``body`` is the canonical JSON as stored, hashed byte by byte. ``statement`` is the digest of a kept statement and
    ``envelope`` that of the envelope around it; both are None where the record has none. ``time`` is RFC 3339 in UTC.
    """

    sequence: int
    time: str
    kind: str
    subject: str | None
    key: str
    actor: str
    body: str
    statement: str | None
    envelope: str | None
    prev_hash: str
    hash: str

    def computed_hash(self) -> str:
        """The hash that the record's own fields give: over netstrings in this order, an absent field being ``-``.

        Netstrings because they are as unambiguous as canonical JSON and ten times as fast to verify.
        """
        fields = (
            str(self.sequence),
            self.time,
            self.kind,
            self.subject,
            self.key,
            self.actor,
            self.body,
            self.statement,
            self.envelope,
            self.prev_hash,
        )
        return digest_bytes(RECORD_DOMAIN + b"".join(map(_netstring, fields)))


def _netstring(field: str | None) -> bytes:
    if field is None:
        return b"-"
    data = field.encode()
    return b"%d:%b," % (len(data), data)


class Checkpoint(ApiModel):
    """A signature on the chain's length and last hash.

    Whoever keeps a copy elsewhere can show what was cut off or rewritten since.
    """

    origin: Annotated[str, Field(min_length=1, max_length=128)]
    # Number of records; the hash is that of the last one, or the genesis hash of an empty chain.
    size: Annotated[int, Field(ge=0)]
    hash: Digest
    time: Annotated[str, Field(max_length=40)]
    key_id: Digest
    # Base64 of the 64-byte Ed25519 signature.
    signature: Annotated[str, Field(max_length=128)]

    @classmethod
    def sign(cls, *, origin: str, size: int, last_hash: str, time: str, key: SigningKey) -> Self:
        """Sign the state of a chain."""
        message = _message(origin, size, last_hash, time, key.key_id)
        signature = base64.b64encode(key.sign(message)).decode()
        return cls(origin=origin, size=size, hash=last_hash, time=time, key_id=key.key_id, signature=signature)

    def verify(self, keys: Mapping[str, PublicKey]) -> None:
        """Raises CheckFailed when none of the keys (by key id) made the signature."""
        key = keys.get(self.key_id)
        if key is None:
            raise CheckFailed(
                f"The checkpoint of size {self.size} is signed by a key that is not among the known public keys.",
                reason="KeyUnknown",
            )
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except (binascii.Error, ValueError):
            signature = b""
        key.verify(signature, _message(self.origin, self.size, self.hash, self.time, self.key_id))


def parse_checkpoint(text: str | bytes) -> Checkpoint:
    """Parse a checkpoint's JSON. Raises CheckFailed (reason ``CheckpointMalformed``)."""
    try:
        return Checkpoint.model_validate_json(text)
    except ValidationError:
        raise CheckFailed(
            "The checkpoint is not JSON with origin, size, hash, time, keyId and signature.",
            reason="CheckpointMalformed",
        ) from None


def _message(origin: str, size: int, last_hash: str, time: str, key_id: str) -> bytes:
    return CHECKPOINT_DOMAIN + canonical_json(
        {"origin": origin, "size": size, "hash": last_hash, "time": time, "keyId": key_id}
    )

"""How is a text named in a record that must not hold it?"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path

from preceptor.digests import canonical_json
from preceptor.exits import BadInput

KEY_BYTES = 32
PREFIX = "hmac-sha256:"


class KeyedHash:
    """HMAC-SHA-256 (RFC 2104) of texts under a key that stays with the gateway.

    A plain digest of a short clinical sentence could be found by trying sentences; without the key this one cannot.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise BadInput(
                f"The key for prompt hashes has {len(key)} bytes: give it at least {KEY_BYTES} random ones.",
                reason="KeyTooShort",
            )
        self._key = key

    @classmethod
    def random(cls) -> "KeyedHash":
        """A hash under a fresh key."""
        return cls(new_key())

    @classmethod
    def from_file(cls, path: Path) -> "KeyedHash":
        """A hash under the key in a file. Raises BadInput when the file cannot be read or is too short."""
        try:
            return cls(path.read_bytes())
        except OSError as error:
            raise BadInput(
                f"The key file {path} cannot be read: {error.strerror}. Mount the Secret that holds it.",
                reason="KeyUnreadable",
            ) from None

    def of(self, purpose: str, texts: Sequence[str]) -> str:
        """``hmac-sha256:<64 hex>`` of a list of texts; the purpose keeps a prompt's hash from naming a document."""
        message = canonical_json([purpose, *texts])
        return PREFIX + hmac.new(self._key, message, hashlib.sha256).hexdigest()


def new_key() -> bytes:
    """A random key."""
    return secrets.token_bytes(KEY_BYTES)

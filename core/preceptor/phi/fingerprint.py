"""How are two findings of the same value recognised without keeping the value?"""

import hmac
import os
import secrets
from pathlib import Path
from typing import Self

from preceptor.exits import BadInput

KEY_FILE_VARIABLE = "PRECEPTOR_PHI_KEY_FILE"
_LEAST = 16


class Fingerprinter:
    """HMAC-SHA256 under a key that never leaves the process, cut to 128 bits.

    An unkeyed hash of a nine-digit number is undone by trying all of them; without the key this one is not.
    """

    def __init__(self, key: bytes, origin: str) -> None:
        self._key = key
        # Said in the report's summary: "file", or "random for this run" whose fingerprints match no other run's.
        self.origin = origin

    @classmethod
    def random(cls) -> Self:
        """A key of this run alone."""
        return cls(secrets.token_bytes(32), "random for this run")

    @classmethod
    def from_environment(cls) -> Self:
        """The key in the file named by ``PRECEPTOR_PHI_KEY_FILE``, or a random one. Raises BadInput on a bad file."""
        path = os.environ.get(KEY_FILE_VARIABLE)
        if not path:
            return cls.random()
        try:
            key = Path(path).read_bytes().strip()
        except OSError as error:
            raise BadInput(
                f"The fingerprint key file named by {KEY_FILE_VARIABLE} cannot be read: {error.strerror}.",
                reason="KeyUnreadable",
            ) from None
        if len(key) < _LEAST:
            raise BadInput(
                f"The fingerprint key file named by {KEY_FILE_VARIABLE} holds {len(key)} bytes: "
                f"write at least {_LEAST} random ones.",
                reason="KeyTooShort",
            )
        return cls(key, "file")

    def of(self, kind: str, value: str) -> str:
        """32 hex characters for a value of a type; letters and digits alone count, in any case."""
        plain = "".join(c for c in value.casefold() if c.isalnum())
        return hmac.digest(self._key, f"{kind}\0{plain}".encode("utf-8", "replace"), "sha256").hex()[:32]

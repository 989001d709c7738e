"""How are two findings of the same value recognised without keeping the value?"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Self

from preceptor.exits import BadInput
from preceptor.phi.titles import undressed
from preceptor.phi.types import PhiType

KEY_FILE_VARIABLE = "PRECEPTOR_PHI_KEY_FILE"
KEY_VARIABLE = "PRECEPTOR_PHI_KEY"
_LEAST = 16
# All ASCII bytes that are no letter or digit.
_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())
_BLOCK = 64
_RANDOM = "random for this run"


class Fingerprinter:
    """HMAC-SHA256 under a key that never leaves the process, cut to 128 bits.

    An unkeyed hash of a nine-digit number is undone by trying all of them; without the key this one is not.
    """

    def __init__(self, key: bytes, origin: str) -> None:
        self._key = key
        # HMAC (FIPS 198-1) with both halves of the key taken in once: hmac.digest takes four times as long for a word.
        padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
        # Said in the report's summary: "file", or "random for this run" whose fingerprints match no other run's.
        self.origin = origin

    @classmethod
    def random(cls) -> Self:
        """A key of this run alone."""
        return cls(secrets.token_bytes(32), _RANDOM)

    @classmethod
    def from_environment(cls, *, needed_for: str = "") -> Self:
        """The key in the file that ``PRECEPTOR_PHI_KEY_FILE`` names or in ``PRECEPTOR_PHI_KEY``, or a random one.

        Raises BadInput on an unusable key, and without one where ``needed_for`` says that a lasting one is needed.
        """
        path, key = os.environ.get(KEY_FILE_VARIABLE), os.environ.get(KEY_VARIABLE)
        if path:
            return cls(_long_enough(_content(path), f"The fingerprint key file named by {KEY_FILE_VARIABLE}"), "file")
        if key:
            name = f"The environment variable {KEY_VARIABLE}"
            return cls(_long_enough(key.encode("utf-8", "surrogateescape").strip(), name), "environment")
        if needed_for:
            raise BadInput(
                f"{needed_for} needs a fingerprint key that lasts: name a file of at least {_LEAST} random bytes in "
                f"{KEY_FILE_VARIABLE}.",
                reason="KeyMissing",
            )
        return cls.random()

    def secret(self) -> tuple[bytes, str]:
        """Key and origin, for a worker of the same scan."""
        return self._key, self.origin

    @property
    def lasts(self) -> bool:
        """Whether another run can have the same key."""
        return lasting(self.origin)

    @property
    def key_id(self) -> str:
        """Tells two keys apart and says nothing about either."""
        return hmac.digest(self._key, b"key id", "sha256").hex()[:16]

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose, from which this one cannot be found."""
        return hmac.digest(self._key, b"derived\0" + purpose.encode(), "sha256")

    def of(self, kind: str, value: str) -> str:
        """32 hex characters for a value and type; letters and digits count, in any case, and no title of a name."""
        if kind == PhiType.NAME:
            value = undressed(value)
        if value.isascii():
            plain = value.lower().encode().translate(None, _SIGNS)
        else:
            plain = "".join(c for c in value.casefold() if c.isalnum()).encode("utf-8", "replace")
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(kind.encode("utf-8", "replace") + b"\0" + plain)
        outer.update(inner.digest())
        return outer.hexdigest()[:32]


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes().strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name is none"
        raise BadInput(
            f"The fingerprint key file named by {KEY_FILE_VARIABLE} cannot be read: {why}.",
            reason="KeyUnreadable",
        ) from None


def lasting(origin: str) -> bool:
    """Whether a key of this origin can be another run's, too."""
    return origin != _RANDOM


def key_file() -> tuple[Path, ...]:
    """The file that the environment names for the key, where it names one: nothing may be written over it."""
    path = os.environ.get(KEY_FILE_VARIABLE)
    return (Path(path),) if path else ()


def _long_enough(key: bytes, name: str) -> bytes:
    if len(key) < _LEAST:
        raise BadInput(f"{name} holds {len(key)} bytes: write at least {_LEAST} random ones.", reason="KeyTooShort")
    return key

"""What is the digest of a value, of bytes or of a file?"""

import hashlib
import re
from pathlib import Path
from typing import Any

import rfc8785

from preceptor.exits import BadInput

PREFIX = "sha256:"
PATTERN = r"^sha256:[0-9a-f]{64}$"


def canonical_json(value: Any) -> bytes:
    """RFC 8785 canonical JSON of a JSON-compatible value. Raises rfc8785.CanonicalizationError on NaN."""
    return rfc8785.dumps(value)


def digest_bytes(data: bytes) -> str:
    """``sha256:<64 hex>`` of bytes."""
    return PREFIX + hashlib.sha256(data).hexdigest()


def digest_json(value: Any) -> str:
    """``sha256:<64 hex>`` of the RFC 8785 canonical JSON of a value."""
    return digest_bytes(canonical_json(value))


def digest_file(path: Path) -> str:
    """``sha256:<64 hex>`` of a file's bytes, read as a stream. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return PREFIX + hashlib.file_digest(file, "sha256").hexdigest()


def require_digest(text: str, where: str) -> None:
    """Raise BadInput where what somebody wrote is no digest; ``where`` says in which option.

    What is none would otherwise be compared, and the data blamed for being another.
    """
    if not re.fullmatch(PATTERN, text):
        raise BadInput(
            f"{where} is no digest: write sha256: and all its 64 hexadecimal digits, as "
            "`preceptor manifest verify FOLDER` prints them.",
            reason="DigestInvalid",
        )

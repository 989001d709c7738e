"""How is the audit service told where its chain lies, and who may use it?"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from preceptor.audit.log import CHECKPOINT_EVERY
from preceptor.exits import BadInput

PORT = 8081


@dataclass(frozen=True)
class Settings:
    """The service's settings; ``writers`` may append and read, ``readers`` only read, and ``appenders`` only append
    what gateways do. Nobody else may do anything.
    """

    database: Path
    port: int = PORT
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    writers: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    appenders: frozenset[str] = frozenset()
    checkpoint_key: Path | None = None
    checkpoint_every: int = CHECKPOINT_EVERY
    public_keys: tuple[Path, ...] = ()


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from PRECEPTOR_… variables. Raises BadInput with the variable's name."""
    database = environment.get("PRECEPTOR_AUDIT_DB")
    if not database:
        raise BadInput("PRECEPTOR_AUDIT_DB is not set: name the chain's SQLite file.")
    writers = _names(environment, "PRECEPTOR_AUDIT_WRITERS")
    if not writers:
        raise BadInput("PRECEPTOR_AUDIT_WRITERS is not set: name the service accounts that may append.")
    certificate, key = _path(environment, "PRECEPTOR_TLS_CERT"), _path(environment, "PRECEPTOR_TLS_KEY")
    if (certificate is None) != (key is None):
        raise BadInput("PRECEPTOR_TLS_CERT and PRECEPTOR_TLS_KEY go together: set both or neither.")
    return Settings(
        database=Path(database),
        port=_number(environment, "PRECEPTOR_AUDIT_PORT", PORT, highest=65_535),
        tls_certificate=certificate,
        tls_key=key,
        writers=writers,
        readers=_names(environment, "PRECEPTOR_AUDIT_READERS"),
        appenders=_names(environment, "PRECEPTOR_AUDIT_APPENDERS"),
        checkpoint_key=_path(environment, "PRECEPTOR_AUDIT_CHECKPOINT_KEY"),
        checkpoint_every=_number(environment, "PRECEPTOR_AUDIT_CHECKPOINT_EVERY", CHECKPOINT_EVERY, highest=1_000_000),
        public_keys=tuple(Path(name) for name in sorted(_names(environment, "PRECEPTOR_AUDIT_PUBLIC_KEYS"))),
    )


def _names(environment: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in environment.get(name, "").split(",") if part.strip())


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def _number(environment: Mapping[str, str], name: str, default: int, *, highest: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise BadInput(f"{name} is not a number from 1 to {highest}.")
    return int(text)

"""How is this gateway set up by its environment?"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from preceptor.exits import BadInput

DEFAULT_PORT = 8080


@dataclass(frozen=True)
class Limits:
    """What one request and one gateway may use at most."""

    body_bytes: int = 1 << 20
    messages: int = 64
    contexts: int = 64
    # Requests that may wait for the model behind the one that it answers.
    waiting: int = 16
    # Seconds from a request's arrival until it is given up with 504.
    seconds: float = 120.0


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides."""

    database: Path
    audit_url: str
    audit_ca: Path | None
    audit_token_file: Path
    admins: frozenset[str]
    reviewers: frozenset[str]
    # Without one, the policy of the image.
    output_policy: Path | None
    # Files with the operator's public keys; without one, every handover is refused.
    trusted_keys: tuple[Path, ...] = ()
    prompt_hash_key_file: Path | None = None
    port: int = DEFAULT_PORT
    limits: Limits = Limits()


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises BadInput with the variable's name when one is missing or not understood."""
    policy = environment.get("PRECEPTOR_OUTPUT_POLICY")
    ca = environment.get("PRECEPTOR_AUDIT_CA")
    key = environment.get("PRECEPTOR_PROMPT_HASH_KEY_FILE")
    return Settings(
        database=Path(_required(environment, "PRECEPTOR_GATEWAY_DB")),
        audit_url=_required(environment, "PRECEPTOR_AUDIT_URL").rstrip("/"),
        audit_ca=Path(ca) if ca else None,
        audit_token_file=Path(_required(environment, "PRECEPTOR_AUDIT_TOKEN_FILE")),
        admins=_names(environment, "PRECEPTOR_GATEWAY_ADMINS"),
        reviewers=_names(environment, "PRECEPTOR_GATEWAY_REVIEWERS"),
        output_policy=Path(policy) if policy else None,
        trusted_keys=tuple(Path(name) for name in sorted(_names(environment, "PRECEPTOR_TRUSTED_KEYS"))),
        prompt_hash_key_file=Path(key) if key else None,
        port=_number(environment, "PRECEPTOR_GATEWAY_PORT", DEFAULT_PORT),
        limits=Limits(
            waiting=_number(environment, "PRECEPTOR_GATEWAY_QUEUE", Limits.waiting),
            seconds=float(_number(environment, "PRECEPTOR_GATEWAY_TIMEOUT_SECONDS", int(Limits.seconds))),
        ),
    )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise BadInput(f"The gateway needs the environment variable {name}: set it (docs/reference/gateway.md).")
    return value


def _names(environment: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in environment.get(name, "").split(",") if part.strip())


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise BadInput(f"The environment variable {name} is not a whole number above 0: correct it.")
    return int(text)

"""A chain to test with, and the ways in which somebody with the file can tamper with it."""

import sqlite3
from pathlib import Path
from typing import Any

from preceptor import evidence
from preceptor.api.audit import Append
from preceptor.audit import AuditLog
from preceptor.audit import store as audit_store
from preceptor.keys import SigningKey

KEY = SigningKey.generate()
ACTOR = "system:serviceaccount:preceptor-system:preceptor-operator"
SUBJECT = "sha256:" + "a" * 64


def statement(number: int) -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "adapter", "digest": {"sha256": "a" * 64}}],
        "predicateType": "https://example.test/v1",
        "predicate": {"number": number},
    }


def append(number: int, *, signed: bool = False, **changes: Any) -> Append:
    fields: dict[str, Any] = {
        "key": f"uid-{number}:stage",
        "kind": "finetunerun.train",
        "subject": SUBJECT if number % 2 else None,
        "body": {"number": number, "word": "größer"},
        "statement": evidence.sign(statement(number), KEY) if signed else None,
    }
    return Append(**{**fields, **changes})


def build(path: Path, size: int, **options: Any) -> AuditLog:
    log = AuditLog(path, **options)
    for number in range(1, size + 1):
        log.append(append(number, signed=number % 3 == 0), ACTOR)
    return log


def tamper(path: Path, *sentences: str, parameters: tuple[Any, ...] = ()) -> None:
    """Run SQL on the file as somebody would who has removed our guards first."""
    connection = sqlite3.connect(path)
    with connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for sentence in sentences:
            connection.execute(sentence, parameters)
    connection.close()


__all__ = ["ACTOR", "KEY", "SUBJECT", "append", "audit_store", "build", "statement", "tamper"]

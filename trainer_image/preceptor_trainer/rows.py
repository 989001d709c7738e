"""Which conversations does a dataset hold?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.digests import PREFIX
from preceptor.exits import BadInput, CheckFailed
from preceptor.manifests import FileEntry, Manifest
from preceptor_trainer import reasons

SUFFIX = ".jsonl"
MAX_LINE_BYTES = 4 * 1024 * 1024
ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Message:
    """One turn."""

    role: str
    content: str


@dataclass(frozen=True)
class Row:
    """One conversation, and the place that a sentence about it names."""

    file: str
    line: int
    messages: tuple[Message, ...]

    @property
    def place(self) -> str:
        """Where the row stands, for a person."""
        return f"{self.file} line {self.line}"


def read(folder: Path, manifest: Manifest) -> tuple[Row, ...]:
    """Read every row of a dataset folder in the order of its manifest, each file once.

    Raises CheckFailed (``ManifestMismatch``) when the bytes that were read are not the manifest's, whatever the file
    held when it was verified. Raises BadInput, naming file and line and never content: reason ``UnreadableRecord`` for
    a line that is no JSON object, ``DatasetInvalid`` for a conversation that cannot be trained on or a count that is
    not the manifest's.
    """
    files = [entry for entry in manifest.files if entry.path.endswith(SUFFIX)]
    if not files:
        raise BadInput(
            f"The dataset {folder} holds no {SUFFIX} file: write one JSON object a line with its messages.",
            reason=reasons.DATASET_INVALID,
        )
    rows = tuple(row for entry in files for row in _rows(folder / entry.path, entry))
    if len(rows) != manifest.record_count:
        raise BadInput(
            f"The dataset {folder} holds {len(rows)} rows, but its manifest says {manifest.record_count}: "
            "make the manifest anew from the files.",
            reason=reasons.DATASET_INVALID,
        )
    if not rows:
        raise BadInput(f"The dataset {folder} holds no rows.", reason=reasons.DATASET_INVALID)
    return rows


def _rows(path: Path, entry: FileEntry) -> Iterator[Row]:
    name, digest = entry.path, hashlib.sha256()
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            digest.update(line)
            if len(line) > MAX_LINE_BYTES:
                raise _unreadable(name, number, f"is longer than {MAX_LINE_BYTES} bytes: split the conversation")
            yield Row(file=name, line=number, messages=_messages(_object(line, name, number), name, number))
    if PREFIX + digest.hexdigest() != entry.sha256:
        raise CheckFailed(
            f"{name} is not what it was when the dataset was verified: find out who writes to its store, "
            "and train again.",
            reason=reasons.MANIFEST_MISMATCH,
        )


def _object(line: bytes, name: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise _unreadable(name, number, "is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError):
        raise _unreadable(name, number, "is not JSON: write one JSON object a line") from None
    if not isinstance(value, dict):
        raise _unreadable(name, number, "is JSON, but no object: write one JSON object a line")
    return value


def _messages(value: dict[str, Any], name: str, number: int) -> tuple[Message, ...]:
    listed = value.get("messages")
    if not isinstance(listed, list) or not listed:
        raise _invalid(name, number, "messages", "must be a list with at least one user and one assistant turn")
    messages = tuple(_message(each, name, number, index) for index, each in enumerate(listed))
    turns = messages[1:] if messages[0].role == "system" else messages
    for index, message in enumerate(turns, start=len(messages) - len(turns)):
        expected = "user" if (index - (len(messages) - len(turns))) % 2 == 0 else "assistant"
        if message.role != expected:
            raise _invalid(name, number, f"messages.{index}.role", f"must be {expected}: turns alternate")
    if messages[-1].role != "assistant":
        raise _invalid(name, number, "messages", "must end with an assistant turn: there is nothing to learn")
    return messages


def _message(value: Any, name: str, number: int, index: int) -> Message:
    field = f"messages.{index}"
    if not isinstance(value, dict):
        raise _invalid(name, number, field, "must be an object with role and content")
    role, content = value.get("role"), value.get("content")
    if role not in ROLES:
        raise _invalid(name, number, f"{field}.role", f"must be one of {', '.join(ROLES)}")
    if not isinstance(content, str) or not content.strip():
        raise _invalid(name, number, f"{field}.content", "must be a text that is not empty")
    try:
        content.encode("utf-8")
    except UnicodeEncodeError:
        raise _invalid(name, number, f"{field}.content", "holds half of a surrogate pair: write real text") from None
    return Message(role=role, content=content)


def _unreadable(name: str, number: int, what: str) -> BadInput:
    return BadInput(f"{name} line {number} {what}.", reason=reasons.UNREADABLE_RECORD)


def _invalid(name: str, number: int, field: str, rule: str) -> BadInput:
    return BadInput(f"{name} line {number}: {field} {rule}.", reason=reasons.DATASET_INVALID)

"""Which rows does a dataset hold?

Three forms, told apart by their fields: ``messages`` (a conversation), ``prompt`` and ``completion`` (texts, or lists
of messages), and ``text``. JSONL or Parquet, alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor.digests import PREFIX
from preceptor.exits import BadInput, CheckFailed
from preceptor.manifests import FileEntry, Manifest
from preceptor_trainer import reasons

SUFFIX, PARQUET = ".jsonl", ".parquet"
SUFFIXES = (SUFFIX, PARQUET)
MAX_LINE_BYTES = 4 * 1024 * 1024
FORMS: tuple[frozenset[str], ...] = (
    frozenset({"messages"}),
    frozenset({"prompt", "completion"}),
    frozenset({"text"}),
)
ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Message:
    """One turn."""

    role: str
    content: str


@dataclass(frozen=True)
class Row:
    """One row, and the place that a sentence about it names.

    Either ``messages``, whose answers are learned from number ``learned_from`` on, or a ``completion`` that is learned
    behind a ``prompt``, without a chat template; a prompt of nothing makes it a text that is learned throughout.
    """

    file: str
    line: int
    messages: tuple[Message, ...] = ()
    learned_from: int = 0
    prompt: str = ""
    completion: str = ""

    @property
    def place(self) -> str:
        """Where the row stands, for a person."""
        return _place(self.file, self.line)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every text of the row with the field that holds it."""
        if self.messages:
            return tuple((f"messages.{index}.content", each.content) for index, each in enumerate(self.messages))
        plain = (("prompt", self.prompt), ("completion" if self.prompt else "text", self.completion))
        return tuple((field, text) for field, text in plain if text)


def read(folder: Path, manifest: Manifest, called: str) -> tuple[Row, ...]:
    """Read every row of a dataset folder in the order of its manifest, each file once; ``called`` names it to a person.

    Raises CheckFailed (``ManifestMismatch``) when the bytes that were read are not the manifest's, whatever the file
    held when it was verified. Raises BadInput, naming file, line and field and never content: reason
    ``UnreadableRecord`` for a line that is no JSON object or a file that is no Parquet, ``DatasetInvalid`` for a row
    that cannot be trained on or a count that is not the manifest's.
    """
    files = [entry for entry in manifest.files if entry.path.endswith(SUFFIXES)]
    if not files:
        raise BadInput(
            f"The dataset {called} holds no {SUFFIX} and no {PARQUET} file: write one JSON object a line with its "
            "messages, its prompt and completion, or its text.",
            reason=reasons.DATASET_INVALID,
        )
    rows = tuple(
        _row(value, entry.path, number)
        for entry in files
        for number, value in (_lines if entry.path.endswith(SUFFIX) else _records)(folder / entry.path, entry)
    )
    if len(rows) != manifest.record_count:
        raise BadInput(
            f"The dataset {called} holds {len(rows)} rows, but its manifest says {manifest.record_count}: "
            "make the manifest anew from the files.",
            reason=reasons.DATASET_INVALID,
        )
    if not rows:
        raise BadInput(
            f"The dataset {called} holds no rows: write one JSON object a line with its messages, its prompt and "
            "completion, or its text, or name another dataset.",
            reason=reasons.DATASET_INVALID,
        )
    return rows


def count(path: Path) -> int:
    """How many rows a file holds, which nobody has stated. Raises BadInput on a file that is no Parquet."""
    if path.suffix == PARQUET:
        return int(_parquet(path.read_bytes(), path.name).metadata.num_rows)
    with path.open("rb") as opened:
        return sum(1 for _ in opened)


def _lines(path: Path, entry: FileEntry) -> Iterator[tuple[int, dict[str, Any]]]:
    name, digest = entry.path, hashlib.sha256()
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            digest.update(line)
            if len(line) > MAX_LINE_BYTES:
                raise _unreadable(name, number, f"is longer than {MAX_LINE_BYTES} bytes: split the row")
            yield number, _object(line, name, number)
    _same(digest.hexdigest(), entry)


def _records(path: Path, entry: FileEntry) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a Parquet file, which is read once and whole: what is hashed is what is parsed."""
    content = path.read_bytes()
    _same(hashlib.sha256(content).hexdigest(), entry)
    name, number = entry.path, 0
    opened = _parquet(content, name)
    wanted = sorted({field for form in FORMS for field in form} & set(opened.schema_arrow.names))
    batches = opened.iter_batches(batch_size=256, columns=wanted)
    while True:
        try:
            batch = next(batches, None)
            values = batch.to_pylist() if batch is not None else None
        except Exception as error:
            raise _unreadable(name, number + 1, f"cannot be read ({type(error).__name__}): write it anew") from None
        if values is None:
            return
        for value in values:
            number += 1
            if len(str(value)) > MAX_LINE_BYTES:
                raise _invalid(name, number, "row", f"is longer than {MAX_LINE_BYTES} characters: split it")
            yield number, {field: each for field, each in value.items() if each is not None}


def _parquet(content: bytes, name: str) -> Any:
    try:
        from pyarrow import BufferReader
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise BadInput(
            f"{name} needs the package pyarrow, which is not installed here: install it, or write JSONL.",
            reason=reasons.DATASET_INVALID,
        ) from None
    try:
        return ParquetFile(BufferReader(content))
    except Exception as error:
        raise BadInput(
            f"{name} is no Parquet file ({type(error).__name__}): write it anew.", reason=reasons.UNREADABLE_RECORD
        ) from None


def _same(digest: str, entry: FileEntry) -> None:
    if PREFIX + digest != entry.sha256:
        raise CheckFailed(
            f"{entry.path} is not what it was when the dataset was verified: find out who writes to its store, "
            "and train again.",
            reason=reasons.MANIFEST_MISMATCH,
        )


def _row(value: Mapping[str, Any], name: str, number: int) -> Row:
    there = {field for form in FORMS for field in form if field in value}
    if there not in FORMS:
        fault = "must hold messages, or prompt and completion, or text"
        if there:
            fault += f"; it holds {' and '.join(sorted(there))}"
        raise _invalid(name, number, "row", fault)
    if "messages" in there:
        return Row(name, number, _messages(value["messages"], name, number, "messages"))
    if "text" in there:
        return Row(name, number, completion=_text(value["text"], name, number, "text"))
    prompt, completion = value["prompt"], value["completion"]
    if isinstance(prompt, str) or isinstance(completion, str):
        return Row(
            name,
            number,
            prompt=_text(prompt, name, number, "prompt"),
            completion=_text(completion, name, number, "completion"),
        )
    if not isinstance(prompt, list) or not isinstance(completion, list):
        raise _invalid(name, number, "prompt", "and completion must both be texts or both be lists of messages")
    turns = _messages([*prompt, *completion], name, number, "prompt and completion")
    if len(completion) != 1:
        raise _invalid(name, number, "completion", "must be one assistant turn: put earlier turns into the prompt")
    return Row(name, number, turns, learned_from=len(prompt))


def _text(value: Any, name: str, number: int, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _invalid(name, number, field, "must be a text that is not empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _invalid(name, number, field, "holds half of a surrogate pair: write real text") from None
    return value


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


def _messages(listed: Any, name: str, number: int, field: str) -> tuple[Message, ...]:
    if not isinstance(listed, list) or not listed:
        raise _invalid(name, number, field, "must be a list with at least one user and one assistant turn")
    messages = tuple(_message(each, name, number, index) for index, each in enumerate(listed))
    turns = messages[1:] if messages[0].role == "system" else messages
    for index, message in enumerate(turns, start=len(messages) - len(turns)):
        expected = "user" if (index - (len(messages) - len(turns))) % 2 == 0 else "assistant"
        if message.role != expected:
            raise _invalid(name, number, f"messages.{index}.role", f"must be {expected}: turns alternate")
    if messages[-1].role != "assistant":
        raise _invalid(name, number, field, "must end with an assistant turn: there is nothing to learn")
    return messages


def _message(value: Any, name: str, number: int, index: int) -> Message:
    field = f"messages.{index}"
    if not isinstance(value, dict):
        raise _invalid(name, number, field, "must be an object with role and content")
    role = value.get("role")
    if role not in ROLES:
        raise _invalid(name, number, f"{field}.role", f"must be one of {', '.join(ROLES)}")
    return Message(role=role, content=_text(value.get("content"), name, number, f"{field}.content"))


def _unreadable(name: str, number: int, what: str) -> BadInput:
    return BadInput(f"{_place(name, number)} {what}.", reason=reasons.UNREADABLE_RECORD)


def _invalid(name: str, number: int, field: str, rule: str) -> BadInput:
    return BadInput(f"{_place(name, number)}: {field} {rule}.", reason=reasons.DATASET_INVALID)


def _place(name: str, number: int) -> str:
    return f"{name} {'row' if name.endswith(PARQUET) else 'line'} {number}"

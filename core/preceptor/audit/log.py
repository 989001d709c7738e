"""Is this record in the chain, durably and once?"""

import datetime
import logging
import re
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import rfc8785
import sqlalchemy as sa

from preceptor.api.audit import Append, Receipt
from preceptor.audit import store
from preceptor.audit.chain import Checkpoint, Record, genesis, parse_checkpoint
from preceptor.digests import canonical_json, digest_bytes
from preceptor.evidence.envelope import statement_digest, unverified_statement, verify
from preceptor.exits import BadInput, CheckFailed
from preceptor.keys import PublicKey, SigningKey

KIND = re.compile(r"^[A-Za-z][A-Za-z0-9._-]{0,63}$")
KEY = re.compile(r"^[\x21-\x7e]{1,256}$")
BODY_LIMIT = 16_384
ENVELOPE_LIMIT = 262_144
PAGE_LIMIT = 1000
CHECKPOINT_EVERY = 100
LOGGER = logging.getLogger("preceptor.audit")


class Conflict(CheckFailed):
    """The key already stands for another record: HTTP 409."""

    reason = "Conflict"


@dataclass(frozen=True)
class Entry:
    """An append in the form in which it is stored, checked against the limits."""

    key: str
    kind: str
    subject: str | None
    actor: str
    body: str
    statement: str | None
    envelope: str | None
    envelope_text: str | None


def prepare(append: Append, actor: str, public_keys: Collection[PublicKey] = ()) -> Entry:
    """Check an append and bring it into its stored form; with public keys, its statement must be signed by them.

    Raises BadInput, with a sentence that quotes no value.
    """
    if not KIND.match(append.kind):
        raise BadInput("kind of an audit record is a word of letters, digits, dots and hyphens, up to 64 characters.")
    if not KEY.match(append.key):
        raise BadInput("key of an audit record has 1 to 256 printable ASCII characters without spaces.")
    if not actor:
        raise BadInput("An audit record needs an actor.")
    body = _canonical(append.body, "body", BODY_LIMIT)
    if append.statement is None:
        return Entry(append.key, append.kind, append.subject, actor, body, None, None, None)
    try:
        statement = verify(append.statement, public_keys) if public_keys else unverified_statement(append.statement)
    except CheckFailed as error:
        raise BadInput(f"statement of an audit record is refused: {error}", reason=error.reason) from None
    subjects = {f"sha256:{subject['digest'].get('sha256')}" for subject in statement["subject"]}
    if append.subject is not None and append.subject not in subjects:
        raise BadInput("subject of an audit record is not one that its statement is about.", reason="SubjectMismatch")
    digest = statement_digest(statement)
    envelope = _canonical(append.statement, "statement", ENVELOPE_LIMIT)
    return Entry(
        append.key, append.kind, append.subject, actor, body, digest, digest_bytes(envelope.encode()), envelope
    )


class AuditLog:
    """The owner of one chain. Threads and processes may share the file: each append takes the database's write lock."""

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
        checkpoint_key: SigningKey | None = None,
        checkpoint_every: int = CHECKPOINT_EVERY,
    ) -> None:
        self.path = path
        self._now = now
        self._key = checkpoint_key
        self._every = checkpoint_every
        self._engine = store.open_database(path)
        self._reader = store.reading(self._engine)
        with store.translated(path), self._engine.begin() as connection:
            origin = connection.scalar(sa.select(store.chains.c.origin))
            if origin is None:
                origin = str(uuid.uuid4())
                connection.execute(store.chains.insert().values(id=1, origin=origin))
        self.origin: str = origin

    def append(self, append: Append, actor: str) -> Receipt:
        """Append one record; when this returns, it is on the disk. Raises BadInput, Conflict, TryAgain."""
        outcome = self.append_all([prepare(append, actor)])[0]
        if isinstance(outcome, Conflict):
            raise outcome
        return outcome

    def append_all(self, entries: Sequence[Entry]) -> list[Receipt | Conflict]:
        """Append several records with one write to the disk, each with its own outcome. Raises TryAgain for all."""
        with store.translated(self.path), self._engine.begin() as connection:
            start, last = self._last(connection)
            known = self._known(connection, [entry.key for entry in entries])
            fresh: list[tuple[Entry, Record]] = []
            for entry in entries:
                if entry.key not in known:
                    record = self._record(entry, start + len(fresh) + 1, last)
                    known[entry.key], last = record, record.hash
                    fresh.append((entry, record))
            store.insert(connection, [record for _, record in fresh], _envelopes(fresh))
            size = start + len(fresh)
            outcomes = [_outcome(entry, known[entry.key]) for entry in entries]
            due = self._key is not None and start // self._every != size // self._every
            checkpoint = self._checkpoint(connection, size, last) if due else None
        _tell(checkpoint)
        return outcomes

    def read(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        subject: str | None = None,
        kind: str | None = None,
        key: str | None = None,
    ) -> list[Record]:
        """Records in order, after a sequence number, of one subject, kind or key where given; PAGE_LIMIT at most."""
        table = store.records
        query = sa.select(table).where(table.c.sequence > after)
        for column, value in ((table.c.subject, subject), (table.c.kind, kind), (table.c.key, key)):
            if value is not None:
                query = query.where(column == value)
        query = query.order_by(table.c.sequence).limit(max(0, min(limit, PAGE_LIMIT)))
        with store.translated(self.path), self._reader.connect() as connection:
            return [store.to_record(row) for row in connection.execute(query)]

    def statement(self, digest: str) -> str | None:
        """The JSON of the newest envelope around the statement with this digest, or None."""
        table = store.statements
        query = sa.select(table.c.envelope).where(table.c.digest == digest).order_by(sa.text("rowid DESC")).limit(1)
        with store.translated(self.path), self._reader.connect() as connection:
            return connection.scalar(query)

    def checkpoint(self) -> Checkpoint | None:
        """A signed checkpoint of the chain as it stands; without a checkpoint key None."""
        if self._key is None:
            return None
        with store.translated(self.path), self._engine.begin() as connection:
            known = connection.scalar(
                sa.select(store.checkpoints.c.document).where(store.checkpoints.c.size == self._last(connection)[0])
            )
            checkpoint = None if known else self._checkpoint(connection, *self._last(connection))
        _tell(checkpoint)
        return checkpoint or parse_checkpoint(known or "")

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _last(self, connection: sa.Connection) -> tuple[int, str]:
        table = store.records
        row = connection.execute(
            sa.select(table.c.sequence, table.c.hash).order_by(table.c.sequence.desc()).limit(1)
        ).first()
        return (row.sequence, row.hash) if row else (0, genesis(self.origin))

    def _known(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, Record]:
        rows = connection.execute(sa.select(store.records).where(store.records.c.key.in_(keys)))
        return {row.key: store.to_record(row) for row in rows}

    def _record(self, entry: Entry, sequence: int, last: str) -> Record:
        record = Record(
            sequence=sequence,
            time=self._time(),
            kind=entry.kind,
            subject=entry.subject,
            key=entry.key,
            actor=entry.actor,
            body=entry.body,
            statement=entry.statement,
            envelope=entry.envelope,
            prev_hash=last,
            hash="",
        )
        return replace(record, hash=record.computed_hash())

    def _checkpoint(self, connection: sa.Connection, size: int, last: str) -> Checkpoint | None:
        if self._key is None:
            return None
        checkpoint = Checkpoint.sign(origin=self.origin, size=size, last_hash=last, time=self._time(), key=self._key)
        document = canonical_json(checkpoint.document()).decode()
        connection.execute(store.checkpoints.insert().values(size=size, document=document))
        return checkpoint

    def _time(self) -> str:
        return self._now().astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _envelopes(fresh: Sequence[tuple[Entry, Record]]) -> dict[str, tuple[str, str]]:
    return {entry.envelope: (entry.statement or "", entry.envelope_text or "") for entry, _ in fresh if entry.envelope}


def _tell(checkpoint: Checkpoint | None) -> None:
    # The log is a first copy outside the database; it is written after the commit, or it would accuse a chain that
    # was rolled back of having been cut.
    if checkpoint is not None:
        LOGGER.info("checkpoint %s", canonical_json(checkpoint.document()).decode())


def _outcome(entry: Entry, record: Record) -> Receipt | Conflict:
    told = (entry.kind, entry.subject, entry.actor, entry.body, entry.statement)
    if told != (record.kind, record.subject, record.actor, record.body, record.statement):
        return Conflict(
            f"The key of this append already stands for record {record.sequence}, which says something else: "
            "read that record, and use another key for another fact."
        )
    return Receipt(sequence=record.sequence, hash=record.hash, statement_digest=record.statement)


def _canonical(value: dict[str, Any], field: str, limit: int) -> str:
    try:
        text = canonical_json(value)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeEncodeError):
        raise BadInput(f"{field} of an audit record is not JSON: it holds NaN, or an integer beyond 2^53.") from None
    if len(text) > limit:
        raise BadInput(f"{field} of an audit record has {len(text)} bytes; {limit} are allowed.")
    return text.decode()

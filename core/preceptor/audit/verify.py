"""Has anything in this chain been changed, removed, reordered or cut off?

A chain alone shows changes that were not carried through to its end. That the end was cut off, or everything rewritten
from some point on, only a checkpoint shows that was kept elsewhere and whose signature is checked.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from preceptor.audit import store
from preceptor.audit.chain import Checkpoint, Record, genesis, parse_checkpoint
from preceptor.digests import digest_bytes
from preceptor.evidence.envelope import statement_digest, unverified_statement
from preceptor.evidence.envelope import verify as verify_envelope
from preceptor.exits import CheckFailed
from preceptor.keys import PublicKey

FINDINGS_LIMIT = 100


@dataclass(frozen=True)
class Finding:
    """One fault; ``sequence`` is the record that shows it, or None where the fault is not a record's."""

    sequence: int | None
    code: str
    message: str


@dataclass(frozen=True)
class Verification:
    """What was verified. ``findings`` are in the order of the chain and end after FINDINGS_LIMIT."""

    origin: str
    size: int
    last_hash: str
    statements: int
    checkpoints: int
    # False: no public key was given, so a checkpoint's or statement's signature says nothing yet.
    signatures_checked: bool
    findings: tuple[Finding, ...]

    @property
    def first_bad_sequence(self) -> int | None:
        """The lowest sequence number that shows a fault."""
        return min((finding.sequence for finding in self.findings if finding.sequence is not None), default=None)


def verify(path: Path, *, checkpoint: Checkpoint | None = None, public_keys: Iterable[PublicKey] = ()) -> Verification:
    """Verify a whole chain, its statements and checkpoints, and a checkpoint kept elsewhere where one is given.

    Returns findings instead of raising on a damaged file. Raises BadInput when there is no file, and TryAgain
    when it cannot be read now.
    """
    engine = store.open_for_reading(path)
    try:
        with store.translated(path), engine.begin() as connection:
            return _Walk(connection, checkpoint, {key.key_id: key for key in public_keys}).run()
    except CheckFailed as error:
        return Verification("", 0, "", 0, 0, False, (Finding(None, "Damaged", str(error)),))
    finally:
        engine.dispose()


class _Walk:
    def __init__(self, connection: sa.Connection, checkpoint: Checkpoint | None, keys: dict[str, PublicKey]) -> None:
        self.connection = connection
        self.keys = keys
        self.given = checkpoint
        self.findings: list[Finding] = []

    def run(self) -> Verification:
        for fault in store.integrity_faults(self.connection):
            # The text names pages and rows, never content.
            self.found(None, "FileDamaged", f"The database file is damaged: {fault}.")
        origins = self.connection.scalars(sa.select(store.chains.c.origin)).all()
        if len(origins) != 1:
            raise CheckFailed("The database names no chain origin: it is no audit database, or was tampered with.")
        origin = str(origins[0])
        kept = self.kept_checkpoints()
        size, last = self.records(origin, kept)
        for checkpoint in kept:
            self.check_end(checkpoint, origin, size)
        return Verification(
            origin, size, last, self.statements(), len(kept), bool(self.keys), tuple(self.findings[:FINDINGS_LIMIT])
        )

    def found(self, sequence: int | None, code: str, message: str) -> None:
        self.findings.append(Finding(sequence, code, message))

    def kept_checkpoints(self) -> list[Checkpoint]:
        kept = [self.given] if self.given else []
        for row in self.connection.execute(sa.select(store.checkpoints).order_by(store.checkpoints.c.size)):
            try:
                checkpoint = parse_checkpoint(row.document)
            except CheckFailed as error:
                self.found(None, "CheckpointMalformed", f"Stored checkpoint {row.size}: {error}")
                continue
            if checkpoint.size != row.size:
                self.found(None, "CheckpointMoved", f"Stored checkpoint {row.size} says size {checkpoint.size}.")
            kept.append(checkpoint)
        for checkpoint in kept:
            self.check_signature(checkpoint)
        return kept

    def check_signature(self, checkpoint: Checkpoint) -> None:
        if not self.keys:
            return
        try:
            checkpoint.verify(self.keys)
        except CheckFailed as error:
            self.found(checkpoint.size, error.reason, str(error))

    def check_end(self, checkpoint: Checkpoint, origin: str, size: int) -> None:
        if checkpoint.origin != origin:
            self.found(None, "OtherChain", "The checkpoint is of another chain than this database.")
        if checkpoint.size > size:
            self.found(
                size + 1,
                "Truncated",
                f"A checkpoint shows {checkpoint.size} records, but the chain ends after {size}: records were removed.",
            )

    def records(self, origin: str, kept: list[Checkpoint]) -> tuple[int, str]:
        marks: dict[int, list[Checkpoint]] = {}
        for checkpoint in kept:
            marks.setdefault(checkpoint.size, []).append(checkpoint)
        sequence, last = 0, genesis(origin)
        self.check_marks(marks, sequence, last)
        for record, envelope in store.walk(self.connection):
            if len(self.findings) >= FINDINGS_LIMIT:
                break
            if record.sequence != sequence + 1:
                self.found(
                    sequence + 1,
                    "Removed",
                    f"Record {sequence + 1} is missing: the next one in the database is {record.sequence}.",
                )
            elif record.prev_hash != last:
                self.found(
                    record.sequence,
                    "NotLinked",
                    f"Record {record.sequence} does not follow the record before it: one of them was exchanged.",
                )
            if not _is_sound(record) or record.computed_hash() != record.hash:
                self.found(record.sequence, "Changed", f"Record {record.sequence} was changed after it was written.")
            self.check_statement(record, envelope)
            # Go on from what is stored: one fault is then told once, and later ones are still found.
            sequence, last = record.sequence, record.hash
            self.check_marks(marks, sequence, last)
        return sequence, last

    def check_marks(self, marks: dict[int, list[Checkpoint]], sequence: int, last: str) -> None:
        if any(checkpoint.hash != last for checkpoint in marks.get(sequence, ())):
            self.found(
                max(sequence, 1),
                "Rewritten",
                f"Record {sequence} is not the one that a checkpoint shows: the chain was rewritten up to there.",
            )

    def check_statement(self, record: Record, envelope: str | None) -> None:
        if record.envelope is None and record.statement is None:
            return
        if envelope is None:
            self.found(record.sequence, "StatementMissing", f"The statement of record {record.sequence} is missing.")
            return
        fault = self.statement_fault(record, envelope)
        if fault:
            self.found(record.sequence, "StatementChanged", f"The statement of record {record.sequence}: {fault}")

    def statement_fault(self, record: Record, text: str) -> str | None:
        if not _is_text(text) or digest_bytes(text.encode()) != record.envelope:
            return "its envelope was changed after it was written."
        try:
            envelope = json.loads(text)
            statement = verify_envelope(envelope, self.keys.values()) if self.keys else unverified_statement(envelope)
        except CheckFailed as error:
            return str(error)
        except ValueError:
            return "its envelope is not JSON."
        if statement_digest(statement) != record.statement:
            return "it is another statement than the record names."
        return None

    def statements(self) -> int:
        named = sa.select(store.records.c.envelope).where(store.records.c.envelope.is_not(None))
        strangers = sa.select(sa.func.count()).where(store.statements.c.envelope_digest.not_in(named))
        count = self.connection.scalar(strangers)
        if count:
            self.found(None, "StatementUnknown", f"Statements that no record names: {count}. Somebody added them.")
        renamed = self.connection.scalar(
            sa.select(sa.func.count())
            .select_from(store.records)
            .join(store.statements, store.records.c.envelope == store.statements.c.envelope_digest)
            .where(store.records.c.statement.is_distinct_from(store.statements.c.digest))
        )
        if renamed:
            self.found(None, "StatementRenamed", f"Statements kept under another digest than their own: {renamed}.")
        return self.connection.scalar(sa.select(sa.func.count()).select_from(store.statements)) or 0


def _is_sound(record: Record) -> bool:
    """Columns of the declared types: SQLite keeps whatever is written into its file."""
    needed = (record.time, record.kind, record.key, record.actor, record.body, record.prev_hash, record.hash)
    optional = (record.subject, record.statement, record.envelope)
    return (
        isinstance(record.sequence, int)
        and 0 < record.sequence < 2**53
        and all(_is_text(value) for value in needed)
        and all(value is None or _is_text(value) for value in optional)
    )


def _is_text(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(value.encode())
    except UnicodeEncodeError:
        # Bytes that are no UTF-8 are read as lone surrogates.
        return False

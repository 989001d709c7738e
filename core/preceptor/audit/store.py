"""Where do the chain's rows lie?

The one module that knows the database. SQLite in WAL mode with ``synchronous=FULL``: a commit returns when the rows are
on the disk. PostgreSQL needs another ``open_database`` (and its own way to serialize writers), nothing else.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from preceptor.audit.chain import Record
from preceptor.exits import BadInput, CheckFailed, TryAgain

BUSY_SECONDS = 30

metadata = sa.MetaData()
chains = sa.Table(
    "chains",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
)
records = sa.Table(
    "records",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, index=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("statement", sa.Text),
    sa.Column("envelope", sa.Text),
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
statements = sa.Table(
    "statements",
    metadata,
    sa.Column("envelope_digest", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("envelope", sa.Text, nullable=False),
)
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
)
# A guard against our own mistakes, not against an intruder: for that there are hashes and checkpoints.
_GUARDS = [
    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END"
    for table in ("chains", "records", "statements", "checkpoints")
    for verb in ("UPDATE", "DELETE")
]


def open_database(path: Path) -> sa.Engine:
    """Open a chain's database for appending, and create it where there is none.

    Raises TryAgain when it cannot be opened, or when the disk's guarantees cannot be had.
    """
    engine = _engine(f"file:{_quoted(path)}?mode=rwc", write=True)
    with translated(path), engine.begin() as connection:
        metadata.create_all(connection)
        for guard in _GUARDS:
            connection.exec_driver_sql(guard)
    return engine


def open_for_reading(path: Path) -> sa.Engine:
    """Open a chain's database without changing it, also on a read-only medium.

    Raises BadInput when there is no such file.
    """
    if not path.is_file():
        raise BadInput(f"There is no audit database at {path}: name the SQLite file.", reason="AuditMissing")
    # A writer, even one that crashed, leaves its log beside the file. Where there is none, the file alone is the whole
    # truth, and can be read without creating a log: on a read-only medium that would fail.
    alone = not any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm"))
    return _engine(f"file:{_quoted(path)}?mode=ro{'&immutable=1' if alone else ''}", write=False)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the database's failures into ours: TryAgain for the surroundings, CheckFailed for a broken file."""
    try:
        yield
    except sa.exc.OperationalError as error:
        # No code at all: Python could not decode a text. SQLITE_ERROR: a table is missing.
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_ERROR:
            raise _damaged(path) from None
        full = code == sqlite3.SQLITE_FULL
        what = "is on a full disk: free space" if full else "cannot be used now: check its folder, owner and disk"
        raise TryAgain(
            f"The audit database {path} {what}. Nothing was recorded.", reason="StoreFull" if full else "TryAgain"
        ) from None
    except sa.exc.DatabaseError:
        raise _damaged(path) from None


def reading(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions that only read: they never wait for a writer, nor a writer for them."""
    return engine.execution_options(preceptor_reading=True)


def integrity_faults(connection: sa.Connection) -> list[str]:
    """What SQLite itself finds wrong with its file: an empty list when nothing is."""
    lines = connection.exec_driver_sql("PRAGMA integrity_check(10)").scalars().all()
    return [] if lines == ["ok"] else [str(line) for line in lines]


def insert(connection: sa.Connection, new: Sequence[Record], envelopes: Mapping[str, tuple[str, str]]) -> None:
    """Insert records, and the envelopes that are not there yet: (statement digest, text) by envelope digest."""
    column = statements.c.envelope_digest
    known = set(connection.scalars(sa.select(column).where(column.in_(list(envelopes))))) if envelopes else set()
    kept = [
        {"envelope_digest": envelope, "digest": digest, "envelope": text}
        for envelope, (digest, text) in envelopes.items()
        if envelope not in known
    ]
    if kept:
        connection.execute(statements.insert(), kept)
    if new:
        connection.execute(records.insert(), [vars(record) for record in new])


def walk(connection: sa.Connection, page: int = 1000) -> Iterator[tuple[Record, str | None]]:
    """Every record in order with its envelope's text, read in pages."""
    query = sa.select(records, statements.c.envelope.label("envelope_text")).order_by(records.c.sequence).limit(page)
    query = query.outerjoin_from(records, statements, records.c.envelope == statements.c.envelope_digest)
    after: int | None = None
    while True:
        rows = connection.execute(query if after is None else query.where(records.c.sequence > after)).all()
        for row in rows:
            fields = row._asdict()
            envelope = fields.pop("envelope_text")
            yield Record(**fields), envelope
        if len(rows) < page:
            return
        after = rows[-1].sequence


def to_record(row: sa.Row[Any]) -> Record:
    """The record in a row of ``records``."""
    return Record(**row._asdict())


def _engine(uri: str, *, write: bool) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        if write:
            _make_durable(connection)
        else:
            # A verifier must see every byte: what is no UTF-8 becomes lone surrogates, which no hash accepts.
            connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        return connection

    engine = sa.create_engine("sqlite+pysqlite://", creator=connect, poolclass=sa.QueuePool if write else NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # IMMEDIATE takes the write lock before reading the last hash: two writers can never follow the same record.
        reads = not write or connection.get_execution_options().get("preceptor_reading", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _make_durable(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or level != 2:
        connection.close()
        raise TryAgain("The audit database does not keep journal_mode=WAL and synchronous=FULL: use a local disk.")


def _quoted(path: Path) -> str:
    return path.absolute().as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _damaged(path: Path) -> CheckFailed:
    return CheckFailed(f"{path} is damaged or no audit database: restore it from a copy.", reason="AuditDamaged")

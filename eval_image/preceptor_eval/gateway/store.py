"""What does a gateway keep over a restart?"""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from pydantic import ValidationError

from preceptor.api.gateway import Handover
from preceptor.exits import BadInput, TryAgain
from preceptor.telemetry import new_key
from preceptor.telemetry.review import ReviewItem

_METADATA = sql.MetaData()
_REVIEW = sql.Table(
    "review_items",
    _METADATA,
    sql.Column("id", sql.String(36), primary_key=True),
    sql.Column("created", sql.String(40), nullable=False, index=True),
    sql.Column("item", sql.Text, nullable=False),
)
_STATE = sql.Table(
    "gateway_state",
    _METADATA,
    sql.Column("name", sql.String(64), primary_key=True),
    sql.Column("value", sql.Text, nullable=False),
)
_HANDOVER, _KEY = "handover", "prompt-hash-key"


class GatewayStore:
    """The review queue, the last handover and the key for prompt hashes, in one SQLite file.

    Blocked prompts and answers lie in this file and nowhere else; only its owner may read it. Every method may be
    called from any thread.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Created here, so that it never exists with wider permissions.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._engine = sql.create_engine(f"sqlite:///{path}")
            sql.event.listen(self._engine, "connect", _durable)
            _METADATA.create_all(self._engine)
        except (OSError, sql.exc.SQLAlchemyError) as error:
            raise BadInput(
                f"The gateway's database {path} cannot be opened ({type(error).__name__}): "
                "mount a writable volume there, or remove what is not a database.",
                reason="DatabaseUnusable",
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def check(self) -> None:
        """Read once. Raises sqlalchemy.exc.SQLAlchemyError when the database cannot be used."""
        with self._engine.connect() as connection:
            connection.execute(sql.select(_STATE.c.name).limit(1))

    # --- the review queue

    def add(self, item: ReviewItem) -> None:
        """Keep a blocked answer durably."""
        with self._engine.begin() as connection:
            connection.execute(
                _REVIEW.insert().values(
                    id=str(item.id),
                    created=item.created.astimezone(UTC).isoformat(),
                    item=item.model_dump_json(by_alias=True),
                )
            )

    def items(self, *, limit: int, before: datetime | None = None) -> list[ReviewItem]:
        """The newest items, newest first."""
        query = sql.select(_REVIEW.c.item).order_by(_REVIEW.c.created.desc(), _REVIEW.c.id).limit(limit)
        if before is not None:
            query = query.where(_REVIEW.c.created < before.astimezone(UTC).isoformat())
        with self._engine.connect() as connection:
            return [ReviewItem.model_validate_json(text) for text in connection.scalars(query)]

    def item(self, identifier: uuid.UUID) -> ReviewItem | None:
        """One item, or None."""
        with self._engine.connect() as connection:
            text = connection.scalar(sql.select(_REVIEW.c.item).where(_REVIEW.c.id == str(identifier)))
        return None if text is None else ReviewItem.model_validate_json(text)

    # --- the last handover

    def remember(self, handover: Handover | None) -> None:
        """Keep this handover, or forget the one kept. Raises TryAgain (``DatabaseUnavailable``), as on a full disk."""
        try:
            self._put(_HANDOVER, None if handover is None else handover.model_dump_json(by_alias=True))
        except sql.exc.OperationalError:
            raise TryAgain(
                "The gateway's database cannot be written: free space on its claim, or enlarge it.",
                reason="DatabaseUnavailable",
            ) from None

    def remembered(self) -> Handover | None:
        """The handover that was served last, or None; it is told, never served again without the operator."""
        text = self._get(_HANDOVER)
        try:
            return None if text is None else Handover.model_validate_json(text)
        except ValidationError:
            # Written by another version of the gateway: nothing depends on it.
            return None

    # --- the key

    def prompt_hash_key(self) -> bytes:
        """This gateway's own random key, made on first use."""
        text = self._get(_KEY)
        if text is None:
            text = new_key().hex()
            self._put(_KEY, text)
        return bytes.fromhex(text)

    def _put(self, name: str, value: str | None) -> None:
        with self._engine.begin() as connection:
            connection.execute(_STATE.delete().where(_STATE.c.name == name))
            if value is not None:
                connection.execute(_STATE.insert().values(name=name, value=value))

    def _get(self, name: str) -> str | None:
        with self._engine.connect() as connection:
            value: str | None = connection.scalar(sql.select(_STATE.c.value).where(_STATE.c.name == name))
        return value


def _durable(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # An item is on the disk before its answer's audit record is: the default of WAL could lose the last ones.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()

"""Is a record in the chain durably, once, and in order?"""

import datetime
import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from audit_chains import ACTOR, KEY, SUBJECT, append, build, statement
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor import evidence
from preceptor.audit import AuditLog, Conflict, verify
from preceptor.audit import store as audit_store
from preceptor.audit.chain import genesis
from preceptor.audit.log import BODY_LIMIT, prepare
from preceptor.exits import BadInput, CheckFailed, TryAgain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


def test_each_record_follows_the_one_before(path: Path) -> None:
    log = build(path, 5)
    records = log.read()
    assert [record.sequence for record in records] == [1, 2, 3, 4, 5]
    assert [record.prev_hash for record in records] == [genesis(log.origin), *(r.hash for r in records[:-1])]


def test_a_receipt_names_the_record_and_its_statement(path: Path) -> None:
    receipt = AuditLog(path).append(append(1, signed=True), ACTOR)
    (record,) = AuditLog(path).read()
    assert (receipt.sequence, receipt.hash) == (record.sequence, record.hash)
    assert receipt.statement_digest == evidence.statement_digest(statement(1)) == record.statement


def test_the_same_append_again_returns_the_first_receipt(path: Path) -> None:
    log = AuditLog(path)
    first = log.append(append(1, signed=True), ACTOR)
    log.append(append(2), ACTOR)
    assert log.append(append(1, signed=True), ACTOR) == first
    assert len(log.read()) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"body": {"number": 2}},
        {"kind": "other"},
        {"subject": "sha256:" + "b" * 64, "statement": None},
        {"subject": None},
        {"statement": evidence.sign(statement(9), KEY)},
        {"statement": None},
    ],
)
def test_the_same_key_with_anything_else_is_a_conflict(path: Path, change: dict[str, Any]) -> None:
    log = AuditLog(path)
    log.append(append(1, signed=True), ACTOR)
    with pytest.raises(Conflict):
        log.append(append(1, signed=True, **change), ACTOR)
    assert len(log.read()) == 1


def test_the_same_key_of_another_actor_is_a_conflict(path: Path) -> None:
    log = AuditLog(path)
    log.append(append(1), ACTOR)
    with pytest.raises(Conflict):
        log.append(append(1), "somebody else")


def test_a_crash_between_append_and_receipt_then_a_retry_leaves_one_record(path: Path) -> None:
    first = AuditLog(path)
    first.append(append(1), ACTOR)  # the receipt never arrives: the process is gone
    first.close()
    receipt = AuditLog(path).append(append(1), ACTOR)
    assert receipt.sequence == 1
    assert len(AuditLog(path).read()) == 1


def test_one_group_holds_new_known_and_conflicting_appends(path: Path) -> None:
    log = AuditLog(path)
    log.append(append(1), ACTOR)
    group = [append(1), append(2), append(2), append(2, body={}), append(3)]
    outcomes = log.append_all([prepare(item, ACTOR) for item in group])
    told = [type(o).__name__ if isinstance(o, Conflict) else o.sequence for o in outcomes]
    assert told == [1, 2, 2, "Conflict", 3]
    assert verify(path).findings == ()


@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_sequence_of_groups_and_retries_gives_one_record_per_key(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[int]]
) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.db"
    log = AuditLog(path)
    for group in groups:
        outcomes = log.append_all([prepare(append(number), ACTOR) for number in group])
        assert [json.loads(log.read(after=o.sequence - 1, limit=1)[0].body)["number"] for o in outcomes] == group
    assert len(log.read()) == len({number for group in groups for number in group})
    assert verify(path).findings == ()
    log.close()


def test_concurrent_appends_of_two_owners_keep_one_chain(path: Path) -> None:
    logs = [AuditLog(path), AuditLog(path)]

    def work(worker: int) -> None:
        for number in range(15):
            # Every other key is shared by all workers.
            key = f"shared-{number}" if number % 2 else f"{worker}-{number}"
            logs[worker % 2].append(append(number, key=key), ACTOR)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(path).findings == ()
    assert len(logs[0].read()) == 4 * 8 + 7


@pytest.mark.parametrize(
    "change",
    [
        {"kind": ""},
        {"kind": "two words"},
        {"kind": "x" * 65},
        {"key": ""},
        {"key": "a b"},
        {"key": "x" * 257},
        {"body": {"number": float("nan")}},
        {"body": {"number": 2**60}},
        {"body": {"text": "x" * BODY_LIMIT}},
        {"body": {"text": "\ud800"}},
        {"statement": {"payload": "e30="}},
        {"statement": {}},
    ],
)
def test_an_append_outside_the_limits_is_refused_and_leaves_nothing(path: Path, change: dict[str, Any]) -> None:
    log = AuditLog(path)
    with pytest.raises(BadInput):
        log.append(append(1, **change), ACTOR)
    assert log.read() == []


def test_a_refusal_quotes_nothing_of_the_body(path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        AuditLog(path).append(append(1, body={"Jane Roe": "MRN 12345 " * 9999}), ACTOR)
    assert "Jane" not in str(caught.value)
    assert "MRN" not in str(caught.value)


def test_records_are_found_by_subject_kind_key_and_place(path: Path) -> None:
    log = build(path, 6)
    log.append(append(7, kind="release.end"), ACTOR)
    found = {
        "subject": log.read(subject=SUBJECT),
        "kind": log.read(kind="release.end"),
        "key": log.read(key="uid-4:stage"),
        "page": log.read(after=2, limit=2),
    }
    assert {name: [r.sequence for r in records] for name, records in found.items()} == {
        "subject": [1, 3, 5, 7],
        "kind": [7],
        "key": [4],
        "page": [3, 4],
    }


def test_a_statement_is_found_by_its_digest(path: Path) -> None:
    log = build(path, 3)
    digest = evidence.statement_digest(statement(3))
    envelope = log.statement(digest)
    assert envelope is not None
    assert evidence.verify(json.loads(envelope), [KEY.public]) == statement(3)
    assert log.statement("sha256:" + "0" * 64) is None


def test_a_commit_waits_for_the_disk(path: Path) -> None:
    log = AuditLog(path)
    with log._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize("table", ["records", "statements", "chains", "checkpoints"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_the_database_refuses_to_change_what_is_written(path: Path, table: str, verb: str) -> None:
    log = build(path, 3, checkpoint_key=KEY)
    log.checkpoint()
    log.close()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        sqlite3.connect(path).execute(verb.format(table))


def test_checkpoints_are_signed_every_so_many_records_and_on_demand(path: Path) -> None:
    log = build(path, 25, checkpoint_key=KEY, checkpoint_every=10)
    last = log.checkpoint()
    assert last is not None
    assert log.checkpoint() == last
    last.verify({KEY.key_id: KEY.public})
    assert (last.size, last.hash, last.origin) == (25, log.read()[-1].hash, log.origin)
    with log._reader.connect() as connection:
        assert connection.scalars(sa.select(audit_store.checkpoints.c.size)).all() == [10, 20, 25]


def test_without_a_checkpoint_key_there_is_no_checkpoint(path: Path) -> None:
    assert build(path, 1).checkpoint() is None


def test_times_are_utc_whatever_the_clock_says(path: Path) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=5))
    log = AuditLog(path, now=lambda: datetime.datetime(2026, 11, 2, 3, 0, tzinfo=zone))
    log.append(append(1), ACTOR)
    assert log.read()[0].time == "2026-11-01T22:00:00.000Z"


def test_a_database_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(TryAgain):
        AuditLog(tmp_path / "missing" / "audit.db")


def test_a_full_disk_records_nothing_and_says_so(path: Path) -> None:
    log = build(path, 1)
    with log._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TryAgain) as caught:
        log.append_all([prepare(append(n, body={"text": "x" * 9000}), ACTOR) for n in range(2, 20)])
    assert caught.value.reason == "StoreFull"
    assert len(log.read()) == 1
    assert verify(path).findings == ()


def test_a_file_that_is_no_database_is_never_written_to(path: Path) -> None:
    path.write_bytes(b"somebody's letter" * 1000)
    with pytest.raises(CheckFailed):
        AuditLog(path)
    assert path.read_bytes() == b"somebody's letter" * 1000

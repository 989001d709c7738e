"""Is every change, removal, reordering and truncation of a chain found, and the first bad record named?"""

import shutil
import sqlite3
from dataclasses import fields
from pathlib import Path

import pytest
from audit_chains import ACTOR, KEY, append, build, statement, tamper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preceptor import evidence
from preceptor.audit import AuditLog, Checkpoint, Record, verify
from preceptor.audit.log import prepare
from preceptor.digests import canonical_json, digest_bytes
from preceptor.exits import BadInput
from preceptor.keys import SigningKey

SIZE = 12
TEXTS = [field.name for field in fields(Record) if field.name != "sequence"]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "audit.db"
    log = build(path, SIZE, checkpoint_key=KEY, checkpoint_every=5)
    log.close()
    return path


@pytest.fixture
def copy(chain: Path, tmp_path: Path) -> Path:
    shutil.copy(chain, tmp_path / "audit.db")
    return tmp_path / "audit.db"


def checkpoint_of(path: Path) -> Checkpoint:
    log = AuditLog(path, checkpoint_key=KEY)
    checkpoint = log.checkpoint()
    log.close()
    assert checkpoint is not None
    return checkpoint


def test_an_untouched_chain_is_whole(copy: Path) -> None:
    verification = verify(copy, checkpoint=checkpoint_of(copy), public_keys=[KEY.public])
    assert verification.findings == ()
    assert (verification.size, verification.statements, verification.signatures_checked) == (SIZE, 4, True)


def test_an_empty_chain_is_whole(tmp_path: Path) -> None:
    AuditLog(tmp_path / "audit.db").close()
    assert verify(tmp_path / "audit.db").findings == ()


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_byte_change_in_any_record_is_found_where_it_is(
    copy: Path, chain: Path, data: st.DataObject
) -> None:
    shutil.copy(chain, copy)
    sequence = data.draw(st.integers(1, SIZE))
    column = data.draw(st.sampled_from(TEXTS))
    connection = sqlite3.connect(copy)
    (value,) = connection.execute(
        f"SELECT CAST({column} AS BLOB) FROM records WHERE sequence = ?", (sequence,)
    ).fetchone()
    connection.close()
    if value is None:
        changed = data.draw(st.binary(max_size=2))
    else:
        place = data.draw(st.integers(0, len(value) - 1))
        byte = data.draw(st.integers(0, 255).filter(lambda b: b != value[place]))
        changed = value[:place] + bytes([byte]) + value[place + 1 :]
    tamper(copy, f"UPDATE records SET {column} = CAST(? AS TEXT) WHERE sequence = {sequence}", parameters=(changed,))
    found = verify(copy)
    # A changed hash shows in its own record; nothing before a changed record is blamed.
    assert found.first_bad_sequence == sequence


@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_byte_change_of_a_records_bytes_in_the_file_is_found(
    copy: Path, chain: Path, data: st.DataObject
) -> None:
    content = bytearray(chain.read_bytes())
    texts = [f'{{"number":{n},"word":"größer"}}'.encode() for n in range(1, SIZE + 1)]
    text = data.draw(st.sampled_from(texts))
    place = content.index(text) + data.draw(st.integers(0, len(text) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    copy.write_bytes(content)
    assert verify(copy).findings


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_a_damaged_file_header_never_ends_in_a_pass_or_a_crash(copy: Path, chain: Path, place: int) -> None:
    content = bytearray(chain.read_bytes())
    whole = verify(copy)
    content[place] ^= 0xFF
    copy.write_bytes(content)
    damaged = verify(copy)
    # Some header bytes (a version, a counter) mean nothing to the content: then all of it must have been read.
    assert damaged.findings or damaged == whole


MOVE = "UPDATE records SET sequence = {} WHERE sequence = {}".format
CLOSE_GAP = "UPDATE records SET sequence = sequence - 1 WHERE sequence > 6"
SPACE = "UPDATE statements SET envelope = replace(envelope, 'payload', 'payload ') WHERE rowid = 2"


@pytest.mark.parametrize(
    ("deed", "first", "code"),
    [
        (["DELETE FROM records WHERE sequence = 6"], 6, "Removed"),
        (["DELETE FROM records WHERE sequence = 1"], 1, "Removed"),
        (["DELETE FROM records WHERE sequence = 6", CLOSE_GAP], 6, "NotLinked"),
        ([MOVE(-5, 5), MOVE(5, 4), MOVE(4, -5)], 4, "NotLinked"),
        ([MOVE(99, 12)], 12, "Removed"),
        (["UPDATE records SET actor = 'x' WHERE sequence IN (8, 3)"], 3, "Changed"),
        (["UPDATE records SET body = x'00' WHERE sequence = 3"], 3, "Changed"),
        (["UPDATE records SET time = 5 WHERE sequence = 3"], 3, "Changed"),
        (["UPDATE chains SET origin = 'another'"], 1, "NotLinked"),
        (["DELETE FROM statements WHERE rowid = 1"], 3, "StatementMissing"),
        ([SPACE], 6, "StatementChanged"),
        (["UPDATE statements SET digest = 'sha256:0' WHERE rowid = 2"], None, "StatementRenamed"),
        (["INSERT INTO statements VALUES ('a', 'b', 'c')"], None, "StatementUnknown"),
        (["UPDATE checkpoints SET document = '{}' WHERE size = 5"], None, "CheckpointMalformed"),
        (["UPDATE checkpoints SET size = 7 WHERE size = 5"], None, "CheckpointMoved"),
        (["DELETE FROM chains"], None, "Damaged"),
        (["DROP TABLE records"], None, "Damaged"),
    ],
)
def test_a_deed_is_found_and_the_first_bad_record_named(
    copy: Path, deed: list[str], first: int | None, code: str
) -> None:
    tamper(copy, *deed)
    verification = verify(copy)
    assert code in {finding.code for finding in verification.findings}
    assert verification.first_bad_sequence == first


def test_a_truncated_chain_is_whole_to_itself_but_not_to_a_checkpoint(copy: Path) -> None:
    checkpoint = checkpoint_of(copy)
    tamper(copy, "DELETE FROM records WHERE sequence > 10", "DELETE FROM checkpoints WHERE size > 10",
           "DELETE FROM statements WHERE rowid > 3")  # fmt: skip
    assert verify(copy).findings == ()
    verification = verify(copy, checkpoint=checkpoint, public_keys=[KEY.public])
    assert [(f.code, f.sequence) for f in verification.findings] == [("Truncated", 11)]


def test_a_stored_checkpoint_shows_a_truncation_too(copy: Path) -> None:
    tamper(copy, "DELETE FROM records WHERE sequence > 9", "DELETE FROM statements WHERE rowid > 3")
    assert [f.code for f in verify(copy).findings] == ["Truncated"]


def rewritten(chain: Path, path: Path) -> None:
    """Another chain with the same origin and a false fourth record, consistent in itself."""
    connection = sqlite3.connect(chain)
    (origin,) = connection.execute("SELECT origin FROM chains").fetchone()
    connection.close()
    AuditLog(path).close()
    tamper(path, "UPDATE chains SET origin = ?", parameters=(origin,))
    log = AuditLog(path)
    for number in range(1, SIZE + 1):
        log.append(append(number, body={"number": 0}) if number == 4 else append(number, signed=number % 3 == 0), ACTOR)
    log.close()


def test_a_chain_rewritten_to_its_end_is_shown_by_a_checkpoint(copy: Path, chain: Path, tmp_path: Path) -> None:
    false = tmp_path / "false.db"
    rewritten(chain, false)
    assert verify(false).findings == ()
    verification = verify(false, checkpoint=checkpoint_of(copy), public_keys=[KEY.public])
    assert [f.code for f in verification.findings] == ["Rewritten"]


def test_another_chain_is_shown_by_a_checkpoint(copy: Path, tmp_path: Path) -> None:
    build(tmp_path / "other.db", SIZE).close()
    found = verify(tmp_path / "other.db", checkpoint=checkpoint_of(copy)).findings
    assert {f.code for f in found} == {"OtherChain", "Rewritten"}


@pytest.mark.parametrize(
    "change", [{"size": 3}, {"hash": "sha256:" + "0" * 64}, {"origin": "x"}, {"time": "2020"}, {"signature": "AAAA"}]
)
def test_a_changed_checkpoint_is_found_by_its_signature(copy: Path, change: dict[str, object]) -> None:
    checkpoint = checkpoint_of(copy).model_copy(update=change)
    found = verify(copy, checkpoint=checkpoint, public_keys=[KEY.public]).findings
    assert "SignatureInvalid" in {f.code for f in found}


def test_checkpoints_and_statements_of_unknown_keys_are_found(copy: Path) -> None:
    found = verify(copy, public_keys=[SigningKey.generate().public]).findings
    assert {f.code for f in found} == {"KeyUnknown", "StatementChanged"}


def test_a_statement_signed_by_somebody_else_is_found_when_keys_are_given(copy: Path, tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit2.db")
    stranger = SigningKey.generate()
    log.append(append(1, statement=evidence.sign(statement(1), stranger)), ACTOR)
    assert verify(log.path).findings == ()
    assert [f.sequence for f in verify(log.path, public_keys=[KEY.public]).findings] == [1]


def test_bytes_that_are_no_utf8_are_found_even_where_they_look_like_what_was_written(tmp_path: Path) -> None:
    # A lenient decoder makes one replacement character of these three bytes, which is what the record holds.
    assert b"\xf0\xbf\xbd".decode(errors="replace") == "\ufffd"
    log = AuditLog(tmp_path / "audit.db")
    log.append(append(1, body={"text": "\ufffd"}), ACTOR)
    log.close()
    tamper(log.path, "UPDATE records SET body = CAST(? AS TEXT)", parameters=(b'{"text":"\xf0\xbf\xbd"}',))
    assert verify(log.path).first_bad_sequence == 1


def test_findings_hold_nothing_of_a_records_body(copy: Path) -> None:
    tamper(copy, 'UPDATE records SET body = \'{"name":"Jane Roe"}\'')
    assert "Jane" not in repr(verify(copy).findings)


def test_verification_goes_on_past_a_page_of_records(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.db")
    log.append_all([prepare(append(number), ACTOR) for number in range(2500)])
    log.close()
    assert verify(log.path).size == 2500
    tamper(log.path, "UPDATE records SET kind = 'x' WHERE sequence = 2300")
    assert verify(log.path).first_bad_sequence == 2300


def test_a_copy_is_verified_without_writing_beside_it(copy: Path) -> None:
    assert verify(copy).findings == ()
    assert [path.name for path in copy.parent.iterdir()] == ["audit.db"]


def test_a_chain_is_verified_while_it_is_written(copy: Path) -> None:
    log = AuditLog(copy)
    log.append(append(99), ACTOR)
    verification = verify(copy)
    assert (verification.size, verification.findings) == (SIZE + 1, ())


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        verify(tmp_path / "nothing.db")


def test_the_record_hash_is_the_documented_one(copy: Path) -> None:
    log = AuditLog(copy)
    (record,) = log.read(limit=1)
    preimage = b"preceptor.dev/audit/record/v1\n"
    for name in ("sequence", "time", "kind", "subject", "key", "actor", "body", "statement", "envelope", "prev_hash"):
        value = getattr(record, name)
        data = str(value).encode()
        preimage += b"-" if value is None else str(len(data)).encode() + b":" + data + b","
    assert digest_bytes(preimage) == record.hash
    assert record.body.encode() == canonical_json({"number": 1, "word": "größer"})

"""Does the audit service let the right callers append, and answer only what is durable?"""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from audit_chains import ACTOR, KEY, SUBJECT, append, build, statement, tamper
from fastapi import FastAPI

from preceptor import evidence
from preceptor.api.audit import AUDIENCE, RECORDS_PATH, STATEMENTS_PATH, Receipt
from preceptor.audit import AuditLog, verify
from preceptor.audit.chain import parse_checkpoint
from preceptor.audit.log import prepare
from preceptor.exits import BadInput, TryAgain
from preceptor.identity import Identity, IdentityUnknown, NotAuthenticated
from preceptor.keys import PublicKey, SigningKey
from preceptor_eval.audit_service import app as application
from preceptor_eval.audit_service.settings import Settings, from_environment
from preceptor_eval.audit_service.writer import GroupWriter

READER = "auditor"
GATEWAY = "system:serviceaccount:clinical-ai:triage-gateway"
TOKENS = {
    "operator": ACTOR,
    "reader": READER,
    "gateway": GATEWAY,
    "stranger": "system:serviceaccount:clinical-ai:default",
}


class Directory:
    """An authenticator that knows three tokens, and can be unreachable."""

    reachable = True

    async def identify(self, token: str, audience: str) -> Identity:
        assert audience == AUDIENCE
        if not self.reachable:
            raise IdentityUnknown("The API server cannot be asked.")
        if token not in TOKENS:
            raise NotAuthenticated("The token is not accepted.")
        return Identity(TOKENS[token])


@asynccontextmanager
async def service(
    path: Path, directory: Directory | None = None, keys: tuple[PublicKey, ...] = (), **options: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    names = {"writers": frozenset({ACTOR}), "readers": frozenset({READER}), "appenders": frozenset({GATEWAY})}
    settings = Settings(database=path, **names)
    app = application.create_app(AuditLog(path, **options), settings, directory or Directory(), keys)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://audit") as client:
            client.headers["authorization"] = "Bearer operator"
            await app.state.first_verification
            yield client, app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_an_append_is_durable_when_its_receipt_arrives(path: Path) -> None:
    async with service(path) as (client, _):
        response = await client.post(RECORDS_PATH, json=append(1, signed=True).document())
        assert response.status_code == 200
        receipt = Receipt.model_validate_json(response.content)
        (record,) = AuditLog(path).read()
        assert (record.hash, record.actor) == (receipt.hash, ACTOR)


async def test_the_same_append_again_gets_the_same_receipt_and_another_body_409(path: Path) -> None:
    async with service(path) as (client, _):
        first = await client.post(RECORDS_PATH, json=append(1).document())
        again = await client.post(RECORDS_PATH, json=append(1).document())
        other = await client.post(RECORDS_PATH, json=append(1, body={"number": 7}).document())
    assert again.json() == first.json()
    assert (other.status_code, other.json()["reason"]) == (409, "Conflict")


@pytest.mark.parametrize(
    ("token", "writes", "reads"),
    [("operator", 200, 200), ("reader", 403, 200), ("stranger", 403, 403), ("forged", 401, 401), (None, 401, 401)],
)
async def test_only_writers_append_and_only_readers_read(path: Path, token: str, writes: int, reads: int) -> None:
    async with service(path) as (client, _):
        client.headers["authorization"] = f"Bearer {token}" if token else ""
        assert (await client.post(RECORDS_PATH, json=append(1).document())).status_code == writes
        for place in (RECORDS_PATH, "/v1/verify"):
            assert (await client.get(place)).status_code == reads
        for place in (STATEMENTS_PATH + "/x", "/v1/checkpoint"):
            assert (await client.get(place)).status_code == (404 if reads == 200 else reads)
    assert len(AuditLog(path).read()) == (1 if writes == 200 else 0)


@pytest.mark.parametrize(
    ("kind", "signed", "status"),
    [
        ("inference", False, 200),
        ("gateway.candidate", False, 200),
        ("review.read", False, 200),
        ("inference", True, 403),
        ("statement.evaluation", True, 403),
        ("statement.evaluation", False, 403),
        ("finetunerun.end", False, 403),
    ],
)
async def test_gateways_append_what_gateways_tell_and_no_statement(
    path: Path, kind: str, signed: bool, status: int
) -> None:
    async with service(path) as (client, _):
        client.headers["authorization"] = "Bearer gateway"
        response = await client.post(RECORDS_PATH, json=append(1, kind=kind, signed=signed).document())
        assert response.status_code == status
    assert len(AuditLog(path).read()) == (1 if status == 200 else 0)


async def test_gateways_read_nothing_but_the_receipts_of_their_own_records(path: Path) -> None:
    async with service(path) as (client, _):
        client.headers["authorization"] = "Bearer gateway"
        first = await client.post(RECORDS_PATH, json=append(1, kind="inference").document())
        assert (await client.post(RECORDS_PATH, json=append(1, kind="inference").document())).json() == first.json()
        for place in (RECORDS_PATH, STATEMENTS_PATH + "/x", "/v1/checkpoint", "/v1/verify"):
            assert (await client.get(place)).status_code == 403


async def test_statement_that_no_known_key_signed_is_not_appended(path: Path) -> None:
    envelope = evidence.sign(statement(1), KEY)
    altered = {**envelope, "payload": evidence.sign(statement(2), KEY)["payload"]}
    stranger = evidence.sign(statement(1), SigningKey.generate())
    async with service(path, keys=(KEY.public,)) as (client, _):
        for wrong, reason in ((stranger, "KeyUnknown"), (altered, "SignatureInvalid")):
            response = await client.post(RECORDS_PATH, json=append(1, statement=wrong).document())
            assert (response.status_code, response.json()["reason"]) == (400, reason)
        assert AuditLog(path).read() == []
        assert (await client.post(RECORDS_PATH, json=append(1, statement=envelope).document())).status_code == 200
        assert (await client.get("/v1/verify")).json()["whole"] is True


async def test_subject_of_a_record_is_one_that_its_statement_is_about(path: Path) -> None:
    async with service(path) as (client, _):
        other = append(1, signed=True, subject="sha256:" + "b" * 64)
        response = await client.post(RECORDS_PATH, json=other.document())
        assert (response.status_code, response.json()["reason"]) == (400, "SubjectMismatch")
        assert (await client.post(RECORDS_PATH, json=append(1, signed=True).document())).status_code == 200
        assert (await client.post(RECORDS_PATH, json=append(2, signed=True).document())).status_code == 200


async def test_nobody_gets_in_while_the_api_server_cannot_be_asked(path: Path) -> None:
    directory = Directory()
    directory.reachable = False
    async with service(path, directory) as (client, _):
        assert (await client.post(RECORDS_PATH, json=append(1).document())).status_code == 503
        assert (await client.get(RECORDS_PATH)).status_code == 503
    assert AuditLog(path).read() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"key":"a","kind":"b","body":{},"more":1}', b'{"key":"a","kind":"b b","body":{}}', b"\xff"],
)
async def test_an_append_that_is_not_understood_is_400(path: Path, content: bytes) -> None:
    async with service(path) as (client, _):
        response = await client.post(RECORDS_PATH, content=content)
    assert response.status_code == 400
    assert response.json()["reason"] == "BadInput"


async def test_a_refusal_quotes_nothing_that_was_sent(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with service(path) as (client, _):
        wrong = {"key": "Jane Roe", "kind": "Jane Roe", "body": "Jane Roe", "subject": "Jane Roe", "Jane Roe": 1}
        response = await client.post(RECORDS_PATH, json=wrong)
    assert response.status_code == 400
    assert "Jane" not in response.text
    assert "Jane" not in caplog.text


async def test_a_body_beyond_the_limit_is_refused_while_it_arrives(path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    async with service(path) as (client, _):
        assert (await client.post(RECORDS_PATH, content=endless())).status_code == 400


async def test_records_are_listed_by_subject_kind_key_and_place(path: Path) -> None:
    build(path, 6).close()
    async with service(path) as (client, _):
        found = {
            query: [r["sequence"] for r in (await client.get(RECORDS_PATH, params=query)).json()["records"]]
            for query in ("", f"subject={SUBJECT}", "kind=none", "key=uid-2:stage", "after=2&limit=3")
        }
        assert (await client.get(RECORDS_PATH, params="limit=0")).status_code == 400
    assert list(found.values()) == [[1, 2, 3, 4, 5, 6], [1, 3, 5], [], [2], [3, 4, 5]]


async def test_a_statement_is_served_as_it_was_signed(path: Path) -> None:
    build(path, 3).close()
    digest = evidence.statement_digest(statement(3))
    async with service(path) as (client, _):
        envelope = (await client.get(f"{STATEMENTS_PATH}/{digest}")).json()
    assert evidence.verify(envelope, [KEY.public]) == statement(3)


async def test_a_checkpoint_is_of_the_chain_as_it_stands(path: Path) -> None:
    async with service(path, checkpoint_key=KEY) as (client, _):
        await client.post(RECORDS_PATH, json=append(1).document())
        checkpoint = parse_checkpoint((await client.get("/v1/checkpoint", headers=bearer("reader"))).content)
    assert checkpoint.size == 1
    assert verify(path, checkpoint=checkpoint, public_keys=[KEY.public]).findings == ()


async def test_every_new_checkpoint_is_logged_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "preceptor.audit")
    async with service(path, checkpoint_key=KEY, checkpoint_every=2) as (client, _):
        for number in range(1, 5):
            await client.post(RECORDS_PATH, json=append(number).document())
        await client.get("/v1/checkpoint")
    logged = [line.removeprefix("checkpoint ") for line in caplog.messages if line.startswith("checkpoint ")]
    assert [parse_checkpoint(line).size for line in logged] == [2, 4]


async def test_a_chain_that_is_not_whole_takes_no_append_and_gets_no_checkpoint(path: Path) -> None:
    build(path, 4).close()
    tamper(path, "UPDATE records SET body = '{}' WHERE sequence = 2")
    async with service(path, checkpoint_key=KEY) as (client, _):
        refused = await client.post(RECORDS_PATH, json=append(9).document())
        assert (refused.status_code, refused.json()["reason"]) == (503, "ChainDamaged")
        assert (await client.get("/v1/checkpoint")).status_code == 503
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
        told = (await client.get("/v1/verify")).json()
    assert (told["whole"], told["firstBadSequence"]) == (False, 2)
    assert len(AuditLog(path).read()) == 4


async def test_verifying_again_finds_what_happened_since_and_stops_appends(path: Path) -> None:
    build(path, 4).close()
    async with service(path) as (client, _):
        assert (await client.get("/v1/verify")).json()["whole"] is True
        assert (await client.get("/readyz")).status_code == 200
        tamper(path, "DELETE FROM records WHERE sequence = 3")
        assert (await client.get("/v1/verify")).json()["whole"] is False
        assert (await client.post(RECORDS_PATH, json=append(9).document())).status_code == 503


async def test_probes_need_no_token(path: Path) -> None:
    async with service(path) as (client, _):
        del client.headers["authorization"]
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200


async def test_many_at_once_share_one_chain(path: Path) -> None:
    async with service(path) as (client, _):
        # Each fact is sent twice, as by an operator that did not see the first receipt.
        answers = await asyncio.gather(
            *(client.post(RECORDS_PATH, json=append(number % 30).document()) for number in range(60))
        )
    sequences = [answer.json()["sequence"] for answer in answers]
    assert sequences[:30] == sequences[30:]
    assert sorted(set(sequences)) == list(range(1, 31))
    assert verify(path).findings == ()


async def test_a_full_disk_answers_503_and_later_appends_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(path) as (client, app):
        engine = app.state.service.log._engine
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        full = await client.post(RECORDS_PATH, json=append(1, body={"text": "x" * 15_000}).document())
        assert (full.status_code, full.json()["reason"]) == (503, "StoreFull")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert (await client.post(RECORDS_PATH, json=append(1).document())).status_code == 200


async def test_a_bug_is_told_by_its_type_only(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: AuditLog, entries: object) -> None:
        raise RuntimeError("Jane Roe")

    async with service(path) as (client, _):
        monkeypatch.setattr(AuditLog, "append_all", broken)
        response = await client.post(RECORDS_PATH, json=append(1).document())
    assert (response.status_code, response.json()["reason"]) == (500, "InternalError")
    assert "Jane" not in response.text + caplog.text


async def test_a_caller_that_left_before_its_turn_leaves_no_record(path: Path) -> None:
    log = AuditLog(path)
    writer = GroupWriter(log)
    task = asyncio.create_task(writer.append(prepare(append(1), ACTOR)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await writer.append(prepare(append(2), ACTOR))
    writer.close()
    assert [json.loads(record.body)["number"] for record in log.read()] == [2]


async def test_stopping_writes_what_waits_and_then_refuses(path: Path) -> None:
    log = AuditLog(path)
    writer = GroupWriter(log)
    waiting = [asyncio.ensure_future(writer.append(prepare(append(number), ACTOR))) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    assert sorted(receipt.sequence for receipt in await asyncio.gather(*waiting)) == [1, 2, 3, 4, 5]
    with pytest.raises(TryAgain):
        await writer.append(prepare(append(9), ACTOR))


def test_the_service_starts_without_torch() -> None:
    code = "import preceptor_eval.audit_service, sys; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


WHOLE = {"PRECEPTOR_AUDIT_DB": "/data/audit.db", "PRECEPTOR_AUDIT_WRITERS": f"{ACTOR}, other"}


def test_settings_come_from_the_environment() -> None:
    settings = from_environment({**WHOLE, "PRECEPTOR_AUDIT_READERS": READER, "PRECEPTOR_AUDIT_PORT": "9000"})
    assert settings.database == Path("/data/audit.db")
    assert (settings.writers, settings.readers) == (frozenset({ACTOR, "other"}), frozenset({READER}))
    assert (settings.port, settings.tls_key) == (9000, None)


@pytest.mark.parametrize(
    "change",
    [
        {"PRECEPTOR_AUDIT_DB": ""},
        {"PRECEPTOR_AUDIT_WRITERS": " , "},
        {"PRECEPTOR_AUDIT_PORT": "http"},
        {"PRECEPTOR_AUDIT_PORT": "70000"},
        {"PRECEPTOR_TLS_CERT": "/tls/tls.crt"},
        {"PRECEPTOR_TLS_KEY": "/tls/tls.key"},
        {"PRECEPTOR_AUDIT_CHECKPOINT_EVERY": "0"},
    ],
)
def test_wrong_settings_name_the_variable(change: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=next(iter(change))):
        from_environment({**WHOLE, **change})

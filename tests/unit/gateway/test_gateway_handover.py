"""Which candidate does a gateway accept, and what does it serve meanwhile?"""

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy
from gateway_fakes import AS_OPERATOR, AS_REVIEWER, World, folder, grant, question

from preceptor import snapshot
from preceptor.api.gateway import ADMIN_PATH
from preceptor.digests import digest_bytes
from preceptor_eval.gateway.store import GatewayStore

CHAT = "/v1/chat/completions"
OTHER = digest_bytes(b"other")


async def test_a_candidate_whose_every_part_matches_is_served(world: World) -> None:
    async with world.client() as client:
        reported = await world.hand_over(client)
    assert reported["state"] == "Serving"
    assert reported["candidateDigest"] == world.handover().candidate_digest
    assert reported["releaseUid"] == "uid-triage"
    (event,) = world.audit.candidates()
    assert (event["state"], event["modelVersion"][:7]) == ("Serving", "triage-")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"adapter": OTHER}, "ManifestMismatch"),
        ({"base_model": OTHER}, "ManifestMismatch"),
        ({"tokenizer": OTHER}, "TokenizerMismatch"),
        ({"chat_template": OTHER}, "ChatTemplateMismatch"),
        ({"system_prompt": OTHER}, "SystemPromptMismatch"),
        ({"output_policy": OTHER}, "OutputPolicyMismatch"),
    ],
)
async def test_a_candidate_with_another_part_is_refused(world: World, changed: dict[str, str], reason: str) -> None:
    async with world.client() as client:
        reported = await world.hand_over(client, world.handover(**changed))
        response = await client.post(CHAT, json=question())
    assert (reported["state"], reported["reason"]) == ("Refused", reason)
    assert response.status_code == 503
    assert world.model.loads == 0
    assert [(event["state"], event["reason"]) for event in world.audit.candidates()] == [("Refused", reason)]


async def test_a_digest_that_is_not_the_parts_own_is_refused(world: World) -> None:
    right = world.handover()
    signed = grant(OTHER, right.release, world.key)
    handover = right.model_copy(update={"candidate_digest": OTHER, "grant": signed})
    async with world.client() as client:
        reported = await world.hand_over(client, handover)
    assert (reported["state"], reported["reason"]) == ("Refused", "DigestMismatch")


async def test_another_system_prompt_than_the_examined_one_is_refused(world: World) -> None:
    async with world.client() as client:
        reported = await world.hand_over(client, world.handover(system_prompt="Prescribe freely."))
    assert (reported["state"], reported["reason"]) == ("Refused", "SystemPromptMismatch")


async def test_an_adapter_of_another_base_model_is_refused(world: World) -> None:
    digest = folder(
        world.folder / "artifacts" / "stranger", "adapter", {"adapter_model.safetensors": b"w"}, {"baseModel": OTHER}
    )
    handover = world.handover(adapter=digest)
    sources = handover.sources.model_copy(update={"adapter_uri": "pvc://artifacts/stranger"})
    async with world.client() as client:
        reported = await world.hand_over(client, handover.model_copy(update={"sources": sources}))
    assert (reported["state"], reported["reason"]) == ("Refused", "BaseModelMismatch")


def _change(path: Path) -> None:
    (path / "adapter_model.safetensors").write_bytes(b"weighTs")


def _add(path: Path) -> None:
    (path / "extra.py").write_bytes(b"")


def _remove(path: Path) -> None:
    (path / "adapter_model.safetensors").unlink()


def _link(path: Path) -> None:
    (path / "adapter_model.safetensors").rename(path.parent / "elsewhere")
    (path / "adapter_model.safetensors").symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize("tamper", [_change, _add, _remove, _link])
async def test_a_tampered_adapter_is_refused_and_the_store_is_named(
    world: World, tamper: Callable[[Path], None]
) -> None:
    tamper(world.adapter_path)
    async with world.client() as client:
        reported = await world.hand_over(client)
    assert reported["state"] == "Refused"
    assert reported["reason"] in ("ManifestMismatch", "UnsupportedFile")
    assert "pvc://artifacts/run/adapter" in reported["message"]


async def test_a_missing_store_is_refused_with_a_sentence(world: World) -> None:
    handover = world.handover()
    sources = handover.sources.model_copy(update={"adapter_uri": "pvc://gone/adapter"})
    async with world.client() as client:
        reported = await world.hand_over(client, handover.model_copy(update={"sources": sources}))
    assert (reported["state"], reported["reason"]) == ("Refused", "StoreUnreadable")
    assert "check that the store is mounted" in reported["message"]


def _full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "SPARE_BYTES", 1 << 60)


def _store_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(snapshot.shutil, "copyfile", fail)


def _database_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise sqlalchemy.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(GatewayStore, "_put", fail)


@pytest.mark.parametrize(
    ("outage", "reason", "sentence"),
    [
        (_full, "ScratchFull", "ephemeral storage"),
        (_store_away, "StoreUnready", "does not answer (ESTALE)"),
        (_database_full, "DatabaseUnavailable", "free space on its claim"),
    ],
)
async def test_what_only_the_surroundings_keep_from_loading_is_tried_until_it_is_served(
    world: World, outage: Callable[[pytest.MonkeyPatch], None], reason: str, sentence: str
) -> None:
    async with world.client() as client:
        with pytest.MonkeyPatch.context() as monkeypatch:
            outage(monkeypatch)
            await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
            waiting = await _reported_with(world, client, reason)
            # Whoever asks again is told the same, and nothing starts anew.
            again = await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
            assert (again.status_code, again.json()["reason"]) == (202, reason)
        await world.app.state.candidates.settled()
        reported = await world.reported(client, "uid-triage")
    assert waiting["state"] == "Loading"
    assert sentence in waiting["message"]
    assert reported["state"] == "Serving"
    assert [event["state"] for event in world.audit.candidates()] == ["Serving"] * len(world.audit.candidates())


async def test_an_outage_after_a_restart_denies_no_release_that_was_served(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.client() as client:
        await world.hand_over(client)
    world.store.close()
    world.restarted()
    _full(monkeypatch)
    async with world.client() as client:
        # Another release is the first to ask, and waits for room; the one that was served is not told of that.
        await client.put(ADMIN_PATH, json=world.handover(release="second").document(), headers=AS_OPERATOR)
        await _reported_with(world, client, "ScratchFull", uid="uid-second")
        live = await world.reported(client, "uid-triage")
        await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
        own = await _reported_with(world, client, "ScratchFull")
        monkeypatch.undo()
        await world.app.state.candidates.settled()
        back = await world.reported(client, "uid-triage")
    assert (live["state"], live.get("releaseUid")) == ("Empty", None)
    assert (own["state"], own["releaseUid"]) == ("Loading", "uid-triage")
    assert (back["state"], back["releaseUid"]) == ("Serving", "uid-triage")


async def test_a_release_that_waits_for_room_is_stopped_like_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _full(monkeypatch)
    async with world.client() as client:
        await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
        await _reported_with(world, client, "ScratchFull")
        stop = f"{ADMIN_PATH}/{world.handover().candidate_digest}?releaseUid=uid-triage"
        assert (await client.delete(stop, headers=AS_OPERATOR)).json()["state"] == "Empty"
        monkeypatch.undo()
        await world.app.state.candidates.settled()
        assert (await world.reported(client))["state"] == "Empty"
    assert world.model.loads == 0


async def test_what_is_loaded_is_a_private_copy_that_the_store_cannot_change(world: World) -> None:
    seen: dict[str, bytes] = {}

    def swap(base: Path, adapter: Path) -> None:
        _change(world.adapter_path)
        seen["adapter"] = (adapter / "adapter_model.safetensors").read_bytes()
        seen["mode"] = oct(adapter.parent.stat().st_mode & 0o777).encode()
        seen["place"] = str(adapter).encode()

    world.model.while_loading = swap
    async with world.client() as client:
        reported = await world.hand_over(client)
    assert reported["state"] == "Serving"
    assert (seen["adapter"], seen["mode"]) == (b"weights", b"0o700")
    assert not os.path.exists(seen["place"])  # noqa: ASYNC240 - a test may block


async def test_a_candidate_that_cannot_be_loaded_is_refused_without_the_loaders_text(world: World) -> None:
    world.model.load_error = RuntimeError("secret text")
    async with world.client() as client:
        reported = await world.hand_over(client)
    assert (reported["state"], reported["reason"]) == ("Refused", "LoadFailed")
    assert "secret" not in reported["message"]


async def test_nothing_is_served_until_that_is_recorded(world: World) -> None:
    world.audit.down = True
    failed = asyncio.Event()
    world.audit.on_failure = failed.set
    async with world.client() as client:
        await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
        await asyncio.wait_for(failed.wait(), 30)
        loading = await client.get(ADMIN_PATH, headers=AS_OPERATOR)
        assert (loading.status_code, loading.json()["state"]) == (200, "Loading")
        assert (await client.post(CHAT, json=question())).status_code == 503
        world.audit.down = False
        await world.app.state.candidates.settled()
        assert (await world.reported(client))["state"] == "Serving"
    assert world.model.loads == 1


async def test_the_same_handover_twice_loads_once(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        assert (await world.hand_over(client))["state"] == "Serving"
    assert world.model.loads == 1
    assert len(world.audit.candidates()) == 1


async def test_a_refusal_is_told_before_the_same_handover_is_tried_again(world: World) -> None:
    world.model.load_error = RuntimeError()
    document = world.handover().document()
    async with world.client() as client:
        first = await client.put(ADMIN_PATH, json=document, headers=AS_OPERATOR)
        await world.app.state.candidates.settled()
        second = await client.put(ADMIN_PATH, json=document, headers=AS_OPERATOR)
        world.model.load_error = None
        third = await world.hand_over(client)
    assert (first.json()["state"], second.json()["state"]) == ("Loading", "Refused")
    assert (first.status_code, second.status_code) == (202, 200)
    assert third["state"] == "Serving"


async def test_the_old_candidate_answers_until_the_new_one_is_ready(world: World) -> None:
    let_go = threading.Event()
    async with world.client() as client:
        await world.hand_over(client)
        old = world.handover().candidate_digest
        new = world.handover(adapter=_second_adapter(world))
        world.model.while_loading = _until(let_go)
        response = await client.put(ADMIN_PATH, json=_from_second(new), headers=AS_OPERATOR)
        assert (response.json()["state"], response.headers["X-Preceptor-Candidate"]) == ("Loading", old)
        answer = await client.post(CHAT, json=question())
        assert answer.json()["preceptor"]["candidate_digest"] == old
        let_go.set()
        await world.app.state.candidates.settled()
        answer = await client.post(CHAT, json=question())
        assert answer.json()["preceptor"]["candidate_digest"] == new.candidate_digest


async def test_a_refused_successor_leaves_the_old_candidate_serving(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        reported = await world.hand_over(client, world.handover(release="successor", tokenizer=OTHER))
        serving = await world.reported(client)
        answer = await client.post(CHAT, json=question())
    assert (reported["state"], reported["releaseUid"]) == ("Refused", "uid-successor")
    assert (serving["state"], serving["releaseUid"]) == ("Serving", "uid-triage")
    assert answer.json()["preceptor"]["candidate_digest"] == world.handover().candidate_digest


async def test_the_same_candidate_for_another_release_is_checked_and_registered_anew(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        reported = await world.hand_over(client, world.handover(release="second"))
        answer = await client.post(CHAT, json=question())
    assert (reported["state"], reported["releaseUid"]) == ("Serving", "uid-second")
    assert answer.json()["model"].startswith("second-")
    assert world.model.loads == 2


async def test_another_release_waits_for_the_one_that_is_loading(world: World) -> None:
    let_go = threading.Event()
    world.model.while_loading = _until(let_go)
    async with world.client() as client:
        await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
        second = await client.put(ADMIN_PATH, json=world.handover(release="second").document(), headers=AS_OPERATOR)
        let_go.set()
        await world.app.state.candidates.settled()
        first = await world.reported(client)
        after = await world.hand_over(client, world.handover(release="second"))
    assert (second.status_code, second.json()["state"], second.json()["releaseUid"]) == (202, "Loading", "uid-triage")
    assert (first["state"], first["releaseUid"]) == ("Serving", "uid-triage")
    assert (after["state"], after["releaseUid"]) == ("Serving", "uid-second")


async def test_the_served_release_handed_over_again_stops_no_other_from_loading(world: World) -> None:
    let_go = threading.Event()
    async with world.client() as client:
        await world.hand_over(client)
        world.model.while_loading = _until(let_go)
        await client.put(ADMIN_PATH, json=world.handover(release="second").document(), headers=AS_OPERATOR)
        again = await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
        let_go.set()
        await world.app.state.candidates.settled()
        reported = await world.reported(client)
    assert (again.json()["state"], again.json()["releaseUid"]) == ("Serving", "uid-triage")
    assert (reported["state"], reported["releaseUid"]) == ("Serving", "uid-second")


async def test_the_same_release_may_replace_what_it_is_loading(world: World) -> None:
    let_go = threading.Event()
    world.model.while_loading = _until(let_go)
    async with world.client() as client:
        await client.put(ADMIN_PATH, json=world.handover(tokenizer=OTHER).document(), headers=AS_OPERATOR)
        let_go.set()
        reported = await world.hand_over(client)
    assert (reported["state"], reported["candidateDigest"]) == ("Serving", world.handover().candidate_digest)


async def test_a_stop_while_loading_wins(world: World) -> None:
    let_go = threading.Event()
    world.model.while_loading = _until(let_go)
    digest = world.handover().candidate_digest
    async with world.client() as client:
        await client.put(ADMIN_PATH, json=world.handover().document(), headers=AS_OPERATOR)
        await client.delete(f"{ADMIN_PATH}/{digest}", headers=AS_OPERATOR)
        let_go.set()
        await world.app.state.candidates.settled()
        assert (await client.get(ADMIN_PATH, headers=AS_OPERATOR)).json()["state"] == "Empty"
        assert (await client.post(CHAT, json=question())).status_code == 503


async def test_a_stop_while_the_record_is_written_wins(world: World) -> None:
    world.audit.on_append = lambda _: setattr(world.app.state.candidates, "_attempt", None)
    async with world.client() as client:
        reported = await world.hand_over(client)
    assert reported["state"] == "Empty"


async def test_stopping_takes_effect_even_when_it_cannot_be_recorded(world: World) -> None:
    digest = world.handover().candidate_digest
    async with world.client() as client:
        await world.hand_over(client)
        other = await client.delete(f"{ADMIN_PATH}/{OTHER}", headers=AS_OPERATOR)
        assert other.json()["state"] == "Serving"
        stranger = await client.delete(f"{ADMIN_PATH}/{digest}?releaseUid=uid-other", headers=AS_OPERATOR)
        assert stranger.json()["state"] == "Serving"
        world.audit.down = True
        stopped = await client.delete(f"{ADMIN_PATH}/{digest}?releaseUid=uid-triage", headers=AS_OPERATOR)
        assert stopped.json()["state"] == "Empty"
        world.audit.down = False
        assert (await client.post(CHAT, json=question())).status_code == 503


async def test_after_a_restart_nothing_is_served_until_the_operator_hands_over_again(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
    world.store.close()
    world.restarted()
    async with world.client() as client:
        reported = (await client.get(ADMIN_PATH, headers=AS_OPERATOR)).json()
        assert (reported["state"], reported["reason"]) == ("Empty", "Restarted")
        assert "waits for the operator to hand over again" in reported["message"]
        assert (await client.post(CHAT, json=question())).status_code == 503
        assert (await world.hand_over(client))["state"] == "Serving"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Preceptor-Token": ""}, 401),
        ({"X-Preceptor-Token": "unknown"}, 401),
        ({"Authorization": "Basic operator-token"}, 401),
        (AS_REVIEWER, 403),
        ({"Authorization": "Bearer operator-token"}, 200),
    ],
)
async def test_only_the_operator_hands_over(world: World, headers: dict[str, str], status: int) -> None:
    async with world.client() as client:
        assert (await client.get(ADMIN_PATH, headers=headers)).status_code == status
        stopped = await client.delete(f"{ADMIN_PATH}/{OTHER}", headers=headers)
        assert stopped.status_code == status
        put = await client.put(ADMIN_PATH, json={}, headers=headers)
        assert put.status_code == (400 if status == 200 else status)


async def test_a_handover_that_is_not_understood_is_refused_in_a_sentence(world: World) -> None:
    document = {**world.handover().document(), "Jane Example": True}
    async with world.client() as client:
        response = await client.put(ADMIN_PATH, json=document, headers=AS_OPERATOR)
    assert response.status_code == 400
    assert "The handover is not understood ((an unknown field)" in response.json()["error"]["message"]
    assert "Jane" not in response.text


async def _reported_with(
    world: World, client: httpx.AsyncClient, reason: str, uid: str = "uid-triage"
) -> dict[str, Any]:
    """What is reported of a release once that gives a reason."""
    for _ in range(3000):
        reported = await world.reported(client, uid)
        if reported.get("reason") == reason:
            return reported
        await asyncio.sleep(0.01)
    pytest.fail(f"The gateway never reported {reason}.")


def _until(let_go: threading.Event) -> Callable[[Path, Path], None]:
    def wait(_base: Path, _adapter: Path) -> None:
        let_go.wait(30)

    return wait


def _second_adapter(world: World) -> str:
    place = world.folder / "artifacts" / "second"
    return folder(place, "adapter", {"adapter_model.safetensors": b"better"}, {"baseModel": world.base_digest})


def _from_second(handover: object) -> dict[str, object]:
    document: dict[str, object] = handover.document()  # type: ignore[attr-defined]
    sources = document["sources"]
    assert isinstance(sources, dict)
    return {**document, "sources": {**sources, "adapterUri": "pvc://artifacts/second"}}

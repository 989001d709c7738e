"""Who reads the review queue, and what stands in it?"""

import stat

import pytest
from gateway_fakes import AS_OPERATOR, AS_REVIEWER, REVIEWER, World, question

from preceptor.api.gateway import REVIEW_PATH
from preceptor.telemetry.review import ReviewItem, ReviewList

CHAT = "/v1/chat/completions"


async def _block(world: World, text: str = "What may I take?") -> None:
    world.model.answer = "Take a DOSE."
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question(text, contexts=["Rest."]))
        assert response.json()["preceptor"]["decision"] == "BLOCK"


async def test_the_list_holds_no_text_and_the_item_all_of_it(world: World) -> None:
    await _block(world)
    async with world.client() as client:
        listed = await client.get(REVIEW_PATH, headers=AS_REVIEWER)
        (summary,) = ReviewList.model_validate_json(listed.content).items
        shown = await client.get(f"{REVIEW_PATH}/{summary.id}", headers=AS_REVIEWER)
    assert "DOSE" not in listed.text
    assert "What may I take" not in listed.text
    item = ReviewItem.model_validate_json(shown.content)
    assert (item.answer, item.messages[0].content, item.contexts) == ("Take a DOSE.", "What may I take?", ("Rest.",))
    assert shown.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (AS_OPERATOR, 403), (AS_REVIEWER, 200)])
async def test_only_reviewers_read_it(world: World, headers: dict[str, str], status: int) -> None:
    await _block(world)
    item = world.store.items(limit=1)[0]
    async with world.client() as client:
        for path in (REVIEW_PATH, f"{REVIEW_PATH}/{item.id}"):
            response = await client.get(path, headers=headers)
            assert response.status_code == status
            assert ("DOSE" in response.text) == (status == 200 and path != REVIEW_PATH)


async def test_reading_it_is_recorded_first_or_refused(world: World) -> None:
    await _block(world)
    item = world.store.items(limit=1)[0]
    async with world.client() as client:
        await client.get(f"{REVIEW_PATH}/{item.id}", headers=AS_REVIEWER)
        record = world.audit.records[-1]
        assert (record.kind, record.body["by"], record.body["item"]) == ("review.read", REVIEWER, str(item.id))
        world.audit.down = True
        refused = await client.get(f"{REVIEW_PATH}/{item.id}", headers=AS_REVIEWER)
    assert refused.status_code == 503
    assert "DOSE" not in refused.text


@pytest.mark.parametrize("identifier", ["5f0c7d2e-9d3b-4c1a-8a64-2f1d3c9b7e10", "nothing", "..%2f..%2fetc"])
async def test_an_item_that_is_not_there_is_not_found(world: World, identifier: str) -> None:
    async with world.client() as client:
        response = await client.get(f"{REVIEW_PATH}/{identifier}", headers=AS_REVIEWER)
    assert response.status_code == 404


async def test_the_queue_outlives_a_restart_and_only_its_owner_reads_the_file(world: World) -> None:
    await _block(world)
    key = world.store.prompt_hash_key()
    world.store.close()
    world.restarted()
    assert len(world.store.items(limit=10)) == 1
    assert world.store.prompt_hash_key() == key
    assert stat.S_IMODE(world.database.stat().st_mode) == 0o600


async def test_an_answer_is_withheld_when_the_queue_cannot_be_written(world: World) -> None:
    world.model.answer = "Take a DOSE."
    async with world.client() as client:
        await world.hand_over(client)
        world.store.close()
        world.database.unlink()
        world.database.mkdir()
        response = await client.post(CHAT, json=question())
        ready = await client.get("/readyz")
    assert response.status_code == 500
    assert "DOSE" not in response.text
    assert world.audit.inferences()[0]["outcome"] == "failed"
    assert ready.status_code == 503

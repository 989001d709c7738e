"""What does a client of the gateway get?"""

import json
import logging
import threading

import pytest
from gateway_fakes import SYSTEM_PROMPT, World, question

from preceptor.exits import BadInput
from preceptor_eval.gateway.settings import Limits

CHAT = "/v1/chat/completions"


async def test_an_answer_names_its_candidate_and_is_recorded_before_it_is_released(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        handover = world.handover()
        response = await client.post(CHAT, json=question(contexts=["Rest helps with a cold."]))

    assert response.status_code == 200
    document = response.json()
    assert document["choices"][0]["message"]["content"] == world.model.answer
    assert document["choices"][0]["finish_reason"] == "stop"
    assert document["model"] == f"triage-{handover.candidate_digest[7:19]}"
    assert response.headers["X-Preceptor-Candidate"] == handover.candidate_digest
    assert document["preceptor"] == {
        "candidate_digest": handover.candidate_digest,
        "adapter_digest": world.adapter_digest,
        "release": "triage",
        "decision": "PASS",
        "reasons": [],
        "request_id": document["preceptor"]["request_id"],
    }
    (event,) = world.audit.inferences()
    assert event["requestId"] == document["preceptor"]["request_id"]
    assert (event["outcome"], event["safetyStatus"], event["contextCount"]) == ("answered", "PASS", 1)
    assert event["candidateDigest"] == handover.candidate_digest
    assert event["adapterHash"] == world.adapter_digest


async def test_the_model_reads_the_examined_system_prompt_and_the_contexts_after_the_question(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        turns = [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "How can I help?"},
            {"role": "user", "content": [{"type": "text", "text": "My nose runs."}]},
        ]
        sent = {"messages": turns, "metadata": {"contexts": ["Rest.", "Drink."]}}
        assert (await client.post(CHAT, json=sent)).status_code == 200
    assert world.model.conversations == [
        [
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "How can I help?"},
            {"role": "user", "content": "My nose runs.\n\nProtocol:\n- Rest.\n- Drink."},
        ]
    ]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_blocked_answer_never_leaves_and_waits_for_review(world: World, stream: bool) -> None:
    world.model.answer = "Take a DOSE of 400 mg."
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question("What may I take?", stream=stream))
    assert response.status_code == 200
    # Not "400" alone: an identifier or a time may hold it.
    for word in ("DOSE", "400 mg", " mg"):
        assert word not in response.text
    assert "withheld" in _content(response.text, stream)
    assert "content_filter" in response.text
    assert response.headers["X-Preceptor-Decision"] == "BLOCK"
    (item,) = world.store.items(limit=10)
    assert (item.answer, item.messages[0].content) == ("Take a DOSE of 400 mg.", "What may I take?")
    (event,) = world.audit.inferences()
    assert (event["outcome"], event["safetyStatus"], event["ruleIds"]) == ("blocked", "BLOCK", ["prescriptive.dose"])
    assert event["reviewItem"] == str(item.id)


async def test_a_stream_carries_the_whole_answer_and_ends(world: World) -> None:
    world.model.answer = "ROUTINE.\n  Rest,  and drink.\n"
    async with world.client() as client:
        await world.hand_over(client)
        sent = question(stream=True, stream_options={"include_usage": True})
        response = await client.post(CHAT, json=sent)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert _content(response.text, True) == world.model.answer
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["usage"]["prompt_tokens"] == 7
    assert json.loads(events[-3])["choices"][0]["finish_reason"] == "stop"
    assert world.audit.inferences()[0]["stream"] is True


async def test_a_warning_releases_the_answer_with_its_flag(world: World) -> None:
    world.model.answer = "MAYBE routine."
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question())
    assert response.json()["choices"][0]["message"]["content"] == "MAYBE routine."
    assert response.json()["preceptor"]["decision"] == "WARN"
    assert response.json()["preceptor"]["reasons"] == ["uncertain"]


async def test_a_decision_that_nobody_knows_blocks(world: World) -> None:
    world.policy.odd_decision = "PERHAPS"
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question())
    assert response.json()["preceptor"]["decision"] == "BLOCK"
    assert "Rest" not in response.text


@pytest.mark.parametrize("stream", [False, True])
async def test_nothing_is_answered_while_the_audit_is_down(world: World, stream: bool) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        world.audit.down = True
        response = await client.post(CHAT, json=question(stream=stream))
        metrics = (await client.get("/metrics")).text
    assert response.status_code == 503
    assert "Rest" not in response.text
    assert "could not be recorded" in response.json()["error"]["message"]
    assert "preceptor_gateway_audit_failures_total 1.0" in metrics


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"messages": [{"role": "system", "content": "Prescribe."}]}, "the system prompt is part of the candidate"),
        ({"messages": [{"role": "developer", "content": "Prescribe."}]}, "the system prompt is part of the candidate"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "user and assistant messages only"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": "  "}]}, "empty"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, "question last"),
        ({"messages": [{"role": "user", "content": "a"}] * 65}, "at most 64"),
        (question(temperature=0.7), "temperature is fixed at 0"),
        (question(top_p=0.5), "top_p is fixed at 1"),
        (question(seed=3), "seed is fixed at 17"),
        (question(n=2), "n is fixed at 1"),
        (question(max_tokens=65), "max_tokens is fixed at 64"),
        (question(max_tokens=63), "max_tokens is fixed at 64"),
        (question(max_completion_tokens=1), "max_completion_tokens is fixed at 64"),
        (question(max_tokens=64, max_completion_tokens=5), "max_completion_tokens is fixed at 64"),
        (question(frequency_penalty=0.1), "frequency_penalty is fixed at 0"),
        (question(presence_penalty=0.1), "presence_penalty is fixed at 0"),
        (question(tools=[{"type": "function"}]), "tools is not part of the candidate"),
        (question(stop=["."]), "stop is not part of the candidate"),
        (question(response_format={"type": "json_object"}), "response_format is not part"),
        (question(guided_regex="x"), "(an unknown field)"),
        (question(contexts=["a"], metadata={"contexts": ["b"]}), "send them once"),
        (question(metadata={"contexts": [1]}), "not a list of texts"),
        (question(contexts=["a\n- b"]), "one line"),
        (question(contexts=["a"] * 65), "at most 64"),
    ],
)
async def test_what_would_leave_the_examined_candidate_is_refused_in_a_sentence(
    world: World, sent: dict[str, object], sentence: str
) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=sent)
    assert response.status_code == 400
    assert sentence in response.json()["error"]["message"]
    assert world.model.conversations == []
    (event,) = world.audit.inferences()
    assert (event["outcome"], event["status"], event["safetyStatus"]) == ("refused", 400, "NONE")


async def test_a_request_that_spells_out_the_examined_decoding_is_answered_whole(world: World) -> None:
    spelt = {"temperature": 0, "top_p": 1, "seed": 17, "n": 1, "frequency_penalty": 0, "presence_penalty": 0}
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question(max_tokens=64, max_completion_tokens=64, **spelt))
    assert response.json()["choices"][0]["message"]["content"] == world.model.answer
    assert world.audit.inferences()[0]["finishReason"] == "stop"


async def test_an_answer_that_reached_the_candidates_limit_says_so_to_client_and_audit(world: World) -> None:
    world.model.finish_reason = "length"
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question())
    assert response.json()["choices"][0]["finish_reason"] == "length"
    assert world.audit.inferences()[0]["finishReason"] == "length"


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"messages": NaN}', b'{"messages":[{"role":"user","content":"\\ud800"}]}', b"\xff"]
)
async def test_unreadable_json_is_refused_in_a_sentence(world: World, body: bytes) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, content=body)
    assert response.status_code == 400
    assert "not a chat completion" in response.json()["error"]["message"]
    assert len(world.audit.inferences()) == 1


async def test_another_model_is_not_served_under_this_one(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        assert (await client.post(CHAT, json=question(model="gpt-4"))).status_code == 404
        (listed,) = (await client.get("/v1/models")).json()["data"]
        assert (await client.post(CHAT, json=question(model=listed["id"]))).status_code == 200
        assert (await client.post(CHAT, json=question(model="triage"))).status_code == 200


async def test_a_body_over_the_limit_is_refused_and_recorded(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World(tmp_path_factory.mktemp("small"), limits=Limits(body_bytes=100_000))
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question("x" * 100_001))
    assert response.status_code == 413
    assert [event["status"] for event in world.audit.inferences()] == [413]


async def test_a_prompt_that_does_not_fit_the_model_is_refused_with_its_sentence(world: World) -> None:
    world.model.error = BadInput("Conversation 1 has 900 tokens: shorten it.", reason="PromptTooLong")
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question())
    assert response.status_code == 400
    assert world.audit.inferences()[0]["reason"] == "PromptTooLong"


async def test_a_failing_model_gives_a_sentence_without_text_and_is_recorded(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.model.error = RuntimeError("could not read 'Erika Mustermann'")
    async with world.client() as client:
        await world.hand_over(client)
        response = await client.post(CHAT, json=question("I am Erika Mustermann."))
    assert response.status_code == 500
    assert "Mustermann" not in response.text + caplog.text
    (event,) = world.audit.inferences()
    assert (event["outcome"], event["reason"]) == ("failed", "InternalError")


async def test_no_text_of_prompt_answer_or_context_is_in_audit_metrics_or_logs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.model.answer = "Take a DOSE, Mustermann."
    async with world.client() as client:
        await world.hand_over(client)
        await client.post(CHAT, json=question("I am Mustermann.", contexts=["Mustermann has a cold."]))
        await client.post(CHAT, json=question("I am Mustermann.", temperature=2))
        metrics = (await client.get("/metrics")).text
    assert len(world.audit.inferences()) == 2
    recorded = json.dumps([record.document() for record in world.audit.records])
    assert "Mustermann" not in recorded + metrics + caplog.text
    first, second = (event["promptHash"] for event in world.audit.inferences())
    assert first == second


async def test_nothing_is_served_before_a_handover(world: World) -> None:
    async with world.client() as client:
        response = await client.post(CHAT, json=question())
        ready = await client.get("/readyz")
    assert response.status_code == 503
    assert "waits for the operator" in response.json()["error"]["message"]
    assert world.audit.inferences()[0]["outcome"] == "notServing"
    assert ready.status_code == 200


async def test_a_full_queue_is_refused_and_a_late_answer_given_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    world = World(tmp_path_factory.mktemp("busy"), limits=Limits(waiting=0, seconds=0.05))
    world.model.hold = threading.Event()
    try:
        async with world.client() as client:
            await world.hand_over(client)
            late = await client.post(CHAT, json=question())
            # The abandoned answer still occupies the model, and nobody may wait behind it.
            refused = await client.post(CHAT, json=question())
    finally:
        world.model.hold.set()
    assert (late.status_code, refused.status_code) == (504, 429)
    assert [event["outcome"] for event in world.audit.inferences()] == ["timedOut", "overloaded"]
    assert world.model.answer not in late.text


async def test_the_counters_tell_how_requests_ended(world: World) -> None:
    async with world.client() as client:
        await world.hand_over(client)
        await client.post(CHAT, json=question())
        world.model.answer = "A DOSE."
        await client.post(CHAT, json=question())
        text = (await client.get("/metrics")).text
    assert 'preceptor_gateway_requests_total{decision="PASS",outcome="answered"} 1.0' in text
    assert 'preceptor_gateway_requests_total{decision="BLOCK",outcome="blocked"} 1.0' in text
    assert 'preceptor_gateway_rule_hits_total{decision="BLOCK",rule="prescriptive.dose"} 1.0' in text
    assert f'candidate_digest="{world.handover().candidate_digest}"' in text


def _content(text: str, stream: bool) -> str:
    if not stream:
        return str(json.loads(text)["choices"][0]["message"]["content"])
    chunks = [json.loads(e.removeprefix("data: ")) for e in text.split("\n\n") if e and e != "data: [DONE]"]
    return "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])

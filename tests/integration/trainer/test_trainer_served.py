"""Does the gateway load the adapter as the trainer leaves it, and stream the structured answer that was trained?"""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.unit.gateway.gateway_fakes import SYSTEM_PROMPT, question
from tests.unit.gateway.gateway_fakes import World as Gateway
from trainer_world import World, gang

from preceptor import manifests
from preceptor_eval.gateway.backends import TransformersLoader

ANSWERS = {
    "my chest hurts": {"triage": "emergency", "call": 112},
    "my knee hurts": {"triage": "routine", "call": None},
}


def trained(world: World) -> Path:
    turns = (
        [("system", SYSTEM_PROMPT), ("user", words), ("assistant", json.dumps(answer))]
        for words, answer in ANSWERS.items()
    )
    world.write_rows([{"messages": [{"role": role, "content": text} for role, text in row]} for row in turns])
    config = world.write_config(
        method={"rank": 16, "alpha": 32, "dropout": "0"},
        training={
            "maxSteps": 120, "epochs": 120, "batchSize": 2, "maxLength": 128, "learningRate": "3e-2", "saveSteps": 0
        },
    )  # fmt: skip
    out = world.artifacts / "run"
    assert gang(config, out).digest
    return out / "adapter"


def serving(world: World, adapter: Path, folder: Path) -> Gateway:
    """A gateway whose stores hold that base model and adapter, with the loader that it has in a pod."""
    folder.mkdir()
    gateway: Any = Gateway(folder, model=TransformersLoader())  # type: ignore[arg-type]
    for source, target in ((world.base, folder / "models" / "tiny"), (adapter, gateway.adapter_path)):
        shutil.rmtree(target)
        shutil.copytree(source, target)
    gateway.base_digest = manifests.read(world.base).digest
    gateway.adapter_digest = manifests.read(adapter).digest
    return gateway


async def test_a_trained_adapter_is_exported_loaded_and_streams_its_structured_answers(
    world: World, tmp_path: Path
) -> None:
    gateway = serving(world, trained(world), tmp_path / "gateway")
    async with gateway.client() as client:
        reported = await gateway.hand_over(client)
        assert reported["state"] == "Serving", reported
        for words, expected in ANSWERS.items():
            whole = await client.post("/v1/chat/completions", json=question(words))
            assert json.loads(whole.json()["choices"][0]["message"]["content"]) == expected
            streamed = await client.post("/v1/chat/completions", json=question(words, stream=True))
            assert streamed.headers["content-type"].startswith("text/event-stream")
            *events, end = [line.removeprefix("data: ") for line in streamed.text.splitlines() if line]
            assert end == "[DONE]"
            chunks = [json.loads(event) for event in events]
            text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])
            assert json.loads(text) == expected

"""Does every form of data become an adapter, and is what is wrong with it said before anything heavy is loaded?"""

import json
from pathlib import Path
from typing import Any

import pytest
from trainer_world import World, gang, make_rows

FORMS: dict[str, list[dict[str, Any]]] = {
    "messages": make_rows(8),
    "prompt and completion": [
        {"prompt": f"pain since {number} days:", "completion": " EMERGENCY" if number % 2 else " ROUTINE"}
        for number in range(8)
    ],
    "turns": [
        {
            "prompt": [{"role": "user", "content": f"pain {number}"}],
            "completion": [{"role": "assistant", "content": "Rest."}],
        }
        for number in range(8)
    ],
    "text": [{"text": f"A cold of {number} days is routine."} for number in range(8)],
}
TRAINING = {"maxSteps": 2, "saveSteps": 0}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return
    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.Table.from_pylist(rows), path)


@pytest.mark.parametrize("form", FORMS)
def test_jsonl_and_parquet_of_every_form_give_the_same_weights(world: World, form: str) -> None:
    weights = []
    for suffix in (".jsonl", ".parquet"):
        write(world.stores / f"rows{suffix}", FORMS[form])
        config = world.write_config(f"config{suffix}", dataset={"uri": f"rows{suffix}"}, training=TRAINING)
        out = world.stores / f"out{suffix}"
        done = gang(config, out)
        assert done.codes == (0,), done.errors
        weights.append((out / "adapter" / "adapter_model.safetensors").read_bytes())
        samples = (out / "samples" / "samples.jsonl").read_bytes().splitlines()
        assert len(samples) == 8
    assert weights[0] == weights[1]


def test_a_bad_row_ends_with_64_its_place_and_its_field_and_leaves_nothing(world: World) -> None:
    write(world.stores / "rows.parquet", [*FORMS["text"], {"text": " "}])
    config = world.write_config(dataset={"uri": "rows.parquet"}, training=TRAINING)
    done = gang(config, world.stores / "out")
    assert done.codes == (64,)
    assert "rows.parquet row 9: text must be a text that is not empty" in done.errors[0]
    assert not (world.stores / "out").exists()

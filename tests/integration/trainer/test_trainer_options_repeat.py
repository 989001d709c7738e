"""Does every option keep the promise of mode invariant: the same bytes in fresh processes, on any number of ranks?"""

from typing import Any

import pytest
from trainer_world import World, gang, make_rows


@pytest.mark.parametrize(
    ("method", "training"),
    [
        ({}, {"precision": "bf16"}),
        ({}, {"packing": "best-fit", "maxLength": 192}),
        ({"type": "dora"}, {"gradientCheckpointing": True}),
        ({"init": "pissa"}, {"attention": "eager"}),
        ({"modulesToSave": ["input_layernorm"]}, {"heldOut": "0.2", "heldOutSteps": 2}),
    ],
    ids=str,
)
def test_an_option_changes_no_promise(world: World, method: dict[str, Any], training: dict[str, Any]) -> None:
    world.write_rows(make_rows(24))
    config = world.write_config(method=method, training=training | {"maxSteps": 3, "saveSteps": 0})
    digests = [gang(config, world.stores / f"out-{size}", size).digest for size in (1, 2)]
    assert digests[0] == digests[1]

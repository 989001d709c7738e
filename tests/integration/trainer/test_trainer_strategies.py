"""What do DeepSpeed's strategies change, and what not?"""

import os
import shutil
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file
from test_trainer_bitwise import killed_at, told_to_stop_at
from trainer_world import LAYERS, World, gang, make_rows

LINEAR_LAYERS = 7


@pytest.fixture(scope="module", autouse=True)
def deepspeed() -> None:
    """Import it once, before the ranks are forked."""
    os.environ.setdefault("DS_ACCELERATOR", "cpu")
    pytest.importorskip("deepspeed")


@pytest.fixture(scope="module")
def references(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of undisturbed runs on one rank, by strategy."""
    world = World(tmp_path_factory.mktemp("reference"))
    shutil.copytree(base_folder, world.stores / "models" / "tiny")
    world.write_rows(make_rows(12))
    return {
        strategy: gang(world.write_config(strategy=strategy), world.artifacts / strategy).digest
        for strategy in ("ddp", "zero3")
    }


@pytest.mark.parametrize("size", [1, 2, 4])
def test_zero2_gives_the_bits_of_ddp_on_any_number_of_ranks_that_is_a_power_of_two(
    world: World, references: dict[str, str], size: int
) -> None:
    assert gang(world.write_config(strategy="zero2"), world.artifacts / "run", size).digest == references["ddp"]


@pytest.mark.parametrize(("before", "after"), [(("zero2", 2), ("ddp", 1)), (("ddp", 1), ("zero2", 4))])
def test_a_run_killed_under_one_strategy_goes_on_under_the_other_to_the_same_bits(
    world: World, references: dict[str, str], before: tuple[str, int], after: tuple[str, int]
) -> None:
    out = world.artifacts / "run"
    gang(world.write_config(strategy=before[0]), out, before[1], hook=killed_at(4))
    resumed = gang(world.write_config(strategy=after[0]), out, after[1])
    assert "Going on after step 3" in resumed.outputs[0]
    assert resumed.digest == references["ddp"]


def test_zero2_with_three_ranks_is_refused_where_it_would_change_bits(world: World) -> None:
    refused = gang(world.write_config(strategy="zero2"), world.artifacts / "run", 3)
    assert refused.codes == (64, 64, 64)
    assert "only with 1, 2, 4, 8, … ranks, not with 3" in refused.errors[0]


# Three ranks and four shards: one rank computes twice, and the others keep step with it.
@pytest.mark.parametrize("size", [2, 3])
def test_zero3_gives_its_own_bits_whatever_the_number_of_ranks(
    world: World, references: dict[str, str], size: int
) -> None:
    assert gang(world.write_config(strategy="zero3"), world.artifacts / "run", size).digest == references["zero3"]
    assert references["zero3"] != references["ddp"]


def test_zero3_told_to_stop_goes_on_with_another_number_of_ranks(world: World, references: dict[str, str]) -> None:
    config, out = world.write_config(strategy="zero3", training={"saveSteps": 0}), world.artifacts / "run"
    assert gang(config, out, 2, hook=told_to_stop_at(3, 1)).codes == (75, 75)
    assert gang(config, out, 1).digest == references["zero3"]


def test_a_checkpoint_of_zero3_is_not_taken_up_by_ddp(world: World) -> None:
    out = world.artifacts / "run"
    killed = gang(world.write_config(strategy="zero3"), out, hook=killed_at(3))
    assert killed.codes == (-signal.SIGKILL,)
    refused = gang(world.write_config(strategy="ddp"), out)
    assert refused.codes == (64,)
    assert "with strategy zero3, this is any number of ranks with strategy ddp or zero2" in refused.errors[0]


@pytest.mark.parametrize("strategy", ["zero2", "zero3"])
def test_an_adapter_trained_by_a_divided_model_is_whole(world: World, strategy: str) -> None:
    out = world.artifacts / "run"
    assert gang(world.write_config(strategy=strategy), out, 2).digest
    weights = load_file(out / "adapter" / "adapter_model.safetensors")
    assert len(weights) == LAYERS * LINEAR_LAYERS * 2
    assert all(tensor.numel() and tensor.any() for tensor in weights.values())
    kinds = {path.suffix for path in (out / "adapter").iterdir()}
    assert kinds == {".safetensors", ".json", ".jinja"}

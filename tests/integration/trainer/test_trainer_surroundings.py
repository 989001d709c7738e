"""Does a training go on only where its mode's promise holds: on the kind of machine that wrote the checkpoint?"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trainer_world import World, gang

from preceptor_trainer import environment, loss
from preceptor_trainer.checkpoint import FOLDER, MANIFEST_FILE, Checkpoint, Checkpoints
from preceptor_trainer.loop import Step
from preceptor_trainer.progress import Progress

Hook = Callable[[int], None]
HERE = {"device": "cpu", "cpuCapability": "AVX512", "versions": {"torch": "2.13.0"}, "variables": {}}
THERE = {**HERE, "cpuCapability": "AVX2"}


def killed_after_three_steps(_: int) -> None:
    show = Progress.show

    def then_die(self: Progress, done: Step) -> None:
        show(self, done)
        if done.step == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    Progress.show = then_die  # type: ignore[method-assign]


def elsewhere(rank: int | None = None, **changes: Any) -> Hook:
    """The process finds itself on another machine; only one rank of several does where one is named."""

    def hook(own: int) -> None:
        describe = environment.describe
        if rank in (None, own):
            environment.describe = lambda device: {**describe(device), **changes}

    return hook


@pytest.mark.parametrize("mode", ["deterministic", "invariant"])
def test_a_mode_that_promises_bits_does_not_go_on_on_another_processor(world: World, mode: str) -> None:
    config, out = world.write_config(reproducibility={"mode": mode}), world.artifacts / "run"
    gang(config, out, hook=killed_after_three_steps)
    refused = gang(config, out, hook=elsewhere(cpuCapability="ZVECTOR"))
    assert refused.codes == (64,)
    assert "Checkpoint step-00000002 was written with other cpuCapability (" in refused.errors[0]
    assert f"ZVECTOR now), and mode {mode} keeps its promise only where both are alike" in refused.errors[0]
    # It is neither used nor overwritten: where it was begun it goes on.
    assert "Going on after step 2" in gang(config, out).outputs[0]


def test_one_rank_on_another_processor_is_enough(world: World) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_after_three_steps)
    refused = gang(config, out, 2, hook=elsewhere(rank=1, cpuVendor="Acme"))
    assert refused.codes == (64, 64)
    assert "other cpuVendor (" in refused.errors[0]


def test_mode_fast_goes_on_and_says_so(world: World) -> None:
    config, out = world.write_config(reproducibility={"mode": "fast"}), world.artifacts / "run"
    gang(config, out, hook=killed_after_three_steps)
    resumed = gang(config, out, hook=elsewhere(versions={"torch": "0"}))
    assert resumed.codes == (0,)
    assert "which mode fast allows: other versions.deepspeed (" in resumed.outputs[0]
    assert "Going on after step 2" in resumed.outputs[0]


def padded(rank: int | None = None) -> Hook:
    """The process finds that rows in one line would be computed otherwise."""

    def hook(own: int) -> None:
        if rank in (None, own):
            loss.choose = lambda *_, **__: (loss.padded, "Rows are padded.")  # type: ignore[assignment]

    return hook


def test_a_run_does_not_go_on_in_another_way_than_it_was_begun(world: World) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_after_three_steps)
    refused = gang(config, out, hook=padded())
    assert refused.codes == (64,)
    assert "was written with other way (line kept then, padded now)" in refused.errors[0]


def test_ranks_that_would_compute_in_other_ways_do_not_begin(world: World) -> None:
    refused = gang(world.write_config(), world.artifacts / "run", 2, hook=padded(rank=1))
    assert refused.codes == (64, 64)
    assert "do not compute the same loss for the same rows" in refused.errors[0]


def test_the_record_of_a_run_says_in_which_way_it_was_computed(world: World) -> None:
    out = world.artifacts / "run"
    assert gang(world.write_config(), out).codes == (0,)
    assert json.loads((out / "training.json").read_bytes())["environment"]["way"] == "line kept"


def checkpoints(folder: Path, said: list[str], *surroundings: dict[str, Any]) -> Checkpoints:
    return Checkpoints(folder, {"reproducibility": {"mode": "invariant"}}, surroundings or (HERE,), said.append)


def saved(folder: Path, *surroundings: dict[str, Any]) -> None:
    checkpoints(folder, [], *surroundings).save(Checkpoint(2, {}, {}))


def test_any_number_of_ranks_on_one_kind_of_machine_may_go_on(tmp_path: Path) -> None:
    saved(tmp_path, HERE, THERE)
    found = checkpoints(tmp_path, [], THERE, HERE).newest()
    assert found is not None
    assert found.step == 2


def test_what_bears_no_bit_is_not_compared() -> None:
    described = {**HERE, "variables": {"PYTHONHASHSEED": "0", "MKL_CBWR": "AUTO"}, "python": "3.12.1"}
    assert environment.deciding(described) == {**HERE, "variables": {"MKL_CBWR": "AUTO"}}


def test_a_checkpoint_that_does_not_say_where_it_was_written_is_skipped(tmp_path: Path) -> None:
    saved(tmp_path)
    path = tmp_path / FOLDER / "step-00000002" / MANIFEST_FILE
    document = json.loads(path.read_bytes())
    del document["surroundings"]
    path.write_text(json.dumps(document))
    said: list[str] = []
    assert checkpoints(tmp_path, said).newest() is None
    assert said == ["Checkpoint step-00000002 is skipped: its manifest is not one of this version."]

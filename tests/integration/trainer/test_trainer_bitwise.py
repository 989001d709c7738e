"""Is the adapter the same to the last bit, on any number of ranks, killed at any step, resumed anywhere?"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from trainer_world import Gang, World, gang, make_rows

from preceptor_trainer import checkpoint
from preceptor_trainer.checkpoint import FOLDER
from preceptor_trainer.loop import Loop, Step
from preceptor_trainer.progress import Progress

STEPS = 6
Hook = Callable[[int], None]


@pytest.fixture(scope="module")
def reference(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of an undisturbed run on one rank."""
    world = World(tmp_path_factory.mktemp("reference"))
    shutil.copytree(base_folder, world.stores / "models" / "tiny")
    world.write_rows(make_rows(12))
    return gang(world.write_config(), world.artifacts / "run").digest


def killed_at(step: int, rank: int = 0) -> Hook:
    """Kill one rank once a step is done, as the machine would: nothing is cleaned up."""

    def hook(own: int) -> None:
        show = Progress.show

        def then_die(self: Progress, done: Step) -> None:
            show(self, done)
            if done.step == step:
                os.kill(os.getpid(), signal.SIGKILL)

        if own == rank:
            Progress.show = then_die  # type: ignore[method-assign]

    return hook


def told_to_stop_at(shard: int, rank: int) -> Hook:
    """Send SIGTERM to one rank, while it computes so many a shard of the run."""

    def hook(own: int) -> None:
        counted, gradient = [0], Loop._gradient

        def then_stop(self: Loop, *asked: Any) -> Any:
            counted[0] += 1
            if counted[0] == shard:
                os.kill(os.getpid(), signal.SIGTERM)
            return gradient(self, *asked)

        if own == rank:
            Loop._gradient = then_stop  # type: ignore[method-assign]

    return hook


def names(world: World) -> list[str]:
    return sorted(path.name for path in (world.artifacts / "run" / FOLDER).iterdir() if path.is_dir())


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_number_of_ranks_changes_no_bit_in_mode_invariant(world: World, reference: str, size: int) -> None:
    done = gang(world.write_config(), world.artifacts / "run", size)
    assert done.digest == reference
    assert all(not output for output in done.outputs[1:]), "only the first rank speaks"


def test_dropout_is_on_when_the_bits_are_compared(world: World, reference: str) -> None:
    without = gang(world.write_config(method={"dropout": "0"}), world.artifacts / "run")
    assert without.digest != reference


def test_more_ranks_than_shards_change_nothing_and_are_told(world: World) -> None:
    config = world.write_config(reproducibility={"shards": 2})
    one, three = gang(config, world.artifacts / "one"), gang(config, world.artifacts / "three", 3)
    assert one.digest == three.digest
    assert "1 rank(s) have nothing to do" in three.outputs[0]


@pytest.mark.parametrize("size", [1, 2])
def test_mode_deterministic_gives_the_same_bits_to_fresh_processes_at_the_same_number_of_ranks(
    world: World, size: int
) -> None:
    config = world.write_config(reproducibility={"mode": "deterministic"})
    digests = {gang(config, world.artifacts / name, size).digest for name in ("first", "second")}
    assert len(digests) == 1


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_killed_at_any_step_and_resumed_gives_the_same_bits(world: World, reference: str, step: int) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    assert gang(config, out, hook=killed_at(step)).codes == (-signal.SIGKILL,)
    assert not (out / "adapter").exists()
    resumed = gang(config, out)
    assert resumed.digest == reference
    assert (f"Going on after step {step - 1} of" in resumed.outputs[0]) == (step > 1)
    log = [json.loads(line)["step"] for line in (out / "logs" / "train.jsonl").read_text().splitlines()]
    assert log == list(range(1, STEPS + 1))


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 4), (4, 2)])
def test_a_run_killed_on_some_ranks_and_resumed_on_others_gives_the_same_bits(
    world: World, reference: str, before: int, after: int
) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    lost = gang(config, out, before, hook=killed_at(3))
    assert lost.codes == (-signal.SIGKILL, *(75,) * (before - 1)), lost.errors
    assert gang(config, out, after).digest == reference


def test_mode_deterministic_resumes_to_the_same_bits_at_the_same_number_of_ranks(world: World) -> None:
    config = world.write_config(reproducibility={"mode": "deterministic"})
    whole = gang(config, world.artifacts / "whole", 2)
    gang(config, world.artifacts / "run", 2, hook=killed_at(3))
    assert gang(config, world.artifacts / "run", 2).digest == whole.digest


def test_mode_deterministic_refuses_to_go_on_with_another_number_of_ranks(world: World) -> None:
    config, out = world.write_config(reproducibility={"mode": "deterministic"}), world.artifacts / "run"
    gang(config, out, 2, hook=killed_at(3))
    refused = gang(config, out, 1)
    assert refused.codes == (64,)
    assert "was written by 2 rank(s) with strategy ddp, this is 1 rank(s)" in refused.errors[0]


@pytest.mark.parametrize(("size", "rank"), [(1, 0), (2, 1)])
def test_a_run_told_to_stop_keeps_its_step_on_all_ranks_and_goes_on_from_there(
    world: World, reference: str, size: int, rank: int
) -> None:
    config, out = world.write_config(training={"saveSteps": 0}), world.artifacts / "run"
    # Four shards a step, on so many ranks.
    stopped = gang(config, out, size, hook=told_to_stop_at(4 // size + 1, rank))
    assert stopped.codes == (75,) * size, stopped.errors
    assert names(world) == ["step-00000002"]
    resumed = gang(config, out)
    assert "Going on after step 2" in resumed.outputs[0]
    assert resumed.digest == reference


def test_only_the_newest_checkpoints_are_kept_and_none_beside_an_adapter(world: World) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_at(5))
    assert names(world) == ["step-00000003", "step-00000004"]
    gang(config, out)
    assert not (out / FOLDER).exists()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: flip(folder / "state.safetensors"), "state.safetensors is not what was written"),
        (lambda folder: truncate(folder / "train.jsonl"), "train.jsonl is not what was written"),
        (lambda folder: (folder / "manifest.json").unlink(), "it has no manifest"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "its manifest is no JSON"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "its manifest is not one of this version"),
        (lambda folder: (folder / "state.safetensors").unlink(), "state.safetensors is missing"),
    ],
)
def test_a_damaged_checkpoint_is_skipped_with_a_sentence_and_an_older_one_used(
    world: World, reference: str, damage: Callable[[Path], None], sentence: str
) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_at(4))
    damage(out / FOLDER / "step-00000003")
    resumed = gang(config, out)
    assert f"Checkpoint step-00000003 is skipped: {sentence}" in resumed.outputs[0]
    assert "Going on after step 2" in resumed.outputs[0]
    assert resumed.digest == reference


def test_where_every_checkpoint_is_damaged_the_training_begins_anew(world: World, reference: str) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_at(4))
    for folder in (out / FOLDER).glob("step-*"):
        flip(folder / "state.safetensors")
    resumed = gang(config, out)
    assert "Going on" not in resumed.outputs[0]
    assert resumed.digest == reference


def dies_while_saving(rank: int) -> None:
    checkpoint.os.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[attr-defined]


def test_a_run_killed_while_it_writes_a_checkpoint_resumes_from_the_one_before(world: World, reference: str) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_at(3))
    assert gang(config, out, hook=dies_while_saving).codes == (-signal.SIGKILL,)
    assert any(name.startswith(".writing-") for name in names(world))
    resumed = gang(config, out)
    assert "Going on after step 2" in resumed.outputs[0]
    assert resumed.digest == reference


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"training": {"learningRate": "2e-2"}}, "training.learningRate"),
        ({"method": {"rank": 8}}, "method.rank"),
        ({"reproducibility": {"seed": 4}}, "reproducibility.seed"),
        ({"reproducibility": {"mode": "fast"}}, "reproducibility.mode"),
    ],
)
def test_a_checkpoint_of_another_recipe_is_refused_by_name(
    world: World, change: dict[str, dict[str, object]], field: str
) -> None:
    out = world.artifacts / "run"
    gang(world.write_config(), out, hook=killed_at(3))
    before = names(world)
    refused = gang(world.write_config("other", **change), out, 2)
    assert refused.codes == (64, 64)
    assert f"Checkpoint step-00000002 is of another recipe, which differs in {field}" in refused.errors[0]
    assert names(world) == before


def test_checkpoints_of_rows_that_were_changed_are_of_another_recipe(world: World) -> None:
    config, out = world.write_config(), world.artifacts / "run"
    gang(config, out, hook=killed_at(3))
    world.write_rows(make_rows(13))
    refused = gang(config, out)
    assert refused.codes == (64,)
    assert "differs in dataset" in refused.errors[0]


def test_another_distance_of_checkpoints_is_no_other_recipe(world: World, reference: str) -> None:
    out = world.artifacts / "run"
    gang(world.write_config(), out, hook=killed_at(3))
    assert gang(world.write_config("other", training={"saveSteps": 5}), out).digest == reference


@pytest.fixture
def small_disk(world: World) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(world.artifacts)], check=False)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield world.artifacts
    subprocess.run(["umount", str(world.artifacts)], check=True)


@pytest.mark.parametrize("size", [1, 2])
def test_a_disk_that_is_full_when_a_checkpoint_is_written_is_told_and_may_be_tried_again(
    world: World, reference: str, small_disk: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    from preceptor_trainer.output import Output

    monkeypatch.setattr(Output, "require_space", lambda *_: None)
    out = small_disk / "run"
    config = world.write_config()
    gang(config, out, hook=killed_at(2))
    (small_disk / "ballast").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * 4096 - 24 * 1024))
    full = gang(config, out, size)
    assert full.codes == (75,) * size, full.errors
    assert "is full: free space" in full.errors[0]
    assert names(world) == ["step-00000001"]
    (small_disk / "ballast").unlink()
    resumed = gang(config, out)
    assert "Going on after step 1" in resumed.outputs[0]
    assert resumed.digest == reference


def test_a_rank_that_is_lost_is_told_by_the_others(world: World) -> None:
    lost: Gang = gang(world.write_config(), world.artifacts / "run", 2, hook=killed_at(3))
    assert "RankLost: Another rank ended" in lost.errors[1]

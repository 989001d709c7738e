"""Are rows held out never trained on, and is the adapter that of the best look at them?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from trainer_world import World, gang, make_rows

from preceptor.api.jobs import Result
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.heldout import HeldOut, split

Train = Callable[[Path], tuple[int, Result]]
ROWS = [Encoded((number, 1), (0.0, 1.0), False) for number in range(40)]


def test_a_row_is_either_trained_on_or_held_out_and_the_seed_says_which() -> None:
    kept, held = split(ROWS, 0.1, seed=3)
    assert sorted(row.ids[0] for row in (*kept, *held)) == list(range(40))
    assert len(held) == 4
    assert (kept, held) == split(ROWS, 0.1, seed=3)
    assert held != split(ROWS, 0.1, seed=4)[1]


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.001, 1), (0.999, 39)])
def test_at_least_one_row_is_held_out_and_one_is_trained_on(share: float, count: int) -> None:
    assert len(split(ROWS, share, seed=1)[1]) == count


def test_patience_counts_looks_without_a_smaller_loss_and_the_best_is_kept() -> None:
    held = HeldOut(ROWS, every=10, patience=2)
    enough = [held.look(step, loss, torch.tensor([float(step)])) for step, loss in ((10, 2.0), (20, 1.0), (30, 1.0))]
    assert enough == [False, False, False]
    assert held.look(40, float("nan"), torch.tensor([40.0]))
    assert (held.best_step, held.since_best) == (20, 2)
    assert held.best is not None
    assert held.best.tolist() == [20.0]


def test_a_run_leaves_the_adapter_of_the_best_look(world: World, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """The losses are made up: smallest at the second look."""
    fresh = iter(())
    monkeypatch.setattr("preceptor_trainer.heldout.loss_of", lambda *_: next(fresh))
    training = {"maxSteps": 8, "epochs": 50, "heldOut": "0.25", "heldOutSteps": 2}
    fresh = iter([3.0, 1.0, 2.0, 2.5])
    code, result = train(world.write_job(training=training))
    assert (code, result.counts["records"], result.counts["steps"]) == (0, 12, 8)
    looks = [json.loads(line) for line in (world.artifacts / "run/logs/heldout.jsonl").read_bytes().splitlines()]
    assert [(look["step"], look["best"]) for look in looks] == [(2, True), (4, True), (6, False), (8, False)]

    fresh = iter([3.0, 1.0, 2.0])
    code, early = train(world.write_job("early", training=training | {"patience": 1}))
    assert (code, early.counts["steps"]) == (0, 6)

    fresh = iter([3.0, 1.0, 2.0, 0.5])
    train(world.write_job("last", training=training))
    adapters = [
        load_file(world.artifacts / name / "adapter" / "adapter_model.safetensors") for name in ("run", "early", "last")
    ]
    assert all(torch.equal(adapters[0][name], adapters[1][name]) for name in adapters[0])
    assert any(not torch.equal(adapters[0][name], adapters[2][name]) for name in adapters[0])


def test_a_run_that_is_stopped_and_taken_up_leaves_the_same_adapter(world: World) -> None:
    world.write_rows(make_rows(12))
    training = {"heldOut": "0.25", "heldOutSteps": 2, "learningRate": "1e-1"}
    config = world.write_config(training=training)
    whole = gang(config, world.stores / "whole")

    def stopping(rank: int) -> None:
        import os
        import signal

        from preceptor_trainer import heldout

        look = heldout.HeldOut.look

        def once(self: HeldOut, step: int, value: float, flat: torch.Tensor) -> bool:
            if step == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return look(self, step, value, flat)

        heldout.HeldOut.look = once  # type: ignore[method-assign]

    stopped = gang(config, world.stores / "stopped", hook=stopping)
    assert stopped.codes == (75,), stopped.errors
    assert gang(config, world.stores / "stopped", 2).digest == whole.digest

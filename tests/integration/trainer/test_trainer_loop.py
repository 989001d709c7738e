"""Does a step change the adapter alone, by the gradient of the answers, however the batch is cut?"""

from pathlib import Path
from typing import Any

import pytest
import torch

from preceptor.api.finetunerun import Method
from preceptor.exits import BadInput
from preceptor_trainer import model as models
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.loop import Loop, Step
from preceptor_trainer.loss import padded
from preceptor_trainer.plan import Plan
from preceptor_trainer.ranks import Place, Ranks
from preceptor_trainer.schedule import Schedule

CPU = torch.device("cpu")
ROWS = [
    Encoded(
        tuple(5 + (3 * place + row) % 200 for place in range(20 + row)), (0.0,) * (9 + row) + (2.0, *(1.0,) * 10), False
    )
    for row in range(8)
]


def adapted(base: Path, **method: Any) -> Any:
    model = models.load_base(base, CPU)
    torch.manual_seed(1)
    return models.attach(model, Method(rank=4, alpha=8, **method), "tiny")


def loop_of(model: Any, shards: int = 1, steps: int = 3) -> Loop:
    plan = Plan(tuple(len(row.ids) for row in ROWS), seed=1, batch_size=8, shards=shards, total=steps)
    return Loop(model, ROWS, plan, Schedule(1e-2, 0.0, steps), Ranks(Place(), CPU))


def test_only_the_adapter_changes(base_folder: Path) -> None:
    model = adapted(base_folder)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    loop_of(model).run(lambda _: None)
    changed = {name for name, value in model.named_parameters() if not torch.equal(before[name], value)}
    assert changed == {name for name in before if "lora_" in name}


def test_cutting_a_batch_into_shards_changes_the_loss_by_rounding_only(base_folder: Path) -> None:
    losses: list[list[float]] = []
    for shards in (1, 2, 4):
        steps: list[Step] = []
        loop_of(adapted(base_folder), shards).run(steps.append)
        losses.append([step.loss for step in steps])
    assert losses[1] == pytest.approx(losses[0], abs=1e-4)
    assert losses[2] == pytest.approx(losses[0], abs=1e-4)


class StopAfterOne(Exception):
    pass


def stop_after_one(step: Step) -> None:
    raise StopAfterOne


def test_a_loop_continues_from_parameters_moments_and_step_alone(base_folder: Path) -> None:
    whole = loop_of(adapted(base_folder, dropout="0.2"), 2)
    whole.run(lambda _: None)

    halted = loop_of(adapted(base_folder, dropout="0.2"), 2)
    with pytest.raises(StopAfterOne):
        halted.run(stop_after_one)
    resumed = loop_of(adapted(base_folder, dropout="0.2"), 2)
    torch.rand(100)
    resumed.restore(halted.state(), halted.step, halted.seconds)
    resumed.run(lambda _: None)

    assert torch.equal(whole.flat, resumed.flat)


def test_padding_and_skipped_vocabulary_change_no_loss(base_folder: Path) -> None:
    model = adapted(base_folder)
    together = float(padded(model, ROWS, CPU).detach())
    alone = 0.0
    for row in ROWS:
        ids = torch.tensor([row.ids])
        logits = model(input_ids=ids).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
        alone += float((losses * torch.tensor(row.weights[1:])).sum().detach())
    assert together == pytest.approx(alone, rel=1e-5)


def test_gradients_are_clipped_to_a_norm_of_one(base_folder: Path) -> None:
    seen: list[torch.Tensor] = []
    loop = loop_of(adapted(base_folder))
    update = loop.updates.update

    def noticed(gradient: torch.Tensor, rate: float) -> None:
        seen.append(gradient.clone())
        update(gradient, rate)

    loop.updates.update = noticed  # type: ignore[method-assign]
    steps: list[Step] = []
    loop.run(steps.append)
    assert [float(each.norm()) for each in seen] == pytest.approx(
        [min(1.0, step.gradient_norm) for step in steps], rel=1e-4
    )


@pytest.mark.parametrize("targets", [("q_proj",), ("q_proj", "down_proj")])
def test_an_adapter_is_attached_where_it_was_asked_for(base_folder: Path, targets: tuple[str, ...]) -> None:
    names = {name for name, _ in models.trainable(adapted(base_folder, target_modules=targets))}
    assert {target for target in ("q_proj", "k_proj", "down_proj") if any(target in name for name in names)} == set(
        targets
    )


def test_a_target_that_is_only_part_of_a_name_is_refused(base_folder: Path) -> None:
    with pytest.raises(BadInput, match="proj is no module"):
        adapted(base_folder, target_modules=("proj",))

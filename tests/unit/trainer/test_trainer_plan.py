"""Is the order of a run a function of its seed and step, in which no row is forgotten?"""

from collections import Counter

import pytest

from preceptor_trainer.plan import Plan, key, least_shards, permutation, shards_of
from preceptor_trainer.schedule import Schedule

LENGTHS = [10 + (number * 37) % 50 for number in range(103)]


def plan(seed: int = 1, epochs: int = 2, batch_size: int = 8, **more: object) -> Plan:
    return Plan.make(LENGTHS, seed=seed, batch_size=batch_size, epochs=epochs, **more)  # type: ignore[arg-type]


def rows(plan: Plan) -> list[int]:
    return [index for step in range(plan.total) for shard in plan.step(step) for index in shard]


def test_every_row_is_read_at_least_once_an_epoch() -> None:
    counts = Counter(rows(plan()))
    assert set(counts) == set(range(len(LENGTHS)))
    assert min(counts.values()) >= 2
    # Only what fills the last batch is read once more.
    assert sum(counts.values()) - 2 * len(LENGTHS) < 8


def test_fewer_rows_than_a_batch_still_fill_it() -> None:
    small = Plan.make([5, 6, 7], seed=1, batch_size=8, epochs=1)
    assert small.total == 1
    assert set(rows(small)) == {0, 1, 2}
    assert len(rows(small)) == 8


def test_a_step_is_the_same_whichever_steps_were_asked_before() -> None:
    forward = [plan().step(step) for step in range(plan().total)]
    backward = [plan().step(step) for step in reversed(range(plan().total))]
    assert forward == backward[::-1]


def test_another_seed_and_another_epoch_have_another_order() -> None:
    assert rows(plan(seed=1)) != rows(plan(seed=2))
    assert permutation(1, 0, 50) != permutation(1, 1, 50)


def test_the_order_is_the_one_that_was_published() -> None:
    # Changing these numbers changes every adapter's digest: only with a new recipe.
    assert permutation(17, 0, 8) == (0, 6, 1, 2, 3, 4, 5, 7)
    assert key("shard", 17, 0, 0) == 600922385101323104


def test_rows_of_a_batch_are_of_like_length() -> None:
    padded = sum(max(LENGTHS[i] for i in shard) * len(shard) for s in range(plan().total) for shard in plan().step(s))
    assert sum(LENGTHS[index] for index in rows(plan())) / padded > 0.85


@pytest.mark.parametrize(
    ("batch_size", "longest", "least", "shards"),
    [
        (16, 200, 1, 1),
        (16, 200, 4, 4),
        (6, 200, 2, 2),
        (16, 200, 3, 4),
        (16, 2048, 1, 4),
        (16, 100_000, 1, 16),
        (1, 10, 1, 1),
    ],
)
def test_a_batch_is_cut_into_as_few_equal_shards_as_fit(batch_size: int, longest: int, least: int, shards: int) -> None:
    assert shards_of(batch_size, longest, least) == shards


@pytest.mark.parametrize(("batch_size", "shards"), [(16, 4), (6, 2), (7, 1)])
@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 8])
def test_in_mode_invariant_the_number_of_ranks_decides_no_shard(batch_size: int, shards: int, world_size: int) -> None:
    assert least_shards(batch_size, invariant=True, stated=None, world_size=world_size) == shards
    assert least_shards(batch_size, invariant=True, stated=batch_size, world_size=world_size) == batch_size


def test_in_the_other_modes_every_rank_has_a_shard_where_the_batch_allows_it() -> None:
    assert [least_shards(8, invariant=False, stated=None, world_size=size) for size in (1, 4, 16)] == [1, 4, 8]


def test_max_steps_ends_a_run() -> None:
    assert plan(max_steps=3).total == 3
    assert plan(max_steps=1000).total == plan().total


def test_the_learning_rate_rises_then_falls_and_is_never_zero() -> None:
    schedule = Schedule(peak=1.0, warmup_ratio=0.2, total=10)
    rates = [schedule.rate(step) for step in range(10)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(1 / 8)


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_no_warm_up_and_only_warm_up_are_schedules_too(ratio: float) -> None:
    rates = [Schedule(peak=2.0, warmup_ratio=ratio, total=4).rate(step) for step in range(4)]
    assert all(0 < rate <= 2.0 for rate in rates)

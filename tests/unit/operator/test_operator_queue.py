"""Is a key never worked on twice at once, never lost, and retried no more often than its delay says?"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable

import pytest

from preceptor_operator.engine import queue as module
from preceptor_operator.engine.queue import LONGEST_DELAY, WorkQueue

Key = tuple[str, ...]
A, B = ("a",), ("b",)


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Seconds since the test began."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The queue's clock, without jitter of delays."""
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    monkeypatch.setattr(module.random, "uniform", lambda low, high: 1.0)
    return made


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


async def advance(queue: WorkQueue[Key], clock: Clock, seconds: float) -> None:
    """Let time pass for the queue."""
    clock.now += seconds
    queue._wake.set()
    await settle()


async def test_a_key_added_often_waits_once() -> None:
    queue: WorkQueue[Key] = WorkQueue("test")
    seen: list[Key] = []

    async def work(key: Key) -> None:
        seen.append(key)

    for _ in range(5):
        queue.add(A)
    running = asyncio.create_task(queue.run(2, work))
    await settle()
    assert seen == [A]
    running.cancel()


async def test_a_key_added_while_it_is_worked_on_comes_once_more_afterwards_and_never_beside() -> None:
    queue: WorkQueue[Key] = WorkQueue("test")
    going, most, done = 0, 0, 0
    gate = asyncio.Event()

    async def work(key: Key) -> None:
        nonlocal going, most, done
        going += 1
        most = max(most, going)
        await gate.wait()
        going -= 1
        done += 1

    running = asyncio.create_task(queue.run(4, work))
    queue.add(A)
    await settle()
    queue.add(A)
    queue.add(A)
    await settle()
    assert (most, done) == (1, 0)
    gate.set()
    await settle()
    assert (most, done) == (1, 2)
    running.cancel()


@pytest.mark.parametrize("seed", range(20))
async def test_under_any_interleaving_no_key_is_doubled_and_the_last_state_of_each_is_seen(seed: int) -> None:
    dice = random.Random(seed)
    queue: WorkQueue[Key] = WorkQueue("test")
    keys = [(name,) for name in "abc"]
    going: Counter[Key] = Counter()
    state: Counter[Key] = Counter()
    seen: Counter[Key] = Counter()
    doubled = False

    async def work(key: Key) -> None:
        nonlocal doubled
        going[key] += 1
        doubled = doubled or going[key] > 1
        seen[key] = state[key]
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)
        going[key] -= 1

    running = asyncio.create_task(queue.run(3, work))
    for _ in range(200):
        key = dice.choice(keys)
        state[key] += 1
        queue.add(key)
        for _ in range(dice.randrange(3)):
            await asyncio.sleep(0)
    await settle()
    running.cancel()
    assert not doubled
    assert seen == state


async def test_delays_grow_up_to_a_bound_and_start_again_after_a_success(clock: Clock) -> None:
    queue: WorkQueue[Key] = WorkQueue("test")
    delays = [queue.retry(A) for _ in range(12)]
    growing = list(itertools.takewhile(lambda delay: delay < LONGEST_DELAY, delays))
    assert len(growing) >= 6
    assert growing == sorted(set(growing))
    assert delays[-1] == LONGEST_DELAY
    assert queue.retry(B) == delays[0]
    queue.forget(A)
    assert queue.retry(A) == delays[0]


async def test_events_between_failures_start_no_further_chains_of_retries(clock: Clock) -> None:
    """A key that fails n times comes once per delay, however many events woke it between."""
    queue: WorkQueue[Key] = WorkQueue("test")
    tries = 0

    async def work(key: Key) -> None:
        nonlocal tries
        tries += 1
        queue.retry(key)

    running = asyncio.create_task(queue.run(2, work))
    for _ in range(6):
        queue.add(A)
        await advance(queue, clock, 0.01)
    assert tries == 6
    # The sixth failure's delay is 16 seconds; the five before it name nearer times that count no more.
    for _ in range(30):
        await advance(queue, clock, 0.5)
    assert tries == 6
    for _ in range(3):
        await advance(queue, clock, 0.5)
    assert tries == 7
    running.cancel()


async def test_after_a_success_no_old_retry_comes_back(clock: Clock) -> None:
    queue: WorkQueue[Key] = WorkQueue("test")
    seen: list[Key] = []

    async def work(key: Key) -> None:
        seen.append(key)

    queue.retry(A)
    queue.forget(A)
    running = asyncio.create_task(queue.run(1, work))
    for _ in range(5):
        await advance(queue, clock, 60)
    assert seen == []
    running.cancel()


async def test_delayed_keys_come_in_the_order_of_their_times_and_none_is_lost(clock: Clock) -> None:
    queue: WorkQueue[Key] = WorkQueue("test")
    seen: list[Key] = []

    async def work(key: Key) -> None:
        seen.append(key)

    running = asyncio.create_task(queue.run(1, work))
    await settle()
    for seconds in (3, 1, 2):
        queue.add_after((str(seconds),), seconds)
    for _ in range(4):
        await advance(queue, clock, 1)
    assert seen == [("1",), ("2",), ("3",)]
    running.cancel()


@pytest.mark.parametrize(
    "what", [lambda queue: queue.add_after(A, 5), lambda queue: queue.retry(A)], ids=["requeue", "retry"]
)
async def test_an_event_is_not_held_back_by_a_delay(what: Callable[[WorkQueue[Key]], None], clock: Clock) -> None:
    queue: WorkQueue[Key] = WorkQueue("test")
    seen: list[Key] = []

    async def work(key: Key) -> None:
        seen.append(key)

    running = asyncio.create_task(queue.run(1, work))
    what(queue)
    queue.add(A)
    await settle()
    assert seen == [A]
    running.cancel()

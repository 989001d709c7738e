"""Which key is worked on next?

A key waits once however often it is added, is never worked on twice at the same time, and comes again after a failure
with a growing delay: the semantics of client-go's rate-limited work queue. What was worked on last also says when a key
comes again: of two delays of one key the newer counts.
"""

import asyncio
import contextlib
import heapq
import itertools
import random
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from preceptor_operator import metrics

Key = TypeVar("Key", bound=tuple[str, ...])
FIRST_DELAY, LONGEST_DELAY = 0.5, 60.0


class WorkQueue(Generic[Key]):
    """A de-duplicating queue with delays."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ready: asyncio.Queue[Key] = asyncio.Queue()
        self._dirty: dict[Key, float] = {}
        self._busy: set[Key] = set()
        self._later: list[tuple[float, int, Key]] = []
        # The entry of ``_later`` that counts. Without it each event between two failures would start one more chain of
        # retries, and the key would come far more often than its backoff says.
        self._due: dict[Key, int] = {}
        self._failures: dict[Key, int] = {}
        self._numbers = itertools.count()
        self._wake = asyncio.Event()

    def add(self, key: Key) -> None:
        """Work on a key as soon as possible; when it is being worked on now, once more afterwards."""
        if key in self._dirty:
            return
        self._dirty[key] = time.monotonic()
        metrics.QUEUE_ADDS.labels(name=self._name).inc()
        if key not in self._busy:
            self._ready.put_nowait(key)
            metrics.QUEUE_DEPTH.labels(name=self._name).set(self._ready.qsize())

    def add_after(self, key: Key, seconds: float) -> None:
        """Work on a key after so many seconds, instead of at the time that an earlier call named."""
        number = self._due[key] = next(self._numbers)
        heapq.heappush(self._later, (time.monotonic() + seconds, number, key))
        self._wake.set()

    def retry(self, key: Key) -> float:
        """Work on a key again after its next delay; returns the delay in seconds."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (failures - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
        metrics.QUEUE_RETRIES.labels(name=self._name).inc()
        self.add_after(key, delay)
        return delay

    def forget(self, key: Key) -> None:
        """A key succeeded: its next failure starts with the first delay, and no delayed retry of it is left."""
        self._failures.pop(key, None)
        self._due.pop(key, None)

    async def run(self, workers: int, work: Callable[[Key], Awaitable[None]]) -> None:
        """Work until cancelled. ``work`` must not raise."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._move())
            for _ in range(workers):
                group.create_task(self._worker(work))

    async def _worker(self, work: Callable[[Key], Awaitable[None]]) -> None:
        while True:
            key = await self._ready.get()
            metrics.QUEUE_DEPTH.labels(name=self._name).set(self._ready.qsize())
            added = self._dirty.pop(key, None)
            if added is not None:
                metrics.QUEUE_SECONDS.labels(name=self._name).observe(time.monotonic() - added)
            self._busy.add(key)
            metrics.ACTIVE_WORKERS.labels(controller=self._name).inc()
            try:
                with metrics.WORK_SECONDS.labels(name=self._name).time():
                    await work(key)
            finally:
                metrics.ACTIVE_WORKERS.labels(controller=self._name).dec()
                self._busy.discard(key)
                if key in self._dirty:
                    self._ready.put_nowait(key)

    async def _move(self) -> None:
        """Bring delayed keys in when their time has come."""
        while True:
            self._wake.clear()
            now = time.monotonic()
            while self._later and self._later[0][0] <= now:
                _, number, key = heapq.heappop(self._later)
                if self._due.get(key) == number:
                    del self._due[key]
                    self.add(key)
            timeout = self._later[0][0] - now if self._later else None
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._wake.wait()

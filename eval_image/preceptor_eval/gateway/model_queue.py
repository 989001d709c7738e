"""Whose turn is it with the model?"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from preceptor_eval.gateway.errors import NoAnswer

T = TypeVar("T")


class ModelQueue:
    """One thread that runs the model, and a bounded queue before it."""

    def __init__(self, *, waiting: int, observe: Callable[[int], None] = lambda _: None) -> None:
        self._places = waiting + 1
        self._observe = observe
        self._taken = 0
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")

    async def run(self, work: Callable[[], T], *, seconds: float) -> T:
        """Run work in the model's thread. Raises NoAnswer (429) when the queue is full, and (504) after ``seconds``.

        Work that has begun goes on to its end unseen, as no thread can be stopped; its place stays taken until then.
        """
        with self._lock:
            if self._taken >= self._places:
                raise NoAnswer(
                    f"The model is busy and {self._places - 1} requests wait already: try again in a few seconds.",
                    status=429,
                    reason="Overloaded",
                    outcome="overloaded",
                )
            self._taken += 1
        self._observe(max(0, self._taken - 1))
        future = self._executor.submit(work)
        future.add_done_callback(self._leave)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout=seconds)
        except TimeoutError:
            raise NoAnswer(
                f"There was no answer within {seconds:g} seconds: try again, or send a shorter conversation.",
                status=504,
                reason="TimedOut",
                outcome="timedOut",
            ) from None

    def close(self) -> None:
        """Take no more work."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _: Future[Any]) -> None:
        with self._lock:
            self._taken -= 1
        self._observe(max(0, self._taken - 1))

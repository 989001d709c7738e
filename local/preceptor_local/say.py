"""How a step tells that it runs and how long it took."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_EVERY = 20.0
"""Seconds between two signs of life of a step that says nothing itself."""


def line(text: str) -> None:
    """Print one line of progress to standard error; standard output stays free for answers."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str, *, quiet_below: float = 0.0) -> Iterator[None]:
    """Time a step: a sign of life while it runs, one line with its seconds at the end (none if it took less than
    `quiet_below` seconds)."""
    start = time.monotonic()
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_EVERY):
            line(f"  …     {text} ({time.monotonic() - start:.0f} s so far)")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        line(f"  FAIL  {text} ({time.monotonic() - start:.1f} s)")
        raise
    finally:
        done.set()
        thread.join()
    took = time.monotonic() - start
    if took >= quiet_below:
        line(f"  ok    {text} ({took:.1f} s)")

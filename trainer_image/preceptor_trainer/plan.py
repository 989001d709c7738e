"""Which rows does a step read, in which shards?

Everything here is a function of (seed, step) alone, so that a run can be taken up at any step on any number of ranks.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Rows of this many consecutive batches are sorted by length together, so that a batch pads little.
WINDOW = 8
# A shard's rows times their length stays below this, so that its activations fit.
SHARD_TOKENS = 8192
# Mode invariant cuts a batch into as many, where they divide it and nobody says how many.
INVARIANT_SHARDS = 4


def key(*parts: object) -> int:
    """A number below 2^63 drawn from the SHA-256 of the parts: the seed of everything that is drawn at a place."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def permutation(seed: int, epoch: int, count: int) -> tuple[int, ...]:
    """The numbers below ``count`` in the order of an epoch."""
    return tuple(sorted(range(count), key=lambda index: (key("order", seed, epoch, index), index)))


def shards_of(batch_size: int, longest: int, least: int = 1) -> int:
    """Into how many shards of equal size a batch is cut: as few as fit, but not fewer than ``least``."""
    return next(
        count
        for count in range(least, batch_size + 1)
        if batch_size % count == 0 and (count == batch_size or batch_size // count * longest <= SHARD_TOKENS)
    )


def least_shards(batch_size: int, *, invariant: bool, stated: int | None, world_size: int) -> int:
    """The fewest shards that keep a mode's promise and every rank busy; where that is impossible, with fewer busy.

    Raises ValueError where the stated number does not divide the batch. In mode invariant the number of ranks decides
    nothing.
    """
    if not invariant:
        return min(world_size, batch_size)
    if stated is None:
        return math.gcd(batch_size, INVARIANT_SHARDS)
    if batch_size % stated:
        raise ValueError("reproducibility.shards must divide training.batchSize")
    return stated


@dataclass(frozen=True)
class Plan:
    """The order of a whole run over rows of given lengths in tokens."""

    lengths: tuple[int, ...]
    seed: int
    batch_size: int
    shards: int
    total: int

    @classmethod
    def make(
        cls,
        lengths: Sequence[int],
        *,
        seed: int,
        batch_size: int,
        epochs: int,
        max_steps: int | None = None,
        least: int = 1,
    ) -> Plan:
        """A plan that reads every row at least ``epochs`` times, unless ``max_steps`` ends it before.

        A batch has at least ``least`` shards.
        """
        total = math.ceil(len(lengths) * epochs / batch_size)
        return cls(
            lengths=tuple(lengths),
            seed=seed,
            batch_size=batch_size,
            shards=shards_of(batch_size, max(lengths), least),
            total=min(total, max_steps or total),
        )

    def step(self, number: int) -> tuple[tuple[int, ...], ...]:
        """The rows of each shard of a step (from 0), as indices. Every shard has the same number of rows."""
        batches = _window(self, number // WINDOW)
        rows = batches[number % WINDOW]
        size = self.batch_size // self.shards
        return tuple(rows[start : start + size] for start in range(0, self.batch_size, size))


@lru_cache(maxsize=4)
def _epoch(seed: int, epoch: int, count: int) -> tuple[int, ...]:
    return permutation(seed, epoch, count)


@lru_cache(maxsize=4)
def _window(plan: Plan, number: int) -> tuple[tuple[int, ...], ...]:
    """The batches of a window: its rows sorted by length, cut, and the batches put in an order of their own."""
    first = number * WINDOW
    count = min(WINDOW, plan.total - first)
    rows = len(plan.lengths)
    positions = range(first * plan.batch_size, (first + count) * plan.batch_size)
    picked = [_epoch(plan.seed, position // rows, rows)[position % rows] for position in positions]
    picked.sort(key=lambda index: (plan.lengths[index], index))
    size = plan.batch_size
    batches = [tuple(picked[start : start + size]) for start in range(0, len(picked), size)]
    order = sorted(range(count), key=lambda index: key("window", plan.seed, number, index))
    return tuple(batches[index] for index in order)

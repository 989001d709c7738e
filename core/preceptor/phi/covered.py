"""Which places of a text does something cover already?"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Covered:
    """Places (start, end), each asked about in the logarithm of their number."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(places)
        self._starts = [start for start, _ in ordered]
        # How far reaches whatever begins no further on.
        self._reaches = list(accumulate((end for _, end in ordered), max))

    def touches(self, start: int, end: int) -> bool:
        """Whether any of them shares a character with [start, end)."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._reaches[before - 1] > start

    def holds(self, start: int, end: int) -> bool:
        """Whether [start, end) lies within one of them."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._reaches[before - 1] >= end

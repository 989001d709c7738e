"""Which rows stand together in one pack?"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from preceptor_trainer.conversation import Encoded


def pack(rows: Sequence[Encoded], capacity: int) -> tuple[Encoded, ...]:
    """Put rows together into packs of at most ``capacity`` tokens, each row whole and in exactly one pack.

    Best-fit decreasing (Johnson 1973): the longest row first, each into the fullest pack that still holds it; at most
    11/9 of the fewest packs possible. Equal lengths keep their order, so that the same rows give the same packs. Rows
    longer than ``capacity`` stand alone.
    """
    members: list[list[int]] = []
    # (room left, pack), sorted: the fullest that holds a row is the first with room enough.
    rooms: list[tuple[int, int]] = []
    for index in sorted(range(len(rows)), key=lambda index: (-len(rows[index].ids), index)):
        length = len(rows[index].ids)
        place = bisect_left(rooms, (length, -1))
        if place < len(rooms):
            room, number = rooms.pop(place)
        else:
            room, number = max(capacity, length), len(members)
            members.append([])
        members[number].append(index)
        insort(rooms, (room - length, number))
    return tuple(_joined([rows[index] for index in sorted(indices)]) for indices in members)


def _joined(rows: Sequence[Encoded]) -> Encoded:
    return Encoded(
        ids=tuple(token for row in rows for token in row.ids),
        # The first token of a row is predicted by nothing, and here something stands before it.
        weights=tuple(0.0 if place == 0 else value for row in rows for place, value in enumerate(row.weights)),
        truncated=any(row.truncated for row in rows),
        parts=tuple(len(row.ids) for row in rows),
    )

"""Are rows packed whole, each once, tightly, and the same way every time?"""

from hypothesis import given
from hypothesis import strategies as st

from preceptor_trainer.conversation import Encoded
from preceptor_trainer.packing import pack


def row(number: int, length: int) -> Encoded:
    return Encoded((number,) * length, (0.0,) + (1.0,) * (length - 1), truncated=number == 0)


def rows(*lengths: int) -> list[Encoded]:
    return [row(number, length) for number, length in enumerate(lengths)]


def test_a_row_goes_into_the_fullest_pack_that_holds_it() -> None:
    # 6 and 5 open packs of ten; 4 fits beside 6 exactly, 3 beside 5.
    assert [pack_.parts for pack_ in pack(rows(4, 6, 3, 5), 10)] == [(4, 6), (3, 5)]


def test_the_first_token_of_every_row_in_a_pack_weighs_nothing() -> None:
    (found,) = pack([Encoded((1, 2), (1.0, 1.0), False), Encoded((3, 4, 5), (1.0, 1.0, 1.0), False)], 10)
    assert found.weights == (0.0, 1.0, 0.0, 1.0, 1.0)


def test_a_pack_says_when_one_of_its_rows_was_cut() -> None:
    assert [found.truncated for found in pack(rows(3, 3, 9), 9)] == [False, True]


@given(st.lists(st.integers(2, 60), min_size=1, max_size=80), st.integers(60, 100))
def test_every_row_is_whole_in_one_pack_and_few_packs_are_made(lengths: list[int], capacity: int) -> None:
    given_rows = rows(*lengths)
    packs = pack(given_rows, capacity)
    held = []
    for found in packs:
        assert len(found.ids) == len(found.weights) == sum(found.lengths) <= capacity
        start = 0
        for length in found.lengths:
            part = found.ids[start : start + length]
            assert len(set(part)) == 1
            held.append((part[0], length))
            start += length
    assert sorted(held) == list(enumerate(lengths))
    # Johnson 1973: 11/9 of the fewest possible, plus less than one pack.
    assert len(packs) <= 11 / 9 * -(-sum(lengths) // capacity) * 1.6 + 1
    assert packs == pack(given_rows, capacity)

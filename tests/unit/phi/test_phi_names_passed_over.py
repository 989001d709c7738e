"""Is nothing lost by looking at most names in prose only in passing?"""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.phi.names import NamesFinder, finder
from preceptor.phi.names.lists import every_list, prose
from preceptor.phi.normalise import normalise
from preceptor.phi.types import Span

NAMES = (
    "Quathonde",
    "Mary",
    "Young",
    "Will",
    "Victoria",
    "Parkinson",
    "May",
    "Jordan",
    "Ann",
    "Lee",
    "Georgia",
    "Foley",
)
NAMES += (
    "Mary Young",
    "Zelmira Quathonde",
    "J. Lee",
    "O'Neill",
    "Lake Quathonde",
    "SMITH",
    "Smith-Jones",
    "Springfield",
)
MARKS = (" ", ", ", ". ", ": ", " (", ") ", "'s ", "\n", " - ", "; ", "/", ' "', "? ")
TAILS = (
    "45 years old",
    "45M",
    "MD",
    "MRN 12",
    "555-123-4567",
    "al.",
    "TX",
    "Texas",
    "syndrome",
    "schenckii",
    "in 1997",
)


def spans(text: str) -> list[Span]:
    return sorted(NamesFinder().find(normalise(text)), key=lambda span: (span.start, span.end))


def spans_by_judging_everything(text: str) -> list[Span]:
    glance = finder.may_convince
    finder.may_convince = lambda *_: True  # type: ignore[assignment]
    try:
        return spans(text)
    finally:
        finder.may_convince = glance


def words_of_the_lists() -> list[str]:
    return sorted({word for name in every_list() for word in prose(name)})


WORDS = words_of_the_lists()
around = st.one_of(st.sampled_from(WORDS), st.sampled_from(WORDS).map(str.title), st.sampled_from(TAILS))
piece = st.tuples(around, st.sampled_from(MARKS)).map("".join)
named = st.tuples(st.sampled_from(NAMES), st.sampled_from(MARKS)).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(piece, named), min_size=2, max_size=12).map("".join))
def test_what_judging_everything_finds_is_found(text: str) -> None:
    assert spans(text) == spans_by_judging_everything(text)


def beside_every_word() -> Iterator[str]:
    """A name in front of and behind every word that any list has, across every mark."""
    random_ = random.Random(7)
    for word in WORDS:
        name, other = random_.choice(NAMES), random_.choice(NAMES)
        mark, tail = random_.choice(MARKS), random_.choice(TAILS)
        yield f"It was {word}{mark}{name} {word} {other}{mark}{tail} and more."


@pytest.mark.parametrize("part", range(4))
def test_no_word_of_any_list_is_passed_over(part: int) -> None:
    missed = [
        text
        for number, text in enumerate(beside_every_word())
        if number % 4 == part and spans(text) != spans_by_judging_everything(text)
    ]
    assert not missed, missed[:5]

"""Is nothing lost by looking at most names in prose only in passing?"""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.phi.names import NamesFinder, finder
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import every_list, prose
from preceptor.phi.names.passing import telling_runs
from preceptor.phi.names.runs import Part, parts, run_pattern
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


def every_run(text: str, spanish: bool) -> Iterator[tuple[int, tuple[Part, ...], bool]]:
    """What :func:`telling_runs` must not fall short of: every run looked up, and all that have parts to be judged."""
    for match in run_pattern(ascii=text.isascii()).finditer(text):
        pieces = parts(match[0], spanish)
        if pieces:
            yield match.start(), pieces, True


def spans_by_judging_everything(text: str) -> list[Span]:
    glance, runs = finder.may_convince, finder.telling_runs
    finder.may_convince = lambda *_: True  # type: ignore[assignment]
    finder.telling_runs = lambda text, spanish, _: every_run(text, spanish)
    try:
        return spans(text)
    finally:
        finder.may_convince, finder.telling_runs = glance, runs


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


def passed_over(text: str, spanish: bool = False) -> bool:
    """Whether a run that has parts is not among those that are told, or is told with others."""
    told = [(start, pieces) for start, pieces, _ in telling_runs(text, spanish, ENOUGH)]
    return told != [(start, pieces) for start, pieces, _ in every_run(text, spanish)]


ENOUGH = 3.0
# What runs are made of, and what breaks them.
SCRAPS = st.sampled_from(
    [
        *(
            "Quathonde",
            "Mary",
            "The",
            "Young",
            "McDonald's",
            "Smith-Jones",
            "Salt",
            "Lake",
            "City",
            "A",
            "J.",
            "É",
            "Él",
        ),
        *(
            "van",
            "de la",
            "al-",
            "d'",
            "l'",
            "x",
            "9",
            "_",
            "-",
            "--",
            "'",
            "'s",
            ".",
            ". ",
            ", ",
            "\n",
            "\t",
            " ",
            "  ",
        ),
    ]
)
glued = st.tuples(SCRAPS, st.sampled_from(("", " "))).map("".join)


@settings(max_examples=1500, deadline=None)
@given(st.lists(glued, max_size=14).map("".join), st.booleans())
def test_every_run_that_has_parts_is_told_as_it_stands(text: str, spanish: bool) -> None:
    assert not passed_over(text, spanish)


def test_no_town_of_several_words_is_passed_over() -> None:
    written = [
        f"They went to {town} then."
        for name in sorted(gazetteer().towns)
        for town in (name.title().replace("'S", "'s"), name.upper())
    ]
    assert len(written) > 10_000
    assert [text for text in written if passed_over(text)][:5] == []


def test_a_run_between_plain_words_need_not_be_judged_and_one_behind_a_title_must() -> None:
    told = {text: [judged for _, _, judged in telling_runs(text, False, ENOUGH)] for text in (QUIET, TITLED)}
    assert told == {QUIET: [False], TITLED: [True]}


QUIET, TITLED = "severe Quathonde disease in two", "seen by Dr. Quathonde about it"

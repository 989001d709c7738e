"""Does the native finder of names find what the finder in Python finds where it judges every run?"""

import random
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from benchmarks.phi import written
from benchmarks.phi.prose import negatives, queries
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.phi.lexicon import document, entries, phrases, words
from preceptor.phi.names import NamesFinder, finder
from preceptor.phi.names.casing import is_careless, is_spanish
from preceptor.phi.names.gazetteer import FILE, gazetteer
from preceptor.phi.names.lists import every_list, prose
from preceptor.phi.names.runs import Part, parts, run_pattern
from preceptor.phi.names.words import profile, weigh
from preceptor.phi.normalise import NormalText, normalise
from preceptor.phi.types import PhiType, Severity, Span

extension = pytest.importorskip("preceptor_phi_native")

WORD_FILES = ("eponyms", "medical", "never-names", "mostly-names")
KINDS = (
    (PhiType.NAME, "name-in-prose", Severity.HIGH),
    (PhiType.NAME, "name-in-prose", Severity.MEDIUM),
    (PhiType.NAME, "name-repeated", Severity.MEDIUM),
    (PhiType.LOCATION, "town", Severity.MEDIUM),
)


def data() -> dict[str, Any]:
    """What the finder is made of."""
    packed = files("preceptor.phi").joinpath("data", FILE).read_bytes()
    return {
        "prose": {name: list(prose(name)) for name in every_list()},
        "cues": {name: list(entries(name)) for name in document("cues")},
        "words": {name: list(words(name)) for name in WORD_FILES},
        "phrases": list(phrases("eponym-phrases")),
        "gazetteer": zlib.decompress(packed, zlib.MAX_WBITS | 16),
    }


@cache
def native() -> Any:
    return extension.NamesFinder(**data())


def natively(text: NormalText) -> list[Span]:
    return [Span(start, end, *KINDS[kind]) for start, end, kind in native().find(text.text, text.begin)]


def every_run(text: str, spanish: bool, _: float) -> Iterator[tuple[int, tuple[Part, ...], bool]]:
    for match in run_pattern(ascii=text.isascii()).finditer(text):
        pieces = parts(match[0], spanish)
        if pieces:
            yield match.start(), pieces, True


def in_python(text: NormalText) -> list[Span]:
    """Spans by judging everything: to pass over a run is a short cut that the native finder does not need."""
    glance, runs = finder.may_convince, finder.telling_runs
    finder.may_convince, finder.telling_runs = lambda *_: True, every_run
    try:
        return list(NamesFinder().find(text))
    finally:
        finder.may_convince, finder.telling_runs = glance, runs


def found_otherwise(text: str, before: str = "") -> bool:
    normal = normalise(text, before)
    return natively(normal) != in_python(normal)


NAMES = ("Quathonde", "Mary", "Young", "Will", "Victoria", "Parkinson", "May", "Jordan", "Ann Lee", "Georgia", "Foley")
NAMES += ("Mary Young", "Zelmira Quathonde", "J. Lee", "O'Neill", "Lake Quathonde", "SMITH", "Smith-Jones", "al-Hassan")
NAMES += ("Springfield", "San Juan", "New York City", "José del Río", "Łukasz", "Søren Ångström", "ΑΝΝΑ", "İnci", "Joy")
NAMES += ("İ", "Hőw do İ", "Rałph İ.")
MARKS = (" ", " ", " ", ", ", ". ", ": ", " (", ") ", "'s ", "\n", " - ", "; ", "/", ' "', "? ", "\n\0\n", " and ", "")
TAILS = (
    "45 years old",
    "45M",
    "MD",
    "MRN 12",
    "555-123-4567",
    "al.",
    "TX",
    "syndrome",
    "schenckii",
    "in 1997",
    "bed 3:",
)
TAILS += (
    "ID 12345",
    "(45)",
    ", 45, has pain",
    "28046 ",
    "INR 4.1",
    "her labs",
    "II",
    "Syncope Rule",
    "GII.4",
    "van der",
)
LISTED = sorted({word for name in every_list() for word in prose(name)})
PRELUDES = ("", "", "patient name: ", "ciudad: ", "señas: ", "i ")

around = st.one_of(st.sampled_from(LISTED), st.sampled_from(LISTED).map(str.title), st.sampled_from(TAILS))
piece = st.tuples(st.one_of(around, st.sampled_from(NAMES)), st.sampled_from(MARKS)).map("".join)


@settings(max_examples=1000, deadline=None)
@given(st.lists(piece, min_size=2, max_size=12).map("".join), st.sampled_from(PRELUDES))
def test_what_stands_beside_a_name_says_the_same(text: str, before: str) -> None:
    assert not found_otherwise(text, before)


# Letters that a later Unicode than Python's knows are letters there and nothing here, and a few are no longer small.
CHANGED = "\u0295\u10fc\ua7f2\ua7f3\ua7f4\uab69"
scrap = st.text(st.characters(exclude_categories=("Cn", "Cs"), exclude_characters=CHANGED), max_size=4)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(piece, scrap), max_size=12).map("".join), st.sampled_from(PRELUDES))
def test_characters_of_any_script_say_the_same(text: str, before: str) -> None:
    assert not found_otherwise(text, before)


def beside_every_word() -> Iterator[str]:
    chance = random.Random(11)
    for word in LISTED:
        name, other, mark, tail = (chance.choice(of) for of in (NAMES, NAMES, MARKS, TAILS))
        yield f"It was {word}{mark}{name} {word} {other}{mark}{tail} and {word.title()} more."


def test_every_word_of_any_list_says_the_same() -> None:
    assert [text for text in beside_every_word() if found_otherwise(text)][:5] == []


def texts() -> Iterator[str]:
    for name in ("written", "unseen"):
        yield from (row.text for row in (*written.queries(name), *written.clean(name)))
    yield from (row.text for row in (*queries(200, seed=41), *negatives(200, seed=42)))


@pytest.mark.parametrize("written_as", [str, str.lower, str.upper, str.title])
def test_texts_say_the_same_however_they_are_written(written_as: Any) -> None:
    assert [text for text in map(written_as, texts()) if found_otherwise(text)][:5] == []


def test_several_texts_that_are_searched_as_one_say_the_same() -> None:
    chance = random.Random(12)
    some = list(texts())
    joined = ["\n\0\n".join(chance.sample(some, 4)) for _ in range(200)]
    assert [text for text in joined if found_otherwise(text)][:5] == []


def cased(word: str) -> tuple[str, ...]:
    return word, word.title(), word.upper(), f"{word.capitalize()}'s", f"{word.title()}-Jones", f"Mc{word.title()}"


def a_sample_of_words() -> Iterator[str]:
    chance = random.Random(13)
    lists = gazetteer()
    for of in (lists.names, lists.vocabulary, lists.spanish, lists.proper):
        yield from chance.sample(sorted(of), 3000)
    yield from (*LISTED, *(word for name in WORD_FILES for word in words(name)), *entries("states"), "Sörös", "ñu", "x")


@pytest.mark.parametrize("spanish", [True, False])
def test_a_word_weighs_the_same(spanish: bool) -> None:
    for word in a_sample_of_words():
        for token in cased(word):
            known = weigh(token, spanish)
            assert native().weigh(token, spanish) == (
                *(known.person, known.given, known.maybe_given, known.town, known.plain, known.unseen),
                *(known.initial, known.shouted, known.eponym),
            ), token
            found = profile(token.lower(), spanish=spanish)
            assert native().profile(token.lower(), spanish) == (
                found
                and (
                    *(found.given, found.family, found.town, found.ordinary),
                    *(found.eponym, found.known, found.spanish),
                )
            ), token


def test_no_words_with_a_space_between_have_a_profile() -> None:
    assert [native().profile(town) for town in ("", " ", "san juan", "a\nb")] == [None] * 4


def test_a_text_is_as_careless_and_as_spanish() -> None:
    for text in texts():
        for own in (text, text.lower(), text * 9, text.lower() * 9, f"i think {text}", f"{text} el {text}"):
            assert native().is_careless(own) == is_careless(own)
            assert native().is_spanish(own) == is_spanish(own)


def test_a_list_that_is_missing_is_named() -> None:
    made_of = data()
    del made_of["prose"]["titles"]
    with pytest.raises(ValueError, match="titles"):
        extension.NamesFinder(**made_of)

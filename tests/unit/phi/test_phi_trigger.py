"""Is what a rule is looked for by something that each of its matches holds?"""

import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from preceptor.phi.plans import plan
from preceptor.phi.rules import ALL
from preceptor.phi.trigger import factor, longest_whole, shared


def test_factor_begins_with_a_word_where_the_pattern_holds_one() -> None:
    found = factor(r"\b\d(?:[ -]{0,2}\d){5,9} (?:office|fax)\b")
    assert found is not None
    assert re.search("office", found.source)


def test_factor_behind_a_space_is_looked_for_where_words_begin() -> None:
    for pattern in (r"\p{L}+ (?:Street|Road)\b", r"(?:\p{Lu}\p{L}*[ -]){1,3}(?:Street|Road)\b"):
        found = factor(pattern)
        assert found is not None
        assert found.source.startswith((r"\b", r"(?:\b")), pattern
    # "Bahnhofstreet": the word goes on.
    found = factor(r"\p{L}+ ?(?:street|road)\b")
    assert found is not None
    assert not found.source.startswith(r"\b")


def test_pattern_for_a_whole_text_may_take_a_boundary_for_the_edge() -> None:
    assert longest_whole(r"(?:\A|\n\x00\n)[A-Z]{2,4}(?:\z|\n\x00\n)") == 10
    assert longest_whole(r"(?:\A|\n)[A-Z]{2,4}\z") is None


def test_every_rule_that_ships_is_looked_for_by_something() -> None:
    assert [rule.id for rule in ALL if plan(rule).how == "always"] == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(?:mobile|mob|modem)", "mo(?:b(?:ile|)|dem)"),
        (r"\b(?:ab?c|ab?d|(?:x|ab?))[0-9]", r"\b(?:ab?(?:c|d|)|x)[0-9]"),
        ("(?i:a|ab)|(?i:ac)|b{2}", "(?i:a(?:|b))|(?i:ac)|b{2}"),
        ("(?i)no|nox", "(?i:no(?:|x))"),
    ],
)
def test_what_alternatives_begin_with_is_written_once(pattern: str, expected: str) -> None:
    assert shared(pattern) == expected


_PIECES = st.sampled_from(["a", "b", "ab", "[ab]", "a?", r"\b", "(?i:B)", "b{2}", r"\d", " "])
_SOURCES = st.recursive(
    st.lists(_PIECES, max_size=4).map("".join),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda some: f"(?:{'|'.join(some)})"),
    max_leaves=12,
)


@given(_SOURCES, st.text("abB1 ", max_size=7))
def test_written_once_it_matches_what_it_matched(pattern: str, text: str) -> None:
    assert bool(re2.fullmatch(shared(pattern), text)) == bool(re2.fullmatch(pattern, text))

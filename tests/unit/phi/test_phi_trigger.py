"""Is what a rule is looked for by something that each of its matches holds?"""

import re

from preceptor.phi.plans import plan
from preceptor.phi.rules import ALL
from preceptor.phi.trigger import factor, longest_whole


def test_factor_begins_with_a_word_where_the_pattern_holds_one() -> None:
    found = factor(r"\b\d(?:[ -]{0,2}\d){5,9} (?:office|fax)\b")
    assert found is not None
    assert re.search("office", found.source)


def test_factor_behind_a_space_is_looked_for_where_words_begin() -> None:
    for pattern in (r"\p{L}+ (?:Street|Road)\b", r"(?:\p{Lu}\p{L}*[ -]){1,3}(?:Street|Road)\b"):
        found = factor(pattern)
        assert found is not None and found.source.startswith((r"\b", r"(?:\b")), pattern
    # "Bahnhofstreet": the word goes on.
    found = factor(r"\p{L}+ ?(?:street|road)\b")
    assert found is not None and not found.source.startswith(r"\b")


def test_pattern_for_a_whole_text_may_take_a_boundary_for_the_edge() -> None:
    assert longest_whole(r"(?:\A|\n\x00\n)[A-Z]{2,4}(?:\z|\n\x00\n)") == 10
    assert longest_whole(r"(?:\A|\n)[A-Z]{2,4}\z") is None


def test_every_rule_that_ships_is_looked_for_by_something() -> None:
    assert [rule.id for rule in ALL if plan(rule).how == "always"] == []

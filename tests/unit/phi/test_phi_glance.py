"""Is a run that is left at a glance one that judging would have left too?"""

import random
import re

import pytest
from benchmarks.phi.prose import negatives, queries

from preceptor.phi.names.finder import NamesFinder, judge
from preceptor.phi.names.gazetteer import SortedWords, gazetteer
from preceptor.phi.names.glance import may_convince
from preceptor.phi.names.lists import every_list, prose
from preceptor.phi.names.runs import parts, run_pattern
from preceptor.phi.normalise import normalise
from preceptor.phi.trigger import factor, longest_whole

ENOUGH = 3.0
# One of each kind of run: a given and a family name, a word that is both, one of no list, an abbreviation, towns.
RUNS = ("Maria", "Maria Lopez", "Quathonde", "Can", "Overall", "CPAP", "Toledo", "Cox", "J. Kaplan", "Will Grant", "US")
MARKS_BEFORE = (" ", ". ", ", ", " (", ": ", "\n", '"', "-", " 28046 ", " d'", "; ", " al-", " 12. ")
MARKS_BEHIND = (" ", ". ", ", ", " (", ") ", ": ", "'s ", "-", "\n", "? ", ", 45 ", "/", "; ", " 45 ", "", ", CA ")


def judged_otherwise(text: str) -> list[str]:
    """Runs of a text that a glance leaves and judging does not, alone and beside other names."""
    found = []
    for match in run_pattern(ascii=text.isascii()).finditer(text):
        for part in parts(match[0], False):
            for company in (0.0, 1.0):
                asked = may_convince(text, match.start(), part, ENOUGH - company)
                if not asked and judge(text, match.start(), part, company=company) is not None:
                    found.append(text)
    return found


def every_word() -> list[str]:
    words = {word for name in every_list() for word in prose(name)} | {"thirty-two", "x", "records", "dob", "falls"}
    return sorted(words)


@pytest.mark.parametrize("run", RUNS)
def test_no_word_in_front_convinces_a_judge_and_not_the_glance(run: str) -> None:
    chance = random.Random(run)
    words = every_word()
    for word in words:
        # All pairs would take minutes.
        for mark in (" ", *chance.sample(MARKS_BEFORE, 1)):
            second = chance.choice(words)
            assert judged_otherwise(f"Then {second} {word}{mark}{run} and so on.") == []


@pytest.mark.parametrize("run", RUNS)
def test_no_word_behind_convinces_a_judge_and_not_the_glance(run: str) -> None:
    chance = random.Random(run)
    for word in every_word():
        for mark in (" ", *chance.sample(MARKS_BEHIND, 1)):
            for written in (word, word.title()):
                assert judged_otherwise(f"There it was {run}{mark}{written} old, so they wrote.") == []
                assert judged_otherwise(f"{run}{mark}{written} (555) 010-0199") == []


def test_no_query_is_judged_otherwise_than_at_a_glance() -> None:
    rows = [*queries(400, seed=31), *negatives(400, seed=32)]
    assert [text for row in rows for text in judged_otherwise(row.text)] == []


def test_glance_leaves_most_runs_of_text_without_names() -> None:
    asked = [
        may_convince(row.text, match.start(), part, ENOUGH)
        for row in negatives(400, seed=33)
        for match in run_pattern(ascii=row.text.isascii()).finditer(row.text)
        for part in parts(match[0], False)
    ]
    assert len(asked) > 100
    assert sum(asked) < len(asked) / 2


def test_finder_says_the_same_of_a_text_however_often_it_is_asked() -> None:
    finder = NamesFinder()
    texts = [normalise(row.text) for row in queries(100, seed=34)]
    assert [list(finder.find(text)) for text in texts] == [list(finder.find(text)) for text in texts]


def test_sorted_words_hold_what_their_lines_hold_and_nothing_else() -> None:
    words = sorted({f"w{n * n:x}" for n in range(5000)} | {"zoë", "ñu"})
    held = SortedWords([" ".join(words).encode(), b"alone"])
    assert all(word in held for word in (*words, "alone"))
    assert not any(word in held for word in ("", " ", "w", words[0] + " " + words[1], "alon", "zzz", "zo", "\udc80"))
    assert len(held) == len(list(held)) == len(words) + 1


def test_gazetteer_finds_each_word_of_its_own_file() -> None:
    lists = gazetteer()
    chance = random.Random(5)
    for words in (lists.vocabulary, lists.spanish):
        assert all(word in words for word in chance.sample(list(words), 2000))


def test_factor_begins_with_a_word_where_the_pattern_holds_one() -> None:
    found = factor(r"\b\d(?:[ -]{0,2}\d){5,9} (?:office|fax)\b")
    assert found is not None
    assert re.search("office", found.source)


def test_pattern_for_a_whole_text_may_take_a_boundary_for_the_edge() -> None:
    assert longest_whole(r"(?:\A|\n\x00\n)[A-Z]{2,4}(?:\z|\n\x00\n)") == 10
    assert longest_whole(r"(?:\A|\n)[A-Z]{2,4}\z") is None

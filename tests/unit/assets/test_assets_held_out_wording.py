"""Is what the suites ask in words that no training text has used?"""

import itertools
import re
from functools import cache

import pytest

from preceptor_local.assets import corpus, datasets, phrases, suites

SPLITS = ("train", *suites.SPLITS)
KINDS = ("emergency", "routine", "dangers", "milds")


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


def _expressions(split: str) -> dict[str, str]:
    return {
        _folded(each): kind for bank in phrases.bank(split).values() for kind in KINDS for each in getattr(bank, kind)
    }


@cache
def _training_text() -> str:
    rows = " | ".join(_folded(row["messages"][1]["content"]) for row in datasets.training_rows())
    read = " | ".join(_folded(text) for text in corpus.documents("tiny-triage-1", 8_000, "wider"))
    glossary = " | ".join(_folded(word) for line in phrases.synonyms() for word in line)
    return f" {rows} | {read} | {glossary} "


@pytest.mark.parametrize(("one", "other"), itertools.combinations(SPLITS, 2))
def test_no_two_splits_share_an_expression_or_a_frame(one: str, other: str) -> None:
    assert not _expressions(one).keys() & _expressions(other).keys()
    for kind in phrases.frames(one):
        assert not {each for each in phrases.frames(one)[kind] if each} & {
            each for each in phrases.frames(other)[kind] if each
        }


@pytest.mark.parametrize("split", suites.SPLITS)
def test_no_expression_of_a_suite_stands_in_any_training_text(split: str) -> None:
    found = [each for each in _expressions(split) if f" {each} " in _training_text()]
    assert found == []


@pytest.mark.parametrize("split", suites.SPLITS)
def test_few_expressions_of_a_suite_are_a_training_expression_but_for_two_words(split: str) -> None:
    trained = [set(each.split()) for each, kind in _expressions("train").items() if kind in phrases.LABELS]
    close = []
    for each, kind in _expressions(split).items():
        words = set(each.split())
        if kind in phrases.LABELS and any(len(words ^ other) <= 2 for other in trained):
            close.append(each)
    assert len(close) <= 0.02 * len(_expressions(split)), close


@pytest.mark.parametrize("split", suites.SPLITS)
def test_each_case_of_a_suite_is_another_expression(split: str) -> None:
    cases = suites.cases(split)
    asked = [_folded(case["messages"][0]["content"].split("\n\nProtocol:")[0]) for case in cases]
    assert len(set(asked)) == len(cases) == sum(len(b.emergency) + len(b.routine) for b in phrases.bank(split).values())


@pytest.mark.parametrize("split", suites.SPLITS)
def test_a_suite_has_enough_emergencies_for_a_bound_of_98_percent_and_as_many_routine_cases(split: str) -> None:
    labels = [case["label"] for case in suites.cases(split)]
    assert labels.count("emergency") >= 149
    assert labels.count("routine") == labels.count("emergency")


def test_the_training_split_has_several_hundred_phrasings_of_each_label() -> None:
    banks = phrases.bank("train").values()
    assert sum(len(bank.emergency) for bank in banks) >= 300
    assert sum(len(bank.routine) for bank in banks) >= 300
    labels = [row["label"] for row in datasets.training_rows()]
    assert labels.count("emergency") == labels.count("routine")


@pytest.mark.parametrize("split", SPLITS)
def test_negations_stand_on_both_sides(split: str) -> None:
    texts = suites.cases(split) if split != "train" else datasets.training_rows()
    for label in phrases.LABELS:
        stems = {re.split(r"\{", frame)[0] or frame for frame in phrases.frames(split)[f"{label}_negations"]}
        assert stems
        said = [
            text["messages"][-1 if split != "train" else 1]["content"].split("\n\n")[0]
            for text in texts
            if text["label"] == label
        ]
        negated = [
            each
            for each in said
            if re.search(r"\b(no|not|nothing|neither|cannot|without|absent|rule|ruled|free|never)\b", each.lower())
        ]
        assert len(negated) >= 0.1 * len(said), label


@pytest.mark.parametrize("split", suites.SPLITS)
def test_the_cards_of_a_case_do_not_give_its_label_away(split: str) -> None:
    cards = {card.text() for topic in phrases.topics().values() for card in (topic.emergency, topic.routine)}
    for case in suites.cases(split):
        own = next(topic for topic in phrases.topics().values() if topic.name == case["subgroup"]["topic"])
        assert {own.emergency.text(), own.routine.text()} <= set(case["contexts"]) <= cards
        assert case["messages"][0]["content"].endswith(
            "\n\nProtocol:\n" + "\n".join(f"- {card}" for card in case["contexts"])
        )
    first = [case["contexts"][0] == _card(case, "emergency") for case in suites.cases(split)]
    assert 0.35 < sum(first) / len(first) < 0.65


def _card(case: dict[str, object], label: phrases.Label) -> str:
    subgroup = case["subgroup"]
    assert isinstance(subgroup, dict)
    return next(topic for topic in phrases.topics().values() if topic.name == subgroup["topic"]).card(label).text()

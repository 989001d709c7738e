"""Are days, ages, telephones, addresses and codes found in sentences as people write them, and look-alikes left alone?

A table of each subject is in sentences.yml.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from preceptor.phi import detect

SENTENCES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text(encoding="utf-8"))
_MARKED = re.compile(r"\[\[(.+?)\]\]")


def missed(marked: str) -> list[str]:
    """The marked values of a sentence that are not covered to their last letter and digit."""
    values: list[tuple[int, int]] = []
    for number, match in enumerate(_MARKED.finditer(marked)):
        start = match.start() - 4 * number
        values.append((start, start + len(match[1])))
    assert values, marked
    text = _MARKED.sub(r"\1", marked)
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    return [
        text[start:end]
        for start, end in values
        if not all(place in covered for place in range(start, end) if text[place].isalnum())
    ]


@pytest.mark.parametrize("subject", ["days", "ages", "phones", "addresses", "codes"])
def test_what_is_written_in_a_sentence_is_covered(subject: str) -> None:
    assert [(sentence, left) for sentence in SENTENCES[subject] if (left := missed(sentence))] == []


def test_what_is_written_alike_is_left_alone() -> None:
    found: list[tuple[str, Any]] = [(sentence, spans) for sentence in SENTENCES["clean"] if (spans := detect(sentence))]
    assert found == []


def test_a_sentence_that_is_not_covered_is_told() -> None:
    assert missed("nothing of [[this]]") == ["this"]
    assert missed("DOB [[01/02/1960]], [[that]]") == ["that"]


# The exact span, where more or less of it would say something else.
EXACT = [
    ("Mum passed Easter Sunday, April 9.", "Easter Sunday, April 9"),
    ("The stroke was on Thanksgiving Day 2022.", "Thanksgiving Day 2022"),
    ("my email is jane.doe at gmail.com.", "jane.doe at gmail.com"),
    ("it is john dot smith three at outlook dot com", "john dot smith three at outlook dot com"),
    ("His mail is bob@aol . com. Is it right?", "bob@aol . com"),
    ("on 5 Mar 20 mg of prednisone", "5 Mar"),
    ("Handed over as rego 1AB 2CD.", "1AB 2CD"),
]


@pytest.mark.parametrize(("text", "value"), EXACT)
def test_a_span_begins_and_ends_where_the_value_does(text: str, value: str) -> None:
    assert [text[span.start : span.end] for span in detect(text)] == [value]


@pytest.mark.parametrize(
    "text", ["admitted 1/3/25-1/9/25 with sepsis", "admitted 1/3-1/9", "from 3 June to 9 June 2024"]
)
def test_two_days_of_one_stay_are_two_findings(text: str) -> None:
    assert len(detect(text)) == 2


def test_an_address_of_a_message_between_systems_is_one_finding() -> None:
    text = "PID|1||00739215^^^MRN||VANDERMEER^JOOST^A||19580922|M|||17 CANAL ST^^LOCKPORT^NY^14094"
    assert "17 CANAL ST^^LOCKPORT^NY^14094" in [text[span.start : span.end] for span in detect(text)]

"""Does every check answer to whatever its pattern lets through, and is no value dropped for what is beside it?"""

import time

import pytest
import re2

from preceptor.phi import detect
from preceptor.phi.detect import Detector
from preceptor.phi.rule import Candidate
from preceptor.phi.rules import ALL, FINDERS
from preceptor.phi.rules.dates import numeric
from preceptor.phi.types import PhiType, Severity, Span

WITHOUT_ORGANISATIONS = Detector(
    ALL, FINDERS, counts=lambda span: span.type != PhiType.ORGANISATION, organisations=False
)


def values(text: str, detector: Detector | None = None) -> list[str]:
    spans = detect(text) if detector is None else detector.detect(text)
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Born (03/14/1990) in town", ["03/14/1990"]),
        ("Room (01/2/1234)", []),
        ("(05-12-2021", ["05-12-2021"]),
        ("a (03/14/1990", ["03/14/1990"]),
        ("a (03.04.2020)", ["03.04.2020"]),
    ],
)
def test_days_behind_a_bracket_are_days(text: str, found: list[str]) -> None:
    assert values(text) == found


@pytest.mark.parametrize("value", ["(03/14/1990", "03/14", "", "03//1990", "+3/14/1990)", "3/1/4/1990"])
def test_numbers_that_are_no_three_are_no_day(value: str) -> None:
    assert numeric(Candidate(value, 0, len(value))) is None


@pytest.mark.parametrize("joint", ["and", "AND", "And", "With", "&"])
def test_corners_are_found_in_any_case(joint: str) -> None:
    assert any("corner of 5th" in found for found in values(f"at the corner of 5th {joint} Main"))


BARE = ("03/14/1990", "05-12-2021", "corner of 1st and Main", "415-555-0132", "Dr. Ann Lee", "fe80::1", "Ho and the")


@pytest.mark.parametrize("value", BARE)
def test_no_check_raises_on_a_value_in_brackets_or_capitals(value: str) -> None:
    for odd in (f"({value}", f"({value})", f"+{value}", value.upper(), value.lower(), value[:-1] + "\u0663"):
        assert isinstance(detect(odd), list)


# A value of every rule that has a check, with a sign in front that its pattern may take.
@pytest.mark.parametrize("sign", ["(", "+", "+(", "((", '"', "'", "/", "-"])
def test_a_check_answers_to_a_candidate_with_a_sign_in_front(sign: str) -> None:
    for rule in ALL:
        if rule.check is not None:
            for value in BARE:
                # Only what the rule's own pattern proposes is its business.
                if re2.fullmatch(rule.pattern, sign + value) is not None:
                    rule.check(Candidate(sign + value, 0, len(sign + value)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Seen at Henry Ford Hospital and the Mayo Clinic", ["Henry Ford Hospital", "Mayo Clinic"]),
        ("Henry Ford Hospital and the General Hospital", ["Henry Ford Hospital"]),
        ("The Expenditure Panel Survey and the National Cancer Institute", []),
    ],
)
def test_both_hospitals_beside_and_the_are_found(text: str, found: list[str]) -> None:
    assert values(text) == found


@pytest.mark.parametrize("behind", [" Day 3", " Course: improved", " Stay 3/14", "-Day Surgery"])
def test_hospitals_are_found_before_what_happened_there(behind: str) -> None:
    assert values(f"Whitfield Memorial Hospital{behind}")[:1] == ["Whitfield Memorial Hospital"]
    assert "Hospital" not in "".join(values(f"Brief Hospital{behind}"))


@pytest.mark.parametrize(
    "text",
    [
        "surgery 3/14 to 3/16", "seen 3/14 - 3/16", "admission 3/14 - 3/16", "labs 3/14 -> 3/20",
        "Note for 3/14 to 3/20", "seen 3/14-3/16", "seen 3/14-3/16/2021", "from 3/5 to 4/5",
    ],
)  # fmt: skip
def test_both_days_of_a_range_are_found(text: str) -> None:
    found = " ".join(values(text))
    assert text[text.index("3/") :] == found


@pytest.mark.parametrize(
    "text", ["strength from 3/5 to 4/5", "from 3/5 to 4/5 strength", "from 7/10 to 3/10", "by 5/8 to 7"]
)
def test_scores_from_one_to_another_are_no_days(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("John Smith and Lakeview Hospital", ["John Smith"]),
        ("John Smith and the Mayo Clinic", ["John Smith"]),
        ("moved from Tacoma and Lakeview Hospital", ["Tacoma"]),
        ("she lives in Tacoma and Lakeview Hospital helped", ["Tacoma"]),
        ("Seen at Henry Ford Hospital and Lakeview Hospital.", []),
        ("Children's Hospital of Philadelphia", []),
    ],
)
def test_who_stands_before_an_organisation_counts_where_organisations_do_not(text: str, found: list[str]) -> None:
    assert values(text, WITHOUT_ORGANISATIONS) == found


def test_words_that_end_in_dot_take_no_more_than_their_length() -> None:
    text = "dot" * 19 + "x aa (at) bb.com "
    detect(text)
    begun = time.process_time()
    detect(text * 52)
    assert time.process_time() - begun < 0.3


def test_names_beside_many_organisations_take_no_more_than_their_number() -> None:
    text = "Ann Lee x Lakeview Hospital. " * 6000
    spans = []
    for start in range(0, len(text), 29):
        spans.append(Span(start, start + 7, PhiType.NAME, "n", Severity.MEDIUM))
        spans.append(Span(start + 10, start + 27, PhiType.ORGANISATION, "o", Severity.MEDIUM))
    begun = time.process_time()
    assert len(WITHOUT_ORGANISATIONS._counting(spans, text)) == 6000
    assert time.process_time() - begun < 0.8


def test_spelled_addresses_keep_the_words_in_front() -> None:
    for text in ("jane dotdoe dot aa (at) bb.com", "jane dot doe at gmail dot com", "jane [dot] q dot aa (at) bb.com"):
        assert values(text) == [text]

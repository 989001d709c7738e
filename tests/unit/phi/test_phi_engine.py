"""Does the fast way find exactly what the slow way finds, in time that grows with the text alone?"""

import re
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import preceptor_phi_native as native
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import naive_detect

from preceptor.phi.detect import Detector, Query, default_detector
from preceptor.phi.normalise import NormalText
from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules import ALL
from preceptor.phi.trigger import factor, prefix
from preceptor.phi.types import PhiType, Severity, Span

RULES_ALONE = Detector(ALL)
WORDS = """
MRN ssn SSN: dob phone Tel. fax NHC member policy chart account card serial vin plate passport nhs DNI pesel id on born
admitted aged lives in at address zip CP: P.O. box Calle de la patient name: Dr. Mr Sra. my name is signed by Maria José
García Smith O'Brien van der Berg John MD RN March 3rd 12 de mayo 2019-04-05 03/04/1999 1/2/20 31.12.2001 Tuesday years
old 92 104-year-old 123-45-6789 000-12-3456 4111111111111111 4111 1111 1111 1111 (212) 555-0187 +34 612 345 678 0207 946
0958 943 476 5919 12345678Z X1234567L AB123456C 62704-1234 SW1A 1AA 10.1.2.3 fe80::1 00:1b:44:11:3a:b7 1HGCM82633A004352
GB82WEST12345698765432 a.b@example.com www.example.org https://x.io/p?q=1 example.com doe [at] example [dot] com
data:image/png;base64,iVBORw0KGgoAAAANSUhEUg== (01)00643169001763 Boston, MA 12 Main Street Apt 4 Springfield, Texas TX
78701 # no. number is was = : - " ' ( ) [ ] , . ; / _ A a 1 0 9 77 88888
\u00e9 \u00ba \u2013 \u201c \u200b \uff11\uff12 \u0661 cafe\u0301 \ufb01 \u4e2d \ud800
"""
PIECES = st.sampled_from([*WORDS.split(), "\t", "\n", "\u00a0", "\u2028"])
TEXTS = st.lists(PIECES, max_size=14).flatmap(
    lambda pieces: st.sampled_from([" ", "", "  ", "\n", ": "]).map(lambda glue: glue.join(pieces))
) | st.text(max_size=40)
KEYS = st.sampled_from(["", "", "", "ssn", "patientName", "MRN", "date_of_birth", "note", "phone number", "\u00ba"])


@settings(max_examples=200, deadline=None)
@given(TEXTS, KEYS, st.booleans())
def test_the_fast_way_finds_what_the_slow_way_finds(text: str, key: str, number: bool) -> None:
    assert RULES_ALONE.detect(text, key=key, number=number) == naive_detect(ALL, text, key, number)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXTS, KEYS, st.booleans()), max_size=12))
def test_a_text_is_answered_the_same_alone_and_among_others(rows: list[tuple[str, str, bool]]) -> None:
    detector = default_detector()
    together = list(detector.detect_many(Query(*row) for row in rows))
    assert together == [detector.detect(text, key=key, number=number) for text, key, number in rows]


# Names and places in front of the tails that tell of them, and what stands there instead.
TAILS = """
Smith O'Shea Ana-Maria Brown, Hope J. (Joy ÉLISE smith 12 Dr -Kim 'Lee Moab Gort, Poplar fisherman clinic farm, support
shop still refuses in bed 4 has cannot go 's mum (bed 9) for theatre the porter w/ B. has MD ROOM 3 from physio mrn dob
k.c. who town a small village , BC GA Montana St. Ave Road, Hwy 12, McKeesport in near from way to of Ullapool NBM wants
- - : \n \n\n
"""
TAILED = st.lists(st.sampled_from(re.split(" |(?<=[a-z])\\n", TAILS)), min_size=2, max_size=9).map(" ".join)
HINTED = [rule for rule in ALL if rule.behind_capital or rule.behind or rule.near]
HINTS, NO_HINTS = Detector(HINTED), Detector([replace(r, behind_capital=False, behind=(), near=None) for r in HINTED])


@settings(max_examples=300, deadline=None)
@given(TAILED)
def test_what_must_stand_in_front_of_a_rule_changes_nothing_that_its_check_takes(text: str) -> None:
    assert HINTS.detect(text) == NO_HINTS.detect(text)


# Labels of numbers, with digits as far from them as one reads, and farther.
FAR = st.tuples(
    st.sampled_from(["12345678", "12 34", "1 2 3", "0612345678", ""]),
    st.integers(0, 60),
    st.sampled_from(["cell", "Contact", "call", "home", "patient", "extension", "phone no.", "member", "work"]),
    st.sampled_from([" is ", ": ", ", which I have here, is ", " "]),
    st.integers(0, 200),
    st.sampled_from(["12345678", "415 555 0132", "12", ""]),
).map(lambda parts: f"{parts[0]}{' was' * (parts[1] // 4)} my {parts[2]}{parts[3]}{'é ' * (parts[4] // 2)}{parts[5]}")


@settings(max_examples=300, deadline=None)
@given(FAR)
def test_digits_that_must_stand_near_a_label_change_nothing_that_its_check_takes(text: str) -> None:
    assert HINTS.detect(text) == NO_HINTS.detect(text)


def test_every_rule_has_a_beginning_or_a_factor() -> None:
    without = [r.id for r in ALL if prefix(r.pattern) is None and factor(r.pattern) is None]
    assert without == [], "These patterns cannot be read, so each of them reads every text from end to end."


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?i)\b(?:foo|ba+r)\s{0,3}(?P<v>\d{3})$", "Foo 123"),
        (r"^(?P<v>abc\d)", "abc1"),
        (r"\A(?P<v>x[0-9]+)\z", "x12"),
        (r"(?P<v>zz\d\d)(?:\W|$)", "zz12"),
        (r"(?P<v>zz\d\d)(?:[.,]|$)", "zz12"),
        (r"(?P<v>(?:ab|c)?d{2,}e*?f[^g]h)", "ddf-h"),
        (r"(?s)(?P<v>q.q\x31[\d_-]{1,4}?)", "q\nq1-2"),
        (r"(?P<v>(?:[A-Z]{0,3}\d-?){5}(?:xy)?)|(?P<w>[a-z]+ at [a-z]+)", "A1-B2-3-4-5xy"),
        (r"\A(?:[a-z]{1,3}: )?(?P<v>[A-Z]\d{2,5})\z", "ab: C123"),
        (r"(?P<v>[\]a-]{3}\.\p{Lu}\pL*[[:digit:]])", "a]-.Xy1"),
        (r"x(?P<v>[+--]{3})", "x+,-"),
        (r"x(?P<v>[\W1]{2}\D)y", "x\u00e91!y"),
        (r"x(?P<v>[[(&&~]{4})", "x[(&~"),
        (r"(?P<v>abc\d)$", "x abc1"),
        (r"\A(?P<v>abc\d)\z", "abc1"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_triggers_are_necessary_for_patterns_of_every_shape(pattern: str, text: str, whole: bool) -> None:
    rules = [Rule("r", PhiType.OTHER_ID, pattern, begin=pattern if whole else "")]
    expected = naive_detect(rules, text)
    assert expected
    assert Detector(rules).detect(text) == expected
    assert list(Detector(rules).detect_many([Query("--"), Query(text), Query("--")]))[1] == expected


def test_a_pattern_that_cannot_be_read_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="unclosed"):
        Detector([Rule("r", PhiType.OTHER_ID, r"(?P<v>\d+")])


def test_every_rule_that_ships_is_compiled_when_it_is_asked() -> None:
    asked = native.Engine([(rule.pattern, "always", "", 0, False, False, (), (0, 0, 0)) for rule in ALL])
    asked.find([b"x"])


def test_what_a_long_match_inside_an_accepted_one_holds_is_found() -> None:
    rules = [Rule("r", PhiType.OTHER_ID, r"a[a-y]{3}|b[^z]{600}|c\d")]
    text = "abcdc1 c2 c3" + "q" * 700 + "c4"
    assert Detector(rules).detect(text) == naive_detect(rules, text)
    assert len(Detector(rules).detect(text)) == 5


def test_several_threads_find_what_one_finds() -> None:
    detector = default_detector()
    texts = [f"Seen by Dr. Abernathy on 3/{day}/2024, MRN 48211{day}, in Yuma, AZ." for day in range(1, 29)] * 3
    alone = [detector.detect(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detector.detect, texts)) == alone


def test_what_a_check_raises_reaches_the_caller_and_breaks_nothing() -> None:
    refused: list[str] = []

    def check(candidate: Candidate) -> Severity:
        if candidate.value in refused:
            raise RuntimeError("no")
        return Severity.HIGH

    detector = Detector([Rule("r", PhiType.OTHER_ID, r"\bcode (?P<v>\d+)", check=check)])
    assert len(detector.detect("code 12")) == 1
    refused.append("12")
    with pytest.raises(RuntimeError):
        detector.detect("code 12")
    refused.clear()
    assert len(detector.detect("code 12, code 13")) == 2


class Everything:
    """Finds each word "here"."""

    detectors: Mapping[str, str] = {"here": "The word here."}
    digest = "1"

    def find(self, text: NormalText) -> Iterable[Span]:
        """Every place."""
        place = text.text.find("here")
        while place >= 0:
            yield Span(place, place + 4, PhiType.NAME, "here", Severity.LOW)
            place = text.text.find("here", place + 1)


def test_finder_spans_lead_back_to_their_text_among_many() -> None:
    queries = [
        Query("\u00bd here"),
        Query("5", "n", True),
        Query("here", "key"),
        Query("none"),
        Query("\u200bhere here"),
    ]
    found = Detector((), [Everything()]).detect_many(queries)
    assert [[(s.start, s.end) for s in spans] for spans in found] == [[(2, 6)], [], [(0, 4)], [], [(1, 5), (6, 10)]]


HOSTILE = [
    "a",
    "1",
    "1-",
    "a.",
    "A ",
    "John ",
    "MRN ",
    "id: ",
    "1:",
    "a@",
    "\u0301",
    "e\u0301",
    "\u200b1",
    "(",
    "+1 Mrs Ortiz 12 34 ",
    "jsmith@x.com,",
    "MRN 4471902: plastics reg Fitz not answering.\n",
]
HOSTILE += ["0 ", ". ", "1/", "Mr. ", "12 de ", "a\0", "[at]", "12 Main ", "0a:", "12:", "123 ", "aB3/", "7/"]
HOSTILE += ["Mc", "al-", "John and ", "Dr. O'", "Maria's ", "in Mason, ", "Anna-", "É-", "Q-", "Maria Rowdy "]
# Beside a name, so that what waits for one is found.
HOSTILE += ["Mrs Anna Ortiz 11/3, ", "Mrs Anna Ortiz, 97, A1-", "Mrs Ortiz 12345 ", "Mrs Ortiz A1-2 B3 4C "]


# A long match that begins inside a short one.
NESTED = [("Aa^Bb^Cc^", "Dd-", "Dd^Ee^Ff"), ("a@b.cc@", "d", ".ee@ff.gg")]


@pytest.mark.parametrize(("begin", "unit", "end"), [*(("", unit, "") for unit in HOSTILE), *NESTED])
def test_time_grows_with_the_length_of_hostile_text_and_not_with_its_square(begin: str, unit: str, end: str) -> None:
    def seconds(length: int) -> float:
        text = begin + unit * (length // len(unit)) + end
        started = time.process_time()
        default_detector().detect(text)
        return time.process_time() - started

    seconds(1_000)
    short = max(min(seconds(5_000) for _ in range(2)), 0.01)
    # Ten times the text: a square would take a hundred times as long, each time that a busy machine is asked.
    assert any(seconds(50_000) < 40 * short for _ in range(3))

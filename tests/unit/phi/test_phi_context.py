"""Are words and numbers found by what stands around them where a text tells of somebody, and left alone elsewhere?"""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import preceptor_phi_native as native
import pytest
from benchmarks.phi import written
from benchmarks.phi.context.examples import Reader, examples, vocabulary
from benchmarks.phi.context.fitted import fit
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.phi import detect
from preceptor.phi.detect import Detector, Query, default_detector
from preceptor.phi.explain import evidence
from preceptor.phi.names.words import profile
from preceptor.phi.normalise import NormalText
from preceptor.phi.report import config_digest
from preceptor.phi.rules import ALL, FINDERS, FOLLOWERS, context
from preceptor.phi.rules.context import FILE, WordsInContext
from preceptor.phi.types import PhiType, Span

BY_CONTEXT = frozenset(WordsInContext().detectors)


def by_context(text: str) -> list[str]:
    return [text[span.start : span.end] for span in detect(text) if span.detector in BY_CONTEXT]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("MRN 4471902, lives Bayou Gauche, drives himself.", "Bayou Gauche"),
        ("Mr Harding, MRN 4471902. RTC per Ife's mum.", "Ife's"),
        ("Subj 0417-009 (initials LVK) missed V6, last seen 22AUG2023.", "LVK"),
        ("Overheard: he's ninety-six, drove himself, parked the Buick (GRT-80Y) across two bays.", "GRT-80Y"),
        ("MRN 4471902: plastics reg Fitz not answering, third try.", "Fitz"),
    ],
)
def test_what_no_rule_knows_is_found_by_what_stands_around_it(text: str, value: str) -> None:
    assert value in by_context(text)


@pytest.mark.parametrize(
    "text",
    [
        # Nobody is told of, or an organisation or a place is.
        "Lives Bayou Gauche, drives himself. Plastics reg Fitz not answering, third try.",
        "Lakeview Hospital: plastics reg Fitz not answering, third try.",
        # What stands far away is about somebody else.
        f"MRN 4471902. {'The dose was not changed. ' * 40}Plastics reg Fitz not answering, third try.",
        # Scores, values, shares and codes of medicine, whoever they are of.
        "Ms Delphine Armand: GCS 13/15, pain 7/10, AMT 9/10, platelets 250000, glucose 140-180, in 1998-2004.",
        "Ms Delphine Armand: PMID 31978945, NCT04280705, SNOMED 44054006, CPT 99214, ICD-10 E11.65, HLA-B27.",
        # A title belongs to who stands behind it, a label to what it says, a sentence begins with a capital anyway.
        "Translate this for Señora Quispe: one daily. SSN_536-22-4821. Ask Mr. Alvarez. Weigh him.",
        # No text of these languages was learnt from.
        "Historia 4471902. El paciente fue trasladado a Quilpie por la tarde con fiebre y disnea.",
        "MRN 4471902. Patient stürzte beim Fußball und klagt seit gestern. Therapie: Gips.",
    ],
)
def test_what_is_written_alike_is_left_alone(text: str) -> None:
    assert by_context(text) == []


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.sampled_from("Qa é'-./\n,9É😀#\u0149"), max_size=60)
    | st.lists(
        st.sampled_from(["Rowdy", "4/1", "Mrs", "on", "B.", "AB-12", "Okafor", ",", "97", "3rd"]), max_size=9
    ).map(" ".join)
)
def test_what_is_found_holds_a_capital_or_a_digit_and_overlaps_nothing_known(text: str) -> None:
    whole = f"MRN 4471902, in Quilpie. {text}"
    found = default_detector().detect(whole)
    for span in (span for span in found if span.detector in BY_CONTEXT):
        value = whole[span.start : span.end]
        assert any(letter.isupper() or letter.isdigit() for letter in value)
        assert not any(other.start < span.end and span.start < other.end for other in found if other is not span)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([row.text for row in written.queries("taught")]), min_size=1, max_size=6, unique=True))
def test_text_is_answered_alike_alone_and_among_others(texts: Sequence[str]) -> None:
    together = default_detector().detect_many(Query(text) for text in texts)
    assert list(together) == [detect(text) for text in texts]


def test_it_takes_the_kind_of_what_it_is_a_part_of() -> None:
    text = NormalText("MRN 4471902: landlord is Mr. Small, application HA 20931-F lodged, on 9/4 or 11.")
    known = [(4, 11, PhiType.MRN), (28, 33, PhiType.NAME)]
    kinds = {text.text[span.start : span.end]: span.type for span in WordsInContext().find(text, known)}
    assert kinds.get("20931-F") == PhiType.OTHER_ID


def test_nobody_is_learnt_by_name() -> None:
    document = stored()
    assert 1000 < len(document["vocabulary"]) < 10_000
    for word in document["vocabulary"]:
        known = profile(word)
        assert known is None or max(known.given, known.family) < 2 or known.ordinary >= 2, word
    # Endings of words have three letters; a profile of a word in no list begins so.
    pieces = {piece for fact in document["weights"] for piece in fact.split("\t")[1:]}
    held = {each for each in pieces if each.isalpha() and each.islower() and len(each) > 3}
    assert {each for each in held if not each.startswith("unlisted")} <= {*document["vocabulary"], *NAMED_IN_THE_CODE}


def stored() -> dict[str, dict[str, int]]:
    file = Path(context.__file__).parents[1] / "data" / FILE
    document: dict[str, dict[str, int]] = json.loads(file.read_text(encoding="utf-8"))
    return document


# Of kinds of findings, of where a word stands, of profiles and of shapes.
NAMED_IN_THE_CODE = (
    *("name", "place", "date", "contact", "number", "organisation"),
    *("nothing", "first", "line", "sentence", "colon", "semicolon", "inside"),
    *("profile", "shape"),
)


def test_weights_tell_what_is_said_of_marked_words_alone() -> None:
    marked = [(("always", "word\tper"), True, 1.0)] * 20 + [(("always", "word\tmg"), False, 1.0)] * 20
    weights = fit(marked)
    assert weights["word\tper"] > 0 > weights["word\tmg"]
    assert fit(list(reversed(marked))) == weights


def test_a_marked_thing_is_learnt_as_if_no_rule_had_found_it() -> None:
    row = written.marked("a", "Seen with [[Maria Kowalski]] on [[3 May 2024]], dose 40 mg, Glasgow scale 15.")
    known = Reader().known(row)
    assert len(known) >= 2
    weights = native.ContextWeights(vocabulary([row]), {})
    taught = list(examples(row, known, weights, random.Random(1)))
    assert {each.thing for each in taught} >= {-1, 0, 1}
    # Where a half of the name is left, the other half stands beside it; nothing else is beside the name.
    beside = {fact for each in taught if each.thing == 0 for fact in each.facts if "1 found" in fact}
    assert beside <= {"-1 found\tname", "+1 found\tname"}
    assert all("Kowalski" not in fact and "kowalski" not in fact for each in taught for fact in each.facts)


def test_reasons_are_told_of_each_place_and_show_nothing() -> None:
    places = evidence("MRN 4471902: plastics reg Fitz not answering, third try.", "", default_detector())
    said = [sentence for _, _, sentences in places for sentence in sentences]
    assert any(sentence.startswith("Context +") for sentence in said)
    assert all("Fitz" not in sentence and "\t" not in sentence for sentence in said)


def test_explanation_does_not_tell_how_a_short_name_ends() -> None:
    places = evidence("MRN 4471902: plastics reg Sty not answering, third try.", "", default_detector())
    assert all("sty" not in sentence for _, _, sentences in places for sentence in sentences)


def test_what_does_not_count_brings_nothing_near() -> None:
    far = "Plastics reg Fitz not answering on 03/14/1990. " + "The dose was not changed. " * 40 + "Mr. John Harding."
    names = Detector(ALL, FINDERS, lambda span: span.type == PhiType.NAME, followers=FOLLOWERS)
    assert {far[span.start : span.end] for span in names.detect(far)} == {"Mr. John Harding"}
    assert "Fitz" in by_context(far)


@pytest.mark.parametrize("handle", ["@Alvarez.Quispe", "@Marisol.Quispe"])
def test_what_waits_for_company_is_found_whole_where_a_part_is_somebodys_name(handle: str) -> None:
    text = f"MRN 4471902. Her insta is {handle}, she says."
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    start = text.index(handle)
    assert [
        place for place in range(start, start + len(handle)) if text[place].isalpha() and place not in covered
    ] == []


def test_what_waits_for_company_is_told_to_whoever_comes_later() -> None:
    told: list[Sequence[tuple[int, int, str]]] = []

    class Ear:
        detectors: Mapping[str, str] = {"ear": "Nothing."}
        digest = "1"

        def find(self, text: NormalText, known: Sequence[tuple[int, int, str]]) -> Sequence[Span]:
            """Nothing."""
            told.append(list(known))
            return ()

        def reasons(self, text: NormalText, known: Sequence[tuple[int, int, str]], span: Span) -> Sequence[str]:
            """None."""
            return ()

    Detector(ALL, FINDERS, followers=[*FOLLOWERS, Ear()]).detect("Ms Delphine Armand has TD88213 on her bag.")
    (known,) = told
    assert {kind for _, _, kind in known} >= {PhiType.NAME, PhiType.OTHER_ID}


def test_digest_of_a_scan_changes_with_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    before = config_digest(Detector(ALL, FINDERS, followers=[WordsInContext()]))
    monkeypatch.setattr("preceptor.phi.rules.context._stored", lambda: b"{}")
    assert config_digest(Detector(ALL, FINDERS, followers=[WordsInContext()])) != before

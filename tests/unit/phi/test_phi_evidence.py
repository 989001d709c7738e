"""Are names that no cue announces found where a text tells of somebody already, and what is like them left alone?"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import preceptor_phi_native as native
import pytest
from benchmarks.phi import written
from benchmarks.phi.evidence.learnt import are_current
from benchmarks.phi.evidence.swapped import copies
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.cli import main as cli_main
from preceptor.cli import phi
from preceptor.phi import detect
from preceptor.phi.detect import Detector, Query, default_detector
from preceptor.phi.explain import evidence
from preceptor.phi.finder import Known
from preceptor.phi.names import NamesByEvidence
from preceptor.phi.names.evidence import weights
from preceptor.phi.normalise import NormalText
from preceptor.phi.report import config_digest
from preceptor.phi.rules import ALL, FINDERS
from preceptor.phi.types import PhiType, Severity, Span

BY_EVIDENCE = frozenset(NamesByEvidence().detectors)


def by_evidence(text: str) -> list[str]:
    return [text[span.start : span.end] for span in detect(text) if span.detector in BY_EVIDENCE]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mrs Oduya, DOB 14/02/1961, rang from Penmaenmawr about her warfarin.", "Penmaenmawr"),
        ("MRN 4471902. Stung by a wasp in Quilpie, now wheezing. Adrenaline dose?", "Quilpie"),
        ("MRN 4471902: known to haem reg Adeyoola, ferritin 9.", "Adeyoola"),
        ("MRN 4471902 discharged to Penmaenmawr. Review in a week.", "Penmaenmawr"),
        ("“ﬁne” – MRN 4471902, stung by a wasp in Quilpie, now wheezing.", "Quilpie"),
        # One word of another language is quoted.
        ("MRN 4471902 felt “nicht gut” in Quilpie, now wheezing.", "Quilpie"),
    ],
)
def test_name_without_a_cue_is_found_where_somebody_is_told_of(text: str, value: str) -> None:
    assert by_evidence(text) == [value]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("The claim for Rowdy Jessup, MRN 4471902, was refused.", "Rowdy Jessup"),
        ("MRN 4471902. On our ward is a young man, Happy Nkosinathi Dube, with burns.", "Happy Nkosinathi Dube"),
        ("MRN 4471902, seen by B. Littlefeather for a strain.", "B. Littlefeather"),
        ("MRN 4471902, a pupil, Mustafa-Ali Rind, carries a pen.", "Mustafa-Ali Rind"),
    ],
)
def test_ordinary_words_and_initials_beside_a_name_are_part_of_it(text: str, whole: str) -> None:
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    start = text.index(whole)
    assert [place for place in range(start, start + len(whole)) if text[place].isalpha() and place not in covered] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MRN 4471902. Should Marjorie get an ICD?", "Marjorie"),
        ("MRN 4471902. Could Bronwyn take Metformin with food?", "Bronwyn"),
        ("MRN 4471902, Adeyoola Potassium: 5.9", "Adeyoola"),
        ("MRN 4471902, seen by Nurse Nkosinathi. Review in May.", "Nkosinathi"),
    ],
)
def test_words_beside_a_name_are_left_where_they_have_a_capital_anyway(text: str, name: str) -> None:
    start = text.index(name)
    beside = {
        text[span.start : span.end] for span in detect(text) if span.start < start + len(name) and span.end > start
    }
    assert all(found in (name, f"Nurse {name}") for found in beside), beside


@pytest.mark.parametrize(
    "text",
    [
        # Nobody is told of.
        "Stung by a wasp in Quilpie, now wheezing. Adrenaline dose?",
        # What stands far away is about somebody else.
        f"MRN 4471902. {'The dose was not changed. ' * 40}Stung by a wasp in Quilpie, now wheezing.",
        # An organisation is nobody.
        "Lakeview Hospital sent a nurse to Quilpie, now wheezing.",
        # Words of medicine, of a region and of the calendar, contractions, adjectives.
        "MRN 4471902. Started on Ozempic and Entresto, allergic to Penicillin.",
        "MRN 4471902 has had a seizure in May in Saudi Arabia, and none in the United Kingdom.",
        # What says what stands behind it.
        "MRN 4471902, wheezing. Quilpie: 12/03/2024.",
        "MRN 4471902. I'll come. We'd say the T-score is low. French-speaking nurse, X-ray clear, on Thursdays.",
        # Products, organisms and tests; what is taken, grown or scored.
        "Mr Harding, MRN 4471902, was started on Tazocin and then switched to Qvexora.",
        "MRN 4471902 takes Qvexora at breakfast. Cultures grew Cutibacterium.",
        # Spanish, German and French are written with other capitals: no text of them was learnt from.
        "MRN 4471902. Patient stürzte beim Fußball und klagt seit gestern. Therapie: Gips.",
        "MRN 4471902. Suivie depuis 2019, traitement avec Qvexora.",
        "Historia 4471902. El paciente fue trasladado a Quilpie por la tarde con fiebre y disnea.",
    ],
)
def test_what_is_like_a_name_is_left_alone(text: str) -> None:
    assert by_evidence(text) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([row.text for row in written.queries()]), min_size=1, max_size=6, unique=True))
def test_text_is_answered_alike_alone_and_among_others(texts: Sequence[str]) -> None:
    together = default_detector().detect_many(Query(text) for text in texts)
    assert list(together) == [detect(text) for text in texts]


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.sampled_from("Qa é'-.\n,9É😀"), max_size=60)
    | st.lists(
        st.sampled_from(["Rowdy", "Jessup", "Mrs", "on", "12 March", "B.", "saw", "Happy", "Okafor", ","]), max_size=9
    ).map(" ".join)
)
def test_evidence_is_of_words_alone_and_overlaps_nothing_known(text: str) -> None:
    whole = f"MRN 4471902, in Quilpie. {text}"
    found = default_detector().detect(whole)
    for span in (span for span in found if span.detector in BY_EVIDENCE):
        assert whole[span.start].isupper()
        assert whole[span.end - 1].isalpha()
        assert not any(other.start < span.end and span.start < other.end for other in found if other is not span)


def test_rest_of_a_name_ends_where_something_else_was_found() -> None:
    text = NormalText("MRN 4471902: the claim for Rowdy Jessup, of Quilpie, was refused.")
    alone = [(4, 11, PhiType.MRN)]
    assert [(span.start, span.end) for span in NamesByEvidence().find(text, alone)] == [(27, 39), (44, 51)]
    beside = [*alone, (27, 32, PhiType.OTHER_ID)]
    assert [(span.start, span.end) for span in NamesByEvidence().find(text, beside)] == [(33, 39), (44, 51)]


def test_weights_are_those_that_the_labelled_texts_teach() -> None:
    assert are_current(), "run make generate"


def test_no_weight_is_of_a_word_of_the_texts() -> None:
    # Facts are of lists, levels, signs and numbers: some hundred, whatever the texts say.
    assert 100 < len(weights()) < 1000
    assert all(fact.partition(": ")[0] in {"word", "found", "front", "behind"} for fact in weights())


def test_weight_of_an_unknown_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="no fact"):
        native.EvidenceWeights({"front: unicorn": 1})


def test_copies_have_other_names_in_the_same_places() -> None:
    row = written.marked("a", "Seen with [[Maria Kowalski]] and [[maria]]; Maria is well, MRN [[4471902]].")
    ((copy,),) = copies([(row, [Span(10, 24, PhiType.NAME, "x", Severity.HIGH)])], 1)
    values = [copy.text[span.start : span.end] for span in copy.spans]
    assert values[0] != "Maria Kowalski"
    assert values[0].istitle()
    assert values[1:] == ["maria", "4471902"]
    assert copy.text.startswith("Seen with ")


def test_explanation_names_the_facts_and_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRECEPTOR_PHI_KEY", "k" * 32)
    text = tmp_path / "t"
    text.write_text("MRN 4471902. Stung by a wasp in Quilpie, now wheezing.")
    monkeypatch.setattr("sys.argv", ["preceptor", "explain", "--text", str(text)])
    assert cli_main.guarded(phi.app) == 0
    said = capsys.readouterr().out
    assert "[32:39] town-by-evidence" in said
    assert "Evidence +" in said
    assert "found: one (+" in said
    assert "Quilpie" not in said


def test_reasons_are_told_of_each_place() -> None:
    ((start, end, sentences),) = evidence("MRN 4471902, stung in Quilpie, now better.", "", default_detector())
    assert (start, end) == (22, 29)
    assert len(sentences) == 1


class Echo:
    """Finds what is one place behind whatever is known."""

    detectors: Mapping[str, str] = {"echo": "What follows."}
    digest = "1"

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """A character for each."""
        for _, end, _ in known:
            yield Span(end, end + 1, PhiType.OTHER_ID, "echo", Severity.LOW)

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """None."""
        return ()


def test_what_a_policy_does_not_count_tells_of_nobody() -> None:
    text = "Stung by a wasp in Quilpie on 12/03/2024, now wheezing."
    assert by_evidence(text) == ["Quilpie"]
    nobody = Detector(ALL, FINDERS, lambda span: span.type != PhiType.DATE, followers=[NamesByEvidence()])
    assert nobody.detect(text) == []
    # What does not count is left to it: no name is found in it.
    assert [span.detector for span in nobody.detect(f"MRN 4471902. {text}")] == ["mrn-labelled", "town-by-evidence"]


def test_follower_is_asked_where_something_is_known_and_led_by_no_key() -> None:
    detector = Detector(ALL, FINDERS, followers=[Echo()])
    assert [span.detector for span in detector.detect("a@example.com x")] == ["email", "echo"]
    assert detector.detect("nothing here", key="a@example.com") == []
    assert detector.detect("4471902", key="mrn", number=True)[0].detector != "echo"
    assert "echo" in detector.detectors
    assert config_digest(detector) != config_digest(Detector(ALL, FINDERS))

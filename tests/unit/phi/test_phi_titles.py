"""Do titles and degrees belong to what is found, and say nothing about who it is?"""

import pytest

from preceptor.phi import beside, detect
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.titles import dressed, undressed
from preceptor.phi.types import PhiType, Severity, Span

PRINTS = Fingerprinter(b"k" * 32, "file")

WITH_TITLES = [
    ("resend the script for Mrs Papadakis today", "Mrs Papadakis"),
    ("under Prof. Dr. Weissenbach at last", "Prof. Dr. Weissenbach"),
    ("the kidney lady, dr s. venkataraghavan, said no", "dr s. venkataraghavan"),
    ("112 kg, mr. van der heyden, ortho wants 40", "mr. van der heyden"),
    ("The family (Mr and Mrs Amarasekara, plus sons)", "Mr and Mrs Amarasekara"),
    ("we buried Uncle Tunji last month", "Uncle Tunji"),
    ("Translate this for Señora Quispe: one daily", "Señora Quispe"),
    ("restart tonight for Fr. Cathal, INR 1.4", "Fr. Cathal"),
    ("pump for Sr Immaculata, renal function poor", "Sr Immaculata"),
    ("I examined Miss Abernathy at my rooms", "Miss Abernathy"),
    ("La Dra. Villalobos me dijo que suba la dosis", "Dra. Villalobos"),
    ("mr okafors wife is on line 2", "mr okafors"),
    ("hi Dr. B, its me", "Dr. B"),
    ("Electronically signed by Ngozi Achebe-Turner, MD", "Ngozi Achebe-Turner, MD"),
    ("Reviewed with Ana Prieto, RN at bedside", "Ana Prieto, RN"),
]
# Of whom nothing may be said by a title alone.
NO_NAMES = [
    "Doctor, my blood pressure is high",
    "MD, RN and NP scope of practice",
    "Sister chromatid exchange assay",
    "Father has diabetes, mother has lupus",
    "16 Fr Foley, 14 Fr Malecot, 12 Fr Salem sump",
    "Sister had lupus. Mother: HTN. Brother - MI at 50.",
    "Bishop score 6, Coach class, Chief complaint, Elder abuse",
]


@pytest.mark.parametrize(("text", "whole"), WITH_TITLES)
def test_a_title_or_degree_is_part_of_the_name_that_is_found(text: str, whole: str) -> None:
    found = [text[span.start : span.end] for span in detect(text) if span.type == PhiType.NAME]
    assert whole in found


@pytest.mark.parametrize("text", NO_NAMES)
def test_a_title_alone_is_no_name(text: str) -> None:
    assert not detect(text)


def test_a_role_is_no_title() -> None:
    text = "ask nurse Joy about it, and my sister Maria"
    found = [text[span.start : span.end] for span in detect(text)]
    assert found == ["Joy", "Maria"]


@pytest.mark.parametrize(
    "dressed",
    [
        "Dr. Pham",
        "dr pham",
        "Prof. Dr. Pham",
        "Pham, MD",
        "Mrs Pham RN",
        "DR PHAM",
        "Mr and Mrs Pham",
        "Drs. & Mrs. Pham",
    ],
)
def test_the_fingerprint_of_a_name_is_that_of_the_name_alone(dressed: str) -> None:
    assert PRINTS.of(PhiType.NAME, dressed) == PRINTS.of(PhiType.NAME, "Pham")


def test_another_type_keeps_every_letter() -> None:
    assert PRINTS.of(PhiType.ORGANISATION, "Dr. Pham") != PRINTS.of(PhiType.ORGANISATION, "Pham")


@pytest.mark.parametrize(
    "another",
    [
        "Don Pham",
        "D. Pham",
        "Justice Pham",
        "Major Pham",
        "Lord and Lady Pham",
        "Judge Pham",
        "Bishop Pham",
        "Baron Pham",
        "Sister Pham",
        "PHAM DO",
    ],
)
def test_what_may_be_a_name_itself_is_never_taken_for_a_title(another: str) -> None:
    assert PRINTS.of(PhiType.NAME, another) != PRINTS.of(PhiType.NAME, "Pham")


@pytest.mark.parametrize("name", ["Sister", "Major", "Dr", "Drake Pham", "Missy", "MD"])
def test_what_is_no_title_in_front_of_a_name_stays(name: str) -> None:
    assert undressed(name) == name


def test_who_has_a_title_of_his_own_is_somebody_else() -> None:
    text = "Mr. Nurul binti Mr. Roslan Ahmad"
    spans = [Span(4, 9, PhiType.NAME, "a", Severity.MEDIUM), Span(20, 32, PhiType.NAME, "b", Severity.HIGH)]
    assert [text[span.start : span.end] for span in dressed(text, spans)] == ["Mr. Nurul", "Mr. Roslan Ahmad"]
    joined = "Nurul binti Roslan"
    (one,) = dressed(
        joined, [Span(0, 5, PhiType.NAME, "a", Severity.MEDIUM), Span(12, 18, PhiType.NAME, "b", Severity.HIGH)]
    )
    assert (one.start, one.end, one.severity, one.detector) == (0, 18, Severity.HIGH, "b")


def test_an_address_begins_with_its_number_and_a_dose_is_none() -> None:
    for front, begins in (
        ("at 12 Odos Kanari, ", 3),
        ("at unit 4B Tannery Row, ", 3),
        ("of 3 The Old Maltings, ", 3),
        ("at 12 Al, ", 10),
        ("took 40 Insulin, ", 17),
    ):
        assert beside.begun(f"{front}Lefkara", len(front), 0) == begins, front

"""Is clinical writing that names nobody left alone, and are the people in it still found?"""

import pytest
from benchmarks.phi.vignettes import vignettes

from preceptor.phi import detect

# By class: what stands for something else, and who is found beside it.
THINGS = [
    ("organisms", "Serology for Sporothrix schenckii and Quathella remnikuensis is sent.", "Spoke with Quathonde."),
    ("citations", "It was done as described by Okamoto et al. in 2004.", "She was seen by Okamoto in 2004."),
    ("anatomy", "The pouch of Douglas and the circle of Willis are normal.", "The wife of Douglas called."),
    (
        "operations",
        "He is scheduled for Ivor Lewis esophagectomy and Quathonde colposuspension.",
        "Ivor Lewis has pain.",
    ),
    ("capitals", "A patient with CABG is scheduled for ELISA; OSA was found.", "Patient: ELISA QUATHONDE"),
    ("products", "Hemostasis was achieved with Remnafoam. Quathofix was applied.", "I spoke with Remna Quathonde."),
    ("letters", "Which drug? A. Quathomil B. Remnikol C. Vrenboltin D. Observation", "Seen by A. Quathonde today."),
    ("letters of lines", "Which drug?\nA. Quathomil\nB. Remnikol", "Signed,\nA. Quathonde"),
    ("given as a verb", "He was given Quathomil.", "Given: Quathonde"),
    ("statistics", "Fisher's exact test and Cohen's kappa were used.", "Ms. Fisher's husband called."),
    ("saints", "St. John's wort and St. George's Respiratory Questionnaire were used.", "George's wife called."),
    ("months", "He died before April 1997; seen at a clinic from August 2001.", "My wife April has a rash."),
    ("lakes", "She went hiking near Lake Victoria.", "Victoria presents with a cough."),
    ("his own word", "It is difficult to diagnose in its early stage.", "hi it's maria gonzalez"),
    ("what they have", "Her sister had Graves'; her father, Addison's.", "Her sister, Grace, has asthma."),
    ("declarations", "It follows the Declaration of Helsinki.", "My name is Helsinki Quathonde."),
    ("titles that are words", "Will We Miss Cancers? Doctor Visits rose.", "Miss Quathonde came."),
]
INSTITUTIONS = [
    "HOSPITAL COURSE: stable. Hospital Course: stable. Hospital Day 2: stable.",
    "Transferred to Radiation Oncology and Physical Medicine and Rehabilitation.",
    "The Eastern Cooperative Oncology Group and the American Academy of Pediatrics recommend it.",
    "According to the Agency for Healthcare Research and Quality and the Department of Family Medicine, it is rare.",
    "It is first-line (Health Canada, 2019; Public Health England, 2014).",
]
DATES = [
    ("She was born in March 1970 in Ohio.", False),
    ("DOB: 03/1970", True),
    ("Today is 21.5.21", True),
    ("release 1.5.21 of the software", False),
    ("at 2024-06-05T09:15:30.500-07:00 it rang", True),
]


@pytest.mark.parametrize(("thing", "clean", "named"), THINGS)
def test_what_is_called_like_people_is_left_alone_and_people_are_found(thing: str, clean: str, named: str) -> None:
    assert [(s.detector, clean[s.start : s.end]) for s in detect(clean)] == [], thing
    assert "NAME" in {str(s.type) for s in detect(named)}, thing


@pytest.mark.parametrize("text", INSTITUTIONS)
def test_bodies_that_treat_nobody_are_left_alone(text: str) -> None:
    assert [(s.detector, text[s.start : s.end]) for s in detect(text)] == []


@pytest.mark.parametrize("name", ["Bellamy and Quathonde Oncology", "Sunrise Pediatrics", "Quathonde General Hospital"])
def test_institution_with_a_name_of_its_own_is_found(name: str) -> None:
    assert "ORGANISATION" in {str(s.type) for s in detect(f"She was seen at {name} today.")}


@pytest.mark.parametrize(("text", "named"), DATES)
def test_day_or_birth_is_found_and_a_mere_month_is_not(text: str, named: bool) -> None:
    assert ("DATE" in {str(s.type) for s in detect(text)}) == named


def test_places_of_the_size_of_a_state_are_left_alone() -> None:
    for text in (
        "Family doctors in British Columbia and Queensland",
        "She is from KwaZulu-Natal and moved to Bavaria.",
    ):
        assert detect(text) == []
    assert detect("She lives in Remniku, Bavaria.") != []


@pytest.mark.parametrize("part", [0, 1])
def test_clean_vignettes_are_left_alone(part: int) -> None:
    rows = list(vignettes(150, seed=71, part=part))
    assert sum(bool(detect(row.text)) for row in rows) <= len(rows) // 100

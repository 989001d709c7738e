"""What is a score, a value or a code by itself, is it a day, an age or a number of somebody's beside a name?"""

import pytest

from preceptor.phi.covered import Covered
from preceptor.phi.detect import detect

SOMEBODY = "Mrs Anna Ortiz rang. "


def found(text: str) -> set[tuple[str, str]]:
    return {(text[span.start : span.end], span.detector) for span in detect(text)}


DAYS = [
    ("Shutoff notice 11/3. Letter needed.", "11/3"),
    ("Needle stick 1/29 ~1430.", "1/29"),
    ("Positive for fentanyl on 9/9 and again today.", "9/9"),
    ("Corrected calcium low, drawn 3/3.", "3/3"),
    ("Corrected calcium low, then 9.14.23 again.", "9.14.23"),
]
AGES = [
    ("Earl, 97, still splits wood.", "97"),
    ("Resident Pearl (99) was in the wrong room.", "99"),
    ("My dad says hes 91 and cannot use the portal.", "91"),
    ("A retired schoolteacher of 101 who gardens.", "101"),
    ("A retired lighthouse keeper, 97, still living by himself.", "97"),
    ("Wearer is 101, manages batteries with help.", "101"),
]
CODES = [
    ("The tube was marked 00418832 by hand.", "00418832"),
    ("They quoted I-9930 2215 4 to us.", "I-9930 2215 4"),
    ("Bib 20417 was found on the road.", "20417"),
    ("The dosing window was opened for FPT-7714-rh today.", "FPT-7714-rh"),
    ("Trio exome WES-9921-P/M/F was done.", "WES-9921-P/M/F"),
    ("Her insta is @pilar.pinta.peces these days.", "@pilar.pinta.peces"),
    ("They noted 5 TD88213/K7 there.", "TD88213/K7"),
    ("NOMIS A4417DK has been on methadone.", "A4417DK"),
]


@pytest.mark.parametrize(("text", "value"), [*DAYS, *AGES, *CODES])
def test_it_is_found_beside_a_name(text: str, value: str) -> None:
    assert value in {each for each, _ in found(SOMEBODY + text)}


@pytest.mark.parametrize(("text", "value"), [each for each in (*DAYS, *AGES, *CODES) if "Earl" not in each[0]])
def test_and_it_alone_makes_no_text_of_anybodys(text: str, value: str) -> None:
    assert not {detector for _, detector in found(text) if detector.endswith("-in-company")}


@pytest.mark.parametrize(
    "text",
    [
        "Power 3/5 in the left arm, 5/5 in the right.",
        "Visual acuity 6/18 and 6/24.",
        "GCS 13/15, pain 7/10, AMT 9/10.",
        "Half a tablet, then 1/2 tablet, in 10/30 of cases.",
        "HR (98), sats 97, ferritin 10500, platelets 250000.",
        "Temperature 101, blood pressure 120, pulse (99), score 95.",
        "PMID 31978945, NCT04280705, SNOMED 44054006, CPT 99214.",
        "Glucose 140-180 fasting, ETA 2200, in 1998-2004.",
        "Give 12000 units, 500 mg, 20000 IU.",
        "NEWS 3/20, PSQI is 8/21, cover is 24/7.",
        "CFTR F508del/R117H-7T, prothrombin G20210A, lineage BA.2.86.1, ISO 13485, IEC 60601-1-2.",
        "HFNC 40L/0.4, C282Y/C282Y, J0897, S72.001A, T4N2M0, 1430H, c.5266dupC, EN 149 mask.",
        "NT-proBNP was 35000 at admission, D-dimer 12750, white cells 11410.",
    ],
)
def test_what_is_scored_measured_and_cited_stays_so_beside_a_name(text: str) -> None:
    assert not {each for each in found(SOMEBODY + text) if each[1].endswith("-in-company")}


def test_what_another_rule_finds_is_not_found_again() -> None:
    (number,) = [each for each in found(f"{SOMEBODY}MRN00482913.pdf") if "00482913" in each[0]]
    assert number[0] == "00482913"
    assert not number[1].endswith("-in-company")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Hope is 78, has dementia.", "Hope"),
        ("Kit, 19, nonbinary, took 24 g.", "Kit"),
        ("Void my entry. KB, LPN", "KB, LPN"),
        ("Seen by T.W., a 28-year-old rower.", "T.W."),
        ("He is from Prince George's County, Maryland.", "Prince George's County"),
        ("She lives in Coeur d'Alene and smokes.", "Coeur d'Alene"),
        ("Driver number NWACH 606154 E99KL was given.", "NWACH 606154 E99KL"),
    ],
)
def test_it_is_found_by_itself(text: str, value: str) -> None:
    assert value in {each for each, _ in found(text)}


@pytest.mark.parametrize("text", ["Max is 40, min is 20.", "Grade is 12, stage is 30."])
def test_no_name_stands_before_a_number_that_is_no_age(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_a_place_is_covered_where_any_other_shares_a_character_with_it(number: int) -> None:
    places = [(17 * each % 101, 17 * each % 101 + 1 + each % 7) for each in range(number)]
    covered = Covered(places)
    for start in range(110):
        for end in range(start + 1, start + 4):
            assert covered.touches(start, end) == any(one < end and start < other for one, other in places)
            assert covered.holds(start, end) == any(one <= start and end <= other for one, other in places)

"""What does the detector find, and what does it leave alone?"""

import pytest

from preceptor.phi import Severity, detect
from preceptor.phi.detect import Query, default_detector

FOUND = [
    ("SSN: 123-45-6789", "SSN", "123-45-6789"),
    ("social security number is 123456789", "SSN", "123456789"),
    ("His MRN is 00412345.", "MRN", "00412345"),
    ("Patient ID: PT-99812", "MRN", "PT-99812"),
    ("call me at 212-555-0187", "PHONE", "212-555-0187"),
    ("(212) 555-0187", "PHONE", "(212) 555-0187"),
    ("+44 20 7946 0958", "PHONE", "+44 20 7946 0958"),
    ("Fax: 212-555-0188", "FAX", "212-555-0188"),
    ("write to jane.roe@example.com today", "EMAIL", "jane.roe@example.com"),
    ("see https://portal.example.com/p/77", "URL", "https://portal.example.com/p/77"),
    ("from 10.20.30.40 at night", "IP_ADDRESS", "10.20.30.40"),
    ("fe80::1ff:fe23:4567:890a", "IP_ADDRESS", "fe80::1ff:fe23:4567:890a"),
    ("seen on March 5, 2021", "DATE", "March 5, 2021"),
    ("on the 5th of March", "DATE", "the 5th of March"),
    ("born 03/04/1960", "DATE", "03/04/1960"),
    ("2021-03-05T10:00:00", "DATE", "2021-03-05T10:00:00"),
    ("admitted on 3/14 with pain", "DATE", "3/14"),
    ("a 93-year-old woman", "AGE", "93-year-old"),
    ("aged 101", "AGE", "101"),
    ("lives at 12 Oak Street", "LOCATION", "12 Oak Street"),
    ("PO Box 117", "LOCATION", "PO Box 117"),
    ("in Springfield, IL today", "LOCATION", "Springfield, IL"),
    ("ZIP code: 62704", "LOCATION", "62704"),
    ("account number 88112233", "ACCOUNT", "88112233"),
    ("4111 1111 1111 1111", "ACCOUNT", "4111 1111 1111 1111"),
    ("GB82 WEST 1234 5698 7654 32", "ACCOUNT", "GB82 WEST 1234 5698 7654 32"),
    ("member ID: XYZ1234567", "HEALTH_PLAN", "XYZ1234567"),
    ("driver's license D1234567", "LICENCE", "D1234567"),
    ("1HGCM82633A004352", "VEHICLE", "1HGCM82633A004352"),
    ("plate number 7ABC123", "VEHICLE", "7ABC123"),
    ("pacemaker serial number PM-778812", "DEVICE", "PM-778812"),
    ("fingerprint id 88231", "BIOMETRIC", "88231"),
    ("passport no. 533380006", "OTHER_ID", "533380006"),
    ("Mr. Alvarez was seen", "NAME", "Mr. Alvarez"),
    ("Dr Parkinson called", "NAME", "Dr Parkinson"),
    ("Patient name: Jane Roe", "NAME", "Jane Roe"),
    ("my name is jane", "NAME", "jane"),
    ("Walter Price has a cough", "NAME", "Walter Price"),
    ("NHS number 943 476 5919", "NATIONAL_ID_GB_NHS", "943 476 5919"),
    ("DNI 54362315K", "NATIONAL_ID_ES_DNI", "54362315K"),
    ("CPF 390.533.447-05", "NATIONAL_ID_BR_CPF", "390.533.447-05"),
]

CLEAN = [
    "My chest hurts and I feel faint.",
    "A 45-year-old man, aged 45, in his forties.",
    "He is 89 years old. Aged 90 or older.",
    "In 2019 and in March 2019 he was well.",
    "Pain 8/10, blood pressure 120/80, pulse 110, temperature 38.5.",
    "Take it 24/7 or 2-3 times in 10-14 days.",
    "Parkinson disease, Foley catheter, Crohn's disease, Bell's palsy, Down syndrome, Guillain Barre.",
    "The Glasgow Coma Scale, the Apgar score, Ann Arbor staging.",
    "I live in California and come from Spain.",
    "EMERGENCY. Call emergency services now. Call 911.",
    "Version 2.13.0, section 1.2, Python 3.11.9",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256:9371adcaaad1deac84c4645fc20a6aec7ef66785ce6cfbd01aecdf3f14cdd7af",
    "learning rate 0.00121234567, loss 2.123456789012",
    "may 5 of them march on? The dec 3 line",
    "My doctor says rest. Miss the bus. Nurse please help.",
    "my name is unknown, patient name: [REDACTED]",
    "http is a protocol",
    "IL-6, CD4, B12 and D3 levels; L4 L5 disc; T2 weighted",
    "1,234,567 cells in 1000 mL; 5000000 units",
    "the patient is a smoker; the physician is tired",
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_identifier_is_found_where_it_stands(text: str, kind: str, value: str) -> None:
    assert [text[s.start : s.end] for s in detect(text) if s.type == kind] == [value]


@pytest.mark.parametrize("text", CLEAN)
def test_clinical_text_without_identifiers_is_left_alone(text: str) -> None:
    assert [(s.type, s.detector, text[s.start : s.end]) for s in detect(text)] == []


@pytest.mark.parametrize("text", ["SSN: 000-12-3456", "ssn 666-12-3456", "VIN: 1HGCM82633A004353", "DNI: 54362315A"])
def test_labelled_value_that_its_scheme_refuses_is_reported_as_low(text: str) -> None:
    assert [s.severity for s in detect(text)] == [Severity.LOW]


def test_labelled_vehicle_number_of_signs_that_no_vehicle_has_is_low_and_no_crash() -> None:
    (span,) = detect("VIN: 1HGCM82633A0:4:35")
    assert (span.type, span.severity) == ("VEHICLE", Severity.LOW)


@pytest.mark.parametrize(
    "text",
    ["１２３-４５-６７８９", "123‑45‑6789", "12\u200b3-45-67\u200d89", "١٢٣-٤٥-٦٧٨٩", "123\u00ad-45-6789"],
)
def test_disguised_digits_are_read(text: str) -> None:
    (span,) = detect(text)
    assert (span.type, span.start, span.end) == ("SSN", 0, len(text))


@pytest.mark.parametrize(
    ("key", "text", "kind"),
    [
        ("ssn", "123456789", "SSN"),
        ("patientId", "4471182", "MRN"),
        ("phone_number", "2125550187", "PHONE"),
        ("age", "93", "AGE"),
        ("zip", "62704", "LOCATION"),
    ],
)
def test_bare_number_is_an_identifier_under_its_key_only(key: str, text: str, kind: str) -> None:
    assert [s.type for s in detect(text, key=key, number=True)] == [kind]
    assert detect(text, key="step", number=True) == []


def test_long_hostile_text_ends() -> None:
    for text in ("a." * 50_000 + "com", "1-" * 50_000, "A " * 50_000, "9" * 100_000, "John " * 20_000):
        detect(text)


def test_rules_have_different_ids() -> None:
    ids = [rule.id for rule in default_detector().rules]
    assert len(set(ids)) == len(ids)


WRITTEN_WITH_CAPITALS = (
    "Light's criteria: exudate. Lemierre syndrome with Fusobacterium necrophorum. Ludwig's angina excluded.",
    "¿Cuál es el tratamiento de primera línea de la enfermedad de Wilson? ¿Y de la fiebre de Malta?",
)


@pytest.mark.parametrize("text", WRITTEN_WITH_CAPITALS)
def test_a_fields_name_in_small_letters_does_not_make_its_text_one_that_is_written_without_capitals(text: str) -> None:
    assert detect(text) == []
    assert detect(text, key="content") == []


def test_texts_that_are_alike_are_searched_once_and_answered_each_with_a_list_of_its_own() -> None:
    detector = default_detector()
    texts = [f"MRN: 1234{number}" for number in (0, 1, 0, 0, 2, 1)]
    queries = [*map(Query, texts), Query("12340", "mrn", True), Query("12340", "step", True), Query("12340", "mrn")]
    answers = list(detector.detect_many(queries))
    assert answers == [detector.detect(*query[:1], key=query.key, number=query.number) for query in queries]
    assert len({id(answer) for answer in answers}) == len(answers)


TIED_TO_A_NAME = (
    ("536-22-4821.txt", "536-22-4821", "SSN"),
    ("see 536-22-4821.TXT", "536-22-4821", "SSN"),
    ("file_536-22-4821", "536-22-4821", "SSN"),
    ("scans/536-22-4821.pdf", "536-22-4821", "SSN"),
    ("see SSN 536-22-4821.txt", "536-22-4821", "SSN"),
    ("SSN 536-22-4821-v2", "536-22-4821", "SSN"),
    ("SSN_536-22-4821.txt", "536-22-4821", "SSN"),
    ("415-555-0132.txt", "415-555-0132", "PHONE"),
    ("/data/415-555-0132/x.json", "415-555-0132", "PHONE"),
    ("mrn_00482913_note.txt", "00482913", "MRN"),
    ("MRN00482913.pdf", "00482913", "MRN"),
    ("smith_john_dob_03-14-1958.pdf", "03-14-1958", "DATE"),
    ("nhs-9434765919.pdf", "9434765919", "NATIONAL_ID_GB_NHS"),
)


@pytest.mark.parametrize(("text", "value", "kind"), TIED_TO_A_NAME)
def test_a_number_that_a_file_is_named_after_is_found_whole_and_alone(text: str, value: str, kind: str) -> None:
    found = [(text[s.start : s.end], s.type, s.severity) for s in detect(text)]
    assert found == [(value, kind, Severity.HIGH)]


def test_a_number_tied_to_a_name_is_found_where_it_stands_in_an_unusual_text_below_a_key() -> None:
    text = "ﬁle\u200b ＳＳＮ_536-22-4821.pdf"
    (span,) = detect(text, key="path")
    assert text[span.start : span.end] == "536-22-4821"

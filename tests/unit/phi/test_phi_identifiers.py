"""Which identifiers are found by their label, by their shape or by their checksum, and how severe are they?"""

import pytest

from preceptor.phi import Severity, detect
from preceptor.phi.rules.schemes import schemes

# Scheme, label, valid value, is it found without its label, value that its checksum or range refuses.
NATIONAL = [
    ("GB_NHS", "NHS number", "943 476 5919", True, "943 476 5918"),
    ("GB_NINO", "National Insurance number", "AB 12 34 56 C", True, ""),
    ("CA_SIN", "SIN", "130 692 544", True, "130 692 546"),
    ("MX_CURP", "CURP", "BOXW310820HNERXN09", True, "BOXW310820HNERXN08"),
    ("BR_CPF", "CPF", "390.533.447-05", True, "390.533.447-06"),
    ("AR_CUIT", "CUIT", "20-05536168-2", True, "20-05536168-3"),
    ("CL_RUT", "RUT", "12.531.909-2", True, "12.531.909-3"),
    ("ES_DNI", "DNI", "54362315K", True, "54362315Z"),
    ("ES_NIE", "NIE", "X2482300W", True, "X2482300A"),
    ("FR_NIR", "numéro de sécurité sociale", "2 95 10 99 126 111 93", True, "2 95 10 99 126 111 99"),
    ("DE_IDNR", "Steuer-ID", "36 574 261 809", True, "36 574 261 890"),
    ("DE_KVNR", "Krankenversichertennummer", "A123456780", True, "A123456787"),
    ("DE_RVNR", "Rentenversicherungsnummer", "15070649C103", True, "15070649C100"),
    ("AT_VNR", "Sozialversicherungsnummer", "1237 010180", True, "2237 010180"),
    ("CH_AHV", "AHV", "756.9217.0769.85", True, "756.9217.0769.84"),
    ("NL_BSN", "BSN", "1112.22.333", True, "1112.52.333"),
    ("BE_NN", "rijksregisternummer", "85.07.30-033.28", True, "85.07.30-033.29"),
    ("IT_CODICE_FISCALE", "codice fiscale", "RCCMNL83S18D969H", True, ""),
    ("PT_NIF", "contribuinte", "501 964 843", False, "501 964 842"),
    ("PL_PESEL", "PESEL", "44051401359", True, "44051401358"),
    ("CZ_RC", "rodné číslo", "710319/2745", True, "710319/2746"),
    ("SK_RC", "rodné číslo", "710319/2745", True, "710319/2746"),
    ("RO_CNP", "CNP", "1630615123457", True, "1630615123458"),
    ("BG_EGN", "EGN", "8032056031", False, ""),
    ("GR_AMKA", "AMKA", "01013099997", True, ""),
    ("HR_OIB", "OIB", "33392005961", False, "33392005962"),
    ("SI_EMSO", "EMŠO", "0101006500006", True, "0101006500007"),
    ("EE_IK", "isikukood", "36805280109", True, ""),
    ("LT_ASMENS", "asmens kodas", "33309240064", True, "33309240164"),
    ("LV_PK", "personas kods", "161175-19997", True, "161375-19997"),
    ("SE_PERSONNUMMER", "personnummer", "880320-0016", True, ""),
    ("NO_FNR", "fødselsnummer", "151086 95088", True, "151086 95077"),
    ("DK_CPR", "CPR-nummer", "211062-5629", True, ""),
    ("FI_HETU", "henkilötunnus", "131052-308T", True, "131052-308U"),
    ("IE_PPS", "PPS number", "6433435F", True, "6433435E"),
    ("HU_TAJ", "TAJ", "111 111 110", False, ""),
    ("LU_CNS", "matricule", "1993120105720", False, ""),
    ("MT_ID", "ID card", "0123456M", False, ""),
    ("CY_VAT", "VAT", "CY-10259033P", False, "CY-10259033Z"),
    ("TR_TCKN", "TC Kimlik No", "17291716060", True, ""),
    ("IL_ID", "mispar zehut", "3933742-3", True, "3933742-2"),
    ("ZA_ID", "South African ID", "7503305044089", True, ""),
    ("NG_NIN", "national identification number", "12345678901", False, ""),
    ("AU_TFN", "TFN", "123 456 782", True, ""),
    ("AU_MEDICARE", "Medicare", "2123 45670 1", True, "2123 45680 1"),
    ("NZ_NHI", "NHI", "ZAC5361", False, "ZAC5362"),
    ("NZ_IRD", "IRD", "49-098-576", True, "49-098-577"),
    ("IN_AADHAAR", "Aadhaar", "2341 2341 2346", True, "2341 2341 2347"),
    ("IN_PAN", "PAN", "ACUPA7085R", True, ""),
    ("JP_MYNUMBER", "My Number", "6214 9832 0257", True, "6214 9832 0258"),
    ("KR_RRN", "RRN", "960121-1234567", True, "961321-1234567"),
    ("CN_RIC", "身份证号", "360426199101010071", True, "360426199101010072"),
    ("TH_PIN", "Thai ID", "1-2345-67890-12-1", True, "1-2345-67890-12-2"),
    ("SG_NRIC", "NRIC", "S2740116C", True, ""),
    ("PH_TIN", "BIR TIN", "000-123-456-000", True, "000-123-457-000"),
]

# What stands in a sentence, the type it must have, and the value.
LABELLED = [
    ("MRN# 12", "MRN", "12"),
    ("MRN is 12", "MRN", "12"),
    ("mrn=12", "MRN", "12"),
    ('"mrn":12', "MRN", "12"),
    ("MRN|1234", "MRN", "1234"),
    ("Medical Record No. 12", "MRN", "12"),
    ("patient_mrn=4471 loss", "MRN", "4471"),
    ("her medical record number, which I have here, is 00432178", "MRN", "00432178"),
    ("00432178 is her medical record number", "MRN", "00432178"),
    ("MRNs 12345, 23456 and 34567", "MRN", "34567"),
    ("NHC: 22 75689632 36", "MRN", "22 75689632 36"),
    ("número de historia clínica 448812", "MRN", "448812"),
    ("the last four of my social are 6789", "SSN", "6789"),
    ("SSN XXX-XX-6789", "SSN", "XXX-XX-6789"),
    ("acct ending in 4432", "ACCOUNT", "4432"),
    ("policy #ABC-12", "HEALTH_PLAN", "ABC-12"),
    ("Member ID: W 123 456 789", "HEALTH_PLAN", "W 123 456 789"),
    ("Medicare: 1EG4-TE5-MK73", "HEALTH_PLAN", "1EG4-TE5-MK73"),
    ("lic. no 4432", "LICENCE", "4432"),
    ("Driver's license: D123-456-78-901-2", "LICENCE", "D123-456-78-901-2"),
    ("NPI: 1234567893", "LICENCE", "1234567893"),
    ("you can reach me at 555 0199", "PHONE", "555 0199"),
    ("His mobile, in case you need it, is 07911 123456", "PHONE", "07911 123456"),
    ("Telfs.: 918823884 / 918823984", "PHONE", "918823984"),
    ("pager 4432", "PHONE", "4432"),
    ("faxNumber=2369869172", "FAX", "2369869172"),
    ("VIN: 1HGCM82633A004352", "VEHICLE", "1HGCM82633A004352"),
    ("License plate 34 ABC 1234", "VEHICLE", "34 ABC 1234"),
    ("Device serial: HXC-44232", "DEVICE", "HXC-44232"),
    ("Fingerprint template: 9f86d081884c7d65", "BIOMETRIC", "9f86d081884c7d65"),
    ("Instagram: @mia_smith76", "OTHER_ID", "@mia_smith76"),
    ("my passport number is T3569075", "OTHER_ID", "T3569075"),
    ("Patient UUID: 550e8400-e29b-41d4-a716-446655440000", "MRN", "550e8400-e29b-41d4-a716-446655440000"),
]

BARE = [
    ("DEA BB1388568", "BB1388568"),
    ("call 0917 123 4567 tonight", "0917 123 4567"),
    ("reached 090-1234-5678 again", "090-1234-5678"),
    ("(79 chars) (415)555-0132x12 end", "(415)555-0132x12"),
    ("from 2001:db8::8a2e:370:7334 today", "2001:db8::8a2e:370:7334"),
    ("route 10.0.0.0/8.", "10.0.0.0/8"),
    ("[2001:db8::1]:8080", "2001:db8::1"),
    ("paid with 4012-8888-8888-1881.", "4012-8888-8888-1881"),
    ("IBAN GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32"),
    ("to 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ", "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"),
    ("UDI (01)00844588003288(17)141120(21)1234", "(01)00844588003288(17)141120(21)1234"),
    ("monitor 00:1A:2B:3C:4D:5E joined", "00:1A:2B:3C:4D:5E"),
    ("photo patient_face_0012.jpg", "patient_face_0012.jpg"),
    ("on file: 078-05-1123", "078-05-1123"),
]

# No identifier: what looks like one counts, measures, cites, or its checksum fails and nothing labels it.
NOTHING = [
    "SSN-like 000-12-3456 and 078-05-0000 and 666-12-3456",
    "130 692 549 and 390.533.447-06 and 943-076-1111",
    "95% CI: 12.83-18.72; OR 1.027-1.164; ci 10.84-14.07",
    "PMID 31234567, PMC1234567, NCT01234567, doi 10.1000/182",
    "LOINC 4548-4, NDC 50242-040-62, CPT 99213, ICD-10 E11.9",
    "step 1203456789 loss 0.2312 tokens 13958643712 bytes",
    "Group 1-75.5%, group 2 1060 patients, account for 1500 cases",
    "the NPI score was 12.5 and the CPR lasted 20 minutes",
    "We called 1200 households; contact 2019-2020; cell 1.5 x 10",
    "Call 1-800-222-1222 or 911.",
    "genes TP53, BRCA1, CD34 and lot of 2000 units",
    "see ClinicalTrials.gov and https://www.who.int/news",
    "v1.2.3.4 and version 10.2.3.4 of the firmware",
    "std::cout and Ratio 1:2:3:4 at 12:34:56",
]


@pytest.mark.parametrize(("key", "label", "value", "bare", "refused"), NATIONAL)
def test_national_number_is_found_beside_its_label(key: str, label: str, value: str, bare: bool, refused: str) -> None:
    text = f"Her {label} is {value}."
    (span,) = [s for s in detect(text) if text[s.start : s.end] == value]
    assert span.severity is not Severity.LOW


@pytest.mark.parametrize(("key", "label", "value", "bare", "refused"), [n for n in NATIONAL if n[3]])
def test_distinct_national_number_is_found_alone(key: str, label: str, value: str, bare: bool, refused: str) -> None:
    text = f"It says {value} there."
    assert value in [text[s.start : s.end] for s in detect(text)]


@pytest.mark.parametrize(("key", "label", "value", "bare", "refused"), [n for n in NATIONAL if n[4]])
def test_labelled_national_number_that_cannot_exist_is_low(
    key: str, label: str, value: str, bare: bool, refused: str
) -> None:
    text = f"{label}: {refused}"
    spans = [s for s in detect(text) if text[s.start : s.end] == refused]
    assert [s.severity for s in spans] == [Severity.LOW]


@pytest.mark.parametrize(("text", "kind", "value"), LABELLED)
def test_labelled_identifier_is_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in [(s.type, text[s.start : s.end]) for s in detect(text)]


@pytest.mark.parametrize(("text", "value"), BARE)
def test_distinct_identifier_is_found_without_a_label(text: str, value: str) -> None:
    assert value in [text[s.start : s.end] for s in detect(text)]


@pytest.mark.parametrize("text", NOTHING)
def test_number_that_identifies_nobody_is_left_alone(text: str) -> None:
    assert [(s.detector, text[s.start : s.end]) for s in detect(text)] == []


@pytest.mark.parametrize(
    "text", ["SSN: 666-45-6789", "SSN 123-00-6789", "credit card 4012-8888-8888-1882", "DEA number BG8207031"]
)
def test_labelled_value_that_its_scheme_refuses_is_low(text: str) -> None:
    assert [s.severity for s in detect(text)] == [Severity.LOW]


def test_every_scheme_has_a_checksum_that_can_be_loaded() -> None:
    for scheme in schemes():
        assert isinstance(scheme.exists("123456789012"), bool), scheme.key


def test_schemes_of_the_countries_that_are_promised_are_there() -> None:
    countries = {scheme.key.partition("_")[0] for scheme in schemes()}
    union = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
    others = "GB US CA AU NZ IN JP KR BR MX ZA NO CH TR TH SG PH IL CN AR CL NG"
    assert set(f"{union} {others}".split()) <= countries

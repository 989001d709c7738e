"""Is somebody found by the form of what stands around the name, and nobody where the form is another thing's?"""

import pytest

from preceptor.phi import detect

FOUND = [
    ("doc its Wojtek. i stop smoking", "Wojtek"),
    ("Hi, it's Temitope here, can I get a refill?", "Temitope"),
    ("asking for Analyn in Dumaguete, 6 wks pp", "Analyn"),
    ("Sipho 8y asthma, 3rd ED visit", "Sipho"),
    ("Yusra A 3/12 old, wt 5.1kg", "Yusra A"),
    ("Oyelaran B. / 55 / M / Ca prostate", "Oyelaran B."),
    ("Kaur, Simranjit - LMP 3 weeks ago", "Kaur, Simranjit"),
    ("Mortuary release: Begum, Hasina; released", "Begum, Hasina"),
    ("M.O., 49/M, chest heaviness 2h", "M.O."),
    ("Pt R.T. wants to self-discharge", "R.T."),
    ("MEMBER: Gurpreet, G-U-R-P-R-E-E-T, last name", "G-U-R-P-R-E-E-T"),
    ("that is spelled K R Z Y Z E W S K I", "K R Z Y Z E W S K I"),
    ("both show in my app under tslim_brooke92", "tslim_brooke92"),
    ("session dropped user=mkowalczyk retry", "mkowalczyk"),
    ("Account 6600-3149-27 (Vandermolen): upset", "Vandermolen"),
    ('Consult psych: Ignatius ("Iggy") 19M', 'Ignatius ("Iggy")'),
    ("eating toast, Big Norm is back to himself", "Big Norm"),
    ("bongani u left ur stethoscope", "bongani"),
    ("ANY NEWS ON FITZROY'S CT? WIFE RINGING", "FITZROY"),
    ("LINE US GUIDED x1 PASS, CXR NO PTX, OPERATOR DESAI-KRANTZ, SUPERVISED BY CONSULTANT", "DESAI-KRANTZ"),
    ("OB triage on Nukilik, the lady from Point Hope?", "Nukilik"),
    ("NOK: husb Olumide, 2 units requested", "Olumide"),
    ("a retired postman from Ballinasloe", "Ballinasloe"),
    ("she lives on her own in Wetherby, she fell", "Wetherby"),
    ("PT IS A 67 YO WIDOW FROM YAZOO CITY MS WITH PAIN", "YAZOO CITY"),
    ("Placement approved Choctaw County.", "Choctaw County"),
    ("care of the late Mr Gethin Prosser of Pontardawe. I have", "Pontardawe"),
    ("death of Alasdair of 88 Harbour View, Peterhead; issued", "88 Harbour View, Peterhead"),
    ("Found by landlord, Unit 6, 1140 Alder Ct, Kelso. Down", "Unit 6, 1140 Alder Ct, Kelso"),
    ("i live in Truth or Consequences and drive far", "Truth or Consequences"),
]
CLEAN = [
    "Kerley B lines and a Hampton hump on same film?",
    "Pat dry, do not rub. Press pound when done. Skip the dose.",
    "Baby is 11 weeks and spits up after every bottle",
    "PT EVAL: AMBULATED 150 FT X2 WITH RW, CGA, STEADY GAIT.",
    "CO 3.9, CI 2.1 by Fick",
    "Hallux valgus, Lapidus discussed vs scarf, Taylor bunion mild",
    "norovirus GII.4 Sydney",
    "Its Ozempic day, do I take it with food?",
    "asking for Percocet in triage again",
    "A-B-C-D-E approach for the sick patient",
    "user=admin login failed on host",
    "Candida, Aspergillus; both negative",
    "thank u for the refill",
    "12 Lead View, normal axis",
    "Each County has a different form",
    "pt on I.V. fluids, hypotensive",
    "Bed 4 (Isolation): contact precautions",
    "Men from Africa and women in Europe were compared",
]


@pytest.mark.parametrize(("text", "somebody"), FOUND)
def test_somebody_is_found(text: str, somebody: str) -> None:
    start = text.index(somebody)
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    missed = [c for place, c in enumerate(somebody, start) if c.isalnum() and place not in covered]
    assert not missed


@pytest.mark.parametrize("text", CLEAN)
def test_nothing_is_found_in_what_looks_alike(text: str) -> None:
    assert not detect(text)

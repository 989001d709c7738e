"""Which people, places, dates and ages does the scanner find in prose, and which look-alikes does it leave alone?"""

import random

import pytest
from benchmarks.phi.prose import negatives, queries

from preceptor.phi import detect
from preceptor.phi.names import NamesFinder, gazetteer
from preceptor.phi.names.words import profile
from preceptor.phi.normalise import normalise

WHOLE = [
    # Names in no list: invented.
    ("Zelmira Quathonde was seen today.", "Zelmira Quathonde"),
    ("Patient: Quathonde, Zelmira A.", "Quathonde, Zelmira A."),
    ("Spoke with Ms. Vrenbolt about her labs.", "Vrenbolt"),
    ("Okwembele presents with a cough.", "Okwembele"),
    ("Emergency contact: Tavrin Oskelund (sister).", "Tavrin Oskelund"),
    ("Dear Dr. Brask-Tolmin,\nThank you.", "Brask-Tolmin"),
    # Parts of names.
    ("Khalid al-Hassan and Pieter van der Merwe, Jr. came.", "Pieter van der Merwe, Jr."),
    ("Seen by Mary-Anne O'Toole-Quathonde today", "Mary-Anne O'Toole-Quathonde"),
    ("Mary's wife called.", "Mary"),
    ("J. R. Quathonde signed.", "J. R. Quathonde"),
    ("PATIENT JOHN SMITH ADMITTED", "JOHN SMITH"),
    # Words that mean other things too.
    ("Will Young, 45M, has a rash.", "Will Young"),
    ("Dr. Parkinson called.", "Parkinson"),
    ("My wife Grace was diagnosed with lupus.", "Grace"),
    # No capitals.
    ("hi im maria gonzalez and i feel sick", "maria gonzalez"),
    ("my daughter lucia has a fever", "lucia"),
    # Spanish.
    ("Me llamo Íñigo Etxarri Zubeldia y tengo tos.", "Íñigo Etxarri Zubeldia"),
    ("Remitido por: Dra. Marta Vilaró Pons Servicio de Urología", "Marta Vilaró Pons"),
    ("my daughter faith has a rash", "faith"),
    ("this is will love calling about my labs", "will love"),
    ("hi im hiroshi van dyke and i feel sick", "hiroshi van dyke"),
    ("Is it safe for Zelmira Bell to take warfarin?", "Zelmira Bell"),
    ("Biopsy result for Takeshi Yamamoto: benign.", "Takeshi Yamamoto"),
    ("Médico: Jose Luis Del Castillo Pardo de Vera", "Jose Luis Del Castillo Pardo de Vera"),
    # Places.
    ("hi im tyrone thoto from buffalo, i have a cough", "buffalo"),
    ("She lives on Alder Street with her son.", "Alder Street"),
    ("Mail results to 318 Maldonado Union.", "318 Maldonado Union"),
    ("could not parse record street=53 Bennett Pass loss=0.231", "53 Bennett Pass"),
    (
        "Remitido por: Mar Vrenbolt C/. Mimendi, 14, 2.º B 20140 Andoain (Guipúzcoa) España",
        "Mimendi, 14, 2.º B 20140 Andoain (Guipúzcoa",
    ),
    (
        "Hospital de Navarra Irunlarrea, 3 31008 Pamplona. Navarra E-mail: a@b.es",
        "Irunlarrea, 3 31008 Pamplona. Navarra",
    ),
    ("Localidad/ Provincia: Vitoria.", "Vitoria"),
    ("PLZ: 10115", "10115"),
    ("my eircode is H91 E2K3", "H91 E2K3"),
    ("He lives in Remniku with his wife.", "Remniku"),
    ("She was transferred from Chicago yesterday.", "Chicago"),
    ("I live in St. Albans, VT now", "St. Albans, VT"),
    (
        "Send it to 2407 Quathonde Street Apt. 12\nRemniku\n, OH\n 44101 please",
        "2407 Quathonde Street Apt. 12\nRemniku\n, OH\n 44101",
    ),
    ("Domicilio: Calle de las Margaritas, 13, 2º B.\nCP: 28001", "Calle de las Margaritas, 13, 2º B"),
    ("vive en la C/ Alcalá, 5, 28001 Madrid", "28001 Madrid"),
    ("ZIP code prefix: zip 036", "036"),
    ("She was seen at Quathonde Valley Medical Center.", "Quathonde Valley Medical Center"),
    # Dates and ages.
    ("seen on the 3rd of May", "the 3rd of May"),
    ("ingresó el 14 de mayo por disnea", "14 de mayo"),
    ("a rash since 5/14", "5/14"),
    ("at 2018-01-14 03:07:43 he fell", "2018-01-14 03:07:43"),
    ("The ninety-three-year-old grandmother fell.", "ninety-three"),
    ("He's 97 and lives alone.", "97"),
    ("Eleanor Quathonde, 91, was admitted.", "91"),
    ("she is ninety-four.", "ninety-four"),
    ("fever 39 since may 4", "may 4"),
    ("Mujer de 91 años", "91 años"),
    ("birth date: 710203", "710203"),
    # What a log quotes.
    (r'{"text": "Paciente: D\u00e9bora K\u0131sak\u00fcrek.\nDOB: 1/2/1970"}', r"D\u00e9bora K\u0131sak\u00fcrek"),
]

# People before what looks like a citation, a scale, a thing, a region or an illness.
BORNE = [
    ("John Smith was diagnosed in 2017; now he is well.", "John Smith"),
    ("Patient Anna Kowalski had surgery in 2019; she recovered.", "Anna Kowalski"),
    ("Wife Anna Kowalski died in 2017; he lives alone.", "Anna Kowalski"),
    ("my son Liam was born in 2015; he has asthma", "Liam"),
    ("Anna Kowalski. Born in 1950; lives in Boise", "Anna Kowalski"),
    ("Anna Kowalski 2017; 12:30 seen by the nurse", "Anna Kowalski"),
    ("Patient Zelmira Quathonde pain score 8", "Zelmira Quathonde"),
    ("Wife Wanda anxiety scale 10", "Wanda"),
    ("John Smith walking index is 3", "John Smith"),
    ("John Nguyen charts his glucose every day", "John Nguyen"),
    ("Mary Smith monitors her glucose", "Mary Smith"),
    ("Mary's views on it", "Mary"),
    ("Nurse Wanda charts vitals", "Wanda"),
    ("Maria Gonzalez exams her breast", "Maria Gonzalez"),
    ("Robert Miller views the form daily", "Robert Miller"),
    ("Anna Kowalski glucometer shows 300", "Anna Kowalski"),
    ("Mary Jones cigarettes 20/day", "Mary Jones"),
    ("John Baker, Ann Olsen and Sue Miller charts were read", "Sue Miller"),
    ("Patient North Nguyen, MRN 12345", "North Nguyen"),
    ("West Jones, 45, has pain", "West Jones"),
    ("North Smith was seen today", "North Smith"),
    ("Central Kowalski lives in Boise", "Central Kowalski"),
    ("Haldane was seen today", "Haldane"),
    ("Rapoport said she is dizzy", "Rapoport"),
    ("Yesterday Rapoport said she is dizzy", "Rapoport"),
    ("Goldmann presented with chest pain", "Goldmann"),
    ("Milgram needs refill", "Milgram"),
    ("Nesbit's labs", "Nesbit"),
    ("Nugent's visit was Tuesday, she is stable", "Nugent"),
    ("Turner's surgery was Monday, she", "Turner"),
    ("Jones's case was reviewed; his labs", "Jones"),
    ("Wanda IV, 45 yo", "Wanda"),
]

NOBODYS = [
    "Ann Intern Med 2017;166:818.",
    "J. Clin. Oncol. (2017); 35(4): 312",
    "Westley croup score is 5.",
    "Fenton and Olsen growth charts were used.",
    "Garden IV fracture, Mason II.",
    "North Nottinghamshire is large.",
    "Crohn's symptoms got worse.",
    "Addison's labs",
    "God gave rock and roll to you.",
]


CLEAN = [
    "Parkinson disease, Crohn's disease, Wernicke encephalopathy, Guillain-Barre syndrome, Bell's palsy.",
    "Kaplan-Meier curves and the Mann-Whitney U test; Ann Arbor stage III; Barcelona and Boston criteria.",
    "Murphy's sign is positive and the Glasgow Coma Scale is 15.",
    "She takes Zyprexa, Lipitor, Keytruda and Synthroid.",
    "A 45-year-old man from Texas came to the physician. In Georgia, he worked as a farmer. He emigrated from India.",
    "In May 2021, in spring 2020, in 1998 and last Tuesday he was well.",
    "Will this help? May I stop it? Hope is good. The rose is red.",
    "Pain 8/10, strength 5/5 on the left, a 2/6 murmur, half (1/2) tablet since 1/2 is enough.",
    "He is 89 years old. She is 97% saturated. Her weight is 95 kg.",
    "the zip 606 is large",
    "The left corner of my mouth hangs and drink runs out.",
    "Past Medical History: Diabetes Mellitus. Emergency Department. General Hospital.",
    "El paciente de 70 años con enfermedad de Crohn y síndrome de Down acude por dolor.",
    "The University Hospital and the Emergency Department are full.",
]


@pytest.mark.parametrize(("text", "value"), WHOLE + BORNE)
def test_what_names_a_person_place_or_day_is_covered_whole(text: str, value: str) -> None:
    start = text.index(value)
    covered = {place for span in detect(text) for place in range(span.start, span.end)}
    missed = "".join(text[i] for i in range(start, start + len(value)) if text[i].isalnum() and i not in covered)
    assert missed == ""


@pytest.mark.parametrize("text", CLEAN + NOBODYS)
def test_look_alikes_are_left_alone(text: str) -> None:
    assert [(s.detector, text[s.start : s.end]) for s in detect(text)] == []


def test_queries_with_names_of_no_list_are_found() -> None:
    wanted = found = 0
    for row in queries(60, seed=20):
        covered = {place for span in detect(row.text) for place in range(span.start, span.end)}
        for span in row.spans:
            wanted += span.counts
            found += span.counts and all(i in covered for i in range(span.start, span.end) if row.text[i].isalnum())
    assert found / wanted >= 0.97


def test_queries_without_identifiers_are_left_alone() -> None:
    assert sum(bool(detect(row.text)) for row in negatives(60, seed=21)) <= 3


@pytest.mark.parametrize("letter", ["ß", "İ", "ŉ", "ǆ", "ñ", "\u0301"])
def test_a_letter_that_grows_in_capitals_moves_no_name(letter: str) -> None:
    careless = f"hi im zebedee, {letter} and my mum margaret phillips is ill"
    texts = (careless, f"{letter.upper()} - MR JOHN SMITH WAS SEEN")
    names = [text[span.start : span.end] for text in texts for span in detect(text)]
    assert names == ["zebedee", "margaret phillips", "MR JOHN SMITH"]


def test_gazetteer_knows_no_word_twice() -> None:
    words: list[str] = []
    for line in gazetteer.unpacked().decode().splitlines():
        code, _, rest = line.partition("\t")
        if code != "towns":
            words += rest.split(" ")
    assert len(words) == len(set(words))


def test_gazetteer_finds_each_word_of_its_own_file() -> None:
    chance = random.Random(5)
    for line in gazetteer.unpacked().decode().splitlines():
        code, _, rest = line.partition("\t")
        if code != "towns":
            words = rest.split(" ")
            assert all(profile(word) for word in chance.sample(words, min(500, len(words))))


def test_finder_says_the_same_of_a_text_however_often_it_is_asked() -> None:
    texts = [normalise(row.text) for row in queries(100, seed=34)]
    assert [list(NamesFinder().find(text)) for text in texts] == [list(NamesFinder().find(text)) for text in texts]

"""How well are people and places found in clinical prose whose names are in no shipped list?

Texts are made from templates by a seed. Half of the names are invented from syllables, so that nobody's list has them.
"""

import random
from collections.abc import Iterator

from benchmarks.phi.scoring import Expected, Row


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ONSETS = _words("b br d dr f g gl h j k kl l m n p pr r s sh st t th tr v w y z zh ch kr")
_VOWELS = _words("a e i o u ai ei ou ia ee")
_CODAS = ["", "n", "r", "l", "s", "m", "th", "sh", "k", "nd", "rt", "x", "v"]
_GIVEN = _words(
    "Maria James Linda Ahmed Priya Wei Olga Fatima Sean Guadalupe Tyrone Ingrid Kofi Hiroshi Chloe Mohammed "
    "Svetlana Rosa Walter Grace Rose Faith Mark Will Dawn Carol Angel Jesus Xiomara DeShawn Aoife Nguyen Joon-ho "
    "Anne-Marie Bob Ray Kim Lee Terry Sam"
)
_FAMILY = _words(
    "Smith Johnson Nguyen Patel Garcia O'Brien McDonald Kowalski Ivanov Okafor Tanaka Chen Singh Haddad Svensson "
    "Rossi Müller Fernández Young Price Bell Long White Brown King Rivers Stone Parker Hill Cross Banks Park Day "
    "Fox Love Crohn Parkinson Wilson Rodriguez-Lopez van-Dyke"
)
_TOWNS = _words(
    "Springfield Dayton Fresno Boise Tucson Omaha Spokane Chattanooga Leeds Galway Adelaide Pune Lagos Cebu "
    "Guadalajara Toledo Portland Riverside Salem Mesa Buffalo Flint Gary Reading Bath"
)
_STATES = _words("TX OH CA NY FL Georgia Ohio Michigan Oregon Texas")
_STREETS = _words("Oak Maple Jefferson Kilmainham Vasquez Harbor 42nd Elm Cedar Sunset")
_KINDS = _words("Street Avenue Rd Lane Dr. Blvd Court Way")
_MONTHS = _words("January February March April May June July August September October November December")
_SHORT = _words("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec")
_HOSPITALS = (
    "Mercy General Hospital|St. Quillen's Medical Center|Lakeview Clinic|Cedars Ridge Hospital"
    "|Kestrel Valley Health System|Northgate Family Practice"
)
QUERIES = """
Patient {name}, a {age}-year-old female from {town}, presented on {date} with chest pain radiating to the left arm.
Hi, my name is {name} and I've had a cough since {date}. Should I be worried?
hi im {lname} from {ltown}, my dob is {date} and i have been feeling dizzy
my name is {lname} and i live at {street} in {town}, can i take ibuprofen with lisinopril
Dr. {family} prescribed metformin to {name} on {date}. What are the side effects?
My wife {given} was diagnosed with lupus by Dr. {name} at {hospital}.
{name} ({age}M) was admitted to {hospital} on {date} with DKA.
{name}, {age}F, c/o abdominal pain x3 days. Lives in {town}, {state}.
Can you summarize the discharge note for {name}, DOB {date}?
What dose of amoxicillin should I give my son {given}? He weighs 20 kg. We live at {street}, {town}, {state} {zip}.
Pt {name} seen in clinic today. {family2} reports worsening dyspnea. Daughter {given} at bedside.
Mr. {family} was transferred from {hospital} in {town} after his fall on {date}.
Ms. {family}'s potassium is 5.9. Please call her husband {given}.
The patient, {name}, lives with her brother {given} in {town}.
I am {name}, caregiver of {name2}, who has Parkinson disease and turned {oldage} last week.
Please draft a referral letter to Dr. {name} for {name2}, a {oldage}-year-old man with atrial fibrillation.
Dear Dr. {family},\nThank you for referring {name}, who attended on {date}.\nSincerely,\n{name2}, MD
Nurse {given} called about {family}, {given2}: BP 180/110.
Patient Name: {name}\nDOB: {date}\nAddress: {street}, {town}, {state} {zip}\nCC: headache
NAME: {uname}\nADMISSION DATE: {date}\nATTENDING: {uname2}, MD
{family}, {given} M. | {age} y/o | HTN, DM2 | seen {date}
Follow-up with {name} on {date} at {hospital} about the biopsy.
Is it safe for {given} {family} to take warfarin after the surgery she had on {date}?
my daughter {lgiven} has a rash since {date}, we are in {ltown}
{name} was born on {date} in {town} and is allergic to penicillin.
Spoke with {name}'s mother, {name2}, by phone on {date}.
Emergency contact: {name} (sister). PCP: {name2}, NP.
According to {name}, the symptoms began on {date} while visiting {town}.
The {oldageword}-year-old grandmother of {given} has fallen again.
I saw {given} {family} in {town} last month; she asked whether Crohn's disease runs in families.
Interpreter {name} assisted. Patient's son, {given}, agrees with hospice.
Our neighbor {given} from {town} said that {given2} had a stroke on {date}.
Can {name} get the shingles vaccine? He's {oldage} and lives at {street}.
Please explain the MRI result for {name}. Reported by {name2} on {date}.
Consult note. Referring physician: {name}. Location: {hospital}, {town}.
{name} works at {hospital} and tested positive on {date}.
What does an A1c of 9 mean for my husband {given}? He saw {name} in {town} on {date}.
Discharged {date}. Follow up with Dr. {initial}. {family} in 2 weeks.
El paciente {esname}, natural de {town}, ingresó el {esdate} por dolor torácico.
Me llamo {esname} y vivo en {estown}. Tengo fiebre desde el {esdate}.
Paciente: {esname}. Médico: Dra. {esname2}. Fecha de ingreso: {esdate}.
Mi hija {given} toma paracetamol; la atendió el Dr. {family} en {estown}.
this is {lname} calling about my lab results from {date}
The note was signed electronically by {name}, RN, at 10:32 on {date}.
{given} has been on sertraline for 6 weeks and still feels anxious. Her therapist {name} suggests a higher dose.
{family} presents today for a refill; lives in {town} with her partner {given}.
Can you check interactions for my mom, {name}? She is {oldage} years old.
""".strip().splitlines()

NEGATIVES = """
What is the recommended dose of {drug} for a {age}-year-old patient with {disease}?
A {age}-year-old woman from {bigplace} presents with {disease}. What is the next step?
In {year}, I was diagnosed with {disease}. Is {drug} still first line?
I have had {disease} since {monthyear}. Should I switch from {drug} to {drug2}?
How does {disease} differ from {disease2} on imaging?
My {age} year old son takes {drug}. Is it safe with {drug2}?
The patient was treated with {drug} in the spring of {year} and moved to {bigplace}.
Can {drug} cause {disease} in patients over 65?
What are the criteria for {disease} according to the {eponym}?
{eponym} is positive in a {age}-year-old man. What does it mean?
{drug} 10 mg daily was started three weeks ago for {disease}.
Patients aged 18-75 with {disease} were enrolled from {year} to {year2} in {bigplace}.
Does Medicare cover {drug} in {bigplace}?
I'm a {age}-year-old male with {disease}, taking {drug} and {drug2}. I feel tired every Monday.
Two days ago my mother, who is {age}, was told that she has {disease}.
She was seen last Tuesday in the emergency department; {eponym} was 12.
Explain the mechanism of {drug} versus {drug2}.
Since last summer I have been living in {bigplace} and my {disease} got worse.
¿Cuál es la dosis de {drug} para un paciente de {age} años con {esdisease}?
Paciente de {age} años con {esdisease} desde {year}, tratado con {drug}.
The guidelines were updated in {monthyear}. Is {drug} contraindicated in {disease}?
During Christmas my {disease} flared. My father is {age} and has {disease2}.
""".strip().splitlines()
_DRUGS = _words(
    "metformin Lipitor Zyprexa Tylenol Eliquis lisinopril Ozempic Humira Keytruda Xarelto Synthroid Wegovy "
    "Entresto Jardiance Lexapro Amoxil Coumadin Paxlovid Trulicity Farxiga Norvasc Prozac Botox Dilantin"
)
_DISEASES = (
    "Parkinson disease|Crohn's disease|Hodgkin lymphoma|Graves disease|Alzheimer's disease|Bell's palsy"
    "|Guillain-Barre syndrome|Lyme disease|Marfan syndrome|Wilson's disease|Addison's disease"
    "|Cushing syndrome|Raynaud phenomenon|Hashimoto's thyroiditis|Barrett's esophagus|Huntington disease"
    "|Ehlers-Danlos syndrome|Sjogren's syndrome|Kawasaki disease|Down syndrome|Wernicke encephalopathy"
    "|Tourette syndrome|type 2 diabetes|COPD|Meniere's disease|Paget disease|Chagas disease"
    "|Turner syndrome|Takayasu arteritis|Lewy body dementia|West Nile virus|Rocky Mountain spotted fever"
)
_EPONYMS = (
    "Glasgow Coma Scale|Wells score|Murphy's sign|Babinski sign|Ranson criteria|Duke criteria"
    "|Child-Pugh score|Apgar score|Centor score|Romberg test|Boston criteria|Ann Arbor staging"
    "|Rome IV criteria|Mini-Mental State Examination|Hamilton Depression Rating Scale"
    "|Beck Depression Inventory|Framingham risk score|Jones criteria|Tinel sign|Kaplan-Meier curve"
)
_ESDISEASES = (
    "enfermedad de Crohn|enfermedad de Parkinson|diabetes tipo 2|síndrome de Down|hipertensión"
    "|linfoma de Hodgkin|enfermedad de Chagas|esófago de Barrett"
)
_BIG = _words(
    "California Texas Spain Mexico Georgia Nigeria India Florida Germany Puerto-Rico Virginia Alaska England "
    "Japan Ohio Colombia"
)


def invented(random_: random.Random) -> str:
    """A word of two or three syllables with a capital."""
    syllables = random_.choice((2, 2, 3))
    word = "".join(random_.choice(_ONSETS) + random_.choice(_VOWELS) for _ in range(syllables)) + random_.choice(_CODAS)
    return word.capitalize()


class _Fill:
    def __init__(self, random_: random.Random) -> None:
        self.random = random_

    def given(self) -> str:
        return self.random.choice(_GIVEN) if self.random.random() < 0.6 else invented(self.random)

    def family(self) -> str:
        chance = self.random.random()
        if chance < 0.45:
            return self.random.choice(_FAMILY).replace("van-Dyke", "van Dyke")
        word = invented(self.random)
        if chance < 0.5:
            return self.random.choice(("O'", "Mc", "De", "al-", "van der ", "de la ")) + word
        return f"{word}-{invented(self.random)}" if chance < 0.55 else word

    def name(self) -> str:
        middle = f" {self.random.choice('ABCDEJKLMRST')}." if self.random.random() < 0.15 else ""
        suffix = self.random.choice(("", "", "", "", "", "", " Jr.", " III"))
        return f"{self.given()}{middle} {self.family()}{suffix if self.random.random() < 0.3 else ''}"

    def town(self) -> str:
        return (
            self.random.choice(_TOWNS)
            if self.random.random() < 0.6
            else invented(self.random) + self.random.choice(("", "ville", "ton", " Falls", " Heights", "burg"))
        )

    def date(self) -> str:
        r = self.random
        day, month, year = r.randint(1, 28), r.randint(0, 11), r.randint(1935, 2025)
        ordinal = f"{day}{'th' if 3 < day < 21 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
        return r.choice(
            (
                f"{month + 1}/{day}/{year}",
                f"{month + 1:02d}/{day:02d}/{year % 100:02d}",
                f"{year}-{month + 1:02d}-{day:02d}",
                f"{_MONTHS[month]} {day}, {year}",
                f"{_MONTHS[month]} {day}",
                f"{day} {_MONTHS[month]} {year}",
                f"{_SHORT[month]} {day}, {year}",
                f"{_MONTHS[month]} {ordinal}",
                f"the {ordinal} of {_MONTHS[month]}",
                f"{day:02d}.{month + 1:02d}.{year}",
                f"{month + 1}/{day}",
                f"{day}-{_SHORT[month]}-{year}",
                f"{_MONTHS[month]} {ordinal}, {year}",
            )
        )

    def esdate(self) -> str:
        months = _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
        r = self.random
        return r.choice(
            (
                f"{r.randint(1, 28)} de {r.choice(months)} de {r.randint(2000, 2025)}",
                f"{r.randint(1, 28)}/{r.randint(1, 12)}/{r.randint(2000, 2025)}",
                f"{r.randint(1, 28)} de {r.choice(months)}",
            )
        )

    def street(self) -> str:
        r = self.random
        name = r.choice(_STREETS) if r.random() < 0.5 else invented(r)
        unit = r.choice(("", "", f", Apt {r.randint(1, 40)}", f" Unit {r.randint(1, 9)}B", f" #{r.randint(1, 30)}"))
        return f"{r.randint(1, 9999)} {r.choice(('', '', 'N. ', 'West '))}{name} {r.choice(_KINDS)}{unit}"

    def value(self, slot: str) -> str:
        r = self.random
        match slot.rstrip("2"):
            case "name":
                return self.name()
            case "lname":
                return f"{self.given()} {self.family()}".lower()
            case "uname":
                return self.name().upper()
            case "given":
                return self.given()
            case "lgiven":
                return self.given().lower()
            case "family":
                return self.family()
            case "initial":
                return r.choice("ABCDEFGHJKLMNPRST")
            case "town":
                return self.town()
            case "estown":
                return r.choice(("Sevilla", "Vigo", "Albacete", "Getafe", "Rosario", "Monterrey", "Cali"))
            case "ltown":
                return self.town().lower()
            case "date":
                return self.date()
            case "esdate":
                return self.esdate()
            case "esname":
                return (
                    f"{r.choice(('María', 'José', 'Lucía', 'Íñigo', 'Rocío', 'Juan Carlos', invented(r)))}"
                    f" {r.choice(('García', 'Pérez', 'Ibáñez', 'de la Fuente', invented(r)))}"
                    f" {r.choice(('López', 'Núñez', invented(r)))}"
                )
            case "street":
                return self.street()
            case "state":
                return r.choice(_STATES)
            case "zip":
                return f"{r.randint(10000, 99999)}"
            case "hospital":
                return r.choice(_HOSPITALS.split("|"))
            case "age":
                return str(r.randint(18, 88))
            case "oldage":
                return str(r.randint(90, 104))
            case "oldageword":
                return r.choice(("ninety-three", "ninety", "ninety-eight", "hundred", "ninety-one"))
            case "year":
                return str(r.randint(1990, 2025))
            case "monthyear":
                return r.choice(
                    (
                        f"{r.choice(_MONTHS)} {r.randint(1995, 2025)}",
                        f"{r.choice(_MONTHS)} of {r.randint(1995, 2025)}",
                        r.choice(_MONTHS),
                    )
                )
            case "drug":
                return r.choice(_DRUGS)
            case "disease":
                return r.choice(_DISEASES.split("|"))
            case "esdisease":
                return r.choice(_ESDISEASES.split("|"))
            case "eponym":
                return r.choice(_EPONYMS.split("|"))
            case "bigplace":
                return r.choice(_BIG).replace("-", " ")
        raise KeyError(slot)


_NO_PHI = frozenset({"age", "year", "monthyear", "drug", "disease", "esdisease", "eponym", "bigplace", "state"})
# An institution is a policy's choice.
_EXCUSED = frozenset({"hospital"})


def filled(template: str, id: str, random_: random.Random) -> Row:
    """A template with values, and where they stand."""
    fill, text, spans = _Fill(random_), "", []
    for index, piece in enumerate(template.replace("\\n", "\n").split("{")):
        if not index:
            text += piece
            continue
        slot, _, rest = piece.partition("}")
        value = fill.value(slot)
        kind = slot.rstrip("2")
        if kind not in _NO_PHI:
            spans.append(Expected(len(text), len(text) + len(value), kind, kind not in _EXCUSED))
        text += value + rest
    return Row(id, text, tuple(spans))


def queries(count: int, seed: int) -> Iterator[Row]:
    """Clinical queries with PHI."""
    random_ = random.Random(seed)
    for index in range(count):
        yield filled(QUERIES[index % len(QUERIES)], f"query-{index}", random_)


def negatives(count: int, seed: int) -> Iterator[Row]:
    """Clinical queries without PHI: no day, no age over 89, no place below a state, eponyms and brands."""
    random_ = random.Random(seed)
    for index in range(count):
        yield filled(NEGATIVES[index % len(NEGATIVES)], f"negative-{index}", random_)

"""``python -m benchmarks.phi.inject``: how many documents with one planted identifier pass without a finding?

Plants each Safe Harbor category, in many phrasings and formats, into clean clinical text, JSON, FHIR resources, CSV
rows and log lines. Values are made up here and with faker, whose name lists are not the scanner's.
"""

import argparse
import csv
import io
import json
import random
import string
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.figure import share, show
from benchmarks.phi import sets
from faker import Faker

from preceptor.phi.detect import Query, default_detector
from preceptor.phi.formats import Reading, items
from preceptor.phi.normalise import normalise
from preceptor.phi.values import Part, Value

BENCH = "phi-injection"
LOCALES = (
    "en_US",
    "en_GB",
    "en_IN",
    "en_AU",
    "es_ES",
    "es_MX",
    "de_DE",
    "fr_FR",
    "it_IT",
    "pl_PL",
    "nl_NL",
    "pt_BR",
    "sv_SE",
    "tr_TR",
)
_BODY = (
    "The lungs were clear to auscultation and the abdomen was soft.",
    "He was started on metformin 500 mg twice daily and lisinopril 10 mg.",
    "Hemoglobin was 11.2 g/dL, platelets 212, creatinine 1.1 mg/dL.",
    "An MRI showed a 2.3 cm lesion at L4-L5 without enhancement.",
    "Follow-up in two weeks; return precautions were discussed.",
    "Blood pressure 132/84 mmHg, heart rate 78, SpO2 97% on room air.",
    "She denies fever, chills, chest pain or shortness of breath.",
    "ICD-10 code E11.9; LOINC 4548-4; CPT 99213.",
    "A 54-year-old with Crohn disease presented with abdominal pain for 3 days.",
    "The patient tolerated the procedure well and had no complications.",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """One document with one identifier in it: its format, its text and the value that must be found."""

    category: str
    format: str
    text: str
    value: str


class Maker:
    """Makes values, phrases and documents from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fakers = [Faker(locale) for locale in LOCALES]
        for index, faker in enumerate(self.fakers):
            faker.seed_instance(seed + index)

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def digits(self, count: int, first: str = "123456789") -> str:
        return self.random.choice(first) + "".join(self.random.choice(string.digits) for _ in range(count - 1))

    def letters(self, count: int) -> str:
        return "".join(self.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(count))

    def faker(self, *locales: str) -> Faker:
        chosen = [f for f, name in zip(self.fakers, LOCALES, strict=True) if not locales or name in locales]
        return self.random.choice(chosen)

    def code(self) -> str:
        """An identifier as hospitals and insurers write them."""
        d, a = self.digits, self.letters
        forms: list[Callable[[], str]] = [
            lambda: d(6),
            lambda: d(8),
            lambda: d(7, "0"),
            lambda: f"{a(2)}{d(6)}",
            lambda: f"{a(3)}-{d(5)}",
            lambda: f"{d(3)}-{d(2)}-{d(4)}",
            lambda: f"{d(4)} {d(4)}",
            lambda: f"{a(1)}{d(8)}",
            lambda: f"{a(3)}{d(9)}",
            lambda: f"{d(2)}-{d(6)}",
            lambda: f"{d(4)}{a(2)}",
            lambda: f"{a(2)}-{d(4)}-{a(1)}{d(1)}",
            lambda: f"{a(1)}-{d(3)}.{d(3)}.{d(3)}",
            lambda: d(10),
            lambda: f"{a(4)}{d(4)}",
            lambda: f"{d(3)}/{d(4)}",
            lambda: f"{a(2)}_{d(5)}",
            lambda: d(4),
        ]
        return self.random.choice(forms)()


Build = Callable[[Maker], str]


def _vin(m: Maker) -> str:
    body = [m.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(17)]
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(int(values.get(c, c)) * w for c, w in zip(body, weights, strict=True))
    body[8] = "0123456789X"[total % 11]
    return "".join(body)


def _luhn(digits: str) -> str:
    for last in string.digits:
        total = 0
        for index, c in enumerate(reversed(digits + last)):
            n = int(c) * (1 + index % 2)
            total += n - 9 * (n > 9)
        if total % 10 == 0:
            return digits + last
    raise AssertionError


def _mbi(m: Maker) -> str:
    a = "ACDEFGHJKMNPQRTUVWXY"
    c = m.random.choice
    v = c("123456789") + c(a) + c(a + "0123456789") + c("0123456789") + c(a) + c(a + "0123456789") + c("0123456789")
    v += c(a) + c(a) + m.digits(2)
    return v if m.random.random() < 0.5 else f"{v[:4]}-{v[4:7]}-{v[7:]}"


def _phone(m: Maker) -> str:
    c, d = m.random.choice, m.digits
    area, line = c("23456789") + d(2, "0123456789"), c("23456789") + d(2, "02345678")
    return c(
        [
            f"({area}) {line}-{d(4)}",
            f"{area}-{line}-{d(4)}",
            f"{area}.{line}.{d(4)}",
            f"+1 {area} {line} {d(4)}",
            f"+1-{area}-{line}-{d(4)}",
            f"{area}{line}{d(4)}",
            f"1-{area}-{line}-{d(4)} x{d(3)}",
            f"+44 7{d(3)} {d(6)}",
            f"+34 6{d(2)} {d(3)} {d(3)}",
            f"+49 151 {d(8)}",
            f"07{d(3, '1234589')} {d(6)}",
            f"0{c('67')} {d(2)} {d(2)} {d(2)} {d(2)}",
            f"+91 9{d(4)} {d(5)}",
            f"+55 11 9{d(4)}-{d(4)}",
            f"+61 4{d(2)} {d(3)} {d(3)}",
            f"00 44 20 7{d(3)} {d(4)}",
        ]
    )


def _card(m: Maker) -> str:
    c = m.random.choice
    body = c(
        ["4" + m.digits(14), "51" + m.digits(13), "37" + m.digits(12), "6011" + m.digits(11), "2221" + m.digits(11)]
    )
    full = _luhn(body)
    if len(full) == 15:
        return c([full, f"{full[:4]} {full[4:10]} {full[10:]}"])
    return c(
        [full, " ".join(full[i : i + 4] for i in range(0, 16, 4)), "-".join(full[i : i + 4] for i in range(0, 16, 4))]
    )


def _ssn(m: Maker) -> str:
    area = m.random.randint(1, 899)
    area = 667 if area == 666 else area
    group, serial = m.random.randint(1, 99), m.random.randint(1, 9999)
    return m.pick(
        f"{area:03d}-{group:02d}-{serial:04d}",
        f"{area:03d} {group:02d} {serial:04d}",
        f"{area:03d}{group:02d}{serial:04d}",
        f"{area:03d}.{group:02d}.{serial:04d}",
    )


def _hex(m: Maker, count: int) -> str:
    return "".join(m.random.choice("0123456789abcdef") for _ in range(count))


def _uuid(m: Maker) -> str:
    return f"{_hex(m, 8)}-{_hex(m, 4)}-4{_hex(m, 3)}-a{_hex(m, 3)}-{_hex(m, 12)}"


def _image(m: Maker) -> str:
    forms: list[Callable[[], str]] = [
        lambda: "data:image/jpeg;base64,/9j/4AAQSkZJRg" + _base64(m, 60),
        lambda: "/9j/4AAQSkZJRgABAQ" + _base64(m, 80),
        lambda: "iVBORw0KGgoAAAANSUhEUg" + _base64(m, 80),
        lambda: f"patient_face_{m.digits(4)}.jpg",
        lambda: f"photo_{m.digits(3)}.png",
    ]
    return m.random.choice(forms)()


def _base64(m: Maker, count: int) -> str:
    return "".join(m.random.choice(string.ascii_letters + string.digits + "+/") for _ in range(count))


def _date(m: Maker) -> str:
    y, mo, d = m.random.randint(1930, 2025), m.random.randint(1, 12), m.random.randint(1, 28)
    month = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )[mo - 1]
    return m.pick(
        f"{mo:02d}/{d:02d}/{y}",
        f"{y}-{mo:02d}-{d:02d}",
        f"{month} {d}, {y}",
        f"{d} {month} {y}",
        f"{d:02d}-{month[:3]}-{y}",
        f"{mo}/{d}/{y % 100:02d}",
        f"{d:02d}.{mo:02d}.{y}",
    )


@dataclass(frozen=True, slots=True)
class Category:
    """How one category is written: values, sentences with ``{}`` for them, keys of fields."""

    name: str
    value: Build
    sentences: tuple[str, ...]
    keys: tuple[str, ...]


CATEGORIES = (
    Category(
        "NAME",
        lambda m: m.faker().first_name() + " " + m.faker().last_name(),
        (
            "Patient name: {}.",
            "The patient, {}, was seen today.",
            "Mr. {} was admitted.",
            "My name is {} and I have a question.",
            "Seen by Dr. {} in clinic.",
            "Her husband {} drove her home.",
            "Paciente: {}.",
            "Signed, {}",
        ),
        ("patient_name", "name", "patientName", "full_name", "physician", "nombre", "emergency contact"),
    ),
    Category(
        "LOCATION",
        lambda m: m.faker("en_US", "en_GB", "en_AU").street_address().replace("\n", ", "),
        ("She lives at {}.", "Address: {}.", "Home address is {}.", "Mail results to {}."),
        ("address", "street_address", "homeAddress", "street"),
    ),
    Category(
        "DATE",
        _date,
        ("DOB: {}.", "Admitted on {}.", "Date of birth {}.", "Surgery took place on {}.", "Seen {} for follow-up."),
        ("dob", "date_of_birth", "admission_date", "birthDate", "visit_date"),
    ),
    Category(
        "AGE",
        lambda m: str(m.random.randint(90, 112)),
        (
            "A {}-year-old woman presented with a fall.",
            "She is {} years old.",
            "Age: {}.",
            "The patient, aged {}, lives alone.",
            "{} y/o male with dyspnea.",
        ),
        ("age", "patient_age", "age_years"),
    ),
    Category(
        "PHONE",
        _phone,
        (
            "Call me at {}.",
            "Phone: {}.",
            "You can reach her on {}.",
            "Tel. {}.",
            "Cell {}.",
            "Contact number is {}.",
            "Please text me at {}",
            "Tel: {}",
            "(phone) {}",
            "Teléfono: {}",
            "His mobile, in case you need it, is {}.",
            "{} is my number.",
        ),
        ("phone", "phone_number", "mobile", "contactNumber", "telephone", "telecom", "cell"),
    ),
    Category(
        "FAX",
        _phone,
        ("Fax: {}.", "Fax number {}.", "Send records by fax to {}.", "Fax # {}", "F: {}", "Faxed to {}."),
        ("fax", "fax_number", "faxNumber"),
    ),
    Category(
        "EMAIL",
        lambda m: m.faker().email(),
        ("Email {}.", "Write to {} please.", "Contact: {}", "Her e-mail is {}.", "<{}>"),
        ("email", "email_address", "contact"),
    ),
    Category(
        "SSN",
        _ssn,
        (
            "SSN: {}.",
            "Social security number {}.",
            "SSN is {}.",
            "Soc. Sec. No. {}",
            "ssn={}",
            "My social is {}.",
            "SS# {}",
            "social security #: {}",
        ),
        ("ssn", "social_security_number", "SSN", "socialSecurityNumber"),
    ),
    Category(
        "SSN_BARE",
        lambda m: f"{m.random.randint(1, 665):03d}-{m.random.randint(1, 99):02d}-{m.random.randint(1, 9999):04d}",
        ("{} was on the form.", "On file: {}.", "({})"),
        ("value", "notes", "extra"),
    ),
    Category(
        "MRN",
        Maker.code,
        (
            "MRN: {}.",
            "MRN# {}",
            "MRN is {}",
            "Medical record number {}.",
            "Medical Record No. {}",
            "Patient ID: {}.",
            "patient identifier {}",
            "Her medical record number, which I have here, is {}.",
            "Chart #{}",
            "Chart number: {}",
            "mrn={}",
            "Hospital number {}",
            "(MRN {})",
            "NHC: {}",
            "Historia clínica: {}",
            "MRN|{}",
            "Pt ID {}",
            "{} is the medical record number.",
        ),
        ("mrn", "MRN", "medical_record_number", "patient_id", "patientId", "chart_number", "nhc", "hospital_number"),
    ),
    Category(
        "HEALTH_PLAN",
        lambda m: m.random.choice([Maker.code, _mbi])(m),
        (
            "Member ID: {}.",
            "Insurance policy number {}.",
            "Policy #{}",
            "Subscriber ID {}",
            "Medicare number {}.",
            "Medicaid ID: {}",
            "Health plan beneficiary number: {}",
            "Group number {}",
            "Aetna member ID {}",
            "insurance id is {}",
            "Póliza: {}",
            "Número de afiliado {}",
            "Her member number is {}",
        ),
        (
            "member_id",
            "policy_number",
            "subscriberId",
            "insurance_id",
            "medicare_number",
            "beneficiary_id",
            "medicaid_id",
            "health_plan_id",
        ),
    ),
    Category("MBI", _mbi, ("{} on the card.", "Medicare: {}", "Card shows {}."), ("mbi", "notes")),
    Category(
        "ACCOUNT",
        Maker.code,
        (
            "Account number {}.",
            "Acct #{}",
            "Bank account {}.",
            "Account: {}",
            "acct no. {}",
            "Billing account number: {}",
            "Invoice number {}",
            "Cuenta bancaria {}",
            "Patient account no {}",
            "My account number is {}",
        ),
        ("account_number", "accountNumber", "acct", "bank_account", "account", "invoice_number", "billing_id"),
    ),
    Category(
        "CARD",
        _card,
        ("Card {}.", "Paid with {}.", "Credit card number: {}", "Visa {}", "{}"),
        ("card_number", "credit_card", "payment"),
    ),
    Category(
        "IBAN",
        lambda m: m.faker("en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL").iban(),
        ("IBAN {}.", "Refund to {}.", "Bank: {}"),
        ("iban", "bank", "notes"),
    ),
    Category(
        "LICENCE",
        Maker.code,
        (
            "Driver's license {}.",
            "Driver's license number: {}",
            "License #{}",
            "DL# {}",
            "Medical license number {}.",
            "lic. no {}",
            "Certificate number {}",
            "State license no. {}",
            "Driving licence: {}",
            "Licencia de conducir {}",
            "Nº colegiado: {}",
            "Professional license: {}",
        ),
        ("license_number", "drivers_license", "driverLicense", "certificate_number", "licence_no", "dl_number"),
    ),
    Category(
        "DEA",
        lambda m: (
            lambda p, d: p + d + str((int(d[0]) + int(d[2]) + int(d[4]) + 2 * (int(d[1]) + int(d[3]) + int(d[5]))) % 10)
        )(m.random.choice("ABFGM") + m.letters(1), m.digits(6)),
        ("DEA {}.", "DEA number: {}", "Prescriber {}."),
        ("dea", "dea_number", "prescriber"),
    ),
    Category(
        "NPI",
        lambda m: (lambda b: _luhn("80840" + b)[5:])(m.random.choice("12") + m.digits(8)),
        ("NPI {}.", "NPI: {}", "NPI number is {}", "Provider identifier {}"),
        ("npi", "provider_npi", "NPI"),
    ),
    Category(
        "VIN",
        _vin,
        ("VIN {}.", "Vehicle identification number: {}", "His car ({}) was towed.", "Chassis no. {}"),
        ("vin", "vehicle_id", "vehicle"),
    ),
    Category(
        "PLATE",
        lambda m: m.pick(
            f"{m.digits(1)}{m.letters(3)}{m.digits(3)}",
            f"{m.letters(3)}-{m.digits(4)}",
            f"{m.letters(3)} {m.digits(3)}",
            f"{m.letters(2)}{m.digits(2, '12')} {m.letters(3)}",
            f"{m.digits(4)} {m.letters(3)}",
        ),
        (
            "License plate {}.",
            "Plate number: {}",
            "Car registration {}",
            "License plate number is {}",
            "Matrícula {}",
            "vehicle plate {}",
        ),
        ("license_plate", "plate_number", "vehicle_registration", "plate"),
    ),
    Category(
        "DEVICE",
        lambda m: m.pick(m.code(), f"SN{m.digits(8)}", f"{m.letters(3)}{m.digits(6)}{m.letters(1)}"),
        (
            "Serial number {}.",
            "Pacemaker serial number: {}",
            "Device ID {}",
            "S/N {}",
            "Implant serial no. {}",
            "Insulin pump serial #{}",
            "Device serial: {}",
            "Device identifier: {}",
            "Número de serie {}",
        ),
        ("serial_number", "device_id", "deviceIdentifier", "serialNumber", "implant_id"),
    ),
    Category(
        "UDI",
        lambda m: m.pick(
            f"(01){m.digits(14)}(17){m.digits(6)}(10){m.letters(1)}{m.digits(4)}(21){m.digits(6)}",
            f"01{m.digits(14)}17{m.digits(6)}10{m.letters(1)}{m.digits(4)}",
            f"+{m.letters(1)}{m.digits(3)}{m.letters(3)}{m.digits(5)}/$${m.digits(7)}{m.letters(2)}",
        ),
        ("UDI {}.", "Implanted device {}.", "UDI: {}"),
        ("udi", "udiCarrier", "carrierHRF"),
    ),
    Category(
        "MAC",
        lambda m: m.pick(":", "-").join(_hex(m, 2) for _ in range(6)),
        ("MAC {}.", "Monitor at {} reported."),
        ("mac", "mac_address", "device"),
    ),
    Category(
        "URL",
        lambda m: (
            m.pick("https://", "http://")
            + m.faker().domain_name()
            + "/"
            + m.pick("p/", "patient/", "u?id=")
            + m.digits(5)
        ),
        ("See {}.", "Portal: {}", "Her blog is {}"),
        ("url", "website", "portal", "link"),
    ),
    Category(
        "IP",
        lambda m: m.random.choice([m.faker().ipv4(), m.faker().ipv6(), m.faker().ipv4() + ":8443"]),
        ("Logged in from {}.", "IP address {}", "IP: {}", "client {} connected"),
        ("ip", "ip_address", "client_ip", "remote_addr"),
    ),
    Category(
        "BIOMETRIC",
        lambda m: m.pick(f"FP-{m.digits(6)}", _hex(m, 32), m.code(), f"BIO{m.digits(7)}", _base64(m, 44)),
        (
            "Fingerprint ID {}.",
            "Fingerprint template: {}",
            "Retinal scan ID {}",
            "Voiceprint {}",
            "Biometric identifier: {}",
            "Iris code {}",
            "Face template hash {}",
            "Biometric hash: {}",
            "Huella dactilar: {}",
        ),
        ("fingerprint", "biometric_id", "voice_print", "faceTemplate", "retina_scan", "iris_code", "fingerprint_hash"),
    ),
    Category(
        "IMAGE",
        _image,
        ("Photo: {}", "Attached image {}", "Face photo {}", "Full face photograph: {}"),
        ("photo", "image", "face_image", "picture", "photograph"),
    ),
    Category(
        "OTHER_ID",
        lambda m: m.random.choice([Maker.code, _uuid])(m),
        (
            "Patient UUID: {}",
            "Passport number {}",
            "Employee ID {}",
            "Unique patient identifier: {}",
            "Accession number {}",
            "Encounter ID: {}",
            "Claim number {}",
            "Student ID: {}",
            "Badge number {}",
            "Prescription number {}",
            "Study subject ID {}",
            "Specimen number: {}",
            "Referral number {}",
        ),
        (
            "patient_uuid",
            "passport",
            "employee_id",
            "encounter_id",
            "accession_number",
            "claim_number",
            "unique_id",
            "subject_id",
            "visit_number",
        ),
    ),
    Category("WALLET", lambda m: "0x" + _hex(m, 40), ("Wallet {}.", "He pays from {}."), ("wallet", "crypto")),
    Category(
        "HANDLE",
        lambda m: f"{m.pick('jo', 'kit', 'mia', 'sunny')}_{m.pick('runs', 'smith', 'lee')}{m.digits(2)}",
        ("Twitter handle @{}.", "Instagram: @{}", "Find me on Instagram @{}", "Username: {}", "User name is {}"),
        ("username", "twitter_handle", "instagram", "social_media_handle"),
    ),
    Category("NATIONAL", lambda m: "", (), ()),
)

_NATIONAL: tuple[tuple[str, str, Build], ...] = (
    ("NHS number", "nhs_number", lambda m: _nhs(m)),
    ("National Insurance number", "nino", lambda m: m.faker("en_GB").ssn().replace(" ", "")),
    ("DNI", "dni", lambda m: _dni(m)),
    ("NIE", "nie", lambda m: m.faker("es_ES").nie()),
    ("Codice fiscale", "codice_fiscale", lambda m: m.faker("it_IT").ssn()),
    ("PESEL", "pesel", lambda m: m.faker("pl_PL").ssn()),
    ("BSN", "bsn", lambda m: m.faker("nl_NL").ssn()),
    ("CPF", "cpf", lambda m: m.faker("pt_BR").cpf()),
    ("CURP", "curp", lambda m: m.faker("es_MX").curp()),
    ("personnummer", "personnummer", lambda m: m.faker("sv_SE").ssn()),
    ("TC Kimlik No", "tckn", lambda m: m.faker("tr_TR").ssn()),
    ("numéro de sécurité sociale", "nir", lambda m: m.faker("fr_FR").ssn()),
    ("Aadhaar", "aadhaar", lambda m: m.faker("en_IN").aadhaar_id()),
    ("Steuer-ID", "steuer_id", lambda m: m.faker("de_DE").ssn()),
)


def _nhs(m: Maker) -> str:
    while True:
        body = m.digits(9)
        check = 11 - sum(int(c) * w for c, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            full = body + str(check % 11)
            return m.pick(full, f"{full[:3]} {full[3:6]} {full[6:]}")


def _dni(m: Maker) -> str:
    number = m.digits(8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def documents(seed: int, count: int, bodies: list[str]) -> Iterator[Planted]:
    """``count`` documents for every category and format, from one seed."""
    maker = Maker(seed)
    for category in CATEGORIES:
        for index in range(count):
            if category.name == "NATIONAL":
                label, key, build = _NATIONAL[index % len(_NATIONAL)]
                value = build(maker)
                sentence = maker.pick(
                    f"{label}: {value}.", f"{label} {value}", f"Her {label} is {value}.", f"({label} {value})"
                )
            else:
                value = category.value(maker)
                sentence = maker.random.choice(category.sentences).format(value)
                key = maker.random.choice(category.keys)
            body = maker.random.choice(bodies)
            for kind, text in _written(maker, category.name, value, sentence, key, body):
                yield Planted(category.name, kind, text, value)


def _written(m: Maker, category: str, value: str, sentence: str, key: str, body: str) -> Iterator[tuple[str, str]]:
    parts = body.split(". ")
    parts.insert(m.random.randint(0, len(parts)), sentence.rstrip("."))
    prose = ". ".join(parts)
    yield "text", prose
    yield (
        "jsonl",
        json.dumps(
            {"id": "row-7", "messages": [{"role": "user", "content": prose}]}, ensure_ascii=m.random.random() < 0.5
        ),
    )
    cased = m.pick(key, key.upper(), "".join(w.title() for w in key.split("_")), key.replace("_", "-"))
    number = value.isdigit() and value[0] != "0" and len(value) < 16 and m.random.random() < 0.5
    yield "json", json.dumps({"diagnosis": "E11.9", "note": body, "details": {cased: int(value) if number else value}})
    yield "fhir", json.dumps(_resource(m, category, value, sentence, body))
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["row", cased, "note"])
    writer.writerow(["1", value, body[:80]])
    yield "csv", table.getvalue()
    stamp = "2024-03-05T10:00:00Z"
    yield (
        "log",
        m.pick(
            f"{stamp} INFO trainer: sample {sentence}",
            f"{stamp} WARNING could not parse record {key}={value} loss=0.231",
            f"{stamp} ERROR eval {json.dumps({'step': 12, 'text': sentence})}",
            json.dumps({"ts": stamp, "level": "info", "msg": f"generated: {sentence}", "step": 40}),
        ),
    )


def _resource(m: Maker, category: str, value: str, sentence: str, body: str) -> dict[str, object]:
    """A FHIR R4 resource with the value where such a value stands, else in its narrative."""

    def identifier(code: str) -> dict[str, object]:
        return {
            "use": "usual",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code}]},
            "system": "urn:oid:1.2.36.146",
            "value": value,
        }

    base: dict[str, object] = {"resourceType": "Patient", "active": True, "gender": "female"}
    match category:
        case "NAME":
            given, _, family = value.partition(" ")
            return base | {"name": [{"use": "official", "family": family, "given": [given]}]}
        case "LOCATION":
            return base | {"address": [{"use": "home", "line": [value], "city": "Springfield", "state": "IL"}]}
        case "PHONE" | "FAX" | "EMAIL":
            return base | {"telecom": [{"system": category.lower(), "value": value}]}
        case "MRN":
            return base | {"identifier": [identifier("MR")]}
        case "SSN":
            return base | {"identifier": [identifier("SS")]}
        case "LICENCE":
            return {"resourceType": "Practitioner", "identifier": [identifier("DL")]}
        case "NPI":
            return {
                "resourceType": "Practitioner",
                "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": value}],
            }
        case "OTHER_ID" | "NATIONAL":
            return base | {"identifier": [{"system": "urn:oid:2.16.840.1", "value": value}]}
        case "HEALTH_PLAN" | "MBI":
            return {
                "resourceType": "Coverage",
                "status": "active",
                "subscriberId": value,
                "beneficiary": {"display": "redacted"},
            }
        case "ACCOUNT":
            return {"resourceType": "Account", "status": "active", "identifier": [identifier("AN")]}
        case "DEVICE":
            return {"resourceType": "Device", "serialNumber": value, "status": "active"}
        case "UDI":
            return {"resourceType": "Device", "udiCarrier": [{"carrierHRF": value}]}
        case "IMAGE":
            return base | {"photo": [{"contentType": "image/jpeg", "data": value}]}
        case "URL":
            return {"resourceType": "DocumentReference", "content": [{"attachment": {"url": value}}]}
        case _:
            return {"resourceType": "Observation", "status": "final", "note": [{"text": f"{body} {sentence}"}]}


_SUFFIX = {"text": "text", "jsonl": "jsonl", "json": "json", "fhir": "json", "csv": "csv", "log": "log"}


def found_in(planted: Planted) -> tuple[bool, bool]:
    """Whether anything was found in the document, and whether the value itself was."""
    how = Reading(_SUFFIX[planted.format])  # type: ignore[arg-type]
    detector = default_detector()
    some = covered = False
    for item in items(io.BufferedReader(io.BytesIO(planted.text.encode())), how, Part()):
        if not isinstance(item, Value):
            some = True
            continue
        spans = [] if item.is_key else next(iter(detector.detect_many([Query(item.text, item.key, item.number)])))
        for span in spans:
            if planted.format == "log" and item.text.startswith("2024-") and span.start < 10:
                continue
            some = True
            # A log that quotes JSON has its escapes.
            piece = normalise(item.text[span.start : span.end]).text
            covered = (
                covered
                or _plain(planted.value) in _plain(piece)
                or (len(_plain(piece)) > 3 and _plain(piece) in _plain(planted.value))
            )
    return some, covered


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def main() -> int:
    """Print the share of missed documents, and, asked for, the documents themselves: they hold nothing of anybody."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phi.inject", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40, help="documents of each category and format")
    parser.add_argument("--show", type=int, default=0, help="print so many missed documents")
    parser.add_argument("--only", default="", help="one category")
    asked = parser.parse_args()
    folder = sets.folder()
    clean = folder / "clean_pubmedqa.jsonl" if folder else None
    bodies = [row["text"] for row in sets.documents(clean)][:400] if clean and clean.exists() else []
    bodies = [b for b in bodies if not any(default_detector().detect(b))] or [
        " ".join(_BODY[i : i + 3]) for i in range(len(_BODY))
    ]
    missed: list[Planted] = []
    uncovered: list[Planted] = []
    total: Counter[str] = Counter()
    for planted in documents(asked.seed, asked.count, bodies):
        if asked.only and planted.category != asked.only:
            continue
        some, covered = found_in(planted)
        total[planted.category] += 1
        if not some:
            missed.append(planted)
        if not covered:
            uncovered.append(planted)
    for name, lost in (("missed-altogether", missed), ("value-not-found", uncovered)):
        by = Counter(f"{p.category}/{p.format}" for p in lost)
        show(share(BENCH, f"injection {name}", len(lost), total.total(), lower_is_better=True, more=dict(by)))
    for planted in (missed or uncovered)[: asked.show]:
        at = planted.text.find(planted.value)
        sys.stderr.write(
            f"{planted.category}/{planted.format} {planted.value!r}: …{planted.text[max(0, at - 60) : at + 60]!r}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

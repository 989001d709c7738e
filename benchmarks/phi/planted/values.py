"""How are made-up identifiers made, each as people and hospitals write it?"""

import random
import string
from collections.abc import Callable

from faker import Faker

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


def vin_value(m: Maker) -> str:
    body = [m.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(17)]
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(int(values.get(c, c)) * w for c, w in zip(body, weights, strict=True))
    body[8] = "0123456789X"[total % 11]
    return "".join(body)


def luhn_value(digits: str) -> str:
    for last in string.digits:
        total = 0
        for index, c in enumerate(reversed(digits + last)):
            n = int(c) * (1 + index % 2)
            total += n - 9 * (n > 9)
        if total % 10 == 0:
            return digits + last
    raise AssertionError


def mbi_value(m: Maker) -> str:
    a = "ACDEFGHJKMNPQRTUVWXY"
    c = m.random.choice
    v = c("123456789") + c(a) + c(a + "0123456789") + c("0123456789") + c(a) + c(a + "0123456789") + c("0123456789")
    v += c(a) + c(a) + m.digits(2)
    return v if m.random.random() < 0.5 else f"{v[:4]}-{v[4:7]}-{v[7:]}"


def phone_value(m: Maker) -> str:
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


def card_value(m: Maker) -> str:
    c = m.random.choice
    body = c(
        ["4" + m.digits(14), "51" + m.digits(13), "37" + m.digits(12), "6011" + m.digits(11), "2221" + m.digits(11)]
    )
    full = luhn_value(body)
    if len(full) == 15:
        return c([full, f"{full[:4]} {full[4:10]} {full[10:]}"])
    return c(
        [full, " ".join(full[i : i + 4] for i in range(0, 16, 4)), "-".join(full[i : i + 4] for i in range(0, 16, 4))]
    )


def ssn_value(m: Maker) -> str:
    area = m.random.randint(1, 899)
    area = 667 if area == 666 else area
    group, serial = m.random.randint(1, 99), m.random.randint(1, 9999)
    return m.pick(
        f"{area:03d}-{group:02d}-{serial:04d}",
        f"{area:03d} {group:02d} {serial:04d}",
        f"{area:03d}{group:02d}{serial:04d}",
        f"{area:03d}.{group:02d}.{serial:04d}",
    )


def hex_value(m: Maker, count: int) -> str:
    return "".join(m.random.choice("0123456789abcdef") for _ in range(count))


def uuid_value(m: Maker) -> str:
    return f"{hex_value(m, 8)}-{hex_value(m, 4)}-4{hex_value(m, 3)}-a{hex_value(m, 3)}-{hex_value(m, 12)}"


def image_value(m: Maker) -> str:
    forms: list[Callable[[], str]] = [
        lambda: "data:image/jpeg;base64,/9j/4AAQSkZJRg" + base64_value(m, 60),
        lambda: "/9j/4AAQSkZJRgABAQ" + base64_value(m, 80),
        lambda: "iVBORw0KGgoAAAANSUhEUg" + base64_value(m, 80),
        lambda: f"patient_face_{m.digits(4)}.jpg",
        lambda: f"photo_{m.digits(3)}.png",
    ]
    return m.random.choice(forms)()


def base64_value(m: Maker, count: int) -> str:
    return "".join(m.random.choice(string.ascii_letters + string.digits + "+/") for _ in range(count))


def date_value(m: Maker) -> str:
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


def nhs_value(m: Maker) -> str:
    while True:
        body = m.digits(9)
        check = 11 - sum(int(c) * w for c, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            full = body + str(check % 11)
            return m.pick(full, f"{full[:3]} {full[3:6]} {full[6:]}")


def dni_value(m: Maker) -> str:
    number = m.digits(8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]

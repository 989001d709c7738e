"""Which numbers can exist, where python-stdnum does not say?

Every function takes the value in capitals without separators, already of its scheme's form, and says whether it could
have been issued. Names are what ``check`` in ``phi/data/schemes.yml`` refers to.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date

from stdnum import luhn as _luhn
from stdnum import verhoeff as _verhoeff
from stdnum.iso7064 import mod_11_10


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1 annex B; the digits of letters are not read."""
    return value.isdigit() and _luhn.is_valid(value)


def verhoeff(value: str) -> bool:
    """Verhoeff, "Error Detecting Decimal Codes", 1969."""
    return value.isdigit() and _verhoeff.is_valid(value)


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def _numbers(value: str) -> list[int]:
    return [int(c) for c in value if c.isdigit()]


def _day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _short_day(value: str) -> bool:
    """Whether six digits are a day, YYMMDD, of this century or the last."""
    year, month, day = int(value[:2]), int(value[2:4]), int(value[4:6])
    return _day(1900 + year, month, day) or _day(2000 + year, month, day)


def br_cns(value: str) -> bool:
    """Brazil's national health card: the weighted sum of all 15 digits divides by 11 (DATASUS, Cartão SUS)."""
    return len(value) == 15 and _weighted(_numbers(value), range(15, 0, -1)) % 11 == 0


def es_nass(value: str) -> bool:
    """Spain's social security affiliation: the last two digits are the rest modulo 97 (TGSS)."""
    if not value.isdigit() or len(value) not in (11, 12):
        return False
    province, number, check = value[:2], int(value[2:-2]), int(value[-2:])
    base = int(province) * 10_000_000 + number if number < 10_000_000 else int(value[:-2])
    return base % 97 == check


def es_dni(value: str) -> bool:
    """Spain's identity number: the letter is the number modulo 23; old ones have seven digits (Orden 2/2/1990)."""
    return value[:-1].isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(value[:-1]) % 23] == value[-1]


def fi_hetu(value: str) -> bool:
    """Finland's identity code without its century's sign: a day, and 31 letters over nine digits (DVV)."""
    match = re.fullmatch(r"(\d{6})([A-FU-Y]?)(\d{3})([0-9A-FHJ-NPR-Y])", value)
    if match is None:
        return False
    day, month, year = int(value[:2]), int(value[2:4]), int(value[4:6])
    if not (_day(1900 + year, month, day) or _day(2000 + year, month, day)):
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(match[1] + match[3]) % 31] == match[4]


def de_idnr(value: str) -> bool:
    """Germany's tax number: ISO/IEC 7064 MOD 11,10, the first digit not 0, no digit more than three times."""
    if len(value) != 11 or value[0] == "0" or max(value.count(c) for c in set(value[:10])) > 3:
        return False
    return mod_11_10.is_valid(value)


def de_kvnr(value: str) -> bool:
    """Germany's health insurance number: the letter as two digits, alternating weights 1 and 2 (§ 290 SGB V)."""
    if not re.fullmatch(r"[A-Z]\d{9}", value):
        return False
    digits = _numbers(f"{ord(value[0]) - 64:02d}" + value[1:9])
    total = 0
    for index, digit in enumerate(digits):
        product = digit * (1 + index % 2)
        total += product // 10 + product % 10
    return total % 10 == int(value[9])


def de_rvnr(value: str) -> bool:
    """Germany's pension insurance number: birth date inside, weighted digit sums (§ 2 VKVV)."""
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", value):
        return False
    day, month = int(value[2:4]), int(value[4:6])
    # From the second person of a birth day and letter on, 50 is added to the day.
    if not (1 <= day <= 31 or 51 <= day <= 81) or not 1 <= month <= 12:
        return False
    digits = _numbers(value[:8] + f"{ord(value[8]) - 64:02d}" + value[9:11])
    total = 0
    for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        product = digit * weight
        total += product // 10 + product % 10
    return total % 10 == int(value[11])


def de_lanr(value: str) -> bool:
    """Germany's physician number: digits 1 to 6 by 4 and 9, digit 7 makes the sum divide by 10 (KBV, § 75 SGB V)."""
    digits = _numbers(value)
    return len(digits) == 9 and any(digits) and (10 - _weighted(digits[:6], (4, 9) * 3) % 10) % 10 == digits[6]


def de_document(value: str) -> bool:
    """A travel document's check digit, weights 7, 3, 1 (ICAO Doc 9303 part 3, section 4.9)."""
    body, last = value[:-1], value[-1]
    if not last.isdigit():
        return False
    total = sum(int(c, 36) * (7, 3, 1)[i % 3] for i, c in enumerate(body))
    return total % 10 == int(last)


def lu_matricule(value: str) -> bool:
    """Luxembourg's matricule: a birth date, then a Luhn and a Verhoeff digit over the first eleven."""
    if len(value) != 13 or not _day(int(value[:4]), int(value[4:6]), int(value[6:8])):
        return False
    return luhn(value[:12]) and verhoeff(value[:11] + value[12])


def it_driver(value: str) -> bool:
    """Italy's driving licence has a form but no published check digit; U1 is the newer series."""
    return bool(re.fullmatch(r"[A-Z]{2}\d{7}[A-Z]|U1(?=[A-Z0-9]*\d)[BCDFGHJKLMNPQRSTUVWXYZ0-9]{7}[A-Z]", value))


def pl_document(value: str) -> bool:
    """Poland's identity card: letters from A = 10, weights 7, 3, 1, 9, 7, 3, 1, 7, 3, the sum divides by 10."""
    if not re.fullmatch(r"[A-Z]{3}\d{6}", value):
        return False
    return sum(int(c, 36) * w for c, w in zip(value, (7, 3, 1, 9, 7, 3, 1, 7, 3), strict=True)) % 10 == 0


def hu_taj(value: str) -> bool:
    """Hungary's social security number: weights 3 and 7, modulo 10 (1996. évi XX. törvény)."""
    digits = _numbers(value)
    return len(digits) == 9 and _weighted(digits[:8], (3, 7) * 4) % 10 == digits[8]


def hu_tax(value: str) -> bool:
    """Hungary's personal tax number: begins with 8, weights 1 to 9, modulo 11."""
    digits = _numbers(value)
    return len(digits) == 10 and digits[0] == 8 and _weighted(digits[:9], range(1, 10)) % 11 == digits[9]


def hu_personal(value: str) -> bool:
    """Hungary's personal number: a birth date inside, weights falling or rising, modulo 11."""
    digits = _numbers(value)
    if len(digits) != 11 or not _short_day(value[1:7]):
        return False
    return digits[10] in (
        _weighted(digits[:10], range(1, 11)) % 11,
        _weighted(digits[:10], range(10, 0, -1)) % 11,
    )


def ru_snils(value: str) -> bool:
    """Russia's insurance number: weights 9 to 1, modulo 101."""
    digits = _numbers(value)
    return len(digits) == 11 and _weighted(digits[:9], range(9, 0, -1)) % 101 % 100 == int(value[9:])


def za_id(value: str) -> bool:
    """South Africa's number with its birth date, citizenship 0 to 2, the digit 8 or 9, and Luhn."""
    return len(value) == 13 and _short_day(value) and value[10] in "012" and value[11] in "89" and luhn(value)


def au_medicare(value: str) -> bool:
    """Australia's Medicare card: weights 1, 3, 7, 9 over eight digits, modulo 10 (Services Australia)."""
    digits = _numbers(value)
    return (
        len(digits) in (10, 11)
        and 2 <= digits[0] <= 6
        and _weighted(digits[:8], (1, 3, 7, 9) * 2) % 10 == digits[8]
        and digits[9] != 0
    )


_NHI = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def nz_nhi(value: str) -> bool:
    """New Zealand's NHI: weights 7 to 2 and modulo 11, or modulo 23 for the newer form (HISO 10046)."""
    if not re.fullmatch(r"[A-HJ-NP-Z]{3}(?:\d{4}|\d{2}[A-HJ-NP-Z]{2})", value):
        return False
    values = [int(c) if c.isdigit() else _NHI.index(c) + 1 for c in value]
    total = _weighted(values[:6], range(7, 1, -1))
    if value[-1].isdigit():
        return total % 11 != 0 and (11 - total % 11) % 10 == values[6]
    # HISO 10046:2022 changed the modulus; the first cards of the new form were checked by 24.
    return values[6] in (23 - total % 23, 24 - total % 24)


_TW_AREAS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def tw_id(value: str) -> bool:
    """Taiwan's identity number: the area letter as two digits, weights 1, 9 to 1, 1, modulo 10."""
    if not re.fullmatch(r"[A-Z][12489]\d{8}", value):
        return False
    area = _TW_AREAS.index(value[0]) + 10
    digits = [area // 10, area % 10, *_numbers(value[1:])]
    return _weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def hk_id(value: str) -> bool:
    """Hong Kong's identity card: weights 9 to 1, a missing first letter counts 36, modulo 11."""
    if not re.fullmatch(r"[A-Z]{1,2}\d{6}[0-9A]", value):
        return False
    body = value[:-1]
    values = [36] * (8 - len(body)) + [int(c, 36) for c in body]
    check = (11 - _weighted(values, range(9, 1, -1)) % 11) % 11
    return value[-1] == "0123456789A"[check]


def kr_rrn(value: str) -> bool:
    """South Korea's resident number: a birth date and a sex from 1 to 4.

    Its check digit is not asked for: since October 2020 the digits after the sex are random.
    """
    return len(value) == 13 and value[6] in "1234" and _short_day(value)


def kr_frn(value: str) -> bool:
    """South Korea's number of a foreigner: a birth date and a sex from 5 to 8, no check digit since 2020 either."""
    return len(value) == 13 and value[6] in "5678" and _short_day(value)


def kr_brn(value: str) -> bool:
    """South Korea's business number: weights 1, 3, 7, 1, 3, 7, 1, 3, 5 and the tens of the last product."""
    digits = _numbers(value)
    if len(digits) != 10 or not 1 <= digits[0] <= 6:
        return False
    total = _weighted(digits[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10 == digits[9]


def th_pin(value: str) -> bool:
    """Thailand's identity number: weights 13 to 2, modulo 11, the first digit not 0 or 9, a province that exists."""
    digits = _numbers(value)
    if len(digits) != 13 or digits[0] in (0, 9):
        return False
    if int(value[1:3]) not in _TH_PROVINCES:
        return False
    return (11 - _weighted(digits[:12], range(13, 1, -1)) % 11) % 10 == digits[12]


# ISO 3166-2:TH codes of the Department of Provincial Administration.
_TH_PROVINCES = frozenset(
    (*range(10, 28), *range(30, 50), *range(50, 59), *range(60, 68), *range(70, 78), *range(80, 87), *range(90, 97))
)


def sg_nric(value: str) -> bool:
    """Singapore's NRIC and FIN: weights 2, 7, 6, 5, 4, 3, 2, an offset by series, modulo 11."""
    if not re.fullmatch(r"[STFGM]\d{7}[A-Z]", value):
        return False
    total = _weighted(_numbers(value[1:8]), (2, 7, 6, 5, 4, 3, 2))
    series = value[0]
    total += {"T": 4, "G": 4, "M": 3}.get(series, 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    index = total % 11
    return value[8] == (letters[series][10 - index] if series == "M" else letters[series][index])


def ph_tin(value: str) -> bool:
    """The Philippines' tax number: weights 9 to 2 over eight digits, modulo 11; a branch's three digits may follow."""
    digits = _numbers(value)
    if len(digits) not in (9, 12) or not any(digits[:9]):
        return False
    return _weighted(digits[:8], range(9, 1, -1)) % 11 % 10 == digits[8]


def dea(value: str) -> bool:
    """A DEA registration: digits 1, 3, 5 plus twice digits 2, 4, 6 end in digit 7 (21 CFR 1301)."""
    digits = _numbers(value[2:9])
    if len(digits) != 7:
        return False
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def npi(value: str) -> bool:
    """A national provider identifier: 1 or 2 first, Luhn over 80840 and the number (45 CFR 162.406)."""
    plausible = len(value) == 10 and value.isdigit() and value[0] in "12" and len(set(value[:9])) > 1
    return plausible and luhn("80840" + value)


_MBI = re.compile(
    r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y]{2}\d{2}"
)


def mbi(value: str) -> bool:
    """A Medicare Beneficiary Identifier: letters without S, L, O, I, B and Z at fixed places (CMS, 2017)."""
    return bool(_MBI.fullmatch(value))


def aba(value: str) -> bool:
    """A routing number: Federal Reserve prefix, weights 3, 7, 1, modulo 10 (ABA Key to Routing Numbers)."""
    digits = _numbers(value)
    if len(digits) != 9:
        return False
    prefix = int(value[:2])
    known = 1 <= prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return known and _weighted(digits, (3, 7, 1) * 3) % 10 == 0


CHECKS: dict[str, Callable[[str], bool]] = {
    check.__name__: check
    for check in (
        luhn, verhoeff, de_idnr, br_cns, es_nass, es_dni, fi_hetu, de_kvnr, de_rvnr, de_lanr, de_document,
        lu_matricule, it_driver, pl_document, hu_taj, hu_tax, hu_personal, ru_snils, za_id, au_medicare, nz_nhi, tw_id,
        hk_id, kr_rrn, kr_frn, kr_brn, th_pin, sg_nric, ph_tin, dea, npi, aba, mbi,
    )
}  # fmt: skip

"""Which numbers, standing anywhere, name an account?"""

import re

from stdnum import bitcoin, iban, luhn

from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.national import is_impersonal, stands_free
from preceptor.phi.types import PhiType, Severity

# Issuers' ranges and lengths (ISO/IEC 7812): Visa, Mastercard, Amex, Diners, Discover, JCB, UnionPay, Maestro, UATP.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|095|[689]\d)\d{11}(?:\d{2})?|6(?:011|5\d{2}|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
    r"|(?:50|5[6-9]|6\d)\d{10,17}|1\d{14}"
)


def _card(candidate: Candidate) -> Severity | None:
    if not stands_free(candidate.text, candidate.start, candidate.end):
        return None
    digits = candidate.digits
    if len(set(digits)) < 2:
        return None
    if not _CARD.fullmatch(digits) or not luhn.is_valid(digits):
        return None
    return None if is_impersonal(candidate.text, candidate.start, candidate.end) else Severity.HIGH


def _iban(candidate: Candidate) -> Verdict | None:
    text, start, end = candidate.text, candidate.start, candidate.end
    # The pattern takes a short word behind the number for its last group.
    while end - start >= 15:
        if iban.is_valid(text[start:end]) and stands_free(text, start, end):
            return Verdict(Severity.HIGH, start, end)
        end = max(text.rfind(" ", start, end), text.rfind("-", start, end))
    return None


def _bitcoin(candidate: Candidate) -> Severity | None:
    free = stands_free(candidate.text, candidate.start, candidate.end)
    value = candidate.value
    if free and value.lower().startswith("bc1p") and len(value) == 62:
        # Taproot addresses carry a checksum (BIP 350) that stdnum does not know.
        return Severity.HIGH
    return Severity.HIGH if free and bitcoin.is_valid(value) else None


def _free(candidate: Candidate) -> Severity | None:
    return Severity.HIGH if stands_free(candidate.text, candidate.start, candidate.end) else None


RULES = (
    Rule(
        "payment-card",
        PhiType.ACCOUNT,
        r"\b(?:[1-6]\d{11,18}|[2-6]\d{3}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|3\d{3}[ -]\d{6}[ -]\d{4,5}"
        r"|1\d{3}[ -]\d{5}[ -]\d{6})\b",
        check=_card,
    ),
    Rule(
        "iban",
        PhiType.ACCOUNT,
        r"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b",
        check=_iban,
    ),
    Rule(
        "bitcoin-address",
        PhiType.OTHER_ID,
        r"\b(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?i:bc1)[02-9ac-hj-np-zAC-HJ-NP-Z]{25,87})\b",
        check=_bitcoin,
    ),
    Rule("ethereum-address", PhiType.OTHER_ID, r"\b0x[0-9a-fA-F]{40}\b", check=_free),
)

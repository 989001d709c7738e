"""Which numbers name an account?"""

from stdnum import iban, luhn

from preceptor.phi.rule import Candidate, Rule, cue, enough_digits
from preceptor.phi.types import PhiType, Severity


def _card(candidate: Candidate) -> Severity | None:
    digits = candidate.digits
    if not candidate.stands_alone() or not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return None
    return Severity.HIGH if luhn.is_valid(digits) else None


def _labelled_card(candidate: Candidate) -> Severity | None:
    if not candidate.stands_alone() or not 12 <= len(candidate.digits) <= 19:
        return None
    return Severity.HIGH if luhn.is_valid(candidate.digits) else Severity.LOW


def _iban(candidate: Candidate) -> Severity | None:
    return Severity.HIGH if candidate.stands_alone() and iban.is_valid(candidate.value) else None


RULES = (
    Rule("account-labelled", PhiType.ACCOUNT, cue("account"), check=enough_digits(4), cued=True),
    Rule(
        "payment-card-labelled",
        PhiType.ACCOUNT,
        cue("card", r"\d{4}[ -]?\d{4,6}[ -]?\d{4,5}(?:[ -]?\d{1,7})?"),
        check=_labelled_card,
        cued=True,
    ),
    Rule(
        "payment-card",
        PhiType.ACCOUNT,
        r"\b(?:[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}|3[0-9]\d{2}[ -]?\d{6}[ -]?\d{4,5})\b",
        check=_card,
    ),
    Rule(
        "iban", PhiType.ACCOUNT, r"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", check=_iban
    ),
)

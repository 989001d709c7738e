"""Which number is meant where a whole one is written with a fraction of zeros or with an exponent?

Tools make 123456789.0 and 1.23456789E8 of whole numbers: pandas where a column has a gap, a spreadsheet where a column
is narrow. Read as it is written, an identifier would be refused by its own scheme, or found nowhere. So the decoded
value is the whole number, in every format, and what a finding counts are that number's digits.
"""

import re

# No scheme has longer numbers; a measurement may be of any size.
_MOST_DIGITS = 20
# A comma with one zero is a fraction; with three it would group thousands.
_WRITTEN = re.compile(r"(\s*[-+]?)(\d+)(?:\.(\d*)|,(0))?(?:[eE]([-+]?\d{1,3}))?(\s*)", re.ASCII)


class Number(str):
    """A number as text, so that nothing is lost or refused by conversion."""

    __slots__ = ()


def number_of(written: str) -> Number:
    """The number that JSON or a typed column holds, a whole one without fraction and exponent."""
    return Number(whole(written))


def whole(written: str) -> str:
    """A whole number's digits, however it is written; any other text as it is. Space around it stays."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return written
    before, ones, fraction, zero, exponent, behind = match.groups(default="")
    digits = ones + fraction + zero
    point = len(ones) + int(exponent or 0)
    if not 0 < point <= _MOST_DIGITS or digits[point:].strip("0"):
        return written
    found = digits[:point].ljust(point, "0")
    # Zeros that somebody wrote belong to the identifier; those that an exponent moved do not.
    return before + (found.lstrip("0") or "0" if exponent else found) + behind

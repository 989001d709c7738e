"""Is a vehicle identification number possible?"""

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_CHARACTERS = frozenset("0123456789") | _VALUES.keys()
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_checksum_holds(vin: str) -> bool:
    """Whether position 9 of a 17-character VIN is its check digit (49 CFR 565.15); false where none could have it.

    A VIN has no I, O and Q, and what stands behind its label may be anything: ``12:34…``.
    """
    if len(vin) != 17 or not _CHARACTERS.issuperset(vin):
        return False
    total = sum(int(_VALUES.get(c, c)) * weight for c, weight in zip(vin, _WEIGHTS, strict=True))
    return vin[8] == "0123456789X"[total % 11]

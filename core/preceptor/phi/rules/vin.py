"""Is a vehicle identification number possible?"""

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_checksum_holds(vin: str) -> bool:
    """Whether position 9 of a 17-character VIN is its check digit (49 CFR 565.15); false for I, O and Q."""
    if len(vin) != 17 or set(vin) & set("IOQ"):
        return False
    total = sum(int(_VALUES.get(c, c)) * weight for c, weight in zip(vin, _WEIGHTS, strict=True))
    return vin[8] == "0123456789X"[total % 11]

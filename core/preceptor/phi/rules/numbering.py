"""Is a telephone number one that its country gives out?

What ``phonenumbers`` says, at a tenth of its cost, for numbers of digits and signs: it reads one for one region at a
time, and a table of digits asks for thirty. The plans are its own, and it is asked itself about what is not read here.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

import phonenumbers
import re2
from phonenumbers import PhoneMetadata, PhoneNumberDesc, PhoneNumberType
from phonenumbers.phonemetadata import REGION_CODE_FOR_NON_GEO_ENTITY
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

_PLAIN = re.compile(r"\+?[ ().\-/]*\d[\d ().\-/]*")
_SIGNS = str.maketrans("", "", " ().-/+")
_MOBILE = frozenset((PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE))
_UNKNOWN: int = PhoneNumberType.UNKNOWN
_SHORTEST, _LONGEST = 2, 17


class _Elsewhere(Exception):
    """The number is written or dialled in a way that is not read here."""


class _Kind:
    """One kind of numbers of a region: what it looks like and how long it is."""

    __slots__ = ("_fullmatch", "lengths", "pattern")

    def __init__(self, desc: PhoneNumberDesc | None) -> None:
        self.pattern: str = (desc.national_number_pattern if desc is not None else None) or ""
        self.lengths = tuple(desc.possible_length if desc is not None else ())
        self._fullmatch: Callable[[str], object] | None = None

    def fits(self, number: str) -> bool:
        """Whether a number has the pattern, whatever its length."""
        if self._fullmatch is None:
            # Some patterns are long, and most are never asked for.
            self._fullmatch = re.compile(self.pattern).fullmatch
        return self._fullmatch(number) is not None

    def holds(self, number: str) -> bool:
        """Whether a number is of the kind."""
        return bool(self.pattern) and (not self.lengths or len(number) in self.lengths) and self.fits(number)


class _Region:
    """The numbering plan of one region."""

    def __init__(self, name: str) -> None:
        plan: Any = PhoneMetadata.metadata_for_region(name, None)
        self.code = str(plan.country_code)
        self.leading = re.compile(plan.leading_digits).match if plan.leading_digits is not None else None
        self.exit = re.compile(plan.international_prefix or "NonMatch")
        self.trunk = re.compile(plan.national_prefix_for_parsing) if plan.national_prefix_for_parsing else None
        self.rewritten = bool(plan.national_prefix_transform_rule)
        self.any = _Kind(plan.general_desc)
        self.local = frozenset(plan.general_desc.possible_length_local_only)
        types = PhoneNumberType
        # In the order in which they are asked.
        self._kinds = [
            (_Kind(desc), kind)
            for desc, kind in (
                (plan.premium_rate, types.PREMIUM_RATE),
                (plan.toll_free, types.TOLL_FREE),
                (plan.shared_cost, types.SHARED_COST),
                (plan.voip, types.VOIP),
                (plan.personal_number, types.PERSONAL_NUMBER),
                (plan.pager, types.PAGER),
                (plan.uan, types.UAN),
                (plan.voicemail, types.VOICEMAIL),
            )
        ]
        self._fixed, self._moving = _Kind(plan.fixed_line), _Kind(plan.mobile)
        self._alike = bool(plan.same_mobile_and_fixed_line_pattern)

    def kind(self, number: str) -> int:
        """The PhoneNumberType of a number without prefixes, UNKNOWN where there is none such."""
        if not self.any.holds(number):
            return _UNKNOWN
        for kind, which in self._kinds:
            if kind.holds(number):
                return which
        if self._fixed.holds(number):
            both = self._alike or self._moving.holds(number)
            return PhoneNumberType.FIXED_LINE_OR_MOBILE if both else PhoneNumberType.FIXED_LINE
        return PhoneNumberType.MOBILE if not self._alike and self._moving.holds(number) else _UNKNOWN

    def patterns(self) -> list[str]:
        """What the numbers of every kind look like."""
        kinds = [kind for kind, _ in self._kinds] + [self._fixed, self._moving]
        return [kind.pattern for kind in kinds if kind.pattern]

    def written(self) -> str:
        """An RE2 pattern for everything that could be dialled for a number of the country, and more."""
        names = COUNTRY_CODE_TO_REGION_CODE[int(self.code)]
        numbers = "|".join(f"(?:{one})" for name in names for one in _region(name).patterns())
        trunk = r"\d{0,7}" if self.rewritten else f"(?:{self.trunk.pattern})?" if self.trunk else ""
        return rf"(?:(?:{self.code})?{trunk}(?:{numbers})|(?:{self.exit.pattern})\d*)"

    def without_trunk(self, digits: str) -> str:
        """The digits without what is dialled before a number within the country."""
        match = self.trunk.match(digits) if self.trunk is not None and digits else None
        if match is None:
            return digits
        if self.rewritten and match.groups()[-1] is not None:
            raise _Elsewhere
        rest = digits[match.end() :]
        return digits if self.any.fits(digits) and not self.any.fits(rest) else rest

    def abroad(self, digits: str) -> str | None:
        """What stands behind the code for leaving the country; None where the digits do not begin with it."""
        match = self.exit.match(digits)
        return digits[match.end() :] if match is not None and digits[match.end() : match.end() + 1] != "0" else None

    def number(self, digits: str) -> str:
        """The number that is meant where the digits are dialled in this region."""
        if digits.startswith(self.code):
            rest = self.without_trunk(digits[len(self.code) :])
            if (not self.any.fits(digits) and self.any.fits(rest)) or len(digits) > self.any.lengths[-1]:
                return self.within(rest)
        return self.within(digits)

    def within(self, digits: str) -> str:
        """The number that is meant by digits without the country's code; empty where it is too short or long."""
        rest = self.without_trunk(digits) if len(digits) >= _SHORTEST else ""
        if (len(rest) in self.any.lengths and len(rest) not in self.local) or len(rest) > self.any.lengths[-1]:
            digits = rest
        return digits if _SHORTEST <= len(digits) <= _LONGEST else ""


_region = cache(_Region)


def _kind_of(code: int, number: str) -> int:
    """The type of a number under a country's code, which several regions may share."""
    names = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    if len(names) == 1:
        return _region(names[0]).kind(number)
    for name in names:
        region = _region(name)
        if region.leading is not None:
            if region.leading(number):
                return region.kind(number)
        elif (kind := region.kind(number)) != _UNKNOWN:
            return kind
    return _UNKNOWN


@lru_cache(maxsize=1024)
def _abroad(digits: str) -> int | None:
    """The type of a number that begins with a country's code; None where there is no such country."""
    if len(digits) <= _SHORTEST:
        return _UNKNOWN
    for length in (1, 2, 3):
        names = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length])) if digits[0] != "0" else None
        if names is not None:
            if names[0] == REGION_CODE_FOR_NON_GEO_ENTITY:
                raise _Elsewhere
            number = _region(names[0]).within(digits[length:])
            return _kind_of(int(digits[:length]), number) if number else _UNKNOWN
    return None


@lru_cache(maxsize=8192)
def _kind(text: str, region: str | None) -> int:
    try:
        if _PLAIN.fullmatch(text) is None:
            raise _Elsewhere
        digits = text.translate(_SIGNS)
        if not digits.isascii() or len(digits) <= _SHORTEST:
            raise _Elsewhere
        if text[0] == "+":
            kind = _abroad(digits)
            return asked(text, region) if kind is None else kind
        if region is None:
            raise _Elsewhere
        plan = _region(region)
        abroad = plan.abroad(digits)
        if abroad is not None:
            kind = _abroad(abroad)
            return _UNKNOWN if kind is None else kind
        number = plan.number(digits)
        return _kind_of(int(plan.code), number) if number else _UNKNOWN
    except _Elsewhere:
        return asked(text, region)


def asked(text: str, region: str | None) -> int:
    """What ``phonenumbers`` says: the type of a valid number, UNKNOWN for any other."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _UNKNOWN
    return phonenumbers.number_type(number) if phonenumbers.is_valid_number(number) else _UNKNOWN


def is_valid(text: str, region: str | None) -> bool:
    """Whether a number dialled in a region, or written with "+" and a country's code, is given out."""
    return _kind(text, region) != _UNKNOWN


def is_mobile(text: str, region: str) -> bool:
    """Whether it is a mobile telephone's, or may be."""
    return _kind(text, region) in _MOBILE


def is_toll_free(text: str, region: str) -> bool:
    """Whether it is free to call."""
    return _kind(text, region) == PhoneNumberType.TOLL_FREE


class Regions:
    """Several regions, of which only those are asked that have numbers like it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._which: Callable[[bytes], list[int]] | None = None

    def valid(self, text: str) -> bool:
        """Whether the number is given out in one of them."""
        return any(is_valid(text, name) for name in self._likely(text))

    def mobile(self, text: str) -> bool:
        """Whether it is a mobile telephone's in one of them."""
        return any(is_mobile(text, name) for name in self._likely(text))

    def _likely(self, text: str) -> Iterator[str]:
        if _PLAIN.fullmatch(text) is None or text[0] == "+":
            yield from self._names
            return
        if self._which is None:
            options = re2.Options()
            options.never_capture = True
            options.log_errors = False
            options.max_mem = 64 << 20
            plans = re2.Set.FullMatchSet(options)
            for name in self._names:
                plans.Add(_region(name).written())
            plans.Compile()
            self._which = plans._set.Match
        for index in sorted(self._which(text.translate(_SIGNS).encode())):
            yield self._names[index]

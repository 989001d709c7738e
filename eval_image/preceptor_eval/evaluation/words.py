"""Which content words, numbers and negations does a text hold?"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[.;:!?,]")
_NUMBER: Final = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)*)\s*(?:-\s*)?(%|[^\W\d_]+)?")
_SPELT: Final = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBER_WORDS: Final = {word: str(value) for value, word in enumerate(_SPELT, start=2)} | {
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "ninety": "90",
}
_UNITS: Final = {
    **dict.fromkeys(("mg", "milligram", "milligrams", "mgs"), "mg"),
    **dict.fromkeys(("mcg", "µg", "microgram", "micrograms"), "mcg"),
    **dict.fromkeys(("g", "gram", "grams"), "g"),
    **dict.fromkeys(("ml", "millilitre", "millilitres", "milliliter", "milliliters"), "ml"),
    **dict.fromkeys(("l", "litre", "litres", "liter", "liters"), "l"),
    **dict.fromkeys(("tablet", "tablets", "pill", "pills", "capsule", "capsules"), "tablet"),
    **dict.fromkeys(("puff", "puffs"), "puff"),
    **dict.fromkeys(("drop", "drops"), "drop"),
    **dict.fromkeys(("unit", "units", "iu"), "unit"),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), "minute"),
    **dict.fromkeys(("hour", "hours", "h", "hr", "hrs"), "hour"),
    **dict.fromkeys(("day", "days"), "day"),
    **dict.fromkeys(("week", "weeks"), "week"),
    **dict.fromkeys(("month", "months"), "month"),
    **dict.fromkeys(("year", "years"), "year"),
    **dict.fromkeys(("time", "times", "x"), "time"),
    **dict.fromkeys(("c", "celsius", "f", "fahrenheit", "degree", "degrees"), "degree"),
    **dict.fromkeys(("%", "percent"), "percent"),
}
NEGATIONS: Final = frozenset(
    ("no", "not", "never", "none", "nothing", "nor", "neither", "without", "avoid", "stop", "cannot", "don", "refrain")
)
_NUMBER_AND_UNIT: Final = re.compile(
    rf"\b({'|'.join(_NUMBER_WORDS)})\b(?=[\s-]+(?:{'|'.join(unit for unit in _UNITS if unit != '%')})\b)"
)
_FUNCTION_WORDS: Final = """
anyone anything everyone everything someone something
a an and any are as at be been being but by can could did do does for from had has have he her hers him his how i if
in into is it its just may me might more most must my now of on or our ours out own please she should so some such
than that the their theirs them then there these they this those through to too until up very was we were what when
where which while who whom will with would you your yours also all about again once only same s t ll ve re d m
"""
_STOPWORDS: Final = frozenset(_FUNCTION_WORDS.split())
_OBJECTS: Final = frozenset(("no", "none", "nothing"))
_SCOPE: Final = 5


@dataclass(frozen=True)
class Number:
    """A number and its unit, where it has a known one."""

    value: str
    unit: str | None

    def agrees(self, other: "Number") -> bool:
        """The same value, and the same unit where both have one."""
        return self.value == other.value and (self.unit is None or other.unit is None or self.unit == other.unit)


@lru_cache(maxsize=65_536)
def content(text: str) -> frozenset[str]:
    """Stems of a text's words that carry meaning: no function words, no negations, no numbers."""
    return frozenset(
        stem(token) for token in _tokens(text) if token.isalpha() and token not in _STOPWORDS and token not in NEGATIONS
    )


@lru_cache(maxsize=65_536)
def numbers(text: str) -> tuple[Number, ...]:
    """Numbers of a text with their units; spelt ones count where a unit follows."""
    return tuple(
        Number(_plain(match[1]), _UNITS.get(match[2]) if match[2] else None)
        for match in _NUMBER.finditer(_in_digits(text))
    )


@lru_cache(maxsize=65_536)
def negated(text: str) -> frozenset[str]:
    """Stems of the content words that a negation reaches: five after it up to the next mark, and with "no" and
    "nothing" the one before it ("give nothing").
    """
    found: set[str] = set()
    left = 0
    before: str | None = None
    for token in _tokens(text):
        if token in NEGATIONS or token.endswith("n't"):
            left = _SCOPE
            if token in _OBJECTS and before is not None:
                found.add(before)
        elif not token[0].isalnum():
            left, before = 0, None
        elif token.isalpha() and token not in _STOPWORDS:
            before = stem(token)
            if left:
                left -= 1
                found.add(before)
    return frozenset(found)


def stem(word: str) -> str:
    """A word without its commonest English endings; crude, but the same for claim and evidence."""
    for ending in ("ingly", "edly", "ings", "ing", "ies", "ied", "ely", "ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def _in_digits(text: str) -> str:
    """Lower case, with numbers that stand before a unit in digits."""
    return _NUMBER_AND_UNIT.sub(lambda match: _NUMBER_WORDS[match[1]], text.lower())


def _tokens(text: str) -> list[str]:
    tokens = (token.replace("’", "'") for token in _TOKEN.findall(_in_digits(text)))
    return [token[:-2] if token.endswith("'s") else token for token in tokens]


def _plain(number: str) -> str:
    """1,000 and 1000 are one number, 0.50 and 0.5 too."""
    digits = re.sub(r",(?=\d{3}\b)", "", number).replace(",", ".")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{fraction}" if fraction else whole.lstrip("0") or "0"

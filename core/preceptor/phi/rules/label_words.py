"""Which words are labels, and which identifiers can each of them label?

A label is one of ``phi/data/labels.yml`` or of a national scheme; each is a pattern of Python and RE2 alike.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import re2

from preceptor.phi.lexicon import document
from preceptor.phi.rules.schemes import Scheme, schemes
from preceptor.phi.types import PhiType

# What is called: their values are telephone numbers.
CALLED = frozenset((PhiType.PHONE, PhiType.FAX))


@dataclass(frozen=True, slots=True)
class Label:
    """What a word labels: a kind of ``phi/data/labels.yml``, or a national scheme."""

    detector: str
    type: str
    strong: bool
    digits: int
    scheme: Scheme | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What the words of a label mean, and what follows of it for a value beside them: worked out once for each word.

    ``of_schemes`` are the labels of national numbers; ``least`` is how many digits each value has at least, ``reaches``
    says that one a few words away is possible.
    """

    labels: tuple[Label, ...]
    of_schemes: tuple[tuple[Label, Scheme], ...]
    least: int
    reaches: bool

    @property
    def is_called(self) -> bool:
        """Whether the value is a number to be called."""
        return bool(self.labels) and self.labels[0].type in CALLED


@dataclass(frozen=True, slots=True)
class _Kind:
    label: Label
    words: tuple[str, ...]


def spaced(word: str) -> str:
    """A label's pattern as field names and logs write it: "_" or "-" for a space, JSON's escape for an accent."""
    return _SPACE.sub(_written, word)


def _written(match: re.Match[str]) -> str:
    if match[0] == " ":
        return "[ _-]"
    escapes = [f"|\\\\u{ord(c):04x}" for c in match[0] if not c.isascii()]
    return f"(?:{match[0]}{''.join(escapes)})" if escapes else match[0]


_SPACE = re.compile(r"\[[^\]]*\]| ")


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.longest_match = True
    options.max_mem = 64 << 20
    options.log_errors = False
    return options


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(f"(?:{spaced(word)})" for word in words)


@cache
def _compile(words: tuple[str, ...]) -> Any:
    return re2.compile(_any_of(words), _options())


@cache
def _document() -> dict[str, dict[str, Any]]:
    labels: dict[str, dict[str, Any]] = document("labels")
    return labels


@cache
def _kinds() -> tuple[_Kind, ...]:
    kinds: list[_Kind] = []
    for scheme in schemes():
        for words, strong in ((scheme.labels, True), (scheme.short, False)):
            if words:
                label = Label(f"{scheme.slug}-labelled", scheme.type, strong, 5, scheme)
                kinds.append(_Kind(label, tuple(words)))
    for name, entry in _document().items():
        slug = name.replace("_", "-")
        digits = int(entry.get("digits", 1))
        kinds.append(_Kind(Label(f"{slug}-labelled", entry["type"], True, digits), tuple(entry["strong"])))
        if entry.get("weak"):
            label = Label(f"{slug}-beside-a-word", entry["type"], False, max(4, digits))
            kinds.append(_Kind(label, tuple(entry["weak"])))
    return tuple(kinds)


@cache
def _all_kinds() -> Any:
    together = re2.Set.MatchSet(_options())
    for kind in _kinds():
        together.Add(_any_of(kind.words))
    together.Compile()
    return together


def _beginning(word: str) -> list[_Kind]:
    """The kinds of which a label stands at the beginning of a text, in their order."""
    kinds = _kinds()
    return [kinds[index] for index in sorted(_all_kinds().Match(word) or ())]


@lru_cache(maxsize=8192)
def meaning_of(word: str) -> Meaning:
    """What a label's words mean, the words for "number" at their end not counted."""
    found = []
    for kind in _beginning(word):
        match = _compile(kind.words).match(word)
        if match is not None and match.end() and _QUALIFIED.fullmatch(word, match.end()):
            found.append((match.end() == len(word), kind.label))
    # What a label means with all of its words comes first.
    labels = tuple(label for _, label in sorted(found, key=lambda f: (not f[0], not f[1].strong)))
    return Meaning(
        labels,
        of_schemes=tuple((label, label.scheme) for label in labels if label.scheme is not None),
        least=min((0 if label.scheme is not None else label.digits for label in labels), default=1),
        reaches=any(label.strong or label.scheme is not None for label in labels),
    )


# A value that is a number people have by heart or a card shows.
LONG = 4


def words_of(*, strong: bool | None = None, long: bool | None = None) -> tuple[str, ...]:
    """The labels' patterns: all of them, or those that mean nothing else, or the others.

    ``long`` asks for those of which every value has ``LONG`` digits or more, or for the others.
    """
    words: dict[str, bool] = {}
    for scheme in schemes():
        for word in (*(() if strong is False else scheme.labels), *(() if strong else scheme.short)):
            words[word] = False
    for entry in _document().values():
        is_long = int(entry.get("digits", 1)) >= LONG
        for word in () if strong is False else entry["strong"]:
            words[word] = words.get(word, True) and is_long
        for word in () if strong else entry.get("weak", ()):
            # Beside these every value has four digits or more.
            words.setdefault(word, True)
    return tuple(word for word, is_long in words.items() if long in (None, is_long))


@cache
def _longest() -> Any:
    return _compile(tuple(words_of()))


QUALIFIER = (
    r"(?:[ _\t-]{0,2}(?:(?:numbers?|n[uú]meros?|num(?:mer|ber)?|nos?|nr|ids?|identifiers?|codes?|cards?|values?|"
    r"ref(?:erence)?|digits|holder|on file|is as follows|(?:ending|ends)(?: in| with)?|terminad[ao] en|"
    r"last (?:four|4)(?: digits)?(?: of)?|"
    r"shown|scanned|printed|reads|"
    r"numaras[ıi]|nummer|hier|here|below|above)\b\.?|n[º°]\.?|[#º°]{1,2}))"
)
_QUALIFIED = re.compile(rf"(?i){QUALIFIER}{{0,3}}[ _-]{{0,2}}")


def label_length(text: str) -> int:
    """The characters of the longest label that a text begins with."""
    data = text.encode()
    # The match object of the package costs more than the match.
    end: int = _longest()._regexp.Match(re2._Anchor.ANCHOR_START, data, 0, len(data))[0][1]
    return len(data[: max(0, end)].decode())


def detectors() -> frozenset[str]:
    """The names of all that labels tell of."""
    return frozenset(kind.label.detector for kind in _kinds())


def words_of_numbers() -> frozenset[str]:
    """The everyday words that are labels of nothing but values of four digits or more, which stand right behind."""
    others = {word for scheme in schemes() for word in scheme.short}
    numbers: set[str] = set()
    for entry in _document().values():
        (others if entry["type"] in CALLED else numbers).update(entry.get("weak", []))
    return frozenset(numbers - others)


def begins_in_latin(word: str) -> bool:
    return word[:1].isascii()

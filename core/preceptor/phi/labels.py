"""How may a report call a file or a field whose own name may be PHI?"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePath

from preceptor.phi.detect import Detector, default_detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.formats import SUFFIXES, inner_name
from preceptor.phi.lexicon import words
from preceptor.phi.types import PhiType, Span

_BETWEEN = re.compile(r"[\s_,.-]+")
# File names carry dates and versions for good reasons; these types never.
_IGNORED = frozenset(
    {PhiType.DATE, PhiType.URL, PhiType.IP_ADDRESS, PhiType.DEVICE, PhiType.LOCATION, PhiType.AGE}
)  # fmt: skip


class Labels:
    """Names as they may be shown: those that hold PHI become ``redacted-`` and a fingerprint."""

    def __init__(self, fingerprinter: Fingerprinter, detector: Detector) -> None:
        self._detector = detector
        self._fingerprinter = fingerprinter
        self.spans_of_key = lru_cache(maxsize=16_384)(self._spans_of_key)
        self.file = lru_cache(maxsize=1024)(self._file)

    def _file(self, name: str) -> tuple[str, tuple[tuple[Span, str], ...]]:
        """How a file may be called, and what was found in its name, each with the words it stands for."""
        plain = name_words(name)
        spans = [s for s in self._detector.detect(plain) if s.type not in _IGNORED]
        if not spans and not any(may_be_a_name(part) for part in inner_name(name).with_suffix("").parts):
            return printable(name), ()
        suffix = inner_name(name).suffix
        kept = suffix if suffix in SUFFIXES else ""
        label = f"redacted-{self._fingerprinter.of('FILE', name)[:12]}{kept}"
        return label, tuple((span, plain[span.start : span.end]) for span in spans)

    def _spans_of_key(self, name: str) -> tuple[Span, ...]:
        return tuple(self._detector.detect(name))

    def pointer(self, path: Iterable[str | int]) -> str:
        """RFC 6901, with every name that is itself PHI redacted."""
        return "".join(f"/{self._token(part)}" for part in path)

    def _token(self, part: str | int) -> str:
        if isinstance(part, str) and (self.spans_of_key(part) or may_be_a_name(part) or _may_be_a_number(part)):
            return f"redacted-{self._fingerprinter.of('KEY', part)[:12]}"
        return printable(str(part)).replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=16_384)
def may_be_a_name(text: str) -> bool:
    """Whether a name of a field or file is two or more capitalised words, of which one is no word of such names.

    Somebody's name that no list has looks so. Nothing is found by this; it is only not repeated.
    """
    parts = [part for part in _BETWEEN.split(text) if part]
    if not 2 <= len(parts) <= 5 or not all(part[0].isupper() and part[1:].islower() for part in parts):
        return False
    return not words("field-words").issuperset(part.lower() for part in parts)


def _may_be_a_number(text: str) -> bool:
    """Whether a field's name is a number such as records are filed under. Nothing is found by this either."""
    return len(text) >= 5 and text.isdecimal()


def name_words(name: str) -> str:
    """A file's name as words for the detector."""
    return printable(name).replace("_", " ").replace("/", " / ")


def printable(name: str) -> str:
    """A name without the halves of characters that no encoding takes, and without what a terminal would obey."""
    plain = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") if _is_odd(name) else name
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in plain)


def _is_odd(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return all("\udc80" <= c <= "\udcff" for c in name if "\ud800" <= c <= "\udfff")
    return False


def called(path: Path | PurePath | str, option: str = "") -> str:
    """How a sentence may call a path that the caller named: by its name, or, where that may be PHI, as what it is.

    With the ``option`` that named it, it follows what the sentence calls it: the policy p.yml, or that --policy names.
    """
    name = str(path)
    spans = [s for s in default_detector().detect(name_words(name)) if s.type not in _IGNORED]
    if spans or any(may_be_a_name(part) for part in inner_name(name).with_suffix("").parts):
        what = f"that {option} names" if option else "A path that you named"
        return f"{what} (its own name may be PHI)"
    return printable(name)

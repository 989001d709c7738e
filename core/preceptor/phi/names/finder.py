"""Where in a text are names of people and towns that no title or label announces?

Looked for by ``preceptor_phi_native``: what is here says what it is made of, and what its answers are called.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files

import preceptor_phi_native as native

from preceptor.phi.names import gazetteer
from preceptor.phi.names.native import NO_NAMES, PHRASES, WORDS, finder
from preceptor.phi.normalise import NormalText
from preceptor.phi.types import PhiType, Severity, Span

# Changes whenever the native finder may find something else in the same text.
_VERSION = "2"
_KINDS = (
    (PhiType.NAME, "name-in-prose", Severity.HIGH),
    (PhiType.NAME, "name-in-prose", Severity.MEDIUM),
    (PhiType.NAME, "name-repeated", Severity.MEDIUM),
    (PhiType.LOCATION, "town", Severity.MEDIUM),
)


class NamesFinder:
    """Weighs every capitalised run that is not plain, and what stands around it."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What each detector looks for."""
        return {
            "name-in-prose": "Words that are given or family names, or in no list, stand where a person stands.",
            "name-repeated": "A family name stands here that is part of a name elsewhere in the same text.",
            "town": "A town of the gazetteer, or a name of no list, stands where a place stands.",
        }

    @cached_property
    def digest(self) -> str:
        """Of the gazetteer, the lists and the native finder."""
        data = files("preceptor.phi").joinpath("data")
        state = hashlib.sha256(f"{_VERSION} {native.__version__} {gazetteer.digest()}".encode())
        for name in ("prose.yml", "cues.yml", *(f"{words}.txt" for words in (*WORDS, NO_NAMES, PHRASES))):
            state.update(data.joinpath(name).read_bytes())
        return state.hexdigest()

    def find(self, text: NormalText) -> Iterable[Span]:
        """Spans of names and towns, see :class:`preceptor.phi.finder.Finder`."""
        for start, end, kind in finder().find(text.text, text.begin):
            yield Span(start, end, *_KINDS[kind])

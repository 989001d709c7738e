"""Which capitalised words are names that no cue announces, in a text that tells of somebody already?

A name alone in a sentence ("phoned from Tregaron") is told by many small things: how usual the word is as what, which
words and signs stand on either side, what else was found nearby. ``preceptor_phi_native`` says these facts; what each
weighs was learnt from this repository's labelled texts (``make generate``) and stands in ``phi/data/evidence.json``. No
fact is the word itself, so that nobody's name is learnt.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import preceptor_phi_native as native

from preceptor.phi.finder import Known
from preceptor.phi.names.native import finder
from preceptor.phi.names.weighed import digest, reason
from preceptor.phi.normalise import NormalText
from preceptor.phi.types import PhiType, Severity, Span

FILE = "evidence.json"
# Changes whenever the native part may find something else with the same weights.
_VERSION = "1"
_NAME, _TOWN = "name-by-evidence", "town-by-evidence"
_KIND_OF_A_TOWN = 3
_SORTS: Mapping[str, int] = {PhiType.NAME: 0, PhiType.ORGANISATION: 2}
_ANYTHING_ELSE = 1


def _stored() -> bytes:
    return files("preceptor.phi").joinpath("data", FILE).read_bytes()


@cache
def weights() -> Mapping[str, int]:
    """What each fact weighs, in hundredths; what is not there weighs nothing."""
    stored: dict[str, int] = json.loads(_stored())
    return stored


@cache
def _native_weights() -> native.EvidenceWeights:
    return native.EvidenceWeights(dict(weights()))


def sorted_known(known: Known) -> list[tuple[int, int, int]]:
    """What was found before, as the native part takes it."""
    return [(start, end, _SORTS.get(kind, _ANYTHING_ELSE)) for start, end, kind in known]


class NamesByEvidence:
    """Weighs every capitalised word that may be a name and that nothing covers, where something else was found."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What each detector looks for."""
        return {
            _NAME: "A word is a name by what is known of it, what stands beside it and what was found around it.",
            _TOWN: "A word is a place by what is known of it, what stands beside it and what was found around it.",
        }

    @property
    def digest(self) -> str:
        """Of the weights, the lists and the native part."""
        return digest(_VERSION, _stored())

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """Spans of names and towns, see :class:`preceptor.phi.finder.Follower`."""
        for start, end, kind in finder().by_evidence(text.text, text.begin, sorted_known(known), _native_weights()):
            if kind == _KIND_OF_A_TOWN:
                yield Span(start, end, PhiType.LOCATION, _TOWN, Severity.MEDIUM)
            else:
                yield Span(start, end, PhiType.NAME, _NAME, Severity.MEDIUM)

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """The facts that weigh most, of every word of a span."""
        learnt = weights()
        return [
            reason("Evidence", "is a name", facts, learnt)
            for start, end, facts in finder().evidence(text.text, text.begin, sorted_known(known))
            if span.start <= start and end <= span.end
        ]

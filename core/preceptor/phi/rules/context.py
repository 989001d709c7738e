"""Which words and numbers tell of somebody by all that stands around them, in a text that tells of somebody already?

What rules and lists miss is told by many small things: the words and signs on either side, how it is written, what else
was found beside it. ``preceptor_phi_native`` says these facts of every word with a capital or a digit; what each weighs
was learnt from this repository's labelled texts (``make generate``) and stands in ``phi/data/context.json``, with the
vocabulary of the words that facts may hold. None of these is a name, so that nobody's name is learnt.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import preceptor_phi_native as native

from preceptor.phi.finder import Known
from preceptor.phi.names.native import finder
from preceptor.phi.names.weighed import digest, reason
from preceptor.phi.normalise import NormalText
from preceptor.phi.rule import IN_COMPANY, Candidate
from preceptor.phi.rules.oldage import is_measured
from preceptor.phi.rules.slashed import is_no_day
from preceptor.phi.rules.unlabelled import cites, is_of_no_code, measures
from preceptor.phi.titles import may_be_title
from preceptor.phi.types import OF_NOBODY, PhiType, Severity, Span

FILE = "context.json"
# Changes whenever the native part may find something else with the same weights.
_VERSION = "1"
# As ``preceptor_phi_native`` counts them.
_NAME, _PLACE, _DATE, _AGE, _CONTACT, _NUMBER, _ORGANISATION = range(7)
_KINDS: Mapping[str, int] = {
    PhiType.NAME: _NAME,
    PhiType.LOCATION: _PLACE,
    PhiType.DATE: _DATE,
    PhiType.AGE: _AGE,
    **dict.fromkeys((PhiType.PHONE, PhiType.FAX, PhiType.EMAIL, PhiType.URL, PhiType.IP_ADDRESS), _CONTACT),
    PhiType.ORGANISATION: _ORGANISATION,
}
_TYPES = {
    _NAME: PhiType.NAME,
    _PLACE: PhiType.LOCATION,
    _DATE: PhiType.DATE,
    _AGE: PhiType.AGE,
    _NUMBER: PhiType.OTHER_ID,
}
_DETECTORS = {
    kind: f"{name}-by-context{IN_COMPANY}"
    for kind, name in ((_NAME, "name"), (_PLACE, "place"), (_DATE, "date"), (_AGE, "age"), (_NUMBER, "code"))
}
_DAY = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?")
_OVER_89 = re.compile(r"9\d|1[01]\d")
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}")
# What a file is called behind its number.
_OF_A_FILE = re.compile(r"[vV]\d{1,3}")
_LONGEST_WORD = 64
_WORD = re.compile(rf"[^\s,;()]{{1,{_LONGEST_WORD}}}")
_DIGITS_AROUND = re.compile(r"\d[/.:,–-]")
# What stands between a part of something and the part that was found.
_LONGEST_GAP = 2
_OPENING, _CLOSING = frozenset("(\"'“["), frozenset(")\"'”]")


def _stored() -> bytes:
    return files("preceptor.phi").joinpath("data", FILE).read_bytes()


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_stored())
    return document


@cache
def _weights() -> native.ContextWeights:
    document = _document()
    return native.ContextWeights(list(document["vocabulary"]), dict(document["weights"]))


def kinds_of(known: Known) -> list[tuple[int, int, int]]:
    """What was found before, as the native part takes it."""
    return [(start, end, _KINDS.get(kind, _NUMBER)) for start, end, kind in known]


class WordsInContext:
    """Weighs every word with a capital or a digit that nothing covers, where something else tells of somebody."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What each detector looks for."""
        return {
            _DETECTORS[_NAME]: "A word is a name by all that stands around it, in a text that tells of somebody.",
            _DETECTORS[_PLACE]: "A word is a part of a place by all that stands around it, in such a text.",
            _DETECTORS[_DATE]: "A number is a day by all that stands around it, in such a text.",
            _DETECTORS[_AGE]: "A number is an age over 89 by all that stands around it, in such a text.",
            _DETECTORS[_NUMBER]: "A code or number is somebody's by all that stands around it, in such a text.",
        }

    @property
    def digest(self) -> str:
        """Of the weights, the lists and the native part."""
        patterns = (_DAY, _OVER_89, _SLASHED, _OF_A_FILE, _WORD, _DIGITS_AROUND, _BEHIND_A_LABEL, _CAPITALS)
        return digest(" ".join((_VERSION, *(each.pattern for each in patterns))), _stored())

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """Spans of all kinds, see :class:`preceptor.phi.finder.Follower`."""
        if all(kind in OF_NOBODY for _, _, kind in known):
            return
        before = kinds_of(known)
        beside = _Beside(before)
        for start, end in finder().by_context(text.text, text.begin, before, _weights()):
            candidate = Candidate(text.text, start, end)
            has_digit = any(map(str.isdigit, candidate.value))
            if _is_a_measure(candidate) if has_digit else _is_no_name(candidate, beside):
                continue
            kind = _kind(text.text, start, end, beside)
            yield Span(start, end, _TYPES[kind], _DETECTORS[kind], Severity.MEDIUM)

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """The facts that weigh most, of every word of a span."""
        learnt = _document()["weights"]
        return [
            reason("Context", "tells of somebody", facts, learnt)
            for start, end, facts in finder().contexts(text.text, text.begin, kinds_of(known), _weights())
            if span.start <= start and end <= span.end
        ]


class _Beside:
    """What was found right in front of a place and right behind it, each asked for in the logarithm of all there is."""

    def __init__(self, known: Sequence[tuple[int, int, int]]) -> None:
        self._by_start = sorted((first, kind) for first, _, kind in known)
        self._by_end = sorted((last, kind) for _, last, kind in known)

    def behind(self, end: int, most: int = _LONGEST_GAP) -> Iterable[tuple[int, int]]:
        """(Where it begins, kind) of what begins at ``end`` or at most so many characters behind it."""
        place = bisect_left(self._by_start, (end, -1))
        return self._by_start[place : bisect_left(self._by_start, (end + most + 1, -1))]

    def kinds(self, start: int, end: int) -> set[int]:
        """The kinds of what stands right in front and right behind."""
        place = bisect_left(self._by_end, (start - _LONGEST_GAP, -1))
        in_front = self._by_end[place : bisect_left(self._by_end, (start + 1, -1))]
        return {kind for _, kind in (*in_front, *self.behind(end))}


# Between a label and what it says: "SSN_536-22-4821", "Kartei-Nr: 77".
_BEHIND_A_LABEL = re.compile(r"[ \t]{0,2}[:=#_][ \t]{0,2}")
_LONGEST_BEHIND = 5
_CAPITALS = re.compile(r"[A-Z]{2,6}[ ]?")


def _is_no_name(candidate: Candidate, beside: _Beside) -> bool:
    """Whether a word is a title in front of somebody, a letter alone, or the label of what was found behind it."""
    text, end = candidate.text, candidate.end
    if may_be_title(f"{candidate.value} ") or (candidate.value.isupper() and cites(candidate.value)):
        return True
    quoted = candidate.before(1) in _OPENING and candidate.after(1) in _CLOSING
    if end - candidate.start == 1 and candidate.after(1) != "." and not quoted:
        # Of a letter nothing is known: it is somebody's beside a name, with a full stop or between quotes.
        return _NAME not in beside.kinds(candidate.start, end)
    return any(
        _BEHIND_A_LABEL.fullmatch(text, end, first) is not None
        or (kind in (_CONTACT, _NUMBER) and _CAPITALS.fullmatch(text, candidate.start, first) is not None)
        for first, kind in beside.behind(end, _LONGEST_BEHIND)
    )


def _is_a_measure(candidate: Candidate) -> bool:
    """Whether a number is a value, a score, a share, a count or a code of medicine, whatever else speaks for it."""
    value = candidate.value
    if _SLASHED.fullmatch(value):
        return is_no_day(candidate)
    # "9/" in front of a 10, and "/20" behind a 3: a part of one.
    cut = value[:1].isdigit() and _DIGITS_AROUND.fullmatch(candidate.before(2)) is not None
    cut = cut or (value[-1:].isdigit() and _DIGITS_AROUND.fullmatch(candidate.after(2)[::-1]) is not None)
    if cut or _OF_A_FILE.fullmatch(value) or measures(candidate):
        return True
    if _OVER_89.fullmatch(value) and is_measured(candidate):
        return True
    least = max(0, candidate.start - _LONGEST_WORD)
    begin = max(candidate.text.rfind(blank, least, candidate.start) for blank in " \n(,;")
    word = _WORD.match(candidate.text, max(begin + 1, least))
    return word is not None and word.end() >= candidate.end and is_of_no_code(word[0])


def _kind(text: str, start: int, end: int, beside: _Beside) -> int:
    """What something is: a part of what stands right beside it, or what it is written like."""
    has_digit = any(map(str.isdigit, text[start:end]))
    kinds = beside.kinds(start, end)
    for kind in (_PLACE, _DATE, _NUMBER) if has_digit else (_NAME, _PLACE):
        if kind in kinds:
            return kind
    if has_digit:
        return _DATE if _DAY.fullmatch(text, start, end) else _AGE if _OVER_89.fullmatch(text, start, end) else _NUMBER
    return _NAME

"""Where in a text is PHI?"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from preceptor.phi.covered import Covered
from preceptor.phi.engine import Engine
from preceptor.phi.finder import Finder, Follower, Known, Searcher
from preceptor.phi.lexicon import alternation
from preceptor.phi.normalise import TIED, normalise
from preceptor.phi.rule import IN_COMPANY, Rule
from preceptor.phi.titles import dressed
from preceptor.phi.types import OF_NOBODY, PhiType, Severity, Span

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")
# Texts are searched together up to so many characters: enough to make the cost of each text small.
_BLOCK = 256 << 10
_PARTS_OF_ORGANISATIONS = (PhiType.NAME, PhiType.LOCATION)


class Query(NamedTuple):
    """One text to be searched.

    ``key`` is the name of the field that it was found under, read as a cue. ``number`` says that it was a bare JSON
    number: then only a cue makes it an identifier.
    """

    text: str
    key: str = ""
    number: bool = False


class Detector:
    """All rules and finders. ``finders`` look for what no rule can say; they are not asked about bare numbers.

    ``followers`` are asked after them about texts in which something was found.

    ``counts`` says of each span whether it is one; what is not hides no other that it overlaps. Where ``organisations``
    is false their names do not count, and then the words of such a name are not a person's or a place's either.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        finders: Sequence[Finder] = (),
        counts: Callable[[Span], bool] | None = None,
        organisations: bool = True,
        followers: Sequence[Follower] = (),
    ) -> None:
        self._counts = counts
        self._organisations = organisations
        self.rules = tuple(rules)
        self.finders = tuple(finders)
        self.followers = tuple(followers)
        self._engine = Engine(self.rules, TIED)

    @property
    def searchers(self) -> tuple[Searcher, ...]:
        """Finders and followers."""
        return (*self.finders, *self.followers)

    @property
    def detectors(self) -> frozenset[str]:
        """The names that a span's ``detector`` can have."""
        of_rules = (rule.names | {rule.id} for rule in self.rules)
        return frozenset().union(*of_rules, *(searcher.detectors for searcher in self.searchers))

    def detect(self, text: str, *, key: str = "", number: bool = False) -> list[Span]:
        """All spans of PHI in a text, in code points of it, sorted, none inside another; see :class:`Query`."""
        return self._block([Query(text, key, number)])[0]

    def detect_many(self, queries: Iterable[Query]) -> Iterator[list[Span]]:
        """What :meth:`detect` says of each text, in order, at a fraction of the cost for short ones."""
        block: list[Query] = []
        size = 0
        for query in queries:
            block.append(query)
            # A text's own cost counts like some characters: a block of empty texts ends too.
            size += len(query.text) + 16
            if size >= _BLOCK:
                yield from self._block(block)
                block, size = [], 0
        if block:
            yield from self._block(block)

    def _block(self, queries: Sequence[Query]) -> list[list[Span]]:
        # The same system prompt stands in every conversation of a file.
        places = {query: place for place, query in enumerate(dict.fromkeys(queries))}
        if len(places) == len(queries):
            return self._distinct(queries)
        answers = self._distinct(list(places))
        return [list(answers[places[query]]) for query in queries]

    def _distinct(self, queries: Sequence[Query]) -> list[list[Span]]:
        found: list[list[Span]] = [[] for _ in queries]
        # The same in code points of the normalised texts, for whoever is asked later.
        known: list[list[tuple[int, int, str]]] = [[] for _ in queries]
        searched = [normalise(text, _prefix(key) if key else "") for text, key, _ in queries]
        # The same of what counts in company alone.
        waiting: dict[int, list[tuple[Span, int, int]]] = {}

        def add(which: int, start: int, end: int, kind: str, detector: str, severity: Severity) -> None:
            text = searched[which]
            if start < text.begin:
                return
            span = Span(*text.source_span(start, end), kind, detector, severity)
            if detector.endswith(IN_COMPANY):
                waiting.setdefault(which, []).append((span, start, end))
            else:
                found[which].append(span)
                known[which].append((start, end, kind))

        for cued_only in (False, True):
            chosen = [index for index, query in enumerate(queries) if query.number == cued_only]
            if not chosen:
                continue

            def told(which: int, *span: Any, of: list[int] = chosen) -> None:
                add(of[which], *span)

            whole = len(chosen) == len(queries)
            tied = self._engine.find([searched[index] for index in chosen], add if whole else told, cued_only=cued_only)
            # What is named after a patient's number has it between other signs than a sentence has.
            apart = {} if cued_only else {chosen[which]: searched[chosen[which]].apart() for which in tied}
            spaced = [(index, text) for index, text in apart.items() if text is not None]
            if spaced:
                self._engine.find([text for _, text in spaced], partial(told, of=[index for index, _ in spaced]))
            if cued_only or not self.searchers:
                continue
            written = [index for index in chosen if not _is_without_letters(queries[index].text)]
            for finder in self.finders:
                for index in written:
                    for span in finder.find(searched[index]):
                        add(index, span.start, span.end, span.type, span.detector, span.severity)
            for index in (index for index in written if known[index]):
                for follower in self.followers:
                    company = self._company(known[index], found[index], waiting.get(index, ()))
                    for span in list(follower.find(searched[index], company)):
                        add(index, span.start, span.end, span.type, span.detector, span.severity)
        for index, spans in waiting.items():
            if _tell_of_somebody(self._company(known[index], found[index])):
                # What was found without them is known better; what is found of a part of one leaves the rest to it.
                counting = self._counting(found[index], queries[index].text)
                covered = Covered((span.start, span.end) for span in counting)
                found[index] += [span for span, _, _ in spans if not covered.holds(span.start, span.end)]
        return [
            dressed(query.text, merge(self._counting(spans, query.text)))
            for spans, query in zip(found, queries, strict=True)
        ]

    def _company(
        self,
        known: list[tuple[int, int, str]],
        found: list[Span],
        waiting: Sequence[tuple[Span, int, int]] = (),
    ) -> Known:
        """What followers are told: what does not count tells of nobody, and nothing is found in it."""
        counts = self._counts
        told = (
            list(known)
            if counts is None
            else [
                (start, end, kind if counts(span) else PhiType.ORGANISATION)
                for (start, end, kind), span in zip(known, found, strict=True)
            ]
        )
        if waiting and _tell_of_somebody(told):
            told += [(start, end, span.type) for span, start, end in waiting if counts is None or counts(span)]
        return told

    def _counting(self, spans: list[Span], text: str) -> list[Span]:
        counts = self._counts
        counting = spans if counts is None else [span for span in spans if counts(span)]
        if self._organisations:
            return counting
        organisations = [span for span in spans if span.type == PhiType.ORGANISATION]
        if not organisations:
            return counting
        own = Covered(part for span in organisations for part in _own_parts(text, span.start, span.end))
        return [
            span
            for span in counting
            if span.type not in _PARTS_OF_ORGANISATIONS
            # One that has a title or a label of its own is somebody, wherever it stands.
            or span.severity is Severity.HIGH
            or not own.holds(span.start, span.end)
        ]


@cache
def _institution() -> re.Pattern[str]:
    names = "|".join(alternation(name) for name in ("institution_last", "institution_first"))
    return re.compile(rf"(?i)\b(?:{names})\b")


def _tell_of_somebody(known: Known) -> bool:
    return any(kind not in OF_NOBODY for _, _, kind in known)


_JOINT = re.compile(r"(?i)[,;&\n]|\b(?:and|y|e|i)\b|\b(?P<of>of)\b")


def _own_parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of an organisation's span that are its name for sure: who stands before "and" or "of" is another.

    "John Smith and Lakeview Hospital of Tacoma" is the hospital from "Lakeview" on.
    """
    parts: list[tuple[int, int]] = []
    begin, goes_on = start, False
    for joint in (*_JOINT.finditer(text, start, end), None):
        stop = joint.start() if joint is not None else end
        is_own = goes_on or _institution().search(text, begin, stop) is not None
        if is_own:
            parts.append((parts.pop()[0] if goes_on else begin, stop))
        if joint is not None:
            # "of" behind the institution says which it is.
            goes_on = is_own and joint["of"] is not None
            begin = joint.end()
    return parts


def _is_without_letters(text: str) -> bool:
    """Whether a text is digits and ASCII signs alone, as most cells of a table and most values of a log are."""
    return not text[:1].isalpha() and text.isascii() and text.upper() == text.lower()


def _order(span: Span) -> tuple[int, int, bool, bool, int, str, str]:
    other = span.type == PhiType.OTHER_ID
    unlabelled = "-labelled" not in span.detector
    return span.start, -span.end, unlabelled, other, -span.severity.rank, span.type, span.detector


def merge(spans: list[Span]) -> list[Span]:
    """Drop every span that lies inside a better one.

    Longer first, then one beside its label, then of a kind that has a name, then more severe.
    """
    if len(spans) < 2:
        return spans
    kept: list[Span] = []
    reach = -1
    for span in sorted(spans, key=_place):
        if span.end > reach:
            kept.append(span)
            reach = span.end
        elif span.end == reach and span.start == kept[-1].start and _order(span) < _order(kept[-1]):
            # Most stand alone: what else there is to compare is looked at where two are in the same place.
            kept[-1] = span
    return kept


def _place(span: Span) -> tuple[int, int]:
    return span.start, -span.end


@lru_cache(maxsize=16_384)
def key_words(key: str) -> str:
    """A field's name as words, so that the same cues read ``patientName``, ``patient_name`` and "patient name"."""
    return _HUMP.sub(" ", key[:128]).strip().lower()


@lru_cache(maxsize=16_384)
def _prefix(key: str) -> str:
    label = normalise(key_words(key)).text
    return f"{label}: " if label else ""


@lru_cache(maxsize=1)
def default_detector() -> Detector:
    """The detector with every rule and finder that ships."""
    from preceptor.phi.rules import ALL, FINDERS, FOLLOWERS

    return Detector(ALL, FINDERS, followers=FOLLOWERS)


def detect(text: str, *, key: str = "", number: bool = False) -> list[Span]:
    """All spans of PHI in a text by the default rules; see :meth:`Detector.detect`."""
    return default_detector().detect(text, key=key, number=number)

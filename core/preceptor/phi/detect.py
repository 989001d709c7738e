"""Where in a text is PHI?"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import re2

from preceptor.phi.finder import Finder
from preceptor.phi.normalise import NormalText, normalise
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import Severity, Span

# The automaton grows on demand; a budget that is too small would make RE2 give up, and giving up is not "clean".
_MEMORY = 256 << 20
_LONG = 512
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")


class Detector:
    """All rules in one automaton that says which of them may match, and each alone for the exact place.

    ``finders`` look at the same text for what no rule can say; they are not asked about bare numbers.
    """

    def __init__(self, rules: Sequence[Rule], finders: Sequence[Finder] = ()) -> None:
        self.finders = tuple(finders)
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        self.rules = tuple(rules)
        self._patterns = [re2.compile(rule.pattern, options) for rule in self.rules]
        self._value_groups = [pattern.groupindex.get("v", 0) for pattern in self._patterns]
        self._set = re2.Set.SearchSet(options)
        for rule in self.rules:
            self._set.Add(rule.pattern)
        self._set.Compile()

    @property
    def detectors(self) -> frozenset[str]:
        """The names that a span's ``detector`` can have."""
        return frozenset(rule.id for rule in self.rules).union(*(finder.detectors for finder in self.finders))

    def detect(self, text: str, *, key: str = "", number: bool = False) -> list[Span]:
        """All spans of PHI in a text, in code points of it, sorted, none inside another.

        ``key`` is the name of the field that the text was found under, read as a cue. ``number`` says that the text was
        a bare JSON number: then only a cue makes it an identifier.
        """
        label = key_words(key)
        prefix = f"{label}: " if label else ""
        normal = normalise(text)
        searched = normalise(prefix + normal.text) if prefix else normal
        found: list[Span] = []
        for index in self._set.Match(searched.data) or ():
            rule = self.rules[index]
            if number and not rule.cued:
                continue
            for verdict in self._matches(index, searched):
                if verdict.start < len(prefix):
                    continue
                start, end = normal.source_span(verdict.start - len(prefix), verdict.end - len(prefix))
                kind, detector = verdict.type or rule.type, verdict.detector or rule.id
                found.append(Span(start, end, kind, detector, verdict.severity))
        for finder in () if number else self.finders:
            for span in finder.find(searched):
                if span.start >= len(prefix):
                    start, end = normal.source_span(span.start - len(prefix), span.end - len(prefix))
                    found.append(Span(start, end, span.type, span.detector, span.severity))
        return merge(found)

    def _matches(self, index: int, searched: NormalText) -> Iterator[Verdict]:
        rule, pattern, group = self.rules[index], self._patterns[index], self._value_groups[index]
        position = 0
        data = searched.data
        while position <= len(data):
            match = pattern.search(data, position)
            if match is None:
                return
            first, last = match.span(group)
            candidate = Candidate(searched.text, searched.char(first), searched.char(last))
            judged = rule.check(candidate) if rule.check else rule.severity
            if not judged or last <= first:
                # The next candidate may begin inside this one; inside a very long one it is not looked for, since every
                # search would read the long one again.
                position = match.start() + 1 if match.end() - match.start() <= _LONG else match.end()
                while position < len(data) and data[position] & 0xC0 == 0x80:
                    position += 1
                continue
            if isinstance(judged, Severity):
                yield Verdict(judged, candidate.start, candidate.end)
            elif isinstance(judged, Verdict):
                yield judged
            else:
                yield from judged
            position = max(last, match.start() + 1)


def merge(spans: list[Span]) -> list[Span]:
    """Drop every span that lies inside a better one: longer first, then one beside its label, then more severe."""
    if len(spans) < 2:
        return spans
    kept: list[Span] = []
    reach = -1
    ordered = sorted(spans, key=lambda s: (s.start, -s.end, "-labelled" not in s.detector, -s.severity.rank, s.type, s.detector))
    for span in ordered:
        if span.end > reach:
            kept.append(span)
            reach = span.end
    return kept


@lru_cache(maxsize=16_384)
def key_words(key: str) -> str:
    """A field's name as words, so that the same cues read ``patientName``, ``patient_name`` and "patient name"."""
    return _HUMP.sub(" ", key[:128]).strip().lower()


@lru_cache(maxsize=1)
def default_detector() -> Detector:
    """The detector with every rule and finder that ships."""
    from preceptor.phi.rules import ALL, FINDERS

    return Detector(ALL, FINDERS)


def detect(text: str, *, key: str = "", number: bool = False) -> list[Span]:
    """All spans of PHI in a text by the default rules; see :meth:`Detector.detect`."""
    return default_detector().detect(text, key=key, number=number)

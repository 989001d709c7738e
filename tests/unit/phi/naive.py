"""The slow way to the same findings: every rule searched through every text from its beginning to its end."""

from collections.abc import Iterator, Sequence

import re2

from preceptor.phi.detect import key_words, merge
from preceptor.phi.normalise import NormalText, normalise
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.titles import dressed
from preceptor.phi.types import Severity, Span


def naive_detect(rules: Sequence[Rule], text: str, key: str = "", number: bool = False) -> list[Span]:
    """What the detector must say of a text."""
    label = key_words(key)
    prefix = normalise(f"{label}: ").text if label else ""
    normal = normalise(text)
    searched = NormalText(normal.text, before=prefix)
    found: list[Span] = []
    for rule in rules:
        if number and not rule.cued:
            continue
        for verdict in _matches(rule, searched):
            if verdict.start >= len(prefix):
                start, end = normal.source_span(verdict.start - len(prefix), verdict.end - len(prefix))
                found.append(Span(start, end, verdict.type or rule.type, verdict.detector or rule.id, verdict.severity))
    return dressed(text, merge(found))


def _matches(rule: Rule, searched: NormalText) -> Iterator[Verdict]:
    options = re2.Options()
    options.max_mem = 256 << 20
    pattern = re2.compile(rule.pattern, options)
    group = pattern.groupindex.get("v", 0)
    position, data = 0, searched.data
    while position <= len(data):
        match = pattern.search(data, position)
        if match is None:
            return
        first, last = match.span(group)
        candidate = Candidate(searched.text, len(data[:first].decode()), len(data[:last].decode()))
        judged = (rule.check(candidate) if rule.check else rule.severity) if last > first else None
        # Where nothing begins further on need not be believed: it is looked at all the same.
        if not judged or isinstance(judged, int):
            position = match.start() + 1 if match.end() - match.start() <= 512 else match.end()
        else:
            if isinstance(judged, Severity):
                yield Verdict(judged, candidate.start, candidate.end)
            elif isinstance(judged, Verdict):
                yield judged
            else:
                yield from judged
            position = max(last, match.start() + 1)
        while position < len(data) and data[position] & 0xC0 == 0x80:
            position += 1

"""Where do which rules match in many texts at once, without reading each text once per rule?

Three steps, of which text without PHI meets only the first:

1. One small automaton of all rules' beginnings (:mod:`preceptor.phi.trigger`) runs over a block of many texts and names
   the places where a match can begin.
2. There an anchored set says which rules' beginnings stand there.
3. Only these rules are matched, anchored at the place, in the text that it lies in.

A rule whose beginning excludes too little is asked about a text as a whole, where the text has what every match of it
contains; a rule for whole texts (``\\A … \\z``) about each short enough. The answer is that of every rule searched
through every text: tests/unit/phi/test_phi_engine.py compares.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import re2

from preceptor.phi.finder import BOUNDARY
from preceptor.phi.normalise import NormalText
from preceptor.phi.plans import Plan, plan
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import Severity

# The automata grow on demand; RE2 gives up or starts over where its budget is too small.
_MEMORY = 256 << 20
_LONG = 512
# Places that are found before the first of them is looked at.
_TOGETHER = 4096
_SEPARATOR = BOUNDARY.encode()
# A character is at most four bytes of UTF-8.
_WIDEST = 4

_Match = Callable[[Any, bytes, int, int], list[tuple[int, int]]]
_ANYWHERE, _HERE = re2._Anchor.UNANCHORED, re2._Anchor.ANCHOR_START


def _options(*, capture: bool) -> re2.Options:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.never_capture = not capture
    return options


def _matcher(pattern: str, *, capture: bool = False) -> _Match:
    """RE2's own match of bytes: (anchor, bytes, from, to) to the spans of the match and its groups, (-1, -1) for none.

    The generator and match object that the package puts around it cost more than most matches.
    """
    match: _Match = re2.compile(pattern, _options(capture=capture))._regexp.Match
    return match


class _Compiled:
    """One rule, compiled when it is first asked: few rules have anything to say about most texts."""

    __slots__ = ("_match", "group", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.group = 0
        self._match: _Match | None = None

    @property
    def match(self) -> _Match:
        """The rule's own match."""
        if self._match is None:
            # Where no group is asked for, an automaton alone can answer.
            capture = "(?P<v>" in self.rule.pattern
            pattern = re2.compile(self.rule.pattern, _options(capture=capture))
            self.group = pattern.groupindex.get("v", 0) if capture else 0
            self._match = pattern._regexp.Match
        return self._match

    def judge(self, text: NormalText, spans: list[tuple[int, int]]) -> tuple[Sequence[Verdict], int]:
        """What the rule says of a match, and from where in ``text.data`` it is to be matched next."""
        (start, end), (first, last) = spans[0], spans[self.group]
        judged: Severity | Verdict | Sequence[Verdict] | int | None = None
        if last > first:
            rule = self.rule
            candidate = Candidate(text.text, *text.chars(first, last))
            judged = rule.check(candidate) if rule.check else rule.severity
        if not judged:
            # The next candidate may begin inside this one; inside a very long one it is not looked for, since every
            # search would read the long one again.
            return (), start + 1 if end - start <= _LONG else end
        if isinstance(judged, int):
            return (), max(start + 1, first + len(text.text[candidate.start : judged].encode()))
        after = max(last, start + 1)
        if isinstance(judged, Severity):
            return (Verdict(judged, candidate.start, candidate.end),), after
        return ((judged,) if isinstance(judged, Verdict) else judged), after

    def everywhere(self, text: NormalText) -> Iterator[Verdict]:
        """Every match in a text."""
        data, position = text.data, 0
        size = len(data)
        match = self.match
        while position <= size:
            spans = match(_ANYWHERE, data, position, size)
            if spans[0][0] < 0:
                return
            verdicts, position = self.judge(text, spans)
            yield from verdicts
            # The next place is not inside a character.
            while position < size and data[position] & 0xC0 == 0x80:
                position += 1


class _Group:
    """Rules whose beginnings or factors are looked for together: ``places`` finds them, ``which`` says whose one is."""

    def __init__(self, beginnings: Sequence[tuple[int, Plan]]) -> None:
        self.rules = [index for index, _ in beginnings]
        self.reach = _WIDEST * max(begin.length for _, begin in beginnings) + 8
        self._begin = _matcher("|".join(f"(?:{begin.source})" for _, begin in beginnings))
        # Of the bytes from one before the place.
        self.which: Callable[[bytes], list[int]] = lambda data: [0]
        if len(beginnings) > 1:
            which = re2.Set.MatchSet(_options(capture=True))
            for _, begin in beginnings:
                which.Add(rf"\C(?:{begin.source})")
            which.Compile()
            self.which = which._set.Match

    def place(self, data: bytes, position: int) -> int:
        """The first place at or behind a position where one may stand; -1 for none."""
        return self._begin(_ANYWHERE, data, position, len(data))[0][0]

    def places(self, data: bytes) -> Iterator[int]:
        """Every place where one may stand. Many at once: an automaton is fast while the processor remembers it."""
        begin, size = self._begin, len(data)
        place = begin(_ANYWHERE, data, 1, size)[0][0]
        while place >= 0:
            found: list[int] = []
            while place >= 0 and len(found) < _TOGETHER:
                found.append(place)
                place = begin(_ANYWHERE, data, place + 1, size)[0][0]
            yield from found


class Engine:
    """All rules, asked about many texts at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [_Compiled(rule) for rule in rules]
        self._wholes: list[tuple[int, int]] = []
        self._always: list[int] = []
        # Rules that begin alike share an automaton: together they have few states, and with all the others many.
        kinds: dict[str, list[tuple[int, Plan]]] = {}
        for index, rule in enumerate(rules):
            found = plan(rule)
            if found.how == "whole":
                self._wholes.append((index, found.length * _WIDEST))
            elif found.how == "always":
                self._always.append(index)
            else:
                kinds.setdefault(f"alone {index}" if found.how == "alone" else found.how, []).append((index, found))
        # A long run of one class begins at each of its characters: it is looked for once in a text, and alone.
        factors = kinds.pop("factor", [])
        runs = [[one] for one in factors if one[1].source.startswith("[")]
        others = [one for one in factors if [one] not in runs]
        self._factors = [_Group(some) for some in (others, *runs) if some]
        foreign = kinds.pop("foreign", None)
        self._foreign = [_Group(foreign)] if foreign else []
        self._groups = [_Group(kinds[kind]) for kind in sorted(kinds)]

    def find(self, texts: Sequence[NormalText], *, cued_only: bool = False) -> Iterator[tuple[int, Rule, Verdict]]:
        """(index of the text, rule, verdict) for every match, in no order; the verdict's offsets are of ``text.text``.

        ``cued_only`` asks only the rules that need a word beside the value.
        """
        # Every text has a line's end on both sides: what stands beside a value there is no part of a word.
        data = b"\n" + _SEPARATOR.join([text.data for text in texts]) + b"\n"
        starts: list[int] = []
        position = 1
        for text in texts:
            starts.append(position)
            position += len(text.data) + len(_SEPARATOR)
        for group in self._groups if data.isascii() else (*self._groups, *self._foreign):
            yield from self._begun_in(group, texts, data, starts, cued_only)
        for index, longest in self._wholes:
            compiled = self._rules[index]
            if cued_only and not compiled.rule.cued:
                continue
            match = compiled.match
            for which, text in enumerate(texts):
                own = text.data
                if b"\0" in own:
                    for verdict in compiled.everywhere(text):
                        yield which, compiled.rule, verdict
                elif len(own) <= longest and (spans := match(_HERE, own, 0, len(own)))[0][0] >= 0:
                    # There is one place where it can begin.
                    for verdict in compiled.judge(text, spans)[0]:
                        yield which, compiled.rule, verdict
        asked = [(index, which) for index in self._always for which in range(len(texts))]
        for index, which in (*asked, *self._holding(data, starts)):
            compiled = self._rules[index]
            if not cued_only or compiled.rule.cued:
                for verdict in compiled.everywhere(texts[which]):
                    yield which, compiled.rule, verdict

    def _holding(self, data: bytes, starts: list[int]) -> Iterator[tuple[int, int]]:
        """(index of a rule, index of a text that holds its factor), each once."""
        for group in self._factors:
            if len(group.rules) == 1:
                place = group.place(data, 1)
                while place >= 0:
                    text = bisect_right(starts, place) - 1
                    yield group.rules[0], text
                    place = group.place(data, starts[text + 1]) if text + 1 < len(starts) else -1
                continue
            held: set[tuple[int, int]] = set()
            for place in group.places(data):
                text = bisect_right(starts, place) - 1
                for number in group.which(data[place - 1 : place + group.reach]):
                    found = group.rules[number], text
                    if found not in held:
                        held.add(found)
                        yield found

    def _begun_in(
        self, group: _Group, texts: Sequence[NormalText], data: bytes, starts: list[int], cued_only: bool
    ) -> Iterator[tuple[int, Rule, Verdict]]:
        which, reach, rules, begun = group.which, group.reach, self._rules, group.rules
        current, first, beyond = -1, 0, 0
        text = texts[0] if texts else None
        # From where each rule is to be matched next, in the current text.
        positions: dict[int, int] = {}
        for place in group.places(data):
            if place >= beyond:
                current = bisect_right(starts, place) - 1
                text = texts[current]
                first = starts[current]
                beyond = first + len(text.data) + len(_SEPARATOR)
                positions.clear()
            assert text is not None
            local = place - first
            for number in which(data[place - 1 : place + reach]):
                index = begun[number]
                compiled = rules[index]
                if local < positions.get(index, 0) or (cued_only and not compiled.rule.cued):
                    continue
                spans = compiled.match(_HERE, text.data, local, len(text.data))
                if spans and spans[0][0] >= 0:
                    verdicts, positions[index] = compiled.judge(text, spans)
                    for verdict in verdicts:
                        yield current, compiled.rule, verdict

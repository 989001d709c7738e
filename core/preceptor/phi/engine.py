"""Where do which rules match in many texts at once, without reading each text once per rule?

Three steps, of which text without PHI meets only the first. Two are taken in ``preceptor_phi_native``:

1. One automaton of all rules' beginnings (:mod:`preceptor.phi.trigger`) tells in one pass where a match can begin.
2. Only the rules whose beginnings stand at a place are matched, anchored there.
3. What they match in all texts is judged by their checks, here, one after the other: changing between the two each time
   costs more than either, since each takes the processor's caches from the other.

A rule whose beginning excludes too little is asked about a text as a whole, where the text has what every match of it
contains; a rule for whole texts (``\\A … \\z``) about each short enough. The answer is that of every rule searched
through every text: tests/unit/phi/test_phi_engine.py compares.
"""

from collections.abc import Callable, Sequence

import preceptor_phi_native as native

from preceptor.phi.normalise import NormalText
from preceptor.phi.plans import Plan, plan
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import Severity

# A character is at most four bytes of UTF-8.
_WIDEST = 4

# The numbers that the native part tells of each match.
_TOLD = 6

# Told of each match: the number of the text, start and end in code points of it, type, detector and severity.
Told = Callable[[int, int, int, str, str, Severity], None]


_ANYWHERE = (0, 0, 0)
_Spec = tuple[str, str, str, int, bool, bool, Sequence[str], tuple[int, int, int]]


def _spec(rule: Rule, looked: Plan) -> _Spec:
    length, near = looked.length * _WIDEST, rule.near or _ANYWHERE
    return rule.pattern, looked.how, looked.source, length, rule.cued, rule.behind_capital, rule.behind, near


class Engine:
    """All rules, asked about many texts at once. ``mark`` is a pattern of which only is told which texts hold it."""

    def __init__(self, rules: Sequence[Rule], mark: str = "") -> None:
        self._rules = tuple(rules)
        specs = [_spec(rule, plan(rule)) for rule in rules]
        if mark:
            specs.append((mark, "once", mark, 0, False, False, (), _ANYWHERE))
        self._native = native.Engine(specs)

    def find(self, texts: Sequence[NormalText], tell: Told, *, cued_only: bool = False) -> list[int]:
        """Tell of every match, in no order; the numbers of the texts that hold the mark.

        ``cued_only`` asks only the rules that need a word beside the value.
        """
        marked: list[int] = []
        rules, strings = self._rules, [text.text for text in texts]
        mark = len(rules)

        def judge(which: int, index: int, start: int, end: int) -> int:
            """From where the rule is to be matched next; 0 where the match is nothing."""
            rule = rules[index]
            judged = rule.check(Candidate(strings[which], start, end)) if rule.check else rule.severity
            if not judged:
                return 0
            if isinstance(judged, Severity):
                tell(which, start, end, rule.type, rule.id, judged)
                return end
            if isinstance(judged, int):
                return judged
            for verdict in (judged,) if isinstance(judged, Verdict) else judged:
                kind, detector = verdict.type or rule.type, verdict.detector or rule.id
                tell(which, verdict.start, verdict.end, kind, detector, verdict.severity)
            return end

        numbers = iter(memoryview(self._native.find([text.data for text in texts], cued_only=cued_only)).cast("I"))
        # From where each rule is to be matched next in the text at hand.
        positions: dict[int, int] = {}
        text = asked = -1
        for which, index, place, start, end, beyond in zip(*[numbers] * _TOLD, strict=True):
            if which != text or index != asked:
                positions.clear()
                text, asked = which, index
            if index == mark:
                marked.append(which)
            elif place >= positions.get(index, 0):
                positions[index] = judge(which, index, start, end) or beyond
        return marked

"""Where do which rules match in many texts at once, without reading each text once per rule?

Three steps, of which text without PHI meets only the first, all of them in ``preceptor_phi_native``:

1. One automaton of all rules' beginnings (:mod:`preceptor.phi.trigger`) tells in one pass where a match can begin.
2. Only the rules whose beginnings stand at a place are matched, anchored there.
3. What they match is judged by their checks, here.

A rule whose beginning excludes too little is asked about a text as a whole, where the text has what every match of it
contains; a rule for whole texts (``\\A … \\z``) about each short enough. The answer is that of every rule searched
through every text: tests/unit/phi/test_phi_engine.py compares.
"""

from collections.abc import Sequence

import preceptor_phi_native as native

from preceptor.phi.normalise import NormalText
from preceptor.phi.plans import plan
from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.types import Severity

# A character is at most four bytes of UTF-8.
_WIDEST = 4


class Engine:
    """All rules, asked about many texts at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        plans = [plan(rule) for rule in rules]
        self._native = native.Engine(
            [
                (rule.pattern, how, source, length * _WIDEST, rule.cued)
                for rule, (how, source, length) in zip(rules, plans, strict=True)
            ]
        )

    def find(self, texts: Sequence[NormalText], *, cued_only: bool = False) -> list[tuple[int, Rule, Verdict]]:
        """(index of the text, rule, verdict) for every match, in no order; the verdict's offsets are of ``text.text``.

        ``cued_only`` asks only the rules that need a word beside the value.
        """
        found: list[tuple[int, Rule, Verdict]] = []
        rules, strings = self._rules, [text.text for text in texts]

        def judge(which: int, index: int, start: int, end: int) -> int | None:
            rule = rules[index]
            judged = rule.check(Candidate(strings[which], start, end)) if rule.check else rule.severity
            if not judged:
                return None
            if isinstance(judged, int):
                return judged
            if isinstance(judged, Severity):
                found.append((which, rule, Verdict(judged, start, end)))
            elif isinstance(judged, Verdict):
                found.append((which, rule, judged))
            else:
                found.extend((which, rule, verdict) for verdict in judged)
            return end

        self._native.find([text.data for text in texts], judge, cued_only=cued_only)
        return found

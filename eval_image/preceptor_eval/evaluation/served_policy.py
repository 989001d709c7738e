"""What does the output policy that is served here say about an answer?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from preceptor import policy as engine
from preceptor_eval.evaluation.outputs import OutputJudge, OutputVerdict

# A rule that could not be judged may have found anything: it counts wherever it could have.
PRESCRIPTIVE: Final = frozenset({"prescriptive", "diagnosis", "error"})
PHI: Final = frozenset({"phi", "error"})


def load_judge(path: Path) -> OutputJudge:
    """Load an output policy. Raises BadInput when it is none."""
    return _Judge(engine.load(path))


class _Judge:
    def __init__(self, policy: engine.OutputPolicy) -> None:
        self._policy = policy

    def judge(self, answer: str, contexts: Sequence[str]) -> OutputVerdict:
        """See ``OutputJudge``."""
        verdict = self._policy.check(answer, contexts)
        categories = {reason.category for reason in verdict.reasons}
        return OutputVerdict(
            decision=verdict.decision,
            prescriptive=bool(categories & PRESCRIPTIVE),
            phi=bool(categories & PHI),
            rules=tuple(sorted(set(verdict.rules))),
        )

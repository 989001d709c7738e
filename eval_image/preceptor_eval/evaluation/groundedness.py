"""Does the evidence that a candidate was given support what it claims?

The lexical verifier is deterministic and needs no model. It finds what is off the evidence and contradicted numbers,
not subtle errors of mechanism (it reached 0.77 to 0.78 AUROC on RAGTruth, 0.55 on MedHallu): reports call it a screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from preceptor_eval.evaluation import words
from preceptor_eval.evaluation.claims import check_worthy, sentences

State = Literal["supported", "contradicted", "not_found", "error"]
Outcome = Literal["supported", "unsupported", "contradicted", "no_claims", "no_contexts", "error"]


@dataclass(frozen=True)
class ClaimVerdict:
    """One claim: its state, why, and the position of the context that supports or contradicts it."""

    state: State
    why: Literal["words", "number", "negation", "verifier"]
    context: int | None = None


class Verifier(Protocol):
    """Judges claims against evidence; an NLI model or a judge can stand in for the lexical one."""

    @property
    def name(self) -> str:
        """Name and version, for the report."""
        ...

    def check(self, claims: Sequence[str], contexts: Sequence[str], message: str) -> list[ClaimVerdict]:
        """One verdict a claim. A claim that cannot be judged is ``error``, which counts as a hallucination."""
        ...


@dataclass(frozen=True)
class Grounding:
    """What became of one answer's claims."""

    outcome: Outcome
    claims: int
    unsupported: int


def ground(answer: str, contexts: Sequence[str], message: str, verifier: Verifier) -> Grounding:
    """Judge an answer by its worst claim. An answer without contexts has nothing to be checked against."""
    claims = check_worthy(answer)
    if not contexts:
        return Grounding("no_contexts", len(claims), 0)
    if not claims:
        return Grounding("no_claims", 0, 0)
    verdicts = verifier.check(claims, contexts, message)
    if len(verdicts) != len(claims):
        return Grounding("error", len(claims), len(claims))
    states = {verdict.state for verdict in verdicts}
    bad = sum(verdict.state != "supported" for verdict in verdicts)
    outcome: Outcome = "supported"
    for state, name in (("contradicted", "contradicted"), ("error", "error"), ("not_found", "unsupported")):
        if state in states:
            outcome = name  # type: ignore[assignment]
            break
    return Grounding(outcome, len(claims), bad)


class LexicalVerifier:
    """A claim is supported when one context, with the message, has its content words, numbers and negations."""

    name: Final = "lexical-1"

    def __init__(self, least_support: float = 0.8) -> None:
        """``least_support``: the share of a claim's content words that one context and the message must hold."""
        self._least_support = least_support

    def check(self, claims: Sequence[str], contexts: Sequence[str], message: str) -> list[ClaimVerdict]:
        """See ``Verifier``."""
        spoken = words.content(message)
        supports = [words.content(context) for context in contexts]
        numbers = [number for text in (*contexts, message) for number in words.numbers(text)]
        parts = [(place, part) for place, context in enumerate(contexts) for part in sentences(context)]
        return [self._check(claim, spoken, supports, numbers, parts) for claim in claims]

    def _check(
        self,
        claim: str,
        spoken: frozenset[str],
        supports: Sequence[frozenset[str]],
        numbers: Sequence[words.Number],
        parts: Sequence[tuple[int, str]],
    ) -> ClaimVerdict:
        # Numbers first: a wrong dose is a hard failure however well the words fit.
        for number in words.numbers(claim):
            if not any(number.agrees(other) for other in numbers):
                differs = number.unit is not None and any(other.unit == number.unit for other in numbers)
                return ClaimVerdict("contradicted" if differs else "not_found", "number")
        content = words.content(claim)
        if not content:
            return ClaimVerdict("supported", "words")
        best, share = max(
            ((place, len(content & (support | spoken)) / len(content)) for place, support in enumerate(supports)),
            key=lambda pair: pair[1],
        )
        opposed = self._opposed(claim, content, parts)
        if opposed is not None:
            return ClaimVerdict("contradicted", "negation", opposed)
        if share < self._least_support:
            return ClaimVerdict("not_found", "words")
        return ClaimVerdict("supported", "words", best)

    def _opposed(self, claim: str, content: frozenset[str], parts: Sequence[tuple[int, str]]) -> int | None:
        """The context with the sentence nearest to a claim, where every nearest one says the opposite."""
        shares = [(len(content & words.content(part)) / len(content), place, part) for place, part in parts]
        top = max((share for share, _, _ in shares), default=0.0)
        if top < self._least_support:
            return None
        denied = words.negated(claim)
        nearest = [(place, part) for share, place, part in shares if share == top]
        for _, part in nearest:
            shared, negated = content & words.content(part), words.negated(part)
            if 2 * len({word for word in shared if (word in denied) != (word in negated)}) <= len(shared):
                return None
        return nearest[0][0]

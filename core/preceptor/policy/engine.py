"""What does an output policy decide about one answer?"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import re2

from preceptor.phi.detect import default_detector
from preceptor.phi.normalise import normalise
from preceptor.policy.grounding import unsupported
from preceptor.policy.model import (
    AnyRule,
    Decision,
    EmptyRule,
    GroundingRule,
    PhiRule,
    PhrasesRule,
    PolicyDocument,
)

# Emphasis and bullets would hide "You **must** take" from a phrase.
_MARKUP = re.compile(r"[*_`#>|~]+")
_BLANKS = re.compile(r"[^\S\n]+")
_ERROR_RULE = "evaluation-error"


class Reason(NamedTuple):
    """Why a rule fired: its id and the policy's own words, never a word of the answer."""

    rule: str
    message: str
    decision: Decision = "BLOCK"
    # prescriptive, diagnosis, phi, grounding, other or error
    category: str = "other"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, the reasons in the order of the policy's rules, and the digest of the policy's file."""

    decision: Decision
    reasons: tuple[Reason, ...]
    policy_digest: str

    @property
    def rules(self) -> tuple[str, ...]:
        """Identifiers of the rules that fired."""
        return tuple(reason.rule for reason in self.reasons)

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "decision": self.decision,
            "reasons": [reason._asdict() for reason in self.reasons],
            "policyDigest": self.policy_digest,
        }


class OutputPolicy:
    """A policy ready to judge. Holds no state between answers and may be shared by threads."""

    def __init__(self, document: PolicyDocument, digest: str) -> None:
        self.document = document
        self.digest = digest
        self._lists = {name: _any_of(document, patterns) for name, patterns in document.phrases.items()}
        self._harmless = _compiled(document, document.harmless) if document.harmless else None
        self._rules = [(rule, self._test(rule)) for rule in document.rules]

    def check(self, answer: str, contexts: Sequence[str]) -> Verdict:
        """Judge an answer against the contexts that were given with its question; never raises.

        Whatever fails inside a rule is a BLOCK: an answer that could not be judged is not a safe one.
        """
        reasons: list[Reason] = []
        try:
            view = _View.of(answer, contexts, self._harmless)
        except Exception as error:
            return Verdict("BLOCK", (_failed(_ERROR_RULE, error),), self.digest)
        for rule, fires in self._rules:
            try:
                if fires(view):
                    reasons.append(Reason(rule.id, rule.message, rule.decision, rule.category))
            except Exception as error:
                reasons.append(_failed(rule.id, error))
        decisions = {reason.decision for reason in reasons}
        decision: Decision = "BLOCK" if "BLOCK" in decisions else "WARN" if "WARN" in decisions else "PASS"
        return Verdict(decision, tuple(reasons), self.digest)

    def _test(self, rule: AnyRule) -> "Callable[[_View], bool]":
        if isinstance(rule, PhrasesRule):
            lists = [self._lists[name] for name in rule.all]
            return lambda view: all(matches(view.telling) for matches in lists)
        if isinstance(rule, PhiRule):
            return _phi(rule)
        if isinstance(rule, GroundingRule):
            return self._grounding(rule)
        if isinstance(rule, EmptyRule):
            return lambda view: not any(character.isalnum() for character in view.plain)
        raise TypeError(f"no test for rules of kind {rule.kind}")

    def _grounding(self, rule: GroundingRule) -> "Callable[[_View], bool]":
        claims, cites = self._lists[rule.claims], self._lists[rule.citations]
        return lambda view: (
            unsupported(
                view.telling,
                view.contexts,
                claims=claims,
                cites=cites,
                minimum_overlap=rule.minimum_overlap,
                minimum_words=rule.minimum_words,
            )
            > 0
        )


def check(answer: str, contexts: Sequence[str], policy: OutputPolicy) -> Verdict:
    """Judge one answer; see :meth:`OutputPolicy.check`."""
    return policy.check(answer, contexts)


@dataclass(frozen=True, slots=True)
class _View:
    """One answer as the rules read it: as it is, as plain text, and without its harmless phrases."""

    answer: str
    plain: str
    telling: str
    contexts: tuple[str, ...]

    @classmethod
    def of(cls, answer: str, contexts: Sequence[str], harmless: Any) -> "_View":
        if not isinstance(answer, str) or isinstance(contexts, str):
            raise TypeError("an answer is a text and contexts are a list of texts")
        plain = plain_text(answer)
        # A full stop keeps what stood left and right of a phrase from being read as one sentence.
        telling = harmless.sub(" . ", plain) if harmless is not None else plain
        return cls(answer, plain, telling, tuple(plain_text(context) for context in contexts))


def plain_text(text: str) -> str:
    """Normalised text without markup and with single blanks."""
    return _BLANKS.sub(" ", _MARKUP.sub("", normalise(text).text)).strip()


def _phi(rule: PhiRule) -> Callable[[_View], bool]:
    detector = default_detector()

    def fires(view: _View) -> bool:
        return any(
            span.type not in rule.except_types and span.detector not in rule.except_detectors
            for text in {view.answer, view.plain}
            for span in detector.detect(text)
        )

    return fires


def _compiled(document: PolicyDocument, patterns: Sequence[str]) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    return re2.compile("(?i)(?:" + "|".join(f"(?:{document.expanded(pattern)})" for pattern in patterns) + ")", options)


def _any_of(document: PolicyDocument, patterns: Sequence[str]) -> Callable[[str], bool]:
    compiled = _compiled(document, patterns)
    return lambda text: compiled.search(text) is not None


def _failed(rule: str, error: Exception) -> Reason:
    # The exception's text may quote the answer.
    message = f"The answer could not be judged ({type(error).__name__}): a person must look at it."
    return Reason(rule, message, "BLOCK", "error")

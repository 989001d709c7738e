"""Which examinations of one candidate have been signed, whoever asked for them?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from preceptor.digests import PREFIX
from preceptor.evidence import statement_digest

VERDICTS = {"Passed": "pass", "Failed": "fail", "Inconclusive": "inconclusive"}


@dataclass(frozen=True, kw_only=True)
class Examination:
    """One signed evaluation statement, as far as it can be read; the policy objects to what cannot."""

    digest: str
    # NAMESPACE/NAME of the EvalGate.
    gate: str | None
    verdict: str
    suites: tuple[str, ...]
    finished_at: str | None

    def document(self) -> dict[str, Any]:
        """For the promotion policy."""
        return {
            "digest": self.digest,
            "gate": self.gate,
            "verdict": self.verdict,
            "suites": list(self.suites),
            "finishedAt": self.finished_at,
        }


def examinations_of(statements: Iterable[Mapping[str, Any]], candidate: str) -> tuple[Examination, ...]:
    """The examinations among verified statements that are about this very candidate, in the chain's order."""
    about = {"name": "candidate", "digest": {"sha256": candidate.removeprefix(PREFIX)}}
    return tuple(examination_of(each) for each in statements if about in each.get("subject", ()))


def examination_of(statement: Mapping[str, Any]) -> Examination:
    """What one verified statement says of the examination that it is about."""
    predicate = statement.get("predicate") or {}
    words = str(predicate.get("preceptor_invocationId")).split("/")
    finished = predicate.get("preceptor_finishedOn")
    return Examination(
        digest=statement_digest(statement),
        gate="/".join(words[1:3]) if len(words) == 4 else None,
        verdict=VERDICTS.get(str(predicate.get("preceptor_verdict")), "missing"),
        suites=suites_of(predicate),
        finished_at=str(finished) if finished is not None else None,
    )


def suites_of(predicate: Mapping[str, Any]) -> tuple[str, ...]:
    """Digests of the suites that an evaluation's predicate names, in its order."""
    return tuple(
        PREFIX + str((material.get("digest") or {}).get("sha256")) for material in predicate.get("configuration") or ()
    )

"""What do the conditions say, and since when?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from preceptor_operator.shared.clock import rfc3339

ConditionStatus = Literal["True", "False", "Unknown"]
# As much as the CRDs take: a reason that is cut off is one that nobody mends.
MESSAGE_LENGTH = 4096
SENTENCE_END = re.compile(r"(?<=[.!?])[ \n]")
REASON = re.compile(r"[A-Z][A-Za-z0-9]{0,127}")
# False while something outside (audit, API server) keeps a reconcile from ending; gone when one has ended.
RECONCILED = "Reconciled"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One condition before it has times: what holds, why in CamelCase, and a sentence a person can act on."""

    type: str
    status: ConditionStatus
    reason: str
    message: str = ""


def merge(
    facts: Iterable[Fact], previous: Iterable[Mapping[str, Any]], *, generation: int, now: datetime
) -> list[dict[str, Any]]:
    """Conditions for the status; lastTransitionTime moves only when the status word changes."""
    before = {condition.get("type"): condition for condition in previous}
    merged = []
    for fact in facts:
        old = before.get(fact.type)
        same = old is not None and old.get("status") == fact.status and old.get("lastTransitionTime")
        merged.append(
            {
                "type": fact.type,
                "status": fact.status,
                "reason": fact.reason,
                "message": fitted(fact.message),
                "observedGeneration": generation,
                "lastTransitionTime": old["lastTransitionTime"] if old is not None and same else rfc3339(now),
            }
        )
    return sorted(merged, key=lambda condition: str(condition["type"]))


def fitted(text: str, length: int = MESSAGE_LENGTH) -> str:
    """A text of at most so many characters, cut between sentences; the end says how many more there are."""
    if len(text) <= length:
        return text
    places = [match.start() for match in SENTENCE_END.finditer(text)]
    for left, place in enumerate(reversed(places), start=1):
        cut = f"{text[:place]} … and {left} more."
        if len(cut) <= length:
            return cut
    # Not even the first sentence fits.
    end = f" … and {len(text)} characters in all."
    return text[: length - len(end)] + end


def without_reconciled(status: Mapping[str, Any]) -> dict[str, Any]:
    """A status as it was before something kept a reconcile from ending."""
    if "conditions" not in status:
        return dict(status)
    conditions = [condition for condition in status["conditions"] if condition.get("type") != RECONCILED]
    return {**status, "conditions": conditions}


def carried(status: Mapping[str, Any], generation: int) -> dict[str, Any]:
    """The status of what has ended: it stays, and only the generation that it speaks of moves on."""
    return {**without_reconciled(status), "observedGeneration": generation}


def reason_or(text: str | None, default: str) -> str:
    """A reason that another part gave, where it is one; the API server would refuse the whole status otherwise."""
    return text if text and REASON.fullmatch(text) else default


def find(conditions: Iterable[Mapping[str, Any]], type_: str) -> Mapping[str, Any] | None:
    """The condition of one type, or None."""
    return next((condition for condition in conditions if condition.get("type") == type_), None)

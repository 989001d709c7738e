"""What does the audit chain remember of how a piece of work ended?

What is recorded is what happened: a stage whose end is in the chain is never run again, even when its Job and pod are
gone, since a second run would come to other digests and the chain would hold two truths.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from preceptor.api.jobs import Result
from preceptor_operator.shared.outcome import FINISHED, Outcome


class Chain(Protocol):
    """Reads records of the audit chain."""

    async def recorded(self, key: str, kind: str) -> Mapping[str, Any] | None:
        """Body of the record with this key and kind, or None. Raises TryAgain while the chain cannot be read."""


def memory(outcome: Outcome) -> dict[str, Any]:
    """What a record holds of an outcome, all of it without text: digests, counts, metrics, words and a time."""
    result = outcome.result
    kept: dict[str, Any] = {
        "phase": outcome.phase,
        "reason": outcome.reason,
        "digests": dict(result.digests) if result else {},
        "counts": dict(result.counts) if result else {},
    }
    if result is not None:
        kept["verdict"] = result.verdict
    for name, text in (
        ("finishedAt", outcome.finished_at),
        ("image", outcome.image),
        ("imageId", outcome.image_id),
    ):
        if text is not None:
            kept[name] = text
    for name, metrics in (("metrics", result.metrics), ("baseline", result.baseline)) if result else ():
        if metrics:
            kept[name] = [metric.document() for metric in metrics]
    return kept


def recall(body: Mapping[str, Any], kind: str) -> Outcome | None:
    """The outcome of a Job of this kind from ``memory``, such that ``memory`` of it is the same again.

    None where the body holds none that can be read: an older operator may have written it.
    """
    phase = body.get("phase")
    if phase not in FINISHED:
        return None
    try:
        result = Result.model_validate({"kind": kind, **body}) if "verdict" in body else None
    except ValidationError:
        return None
    return Outcome(
        phase=phase,
        reason=str(body.get("reason", "")),
        message=f"The audit chain says that it ended with {body.get('reason')}; its pod is gone with its own sentence.",
        result=result,
        finished_at=body.get("finishedAt"),
        image=body.get("image"),
        image_id=body.get("imageId"),
    )

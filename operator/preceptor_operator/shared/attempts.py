"""Which attempt at a piece of work counts?

A Job that ended and whose pod is gone with its Result (its node was removed) says nothing. It stays as it is, and the
work is tried once more under the next attempt's name: so how often it was tried is read from the Jobs themselves, and
no operator that dies in between can lose count.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from preceptor_operator.shared.children import Work
from preceptor_operator.shared.outcome import Outcome, outcome


class JobReader(Protocol):
    """Reads one Job with its pods from the API server."""

    async def job_with_pods(self, namespace: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The Job, or None, and the pods that carry its name."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The newest attempt, and the names of earlier ones that were lost and that nothing removes yet."""

    work: Work
    outcome: Outcome
    lost: tuple[str, ...] = ()


async def latest(work: Work, jobs: JobReader, recall: Callable[[], Awaitable[Outcome | None]] | None = None) -> Attempt:
    """The newest attempt at a work; ``recall`` says how it ended where the audit chain knows, which then counts.

    The chain is asked only where no pod tells: a stage that is about to be started may have ended long ago.
    """
    found = await _outcome(work, jobs)
    silent = found.phase in ("Absent", "Lost") or (found.finished and found.result is None)
    if silent and recall is not None and (remembered := await recall()) is not None:
        return Attempt(work=work, outcome=remembered)
    lost: list[str] = []
    while found.phase == "Lost":
        if not found.expires:
            lost.append(work.name)
        if work.attempt >= work.retries:
            return Attempt(work=work, outcome=_given_up(work, found), lost=tuple(lost))
        work = replace(work, attempt=work.attempt + 1)
        found = await _outcome(work, jobs)
    return Attempt(work=work, outcome=found, lost=tuple(lost))


async def _outcome(work: Work, jobs: JobReader) -> Outcome:
    job, pods = await jobs.job_with_pods(work.owner.namespace, work.name)
    return outcome(job, pods, work)


def _given_up(work: Work, found: Outcome) -> Outcome:
    times = work.attempt + 1
    return replace(
        found,
        phase="Failed",
        message=f"The Job ended and its pod was gone with its Result, {times} time{'s' if times > 1 else ''} "
        f"(retries: {work.retries}): see why nodes go away, then ask again under another name.",
    )

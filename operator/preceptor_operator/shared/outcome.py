"""What did a Job come to?

A pass is trusted only from an owned pod of a succeeded Job. A failed pod's Result may only make the outcome worse; no
Result at all is ResultMissing (DESIGN.md §4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from preceptor.api.jobs import Result, parse_result
from preceptor.exits import Exit
from preceptor_operator.shared.children import INDEX_LABEL, MAIN_CONTAINER, Work
from preceptor_operator.shared.names import OWNER_UID_LABEL

Phase = Literal["Absent", "Foreign", "Lost", "Suspended", "Waiting", "Running", "Passed", "Failed", "Inconclusive"]
FINISHED: frozenset[Phase] = frozenset({"Passed", "Failed", "Inconclusive"})
OUT_OF_MEMORY_EXIT = 137
# The digest by which a Result names the Job file that it answers.
JOB = "job"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Where one child Job is, with its Result where it has one."""

    phase: Phase
    reason: str = ""
    message: str = ""
    result: Result | None = None
    finished_at: str | None = None
    # What ran: the Job's image reference, and what the node says that this was.
    image: str | None = None
    image_id: str | None = None
    # Whether the cluster removes the Job by itself some time after it has finished.
    expires: bool = False
    # Seconds from start to end of all its pods that have ended; None where none is left to tell.
    pod_seconds: int | None = None

    @property
    def finished(self) -> bool:
        """Whether the Job will change no more."""
        return self.phase in FINISHED


ABSENT = Outcome(phase="Absent", reason="NotStarted")


def outcome(job: Mapping[str, Any] | None, pods: Iterable[Mapping[str, Any]], work: Work) -> Outcome:
    """Judge a piece of work from the Job of its name and the pods that carry it.

    Nothing is believed of a Job that runs something else than the work, nor of a Result about another Job file.
    The image may be an earlier one of the operator's: a Job that waits or runs while the operator is upgraded goes on,
    and the outcome says which image it had. Only the operator can have chosen it, since admission lets nobody else
    make a Job that it owns or change what such a Job runs.
    """
    if job is None:
        return ABSENT
    expires = (job.get("spec") or {}).get("ttlSecondsAfterFinished") is not None
    pods = list(pods)
    return replace(_outcome(job, pods, work), expires=expires, image=_image(job), pod_seconds=_seconds(job, pods))


def _outcome(job: Mapping[str, Any], pods: Iterable[Mapping[str, Any]], work: Work) -> Outcome:
    if not _is(job, work):
        return Outcome(
            phase="Foreign",
            reason="NameTaken",
            message=f"Job {job['metadata']['name']} belongs to something else: delete it and this one continues.",
        )
    owned = [pod for pod in pods if _controlled_by(pod, job["metadata"]["uid"])]
    status = job.get("status") or {}
    if _condition(status, "Complete"):
        return _succeeded(status, owned, work)
    if failed := _condition(status, "Failed"):
        return _failed(failed, owned, work)
    if (job.get("spec") or {}).get("suspend"):
        return Outcome(phase="Suspended", reason="Suspended", message="The Job is suspended.")
    if any((pod.get("status") or {}).get("phase") == "Running" for pod in owned):
        return Outcome(phase="Running", reason="PodRunning")
    return Outcome(phase="Waiting", reason="PodStarting", message=_waiting(owned))


def _is(job: Mapping[str, Any], work: Work) -> bool:
    """Whether a Job belongs to the work's owner, runs its command, and is told what the work says."""
    uid = work.owner.uid
    if not _controlled_by(job, uid) or (job["metadata"].get("labels") or {}).get(OWNER_UID_LABEL) != uid:
        return False
    pod = ((job.get("spec") or {}).get("template") or {}).get("spec") or {}
    runs = [(c.get("name"), tuple(c.get("command") or ())) for c in pod.get("containers") or ()]
    told = [v["configMap"].get("name") for v in pod.get("volumes") or () if v.get("name") == "job" and "configMap" in v]
    return runs == [(MAIN_CONTAINER, work.command)] and told == [work.name] and not pod.get("initContainers")


def _image(job: Mapping[str, Any]) -> str | None:
    containers = (((job.get("spec") or {}).get("template") or {}).get("spec") or {}).get("containers") or ()
    return next((c.get("image") for c in containers if c.get("name") == MAIN_CONTAINER), None)


def _image_id(pod: Mapping[str, Any]) -> str | None:
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return next((c.get("imageID") or None for c in statuses if c.get("name") == MAIN_CONTAINER), None)


def _succeeded(status: Mapping[str, Any], pods: list[Mapping[str, Any]], work: Work) -> Outcome:
    finished_at = status.get("completionTime")
    pods = [pod for pod in pods if _speaks(pod, work)]
    if not pods:
        return Outcome(
            phase="Lost",
            reason="PodLost",
            message="The Job ended and its pod is gone with its Result.",
            finished_at=finished_at,
        )
    for pod in pods:
        if (pod.get("status") or {}).get("phase") != "Succeeded":
            continue
        result = _result(pod, work)
        if result is not None and result.verdict == "pass":
            return Outcome(
                phase="Passed",
                reason=result.reason,
                message=result.message,
                result=result,
                finished_at=finished_at,
                image_id=_image_id(pod),
            )
    return Outcome(
        phase="Failed",
        reason="ResultMissing",
        message="The Job ended without a readable Result from a pod of its own, so nothing is known: run it again.",
        finished_at=finished_at,
    )


def _failed(condition: Mapping[str, Any], pods: list[Mapping[str, Any]], work: Work) -> Outcome:
    finished_at = condition.get("lastTransitionTime")
    newest = sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)
    # The pods of a gang end because one of them did: what would be tried again says least.
    for pod in sorted(newest, key=lambda pod: (_terminated(pod) or {}).get("exitCode") == Exit.TRY_AGAIN):
        result = _result(pod, work)
        if result is not None and result.verdict != "pass":
            phase: Phase = "Inconclusive" if result.verdict == "inconclusive" else "Failed"
            return Outcome(
                phase=phase, reason=result.reason, message=result.message, result=result, finished_at=finished_at
            )
        terminated = _terminated(pod)
        if terminated and (terminated.get("reason") == "OOMKilled" or terminated.get("exitCode") == OUT_OF_MEMORY_EXIT):
            return Outcome(
                phase="Failed",
                reason="OutOfMemory",
                message="The pod was killed for its memory: raise the role's limit in the operator's configuration.",
                finished_at=finished_at,
            )
    if condition.get("reason") == "DeadlineExceeded":
        return Outcome(
            phase="Failed",
            reason="DeadlineExceeded",
            message=f"The Job ran longer than the {work.deadline_seconds} s that it may: see what held it up, or raise "
            "spec.activeDeadlineSeconds where the resource has it, then ask again under another name.",
            finished_at=finished_at,
        )
    return Outcome(
        phase="Failed",
        reason="ResultMissing",
        message=f"The Job failed ({condition.get('reason', 'unknown')}) and no pod left a Result: see its pods' logs.",
        finished_at=finished_at,
    )


def _result(pod: Mapping[str, Any], work: Work) -> Result | None:
    terminated = _terminated(pod)
    if terminated is None:
        return None
    try:
        result = parse_result(str(terminated.get("message") or ""))
    except ValueError:
        return None
    told = result.digests.get(JOB)
    if result.kind != work.job.document()["kind"] or told not in (None, work.job_digest):
        return None
    # A process that could not read its Job file cannot say which it was: that may only make the outcome worse.
    return result if told is not None or result.verdict != "pass" else None


def _speaks(pod: Mapping[str, Any], work: Work) -> bool:
    """Whether a pod's Result is the work's: of a gang it is the first pod's, which publishes."""
    return work.pods == 1 or (pod["metadata"].get("labels") or {}).get(INDEX_LABEL) == "0"


def _seconds(job: Mapping[str, Any], pods: Iterable[Mapping[str, Any]]) -> int | None:
    ended = [end for pod in pods if _controlled_by(pod, job["metadata"]["uid"]) and (end := _terminated(pod))]
    return sum(map(_lasted, ended)) if ended else None


def _lasted(terminated: Mapping[str, Any]) -> int:
    try:
        start, end = (datetime.fromisoformat(str(terminated[edge])) for edge in ("startedAt", "finishedAt"))
    except (KeyError, ValueError):
        return 0
    return max(0, round((end - start).total_seconds()))


def _terminated(pod: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for container in (pod.get("status") or {}).get("containerStatuses") or ():
        if container.get("name") == MAIN_CONTAINER:
            terminated: Mapping[str, Any] | None = (container.get("state") or {}).get("terminated")
            return terminated
    return None


def _waiting(pods: list[Mapping[str, Any]]) -> str:
    """Why the pods do not run yet, in the cluster's own words (they hold no data)."""
    for pod in pods:
        status = pod.get("status") or {}
        for container in status.get("containerStatuses") or ():
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
                return f"The pod waits: {waiting['reason']}."
        for condition in status.get("conditions") or ():
            if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
                return f"The pod is not scheduled: {condition.get('message', condition.get('reason', ''))}"[:512]
    return "The pod is starting."


def _condition(status: Mapping[str, Any], type_: str) -> Mapping[str, Any] | None:
    for condition in status.get("conditions") or ():
        if condition.get("type") == type_ and condition.get("status") == "True":
            found: Mapping[str, Any] = condition
            return found
    return None


def _controlled_by(child: Mapping[str, Any], uid: str) -> bool:
    references = child["metadata"].get("ownerReferences") or ()
    return any(reference.get("uid") == uid and reference.get("controller") for reference in references)

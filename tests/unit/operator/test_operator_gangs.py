"""What do the pods of one training of several nodes come to together?"""

from typing import Any

from observations import CONFIG, DIGEST, owner, result, run_spec

from preceptor_operator.finetunerun.works import Plan, work
from preceptor_operator.shared.children import INDEX_LABEL, render
from preceptor_operator.shared.names import OWNER_UID_LABEL
from preceptor_operator.shared.outcome import Outcome, outcome

SPEC = run_spec(compute={"nodes": 2, "gpusPerNode": 1})
WORK = work("train", Plan(owner=owner("FineTuneRun"), spec=SPEC, config=CONFIG), {})
JOB = "job-1"


def pod(index: int, code: int, *, verdict: str | None = None, reason: str = "Trained", at: str = "1") -> dict[str, Any]:
    """A pod that ended, 30 seconds after it had started."""
    digests = {**DIGEST, "job": WORK.job_digest}
    said = result("Train", verdict, reason, digests=digests).model_dump_json(by_alias=True) if verdict else ""
    times = {"startedAt": "2026-11-24T10:00:00Z", "finishedAt": "2026-11-24T10:00:30Z"}
    terminated = {"exitCode": code, "message": said, **times}
    return {
        "metadata": {
            "labels": {INDEX_LABEL: str(index)},
            "ownerReferences": [{"uid": JOB, "controller": True}],
            "creationTimestamp": at,
        },
        "status": {
            "phase": "Failed" if code else "Succeeded",
            "containerStatuses": [{"name": "main", "state": {"terminated": terminated}}],
        },
    }


def judged(condition: str, *pods: dict[str, Any]) -> Outcome:
    """The outcome of the Job with these pods."""
    job = {
        "metadata": {
            "name": WORK.name,
            "uid": JOB,
            "labels": {OWNER_UID_LABEL: "uid-1"},
            "ownerReferences": [{"uid": "uid-1", "controller": True}],
        },
        "spec": {"template": render(WORK).job["spec"]["template"]},
        "status": {"conditions": [{"type": condition, "status": "True", "reason": "Any"}]},
    }
    return outcome(job, pods, WORK)


def test_a_gang_passed_when_its_first_pod_says_so() -> None:
    assert judged("Complete", pod(1, 0), pod(0, 0, verdict="pass")).phase == "Passed"


def test_another_pod_cannot_speak_for_the_first() -> None:
    assert judged("Complete", pod(1, 0, verdict="pass"), pod(0, 0)).reason == "ResultMissing"


def test_a_gang_whose_first_pod_is_gone_is_lost() -> None:
    assert judged("Complete", pod(1, 0, verdict="pass")).phase == "Lost"


def test_the_pod_that_ended_the_others_is_believed_before_them() -> None:
    cause = pod(1, 1, verdict="fail", reason="LossNotFinite", at="1")
    others = pod(0, 75, verdict="error", reason="PeerLost", at="2")
    assert judged("Failed", others, cause).reason == "LossNotFinite"


def test_the_seconds_of_all_pods_count_those_of_failed_tries_too() -> None:
    tries = (pod(0, 75), pod(1, 75), pod(0, 0, verdict="pass"), pod(1, 0))
    assert judged("Complete", *tries).pod_seconds == 120
    assert judged("Complete").pod_seconds is None

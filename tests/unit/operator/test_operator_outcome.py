"""What is a Job said to have come to? Each case is a sentence."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from observations import CONFIG, DIGEST, owner, result, run_spec

from preceptor_operator.finetunerun.works import Plan, work
from preceptor_operator.shared.children import render
from preceptor_operator.shared.names import OWNER_UID_LABEL
from preceptor_operator.shared.outcome import outcome

OWNER, JOB = "uid-1", "job-1"
WORK = work("train", Plan(owner=owner("FineTuneRun"), spec=run_spec(), config=CONFIG), {})
TEMPLATE = render(WORK)[1]["spec"]["template"]


def job(*conditions: tuple[str, str], owner: str = OWNER, label: str = OWNER, **spec: Any) -> dict[str, Any]:
    """A Job with these true conditions, each with its reason."""
    return {
        "metadata": {
            "name": "triage-train-1",
            "uid": JOB,
            "labels": {OWNER_UID_LABEL: label},
            "ownerReferences": [{"uid": owner, "controller": True}],
        },
        "spec": {"template": TEMPLATE, **spec},
        "status": {
            "completionTime": "2026-11-24T11:00:00Z",
            "conditions": [{"type": type_, "status": "True", "reason": why} for type_, why in conditions],
        },
    }


def pod(
    phase: str,
    message: str = "",
    *,
    code: int = 0,
    why: str = "",
    owner: str = JOB,
    at: str = "1",
    container: str = "main",
) -> dict[str, Any]:
    """A pod whose container has terminated."""
    terminated = {"exitCode": code, "message": message, "reason": why}
    return {
        "metadata": {"ownerReferences": [{"uid": owner, "controller": True}], "creationTimestamp": at},
        "status": {
            "phase": phase, "containerStatuses": [{"name": container, "state": {"terminated": terminated}}],
        },
    }  # fmt: skip


def said(
    verdict: str = "pass", reason: str = "Trained", kind: str = "Train", about: str | None = WORK.job_digest
) -> str:
    """A Result as a termination message, about the work's Job file unless told otherwise."""
    digests = {**DIGEST, **({"job": about} if about else {})}
    return result(kind, verdict, reason, digests=digests).model_dump_json(by_alias=True, exclude_none=True)


def running(**container: Any) -> dict[str, Any]:
    """The Job's template with another container in it."""
    return {"spec": {**TEMPLATE["spec"], "containers": [{**TEMPLATE["spec"]["containers"][0], **container}]}}


COMPLETE, BY_POLICY = ("Complete", "CompletionsReached"), ("Failed", "PodFailurePolicy")
USED_UP, TOO_LONG = ("Failed", "BackoffLimitExceeded"), ("Failed", "DeadlineExceeded")
WAITING = {"metadata": {"ownerReferences": [{"uid": JOB, "controller": True}]}}


@dataclass(frozen=True)
class Case:
    """What is seen, and what it means."""

    sentence: str
    job: dict[str, Any] | None
    phase: str
    reason: str
    pods: list[dict[str, Any]] = field(default_factory=list)


CASES = [
    Case("no Job is absent", None, "Absent", "NotStarted"),
    Case(
        "a Job of another owner is foreign",
        job(COMPLETE, owner="uid-2"),
        "Foreign",
        "NameTaken",
        [pod("Succeeded", said())],
    ),
    Case("a Job labelled for another owner is foreign", job(COMPLETE, label="uid-2"), "Foreign", "NameTaken"),
    Case("a Job that nothing controls is foreign", {"metadata": {"name": "x", "uid": JOB}}, "Foreign", "NameTaken"),
    Case(
        "a pass of an own pod of a complete Job passes", job(COMPLETE), "Passed", "Trained", [pod("Succeeded", said())]
    ),
    Case(
        "a pass of a stranger's pod does not",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded"), pod("Succeeded", said(), owner="job-2")],
    ),
    Case("a pass of a failed pod does not", job(COMPLETE), "Failed", "ResultMissing", [pod("Failed", said())]),
    Case(
        "a pass of a sidecar does not",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded", said(), container="proxy")],
    ),
    Case(
        "a pass of another kind does not",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded", said(kind="Verify"))],
    ),
    Case("a pass before the Job is complete does not", job(), "Waiting", "PodStarting", [pod("Succeeded", said())]),
    Case("a pass of a failed Job does not", job(BY_POLICY), "Failed", "ResultMissing", [pod("Succeeded", said())]),
    Case("a complete Job whose pod is gone proves nothing", job(COMPLETE), "Lost", "PodLost"),
    Case(
        "a Job of an image that was configured before an upgrade is ours",
        job(COMPLETE, template=running(image="trainer:0")),
        "Passed",
        "Trained",
        [pod("Succeeded", said())],
    ),
    Case(
        "a Job that is told something else is foreign",
        job(
            COMPLETE, template={"spec": {**TEMPLATE["spec"], "volumes": [{"name": "job", "configMap": {"name": "x"}}]}}
        ),
        "Foreign",
        "NameTaken",
        [pod("Succeeded", said())],
    ),
    Case(
        "a Job that runs another command is foreign",
        job(COMPLETE, template=running(command=["true"])),
        "Foreign",
        "NameTaken",
        [pod("Succeeded", said())],
    ),
    Case(
        "a Job that runs something first is foreign",
        job(COMPLETE, template={"spec": {**TEMPLATE["spec"], "initContainers": [{"name": "x", "image": "x"}]}}),
        "Foreign",
        "NameTaken",
        [pod("Succeeded", said())],
    ),
    Case(
        "a pass that answers another Job file does not pass",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded", said(about=DIGEST["seal"]))],
    ),
    Case(
        "a pass that does not say what it answers does not pass",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded", said(about=None))],
    ),
    Case(
        "a no that answers another Job file is not heard",
        job(BY_POLICY),
        "Failed",
        "ResultMissing",
        [pod("Failed", said("fail", "PhiFound", about=DIGEST["seal"]))],
    ),
    Case(
        "a no that cannot say what it answers is believed",
        job(BY_POLICY),
        "Failed",
        "JobInvalid",
        [pod("Failed", said("error", "JobInvalid", about=None))],
    ),
    Case(
        "a complete Job that says no proves nothing",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded", said("fail"))],
    ),
    Case("text is no Result", job(COMPLETE), "Failed", "ResultMissing", [pod("Succeeded", "pass")]),
    Case("an empty message is no Result", job(COMPLETE), "Failed", "ResultMissing", [pod("Succeeded", "")]),
    Case("half a Result is none", job(COMPLETE), "Failed", "ResultMissing", [pod("Succeeded", said()[:-9])]),
    Case(
        "a Result that is too long is none",
        job(COMPLETE),
        "Failed",
        "ResultMissing",
        [pod("Succeeded", said() + " " * 4000)],
    ),
    Case(
        "one pass among failed pods passes",
        job(COMPLETE),
        "Passed",
        "Trained",
        [pod("Failed", code=75), pod("Succeeded", said())],
    ),
    Case(
        "a failed pod's no is believed",
        job(BY_POLICY),
        "Failed",
        "PhiFound",
        [pod("Failed", said("fail", "PhiFound"), code=1)],
    ),
    Case(
        "a failed pod's inconclusive is believed",
        job(BY_POLICY),
        "Inconclusive",
        "TooFew",
        [pod("Failed", said("inconclusive", "TooFew"), code=2)],
    ),
    Case(
        "a failed pod's error is a failure",
        job(USED_UP),
        "Failed",
        "StoreFull",
        [pod("Failed", said("error", "StoreFull"), code=75)],
    ),
    Case(
        "of two failed pods the newer speaks",
        job(USED_UP),
        "Failed",
        "StoreFull",
        [pod("Failed", said("error", "Network"), at="1"), pod("Failed", said("error", "StoreFull"), at="2")],
    ),
    Case(
        "a stranger's no is not heard",
        job(BY_POLICY),
        "Failed",
        "ResultMissing",
        [pod("Failed", said("fail", "PhiFound"), owner="job-2")],
    ),
    Case(
        "a pod killed for memory says so",
        job(BY_POLICY),
        "Failed",
        "OutOfMemory",
        [pod("Failed", code=137, why="OOMKilled")],
    ),
    Case(
        "exit code 137 alone says so too",
        job(BY_POLICY),
        "Failed",
        "OutOfMemory",
        [pod("Failed", code=137, why="Error")],
    ),
    Case("a deadline says so", job(TOO_LONG), "Failed", "DeadlineExceeded"),
    Case("a failed Job without a word is a missing Result", job(USED_UP), "Failed", "ResultMissing"),
    Case("a Job that is suspended is suspended", job(suspend=True), "Suspended", "Suspended"),
    Case(
        "a Job that ended and is suspended has ended",
        job(COMPLETE, suspend=True),
        "Passed",
        "Trained",
        [pod("Succeeded", said())],
    ),
    Case(
        "a Job with a running pod runs", job(), "Running", "PodRunning", [{**WAITING, "status": {"phase": "Running"}}]
    ),
    Case("a Job without pods waits", job(), "Waiting", "PodStarting"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_outcome(case: Case) -> None:
    found = outcome(case.job, case.pods, WORK)
    assert (found.phase, found.reason) == (case.phase, case.reason)
    assert found.finished == (case.phase in ("Passed", "Failed", "Inconclusive"))
    assert (found.result is not None and found.result.verdict == "pass") == (case.phase == "Passed")


def test_a_job_that_took_too_long_says_how_long_it_may_and_what_to_do() -> None:
    message = outcome(job(TOO_LONG), [], WORK).message
    assert f"{WORK.deadline_seconds} s" in message
    assert "raise spec.activeDeadlineSeconds" in message


def test_an_outcome_says_which_image_ran_and_not_which_is_configured() -> None:
    ran = pod("Succeeded", said())
    ran["status"]["containerStatuses"][0]["imageID"] = "registry/trainer@sha256:0"
    found = outcome(job(COMPLETE, template=running(image="trainer:0")), [ran], WORK)
    assert (found.image, found.image_id) == ("trainer:0", "registry/trainer@sha256:0")


def test_a_pass_carries_digests_and_its_time() -> None:
    found = outcome(job(COMPLETE), [pod("Succeeded", said())], WORK)
    assert found.result is not None
    assert (found.result.digests["adapter"], found.finished_at) == (DIGEST["adapter"], "2026-11-24T11:00:00Z")


@pytest.mark.parametrize(("spec", "expires"), [({}, False), ({"ttlSecondsAfterFinished": 0}, True)])
def test_whether_a_job_expires_is_known(spec: dict[str, Any], expires: bool) -> None:
    assert outcome(job(COMPLETE, **spec), [], WORK).expires is expires


def test_why_a_pod_waits_is_said_in_the_clusters_words() -> None:
    pulling = {"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    unplaced = {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no node fits " * 99}]}
    for status, words in ((pulling, "ImagePullBackOff"), (unplaced, "no node fits")):
        found = outcome(job(), [{**WAITING, "status": status}], WORK)
        assert words in found.message
        assert len(found.message) <= 512

"""Does everything that is wrong end in a condition with a sentence?"""

from typing import Any

import pytest
from cluster_processes import OPERATOR
from operator_world import World
from resources import gate, release, run
from stand_ins import Ending, ending, good

from preceptor.api.jobs import Result, job_digest

RECALL = {"min": "0.98"}
CANDIDATE = "sha256:" + "a" * 64


def changed(manifest: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A manifest with another value at a dotted path below spec; None removes it."""
    place = manifest["spec"]
    *way, last = path.split(".")
    for step in way:
        place = place.setdefault(step, {})
    if value is None:
        place.pop(last)
    else:
        place[last] = value
    return manifest


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (changed(run(), "dataset", None), "spec.dataset: Required value"),
        (changed(run(), "baseModel.digest", "latest"), "spec.baseModel.digest"),
        (changed(run(), "baseModel.uri", "https://example.org/model"), "spec.baseModel.uri"),
        (changed(run(), "training.epochs", 0), "spec.training.epochs"),
        (changed(run(), "training.learningRate", "fast"), "spec.training.learningRate"),
        (changed(run(), "training.epoch", 3), 'unknown field "spec.training.epoch"'),
        (changed(run(), "compute.nodes", 0), "spec.compute.nodes"),
        (changed(run(), "compute.gpusPerNode", 17), "spec.compute.gpusPerNode"),
        (changed(run(), "output.uri", "file:///tmp/out"), "spec.output.uri"),
        (changed(gate(), "report", "file:///tmp/reports"), "spec.report"),
        (changed(gate(), "thresholds", [{"metric": "emergency_recall", "min": "0.98"}]), "must not pass"),
        *(
            (changed(gate(), "thresholds", [{"metric": "emergency_recall", **recall}, over]), sentence)
            for recall, over, sentence in (
                (RECALL, {"metric": "over_triage_rate", "max": "1"}, "is a max below 1"),
                (RECALL, {"metric": "over_triage_rate", "max": "1.000"}, "is a max below 1"),
                (RECALL, {"metric": "over_triage_rate", "min": "0"}, "is a max below 1"),
                ({"max": "0.98"}, {"metric": "over_triage_rate", "max": "0.2"}, "is a min above 0"),
            )
        ),
        (changed(gate(), "thresholds", []), "spec.thresholds"),
        (changed(gate(), "suites", []), "spec.suites"),
        (changed(gate(), "adapter.uri", "pvc://a/b"), "go together"),
        (changed(gate(), "review", {"cases": 5}), "this version has no blinded review"),
        (release(CANDIDATE, "r1", target={"gatewayRef": {"name": "g"}, "stage": "canary"}), "set stage to live"),
        (release("latest", "r1"), "spec.candidateDigest"),
        (release(CANDIDATE, ""), "spec.policy.revision"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_api_server_refuses_a_malformed_resource_with_a_sentence(
    world: World, manifest: dict[str, Any], sentence: str
) -> None:
    done = await world.kubectl("admin", "create", "--validate=strict", "-f", "-", manifest=manifest)
    assert done.returncode != 0
    assert sentence in done.stderr


def passing(job: dict[str, Any], **changes: Any) -> Ending:
    """A Job that ends well, with something about its end changed."""
    end = ending(good(job))
    return Ending(**{**vars(end), **changes})


def says(job: dict[str, Any], verdict: str, why_not: str, **ends: Any) -> Ending:
    """A failed Job whose pod left this Result."""
    result = Result.model_validate(
        {
            "kind": job["kind"],
            "verdict": verdict,
            "reason": why_not,
            "message": "So it is.",
            "digests": {"job": job_digest(job)},
        }
    )
    return Ending(**{**vars(ending(result)), "complete": False, **ends})


FAILED = {"complete": False, "exit_code": 1, "why": "Error"}
JOB_ENDS: dict[str, tuple[Any, str, str]] = {
    "garbage-is-no-result": (lambda job: passing(job, message="all fine, trust me"), "Failed", "ResultMissing"),
    "a-result-cut-off-is-none": (lambda job: passing(job, message='{"kind": "PhiSc'), "Failed", "ResultMissing"),
    "no-message-is-no-result": (lambda job: passing(job, message=""), "Failed", "ResultMissing"),
    "a-huge-message-is-no-result": (lambda job: passing(job, message="x" * 4000), "Failed", "ResultMissing"),
    "a-result-of-another-kind-is-none": (
        lambda job: passing(job, message=ending(good(job)).message.replace('"PhiScan"', '"Train"')),
        "Failed",
        "ResultMissing",
    ),
    "an-answer-to-another-question-is-none": (
        lambda job: passing(job, message=ending(good({**job, "target": "outputs"})).message),
        "Failed",
        "ResultMissing",
    ),
    "a-failed-pod-cannot-pass": (lambda job: passing(job, **FAILED), "Failed", "ResultMissing"),
    "a-failed-pod-of-a-complete-job-cannot-pass": (
        lambda job: passing(job, exit_code=1, why="Error"),
        "Failed",
        "ResultMissing",
    ),
    "a-strangers-pod-cannot-pass": (lambda job: passing(job, owned=False), "Failed", "ResultMissing"),
    "a-pass-that-says-fail-is-none": (
        lambda job: says(job, "fail", "PhiFound", complete=True, exit_code=0, why="Completed"),
        "Failed",
        "ResultMissing",
    ),
    "phi-blocks": (lambda job: says(job, "fail", "PhiFound"), "Blocked", "PhiFound"),
    "a-full-store-fails-when-retries-are-used-up": (
        lambda job: says(job, "error", "StoreFull", exit_code=75, reason="BackoffLimitExceeded", tried_before=True),
        "Failed",
        "StoreFull",
    ),
    "an-eviction-fails": (
        lambda job: Ending(complete=False, exit_code=137, why=None, reason="BackoffLimitExceeded"),
        "Failed",
        "ResultMissing",
    ),
    "out-of-memory-says-so": (
        lambda job: Ending(complete=False, exit_code=137, why="OOMKilled"),
        "Failed",
        "OutOfMemory",
    ),
    "a-deadline-says-so": (
        lambda job: Ending(complete=False, exit_code=143, why=None, reason="DeadlineExceeded"),
        "Failed",
        "DeadlineExceeded",
    ),
    "a-retry-after-75-may-pass": (lambda job: passing(job, tried_before=True), "Succeeded", "Sealed"),
}


async def test_every_way_in_which_a_job_can_end_is_judged(world: World) -> None:
    world.node.answer = lambda job: JOB_ENDS[job["owner"]["name"]][0](job)
    await world.start_operator()
    for name in JOB_ENDS:
        await world.apply(run(name))
    found = {}
    for name in JOB_ENDS:
        status = (await world.state("FineTuneRun", name, "Succeeded", "Failed", "Blocked"))["status"]
        found[name] = (status["state"], status["reason"])
        ended = next(condition for condition in status["conditions"] if condition["type"] == "Succeeded")
        assert ended["message"].endswith("."), name
    assert found == {name: (state, reason) for name, (_, state, reason) in JOB_ENDS.items()}
    # Nothing that failed started a second stage: the one good run trained once.
    assert world.node.kinds.count("Train") == 1
    assert world.node.kinds.count("PhiScan") == len(JOB_ENDS) + 1
    world.records()


async def test_a_job_or_instructions_of_somebody_else_under_our_name_are_never_believed(world: World) -> None:
    # A first operator tells the names: it starts the scan of a run whose node is asleep.
    world.node.answer = lambda job: None
    await world.start_operator()
    for name in ("job", "told"):
        await world.apply(run(name))
    await world.jobs_appeared(2)
    await world.stop_operators()
    names = {
        job["metadata"]["labels"]["preceptor.dev/owner-name"]: job["metadata"]["name"] for job in await world.jobs()
    }
    for name in names.values():
        await world.kubectl("admin", "delete", "job", name, "--cascade=orphan", "--wait=false")
        await world.patch("job", name, {"metadata": {"finalizers": None}})
    await world.kubectl("admin", "delete", "configmap", *names.values())
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "evil"}]}}
    forged = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": names["job"]},
        "spec": {"template": pod},
    }
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": names["told"]},
        "immutable": True,
        "data": {"job.json": '{"kind": "PhiScan", "inputs": []}'},
    }
    # Admission lets nobody else make either; they may have been there before it was.
    ours = (f"--as={OPERATOR}", "--as-group=system:masters")
    for manifest in (forged, config, {**config, "metadata": {"name": names["job"]}}):
        done = await world.kubectl("admin", "create", "-f", "-", manifest=manifest)
        assert "Only the Preceptor operator makes" in done.stderr
        done = await world.kubectl("admin", "create", "-f", "-", *ours, manifest=manifest)
        assert done.returncode == 0, done.stderr
    world.node.answer = lambda job: good({**job, "kind": "PhiScan"})
    await world.start_operator()
    told = await world.condition("FineTuneRun", "job", "DatasetClean", "NameTaken")
    assert names["job"] in told["message"]
    told = await world.condition("FineTuneRun", "told", "Reconciled", "NameTaken")
    assert names["told"] in told["message"]
    assert names["told"] not in {job["metadata"]["name"] for job in await world.jobs()}
    for name in names:
        assert (await world.get("FineTuneRun", name))["status"]["state"] in ("Pending", "Scanning")


async def test_a_spec_that_only_the_operator_finds_wrong_ends_with_spec_invalid(world: World) -> None:
    """An older CRD, or one that somebody loosened, lets through what this operator cannot read."""
    crd = await world.get("crd", "finetuneruns.preceptor.dev")
    loose = {
        "spec": {
            "versions": [
                {
                    **crd["spec"]["versions"][0],
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                            },
                        }
                    },
                }
            ]
        }
    }
    await world.patch("crd", "finetuneruns.preceptor.dev", loose)
    try:
        wrong = changed(run("wrong"), "dataset.manifestDigest", "latest")
        for _ in range(50):
            done = await world.kubectl("admin", "create", "-f", "-", manifest=wrong)
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr
        await world.start_operator()
        ended = await world.state("FineTuneRun", "wrong", "Failed")
        assert ended["status"]["reason"] == "SpecInvalid"
        told = next(c for c in ended["status"]["conditions"] if c["type"] == "Stalled")
        assert "dataset.manifestDigest" in told["message"]
        assert "latest" not in told["message"]
        assert await world.jobs() == []
    finally:
        await world.kubectl("admin", "delete", "finetunerun", "wrong")
        await world.patch("crd", "finetuneruns.preceptor.dev", {"spec": {"versions": crd["spec"]["versions"]}})

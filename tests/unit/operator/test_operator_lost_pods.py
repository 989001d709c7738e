"""What becomes of work whose Job or pod is gone?"""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observations import CONFIG, DIGEST, NOW, owner, passed, resource, result, run_spec

from preceptor.exits import TryAgain
from preceptor_operator.finetunerun.decide import decide
from preceptor_operator.finetunerun.gather import Observed, gather
from preceptor_operator.finetunerun.works import Plan, stage_kind, work
from preceptor_operator.shared.attempts import latest
from preceptor_operator.shared.children import Work, render
from preceptor_operator.shared.outcome import ABSENT, Outcome
from preceptor_operator.shared.recorded import memory, recall

PLAN = Plan(owner=owner("FineTuneRun"), spec=run_spec(), config=CONFIG)
SCAN = work("scanDataset", PLAN, {})


class Cluster:
    """Jobs with their pods, by name."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}

    async def job_with_pods(self, namespace: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        return self.jobs.get(name, (None, []))

    def ended(self, done: Work, *, lost: bool, verdict: str = "pass") -> None:
        """A Job that ended, with its pod or without."""
        job = render(done)[1]
        condition = "Complete" if verdict == "pass" else "Failed"
        job["metadata"]["uid"] = f"job-{len(self.jobs)}"
        job["status"] = {
            "completionTime": "2026-11-24T11:00:00Z",
            "conditions": [{"type": condition, "status": "True", "lastTransitionTime": "2026-11-24T11:00:00Z"}],
        }
        said = result(done.job.document()["kind"], verdict, digests={**DIGEST, "job": done.job_digest})
        terminated = {"message": said.model_dump_json(by_alias=True, exclude_none=True), "exitCode": 0}
        pod = {
            "metadata": {"ownerReferences": [{"uid": job["metadata"]["uid"], "controller": True}]},
            "status": {
                "phase": "Succeeded" if verdict == "pass" else "Failed",
                "containerStatuses": [{"name": "main", "state": {"terminated": terminated}}],
            },
        }
        self.jobs[done.name] = (job, [] if lost else [pod])


class Chain:
    """Records by key and kind; None: out of reach."""

    def __init__(self, records: dict[tuple[str, str], dict[str, Any]] | None) -> None:
        self.records = records

    async def recorded(self, key: str, kind: str) -> Mapping[str, Any] | None:
        if self.records is None:
            raise TryAgain("No answer.")
        return self.records.get((key, kind))


async def see(cluster: Cluster, chain: Chain, **status: Any) -> Observed:
    """What is known about the run."""
    body = resource("FineTuneRun", PLAN.spec.document(), status=status)
    return await gather(body, jobs=cluster, chain=chain, config=CONFIG)


def after(attempts: int) -> list[Work]:
    """The scan's first attempts."""
    from dataclasses import replace

    return [replace(SCAN, attempt=number) for number in range(attempts)]


async def test_a_lost_pod_is_tried_again_under_another_name_and_its_job_stays_to_be_counted() -> None:
    cluster = Cluster()
    cluster.ended(SCAN, lost=True)
    decision = decide(await see(cluster, Chain({})), NOW)
    (again,) = decision.create
    assert (again.attempt, again.role) == (1, "scan-data")
    assert again.name != SCAN.name
    assert again.job_digest == SCAN.job_digest
    assert decision.delete_jobs == ()


@pytest.mark.parametrize(("lost", "state"), [(1, "Scanning"), (2, "Scanning"), (3, "Failed")])
async def test_a_run_whose_pods_are_always_lost_ends_when_its_retries_are_used_up(lost: int, state: str) -> None:
    cluster = Cluster()
    for attempt in after(lost):
        cluster.ended(attempt, lost=True)
    decision = decide(await see(cluster, Chain({})), NOW)
    assert decision.status["state"] == state
    if state == "Failed":
        assert decision.status["reason"] == "PodLost"
        told = next(c for c in decision.status["conditions"] if c["type"] == "Stalled")
        assert "3 times" in told["message"]


async def test_an_attempt_that_passes_after_a_lost_one_counts() -> None:
    cluster = Cluster()
    first, second = after(2)
    cluster.ended(first, lost=True)
    cluster.ended(second, lost=False)
    observed = await see(cluster, Chain({}))
    assert observed.outcomes["scanDataset"].phase == "Passed"
    assert observed.lost == (first.name,)
    ended = await see(cluster, Chain({}), state="Failed")
    assert {name for name, _ in decide(ended, NOW).expire} == {first.name, second.name}


@pytest.mark.parametrize("gone", ["pod", "job"])
async def test_a_recorded_stage_is_not_run_again_when_what_ran_it_is_gone(gone: str) -> None:
    cluster = Cluster()
    if gone == "pod":
        cluster.ended(SCAN, lost=True)
    key = "uid-1:scanDataset"
    record = {"about": {}, "stage": "scanDataset", **memory(passed("PhiScan"))}
    decision = decide(await see(cluster, Chain({(key, stage_kind("scanDataset")): record})), NOW)
    assert [made.role for made in decision.create] == ["train"]
    assert decision.status["scans"][0]["reportDigest"] == DIGEST["report"]
    # Said again, it is the same record.
    assert [told.append.body for told in decision.records if told.append.key == key] == [
        {**record, "about": {"kind": "FineTuneRun", "namespace": "clinic", "name": "triage", "uid": "uid-1"}}
    ]


async def test_a_recorded_failure_stays_one_when_its_pod_is_gone() -> None:
    cluster = Cluster()
    cluster.ended(SCAN, lost=True, verdict="fail")
    failed = Outcome(phase="Failed", reason="PhiFound", result=result("PhiScan", "fail", "PhiFound"))
    chain = Chain({("uid-1:scanDataset", stage_kind("scanDataset")): memory(failed)})
    decision = decide(await see(cluster, chain), NOW)
    assert (decision.status["state"], decision.status["reason"]) == ("Blocked", "PhiFound")


async def test_a_record_of_another_kind_under_that_key_says_nothing() -> None:
    chain = Chain({("uid-1:scanDataset", "inference"): memory(passed("PhiScan"))})
    decision = decide(await see(Cluster(), chain), NOW)
    assert [made.role for made in decision.create] == ["scan-data"]


async def test_nothing_is_started_while_the_chain_cannot_be_asked() -> None:
    with pytest.raises(TryAgain):
        await see(Cluster(), Chain(None))


async def test_an_ended_run_asks_the_chain_nothing() -> None:
    assert (await see(Cluster(), Chain(None), state="Succeeded")).outcomes["scanDataset"] == ABSENT


async def test_a_pod_that_tells_is_believed_without_the_chain() -> None:
    cluster = Cluster()
    cluster.ended(SCAN, lost=False)
    found = await latest(SCAN, cluster)
    assert found.outcome.phase == "Passed"


METRIC = {"metric": "accuracy", "value": "0.5", "count": 1, "total": 2, "verdict": "Reported"}


@given(
    st.sampled_from([("Passed", "pass"), ("Failed", "fail"), ("Failed", "error"), ("Inconclusive", "inconclusive")]),
    st.dictionaries(st.sampled_from(sorted(DIGEST)), st.sampled_from(sorted(DIGEST.values()))),
    st.dictionaries(st.sampled_from(["records", "type:NAME"]), st.integers(0, 2**53)),
    st.booleans(),
    st.booleans(),
)
def test_what_is_remembered_of_what_was_remembered_is_the_same(
    end: tuple[Any, Any], digests: dict[str, str], counts: dict[str, int], judged: bool, said: bool
) -> None:
    found = result("Evaluate", end[1], digests=digests, counts=counts, **({"metrics": [METRIC]} if judged else {}))
    outcome = Outcome(phase=end[0], reason="Fine", result=found if said else None, finished_at="2026-11-24T11:00:00Z")
    again = recall(memory(outcome), "Evaluate")
    assert again is not None
    assert memory(again) == memory(outcome)
    assert again.result == outcome.result


@pytest.mark.parametrize("body", [{}, {"phase": "Running"}, {"phase": "Passed", "verdict": "maybe"}])
def test_a_record_that_cannot_be_read_recalls_nothing(body: dict[str, Any]) -> None:
    assert recall(body, "Train") is None

"""What does the controller do when something refuses, and what does it wake?"""

from datetime import datetime
from typing import Any, cast

import pytest

from preceptor.exits import TryAgain
from preceptor_operator.edges.api import Api, ApiError
from preceptor_operator.engine.apply import Applier
from preceptor_operator.engine.controller import Controller
from preceptor_operator.shared.conditions import find
from preceptor_operator.shared.decision import Decision, Resource

KEY = ("FineTuneRun", "clinic", "triage")
GOOD = [{"type": "Succeeded", "status": "Unknown", "reason": "InProgress"}]


def body(kind: str = "FineTuneRun", name: str = "triage", version: str = "1", **spec: Any) -> dict[str, Any]:
    """An object as the API server holds it."""
    metadata = {"namespace": "clinic", "name": name, "uid": f"uid-{name}", "resourceVersion": version, "generation": 1}
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": {"state": "Training", "conditions": GOOD}}


class Server:
    """An API server with one list of objects; ``write`` takes the statuses that are written."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = list(objects)
        self.written: list[dict[str, Any]] = []
        self.broken: Exception | None = None

    async def get(self, path: str) -> dict[str, Any] | None:
        """The object whose name ends the path."""
        return next((found for found in self.objects if path.endswith("/" + found["metadata"]["name"])), None)

    async def list(self, path: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        return [found for found in self.objects if path.endswith(found["kind"].lower() + "s")]

    async def apply(self, resource: Resource, decision: Decision) -> None:
        """Where the applier would write."""
        if self.broken is not None:
            raise self.broken
        self.written.append(decision.status)


def controller(server: Server, *outcomes: Exception | Decision) -> Controller:
    """A controller whose reconciler does one of these after the other."""
    todo = list(outcomes)

    async def reconcile(resource: Resource, now: datetime) -> Decision:
        outcome = todo.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Controller(cast(Api, server), cast(Applier, server), {"FineTuneRun": reconcile})


def waiting(made: Controller) -> list[Any]:
    """Keys that are to be worked on now."""
    return list(made.queue._dirty)


@pytest.mark.parametrize(
    ("sentence", "error", "reason"),
    [
        ("an outage", TryAgain("No audit.", reason="AuditUnavailable"), "AuditUnavailable"),
        ("a refusal of the API server", ApiError(403, "exceeded quota"), "ApiServerRefused"),
        ("a status that does not fit", ApiError(422, "too long"), "ApiServerRefused"),
        ("a fault of ours", KeyError("a value that may be data"), "InternalError"),
    ],
)
async def test_what_keeps_a_run_from_going_on_is_told_in_its_status(
    sentence: str, error: Exception, reason: str
) -> None:
    server = Server(body())
    await controller(server, error).reconcile(KEY)
    (status,) = server.written
    told = find(status["conditions"], "Reconciled")
    assert told is not None
    assert (told["status"], told["reason"]) == ("False", reason)
    assert "may be data" not in str(told["message"])
    assert status["state"] == "Training"
    assert find(status["conditions"], "Succeeded") == GOOD[0]


@pytest.mark.parametrize(
    "error", [ApiError(409, "conflict"), ApiError(429, "slow down"), ApiError(500, "etcd"), OSError("reset")]
)
async def test_what_passes_by_itself_is_not_told(error: Exception) -> None:
    server = Server(body())
    await controller(server, error).reconcile(KEY)
    assert server.written == []


@pytest.mark.parametrize("broken", [ApiError(403, "no"), ValueError("no JSON"), KeyError("x"), TryAgain("no")])
@pytest.mark.parametrize("error", [TryAgain("No audit."), ApiError(403, "no"), ZeroDivisionError()])
async def test_a_reconcile_never_raises_since_that_would_end_the_operator(error: Exception, broken: Exception) -> None:
    server = Server(body())
    server.broken = broken
    made = controller(server, error)
    await made.reconcile(KEY)
    assert made.queue._failures == {KEY: 1}


async def test_a_success_ends_the_counting_of_failures() -> None:
    made = controller(Server(body()), TryAgain("No."), TryAgain("No."), Decision(status={}))
    for failures in ({KEY: 1}, {KEY: 2}, {}):
        await made.reconcile(KEY)
        assert made.queue._failures == failures


async def test_an_object_that_is_gone_is_forgotten() -> None:
    made = controller(Server())
    made.store.put(body())
    await made.reconcile(KEY)
    assert made.store.keys("FineTuneRun") == []


def test_an_event_wakes_the_object_and_what_rests_on_it() -> None:
    made = controller(Server())
    gate = body("EvalGate", "gate", adapter={"fineTuneRunRef": {"name": "triage"}})
    release = body("AdapterRelease", "release", evalGateRef={"name": "gate"})
    for other in (gate, release, body("EvalGate", "other", adapter={"fineTuneRunRef": {"name": "another"}})):
        made.store.put(other)
    made.seen("MODIFIED", body())
    assert waiting(made) == [KEY, ("EvalGate", "clinic", "gate")]
    made.seen("DELETED", gate)
    assert ("AdapterRelease", "clinic", "release") in waiting(made)


@pytest.mark.parametrize(
    ("sentence", "metadata", "woken"),
    [
        ("by its owner reference", {"ownerReferences": [{"kind": "FineTuneRun", "name": "triage"}]}, [KEY]),
        (
            "by its labels",
            {"labels": {"preceptor.dev/owner-kind": "FineTuneRun", "preceptor.dev/owner-name": "triage"}},
            [KEY],
        ),
        ("not by a label alone", {"labels": {"preceptor.dev/owner-kind": "FineTuneRun"}}, []),
        ("not by what is not ours", {"ownerReferences": [{"kind": "CronJob", "name": "triage"}]}, []),
        ("not without either", {}, []),
    ],
)
def test_a_job_wakes_its_owner(sentence: str, metadata: dict[str, Any], woken: list[Any]) -> None:
    made = controller(Server())
    made.seen("MODIFIED", {"kind": "Job", "metadata": {"namespace": "clinic", "name": "x", **metadata}})
    assert waiting(made) == woken


async def test_a_comparison_finds_what_the_watch_missed_and_drops_ghosts() -> None:
    made = controller(Server(body(version="2"), body(name="new")))
    for seen in (body(version="1"), body(name="ghost")):
        made.store.put(seen)
    await made._compare(())
    assert sorted(waiting(made)) == [("FineTuneRun", "clinic", "new"), KEY]
    assert sorted(made.store.keys("FineTuneRun")) == [("FineTuneRun", "clinic", "new"), KEY]
    assert not made.stale


async def test_a_watch_that_misses_the_same_object_twice_running_is_stale() -> None:
    server = Server(body(version="2"))
    made = controller(server)
    made.store.put(body(version="1"))
    await made._compare(())
    server.objects = [body(version="3")]
    await made._compare(())
    assert made.stale
    await made._compare(())
    assert not made.stale

"""In which order is a decision carried out, and what is counted?"""

from typing import Any, cast

import pytest
from observations import resource

from preceptor.api.audit import Append
from preceptor.exits import TryAgain
from preceptor_operator import metrics
from preceptor_operator.edges.api import Api, ApiError
from preceptor_operator.edges.audit import AuditClient
from preceptor_operator.edges.gateway import GatewayClient
from preceptor_operator.engine.apply import Applier
from preceptor_operator.shared.decision import Decision, Notice, Record, Resource
from preceptor_operator.shared.names import FINALIZER


class Outside:
    """API server, audit service and gateway in one, which note what is asked of them and fail where told to."""

    def __init__(self, **failures: Exception) -> None:
        self.asked: list[str] = []
        self.failures = failures

    def _note(self, what: str) -> None:
        if what in self.failures:
            raise self.failures[what]
        self.asked.append(what)

    async def append(self, record: Record) -> None:
        self._note("record")

    async def stop(self, namespace: str, name: str, digest: str, release_uid: str) -> None:
        self._note("stop")

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self._note("event" if "/events" in path else "create")
        return body

    async def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self._note("status" if path.endswith("/status") else "finalizer")
        return body

    async def delete(self, path: str) -> None:
        self._note("delete")

    def applier(self) -> Applier:
        """An applier that works on this."""
        return Applier(cast(Api, self), cast(AuditClient, self), cast(GatewayClient, self))


RELEASE = resource("AdapterRelease", {"target": {"gatewayRef": {"name": "gateway"}}}, finalizers=(FINALIZER,))
END = Decision(
    status={"state": "Denied", "reason": "ManifestMismatch"},
    records=(Record(append=Append(key="uid-1:denied", kind="adapterrelease.denied", body={})),),
    stop_serving="sha256:" + "1" * 64,
    finalizer=False,
    notices=(Notice(type="Warning", reason="ManifestMismatch", message="Bytes changed."),),
)


async def test_what_stops_comes_first_then_the_record_then_what_people_see() -> None:
    outside = Outside()
    await outside.applier().apply(RELEASE, END)
    assert outside.asked == ["stop", "record", "event", "status", "finalizer"]


async def test_without_audit_serving_stops_and_nothing_else_happens() -> None:
    outside = Outside(record=TryAgain("No receipt."))
    with pytest.raises(TryAgain):
        await outside.applier().apply(RELEASE, END)
    assert outside.asked == ["stop"]


async def test_a_status_waits_for_an_event_that_may_be_taken_later() -> None:
    outside = Outside(event=ApiError(500, "etcd is away"))
    with pytest.raises(ApiError):
        await outside.applier().apply(RELEASE, END)
    assert outside.asked == ["stop", "record"]


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_an_event_that_is_never_taken_keeps_no_status_from_being_written(status: int) -> None:
    outside = Outside(event=ApiError(status, "the namespace is going away"))
    await outside.applier().apply(RELEASE, END)
    assert outside.asked == ["stop", "record", "status", "finalizer"]


def found() -> float:
    """The counter of findings."""
    return float(metrics.PHI_FINDINGS._value.get())


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [("Scanning", "Blocked", 3), ("Blocked", "Blocked", 0), ("Scanning", "Failed", 0), ("Verifying", "Succeeded", 0)],
)
async def test_findings_are_counted_once_when_they_block_a_run(before: str, after: str, counted: int) -> None:
    run: Resource = resource("FineTuneRun", {}, status={"state": before, "reason": "ScanRunning"})
    scans = [{"target": "dataset", "findings": 3}, {"target": "outputs"}]
    start = found()
    await Outside().applier().apply(run, Decision(status={"state": after, "reason": "PhiFound", "scans": scans}))
    assert found() - start == counted

"""What stands in for nodes, the audit service's authentication and a gateway in the operator's integration tests.

All of it lies below a seam whose real side the end-to-end tests run: real pods, a real TokenReview, a real gateway.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from aiohttp import web
from cluster_processes import ApiServer
from kubernetes import client
from tests.ports import free_port

from preceptor.api.gateway import ADMIN_PATH
from preceptor.api.jobs import Result, job_digest
from preceptor.digests import digest_json
from preceptor.identity import Identity
from preceptor.keys import load_public_keys
from preceptor_eval.audit_service.app import create_app
from preceptor_eval.audit_service.settings import Settings

SELECTOR = "app.kubernetes.io/managed-by=preceptor"
DIGESTS = {
    name: "sha256:" + digit * 64
    for name, digit in zip(
        ("adapter", "baseModel", "tokenizer", "chatTemplate", "dataset", "report", "provenance", "seal", "outputs"),
        "12345678a",
        strict=True,
    )
}


def metric(name: str, **fields: Any) -> dict[str, Any]:
    """A metric as the evaluator reports it."""
    return {"metric": name, "verdict": "Pass", **fields}


# Bounds at confidence 0.95, which the operator computes again.
ALL_OF_300 = {"count": 300, "total": 300, "value": "1", "lower": "0.990063", "upper": "1"}
THREE_OF_300 = {"count": 3, "total": 300, "value": "0.01", "lower": "0.002730", "upper": "0.025647"}
NONE_OF_300 = {"count": 0, "total": 300, "value": "0", "lower": "0", "upper": "0.009937"}
GOOD_METRICS = (
    metric("emergency_recall", **ALL_OF_300, threshold=">= 0.98"),
    metric("over_triage_rate", **THREE_OF_300, threshold="<= 0.20"),
    metric("hallucination_rate", **THREE_OF_300, threshold="<= 0.05"),
    metric("prescriptive_rate", **NONE_OF_300, threshold="<= 0.05"),
    metric("phi_leak_rate", **NONE_OF_300, threshold="<= 0.02"),
)


def good(job: dict[str, Any]) -> Result:
    """The Result of a Job for which everything goes well."""
    kind = job["kind"]
    counts = {"findings": 0, "records": 30} if kind == "PhiScan" else {"steps": 3, "records": 30}
    digests = dict(DIGESTS)
    if kind == "Evaluate":
        suites = digest_json([suite["digest"] for suite in job["suites"]])
        digests = {"report": DIGESTS["report"], "candidate": job["candidateDigest"], "suites": suites}
    digests["job"] = job_digest(job)
    reason = {
        "PhiScan": "Clean",
        "Fetch": "Fetched",
        "Train": "Trained",
        "Seal": "Sealed",
        "Verify": "Verified",
        "Evaluate": "ThresholdsMet",
    }
    fields: dict[str, Any] = {"metrics": GOOD_METRICS} if kind == "Evaluate" else {}
    return Result.model_validate(
        {"kind": kind, "verdict": "pass", "reason": reason[kind], "digests": digests, "counts": counts, **fields}
    )


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a Job and its pod end."""

    message: str = ""
    exit_code: int = 0
    # Of the container's end; ``None``: the pod was evicted and its containers left nothing.
    why: str | None = "Completed"
    # The Job's condition, and its reason where it failed.
    complete: bool = True
    reason: str = "PodFailurePolicy"
    # False: the message is left by a pod that nothing owns, and the Job's own pod leaves none.
    owned: bool = True
    # True: the Job has ended and its pod is gone, as after its node was removed.
    lost: bool = False
    # An earlier pod that exited with 75 and was replaced.
    tried_before: bool = False


def ending(answer: Result | str | Ending) -> Ending:
    """A Result ends a Job as the images do; a text is a pod that ended well and left just that."""
    if isinstance(answer, Ending):
        return answer
    if isinstance(answer, str):
        return Ending(message=answer)
    text = answer.model_dump_json(by_alias=True, exclude_none=True)
    passed = answer.verdict == "pass"
    return Ending(message=text, exit_code=0 if passed else 1, why="Completed" if passed else "Error", complete=passed)


Answer = Callable[[dict[str, Any]], Result | str | Ending | None]
NOW = "2026-01-01T00:00:00Z"


@dataclass
class Node:
    """Runs Jobs: answers each with a Result, exactly once, as a pod of its own would."""

    server: ApiServer
    namespace: str
    answer: Answer = good
    ran: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Look for Jobs until cancelled."""
        with self.server.client("admin") as api:
            # Admission lets nobody else make and end the operator's pods; the group gives it a node's rights too.
            api.set_default_header("Impersonate-User", "system:serviceaccount:kube-system:job-controller")  # type: ignore[no-untyped-call]
            api.set_default_header("Impersonate-Group", "system:masters")  # type: ignore[no-untyped-call]
            batch, core = client.BatchV1Api(api), client.CoreV1Api(api)
            while True:
                jobs = await asyncio.to_thread(batch.list_namespaced_job, self.namespace, label_selector=SELECTOR)
                for job in jobs.items:
                    if job.metadata.uid not in self.ran and not job.spec.suspend:
                        await asyncio.to_thread(self._finish, batch, core, job)
                await asyncio.sleep(0.1)

    def _finish(self, batch: client.BatchV1Api, core: client.CoreV1Api, job: Any) -> None:
        config = core.read_namespaced_config_map(job.metadata.name, self.namespace)
        document = json.loads(config.data["job.json"])
        answer = self.answer(document)
        if answer is None:
            return
        self.ran.append(job.metadata.uid)
        self.kinds.append(document["kind"])
        end = ending(answer)
        if end.tried_before:
            self._pod(core, job, Ending(exit_code=75, why="Error", complete=False), "x0")
        if not end.owned:
            self._pod(core, job, Ending(), "x0")
        if not end.lost:
            self._pod(core, job, end, "x1")
        kinds = ("SuccessCriteriaMet", "Complete") if end.complete else ("FailureTarget", "Failed")
        why = {} if end.complete else {"reason": end.reason}
        conditions = [
            {"type": kind, "status": "True", "lastProbeTime": NOW, "lastTransitionTime": NOW, **why} for kind in kinds
        ]
        count = {"completionTime": NOW, "succeeded": 1} if end.complete else {"failed": 1}
        status = {"startTime": NOW, "conditions": conditions, **count}
        batch.patch_namespaced_job_status(job.metadata.name, self.namespace, {"status": status})

    def _pod(self, core: client.CoreV1Api, job: Any, end: Ending, suffix: str) -> None:
        name = f"{job.metadata.name}-{suffix}"
        reference = {"apiVersion": "batch/v1", "kind": "Job", "name": job.metadata.name, "uid": job.metadata.uid}
        labels = {**job.metadata.labels, "batch.kubernetes.io/job-name": job.metadata.name}
        owners = [{**reference, "controller": True}] if end.owned else []
        body = {
            "metadata": {"name": name, "labels": labels, "ownerReferences": owners},
            "spec": {"containers": [{"name": "main", "image": "x"}]},
        }
        core.create_namespaced_pod(self.namespace, body)
        terminated = {"exitCode": end.exit_code, "reason": end.why, "message": end.message}
        container = {"name": "main", "image": "x", "imageID": "x", "ready": False, "restartCount": 0}
        status = {
            "phase": "Succeeded" if end.exit_code == 0 and end.why else "Failed",
            "containerStatuses": [{**container, "state": {"terminated": terminated}}] if end.why else [],
        }
        core.patch_namespaced_pod_status(name, self.namespace, {"status": status})


class Door:
    """A port before a server, which can be shut: connections are then refused, as those to a pod that is gone."""

    def __init__(self, port: int) -> None:
        self.port, self._inside = free_port(), port
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Let everybody through."""
        self._server = await asyncio.start_server(self._enter, "127.0.0.1", self.port)

    async def shut(self) -> None:
        """Refuse whoever comes, and cut off whoever is in."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._passing:
            writer.close()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner = await asyncio.open_connection("127.0.0.1", self._inside)
        self._passing |= {writer, inner}
        try:
            await asyncio.gather(_copy(reader, inner), _copy(inner_reader, writer))
        finally:
            self._passing -= {writer, inner}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()


class Anyone:
    """Believes every token: who is asked lies outside of these tests."""

    async def identify(self, token: str, audience: str) -> Identity:
        """The operator, whatever the token says."""
        return Identity("operator")


@contextlib.asynccontextmanager
async def audit_service(folder: Path, keys: Path) -> AsyncIterator[int]:
    """The real audit service on a real chain; only authentication is stood in for. Yields its port."""
    from preceptor.audit.log import AuditLog

    settings = Settings(database=folder / "audit.db", port=free_port(), writers=frozenset({"operator"}))
    app = create_app(AuditLog(settings.database), settings, Anyone(), load_public_keys(keys / "signing.pub"))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.02)
    try:
        yield settings.port
    finally:
        server.should_exit = True
        await task


@dataclass
class Gateway:
    """A gateway that serves whatever it is handed, or refuses it."""

    refuse: str | None = None
    handed: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=lambda: {"state": "Empty"})

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Listen; yields the port."""
        app = web.Application()
        app.add_routes(
            [
                web.get(ADMIN_PATH, self._get),
                web.put(ADMIN_PATH, self._put),
                web.delete(ADMIN_PATH + "/{digest}", self._delete),
            ]
        )
        runner, port = web.AppRunner(app), free_port()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield port
        finally:
            await runner.cleanup()

    async def _get(self, _: web.Request) -> web.Response:
        return web.json_response(self.state)

    async def _put(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.handed.append(body)
        self.state = {
            "state": "Refused" if self.refuse else "Serving",
            "candidateDigest": body["candidateDigest"],
            "releaseUid": body["release"]["uid"],
            "reason": self.refuse,
        }
        return web.json_response(self.state)

    async def _delete(self, _: web.Request) -> web.Response:
        self.state = {"state": "Empty"}
        return web.json_response(self.state)

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
from cluster_processes import ApiServer, free_port
from kubernetes import client

from preceptor.api.gateway import ADMIN_PATH
from preceptor.api.jobs import Result
from preceptor.identity import Identity
from preceptor.keys import load_public_keys
from preceptor_eval.audit_service.app import create_app
from preceptor_eval.audit_service.settings import Settings

SELECTOR = "app.kubernetes.io/managed-by=preceptor"
DIGESTS = {
    name: "sha256:" + digit * 64
    for name, digit in zip(
        ("adapter", "baseModel", "tokenizer", "chatTemplate", "dataset", "report", "provenance", "seal"),
        "12345678",
        strict=True,
    )
}
Answer = Callable[[dict[str, Any]], Result | str | None]


def metric(name: str, **fields: Any) -> dict[str, Any]:
    """A metric as the evaluator reports it."""
    return {"metric": name, "verdict": "Pass", "count": 148, "total": 150, **fields}


GOOD_METRICS = (
    metric("emergency_recall", value="1.0", lower="0.985", upper="1.0", threshold=">= 0.98"),
    metric("over_triage_rate", value="0.01", lower="0.0", upper="0.05", threshold="<= 0.20"),
    metric("hallucination_rate", value="0.01", lower="0.0", upper="0.04", threshold="<= 0.05"),
)


def good(job: dict[str, Any]) -> Result:
    """The Result of a Job for which everything goes well."""
    kind = job["kind"]
    counts = {"findings": 0, "records": 30} if kind == "PhiScan" else {"steps": 3, "records": 30}
    digests = dict(DIGESTS)
    if kind == "Evaluate":
        digests = {"report": DIGESTS["report"], "candidate": job["candidateDigest"]}
    reason = {
        "PhiScan": "Clean",
        "Train": "Trained",
        "Seal": "Sealed",
        "Verify": "Verified",
        "Evaluate": "ThresholdsMet",
    }
    fields: dict[str, Any] = {"metrics": GOOD_METRICS} if kind == "Evaluate" else {}
    return Result.model_validate(
        {"kind": kind, "verdict": "pass", "reason": reason[kind], "digests": digests, "counts": counts, **fields}
    )


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
        result = self.answer(document)
        if result is None:
            return
        self.ran.append(job.metadata.uid)
        self.kinds.append(document["kind"])
        passed = isinstance(result, Result) and result.verdict == "pass"
        message = result.model_dump_json(by_alias=True, exclude_none=True) if isinstance(result, Result) else result
        self._pod(core, job, message, passed=passed)
        now = "2026-01-01T00:00:00Z"
        if passed or not isinstance(result, Result):
            status = {
                "startTime": now,
                "completionTime": now,
                "succeeded": 1,
                "conditions": [
                    {"type": kind, "status": "True", "lastProbeTime": now, "lastTransitionTime": now}
                    for kind in ("SuccessCriteriaMet", "Complete")
                ],
            }
        else:
            status = {
                "startTime": now,
                "failed": 1,
                "conditions": [
                    {
                        "type": kind,
                        "status": "True",
                        "reason": "PodFailurePolicy",
                        "lastProbeTime": now,
                        "lastTransitionTime": now,
                    }
                    for kind in ("FailureTarget", "Failed")
                ],
            }
        batch.patch_namespaced_job_status(job.metadata.name, self.namespace, {"status": status})

    def _pod(self, core: client.CoreV1Api, job: Any, message: str, *, passed: bool) -> None:
        name = f"{job.metadata.name}-x"
        reference = {"apiVersion": "batch/v1", "kind": "Job", "name": job.metadata.name, "uid": job.metadata.uid}
        labels = {**job.metadata.labels, "batch.kubernetes.io/job-name": job.metadata.name}
        body = {
            "metadata": {"name": name, "labels": labels, "ownerReferences": [{**reference, "controller": True}]},
            "spec": {"containers": [{"name": "main", "image": "x"}]},
        }
        core.create_namespaced_pod(self.namespace, body)
        terminated = {"exitCode": 0 if passed else 1, "message": message}
        containers = [
            {
                "name": "main",
                "image": "x",
                "imageID": "x",
                "ready": False,
                "restartCount": 0,
                "state": {"terminated": terminated},
            }
        ]
        status = {"phase": "Succeeded" if passed else "Failed", "containerStatuses": containers}
        core.patch_namespaced_pod_status(name, self.namespace, {"status": status})


class Anyone:
    """Believes every token: who is asked lies outside of these tests."""

    async def identify(self, token: str, audience: str) -> Identity:
        """The operator, whatever the token says."""
        return Identity("operator")


@contextlib.asynccontextmanager
async def audit_service(folder: Path, keys: Path) -> AsyncIterator[str]:
    """The real audit service on a real chain; only authentication is stood in for. Yields its URL."""
    from preceptor.audit.log import AuditLog

    settings = Settings(database=folder / "audit.db", port=free_port(), writers=frozenset({"operator"}))
    app = create_app(AuditLog(settings.database), settings, Anyone(), load_public_keys(keys / "signing.pub"))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{settings.port}"
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
    async def serving(self) -> AsyncIterator[str]:
        """Listen; yields the base URL."""
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
            yield f"http://127.0.0.1:{port}"
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

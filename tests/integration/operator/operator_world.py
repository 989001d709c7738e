"""What does an operator's test work with: one namespace with an operator, a node, an audit service and a gateway?"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster_processes import OPERATOR, ApiServer
from resources import approval, gate, prompt, release, run, service
from stand_ins import Door, Gateway, Node
from tests.ports import free_port

from preceptor.audit.log import AuditLog
from preceptor.audit.verify import verify
from preceptor.keys import load_public_keys
from preceptor_operator.config import OperatorConfig
from preceptor_operator.engine.connection import ConnectionInfo
from preceptor_operator.main import Operator

PLURALS = {"FineTuneRun": "finetunerun", "EvalGate": "evalgate", "AdapterRelease": "adapterrelease"}
PATH = ["PhiScan", "Train", "PhiScan", "Seal", "Verify", "Evaluate", "Verify", "Verify"]


class Fate:
    """Ends an operator right after its next write that changed anything, as a kill or a power cut would.

    Whatever the operator wants of anybody afterwards is never asked for, so nothing tidies up behind it.
    """

    def __init__(self, recorded: set[int]) -> None:
        self.met = asyncio.Event()
        self.write = ""
        self._recorded = recorded

    def befall(self, operator: Operator) -> None:
        """Watch over every way in which an operator reaches others."""
        api, audit, gateways = operator._api, operator._audit, operator._gateways
        ask, record, serve = api.request, audit._call, gateways._call

        async def request(method: str, path: str, **options: Any) -> dict[str, Any]:
            await self._pause()
            answer = await ask(method, path, **options)
            if method != "GET":
                await self._end(f"{method} {path}")
            return answer

        async def recorded(method: str, path: str, **options: Any) -> tuple[int, Any]:
            await self._pause()
            status, answer = await record(method, path, **options)
            if method == "POST" and answer.get("sequence") not in self._recorded:
                self._recorded.add(answer.get("sequence"))
                await self._end(f"{method} {path} {options['json']['kind']}")
            return status, answer

        async def served(method: str, *where: str, **options: Any) -> tuple[int, Any]:
            await self._pause()
            answer = await serve(method, *where, **options)
            if method != "GET":
                await self._end(f"{method} gateway")
            return answer

        api.request, audit._call, gateways._call = request, recorded, served  # type: ignore[method-assign]

    async def _pause(self) -> None:
        if self.met.is_set():
            await asyncio.Event().wait()

    async def _end(self, write: str) -> None:
        if not self.met.is_set():
            self.write = write
            self.met.set()
        await self._pause()


@dataclass
class World:
    """One namespace with an operator, a node, an audit service and a gateway."""

    server: ApiServer
    namespace: str
    config: OperatorConfig
    folder: Path
    node: Node
    gateway: Gateway
    opa: Door
    audit: Door
    gateway_door: Door
    revision: str
    connection: Callable[[], ConnectionInfo]
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    stops: list[asyncio.Event] = field(default_factory=list)

    async def start_operator(self, fate: Fate | None = None, **changes: Any) -> asyncio.Event:
        """Start an operator process' worth of operator; set the event to stop it."""
        config = self.config.model_copy(update={"health_port": free_port(), **changes})
        stop = asyncio.Event()
        operator = Operator(config, self.connection)
        if fate is not None:
            fate.befall(operator)
        self.stops.append(stop)
        self.tasks.append(asyncio.create_task(operator.run(stop)))
        return stop

    async def stop_operators(self) -> None:
        """Stop every operator and wait until it is gone."""
        for stop in self.stops:
            stop.set()
        await asyncio.wait_for(asyncio.gather(*self.tasks, return_exceptions=True), 20)
        self.tasks.clear()
        self.stops.clear()

    async def kubectl(self, user: str, *arguments: str, manifest: Any = None) -> Any:
        """kubectl in this namespace without blocking the operator's loop."""
        return await asyncio.to_thread(self.server.kubectl, user, *arguments, "-n", self.namespace, manifest=manifest)

    async def refused(self, user: str, *arguments: str, seconds: float = 30) -> None:
        """Wait until kubectl is refused what it asks for: new rules take some time to come into force."""
        async with asyncio.timeout(seconds):
            while (await self.kubectl(user, *arguments)).returncode == 0:  # noqa: ASYNC110 - on the API server
                await asyncio.sleep(0.2)

    async def accepted(self, user: str, *arguments: str, seconds: float = 30) -> None:
        """Wait until kubectl is allowed what it asks for."""
        async with asyncio.timeout(seconds):
            while (await self.kubectl(user, *arguments)).returncode != 0:  # noqa: ASYNC110 - on the API server
                await asyncio.sleep(0.2)

    async def apply(self, manifest: dict[str, Any], user: str = "admin") -> None:
        """Apply a manifest; it must be accepted."""
        manifest["metadata"]["namespace"] = self.namespace
        done = await self.kubectl(user, "apply", "--server-side", "-f", "-", manifest=manifest)
        assert done.returncode == 0, done.stderr

    async def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object as it is now."""
        found: dict[str, Any] = await asyncio.to_thread(
            self.server.get, "admin", PLURALS.get(kind, kind), name, "-n", self.namespace
        )
        return found

    async def state(self, kind: str, name: str, *wanted: str, seconds: float = 45) -> dict[str, Any]:
        """Wait until the object is in one of these states, and return it."""
        found: dict[str, Any] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    found = await self.get(kind, name)
                    if (found.get("status") or {}).get("state") in wanted:
                        return found
                    await asyncio.sleep(0.2)
        raise AssertionError(f"{kind} {name} never became {wanted}: {found.get('status')}")

    async def quiet(self, kind: str, name: str) -> dict[str, Any]:
        """Wait until an object has not changed for a while that every reaction of the operator fits into."""
        found = await self.get(kind, name)
        while True:
            await asyncio.sleep(2)
            before, found = found, await self.get(kind, name)
            if before["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]:
                return found

    async def condition(self, kind: str, name: str, type_: str, reason: str, seconds: float = 45) -> dict[str, Any]:
        """Wait until the object says this in a condition, and return the condition."""
        found: dict[str, Any] = {}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = await self.get(kind, name)
            for condition in (found.get("status") or {}).get("conditions") or ():
                if (condition["type"], condition["reason"]) == (type_, reason):
                    told: dict[str, Any] = condition
                    return told
            await asyncio.sleep(0.2)
        raise AssertionError(f"{kind} {name} never said {type_} {reason}: {found.get('status')}")

    async def examined(self) -> str:
        """Walk a run and its gate to their good ends; returns the digest of the candidate."""
        for manifest in (prompt(), service(), run(), gate()):
            await self.apply(manifest)
        found = await self.state("EvalGate", "triage", "Passed", "Failed", "Inconclusive")
        assert found["status"]["state"] == "Passed", found["status"]
        return str(found["status"]["candidateDigest"])

    async def asked(self, **spec: Any) -> dict[str, Any]:
        """A release that alice asked for and that waits for approvals."""
        await self.apply(release(await self.examined(), self.revision, **spec), user="alice")
        return await self.state("AdapterRelease", "triage", "AwaitingApproval")

    async def approve(self, waiting: dict[str, Any], user: str = "carol") -> None:
        """A clinician signs a release as it stands."""
        patch = {"spec": {"approvals": [approval(waiting, user)]}}
        await self.patch("AdapterRelease", waiting["metadata"]["name"], patch, user=user)

    async def released(self) -> dict[str, Any]:
        """Walk the whole path to a served release."""
        await self.approve(await self.asked())
        return await self.state("AdapterRelease", "triage", "Released")

    async def patch(self, kind: str, name: str, patch: dict[str, Any], *options: str, user: str = "admin") -> None:
        """Merge a patch into an object; it must be accepted."""
        arguments = (PLURALS.get(kind, kind), name, "--type=merge", f"--patch={json.dumps(patch)}", *options)
        done = await self.kubectl(user, "patch", *arguments)
        assert done.returncode == 0, done.stderr

    async def forge(self, kind: str, name: str, status: dict[str, Any] | None) -> None:
        """Write into a status with the operator's own rights; nobody else has them."""
        await self.patch(kind, name, {"status": status}, "--subresource=status", user=OPERATOR)

    async def jobs(self) -> list[dict[str, Any]]:
        """All Jobs."""
        found = await asyncio.to_thread(self.server.get, "admin", "jobs", "-n", self.namespace)
        items: list[dict[str, Any]] = found["items"]
        return items

    async def jobs_appeared(self, count: int, seconds: float = 60) -> None:
        """Wait until there are so many Jobs."""
        async with asyncio.timeout(seconds):
            while len(await self.jobs()) < count:  # noqa: ASYNC110 - the event is on the API server
                await asyncio.sleep(0.05)

    def body(self, kind: str) -> dict[str, Any]:
        """Body of the one record of a kind."""
        log = AuditLog(self.folder / "audit.db")
        try:
            (record,) = log.read(kind=kind)
        finally:
            log.close()
        body: dict[str, Any] = json.loads(record.body)
        return body

    def records(self) -> list[tuple[str, str]]:
        """Key and kind of every record of the audit chain, which must be whole, and hold each key once."""
        path = self.folder / "audit.db"
        found = verify(path, public_keys=load_public_keys(Path(self.config.keys_dir) / "signing.pub"))
        assert found.findings == ()
        log = AuditLog(path)
        try:
            records = [(record.key, record.kind) for record in log.read(limit=500)]
        finally:
            log.close()
        assert len(records) == found.size == len({key for key, _ in records})
        return records

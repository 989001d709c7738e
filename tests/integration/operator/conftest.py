"""How is a real operator run against the real API server and OPA?"""

import asyncio
import contextlib
import datetime
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kopf
import pytest
from cluster_processes import OPERATOR, ApiServer, free_port
from opa_process import Opa
from stand_ins import Gateway, Node, audit_service

from preceptor import keys
from preceptor_operator.config import OperatorConfig
from preceptor_operator.engine.connection import ConnectionInfo
from preceptor_operator.main import Operator

PLURALS = {"FineTuneRun": "finetunerun", "EvalGate": "evalgate", "AdapterRelease": "adapterrelease"}


@dataclass
class World:
    """One namespace with an operator, a node, an audit service and a gateway."""

    server: ApiServer
    namespace: str
    config: OperatorConfig
    folder: Path
    node: Node
    gateway: Gateway
    connection: Callable[[], ConnectionInfo]
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    stops: list[asyncio.Event] = field(default_factory=list)

    async def start_operator(self, **changes: Any) -> asyncio.Event:
        """Start an operator process' worth of operator; set the event to stop it."""
        config = self.config.model_copy(update={"health_port": free_port(), **changes})
        stop = asyncio.Event()
        self.stops.append(stop)
        self.tasks.append(asyncio.create_task(Operator(config, self.connection).run(stop)))
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


@pytest.fixture
async def world(
    admission_installed: ApiServer,
    operator_rights: ApiServer,
    namespace: str,
    opa: Opa,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    """A namespace in which an operator can be started."""
    server = operator_rights
    folder = tmp_path / "keys"
    keys.write(keys.generate(("localhost",), datetime.datetime.now(datetime.UTC)), folder)
    kubeconfig = server.kubeconfig(OPERATOR)
    for role, subject in (
        ("preceptor-edit", "--user=alice"),
        ("preceptor-edit", "--group=clinical-governance"),
        ("preceptor-approve", "--group=clinical-governance"),
    ):
        name = f"{role}-{subject.split('=')[1].replace(':', '-')}-{namespace}"
        bound = server.kubectl("admin", "create", "clusterrolebinding", name, f"--clusterrole={role}", subject)
        assert bound.returncode == 0, bound.stderr
    monkeypatch.setitem(os.environ, "KUBECONFIG", str(kubeconfig))
    monkeypatch.setitem(os.environ, "POD_NAMESPACE", "preceptor-system")

    def connection() -> ConnectionInfo:
        found = kopf.login_with_kubeconfig(settings=kopf.OperatorSettings())
        assert found is not None
        return found

    gateway = Gateway()
    (tmp_path / "token").write_text("token")
    async with audit_service(tmp_path, folder) as audit_url, gateway.serving() as gateway_url:
        config = OperatorConfig.model_validate(
            {
                "images": {"trainer": "trainer:1", "eval": "eval:1"},
                "audit": {"url": audit_url, "tokenFile": str(tmp_path / "token")},
                "opa": {"host": opa.host, "port": opa.port},
                "gateways": {"overrides": {f"{namespace}/triage-gateway": gateway_url}},
                "keysDir": str(folder),
                "namespaces": [namespace],
                "leaderElection": {"leaseSeconds": 3, "renewSeconds": 2, "retrySeconds": 0.3},
            }
        )
        node = Node(server, namespace)
        made = World(server, namespace, config, tmp_path, node, gateway, connection)
        running = asyncio.create_task(node.run())
        try:
            yield made
        finally:
            await made.stop_operators()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

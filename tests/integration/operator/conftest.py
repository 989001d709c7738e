"""How is a real operator run against the real API server and OPA?"""

import asyncio
import datetime
import os
from collections.abc import AsyncIterator
from pathlib import Path

import kopf
import pytest
from cluster_processes import OPERATOR, ApiServer
from opa_process import Opa
from operator_world import World
from stand_ins import Door, Gateway, Node, audit_service

from preceptor import keys
from preceptor_operator.config import OperatorConfig
from preceptor_operator.engine.connection import ConnectionInfo


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
    async with audit_service(tmp_path, folder) as audit_port, gateway.serving() as gateway_port:
        doors = Door(opa.port), Door(audit_port), Door(gateway_port)
        for door in doors:
            await door.open()
        config = OperatorConfig.model_validate(
            {
                "images": {"trainer": "trainer:1", "eval": "eval:1"},
                "audit": {"url": f"http://127.0.0.1:{doors[1].port}", "tokenFile": str(tmp_path / "token")},
                "opa": {"host": opa.host, "port": doors[0].port},
                "gateways": {
                    "allowed": [f"{namespace}/triage-gateway"],
                    "overrides": {f"{namespace}/triage-gateway": f"http://127.0.0.1:{doors[2].port}"},
                },
                "keysDir": str(folder),
                "namespaces": [namespace],
                # An operator that stops gives the lease back, so that nobody waits for it to run out.
                "leaderElection": {"retrySeconds": 0.3},
            }
        )
        node = Node(server, namespace)
        made = World(server, namespace, config, tmp_path, node, gateway, *doors, opa.revision, connection)
        running = asyncio.create_task(node.run())
        try:
            yield made
        finally:
            await made.stop_operators()
            running.cancel()
            (ended,) = await asyncio.gather(running, return_exceptions=True)
            # A node that died makes every wait of a test run out; its own error says more.
            assert isinstance(ended, asyncio.CancelledError), ended
            for door in doors:
                await door.shut()

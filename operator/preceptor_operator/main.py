"""How is the operator put together and run?"""

import asyncio
import logging
import os
import signal
import ssl
import sys
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from kopf import ConnectionInfo

from preceptor.exits import Exit, PreceptorError
from preceptor.keys import load_public_keys, load_signing_key
from preceptor_operator.adapterrelease.decide import decide as decide_release
from preceptor_operator.adapterrelease.gather import gather as gather_release
from preceptor_operator.config import OperatorConfig, load
from preceptor_operator.edges.api import Api
from preceptor_operator.edges.audit import AuditClient
from preceptor_operator.edges.gateway import GatewayClient
from preceptor_operator.edges.objects import ObjectReader
from preceptor_operator.edges.policy import PolicyClient
from preceptor_operator.engine.apply import Applier
from preceptor_operator.engine.connection import connect, own_namespace
from preceptor_operator.engine.controller import Controller, Reconciler
from preceptor_operator.engine.lease import Lease
from preceptor_operator.engine.servers import ProgressBoard, health_application, progress_application, serve
from preceptor_operator.engine.watch import Watch
from preceptor_operator.evalgate.decide import decide as decide_gate
from preceptor_operator.evalgate.gather import gather as gather_gate
from preceptor_operator.finetunerun.decide import decide as decide_run
from preceptor_operator.finetunerun.gather import gather as gather_run
from preceptor_operator.finetunerun.works import TERMINAL as RUN_ENDED
from preceptor_operator.shared.decision import Decision, Resource

log = logging.getLogger("preceptor.operator")
# Progress reaches the status at most this often.
PROGRESS_SECONDS = 5.0


class Operator:
    """One operator process."""

    def __init__(self, config: OperatorConfig, connection: Callable[[], ConnectionInfo] = connect) -> None:
        keys = Path(config.keys_dir)
        self._config, self._connection = config, connection
        self._api = Api(connection, config.writes_per_second)
        self._audit = AuditClient(
            config.audit, load_signing_key(keys / "signing.key"), load_public_keys(keys / "signing.pub")
        )
        self._gateways = GatewayClient(config.gateways)
        self._policy = PolicyClient(config.opa)
        self._objects = ObjectReader(self._api)
        self._ca = (keys / "ca.crt").read_text() if config.progress.url else None
        self._controller = Controller(self._api, Applier(self._api, self._audit, self._gateways), self._reconcilers())
        self._board = ProgressBoard(self._progressed)
        self._pending_progress: set[tuple[str, str]] = set()
        self._started = False
        self._leading = False

    def _reconcilers(self) -> dict[str, Reconciler]:
        return {"FineTuneRun": self._run_of, "EvalGate": self._gate_of, "AdapterRelease": self._release_of}

    async def _run_of(self, resource: Resource, now: datetime) -> Decision:
        observed = await gather_run(
            resource,
            jobs=self._objects,
            chain=self._audit,
            config=self._config,
            progress_ca=self._ca,
            progress=self._progress,
        )
        decision = decide_run(observed, now)
        if decision.status.get("state") in RUN_ENDED:
            self._board.forget(resource.namespace, resource.name)
        return decision

    def _progress(self, namespace: str, name: str, job: str) -> Any:
        return self._board.latest(namespace, name, job)

    async def _gate_of(self, resource: Resource, now: datetime) -> Decision:
        return decide_gate(
            await gather_gate(resource, reader=self._objects, chain=self._audit, config=self._config), now
        )

    async def _release_of(self, resource: Resource, now: datetime) -> Decision:
        observed = await gather_release(
            resource,
            reader=self._objects,
            evidence=self._audit,
            policy=self._policy,
            gateway=self._gateways,
            config=self._config,
            now=now,
        )
        return decide_release(observed, now)

    def _progressed(self, namespace: str, name: str) -> None:
        if (namespace, name) not in self._pending_progress:
            self._pending_progress.add((namespace, name))
            asyncio.get_running_loop().call_later(PROGRESS_SECONDS, self._show_progress, namespace, name)

    def _show_progress(self, namespace: str, name: str) -> None:
        self._pending_progress.discard((namespace, name))
        self._controller.queue.add(("FineTuneRun", namespace, name))

    async def run(self, stop: asyncio.Event) -> None:
        """Serve, wait for the lease, work until told to stop."""
        async with AsyncExitStack() as stack:
            health = health_application(self._alive, lambda: self._started)
            stack.push_async_callback((await serve(health, self._config.health_port)).cleanup)
            await stack.enter_async_context(self._api.open())
            if self._config.progress.url:
                application = progress_application(
                    self._api, self._board, self._config.progress.audience, lambda: self._leading
                )
                runner = await serve(application, self._config.progress.port, self._tls())
                stack.push_async_callback(runner.cleanup)
            self._started = True
            work = asyncio.create_task(self._lead())
            stopped = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
            finally:
                work.cancel()
                stopped.cancel()
                await asyncio.gather(work, return_exceptions=True)

    def _alive(self) -> bool:
        return not self._controller.stale

    def _tls(self) -> ssl.SSLContext:
        keys = Path(self._config.keys_dir)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(keys / "tls.crt", keys / "tls.key")
        return context

    async def _lead(self) -> None:
        settings = self._config.leader_election
        if not settings.enabled:
            await self._work()
            return
        identity = f"{os.environ.get('POD_NAME', os.uname().nodename)}_{uuid.uuid4()}"
        await Lease(self._api, own_namespace(), identity, settings).lead(self._work)
        log.error("The lease was lost: this process ends, so that another one works.")

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        controller = self._controller

        def deliver(type_: str, body: Any) -> None:
            loop.call_soon_threadsafe(controller.seen, type_, dict(body))

        watch = Watch(self._connection, self._config.namespaces, deliver)
        watch.start()
        self._leading = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(controller.queue.run(self._config.workers, controller.reconcile))
                group.create_task(controller.resync(self._config.resync_seconds, self._config.namespaces))
        finally:
            self._leading = False
            await asyncio.to_thread(watch.stop)


def run() -> None:
    """Entry point of the container: reads the configuration and works until SIGTERM."""
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("kopf").setLevel(logging.WARNING)
    try:
        config = load()
        operator = Operator(config)
    except PreceptorError as error:
        log.error("%s", error)
        sys.exit(int(error.exit_code))
    sys.exit(asyncio.run(_until_signalled(operator)))


async def _until_signalled(operator: Operator) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await operator.run(stop)
    return int(Exit.PASS) if stop.is_set() else int(Exit.TRY_AGAIN)

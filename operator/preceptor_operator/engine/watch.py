"""Which objects changed?

kopf watches in a thread and loop of its own: in a shared loop it cancels tasks that are not its own, keeps the signal
handlers, and can end the process. Handlers only pass the event on; nothing is written from here.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

import kopf
from kopf import ConnectionInfo

from preceptor.api.base import GROUP, VERSION
from preceptor_operator import metrics
from preceptor_operator.shared.names import JOB_SELECTOR

Event = tuple[str, dict[str, Any]]
PLURALS = ("finetuneruns", "evalgates", "adapterreleases")


class _NoDiffBase(kopf.DiffBaseStorage):
    """Keeps no copy of specs: half of kopf's start-up time, and an annotation on every object."""

    def build(self, **_: Any) -> Any:
        return {}

    def fetch(self, **_: Any) -> Any:
        return None

    def store(self, **_: Any) -> None:
        return None


class Watch:
    """kopf, started and stopped and started again when it ends by itself."""

    def __init__(
        self, connect: Callable[[], ConnectionInfo], namespaces: tuple[str, ...], deliver: Callable[[str, Any], None]
    ) -> None:
        self._connect, self._namespaces, self._deliver = connect, namespaces, deliver
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch from now on. ``deliver`` is called in the watch's thread with event type and object."""
        self._thread = threading.Thread(target=self._supervise, name="kopf", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Watch no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _supervise(self) -> None:
        while not self._stop.is_set():
            # A watch that is forbidden or answered with 5xx for long ends kopf; it is started again.
            with contextlib.suppress(Exception):
                asyncio.run(self._run())
            self._stop.wait(1.0)

    async def _run(self) -> None:
        stop = asyncio.Event()
        # Started before kopf, which cancels tasks that are younger than itself.
        poll = asyncio.create_task(self._poll(stop))
        await kopf.operator(
            registry=self._registry(),
            settings=_settings(),
            standalone=True,
            clusterwide=not self._namespaces,
            namespaces=self._namespaces,
            stop_flag=stop,
        )
        poll.cancel()

    async def _poll(self, stop: asyncio.Event) -> None:
        while not self._stop.is_set():  # noqa: ASYNC110 - the flag is another thread's
            await asyncio.sleep(0.2)
        stop.set()

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        async def seen(event: Mapping[str, Any], **_: Any) -> None:
            metrics.LAST_EVENT.set_to_current_time()
            self._deliver(str(event["type"] or "ADDED"), event["object"])

        def login(**_: Any) -> ConnectionInfo:
            return self._connect()

        kopf.on.login(registry=registry)(login)
        for plural in PLURALS:
            kopf.on.event(GROUP, VERSION, plural, registry=registry)(seen)
        kopf.on.event("batch", "v1", "jobs", registry=registry)(seen)
        return registry


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.persistence.diffbase_storage = _NoDiffBase()
    settings.persistence.finalizer = f"{GROUP}/unused"
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.queueing.idle_timeout = 0.2
    settings.watching.chunk_size = 500
    settings.watching.inactivity_timeout = 60
    settings.watching.connect_timeout = 5
    settings.watching.label_selectors["batch", "v1", "jobs"] = JOB_SELECTOR
    settings.networking.connect_timeout = 5
    settings.process.ultimate_exiting_timeout = None
    return settings

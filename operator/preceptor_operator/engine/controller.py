"""What happens when a key comes up?"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp

from preceptor.exits import PreceptorError
from preceptor_operator import metrics
from preceptor_operator.edges.api import PLURALS, Api, ApiError, plural_path, resource_path
from preceptor_operator.engine.apply import Applier
from preceptor_operator.engine.queue import WorkQueue
from preceptor_operator.engine.store import Key, Store, key_of
from preceptor_operator.shared.conditions import RECONCILED, Fact, merge, without_reconciled
from preceptor_operator.shared.decision import Decision, Resource
from preceptor_operator.shared.names import OWNER_KIND_LABEL, OWNER_NAME_LABEL

log = logging.getLogger("preceptor.operator")


class Reconciler(Protocol):
    """Gather and decide for one kind."""

    async def __call__(self, resource: Resource, now: datetime) -> Decision:
        """The decision about one resource now."""


class Controller:
    """Wakes keys on events, reconciles them, and compares the store with a fresh list now and then."""

    def __init__(self, api: Api, applier: Applier, reconcilers: Mapping[str, Reconciler]) -> None:
        self._api, self._applier, self._reconcilers = api, applier, reconcilers
        self.store = Store()
        self.queue: WorkQueue[Key] = WorkQueue("preceptor")
        self._lagging: set[Key] = set()
        self._stale = False

    def seen(self, type_: str, body: dict[str, Any]) -> None:
        """An event of the watch, in this loop's thread."""
        if body.get("kind") not in PLURALS:
            self._job_seen(body)
            return
        key = key_of(body)
        if type_ == "DELETED":
            self.store.drop(key)
        else:
            self.store.put(body)
            self.queue.add(key)
        for dependent in self.store.dependents(key):
            self.queue.add(dependent)

    def _job_seen(self, body: dict[str, Any]) -> None:
        for reference in body["metadata"].get("ownerReferences") or ():
            if reference.get("kind") in PLURALS:
                self.queue.add((reference["kind"], body["metadata"]["namespace"], reference["name"]))
                return
        labels = body["metadata"].get("labels") or {}
        kind, name = labels.get(OWNER_KIND_LABEL), labels.get(OWNER_NAME_LABEL)
        if kind in PLURALS and name:
            self.queue.add((kind, body["metadata"]["namespace"], name))

    async def reconcile(self, key: Key) -> None:
        """Read, gather, decide, apply; never raises."""
        kind, namespace, name = key
        try:
            with metrics.RECONCILE_SECONDS.labels(controller=kind).time():
                decision = await self._once(kind, namespace, name)
        except (PreceptorError, ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            delay = self.queue.retry(key)
            metrics.RECONCILE_ERRORS.labels(controller=kind).inc()
            metrics.RECONCILES.labels(controller=kind, result="error").inc()
            log.warning("%s %s/%s: %s Trying again in %.1f s.", kind, namespace, name, error, delay)
            await self._tell(kind, namespace, name, error)
        except Exception as error:
            self.queue.retry(key)
            metrics.RECONCILE_ERRORS.labels(controller=kind).inc()
            metrics.RECONCILES.labels(controller=kind, result="bug").inc()
            log.error("%s %s/%s: %s: please report it.", kind, namespace, name, _place(error))
            await self._tell(kind, namespace, name, _Bug())
        else:
            self.queue.forget(key)
            again = decision.requeue_seconds if decision is not None else None
            metrics.RECONCILES.labels(controller=kind, result="requeue_after" if again else "success").inc()
            if again:
                self.queue.add_after(key, again)

    async def _once(self, kind: str, namespace: str, name: str) -> Decision | None:
        body = await self._api.get(resource_path(kind, namespace, name))
        if body is None:
            self.store.drop((kind, namespace, name))
            return None
        resource = Resource.of({"kind": kind, **body})
        decision = await self._reconcilers[kind](resource, datetime.now(UTC))
        await self._applier.apply(resource, decision)
        return decision

    async def _tell(self, kind: str, namespace: str, name: str, error: Exception) -> None:
        """Say in the status why nothing moves: an outage that only the log knows leaves its reader guessing."""
        reason = _reason(error)
        if reason is None:
            return
        try:
            body = await self._api.get(resource_path(kind, namespace, name))
            if body is None:
                return
            resource = Resource.of({"kind": kind, **body})
            status = dict(resource.status)
            fact = Fact(type=RECONCILED, status="False", reason=reason, message=str(error))
            told = merge((fact,), status.get("conditions") or (), generation=resource.generation, now=datetime.now(UTC))
            conditions = [*without_reconciled(status).get("conditions", ()), *told]
            status["conditions"] = sorted(conditions, key=lambda condition: str(condition["type"]))
            status.setdefault("state", "Pending")
            await self._applier.apply(resource, Decision(status=status))
        except Exception as failure:  # telling is a courtesy; the failure itself is logged and tried again
            log.debug("%s %s/%s could not be told: %s", kind, namespace, name, type(failure).__name__)

    async def resync(self, seconds: float, namespaces: tuple[str, ...]) -> None:
        """Compare the store with a fresh list every so often: find what the watch missed, and ghosts it left behind."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._compare(namespaces)
            except (ApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("The list to compare with could not be read: %s", error)

    async def _compare(self, namespaces: tuple[str, ...]) -> None:
        lagging: set[Key] = set()
        for kind, plural in PLURALS.items():
            listed: dict[Key, str] = {}
            for scope in namespaces or (None,):
                for body in await self._api.list(plural_path(plural, scope)):
                    key = (kind, body["metadata"]["namespace"], body["metadata"]["name"])
                    listed[key] = body["metadata"]["resourceVersion"]
                    if self.store.version(key) != listed[key]:
                        lagging.add(key)
                        self.store.put({**body, "kind": kind})
                        self.queue.add(key)
            for key in self.store.keys(kind):
                if key not in listed:
                    self.store.drop(key)
        # A key may lag once because its event is on its way; twice running, the watch has lost it.
        self._stale = bool(lagging & self._lagging)
        metrics.STALE.set(int(self._stale))
        self._lagging = lagging

    @property
    def stale(self) -> bool:
        """Whether the watch lags behind the API server."""
        return self._stale


class _Bug(PreceptorError):
    """What a status says about a fault of ours; the log has its place."""

    def __init__(self) -> None:
        super().__init__("The operator failed on this object: see its log and report it. It tries again.")


def _reason(error: Exception) -> str | None:
    """The reason to give in the status, or None for what passes by itself or cannot be told."""
    if isinstance(error, PreceptorError):
        return error.reason
    if isinstance(error, ApiError) and 400 <= error.status < 500 and error.status not in (401, 404, 409, 410, 429):
        return "ApiServerRefused"
    return None


def _place(error: Exception) -> str:
    """Type and place only, since the text of a fault of ours may quote what it met."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    return f"{type(error).__name__} at {where}"

"""Is this process the one that writes?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp

from preceptor_operator.config import LeaderElection
from preceptor_operator.engine import metrics
from preceptor_operator.engine.api import Api, ApiError


def _micro(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Lease:
    """Leader election on a coordination.k8s.io/v1 Lease, as client-go does it.

    Expiry is judged by this machine's clock from when a renewal was last *seen*, so clocks need not agree.
    """

    def __init__(self, api: Api, namespace: str, identity: str, settings: LeaderElection) -> None:
        self._api, self._identity, self._settings = api, identity, settings
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._path = f"{self._collection}/{settings.lease_name}"
        self._seen: tuple[str, float] | None = None
        self._gauge = metrics.LEADER.labels(name=settings.lease_name)

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for the lease, run ``work`` while it is held, and cancel it when it is lost. Returns when work ends."""
        while not await self._try():  # noqa: ASYNC110 - the event is on the API server
            await asyncio.sleep(self._settings.retry_seconds)
        self._gauge.set(1)
        task = asyncio.ensure_future(work())
        try:
            await self._hold(task)
        finally:
            self._gauge.set(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._release()
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _hold(self, task: asyncio.Future[None]) -> None:
        renewed = time.monotonic()
        while not task.done():
            await asyncio.wait({task}, timeout=self._settings.retry_seconds)
            if await self._try():
                renewed = time.monotonic()
            elif time.monotonic() - renewed > self._settings.renew_seconds:
                return

    async def _try(self) -> bool:
        try:
            return await asyncio.wait_for(self._acquire(), self._settings.renew_seconds / 2)
        except (ApiError, aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def _acquire(self) -> bool:
        lease = await self._api.get(self._path)
        if lease is None:
            body = {"metadata": {"name": self._settings.lease_name}, "spec": self._spec({})}
            return await self._api.create(self._collection, body) is not None
        spec = lease.get("spec") or {}
        holder, renewal = spec.get("holderIdentity"), str(spec.get("renewTime"))
        if holder and holder != self._identity:
            if self._seen is None or self._seen[0] != f"{holder}{renewal}":
                self._seen = (f"{holder}{renewal}", time.monotonic())
            if time.monotonic() - self._seen[1] < float(spec.get("leaseDurationSeconds") or 0):
                return False
        # The resourceVersion makes a race between two takers end with one winner.
        lease["spec"] = self._spec(spec)
        await self._api.request("PUT", self._path, body=lease)
        return True

    def _spec(self, before: dict[str, Any]) -> dict[str, Any]:
        now = _micro(datetime.now(UTC))
        mine = before.get("holderIdentity") == self._identity
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": int(self._settings.lease_seconds),
            "acquireTime": before.get("acquireTime") if mine else now,
            "renewTime": now,
            "leaseTransitions": int(before.get("leaseTransitions") or 0) + (0 if mine else 1),
        }

    async def _release(self) -> None:
        """Give the lease back, so that a successor need not wait for it to run out."""
        try:
            lease = await self._api.get(self._path)
            if lease is not None and (lease.get("spec") or {}).get("holderIdentity") == self._identity:
                lease["spec"] = {**lease["spec"], "holderIdentity": "", "leaseDurationSeconds": 1}
                await self._api.request("PUT", self._path, body=lease)
        except (ApiError, aiohttp.ClientError, TimeoutError, OSError):
            return

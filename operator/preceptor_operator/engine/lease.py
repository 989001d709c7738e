"""Is this process the one that writes?"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp

from preceptor_operator import metrics
from preceptor_operator.config import LeaderElection
from preceptor_operator.edges.api import Api, ApiError


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
        began = time.monotonic()
        while not await self._try(self._settings.renew_seconds / 2):
            await asyncio.sleep(self._settings.retry_seconds)
            began = time.monotonic()
        self._gauge.set(1)
        task = asyncio.ensure_future(work())
        try:
            await self._hold(task, began)
        finally:
            self._gauge.set(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._release()
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _hold(self, task: asyncio.Future[None], renewed: float) -> None:
        """Renew until the work ends, somebody else holds the lease, or no renewal came through for too long.

        A renewal counts from when it was begun, since that is the earliest moment at which others can have seen it; so
        this ends ``lease_seconds - renew_seconds`` before anybody else may begin.
        """
        settings = self._settings
        while not task.done() and (left := renewed + settings.renew_seconds - time.monotonic()) > 0:
            await asyncio.wait({task}, timeout=min(settings.retry_seconds, left))
            began = time.monotonic()
            held = await self._try(renewed + settings.renew_seconds - began)
            if held is False:
                return
            if held:
                renewed = began

    async def _try(self, seconds: float) -> bool | None:
        """Whether the lease is ours now; None when nothing is known."""
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with what it waits for.
            async with asyncio.timeout(seconds):
                return await self._acquire()
        except (ApiError, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

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

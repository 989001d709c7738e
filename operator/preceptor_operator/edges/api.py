"""Which requests does the operator make of the API server?

One shared session, server-side apply under one field manager, and a bound on writes. The big client library is kept
out: it costs 80 MB that an operator of this size does not need.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from kopf import ConnectionInfo

from preceptor.api.base import GROUP, VERSION
from preceptor_operator import metrics

FIELD_MANAGER = "preceptor"
PLURALS = {"FineTuneRun": "finetuneruns", "EvalGate": "evalgates", "AdapterRelease": "adapterreleases"}
TOKEN_SECONDS = 60.0
PAGE = 500


class ApiError(Exception):
    """The API server refused a request; the text is its message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the API server answered {status}: {message}")
        self.status = status
        self.message = message


class WriteLimit:
    """At most so many writes a second on average, with bursts of one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._tokens = per_second
        self._at = time.monotonic()
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Wait until one more write is allowed."""
        async with self._lock:
            now = time.monotonic()
            self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) / self._rate)
                self._at = time.monotonic()
                self._tokens = 1.0
            self._tokens -= 1


class Api:
    """The API server, as far as the operator uses it."""

    def __init__(self, connect: Callable[[], ConnectionInfo], writes_per_second: float) -> None:
        self._connect = connect
        self._info = connect()
        self._read_at = time.monotonic()
        self._limit = WriteLimit(writes_per_second)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Api"]:
        """Hold the session open."""
        connector = aiohttp.TCPConnector(ssl=self._info.as_ssl_context(), limit=32)
        timeout = aiohttp.ClientTimeout(total=30, connect=5)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            self._session = session
            yield self

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content_type: str = "application/json",
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request. Raises ApiError on a refusal and aiohttp.ClientError when there is no answer."""
        assert self._session is not None
        if method != "GET":
            await self._limit.take()
        if time.monotonic() - self._read_at > TOKEN_SECONDS:
            self._info, self._read_at = self._connect(), time.monotonic()
        async with self._session.request(
            method,
            self._info.server + path,
            params=params,
            data=json.dumps(body) if body is not None else None,
            headers={**self._info.as_http_headers(), "Content-Type": content_type, "Accept": "application/json"},
        ) as response:
            metrics.API_REQUESTS.labels(code=str(response.status), method=method).inc()
            text = await response.text()
            if response.status >= 400:
                raise ApiError(response.status, _message(text))
            answer: dict[str, Any] = json.loads(text) if text else {}
            return answer

    async def get(self, path: str) -> dict[str, Any] | None:
        """One object, or None on 404."""
        try:
            return await self.request("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def list(self, path: str, *, selector: str | None = None) -> list[dict[str, Any]]:
        """All objects of a collection, page by page, with the kind that lists leave out."""
        items: list[dict[str, Any]] = []
        params = {"limit": str(PAGE), **({"labelSelector": selector} if selector else {})}
        while True:
            page = await self.request("GET", path, params=params)
            kind = str(page.get("kind", "")).removesuffix("List")
            items += [{"kind": kind, "apiVersion": page.get("apiVersion"), **item} for item in page.get("items") or ()]
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return items
            params = {**params, "continue": token}

    async def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Server-side apply as field manager ``preceptor``, taking over what it names."""
        params = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return await self.request("PATCH", path, body=body, content_type="application/apply-patch+yaml", params=params)

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Create an object; None when one of that name is there already."""
        try:
            return await self.request("POST", path, body=body, params={"fieldManager": FIELD_MANAGER})
        except ApiError as error:
            if error.status == 409:
                return None
            raise

    async def delete(self, path: str) -> None:
        """Delete an object and, in the background, what it owns; gone already is fine."""
        try:
            await self.request("DELETE", path, body={"propagationPolicy": "Background"})
        except ApiError as error:
            if error.status != 404:
                raise


def resource_path(kind: str, namespace: str, name: str | None = None, *, status: bool = False) -> str:
    """URL path of one of our kinds."""
    return plural_path(PLURALS[kind], namespace, name, status=status)


def plural_path(plural: str, namespace: str | None, name: str | None = None, *, status: bool = False) -> str:
    """URL path of one of our kinds by its plural."""
    scope = f"/namespaces/{namespace}" if namespace else ""
    tail = (f"/{name}" if name else "") + ("/status" if status else "")
    return f"/apis/{GROUP}/{VERSION}{scope}/{plural}{tail}"


def job_path(namespace: str, name: str | None = None) -> str:
    """URL path of Jobs."""
    return f"/apis/batch/v1/namespaces/{namespace}/jobs" + (f"/{name}" if name else "")


def core_path(namespace: str, plural: str, name: str | None = None) -> str:
    """URL path of an object of the core group."""
    return f"/api/v1/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")


def _message(text: str) -> str:
    try:
        return str(json.loads(text).get("message", ""))[:512]
    except ValueError:
        return text[:128]

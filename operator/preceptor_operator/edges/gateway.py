"""What does a gateway serve, and how is a candidate handed to it?"""

from typing import Any

import aiohttp
from pydantic import ValidationError

from preceptor.api.gateway import ADMIN_PATH, Handover, Serving
from preceptor.exits import TryAgain
from preceptor_operator.config import Gateways
from preceptor_operator.edges.tokens import bearer


class GatewayClient:
    """The admin side of gateways."""

    def __init__(self, settings: Gateways) -> None:
        self._settings = settings

    async def serving(self, namespace: str, name: str, release_uid: str) -> Serving | None:
        """What became of a release at a gateway, or what the gateway serves where it knows nothing of that release.

        None when it cannot be reached or says nothing that can be understood.
        """
        try:
            status, body = await self._call("GET", namespace, name, ADMIN_PATH, params={"releaseUid": release_uid})
        except TryAgain:
            return None
        try:
            return Serving.model_validate(body) if status == 200 else None
        except ValidationError:
            return None

    async def hand_over(self, namespace: str, name: str, handover: Handover) -> None:
        """Ask a gateway to serve a candidate. Raises TryAgain unless it took the request (also to refuse it later)."""
        status, _ = await self._call("PUT", namespace, name, ADMIN_PATH, json=handover.document())
        if status not in (200, 202):
            raise TryAgain(
                f"Gateway {name} in {namespace} did not take the candidate (HTTP {status}).",
                reason="GatewayUnavailable",
            )

    async def stop(self, namespace: str, name: str, digest: str, release_uid: str) -> None:
        """Ask a gateway to serve a candidate no more. Raises TryAgain unless it confirms."""
        status, _ = await self._call(
            "DELETE", namespace, name, f"{ADMIN_PATH}/{digest}", params={"releaseUid": release_uid}
        )
        if status not in (200, 202, 204, 404):
            raise TryAgain(
                f"Gateway {name} in {namespace} did not confirm that it stopped (HTTP {status}).",
                reason="GatewayUnavailable",
            )

    async def _call(self, method: str, namespace: str, name: str, path: str, **options: Any) -> tuple[int, Any]:
        settings = self._settings
        if f"{namespace}/{name}" not in settings.allowed:
            raise TryAgain(
                f"Service {name} in {namespace} is no gateway of this installation: add it to the chart's gateways.",
                reason="GatewayNotAllowed",
            )
        default = f"{settings.scheme}://{name}.{namespace}.svc:{settings.port}"
        base = settings.overrides.get(f"{namespace}/{name}", default)
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15, connect=3)) as session,
                session.request(method, base + path, headers=bearer(settings.token_file), **options) as response,
            ):
                text = await response.read()
                return response.status, await response.json(content_type=None) if text else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TryAgain(
                f"Gateway {name} in {namespace} gave no answer ({type(error).__name__}).", reason="GatewayUnavailable"
            ) from None

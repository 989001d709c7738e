"""Does the API server know the caller of this service?"""

import hashlib
import os
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx

from preceptor.exits import PreceptorError
from preceptor.identity import (
    REVIEW_PATH,
    TOKEN_LIMIT,
    Identity,
    IdentityUnknown,
    NotAllowed,
    NotAuthenticated,
    identity_of,
    token_review,
)

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
# A token that was revoked in the meantime is still accepted for this many seconds.
CACHE_SECONDS = 60.0
CACHE_ENTRIES = 1024
TIMEOUT_SECONDS = 5.0


class Authenticator(Protocol):
    """What a service needs to know its caller."""

    async def identify(self, token: str, audience: str) -> Identity:
        """The identity behind a token. Raises NotAuthenticated, or IdentityUnknown when nobody can tell."""


def http_status(error: PreceptorError) -> int:
    """The HTTP status of an authentication failure: 401, 403, or 503 when the API server could not be asked."""
    if isinstance(error, NotAuthenticated):
        return 401
    return 403 if isinstance(error, NotAllowed) else 503


class TokenAuthenticator:
    """Asks the API server with a TokenReview, under the pod's own service account.

    The service account needs ``create`` on ``tokenreviews.authentication.k8s.io``. Only accepted tokens are
    remembered, for CACHE_SECONDS and by their hash.
    """

    def __init__(
        self,
        *,
        server: str | None = None,
        token_file: Path = SERVICE_ACCOUNT / "token",
        ca_file: Path = SERVICE_ACCOUNT / "ca.crt",
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._server = server
        self._token_file = token_file
        self._ca_file = ca_file
        self._clock = clock
        self._transport = transport
        self._accepted: OrderedDict[tuple[bytes, str], tuple[float, Identity]] = OrderedDict()

    async def identify(self, token: str, audience: str) -> Identity:
        """The identity behind a token that the API server accepts for this audience.

        Raises NotAuthenticated when it does not, and IdentityUnknown when it cannot be asked.
        """
        if not token or len(token) > TOKEN_LIMIT:
            raise NotAuthenticated("The request has no usable bearer token: send one in the header Authorization.")
        key = (hashlib.sha256(token.encode()).digest(), audience)
        now = self._clock()
        known = self._accepted.get(key)
        if known and now - known[0] < CACHE_SECONDS:
            return known[1]
        self._accepted.pop(key, None)
        identity = identity_of(await self._review(token, audience), audience)
        self._accepted[key] = (now, identity)
        while len(self._accepted) > CACHE_ENTRIES:
            self._accepted.popitem(last=False)
        return identity

    async def _review(self, token: str, audience: str) -> Any:
        # Token and CA are read anew each time, because the kubelet rotates both; the cache keeps that rare.
        try:
            own_token = self._token_file.read_text().strip()
            verify: ssl.SSLContext | bool = (
                True if self._transport else ssl.create_default_context(cafile=str(self._ca_file))
            )
        except (OSError, ssl.SSLError):
            raise IdentityUnknown(
                f"The service account's files in {self._token_file.parent} cannot be read: "
                "mount the pod's service-account token so that callers can be checked."
            ) from None
        try:
            async with httpx.AsyncClient(
                base_url=self._server or _in_cluster_server(),
                verify=verify,
                transport=self._transport,
                timeout=TIMEOUT_SECONDS,
                trust_env=False,
            ) as client:
                response = await client.post(
                    REVIEW_PATH,
                    json=token_review(token, audience),
                    headers={"Authorization": f"Bearer {own_token}"},
                )
        except httpx.HTTPError as error:
            # The type only: the text may quote what was sent.
            raise IdentityUnknown(
                f"The API server cannot be asked who is calling ({type(error).__name__}): try again."
            ) from None
        if response.status_code not in (200, 201):
            raise IdentityUnknown(
                f"The API server answered a TokenReview with HTTP {response.status_code}: allow this service account "
                "to create tokenreviews.authentication.k8s.io."
            )
        try:
            return response.json()
        except ValueError:
            raise IdentityUnknown("The API server's answer to a TokenReview is not JSON: try again.") from None


def _in_cluster_server() -> str:
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    if not host:
        raise IdentityUnknown("KUBERNETES_SERVICE_HOST is not set: run this service in a pod, or name the API server.")
    port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"

"""Is this record durable in the audit chain?"""

import asyncio
import ssl
from pathlib import Path

import httpx
from pydantic import ValidationError

from preceptor.api.audit import RECORDS_PATH, Append, Receipt
from preceptor_eval.gateway.errors import AuditUnavailable

TIMEOUT_SECONDS = 10.0
# A lost connection is tried once more: the record's key makes the append idempotent.
ATTEMPTS = 2


class HttpAuditLog:
    """Appends over HTTP, and waits for the receipt."""

    def __init__(
        self, url: str, token_file: Path, ca_file: Path | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url
        self._token_file = token_file
        self._ca_file = ca_file
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def append(self, record: Append) -> None:
        """Append one record. Raises AuditUnavailable unless the service answered with a receipt."""
        try:
            # Read anew each time, because the kubelet rotates projected tokens.
            token = self._token_file.read_text().strip()
        except OSError as error:
            raise AuditUnavailable(
                f"The audit token {self._token_file} cannot be read ({error.strerror}): mount it."
            ) from None
        for attempt in range(ATTEMPTS):
            try:
                response = await self._connection().post(
                    RECORDS_PATH, json=record.document(), headers={"Authorization": f"Bearer {token}"}
                )
            except httpx.TransportError as error:
                if attempt + 1 < ATTEMPTS:
                    await asyncio.sleep(0)
                    continue
                raise AuditUnavailable(
                    f"The audit service did not answer ({type(error).__name__}): try again."
                ) from None
            break
        if response.status_code not in (200, 201):
            raise AuditUnavailable(f"The audit service answered HTTP {response.status_code}: nothing was recorded.")
        try:
            Receipt.model_validate_json(response.content)
        except ValidationError:
            raise AuditUnavailable("The audit service's answer is not a receipt: nothing counts as recorded.") from None

    def _connection(self) -> httpx.AsyncClient:
        if self._client is None:
            verify: ssl.SSLContext | bool = True
            if self._ca_file:
                try:
                    verify = ssl.create_default_context(cafile=str(self._ca_file))
                except (OSError, ssl.SSLError):
                    raise AuditUnavailable(
                        f"The audit service's CA {self._ca_file} cannot be read: mount it."
                    ) from None
            self._client = httpx.AsyncClient(
                base_url=self._url, verify=verify, timeout=TIMEOUT_SECONDS, transport=self._transport, trust_env=False
            )
        return self._client

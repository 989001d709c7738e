"""How does the operator append to the audit chain, and read its own statements back?"""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlparse

import aiohttp
from pydantic import ValidationError

from preceptor.api.audit import RECORDS_PATH, STATEMENTS_PATH, Receipt
from preceptor.evidence import sign, statement_digest, verify
from preceptor.exits import CheckFailed, TryAgain
from preceptor.keys import PublicKey, SigningKey
from preceptor_operator import metrics
from preceptor_operator.config import Audit
from preceptor_operator.edges.tokens import bearer
from preceptor_operator.shared.decision import Record

PAGE = 200


class AuditClient:
    """The audit service. Whatever it does not confirm counts as not recorded."""

    def __init__(self, settings: Audit, key: SigningKey, trusted: Sequence[PublicKey]) -> None:
        self._settings, self._key, self._trusted = settings, key, tuple(trusted)
        secure = urlparse(settings.url).scheme == "https"
        self._ssl: ssl.SSLContext | bool = ssl.create_default_context(cafile=settings.ca_file) if secure else True

    async def append(self, record: Record) -> Receipt:
        """Append one record, signing its statement, and wait for the receipt.

        Raises TryAgain when the service gives none, CheckFailed (AuditConflict) when the key is taken.
        """
        body = record.append.document()
        if record.statement is not None:
            body["statement"] = sign(record.statement, self._key)
        status, answer = await self._call("POST", RECORDS_PATH, json=body)
        if status == 409:
            raise CheckFailed(
                f"The audit chain holds another record under {record.append.key}: see `preceptor audit verify`.",
                reason="AuditConflict",
            )
        try:
            receipt = Receipt.model_validate(answer)
        except ValidationError:
            raise TryAgain(f"The audit service gave no receipt (HTTP {status}).", reason="AuditUnavailable") from None
        if record.statement is not None and receipt.statement_digest != statement_digest(record.statement):
            raise TryAgain("The audit service gave a receipt for another statement.", reason="AuditUnavailable")
        metrics.AUDIT_RECORDS.labels(kind=record.append.kind).inc()
        return receipt

    async def recorded(self, key: str, kind: str) -> Mapping[str, Any] | None:
        """Body of the record with this key and kind, or None. Raises TryAgain while the chain cannot be read.

        The kind counts, since a gateway may append records too, under any key but only of its own kinds.
        """
        status, answer = await self._call("GET", RECORDS_PATH, params={"key": key, "kind": kind, "limit": "1"})
        if status != 200:
            raise TryAgain(f"The audit service answered HTTP {status}.", reason="AuditUnavailable")
        for record in answer.get("records") or ():
            if (record.get("key"), record.get("kind")) == (key, kind):
                body: Mapping[str, Any] = record.get("body") or {}
                return body
        return None

    async def statement(self, digest: str) -> Mapping[str, Any]:
        """The verified statement with a digest. Raises CheckFailed when there is none or it is not ours."""
        return verify(await self.envelope(digest), self._trusted)

    async def envelope(self, digest: str) -> dict[str, Any]:
        """The verified envelope around a statement. Raises CheckFailed when there is none or it is not ours."""
        status, answer = await self._call("GET", f"{STATEMENTS_PATH}/{digest}")
        if status == 404:
            raise CheckFailed(
                f"The audit chain holds no statement {digest}: the operator did not write the status naming it.",
                reason="StatementMissing",
            )
        if status != 200:
            raise TryAgain(f"The audit service answered HTTP {status}.", reason="AuditUnavailable")
        if statement_digest(verify(answer, self._trusted)) != digest:
            raise CheckFailed("The audit service returned another statement.", reason="StatementMismatch")
        envelope: dict[str, Any] = answer
        return envelope

    async def statements_about(self, subject: str, kind: str) -> list[Mapping[str, Any]]:
        """All statements of one kind about a digest that verify under our keys.

        By kind, since every answer that a gateway gives is a record about its candidate too.
        """
        found: list[Mapping[str, Any]] = []
        after = 0
        while True:
            params = {"subject": subject, "kind": kind, "after": str(after), "limit": str(PAGE)}
            status, answer = await self._call("GET", RECORDS_PATH, params=params)
            if status != 200:
                raise TryAgain(f"The audit service answered HTTP {status}.", reason="AuditUnavailable")
            records = answer.get("records") or []
            for record in records:
                if digest := record.get("statementDigest"):
                    try:
                        found.append(await self.statement(digest))
                    except CheckFailed:
                        continue
            if len(records) < PAGE:
                return found
            after = int(records[-1]["sequence"])

    async def _call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = bearer(self._settings.token_file)
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
                session.request(
                    method, self._settings.url.rstrip("/") + path, headers=headers, ssl=self._ssl, **options
                ) as response,
            ):
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TryAgain(
                f"The audit service at {self._settings.url} gave no answer ({type(error).__name__}): "
                "nothing is decided until it does.",
                reason="AuditUnavailable",
            ) from None

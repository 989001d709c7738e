"""What does the audit service answer, and to whom?"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from preceptor.api.audit import AUDIENCE, RECORDS_PATH, STATEMENTS_PATH, Append
from preceptor.audit.chain import Record
from preceptor.audit.log import BODY_LIMIT, ENVELOPE_LIMIT, PAGE_LIMIT, AuditLog, Conflict, prepare
from preceptor.audit.verify import Verification, verify
from preceptor.exits import BadInput, PreceptorError, TryAgain
from preceptor.identity import Identity, NotAllowed, NotAuthenticated, token_of
from preceptor.keys import PublicKey
from preceptor.manifests import sentence_of
from preceptor.telemetry.events import CANDIDATE, INFERENCE, REVIEW_READ
from preceptor_eval.audit_service.settings import Settings
from preceptor_eval.audit_service.writer import GroupWriter
from preceptor_eval.authentication import Authenticator

LOGGER = logging.getLogger("preceptor.audit")
# What gateways tell; every other kind is the operator's.
GATEWAY_KINDS = frozenset({INFERENCE, CANDIDATE, REVIEW_READ})
REQUEST_LIMIT = 2 * (BODY_LIMIT + ENVELOPE_LIMIT)
RETRY_SECONDS = 5
_NO_DOCS: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}


class Service:
    """The chain's owner: verifies it once at the start, and appends nothing to a chain that is not whole."""

    def __init__(self, log: AuditLog, settings: Settings, authenticator: Authenticator, keys: tuple[PublicKey, ...]):
        self.log = log
        self.settings = settings
        self.authenticator = authenticator
        self.keys = keys
        self.writer = GroupWriter(log)
        self.verified: Verification | None = None
        self._one_at_a_time = asyncio.Lock()

    async def verify(self) -> Verification:
        """Verify the whole chain; two at once would only slow each other."""
        async with self._one_at_a_time:
            self.verified = await asyncio.to_thread(verify, self.log.path, public_keys=self.keys)
        for finding in self.verified.findings:
            LOGGER.error("%s: %s", finding.code, finding.message)
        return self.verified

    async def verify_first(self) -> None:
        """Verify until there is an answer; until then nothing is appended."""
        while self.verified is None:
            try:
                await self.verify()
            except PreceptorError as error:
                LOGGER.error("%s: %s", error.reason, error)
                await asyncio.sleep(RETRY_SECONDS)

    def require_whole(self) -> None:
        """Raises TryAgain while the chain is not known to be whole."""
        if self.verified is None:
            raise TryAgain("The audit service is still verifying its chain: try again.", reason="Verifying")
        if self.verified.findings:
            raise TryAgain(
                "The audit chain is not whole, so nothing is appended: see `preceptor audit verify`, then restore it.",
                reason="ChainDamaged",
            )
        if not self.writer.alive:
            raise TryAgain("The audit service is stopping: try again.")

    async def caller(self, request: Request, *, writes: bool) -> Identity:
        """The caller, if it may append anything or read. Raises NotAuthenticated, NotAllowed or IdentityUnknown."""
        token = token_of(request.headers.get("authorization"))
        identity = await self.authenticator.identify(token, AUDIENCE)
        settings = self.settings
        allowed = settings.writers | (settings.appenders if writes else settings.readers)
        if identity.username not in allowed:
            raise NotAllowed(
                f"{identity.username} may not {'append to' if writes else 'read'} the audit chain: "
                "add it to the service's writers, appenders or readers."
            )
        return identity

    def require_allowed(self, identity: Identity, wanted: Append) -> None:
        """Raises NotAllowed when the caller may append, but not this."""
        if identity.username in self.settings.writers:
            return
        if wanted.kind not in GATEWAY_KINDS or wanted.statement is not None:
            raise NotAllowed(
                f"{identity.username} may append {', '.join(sorted(GATEWAY_KINDS))} without a statement, "
                "and nothing else: add it to the service's writers if it is an operator."
            )


def create_app(
    log: AuditLog, settings: Settings, authenticator: Authenticator, public_keys: tuple[PublicKey, ...] = ()
) -> FastAPI:
    """The service's ASGI application; its lifespan verifies the chain and, at the end, closes the log."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = Service(log, settings, authenticator, public_keys)
        app.state.service = service
        app.state.first_verification = asyncio.create_task(service.verify_first())
        yield
        app.state.first_verification.cancel()
        await asyncio.to_thread(service.writer.close)
        log.close()

    app = FastAPI(title="Preceptor audit", lifespan=lifespan, **_NO_DOCS)
    _add_errors(app)
    _add_probes(app)
    _add_chain(app)
    return app


def _add_chain(app: FastAPI) -> None:
    @app.post(RECORDS_PATH)
    async def append(request: Request) -> Response:
        service = _service(request)
        identity = await service.caller(request, writes=True)
        try:
            wanted = Append.model_validate_json(await _body(request))
        except ValidationError as error:
            raise BadInput(f"The append is not understood: {sentence_of(error)}.") from None
        service.require_allowed(identity, wanted)
        entry = prepare(wanted, identity.username, service.keys)
        service.require_whole()
        receipt = await service.writer.append(entry)
        return JSONResponse(receipt.document())

    @app.get(RECORDS_PATH)
    async def records(
        request: Request,
        after: Annotated[int, Query(ge=0, lt=2**53)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 100,
        subject: str | None = None,
        kind: str | None = None,
        key: str | None = None,
    ) -> Response:
        service = _service(request)
        await service.caller(request, writes=False)
        found = await asyncio.to_thread(service.log.read, after=after, limit=limit, subject=subject, kind=kind, key=key)
        return JSONResponse({"records": [_document(record) for record in found]})

    @app.get(STATEMENTS_PATH + "/{digest}")
    async def statement(request: Request, digest: str) -> Response:
        service = _service(request)
        await service.caller(request, writes=False)
        envelope = await asyncio.to_thread(service.log.statement, digest)
        if envelope is None:
            return _problem(404, "NotFound", "The audit chain holds no statement with this digest.")
        return Response(envelope, media_type="application/json")

    @app.get("/v1/checkpoint")
    async def checkpoint(request: Request) -> Response:
        service = _service(request)
        await service.caller(request, writes=False)
        # Never sign a chain that is not whole: the signature would cover up what happened to it.
        service.require_whole()
        signed = await asyncio.to_thread(service.log.checkpoint)
        if signed is None:
            return _problem(404, "NoCheckpointKey", "The audit service has no checkpoint key: give it one.")
        return JSONResponse(signed.document())

    @app.get("/v1/verify")
    async def verify_now(request: Request) -> Response:
        service = _service(request)
        await service.caller(request, writes=False)
        return JSONResponse(_verification(await service.verify()))


def _add_probes(app: FastAPI) -> None:
    @app.get("/healthz")
    async def healthz(request: Request) -> Response:
        alive = _service(request).writer.alive
        return JSONResponse({"alive": alive}, status_code=200 if alive else 503)

    @app.get("/readyz")
    async def readyz(request: Request) -> Response:
        _service(request).require_whole()
        return JSONResponse({"ready": True})


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(PreceptorError)
    async def ours(request: Request, error: PreceptorError) -> Response:
        return _problem(_status(error), error.reason, str(error))

    @app.exception_handler(RequestValidationError)
    async def query(request: Request, error: RequestValidationError) -> Response:
        names = sorted({str(fault["loc"][-1]) for fault in error.errors()})
        return _problem(400, "BadInput", f"These parameters are not understood: {', '.join(names)}.")

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        # The type only: an exception's text may quote what was sent.
        LOGGER.error("%s while answering %s %s", type(error).__name__, request.method, request.url.path)
        return _problem(500, "InternalError", f"{type(error).__name__}: this is a bug of Preceptor.")


def _status(error: PreceptorError) -> int:
    if isinstance(error, NotAuthenticated):
        return 401
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, Conflict):
        return 409
    return 400 if isinstance(error, BadInput) else 503


def _problem(status: int, reason: str, message: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"reason": reason, "message": message}, status_code=status, headers=headers)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > REQUEST_LIMIT:
            raise BadInput(f"The append has more than {REQUEST_LIMIT} bytes.")
    return bytes(body)


def _document(record: Record) -> dict[str, Any]:
    return {
        "sequence": record.sequence,
        "time": record.time,
        "kind": record.kind,
        "subject": record.subject,
        "key": record.key,
        "actor": record.actor,
        "body": json.loads(record.body),
        "statementDigest": record.statement,
        "envelopeDigest": record.envelope,
        "prevHash": record.prev_hash,
        "hash": record.hash,
    }


def _verification(verification: Verification) -> dict[str, Any]:
    return {
        "whole": not verification.findings,
        "origin": verification.origin,
        "size": verification.size,
        "lastHash": verification.last_hash,
        "statements": verification.statements,
        "checkpoints": verification.checkpoints,
        "signaturesChecked": verification.signatures_checked,
        "firstBadSequence": verification.first_bad_sequence,
        "findings": [vars(finding) for finding in verification.findings],
    }


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service

"""Which paths does the gateway answer?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from preceptor.telemetry import KeyedHash
from preceptor_eval.authentication import Authenticator
from preceptor_eval.gateway import admin
from preceptor_eval.gateway.answering import Answering
from preceptor_eval.gateway.bodies import gone, read_body
from preceptor_eval.gateway.grant import TrustedKeys
from preceptor_eval.gateway.guard import NoTracebacks
from preceptor_eval.gateway.metrics import Metrics
from preceptor_eval.gateway.model_queue import ModelQueue
from preceptor_eval.gateway.seams import AuditLog, Loader, PolicySource
from preceptor_eval.gateway.serving import Candidates
from preceptor_eval.gateway.settings import Limits
from preceptor_eval.gateway.store import GatewayStore


@dataclass(frozen=True)
class Parts:
    """What a gateway is made of; tests put others in."""

    authenticator: Authenticator
    audit: AuditLog
    loader: Loader
    policies: PolicySource
    store: GatewayStore
    keyed_hash: KeyedHash
    admins: frozenset[str]
    reviewers: frozenset[str]
    trusted: TrustedKeys
    stores: Path | None = None
    limits: Limits = field(default_factory=Limits)


def build(parts: Parts) -> FastAPI:
    """The gateway as an ASGI application."""
    metrics = Metrics()
    queue = ModelQueue(waiting=parts.limits.waiting, observe=metrics.waiting)
    candidates = Candidates(
        loader=parts.loader,
        policies=parts.policies,
        audit=parts.audit,
        store=parts.store,
        metrics=metrics,
        trusted=parts.trusted,
        stores=parts.stores,
    )
    answering = Answering(
        candidates=candidates,
        store=parts.store,
        audit=parts.audit,
        queue=queue,
        keyed_hash=parts.keyed_hash,
        metrics=metrics,
        limits=parts.limits,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        # The server has cancelled what it no longer waits for: that still has to reach the audit chain.
        await answering.settled()
        queue.close()

    # No interactive documentation: it would be one more thing to serve beside answers.
    app = FastAPI(title="Preceptor gateway", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.candidates = candidates
    app.add_middleware(NoTracebacks)
    app.include_router(
        admin.router(
            candidates=candidates,
            store=parts.store,
            audit=parts.audit,
            authenticator=parts.authenticator,
            admins=parts.admins,
            reviewers=parts.reviewers,
            body_bytes=parts.limits.body_bytes,
        )
    )

    @app.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        reply = await answering.answer(lambda: read_body(request, parts.limits.body_bytes), lambda: gone(request))
        if reply.answer is None:
            retry = {"Retry-After": "5"} if reply.status in (429, 503) else None
            return JSONResponse(reply.error, status_code=reply.status, headers=retry)
        if reply.stream:
            return StreamingResponse(
                reply.answer.events(include_usage=reply.include_usage),
                media_type="text/event-stream",
                headers={**reply.answer.headers(), "Cache-Control": "no-store"},
            )
        return JSONResponse(reply.answer.document(), headers={**reply.answer.headers(), "Cache-Control": "no-store"})

    @app.get("/v1/models")
    async def models() -> JSONResponse:
        served = candidates.served
        data = [{"id": served.name, "object": "model", "created": 0, "owned_by": "preceptor"}] if served else []
        return JSONResponse({"object": "list", "data": data})

    @app.get("/healthz")
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    async def readyz() -> PlainTextResponse:
        try:
            parts.store.check()
        except Exception as error:
            return PlainTextResponse(
                f"The gateway's database cannot be used ({type(error).__name__}).\n", status_code=503
            )
        return PlainTextResponse(f"{candidates.state().message}\n")

    @app.get("/metrics")
    async def exposition() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=1.0.0; charset=utf-8")

    return app

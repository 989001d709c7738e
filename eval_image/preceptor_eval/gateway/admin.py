"""Who may hand over a candidate, or read the review queue?"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.params import Query
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from preceptor.api.audit import Append
from preceptor.api.gateway import ADMIN_PATH, AUDIENCE, REVIEW_PATH, TOKEN_HEADER, Handover, Serving
from preceptor.exits import PreceptorError
from preceptor.identity import Identity, NotAllowed, token_of
from preceptor.manifests import sentence_of
from preceptor.telemetry import REVIEW_READ, ReviewReadEvent, now
from preceptor.telemetry.review import ReviewList
from preceptor_eval.authentication import Authenticator, http_status
from preceptor_eval.gateway.bodies import read_body
from preceptor_eval.gateway.errors import AuditUnavailable, NoAnswer, error_document, refused
from preceptor_eval.gateway.seams import AuditLog
from preceptor_eval.gateway.serving import Candidates
from preceptor_eval.gateway.store import GatewayStore

LIST_LIMIT = 500


def router(
    *,
    candidates: Candidates,
    store: GatewayStore,
    audit: AuditLog,
    authenticator: Authenticator,
    admins: frozenset[str],
    reviewers: frozenset[str],
    body_bytes: int,
) -> APIRouter:
    """The admin paths; each authenticates its caller first."""
    routes = APIRouter()

    async def caller(request: Request, allowed: frozenset[str], what: str) -> Identity:
        direct = request.headers.get(TOKEN_HEADER)
        token = direct if direct is not None else token_of(request.headers.get("Authorization"))
        identity = await authenticator.identify(token, AUDIENCE)
        if identity.username not in allowed:
            raise NotAllowed(f"{identity.username} may not {what}: ask whoever runs this gateway to allow it.")
        return identity

    async def admin(request: Request) -> str:
        return (await caller(request, admins, "hand over candidates")).username

    async def reviewer(request: Request, item: uuid.UUID | None = None) -> None:
        identity = await caller(request, reviewers, "read the review queue")
        event = ReviewReadEvent(timestamp=now(), by=identity.username, item=item)
        await audit.append(Append(key=str(uuid.uuid4()), kind=REVIEW_READ, body=event.document()))

    @routes.get(ADMIN_PATH)
    async def read(request: Request, release_uid: Annotated[str | None, Query(alias="releaseUid")] = None) -> Response:
        async def work() -> Response:
            await admin(request)
            return _serving(candidates.report(release_uid), candidates)

        return await _answered(work)

    @routes.put(ADMIN_PATH)
    async def hand_over(request: Request) -> Response:
        async def work() -> Response:
            by = await admin(request)
            handover = _handover(await read_body(request, body_bytes))
            serving = await candidates.hand_over(handover, by=by)
            return _serving(serving, candidates, status_code=202 if serving.state == "Loading" else 200)

        return await _answered(work)

    @routes.delete(ADMIN_PATH + "/{digest}")
    async def stop(
        request: Request, digest: str, release_uid: Annotated[str | None, Query(alias="releaseUid")] = None
    ) -> Response:
        async def work() -> Response:
            by = await admin(request)
            return _serving(await candidates.stop(digest, by=by, release_uid=release_uid), candidates)

        return await _answered(work)

    @routes.get(REVIEW_PATH)
    async def list_items(request: Request) -> Response:
        async def work() -> Response:
            await reviewer(request)
            items = await asyncio.to_thread(store.items, limit=LIST_LIMIT)
            return _private(ReviewList(items=tuple(item.summary() for item in items)).document())

        return await _answered(work)

    @routes.get(REVIEW_PATH + "/{item_id}")
    async def show_item(request: Request, item_id: str) -> Response:
        async def work() -> Response:
            identifier = _identifier(item_id)
            await reviewer(request, identifier)
            item = None if identifier is None else await asyncio.to_thread(store.item, identifier)
            if item is None:
                raise refused(
                    "No item of the review queue has this id: see the list.", reason="ItemUnknown", status=404
                )
            return _private(item.document())

        return await _answered(work)

    return routes


async def _answered(work: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await work()
    except NoAnswer as error:
        status = error.status
        sentence, reason = str(error), error.reason
    except AuditUnavailable as error:
        status, sentence, reason = 503, f"{error} Nothing was changed or shown.", error.reason
    except PreceptorError as error:
        status, sentence, reason = http_status(error), str(error), error.reason
    return JSONResponse(error_document(sentence, status=status, reason=reason), status_code=status)


def _serving(serving: Serving, candidates: Candidates, *, status_code: int = 200) -> Response:
    # A refused or loading handover says nothing about the candidate that still answers: the header does.
    served = candidates.served
    return JSONResponse(
        serving.document(),
        status_code=status_code,
        headers={"X-Preceptor-Candidate": served.digest} if served else None,
    )


def _private(document: object) -> Response:
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


def _handover(body: bytes) -> Handover:
    try:
        return Handover.model_validate_json(body)
    except ValidationError as error:
        raise refused(f"The handover is not understood ({sentence_of(error)}).", reason="HandoverInvalid") from None


def _identifier(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

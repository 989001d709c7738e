"""Is this request's body short enough to read?"""

from starlette.requests import ClientDisconnect, Request

from preceptor_eval.gateway.errors import client_gone, refused


async def read_body(request: Request, limit: int) -> bytes:
    """A request's body.

    Raises NoAnswer: 413 as soon as it exceeds the limit, without reading the rest, and 499 when the client goes away
    before all of it came.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise refused(
                    f"The request's body has more than {limit} bytes: send a shorter conversation.",
                    reason="BodyTooLarge",
                    status=413,
                )
    except ClientDisconnect:
        raise client_gone() from None
    return bytes(body)


async def gone(request: Request) -> None:
    """Return when the client of a request has gone; to be awaited once its body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

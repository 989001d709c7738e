"""Is this request's body short enough to read?"""

from starlette.requests import Request

from preceptor_eval.gateway.errors import refused


async def read_body(request: Request, limit: int) -> bytes:
    """A request's body. Raises NoAnswer (413) as soon as it exceeds the limit, without reading the rest."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise refused(
                f"The request's body has more than {limit} bytes: send a shorter conversation.",
                reason="BodyTooLarge",
                status=413,
            )
    return bytes(body)

"""How does a request end that fails where nobody expected it?"""

import logging
import traceback

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preceptor_eval.gateway.errors import error_document

log = logging.getLogger("preceptor.gateway")


class NoTracebacks:
    """Ends every uncaught exception here: the server would log its text, which may quote a prompt."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; answer 500 with a sentence where it raises before it has begun to answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
            if not begun:
                document = error_document(
                    "The gateway failed on this request: try again.", status=500, reason="InternalError"
                )
                await JSONResponse(document, status_code=500)(scope, receive, send)

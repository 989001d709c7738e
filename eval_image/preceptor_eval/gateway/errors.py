"""How does a gateway say that there is no answer?"""

from typing import Any

from preceptor.exits import PreceptorError, TryAgain
from preceptor.telemetry import Outcome


class AuditUnavailable(TryAgain):
    """A record could not be appended, so what it records must not take effect."""

    reason = "AuditUnavailable"


class NoAnswer(PreceptorError):
    """A request that ends without an answer of the model: a sentence, an HTTP status and a reason for the audit."""

    def __init__(self, sentence: str, *, status: int, reason: str, outcome: Outcome = "refused") -> None:
        super().__init__(sentence, reason=reason)
        self.status = status
        self.outcome = outcome


def client_gone() -> NoAnswer:
    """A request whose client closed the connection before it was answered; 499 is nginx's word for that."""
    return NoAnswer(
        "The client closed the connection before the answer.",
        status=499,
        reason="ClientDisconnected",
        outcome="disconnected",
    )


def refused(sentence: str, *, reason: str, status: int = 400) -> NoAnswer:
    """A request that the caller has to change."""
    return NoAnswer(sentence, status=status, reason=reason)


_TYPES = {400: "invalid_request_error", 404: "not_found_error", 413: "invalid_request_error", 429: "rate_limit_error"}


def error_document(sentence: str, *, status: int, reason: str, request_id: str | None = None) -> dict[str, Any]:
    """An error in the form that OpenAI's clients understand."""
    error = {"message": sentence, "type": _TYPES.get(status, "server_error"), "param": None, "code": reason}
    return {"error": error, "preceptor": {"request_id": request_id}} if request_id else {"error": error}

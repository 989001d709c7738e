"""What does the promotion policy say?"""

from collections.abc import Mapping
from typing import Any

from opa_client.opa_async import AsyncOpaClient
from pydantic import ValidationError

from preceptor.api.adapterrelease import DecisionReason
from preceptor_operator import metrics
from preceptor_operator.adapterrelease.observed import PolicyAnswer
from preceptor_operator.config import Opa

PACKAGE = "preceptor.promotion"
RULE = "decision"


class PolicyClient:
    """OPA, asked through opa-python-client. What is not exactly a decision is no answer."""

    def __init__(self, settings: Opa) -> None:
        self._settings = settings

    async def decide(self, document: dict[str, Any]) -> PolicyAnswer | None:
        """Ask for the decision on one document; None when OPA cannot be asked or answers anything unexpected."""
        try:
            async with AsyncOpaClient(
                host=self._settings.host, port=self._settings.port, timeout=self._settings.timeout_seconds, retries=1
            ) as client:
                answer = await client.query_rule(document, PACKAGE, RULE)
        except Exception:  # the client raises its own, aiohttp's and ValueError alike: all mean no answer
            metrics.DECISIONS.labels(phase=document["phase"], allow="unavailable").inc()
            return None
        believed = believe(answer, document)
        allow = "undefined" if believed is None else str(believed.allow).lower()
        metrics.DECISIONS.labels(phase=document["phase"], allow=allow).inc()
        return believed


def believe(answer: Any, document: Mapping[str, Any]) -> PolicyAnswer | None:
    """The answer in an OPA response, or None.

    An undefined rule gives no ``result`` with HTTP 200. A decision counts only when it is about the phase that was
    asked and made by the revision that was asked for, an allow only when it is ``true`` without a reason against it.
    """
    result = answer.get("result") if isinstance(answer, Mapping) else None
    if not isinstance(result, Mapping) or result.get("phase") != document["phase"]:
        return None
    allow, revision, reasons = result.get("allow"), result.get("revision"), result.get("reasons")
    if not isinstance(allow, bool) or not isinstance(revision, str) or not isinstance(reasons, list):
        return None
    # A policy of before that says nothing of it: it counts the approvals all the same.
    needed = result.get("approvalsNeeded", 0)
    if type(needed) is not int or needed < 0:
        return None
    try:
        parsed = tuple(DecisionReason.model_validate(reason) for reason in reasons)
    except ValidationError:
        return None
    if allow and (parsed or revision != document["policy"]["revision"]):
        return None
    return PolicyAnswer(allow=allow, revision=revision, reasons=parsed, approvals_needed=needed)

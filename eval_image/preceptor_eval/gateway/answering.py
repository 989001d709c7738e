"""What becomes of one chat request?

The order is the safety argument: the whole answer, then the policy's verdict, then (for a blocked one) the review
queue, then the audit record, and only then the first byte to the client.
"""

import asyncio
import logging
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from preceptor.api.audit import Append
from preceptor.exits import BadInput
from preceptor.telemetry import INFERENCE, InferenceEvent, KeyedHash, Outcome, SafetyStatus, now
from preceptor.telemetry.review import ReviewItem, ReviewTurn
from preceptor_eval.gateway import chat
from preceptor_eval.gateway.errors import NoAnswer, client_gone, error_document
from preceptor_eval.gateway.metrics import Metrics
from preceptor_eval.gateway.model_queue import ModelQueue
from preceptor_eval.gateway.replies import WITHHELD, Answer
from preceptor_eval.gateway.seams import AuditLog, Verdict
from preceptor_eval.gateway.serving import Candidates, Served
from preceptor_eval.gateway.settings import Limits
from preceptor_eval.gateway.store import GatewayStore
from preceptor_eval.generation import Completion

log = logging.getLogger("preceptor.gateway")
T = TypeVar("T")
Gone = Callable[[], Awaitable[None]]


@dataclass
class Progress:
    """What is known of a request so far; the audit event is made of it however the request ends."""

    request_id: uuid.UUID = field(default_factory=uuid.uuid4)
    begun: float = field(default_factory=time.monotonic)
    served: Served | None = None
    stream: bool = False
    prompt_hash: str | None = None
    answer_hash: str | None = None
    documents: tuple[str, ...] = ()
    completion: Completion | None = None
    decision: SafetyStatus = "NONE"
    rules: tuple[str, ...] = ()
    review_item: uuid.UUID | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the request arrived."""
        return time.monotonic() - self.begun


@dataclass(frozen=True)
class Reply:
    """What the client gets: an answer, or an error document with its status."""

    status: int
    answer: Answer | None = None
    error: dict[str, Any] | None = None
    stream: bool = False
    include_usage: bool = False


class Answering:
    """Answers chat requests with the served candidate."""

    def __init__(
        self,
        *,
        candidates: Candidates,
        store: GatewayStore,
        audit: AuditLog,
        queue: ModelQueue,
        keyed_hash: KeyedHash,
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self._candidates = candidates
        self._store = store
        self._audit = audit
        self._queue = queue
        self._hash = keyed_hash
        self._metrics = metrics
        self._limits = limits
        self._open = 0
        self._none_open = asyncio.Event()
        self._none_open.set()

    async def answer(self, read_body: Callable[[], Awaitable[bytes]], gone: Gone) -> Reply:
        """Answer one request; every way out is recorded before it is taken.

        ``gone`` returns when the client has closed the connection. Where the server cancels the request, as it does at
        the end of its patience with a shutdown, that is recorded and answered, too.
        """
        self._open += 1
        self._none_open.clear()
        try:
            return await self._recorded(read_body, gone)
        finally:
            self._open -= 1
            if not self._open:
                self._none_open.set()

    async def settled(self) -> None:
        """Wait until every request that came is recorded."""
        await self._none_open.wait()

    async def _recorded(self, read_body: Callable[[], Awaitable[bytes]], gone: Gone) -> Reply:
        progress = Progress()
        reason: str | None = None
        outcome: Outcome
        try:
            reply = await self._answer(progress, await read_body(), gone)
            outcome = "blocked" if progress.decision == "BLOCK" else "answered"
        except NoAnswer as error:
            outcome, reason = error.outcome, error.reason
            reply = _error(progress, str(error), status=error.status, reason=error.reason)
        except asyncio.CancelledError:
            _stay()
            outcome, reason = "failed", "ShuttingDown"
            reply = _error(progress, "The gateway is shutting down: try again in a minute.", status=503, reason=reason)
        except Exception as error:
            # Type and place only: the text of an exception may quote the prompt.
            _log_bug(progress, error)
            outcome, reason = "failed", "InternalError"
            sentence = (
                "The gateway failed on this request: try again, and report it with this request's id if it stays."
            )
            reply = _error(progress, sentence, status=500, reason=reason)
        seconds = progress.seconds
        try:
            await _to_its_end(self._record(progress, outcome, reply.status, reason))
        except (Exception, asyncio.CancelledError) as error:
            self._metrics.audit_failed()
            outcome, reason = "failed", "AuditUnavailable"
            sentence = "This request could not be recorded, so its answer is withheld: try again."
            log.error("request %s: no audit record (%s)", progress.request_id, type(error).__name__)
            reply = _error(progress, sentence, status=503, reason=reason)
        self._metrics.request(outcome=outcome, decision=progress.decision, rules=progress.rules, seconds=seconds)
        log.info("request %s: %s %d in %.0f ms", progress.request_id, outcome, reply.status, seconds * 1000)
        return reply

    async def _answer(self, progress: Progress, body: bytes, gone: Gone) -> Reply:
        served = progress.served = self._candidates.served
        request = chat.parse(body)
        progress.stream = request.stream
        progress.prompt_hash = self._hash.of(
            "prompt", [part for turn in request.messages for part in (turn.role, turn.text)]
        )
        contexts = chat.contexts_of(request, self._limits)
        progress.documents = tuple(self._hash.of("document", [context]) for context in contexts)
        if served is None:
            raise NoAnswer(
                "This gateway serves no candidate: it waits for the operator to hand over a released one.",
                status=503,
                reason="NothingServed",
                outcome="notServing",
            )
        _check_model(request.model, served)
        handover = served.handover
        chat.check_decoding(request, handover.candidate.decoding)
        conversation = chat.conversation_of(request, contexts, handover.sources.system_prompt, self._limits)

        def work() -> tuple[Completion, Verdict]:
            completion = served.generator.complete(conversation)
            return completion, served.policy.check(completion.text, contexts)

        try:
            seconds = max(0.0, self._limits.seconds - progress.seconds)
            completion, verdict = await _unless(gone, self._queue.run(work, seconds=seconds))
        except BadInput as error:
            # The generator's sentences for a conversation that does not fit count tokens and quote nothing.
            raise NoAnswer(str(error), status=400, reason=error.reason) from None
        progress.completion = completion
        progress.answer_hash = self._hash.of("answer", [completion.text])
        # Anything but a plain PASS or WARN withholds the answer.
        progress.decision = verdict.decision if verdict.decision in ("PASS", "WARN") else "BLOCK"
        progress.rules = tuple(verdict.rules)
        blocked = progress.decision == "BLOCK"
        if blocked:
            item = _review_item(progress, served, request, contexts, completion)
            progress.review_item = item.id
            try:
                await asyncio.to_thread(self._store.add, item)
            except Exception:
                progress.review_item = None
                raise
        return Reply(
            status=200,
            answer=Answer(
                request_id=progress.request_id,
                served=served,
                text=WITHHELD if blocked else completion.text,
                decision=progress.decision,
                rules=progress.rules,
                finish_reason="content_filter" if blocked else completion.finish_reason,
                prompt_tokens=completion.prompt_tokens,
                completion_tokens=completion.completion_tokens,
            ),
            stream=request.stream,
            include_usage=bool(request.stream_options and request.stream_options.include_usage),
        )

    async def _record(self, progress: Progress, outcome: Outcome, status: int, reason: str | None) -> None:
        served, completion = progress.served, progress.completion
        event = InferenceEvent(
            timestamp=now(),
            request_id=progress.request_id,
            model_version=served.name if served else None,
            release=served.release if served else None,
            candidate_digest=served.digest if served else None,
            adapter_hash=served.handover.candidate.adapter if served else None,
            outcome=outcome,
            status=status,
            reason=reason,
            stream=progress.stream,
            prompt_hash=progress.prompt_hash,
            answer_hash=progress.answer_hash,
            retrieved_doc_ids=progress.documents,
            context_count=len(progress.documents),
            prompt_tokens=completion.prompt_tokens if completion else 0,
            completion_tokens=completion.completion_tokens if completion else 0,
            finish_reason=completion.finish_reason if completion else None,
            safety_status=progress.decision,
            rule_ids=progress.rules,
            output_policy_digest=served.policy.digest if served else None,
            review_item=progress.review_item,
            latency_ms=int(progress.seconds * 1000),
        )
        await self._audit.append(
            Append(key=str(progress.request_id), kind=INFERENCE, subject=event.candidate_digest, body=event.document())
        )


async def _unless(gone: Gone, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. Raises NoAnswer (499) when the client goes first; what waits in the queue leaves it."""
    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise client_gone()
        return working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for work, however often the waiting is cancelled. Raises what the work raises."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                _stay()
    task.result()


def _stay() -> None:
    """Take a cancellation as heard: what it asks for is done, and the task then ends by itself."""
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()


def _check_model(asked: str | None, served: Served) -> None:
    if asked is not None and asked not in (served.name, served.release.name):
        raise NoAnswer(
            f"The model that was asked for is not served here: ask for {served.name} or {served.release.name}, "
            "or leave model out.",
            status=404,
            reason="ModelUnknown",
        )


def _review_item(
    progress: Progress,
    served: Served,
    request: chat.ChatRequest,
    contexts: tuple[str, ...],
    completion: Completion,
) -> ReviewItem:
    return ReviewItem(
        id=uuid.uuid4(),
        created=now(),
        request_id=progress.request_id,
        release=served.release,
        candidate_digest=served.digest,
        decision=progress.decision,
        rules=progress.rules,
        output_policy_digest=served.policy.digest,
        messages=tuple(ReviewTurn(role=turn.role, content=turn.text) for turn in request.messages),
        contexts=contexts,
        answer=completion.text,
    )


def _error(progress: Progress, sentence: str, *, status: int, reason: str) -> Reply:
    document = error_document(sentence, status=status, reason=reason, request_id=str(progress.request_id))
    return Reply(status=status, error=document)


def _log_bug(progress: Progress, error: Exception) -> None:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("request %s: %s at %s:%s", progress.request_id, type(error).__name__, frame.filename, frame.lineno)

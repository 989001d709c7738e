"""What does this chat request ask of the served candidate?"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preceptor.api.candidate import Decoding
from preceptor.manifests import sentence_of
from preceptor_eval.gateway.errors import refused
from preceptor_eval.gateway.settings import Limits
from preceptor_eval.generation import Message, with_contexts


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TextPart(_Model):
    """A part of a message's content; only text is understood."""

    type: Literal["text"]
    text: str


class Turn(_Model):
    """One message of a conversation."""

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    content: str | tuple[TextPart, ...]
    name: str | None = None

    @property
    def text(self) -> str:
        """The content as one text."""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class StreamOptions(_Model):
    """What a stream carries beside the answer."""

    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(_Model):
    """POST /v1/chat/completions, as OpenAI's clients send it, with ``contexts`` beside.

    Whatever would shape an answer belongs to the candidate, so those fields are understood only to be compared.
    """

    model: str | None = None
    messages: Annotated[tuple[Turn, ...], Field(min_length=1)]
    contexts: tuple[str, ...] | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    n: int | None = None
    # What would change the answer: only the value that changes nothing is accepted.
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    stop: str | tuple[str, ...] | None = None
    tools: tuple[Any, ...] | None = None
    tool_choice: Any = None
    response_format: Any = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    # What a client may send about itself; it is neither used nor kept.
    metadata: dict[str, Any] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    parallel_tool_calls: bool | None = None


def parse(body: bytes) -> ChatRequest:
    """Read a request's body. Raises NoAnswer (400) with a sentence that names the field and never its value."""
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        raise refused(
            f"The request is not a chat completion that this gateway understands ({sentence_of(error)}): correct it.",
            reason="RequestInvalid",
        ) from None


def contexts_of(request: ChatRequest, limits: Limits) -> tuple[str, ...]:
    """The retrieved contexts, from ``contexts`` or ``metadata.contexts``. Raises NoAnswer (400)."""
    beside = (request.metadata or {}).get("contexts")
    if beside is not None and request.contexts is not None:
        raise refused("contexts stand both in the request and in its metadata: send them once.", reason="ContextsTwice")
    contexts = request.contexts if beside is None else beside
    if contexts is None:
        return ()
    if not isinstance(contexts, list | tuple) or not all(isinstance(context, str) for context in contexts):
        raise refused(
            "metadata.contexts is not a list of texts: send one text for each context.", reason="ContextsInvalid"
        )
    if len(contexts) > limits.contexts:
        raise refused(
            f"The request has {len(contexts)} contexts, but at most {limits.contexts} are read: send fewer.",
            reason="TooManyContexts",
        )
    if any(not context.strip() or len(context.splitlines()) != 1 for context in contexts):
        # A line break would let one context look like several, or like the user's own words.
        raise refused(
            "A context is empty or has more than one line: send each statement of the protocol as one line.",
            reason="ContextsInvalid",
        )
    return tuple(contexts)


def conversation_of(
    request: ChatRequest, contexts: tuple[str, ...], system_prompt: str, limits: Limits
) -> list[Message]:
    """The conversation that the model reads: system prompt, turns, and the contexts with the last of them.

    Raises NoAnswer (400).
    """
    turns = request.messages
    if len(turns) > limits.messages:
        raise refused(
            f"The request has {len(turns)} messages, but at most {limits.messages} are read: send fewer.",
            reason="TooManyMessages",
        )
    for turn in turns:
        if turn.role in ("system", "developer"):
            raise refused(
                f"A {turn.role} message is not accepted: the system prompt is part of the candidate that was examined; "
                "send user and assistant messages only.",
                reason="SystemMessage",
            )
        if turn.role not in ("user", "assistant"):
            raise refused(
                f"A {turn.role} message is not accepted: send user and assistant messages only.", reason="RoleUnknown"
            )
        if not turn.text.strip():
            raise refused("A message is empty: send its text.", reason="MessageEmpty")
    if turns[-1].role != "user":
        raise refused("The last message is not the user's: send the question last.", reason="LastNotUser")
    said: list[Message] = [{"role": turn.role, "content": turn.text} for turn in turns[:-1]]
    return [
        {"role": "system", "content": system_prompt},
        *said,
        {"role": "user", "content": with_contexts(turns[-1].text, contexts)},
    ]


def check_decoding(request: ChatRequest, decoding: Decoding) -> None:
    """Raise NoAnswer (400), which names the value that is served, where the request asks for other decoding.

    A lower limit of tokens is other decoding, too: an answer that it cuts was never examined, and may end before the
    words for which the output policy would have blocked it.
    """
    for name, value, examined in (
        ("temperature", request.temperature, float(decoding.temperature)),
        ("top_p", request.top_p, float(decoding.top_p)),
        ("seed", request.seed, decoding.seed),
        ("max_tokens", request.max_tokens, decoding.max_tokens),
        ("max_completion_tokens", request.max_completion_tokens, decoding.max_tokens),
        ("n", request.n, 1),
        ("frequency_penalty", request.frequency_penalty, 0),
        ("presence_penalty", request.presence_penalty, 0),
    ):
        if value is not None and value != examined:
            raise refused(
                f"{name} is fixed at {_number(examined)} by the candidate that was examined: leave {name} out.",
                reason="DecodingFixed",
            )
    plain_text = request.response_format in (None, {"type": "text"})
    for name, shapes in (
        ("stop", bool(request.stop)),
        ("logit_bias", bool(request.logit_bias)),
        ("tools", bool(request.tools)),
        ("tool_choice", request.tool_choice not in (None, "none", "auto")),
        ("response_format", not plain_text),
        ("logprobs", bool(request.logprobs) or bool(request.top_logprobs)),
    ):
        if shapes:
            raise refused(
                f"{name} is not part of the candidate that was examined: leave {name} out.", reason="DecodingFixed"
            )


def _number(value: float) -> str:
    # Not :g alone, which would write a long limit of tokens or seed with an exponent.
    return str(value) if isinstance(value, int) else f"{value:g}"

"""Which tokens of a row does the loss count?

Found by rendering the template up to each answer and through it: `{% generation %}` marks are missing from most stock
templates, where they silently give a mask of zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from traceback import extract_tb
from typing import Any, Protocol

from preceptor.exits import BadInput
from preceptor_trainer import reasons
from preceptor_trainer.rows import Message, Row


class Reader(Protocol):
    """What is needed of a tokenizer."""

    def render(self, messages: Sequence[Message], *, generation_prompt: bool) -> str:
        """The text that the chat template writes. Raises Refused where it writes none."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts, nothing added."""

    @property
    def end_tokens(self) -> frozenset[int]:
        """Ids that end an answer."""

    @property
    def control_texts(self) -> tuple[str, ...]:
        """Texts that the tokenizer reads as control tokens."""


class Refused(BadInput):
    """The chat template fails on a conversation, whose place the sentence still lacks."""

    reason = reasons.CHAT_TEMPLATE_INVALID


@dataclass(frozen=True)
class Encoded:
    """One row as token ids and, for each token, its weight as a target of the loss (0: not learned).

    ``parts`` are the lengths of the rows that a packed row holds, one behind the other; empty: it is one row.
    """

    ids: tuple[int, ...]
    weights: tuple[float, ...]
    truncated: bool
    parts: tuple[int, ...] = ()

    @property
    def lengths(self) -> tuple[int, ...]:
        """The length of each row that it holds."""
        return self.parts or (len(self.ids),)


@dataclass(frozen=True)
class Weighting:
    """The first ``first`` tokens of each answer weigh ``weight``, the others 1."""

    first: int = 0
    weight: float = 1.0


def encode(rows: Sequence[Row], reader: Reader, *, max_length: int, weighting: Weighting) -> tuple[Encoded, ...]:
    """Encode every row.

    Raises BadInput on a template that hides the answers and on a row whose answer would be cut off; no text is quoted.
    """
    for row in rows:
        for field, text in row.texts:
            if any(control in text for control in reader.control_texts):
                raise BadInput(
                    f"{row.place}: {field} holds a control token of the model's tokenizer: remove it.",
                    reason=reasons.DATASET_INVALID,
                )
    texts, wanted = _texts(rows, reader)
    ids = iter(reader.encode(texts))
    found: list[Encoded] = []
    for row, count in zip(rows, wanted, strict=True):
        if row.messages:
            whole = next(ids)
            marked = _mask(row, whole, [(next(ids), next(ids)) for _ in range(count)], reader)
        else:
            marked = _plain(row, next(ids), next(ids), reader)
        found.append(_fit(row, *marked, max_length, weighting))
    return tuple(found)


def limit_truncation(rows: Sequence[Encoded], share: float, max_length: int) -> int:
    """How many rows were cut. Raises BadInput when they are more than ``share`` of all."""
    cut = sum(row.truncated for row in rows)
    if cut > share * len(rows):
        raise BadInput(
            f"{cut} of {len(rows)} rows are longer than training.maxLength {max_length} and would lose the end of "
            f"their answers, more than training.maxTruncated {share:g} allows: raise maxLength or shorten the rows.",
            reason=reasons.DATASET_INVALID,
        )
    return cut


def _texts(rows: Sequence[Row], reader: Reader) -> tuple[list[str], list[int]]:
    """For each conversation its whole text, then for each answer the text before it and the text through it.

    For a row without messages its prompt and its whole text.
    """
    texts: list[str] = []
    counts: list[int] = []
    for row in rows:
        if not row.messages:
            texts += [row.prompt, row.prompt + row.completion]
            counts.append(0)
            continue
        try:
            found = _conversation(row, reader)
        except Refused as error:
            raise BadInput(f"{row.place}: {error}", reason=error.reason) from None
        texts += found
        counts.append(len(found) // 2)
    return texts, counts


def _conversation(row: Row, reader: Reader) -> list[str]:
    """The row's whole text, then for each answer the text before it and the text through it."""
    whole = reader.render(row.messages, generation_prompt=False)
    texts = [whole]
    for index, message in enumerate(row.messages):
        if message.role != "assistant" or index < row.learned_from:
            continue
        before = reader.render(row.messages[:index], generation_prompt=True)
        through = reader.render(row.messages[: index + 1], generation_prompt=False)
        if not (whole.startswith(through) and through.startswith(before)):
            raise _template(
                f"{row.place}: the chat template writes a conversation's beginning differently when more turns "
                "follow, so its answers cannot be found: use a template that only appends, or rows of one answer"
            )
        texts += [before, through]
    return texts


def _plain(row: Row, prompt: list[int], whole: list[int], reader: Reader) -> tuple[list[int], list[tuple[int, int]]]:
    """A row without a template, ended with the end token; all of a text but its first token is learned."""
    if whole[: len(prompt)] != prompt:
        raise BadInput(
            f"{row.place}: the tokenizer joins the end of prompt with the start of completion, so that the completion "
            "is never asked for as it was learned: begin the completion with the space that separates them.",
            reason=reasons.DATASET_INVALID,
        )
    return [*whole, min(reader.end_tokens)], [(max(len(prompt), 1), len(whole) + 1)]


def _mask(
    row: Row, whole: list[int], answers: list[tuple[list[int], list[int]]], reader: Reader
) -> tuple[list[int], list[tuple[int, int]]]:
    """The row's tokens and the spans of its answers, each up to and with its end token."""
    spans: list[tuple[int, int]] = []
    for before, through in answers:
        start, stop = len(before), len(through)
        if whole[:start] != before or whole[:stop] != through:
            raise _template(
                f"{row.place}: the tokenizer joins the end of the prompt with the start of the answer, so that an "
                "answer is never asked for as it was learned: end the template's prompt with a control token"
            )
        ends = [place for place in range(start, stop) if whole[place] in reader.end_tokens]
        if start == stop:
            raise _template(f"{row.place}: the chat template writes nothing for an answer")
        if not ends:
            raise _template(
                f"{row.place}: the chat template writes no end token after an answer, so that the model would never "
                "learn to stop: end it with the tokenizer's eos token"
            )
        if start == 0:
            raise _template(f"{row.place}: the chat template writes nothing before the answer")
        spans.append((start, ends[-1] + 1))
    return whole, spans


def _fit(row: Row, ids: list[int], spans: list[tuple[int, int]], max_length: int, weighting: Weighting) -> Encoded:
    weights = [0.0] * len(ids)
    for start, stop in spans:
        for place in range(start, stop):
            weights[place] = weighting.weight if place - start < weighting.first else 1.0
    # What follows the last answer is read by nobody.
    length = min(spans[-1][1], max_length)
    if not any(weights[:length]):
        raise BadInput(
            f"{row.place}: the answer begins after token {spans[0][0]} of {len(ids)}, beyond training.maxLength "
            f"{max_length}: raise maxLength or shorten the row.",
            reason=reasons.DATASET_INVALID,
        )
    return Encoded(tuple(ids[:length]), tuple(weights[:length]), truncated=spans[-1][1] > max_length)


def _template(sentence: str) -> BadInput:
    return BadInput(f"{sentence}.", reason=reasons.CHAT_TEMPLATE_INVALID)


class FolderReader:
    """The tokenizer and chat template of a base model folder, which is read from the file ``template``."""

    def __init__(self, tokenizer: Any, end_tokens: frozenset[int], template: str) -> None:
        self.tokenizer, self._template = tokenizer, template
        self._end_tokens = end_tokens
        self._controls = tuple(sorted({str(token) for token in tokenizer.all_special_tokens if str(token)}))

    def render(self, messages: Sequence[Message], *, generation_prompt: bool) -> str:
        """The text that the chat template writes.

        Raises Refused when the template fails on the conversation, and BadInput when it is no template.
        """
        from jinja2 import TemplateSyntaxError

        documents = [{"role": message.role, "content": message.content} for message in messages]
        # An exception's own sentence may quote the row.
        try:
            text: str = self.tokenizer.apply_chat_template(
                documents, tokenize=False, add_generation_prompt=generation_prompt
            )
        except TemplateSyntaxError as error:
            raise _template(
                f"{self._template} of the base model is no chat template from line {error.lineno} on: "
                "correct that line, and make the model's manifest anew"
            ) from None
        except Exception as error:
            # Whatever is run here is written in the template.
            lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
            where = f"{self._template} line {lines[-1]}" if lines else self._template
            raise Refused(
                f"the base model's chat template refuses this conversation ({where}: {type(error).__name__}): write "
                "the row as the template wants it, or correct that line and make the model's manifest anew."
            ) from None
        return text

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts, nothing added: the template writes every control token itself."""
        ids: list[list[int]] = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return ids

    @property
    def end_tokens(self) -> frozenset[int]:
        """Ids that end an answer."""
        return self._end_tokens

    @property
    def control_texts(self) -> tuple[str, ...]:
        """Texts that the tokenizer reads as control tokens."""
        return self._controls

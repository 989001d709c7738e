"""Is a mask ever empty, full or endless without anybody noticing? Seen on look-alikes of stock chat templates."""

from collections.abc import Sequence
from typing import Any

import pytest
import stock_templates as stock

from preceptor.exits import BadInput
from preceptor_trainer.conversation import Encoded, Weighting, encode, limit_truncation
from preceptor_trainer.model import load_reader
from preceptor_trainer.rows import Message, Row

BOS = {stock.LLAMA_3_1: "<|begin_of_text|>", stock.GEMMA_3: "<bos>"}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Bytes and the control tokens of all templates, by the library that production uses."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*stock.CONTROLS, *alphabet])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(stock.CONTROLS))
    return PreTrainedTokenizerFast(tokenizer_object=made)


class Stock:
    """The tokenizer under one template."""

    control_texts = stock.CONTROLS

    def __init__(self, tokenizer: Any, template: str) -> None:
        self.tokenizer, self.template = tokenizer, template
        self.end_tokens = frozenset(tokenizer.convert_tokens_to_ids(list(stock.ENDS)))

    def render(self, messages: Sequence[Message], *, generation_prompt: bool) -> str:
        return self.tokenizer.apply_chat_template(
            [{"role": message.role, "content": message.content} for message in messages],
            chat_template=self.template,
            tokenize=False,
            add_generation_prompt=generation_prompt,
            bos_token=BOS.get(self.template, ""),
        )

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        return self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]


def conversation(*contents: str, system: str | None = None) -> Row:
    turns = [Message(("user", "assistant")[number % 2], text) for number, text in enumerate(contents)]
    return Row("train.jsonl", 3, (*((Message("system", system),) if system else ()), *turns))


def learned(tokenizer: Any, template: str, row: Row, max_length: int = 4096) -> str:
    """The text whose prediction is learned, written out."""
    (found,) = encode([row], Stock(tokenizer, template), max_length=max_length, weighting=Weighting())
    ids = [token for token, weight in zip(found.ids, found.weights, strict=True) if weight]
    return tokenizer.decode(ids)


@pytest.mark.parametrize("template", [stock.LLAMA_3_1, stock.QWEN_3, stock.GEMMA_3])
def test_the_marks_of_the_library_would_be_all_zero(tokenizer: Any, template: str) -> None:
    row = conversation("my chest hurts", "EMERGENCY.")
    marks = tokenizer.apply_chat_template(
        [{"role": message.role, "content": message.content} for message in row.messages],
        chat_template=template,
        return_assistant_tokens_mask=True,
        return_dict=True,
        bos_token="",
    )
    assert not any(marks["assistant_masks"])


@pytest.mark.parametrize(
    ("template", "answer"),
    [
        (stock.LLAMA_3_1, "EMERGENCY.<|eot_id|>"),
        (stock.QWEN_3, "<think>\n\n</think>\n\nEMERGENCY.<|im_end|>"),
        (stock.GEMMA_3, "EMERGENCY.<end_of_turn>"),
    ],
)
@pytest.mark.parametrize("system", [None, "Be brief."])
def test_the_answer_and_its_end_are_learned_all_the_same(
    tokenizer: Any, template: str, answer: str, system: str | None
) -> None:
    assert learned(tokenizer, template, conversation("my chest hurts", "EMERGENCY.", system=system)) == answer


@pytest.mark.parametrize(
    ("template", "answers"),
    [(stock.LLAMA_3_1, "Rest.<|eot_id|>Call.<|eot_id|>"), (stock.GEMMA_3, "Rest.<end_of_turn>Call.<end_of_turn>")],
)
def test_both_answers_of_a_conversation_are_learned(tokenizer: Any, template: str, answers: str) -> None:
    assert learned(tokenizer, template, conversation("a", "Rest.", "b", "Call.")) == answers


def test_a_template_that_rewrites_an_earlier_answer_is_refused(tokenizer: Any) -> None:
    with pytest.raises(BadInput, match="writes a conversation's beginning differently when more turns follow"):
        learned(tokenizer, stock.QWEN_3, conversation("a", "Rest.", "b", "Call."))


def test_only_a_completion_is_learned_where_earlier_answers_are_its_prompt(tokenizer: Any) -> None:
    row = conversation("a", "Rest.", "b", "Call.")
    last = Row(row.file, row.line, row.messages, learned_from=3)
    assert learned(tokenizer, stock.LLAMA_3_1, last) == "Call.<|eot_id|>"
    assert learned(tokenizer, stock.QWEN_3, last) == "<think>\n\n</think>\n\nCall.<|im_end|>"


def test_an_answer_without_an_end_is_refused(tokenizer: Any) -> None:
    with pytest.raises(BadInput, match=r"train\.jsonl line 3: the chat template writes no end token") as caught:
        learned(tokenizer, stock.ALPACA, conversation("a", "Rest."))
    assert caught.value.reason == "ChatTemplateInvalid"


def test_a_mask_of_everything_is_refused(tokenizer: Any) -> None:
    answers_only = (
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}"
    )
    with pytest.raises(BadInput, match="writes nothing before the answer"):
        learned(tokenizer, answers_only, conversation("a", "Rest."))


def test_a_completion_is_learned_with_its_end_and_its_prompt_is_not(tokenizer: Any) -> None:
    row = Row("train.jsonl", 3, prompt="Q: pain?", completion=" Rest.")
    assert learned(tokenizer, stock.QWEN_3, row).startswith(" Rest.<")


def test_of_a_text_all_but_the_first_token_is_learned(tokenizer: Any) -> None:
    (found,) = encode(
        [Row("train.jsonl", 3, completion="abc")],
        Stock(tokenizer, stock.QWEN_3),
        max_length=99,
        weighting=Weighting(),
    )
    assert found.weights == (0.0, 1.0, 1.0, 1.0)
    assert found.ids[-1] in Stock(tokenizer, stock.QWEN_3).end_tokens


def cut(*truncated: bool) -> list[Encoded]:
    return [Encoded((1, 2), (0.0, 1.0), each) for each in truncated]


def test_more_cut_rows_than_allowed_are_refused_with_their_count() -> None:
    assert limit_truncation(cut(True, False, False, False), 0.25, 64) == 1
    with pytest.raises(BadInput, match=r"2 of 4 rows are longer than training\.maxLength 64") as caught:
        limit_truncation(cut(True, True, False, False), 0.25, 64)
    assert caught.value.reason == "DatasetInvalid"


def test_the_committed_base_model_marks_what_we_find(tokenizer: Any) -> None:
    """Its own template has marks: both ways of finding the answer agree, but for what follows its end."""
    from pathlib import Path

    reader = load_reader(Path("local/assets/models/tiny-triage"))
    row = conversation("my chest hurts", "EMERGENCY.", "and now?", "Call.", system="Be brief.")
    (found,) = encode([row], reader, max_length=512, weighting=Weighting())
    marks = reader.tokenizer.apply_chat_template(
        [{"role": message.role, "content": message.content} for message in row.messages],
        return_assistant_tokens_mask=True,
        return_dict=True,
    )
    assert [float(mark) for mark in marks["assistant_masks"]][: len(found.weights)] == list(found.weights)

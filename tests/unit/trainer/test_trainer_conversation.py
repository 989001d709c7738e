"""Does the loss count exactly the answers, whatever the chat template does?"""

import re
from collections.abc import Sequence

import jinja2
import pytest

from preceptor.exits import BadInput
from preceptor_trainer.conversation import Weighting, encode
from preceptor_trainer.rows import Message, Row

CONTROLS = ("<pad>", "<end>", "<system>", "<user>", "<assistant>")
PLAIN = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
# The stock Qwen3 template adds an empty thought to the last answer only.
THINKING = (
    "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' and loop.last %}[think][/think]{% endif %}"
    "{{ m.content }}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
NEWLINES = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
ENDLESS = PLAIN.replace("<end>", "")
NO_PROMPT = "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}<end>{% endif %}{% endfor %}"
NO_ANSWER = "{% for m in messages %}{% if m.role == 'user' %}<user>{{ m.content }}<end>{% endif %}{% endfor %}"
TRIMMED = "{% for m in messages %}{{ m.content }} {% endfor %}"
EVEN = Weighting()


class Characters:
    """A tokenizer of single characters and control tokens; it joins a space with the letter behind it, as BPE may."""

    end_tokens = frozenset({1})
    control_texts = CONTROLS

    def __init__(self, template: str) -> None:
        self.template = jinja2.Template(template)

    def render(self, messages: Sequence[Message], *, generation_prompt: bool) -> str:
        return self.template.render(messages=messages, add_generation_prompt=generation_prompt)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        pattern = "|".join(map(re.escape, CONTROLS)) + r"| \S|[\s\S]"
        return [
            [
                CONTROLS.index(part) if part in CONTROLS else hash(part) % 1_000_003 + 10
                for part in re.findall(pattern, text)
            ]
            for text in texts
        ]


def row(*contents: str) -> Row:
    roles = ("user", "assistant")
    return Row("train.jsonl", 7, tuple(Message(roles[number % 2], text) for number, text in enumerate(contents)))


def learned(template: str, *contents: str, max_length: int = 1000, weighting: Weighting = EVEN) -> list[float]:
    (found,) = encode([row(*contents)], Characters(template), max_length=max_length, weighting=weighting)
    assert len(found.ids) == len(found.weights)
    return list(found.weights)


def test_only_the_answer_and_its_end_token_are_learned() -> None:
    # <user> a b <end> <assistant> | x y <end>
    assert learned(PLAIN, "ab", "xy") == [0, 0, 0, 0, 0, 1, 1, 1]


def test_every_answer_of_a_conversation_is_learned() -> None:
    assert learned(PLAIN, "a", "x", "b", "y") == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1]


def test_what_follows_the_last_end_token_is_neither_learned_nor_kept() -> None:
    # <user> a <end> newline <assistant> | x <end>
    assert learned(NEWLINES, "a", "x") == [0, 0, 0, 0, 0, 1, 1]


def test_the_first_tokens_of_every_answer_weigh_more() -> None:
    weights = learned(PLAIN, "a", "xyz", "b", "y", weighting=Weighting(first=2, weight=6.0))
    assert [weight for weight in weights if weight] == [6, 6, 1, 1, 6, 6]


def test_a_thought_before_the_only_answer_is_part_of_it() -> None:
    assert sum(learned(THINKING, "a", "x")) == len("[think][/think]x") + 1


@pytest.mark.parametrize(
    ("template", "contents", "sentence"),
    [
        (THINKING, ("a", "x", "b", "y"), "writes a conversation's beginning differently"),
        (ENDLESS, ("a", "x"), "writes no end token after an answer"),
        (NO_PROMPT, ("a", "x"), "writes nothing before the answer"),
        (NO_ANSWER, ("a", "x"), "writes nothing for an answer"),
        (TRIMMED.replace("{{ m.content }} ", "{{ m.content }}{{ ' ' if loop.first }}"), ("a", "x"), "joins the end"),
    ],
)
def test_a_template_that_hides_the_answers_is_refused(template: str, contents: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        learned(template, *contents)
    assert caught.value.reason == "ChatTemplateInvalid"
    assert "train.jsonl line 7" in str(caught.value)


def test_a_row_that_is_too_long_is_cut_and_says_so() -> None:
    (found,) = encode([row("ab", "xyz")], Characters(PLAIN), max_length=7, weighting=Weighting())
    assert (found.weights, found.truncated) == ((0, 0, 0, 0, 0, 1, 1), True)


def test_a_row_that_just_fits_is_not_cut() -> None:
    (found,) = encode([row("ab", "xyz")], Characters(NEWLINES), max_length=10, weighting=Weighting())
    assert not found.truncated


def test_a_row_whose_answer_would_be_cut_off_is_refused() -> None:
    with pytest.raises(BadInput, match=r"train\.jsonl line 7: the answer begins after token 5 of 9, beyond") as caught:
        learned(PLAIN, "ab", "xyz", max_length=5)
    assert caught.value.reason == "DatasetInvalid"


@pytest.mark.parametrize("contents", [("be <assistant> now", "x"), ("a", "x<end>y")])
def test_a_row_that_writes_control_tokens_is_refused_and_not_quoted(contents: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="holds a control token") as caught:
        learned(PLAIN, *contents)
    assert "now" not in str(caught.value)

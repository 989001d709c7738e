"""Does a tokenizer that is saved and loaded again read and write the same, and render the same conversations?"""

import json
from pathlib import Path

import pytest

from preceptor.exits import BadInput
from preceptor_trainer.conversation import FolderReader, Weighting, encode
from preceptor_trainer.model import load_reader
from preceptor_trainer.rows import Message, Row

ASSETS = Path("local/assets")
BASE = ASSETS / "models" / "tiny-triage"


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> tuple[FolderReader, FolderReader]:
    folder = tmp_path_factory.mktemp("saved")
    first = load_reader(BASE)
    first.tokenizer.save_pretrained(folder)
    return first, load_reader(folder)


def conversations(count: int = 64) -> list[Row]:
    with (ASSETS / "datasets" / "triage-v1" / "train.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line)["messages"] for line, _ in zip(file, range(count), strict=False)]
    return [Row("train.jsonl", n, tuple(Message(**message) for message in line)) for n, line in enumerate(lines, 1)]


def test_the_same_rows_give_the_same_tokens_and_weights(readers: tuple[FolderReader, FolderReader]) -> None:
    one, other = (encode(conversations(), each, max_length=512, weighting=Weighting()) for each in readers)
    assert one == other


def test_vocabulary_end_and_control_tokens_are_the_same(readers: tuple[FolderReader, FolderReader]) -> None:
    first, second = readers
    assert first.tokenizer.get_vocab() == second.tokenizer.get_vocab()
    assert first.control_texts == second.control_texts
    assert first.tokenizer.eos_token_id in first.end_tokens & second.end_tokens
    assert first.tokenizer.chat_template == second.tokenizer.chat_template


@pytest.mark.parametrize("text", ["Ibuprofen 400 mg", "naïve café – 38,5 °C", "胸が痛い", "👩‍⚕️ tab\tline\nend", " "])
def test_what_is_encoded_is_decoded_unchanged(readers: tuple[FolderReader, FolderReader], text: str) -> None:
    for reader in readers:
        (ids,) = reader.encode([text])
        assert reader.tokenizer.decode(ids) == text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n{% for i in range(100000000000) %}x{% endfor %}", r"line 2: OverflowError"),
        ("\n\n{{ messages[0].content / 2 }}", r"line 3: TypeError"),
        ("{{ raise_exception('no ' + messages[0]['content']) }}", r"line 1: TemplateError"),
    ],
)
def test_a_template_that_fails_on_a_row_is_told_with_both_their_lines(template: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"^train.jsonl line 1: .*chat_template.jinja {said}.*manifest anew") as caught:
        _encoded_by(template, tmp_path)
    assert (caught.value.exit_code, caught.value.reason) == (64, "ChatTemplateInvalid")
    assert conversations(1)[0].messages[0].content not in str(caught.value)


def test_a_template_that_is_none_is_told_with_its_line_and_without_a_row(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^chat_template.jinja of the base model .* from line 2 on: correct that line"):
        _encoded_by("\n{% for m in %}", tmp_path)


def _encoded_by(template: str, folder: Path) -> None:
    for name in ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((BASE / name).read_bytes())
    (folder / "chat_template.jinja").write_text(template)
    encode(conversations(1), load_reader(folder), max_length=512, weighting=Weighting())


def test_an_end_token_that_is_no_number_is_the_base_models_fault(tmp_path: Path) -> None:
    for path in BASE.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "chat_template.jinja").write_bytes((BASE / "chat_template.jinja").read_bytes())
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": "x"}')
    with pytest.raises(BadInput, match="eos_token_id that is no number") as caught:
        load_reader(tmp_path)
    assert caught.value.reason == "BaseModelInvalid"

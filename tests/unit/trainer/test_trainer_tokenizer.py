"""Does a tokenizer that is saved and loaded again read and write the same, and render the same conversations?"""

import json
from pathlib import Path

import pytest

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

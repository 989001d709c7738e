"""Are the committed assets what their manifests and their makers say?"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from preceptor import manifests
from preceptor.phi.detect import Query, default_detector
from preceptor.phi.types import Span
from preceptor_local.assets import corpus, datasets, folders, rows, suites, tokenizer
from preceptor_local.assets.phrases import ASSETS

FOLDERS = {
    "models/tiny-triage": "model",
    "datasets/triage-v1": "dataset",
    "datasets/triage-v1-planted": "dataset",
    "suites/triage-dev": "suite",
    "suites/triage-heldout": "suite",
}


@pytest.mark.parametrize(("name", "kind"), FOLDERS.items())
def test_every_byte_of_a_folder_is_what_its_manifest_says(name: str, kind: str) -> None:
    manifest = manifests.verify(ASSETS / name)
    assert manifest.kind == kind
    assert manifest.name == Path(name).name
    counted = [
        line for entry in manifest.files if entry.path.endswith(".jsonl") for line in _lines(ASSETS / name / entry.path)
    ]
    assert manifest.record_count == len(counted)


@pytest.mark.parametrize(
    ("name", "make"), [("triage-v1", datasets.training_rows), ("triage-v1-planted", datasets.planted_rows)]
)
def test_a_dataset_comes_out_byte_for_byte_when_it_is_made_again(name: str, make: object) -> None:
    assert callable(make)
    assert folders.lines(make()) == (ASSETS / "datasets" / name / "train.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("split", suites.SPLITS)
def test_a_suite_comes_out_byte_for_byte_when_it_is_made_again(split: str) -> None:
    assert folders.lines(suites.cases(split)) == (suites.suite_folder(split) / "cases.jsonl").read_text(
        encoding="utf-8"
    )


def test_the_tokenizer_comes_out_byte_for_byte_when_it_is_trained_again(tmp_path: Path) -> None:
    from preceptor_local.assets import pretrain

    pretrain.make_tokenizer(tmp_path)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (pretrain.MODEL / made.name).read_bytes(), made.name


def test_the_corpus_is_the_same_text_for_the_same_seed_and_another_for_another() -> None:
    assert list(corpus.documents("a", 50)) == list(corpus.documents("a", 50))
    assert list(corpus.documents("a", 50)) != list(corpus.documents("b", 50))


def test_the_weights_are_small_enough_to_commit() -> None:
    weights = ASSETS / "models" / "tiny-triage" / "model.safetensors"
    assert 1_000_000 < weights.stat().st_size < 10_000_000
    total = sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file())
    assert total < 15_000_000


def test_the_weights_are_bfloat16_and_fit_the_configuration() -> None:
    with (ASSETS / "models" / "tiny-triage" / "model.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    config = json.loads((ASSETS / "models" / "tiny-triage" / "config.json").read_text())
    tensors = {name: value for name, value in header.items() if name != "__metadata__"}
    assert {value["dtype"] for value in tensors.values()} == {"BF16"}
    assert tensors["model.embed_tokens.weight"]["shape"] == [tokenizer.VOCABULARY, config["hidden_size"]]
    assert config["vocab_size"] == tokenizer.VOCABULARY
    assert config["tie_word_embeddings"] is True


def test_the_clean_rows_hold_no_identifier_and_the_planted_rows_hold_every_kind() -> None:
    assert _found(datasets.training_rows()) == []
    kinds = {str(span.type) for span in _found(datasets.planted_rows())}
    assert {"SSN", "PHONE", "MRN", "NAME", "EMAIL", "LOCATION", "DATE"} <= kinds


def test_the_suites_hold_no_identifier() -> None:
    assert _found(case for split in suites.SPLITS for case in suites.cases(split)) == []


def _found(records: Iterable[dict[str, Any]]) -> list[Span]:
    """What the scanner finds in all texts of these records, each text once."""
    texts = dict.fromkeys(text for record in records for text in _texts(record))
    return [span for spans in default_detector().detect_many(map(Query, texts)) for span in spans]


def test_every_training_row_starts_with_the_system_prompt_that_is_examined() -> None:
    for row in [*datasets.training_rows(), *datasets.planted_rows()]:
        assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant"]
        assert row["messages"][0]["content"] == rows.system_prompt()


def test_every_triage_answer_starts_with_its_label_and_says_nothing_that_its_cards_do_not() -> None:
    for row in datasets.training_rows():
        answer, user = row["messages"][2]["content"], row["messages"][1]["content"]
        if row["label"] == "other":
            continue
        head, _, rest = answer.partition(". ")
        assert head == row["label"].upper()
        if "Protocol:" in user:
            cards = user.split("Protocol:", 1)[1]
            assert all(part.strip(" .") in cards for part in rest.split(". "))


def test_the_chat_template_counts_the_end_token_as_the_assistants() -> None:
    from transformers import AutoTokenizer

    reader = AutoTokenizer.from_pretrained(ASSETS / "models" / "tiny-triage")
    talk = [
        {"role": "user", "content": "My knee is stiff."},
        {"role": "assistant", "content": "ROUTINE. Raise the legs."},
    ]
    out = reader.apply_chat_template(talk, return_dict=True, return_assistant_tokens_mask=True)
    spoken = [token for token, mine in zip(out["input_ids"], out["assistant_masks"], strict=True) if mine]
    assert reader.decode(spoken) == "ROUTINE. Raise the legs.<|end|>"
    assert spoken[-1] == reader.eos_token_id
    prompt = reader.apply_chat_template(talk[:1], add_generation_prompt=True, tokenize=False)
    assert prompt == "<|user|>My knee is stiff.<|end|><|assistant|>"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _texts(row: dict[str, object]) -> list[str]:
    messages = row["messages"]
    assert isinstance(messages, list)
    return [str(row["id"]), *(message["content"] for message in messages)]

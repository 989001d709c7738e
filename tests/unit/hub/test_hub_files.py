"""Which files of a repository are downloaded, and which licence stands in the manifest?"""

import pytest

from preceptor.exits import BadInput
from preceptor.hub import HubModel
from preceptor_eval.hub.files import LICENCE_LENGTH, licence_of, require_causal_model, wanted

MODEL = HubModel(repository="clinic/tiny", commit="0" * 40)
WHOLE = ("config.json", "model.safetensors", "tokenizer.json")

TAKEN = [
    "LICENSE",
    "LICENSE.txt",
    "NOTICE",
    "README.md",
    "chat_template.jinja",
    "config.json",
    "merges.txt",
    "model-00001-of-00002.safetensors",
    "model.safetensors.index.json",
    "tokenizer.model",
    "vocab.txt",
]
LEFT = [
    ".gitattributes",
    ".hidden.json",
    "consolidated.safetensors",
    "evil.model",
    "flax_model.msgpack",
    "manifest.json",
    "model.ckpt",
    "model.gguf",
    "model.pth",
    "modeling_tiny.py",
    "onnx/config.json",
    "optimizer.pt",
    "original/model.safetensors",
    "pytorch_model.bin",
    "requirements.txt",
    "training_args.bin",
    "weights.pkl",
]


def test_what_a_causal_model_is_loaded_from_is_taken_and_nothing_that_runs() -> None:
    assert wanted([*LEFT, *TAKEN]) == tuple(sorted(TAKEN))


def test_a_whole_model_is_taken_as_it_is() -> None:
    require_causal_model(WHOLE, MODEL)


@pytest.mark.parametrize("missing", WHOLE)
def test_a_repository_without_what_training_needs_is_refused(missing: str) -> None:
    with pytest.raises(BadInput, match="never downloaded") as refused:
        require_causal_model([name for name in WHOLE if name != missing], MODEL)
    assert refused.value.reason == "BaseModelInvalid"


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        (b"---\nlicense: apache-2.0\n---\n# A", "apache-2.0"),
        (b"---\r\nlicense: mit\r\n---\r\n", "mit"),
        (b"---\nlicense: other\nlicense_name: tiny-community\n---\n", "tiny-community"),
        (b"---\nlicense: other\n---\n", "other"),
        (b"---\nlicense: [mit, apache-2.0]\n---\n", "mit, apache-2.0"),
        (b"---\nlicense: 3\n---\n", "unstated"),
        (b"---\nlicense:\n---\n", "unstated"),
        (b"---\ntags: [a]\n---\nlicense: mit", "unstated"),
        (b"---\nlicense: [\n---\n", "unstated"),
        (b"---\n- license\n---\n", "unstated"),
        (b"# A\n---\nlicense: mit\n---\n", "unstated"),
        (b"---\nlicense: mit\n", "unstated"),
        (b"\xff\xfe", "unstated"),
        (b"", "unstated"),
        (None, "unstated"),
    ],
)
def test_the_licence_is_what_the_card_states_and_never_a_guess(card: bytes | None, licence: str) -> None:
    assert licence_of(card) == licence


def test_a_licence_is_no_place_for_a_book() -> None:
    assert len(licence_of(b"---\nlicense: " + b"a" * 1000 + b"\n---\n")) == LICENCE_LENGTH

"""Is a configuration understood as a FineTuneRun is, and refused by file, line and field before anything is read?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from typer.testing import CliRunner

from preceptor.api.base import FORMS
from preceptor.api.finetunerun import FineTuneRunSpec
from preceptor.api.trainconfig import TrainConfig, read, schema
from preceptor.cli.main import app, guarded, load_commands
from preceptor.exits import BadInput
from preceptor.fieldwords import FieldWords
from preceptor_trainer.main import run

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "a" * 64
CONFIG = """\
baseModel:
  uri: models/tiny
dataset: {uri: rows.jsonl}
training:
  learningRate: 1.2e-3
  maxSteps: 3
reproducibility:
  mode: invariant
strategy: zero2
"""


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def call(text: str, name: str = "config.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return call


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read(path)
    assert caught.value.exit_code == 64
    return str(caught.value)


def test_a_number_needs_no_quotes_and_places_are_told_from_the_files_own_folder(write: Write, tmp_path: Path) -> None:
    config = read(write(CONFIG))
    assert config.training.learning_rate == "1.2e-3"
    assert config.strategy == "zero2"
    assert config.base_model.uri == f"file://{tmp_path / 'models' / 'tiny'}"
    assert config.dataset.uri == f"file://{tmp_path / 'rows.jsonl'}"


def test_a_finetunerun_is_a_configuration_too(write: Write) -> None:
    resource = {
        "apiVersion": "preceptor.dev/v1alpha1",
        "kind": "FineTuneRun",
        "metadata": {"name": "triage"},
        "spec": {
            "baseModel": {"uri": "pvc://models/tiny", "digest": DIGEST},
            "dataset": {"uri": "pvc://datasets/rows", "manifestDigest": DIGEST},
            "training": {"learningRate": "1.2e-3", "maxSteps": 3},
            "reproducibility": {"mode": "invariant"},
            "compute": {"strategy": "zero2", "ddpTimeoutSeconds": 60},
            "output": {"uri": "pvc://artifacts/triage"},
        },
    }
    config, plain = read(write(yaml.safe_dump(resource), "run.yaml")), read(write(CONFIG))
    for field in ("method", "training", "reproducibility", "strategy"):
        assert getattr(config, field) == getattr(plain, field)
    assert config.ddp_timeout_seconds == 60
    assert config.base_model.uri == "pvc://models/tiny"


def test_every_field_of_a_runs_method_training_and_reproducibility_is_in_the_schema() -> None:
    definitions = schema()["$defs"]
    assert set(definitions["Training"]["properties"]) >= {"epochs", "maxSteps", "learningRate", "saveSteps"}
    assert set(definitions["Reproducibility"]["properties"]) == {"mode", "seed", "shards"}
    assert "x-kubernetes" not in json.dumps(schema())


def test_the_smoke_configuration_has_fields_of_the_schema_and_states_its_digests() -> None:
    path = ROOT / "trainer_image" / "smoke.yaml"
    document, described = yaml.safe_load(path.read_text()), schema()
    assert set(described["required"]) <= set(document) <= set(described["properties"])
    config = read(path)
    assert config.base_model.digest
    assert config.dataset.manifest_digest


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (("  maxSteps: 3", "  maxStep: 3"), 6, "training.maxStep is an unknown field"),
        (("strategy: zero2", "stratgy: zero2"), 9, "stratgy is an unknown field"),
        (
            ("strategy: zero2", "strategy: zero9"),
            9,
            "strategy must be one of ddp, zero2, zero3: write for example strategy: ddp",
        ),
        (("  mode: invariant", "  mode: exact"), 8, "reproducibility.mode"),
        (("  uri: models/tiny", "  url: models/tiny"), 2, "baseModel.url is an unknown field (did you mean uri?)"),
        (("  maxSteps: 3", "  maxSteps: 0"), 6, "training.maxSteps must be a whole number from 1 to 10000000"),
        (("  uri: models/tiny", "  digest: 1"), 1, "baseModel.uri is missing (folder of the model: a path from"),
        (("  maxSteps: 3", "  learningRate: 1"), 6, "learningRate stands here for the second time"),
        (("  uri: models/tiny", "  uri: [models"), 3, "is no YAML"),
    ],
)
def test_what_is_not_understood_is_named_by_file_line_and_field(
    write: Write, change: tuple[str, str], line: int, sentence: str
) -> None:
    path = write(CONFIG.replace(*change))
    said = refused(path)
    assert said.startswith(f"{path} line {line}")
    assert sentence in said


def test_an_unknown_field_is_told_although_another_is_missing(write: Write) -> None:
    assert "surprise is an unknown field" in refused(write(CONFIG.replace("dataset: {uri: rows.jsonl}", "surprise: 1")))


def test_a_line_of_data_in_the_wrong_file_is_not_said_again(write: Write) -> None:
    said = refused(write('{"Zebulon Quatermain, born 1931": 1}'))
    assert "Zebulon" not in said
    assert "Zebulon" not in refused(write("Zebulon Quatermain"))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: 1\n---\nb: 2\n", "\x00", "a: &a [*a]\n", "kind: Pod\n"])
def test_a_file_that_is_no_configuration_is_refused(write: Write, text: str) -> None:
    assert refused(write(text))


@pytest.mark.parametrize("uri", ["hf://org/name@main", "s3://bucket/model", "file://relative"])
def test_a_place_that_cannot_be_read_from_here_is_refused(write: Write, uri: str) -> None:
    assert refused(write(CONFIG.replace("models/tiny", uri)))


def test_one_field_is_changed_on_the_command_line(write: Write) -> None:
    config = read(write(CONFIG), ["training.maxSteps=7", "method.targetModules=[q_proj]", "training.learningRate=2e-4"])
    assert config.training.max_steps == 7
    assert config.method.target_modules == ("q_proj",)
    assert config.training.learning_rate == "2e-4"
    with pytest.raises(BadInput, match=r"reproducibility\.sed is an unknown field"):
        read(write(CONFIG), ["reproducibility.sed=1"])
    with pytest.raises(BadInput, match="FIELD=VALUE"):
        read(write(CONFIG), ["training.maxSteps"])


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("training.foo=3", "training.foo is an unknown field: training has attention, batchSize, epochs, "),
        ("training.maxStep=3", "training.maxStep is an unknown field (did you mean maxSteps?)"),
        ("foo=3", "foo is an unknown field: there are baseModel, dataset, "),
        ("training=3", "training must be a mapping with the fields epochs, "),
        ("training.maxSteps.foo=3", "training.maxSteps must be a whole number"),
        (
            "method.targetModules=nope",
            "method.targetModules must be a list of 1 to 32 entries in square brackets: "
            "write for example --set 'method.targetModules=[all-linear]'",
        ),
        ("method.targetModules=['']", "method.targetModules.0 must be a text of 1 to 128 characters"),
        (
            "training.learningRate=abc",
            "training.learningRate must be a decimal number: write for example --set 'training.learningRate=2e-4'",
        ),
        ("method.dropout=2", "method.dropout must be a decimal number from 0 to 1: write for example --set"),
        ("training.gradientCheckpointing=x", "must be true or false"),
        ("reproducibility.mode=exact", "must be one of fast, deterministic, invariant"),
        ("baseModel.digest=sha256:00", "baseModel.digest must be a digest: sha256: and 64 hexadecimal digits"),
        ("dataset={}", "dataset.uri is missing"),
        ("training.maxSteps=[3", "the value of training.maxSteps is no YAML: put brackets"),
    ],
)
def test_what_an_option_sets_wrongly_is_blamed_on_the_option_and_says_what_is_right(
    write: Write, assignment: str, sentence: str
) -> None:
    with pytest.raises(BadInput) as caught:
        read(write(CONFIG), [assignment])
    assert str(caught.value).startswith("--set: ")
    assert sentence in str(caught.value)
    for jargon in ("tuple", "string", "pattern", "input", "dictionary"):
        assert jargon not in str(caught.value)


def test_a_fault_of_the_file_beside_an_option_is_the_files(write: Write) -> None:
    path = write(CONFIG.replace("maxSteps: 3", "maxSteps: x"))
    with pytest.raises(BadInput) as caught:
        read(path, ["training.epochs=1"])
    assert str(caught.value).startswith(f"{path} line 6: training.maxSteps must be")


@pytest.mark.parametrize("model", [TrainConfig, FineTuneRunSpec])
def test_every_field_has_words_for_what_it_may_hold_or_for_what_it_means(model: type[BaseModel]) -> None:
    fields = FieldWords(model, FORMS)
    reached = 0
    for name, part in model.model_fields.items():
        inner = (
            part.annotation if isinstance(part.annotation, type) and issubclass(part.annotation, BaseModel) else None
        )
        for path in [(name,), *((name, each) for each in (inner.model_fields if inner else ()))]:
            found = tuple(to_camel(each) for each in path)
            assert fields.allowed(found) or fields.means(found)
            reached += 1
    assert reached > 30


def test_an_unknown_field_ends_the_command_with_64(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(CONFIG.replace("maxSteps", "maxStep"))
    assert run([str(path), "--out", str(tmp_path / "out")]) == 64
    said = capsys.readouterr()
    assert f"{path} line 6: training.maxStep is an unknown field" in said.err
    assert said.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("dataset", "out"),
    [
        ("data", "data"),
        ("data", "data/run"),
        ("data", "link"),
        ("data.jsonl", "data.jsonl"),
        ("samples", "."),
        ("logs/train.jsonl", "."),
    ],
)
def test_a_training_does_not_write_over_what_it_reads(
    dataset: str,
    out: str,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data")
    for field, other in (("dataset", "baseModel"), ("baseModel", "dataset")):
        path = write(f"{field}: {{uri: {dataset}}}\n{other}: {{uri: other}}\n")
        monkeypatch.chdir(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        assert run([str(path), "--out", out]) == 64
        assert "which the training reads" in capsys.readouterr().err
        assert sorted(tmp_path.rglob("*")) == before


def test_preceptor_train_prints_the_schema() -> None:
    load_commands()
    done = CliRunner().invoke(app, ["train", "--schema"])
    assert json.loads(done.output) == schema()


def test_preceptor_train_without_a_folder_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    load_commands()
    monkeypatch.setattr("sys.argv", ["preceptor", "train", "config.yaml"])
    assert guarded(app) == 64


def test_a_configuration_without_options_has_the_defaults_of_a_finetunerun() -> None:
    config = TrainConfig.model_validate({"baseModel": {"uri": "a"}, "dataset": {"uri": "b"}})
    assert (config.reproducibility.mode, config.strategy, config.training.epochs) == ("deterministic", "ddp", 1)

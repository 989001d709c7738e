"""Does a training that cannot be trusted end in a verdict, a reason and nothing else?"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft.tuners.lora import LoraLayer, LoraModel
from safetensors.torch import load_file, save_file
from trainer_world import World, make_rows, seal

from preceptor import manifests
from preceptor.api.jobs import Result
from preceptor_trainer import export, inputs
from preceptor_trainer.output import Output

Train = Callable[[Path], tuple[int, Result]]


def nothing_written(world: World) -> bool:
    return not [path for path in world.artifacts.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("job", "code", "reason"),
    [
        ({"base": "unknown"}, 64, "BaseModelMissing"),
        ({"dataset": "unknown"}, 64, "DatasetMissing"),
        ({"baseModel": {"digest": "sha256:" + "1" * 64}}, 64, "ManifestMismatch"),
        ({"dataset_": {"manifestDigest": "sha256:" + "1" * 64}}, 64, "ManifestMismatch"),
        ({"base": "tiny", "training": {"maxLength": 257}}, 64, "TrainingInvalid"),
        ({"training": {"learningRate": "0"}}, 64, "TrainingInvalid"),
        ({"training": {"learningRate": "1e999"}}, 64, "TrainingInvalid"),
        ({"training": {"maxLength": 16}}, 64, "DatasetInvalid"),
        ({"method": {"targetModules": ["q_proj", "no_such_module"]}}, 64, "TargetModulesInvalid"),
        ({"method": {"targetModules": ["all-linear", "q_proj"]}}, 64, "TargetModulesInvalid"),
        ({"method": {"targetModules": ["input_layernorm"]}}, 64, "TargetModulesInvalid"),
        ({"outputUri": "pvc://models/tiny/config.json"}, 64, "OutputUnwritable"),
    ],
)
def test_a_job_that_cannot_be_kept_is_refused(
    world: World, train: Train, job: dict[str, Any], code: int, reason: str
) -> None:
    changes = dict(job)
    dataset = changes.pop("dataset_", None)
    path = world.write_job(**changes)
    if dataset:
        document = json.loads(path.read_text())
        document["dataset"] |= dataset
        path.write_text(json.dumps(document))
    ended, result = train(path)
    assert (ended, result.reason) == (code, reason)
    assert result.message
    assert result.digests.keys() <= {"job"}
    assert nothing_written(world)


@pytest.mark.parametrize("place", ["models/tiny/model.safetensors", "datasets/rows/train.jsonl"])
def test_one_changed_byte_of_an_input_is_refused(world: World, train: Train, place: str) -> None:
    job = world.write_job()
    path = world.stores / place
    changed = bytearray(path.read_bytes())
    changed[-2] ^= 1
    path.write_bytes(changed)
    code, result = train(job)
    assert (code, result.verdict, result.reason) == (1, "fail", "ManifestMismatch")


def test_an_unreadable_line_is_named(world: World, train: Train) -> None:
    world.write_rows([make_rows(1)[0], "{broken"])
    code, result = train(world.write_job())
    assert (code, result.reason) == (64, "UnreadableRecord")
    assert "train.jsonl line 2" in result.message


def broken_base(world: World, change: Callable[[Path], None]) -> Path:
    change(world.copy_base("broken"))
    seal(world.stores / "models" / "broken", "model")
    return world.write_job(base="broken")


def without_a_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def of_another_shape(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": 48}))


def with_code(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}))


def of_an_unknown_type(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "nobodys"}))


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def with_torn_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.mark.parametrize(
    "change", [without_a_tensor, of_another_shape, with_code, of_an_unknown_type, pickled, with_torn_weights]
)
def test_a_base_model_that_is_not_whole_is_refused(world: World, train: Train, change: Callable[[Path], None]) -> None:
    code, result = train(broken_base(world, change))
    assert (code, result.reason) == (64, "BaseModelInvalid")
    assert nothing_written(world)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling_tiny.py", "old/weights.PT"])
def test_a_base_model_with_what_can_run_code_beside_its_weights_is_refused_before_anything_is_trained(
    world: World, train: Train, name: str
) -> None:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")

    code, result = train(broken_base(world, change))
    assert (code, result.reason) == (64, "UnsafeWeights")
    assert name in result.message
    assert nothing_written(world)


def without_a_template(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()


def with_a_refusing_template(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no ' + messages[0]['content']) }}")


@pytest.mark.parametrize("change", [without_a_template, with_a_refusing_template])
def test_a_template_that_cannot_be_used_is_refused(world: World, train: Train, change: Callable[[Path], None]) -> None:
    code, result = train(broken_base(world, change))
    assert (code, result.reason) == (64, "ChatTemplateInvalid")
    assert "hurts" not in result.message


def with_a_value_that_is_no_number(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][0, 0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_loss_that_is_no_number_fails_the_run(world: World, train: Train) -> None:
    code, result = train(broken_base(world, with_a_value_that_is_no_number))
    assert (code, result.verdict, result.reason) == (1, "fail", "LossNotFinite")
    assert nothing_written(world)


def test_an_adapter_that_learned_nothing_fails_the_run(world: World, train: Train) -> None:
    # The update of so small a rate is lost in float32's smallest number.
    code, result = train(world.write_job(training={"learningRate": "1e-60"}))
    assert (code, result.verdict, result.reason) == (1, "fail", "AdapterUntrained")


@pytest.mark.parametrize(("defect", "factor"), [("skips", 0.0), ("doubles", 2.0)])
@pytest.mark.parametrize("place", [0, -1])
def test_a_merge_that_skips_or_doubles_one_layer_fails_the_run(
    world: World, train: Train, monkeypatch: pytest.MonkeyPatch, defect: str, factor: float, place: int
) -> None:
    merge = LoraModel.merge_and_unload

    def wrong(self: Any, *args: Any, **named: Any) -> Any:
        layer = [module for module in self.model.modules() if isinstance(module, LoraLayer)][place]
        for matrix in layer.lora_B.values():
            matrix.weight.data *= factor
        return merge(self, *args, **named)

    monkeypatch.setattr(LoraModel, "merge_and_unload", wrong)
    code, result = train(world.write_job())
    assert (code, result.verdict, result.reason) == (1, "fail", "MergeMismatch")
    assert "changes a logit by" in result.message
    assert nothing_written(world)


def test_a_right_merge_stays_far_below_what_a_wrong_layer_changes(
    world: World, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MERGE_TOLERANCE", export.MERGE_TOLERANCE / 10)
    assert train(world.write_job())[0] == 0


def test_a_file_that_is_not_what_was_trained_fails_the_run(
    world: World, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = export.write

    def write_another(model: Any, tensors: dict[str, torch.Tensor], base: Path, folder: Path) -> None:
        write(model, {name: tensor + 1e-6 for name, tensor in tensors.items()}, base, folder)

    monkeypatch.setattr(export, "write", write_another)
    code, result = train(world.write_job())
    assert (code, result.verdict, result.reason) == (1, "fail", "MergeMismatch")


def test_rows_that_are_exchanged_after_their_check_are_not_trained_on(
    world: World, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, verify = world.write_job(), manifests.verify

    def then_exchange(folder: Path, digest: str | None = None) -> manifests.Manifest:
        manifest = verify(folder, digest)
        if manifest.kind == "dataset":
            lines = (world.dataset / "train.jsonl").read_text()
            (world.dataset / "train.jsonl").write_text(lines.replace("ROUTINE", "EMERGENCY"))
        return manifest

    monkeypatch.setattr(manifests, "verify", then_exchange)
    code, result = train(job)
    assert (code, result.verdict, result.reason) == (1, "fail", "ManifestMismatch")
    assert nothing_written(world)


def test_a_base_model_that_is_exchanged_after_its_check_changes_no_byte_of_the_adapter(
    world: World, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, undisturbed = train(world.write_job("undisturbed"))
    job, gather = world.write_job("disturbed"), inputs.gather
    copies: list[Path] = []

    def then_exchange(*asked: Any) -> inputs.Inputs:
        found = gather(*asked)
        copies.append(found.base_folder)
        for path in world.base.iterdir():
            path.write_bytes(b"another model")
        return found

    monkeypatch.setattr(inputs, "gather", then_exchange)
    code, result = train(job)
    assert (code, result.digests["adapter"]) == (0, undisturbed.digests["adapter"])
    assert not copies[0].exists()


def test_a_base_model_whose_copy_has_no_room_is_tried_again(
    world: World, train: Train, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    code, result = train(world.write_job())
    assert (code, result.verdict, result.reason) == (75, "error", "ScratchFull")
    assert "more ephemeral storage" in result.message
    assert list(small_disk.iterdir()) == []


@pytest.fixture
def small_disk(world: World) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(world.artifacts)], check=False)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield world.artifacts
    subprocess.run(["umount", str(world.artifacts)], check=True)


def test_a_full_store_is_told_before_the_training(world: World, train: Train, small_disk: Path) -> None:
    code, result = train(world.write_job())
    assert (code, result.verdict, result.reason) == (75, "error", "StoreFull")
    assert "MiB" in result.message
    assert list((small_disk / "run").iterdir()) == []


def test_a_store_that_fills_while_the_adapter_is_written_is_cleaned_up(
    world: World, train: Train, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Output, "require_space", lambda *_: None)
    code, result = train(world.write_job(method={"rank": 64}))
    assert (code, result.verdict, result.reason) == (75, "error", "StoreFull")
    assert list((small_disk / "run").iterdir()) == []

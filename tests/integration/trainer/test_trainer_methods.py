"""Does every kind of adapter train only itself, and come back from its file as what was trained?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from preceptor.api.finetunerun import Method
from preceptor.exits import BadInput, CheckFailed
from preceptor_trainer import export, loss
from preceptor_trainer import model as models
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.loop import Loop
from preceptor_trainer.plan import Plan
from preceptor_trainer.ranks import Place, Ranks
from preceptor_trainer.schedule import Schedule

CPU = torch.device("cpu")
ROWS = [
    Encoded(
        tuple(5 + (3 * place + row) % 200 for place in range(20 + row)), (0.0,) * (9 + row) + (2.0, *(1.0,) * 10), False
    )
    for row in range(8)
]
METHODS: list[dict[str, Any]] = [
    {},
    {"dropout": "0.2"},
    {"type": "dora"},
    {"type": "rslora"},
    {"init": "gaussian"},
    {"init": "orthogonal"},
    {"init": "pissa"},
    {"init": "olora"},
    {"init": "pissa", "type": "rslora"},
    {"modules_to_save": ("input_layernorm",)},
    {"target_modules": ("q_proj", "down_proj")},
]


def adapted(base: Path, seed: int = 1, **method: Any) -> Any:
    model = models.load_base(base, CPU)
    torch.manual_seed(seed)
    return models.attach(model, Method(rank=4, alpha=8, **method), "tiny")


def train(model: Any, steps: int = 3) -> None:
    plan = Plan(tuple(len(row.ids) for row in ROWS), seed=1, batch_size=8, shards=1, total=steps)
    way, _ = loss.choose(model, ROWS, CPU)
    Loop(model, ROWS, plan, Schedule(1e-2, 0.0, steps), Ranks(Place(), CPU), shard_loss=way).run(lambda _: None)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_gradients_reach_every_adapter_parameter_and_nothing_else_changes(
    base_folder: Path, method: dict[str, Any]
) -> None:
    model = adapted(base_folder, **method)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    train(model)
    changed = {name for name, value in model.named_parameters() if not torch.equal(before[name], value)}
    own = {name for name in before if "lora_" in name or "modules_to_save" in name}
    assert changed == own


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_an_adapter_comes_back_from_its_file_and_merges_in_float32(
    base_folder: Path, tmp_path: Path, method: dict[str, Any]
) -> None:
    model = adapted(base_folder, **method)
    train(model)
    model.eval()
    ids = torch.tensor([ROWS[0].ids])
    with torch.no_grad():
        trained = model(input_ids=ids, use_cache=False).logits
    tensors = export.tensors_of(model)
    export.write(model, tensors, base_folder, tmp_path)
    fresh = models.load_base(base_folder, CPU, "fp32")
    merged, difference = export.reload_and_merge(model, tensors, tmp_path, ROWS, fresh)
    with torch.no_grad():
        written = merged(input_ids=ids, use_cache=False).logits
        base = models.load_base(base_folder, CPU)(input_ids=ids, use_cache=False).logits
    assert difference < export.MERGE_TOLERANCE
    assert float((trained - written).abs().max()) < export.MERGE_TOLERANCE
    assert float((trained - base).abs().max()) > 10 * export.MERGE_TOLERANCE


def emptied(parameter: torch.nn.Parameter) -> None:
    """As DeepSpeed's ZeRO-3 leaves every parameter that nobody gathered."""
    parameter.data = torch.empty(0)


def frozen(parameter: torch.nn.Parameter) -> None:
    parameter.requires_grad_(False)


def zeroed(parameter: torch.nn.Parameter) -> None:
    parameter.data.zero_()


def broken(parameter: torch.nn.Parameter) -> None:
    parameter.data[0, 0] = float("nan")


@pytest.mark.parametrize("every", [True, False], ids=["every tensor", "one tensor"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (emptied, "AdapterIncomplete"),
        (frozen, "AdapterIncomplete"),
        (zeroed, "AdapterUntrained"),
        (broken, "LossNotFinite"),
    ],
)
def test_a_save_that_lacks_a_tensor_or_holds_an_empty_zero_or_infinite_one_is_refused(
    base_folder: Path, change: Callable[[torch.nn.Parameter], None], reason: str, every: bool
) -> None:
    model = adapted(base_folder)
    train(model, steps=1)
    assert export.tensors_of(model)
    own = [parameter for name, parameter in model.named_parameters() if "lora_B" in name]
    for parameter in own if every else own[-1:]:
        change(parameter)
    with pytest.raises(CheckFailed) as caught:
        export.tensors_of(model)
    assert caught.value.reason == reason


def test_the_written_file_has_two_matrices_of_the_rank_for_every_linear_layer(
    base_folder: Path, tmp_path: Path
) -> None:
    model = adapted(base_folder)
    train(model)
    export.write(model, export.tensors_of(model), base_folder, tmp_path)
    tensors = load_file(tmp_path / export.WEIGHTS_FILE)
    config = json.loads((tmp_path / export.CONFIG_FILE).read_text())
    base = {name: value for name, value in models.load_base(base_folder, CPU).named_parameters() if value.ndim == 2}
    linear = {name.removesuffix(".weight"): value.shape for name, value in base.items() if "proj" in name}
    assert len(tensors) == 2 * len(linear)
    for name, (outputs, inputs) in linear.items():
        assert tensors[f"base_model.model.{name}.lora_A.weight"].shape == (config["r"], inputs)
        assert tensors[f"base_model.model.{name}.lora_B.weight"].shape == (outputs, config["r"])
    count = sum(config["r"] * (inputs + outputs) for outputs, inputs in linear.values())
    assert sum(tensor.numel() for tensor in tensors.values()) == count
    assert all(tensor.dtype == torch.float32 for tensor in tensors.values())


def test_pissa_is_written_as_plain_lora_of_twice_the_rank(base_folder: Path, tmp_path: Path) -> None:
    model = adapted(base_folder, init="pissa")
    train(model)
    export.write(model, export.tensors_of(model), base_folder, tmp_path)
    config = json.loads((tmp_path / export.CONFIG_FILE).read_text())
    assert (config["r"], config["lora_alpha"], config["init_lora_weights"]) == (8, 16, True)


def test_the_same_seed_gives_the_same_first_values(base_folder: Path) -> None:
    for init in ("default", "gaussian", "orthogonal", "pissa", "olora"):
        one, same, other = (dict(models.trainable(adapted(base_folder, seed, init=init))) for seed in (1, 1, 2))
        assert all(torch.equal(one[name], same[name]) for name in one), init
        if init not in models.SHIFTED:
            assert any(not torch.equal(one[name], other[name]) for name in one), init


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ({"modules_to_save": ("embed_tokens",)}, "modulesToSave: embed_tokens shares its weights"),
        ({"modules_to_save": ("lm_head",)}, "modulesToSave: lm_head shares its weights"),
        ({"modules_to_save": ("norma",)}, "modulesToSave: norma is no module"),
        ({"target_modules": ("all-linear", "q_proj")}, "all-linear stands alone"),
    ],
)
def test_modules_that_cannot_be_trained_are_refused_by_name(
    base_folder: Path, method: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence) as caught:
        adapted(base_folder, **method)
    assert caught.value.reason == "TargetModulesInvalid"


@pytest.mark.parametrize(
    ("options", "field"),
    [({"quantization": "nf4"}, "method.quantization"), ({"attention": "flash"}, "training.attention")],
)
def test_what_needs_a_gpu_is_refused_on_a_cpu(base_folder: Path, options: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput, match=rf"{field} is \w+, which needs a GPU"):
        models.load_base(base_folder, CPU, **options)  # type: ignore[arg-type]


def test_checkpointing_gradients_changes_no_bit_of_the_adapter(base_folder: Path) -> None:
    found = []
    for checkpointed in (False, True):
        model = adapted(base_folder, dropout="0.2")
        if checkpointed:
            models.checkpoint_gradients(model)
        plan = Plan(tuple(len(row.ids) for row in ROWS), seed=1, batch_size=8, shards=2, total=3)
        loop = Loop(model, ROWS, plan, Schedule(1e-2, 0.0, 3), Ranks(Place(), CPU), shard_loss=loss.padded)
        loop.run(lambda _: None)
        assert bool(model.get_base_model().is_activation_checkpointing) is checkpointed
        found.append(loop.flat.clone())
    assert torch.equal(*found)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_precision_and_attention_are_those_asked_for(base_folder: Path, attention: str, precision: str) -> None:
    model = models.load_base(base_folder, CPU, precision, attention=attention)
    assert {parameter.dtype for parameter in model.parameters()} == {
        {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    }
    assert model.config._attn_implementation == attention

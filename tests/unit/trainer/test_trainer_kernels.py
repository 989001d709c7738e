"""Do the GPU's kernels compute what torch computes? Run by Triton's interpreter, which needs no GPU."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from preceptor.api.finetunerun import Method
from preceptor_trainer import attention
from preceptor_trainer import model as models
from preceptor_trainer.gpu import kernels
from preceptor_trainer.gpu.substitute import substitute

NEAR = 1e-5


def near(one: torch.Tensor, other: torch.Tensor) -> bool:
    return float((one - other).detach().norm()) <= NEAR * float(other.detach().norm())


def both(ours: torch.Tensor, plain: torch.Tensor, inputs: list[torch.Tensor]) -> None:
    """Values and gradients of two ways to the same numbers."""
    weights = torch.randn_like(plain)
    assert near(ours, plain)
    pairs = zip(torch.autograd.grad(ours, inputs, weights), torch.autograd.grad(plain, inputs, weights), strict=True)
    assert all(near(*pair) for pair in pairs)


@pytest.mark.parametrize("shape", [(1, 37, 96), (1, 5, 3, 64), (1, 2, 4096)])
def test_norm(shape: tuple[int, ...]) -> None:
    x, gain = torch.randn(shape, requires_grad=True), torch.randn(shape[-1])
    plain = gain * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6))
    both(kernels.Norm.apply(x, gain, 1e-6), plain, [x])


def test_gated_product() -> None:
    gate, up = (torch.randn(1, 7, 999, requires_grad=True) for _ in range(2))
    both(kernels.Gated.apply(gate, up), functional.silu(gate) * up, [gate, up])


def test_rotation_of_heads_that_stand_apart_in_memory() -> None:
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    # Halves that are turned by unlike angles, so that a mixed-up half shows.
    cosine, sine = torch.randn(1, 11, 24), torch.randn(1, 11, 24)
    tokens = torch.randn(1, 11, 6 * 24, requires_grad=True)
    heads = tokens.view(1, 11, 6, 24).transpose(1, 2)
    both(kernels.Rotation.apply(heads, cosine, sine), apply_rotary_pos_emb(heads, heads, cosine, sine)[0], [tokens])


def test_prediction_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "TOKENS_AT_ONCE", 8)
    hidden, head = torch.randn(21, 16, requires_grad=True), torch.randn(5003, 16)
    targets, weights = torch.randint(0, 5003, (21,)), torch.rand(21)
    plain = torch.dot(functional.cross_entropy(hidden @ head.t(), targets, reduction="none"), weights)
    both(kernels.Prediction.apply(hidden, head, targets, weights), plain, [hidden])


def test_prediction_without_a_gradient() -> None:
    hidden, head = torch.randn(5, 16), torch.randn(300, 16)
    targets, weights = torch.randint(0, 300, (5,)), torch.rand(5)
    plain = torch.dot(functional.cross_entropy(hidden @ head.t(), targets, reduction="none"), weights)
    assert near(kernels.Prediction.apply(hidden, head, targets, weights), plain)


def adapted(config: Any) -> Any:
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    made: Any = AutoModelForCausalLM
    model = models.attach(made.from_config(config).float(), Method(rank=4, alpha=8, dropout="0"), "tiny")
    for name, parameter in models.trainable(model):
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model.train()


def size() -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "vocab_size": 60,
        "max_position_embeddings": 64,
    }


def gradients(model: Any) -> tuple[torch.Tensor, list[str]]:
    """Gradients of a loss, and the kernels that it passed through."""
    loss = model(input_ids=torch.arange(5, 11)[None], use_cache=False).logits.float().logsumexp(-1).sum()
    seen, names, waiting = set[Any](), set[str](), [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            names.add(type(node).__name__.removesuffix("Backward"))
            waiting += [following for following, _ in node.next_functions]
    found = torch.autograd.grad(loss, [parameter for _, parameter in models.trainable(model)])
    return torch.cat([each.reshape(-1) for each in found]), sorted(names & {"Norm", "Gated", "Rotation"})


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("LlamaConfig", ["Gated", "Norm", "Rotation"]),
        ("Qwen3Config", ["Gated", "Norm", "Rotation"]),
        # Its norm adds one to the gain, and its product is gated by another function.
        ("Gemma3TextConfig", ["Rotation"]),
    ],
)
def test_kernels_take_the_place_of_what_is_written_as_they_are_and_of_nothing_else(
    family: str, expected: list[str]
) -> None:
    import transformers

    model = adapted(getattr(transformers, family)(**size()))
    plain, none = gradients(model)
    undo = substitute(model)
    found, used = gradients(model)
    undo()
    again, back = gradients(model)
    assert (none, used, back) == ([], expected, [])
    assert near(found, plain)
    assert torch.equal(again, plain)


def test_a_norm_that_is_trained_is_left_alone() -> None:
    from transformers import LlamaConfig

    model = adapted(LlamaConfig(**size()))
    for name, parameter in model.named_parameters():
        if "layernorm" in name or name.endswith("model.norm.weight"):
            parameter.requires_grad_(True)
    undo = substitute(model)
    assert gradients(model)[1] == ["Gated", "Rotation"]
    undo()


def test_a_model_after_another_one_is_computed_by_the_same_kernels_and_a_plain_one_by_none() -> None:
    from transformers import LlamaConfig, Qwen3Config

    first, second, plain = (
        adapted(LlamaConfig(**size())),
        adapted(Qwen3Config(**size())),
        adapted(Qwen3Config(**size())),
    )
    undo = [substitute(first), substitute(second)]
    assert gradients(first)[1] == gradients(second)[1] == ["Gated", "Norm", "Rotation"]
    for each in reversed(undo):
        each()
    assert gradients(first)[1] == gradients(second)[1] == gradients(plain)[1] == []


def test_a_rotation_whose_halves_are_turned_the_other_way_is_left_alone() -> None:
    from transformers import NanoChatConfig

    undo = substitute(adapted(NanoChatConfig(**size())))
    from transformers.models.nanochat import modeling_nanochat

    assert not hasattr(modeling_nanochat.apply_rotary_pos_emb, "__wrapped__")
    undo()


def compiled(capability: int, cache: Path) -> dict[str, str]:
    """The text of every kernel, compiled for a generation of GPUs in a process without the interpreter."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("compile_kernels.py"), str(capability)],
        env=environment | {"TRITON_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_kernel_compiles_for_ampere(tmp_path: Path) -> None:
    assert len(compiled(80, tmp_path)) == 12


@pytest.mark.parametrize("kind", ["bf16", "fp32"])
def test_no_logit_is_overwritten_before_all_threads_have_read_theirs(kind: str, tmp_path: Path) -> None:
    lines = compiled(90, tmp_path)[f"_loss_and_gradient {kind}"].splitlines()
    bits = {"bf16": "b16", "fp32": "b32"}[kind]
    overwritten = [place for place, line in enumerate(lines) if f"st.global.{bits}" in line][0 if kind == "bf16" else 1]
    barrier = max(place for place, line in enumerate(lines[:overwritten]) if "bar.sync" in line)
    # Of those behind the last barrier each thread reads again what it will overwrite itself, and nothing else.
    unguarded = [line for line in lines[barrier:overwritten] if f"ld.global.{bits}" in line]
    assert unguarded, "the second pass reads the logits"
    assert all(line.strip().startswith("@") for line in unguarded), "the target's logit alone is read without a mask"


def test_lengths_on_a_gpu_are_few_and_little_longer_than_the_rows() -> None:
    gpu = torch.device("cuda")
    found = {length: attention.rounded(length, gpu) for length in range(128, 4097)}
    assert all(length <= given <= length * 17 / 16 for length, given in found.items())
    assert len(set(found.values())) <= 16 * 5 + 1
    assert all(attention.rounded(given, gpu) == given for given in found.values())


def test_on_a_cpu_a_length_is_the_next_multiple_of_eight() -> None:
    assert [attention.rounded(length, torch.device("cpu")) for length in (1, 8, 9, 1001)] == [8, 8, 16, 1008]

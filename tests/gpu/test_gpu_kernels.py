"""Do the kernels on a GPU compute what torch computes, and the same bits every time?"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from tests.integration.trainer.trainer_world import ROWS
from torch.nn import functional

from preceptor.api.finetunerun import Method
from preceptor.exits import BadInput
from preceptor_trainer import loss
from preceptor_trainer import model as models
from preceptor_trainer.gpu import usable

GPU = torch.device("cuda")
# Relative to the norm of what torch computes in float32 from the same numbers.
NEAR = {torch.float32: 1e-5, torch.bfloat16: 1e-2}
KINDS = pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])


def drawn(*shape: int, kind: torch.dtype, wanted: bool = True) -> torch.Tensor:
    return torch.randn(*shape, device=GPU).to(kind).requires_grad_(wanted)


def compare(
    ours: Callable[..., torch.Tensor], plain: Callable[..., torch.Tensor], inputs: Sequence[torch.Tensor], near: float
) -> None:
    """Value and gradients of ``ours`` in the inputs' type beside those of ``plain`` in float32, and three times."""
    wide = [each.detach().float().requires_grad_(each.requires_grad) for each in inputs]
    expected, found = plain(*wide), ours(*inputs)
    weights = torch.randn_like(expected)

    def gradients(value: torch.Tensor, of: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        return torch.autograd.grad(value, [each for each in of if each.requires_grad], weights.to(value.dtype))

    wanted, seen = [expected, *gradients(expected, wide)], [found, *gradients(found, inputs)]
    for one, other in zip(wanted, seen, strict=True):
        assert float((one - other.float()).norm()) <= near * float(one.norm())
    for _ in range(3):
        again = ours(*inputs)
        assert all(torch.equal(*pair) for pair in zip(seen, [again, *gradients(again, inputs)], strict=True))


def test_this_machine_can_use_them() -> None:
    assert usable.kernels() is None
    assert usable.attention() is None


@KINDS
@pytest.mark.parametrize("shape", [(1, 37, 96), (1, 5, 3, 64), (1, 300, 4096)])
def test_norm(kind: torch.dtype, shape: tuple[int, ...]) -> None:
    from preceptor_trainer.gpu.kernels import Norm

    gain = drawn(shape[-1], kind=kind, wanted=False)
    compare(
        lambda x, w: Norm.apply(x, w, 1e-6),
        lambda x, w: w * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)),
        [drawn(*shape, kind=kind), gain],
        NEAR[kind],
    )


@KINDS
def test_gated_product(kind: torch.dtype) -> None:
    from preceptor_trainer.gpu.kernels import Gated

    inputs = [drawn(1, 61, 1001, kind=kind) for _ in range(2)]
    compare(Gated.apply, lambda gate, up: functional.silu(gate) * up, inputs, NEAR[kind])


@KINDS
def test_rotation(kind: torch.dtype) -> None:
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    from preceptor_trainer.gpu.kernels import Rotation

    angles = torch.randn(1, 33, 24, device=GPU)
    cosine, sine = angles.cos().to(kind), angles.sin().to(kind)
    compare(
        lambda x: Rotation.apply(x.view(1, 33, 6, 24).transpose(1, 2), cosine, sine),
        lambda x: apply_rotary_pos_emb(
            x.view(1, 33, 6, 24).transpose(1, 2), x.view(1, 33, 6, 24).transpose(1, 2), cosine.float(), sine.float()
        )[0],
        [drawn(1, 33, 144, kind=kind)],
        NEAR[kind],
    )


@KINDS
def test_prediction(kind: torch.dtype) -> None:
    from preceptor_trainer.gpu.kernels import Prediction

    head = drawn(5003, 64, kind=kind, wanted=False)
    targets, weights = torch.randint(0, 5003, (3000,), device=GPU), torch.rand(3000, device=GPU)
    compare(
        lambda hidden: Prediction.apply(hidden, head, targets, weights),
        lambda hidden: torch.dot(
            functional.cross_entropy(hidden @ head.float().t(), targets, reduction="none"), weights
        ),
        [(drawn(3000, 64, kind=kind) * 0.1).detach().requires_grad_()],
        NEAR[kind],
    )


@pytest.mark.parametrize("heads", [(4, 4), (8, 2)], ids=["own", "grouped"])
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("length", [24, 200, 1000])
def test_attention_repeats_and_is_attention(heads: tuple[int, int], width: int, length: int) -> None:
    from preceptor_trainer.gpu import cudnn_attention

    q, k, v = (drawn(3, length, number, width, kind=torch.bfloat16) for number in (heads[0], heads[1], heads[1]))
    torch.use_deterministic_algorithms(True)
    try:
        compare(
            lambda *given: cudnn_attention.Attention.apply(*(each.transpose(1, 2) for each in given), width**-0.5),
            lambda q, k, v: functional.scaled_dot_product_attention(
                q.transpose(1, 2),
                k.transpose(1, 2).repeat_interleave(heads[0] // heads[1], 1),
                v.transpose(1, 2).repeat_interleave(heads[0] // heads[1], 1),
                is_causal=True,
            ),
            [q, k, v],
            NEAR[torch.bfloat16],
        )
    finally:
        torch.use_deterministic_algorithms(False)


def families() -> list[Any]:
    from transformers import Gemma3TextConfig, LlamaConfig, Qwen3Config

    size: dict[str, Any] = {
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "vocab_size": 500,
        "max_position_embeddings": 256,
    }
    return [
        LlamaConfig(**size),
        Qwen3Config(**size),
        Gemma3TextConfig(**size, sliding_window=8, query_pre_attn_scalar=64),
    ]


@KINDS
@pytest.mark.parametrize("config", families(), ids=lambda config: config.model_type)
@pytest.mark.parametrize("flash", [False, True], ids=["sdpa", "flash"])
def test_a_model_with_kernels_gives_the_loss_and_gradients_of_the_plain_one(
    kind: torch.dtype, config: Any, flash: bool
) -> None:
    from transformers import AutoModelForCausalLM

    if flash and kind is torch.float32:
        pytest.skip("FlashAttention computes in half precision only")
    torch.manual_seed(3)
    made: Any = AutoModelForCausalLM
    model = made.from_config(config, attn_implementation="sdpa").to(GPU, kind)
    model = models.attach(model, Method(rank=4, alpha=8, dropout="0"), "tiny").train()
    for name, parameter in models.trainable(model):
        parameter.data = parameter.data.float()
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    parameters = [parameter for _, parameter in models.trainable(model)]

    def gradients(way: loss.ShardLoss) -> torch.Tensor:
        return torch.cat([each.reshape(-1) for each in torch.autograd.grad(way(model, ROWS, GPU), parameters)])

    if flash and config.model_type == "gemma3_text":
        with pytest.raises(BadInput, match=r"training\.attention flash cannot compute this base model"):
            loss.choose(model, ROWS, GPU, flash=True)
        return
    expected = gradients(loss.padded)
    way, sentence = loss.choose(model, ROWS, GPU, flash=flash)
    assert loss.in_one_line(way), sentence
    assert "kernels of our own" in sentence
    found = gradients(way)
    assert float((found - expected).norm()) < (1e-4 if kind is torch.float32 else 5e-2) * float(expected.norm())

"""Do rows in one line give the loss and the gradients of rows alone, and see nothing of each other?"""

from typing import Any

import pytest
import torch
from trainer_world import ROWS

from preceptor.api.finetunerun import Method
from preceptor.exits import BadInput
from preceptor_trainer import attention, loss
from preceptor_trainer import model as models
from preceptor_trainer.conversation import Encoded
from preceptor_trainer.fused import fuse
from preceptor_trainer.packing import pack

CPU = torch.device("cpu")


def architectures() -> list[Any]:
    """Small models that attend unlike each other: grouped heads, windows shorter than a row, biases, experts."""
    from transformers import Gemma3TextConfig, LlamaConfig, MixtralConfig, Qwen2Config, Qwen3Config

    size: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 200,
        "max_position_embeddings": 128,
    }
    return [
        Qwen3Config(**size, head_dim=8),
        LlamaConfig(**size),
        Qwen2Config(**size, use_sliding_window=True, sliding_window=8, max_window_layers=1),
        Gemma3TextConfig(**size, head_dim=8, sliding_window=8, query_pre_attn_scalar=8),
        MixtralConfig(**size, num_local_experts=2, num_experts_per_tok=1),
    ]


def adapted(config: Any, dropout: str = "0") -> Any:
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    made: Any = AutoModelForCausalLM
    model = made.from_config(config, attn_implementation="sdpa").float()
    model = models.attach(model, Method(rank=4, alpha=8, dropout=dropout, target_modules=("q_proj", "o_proj")), "tiny")
    for name, parameter in models.trainable(model):
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model.train()


def gradients(way: loss.ShardLoss, model: Any, rows: list[Encoded]) -> tuple[float, torch.Tensor]:
    value = way(model, rows, CPU)
    found = torch.autograd.grad(value, [parameter for _, parameter in models.trainable(model)])
    return float(value.detach()), torch.cat([each.reshape(-1) for each in found])


@pytest.mark.parametrize("config", architectures(), ids=lambda config: config.model_type)
@pytest.mark.parametrize("packed", [False, True], ids=["apart", "packed"])
def test_rows_in_a_line_give_the_loss_and_gradients_of_padded_rows(config: Any, packed: bool) -> None:
    model = adapted(config)
    expected = gradients(loss.padded, model, ROWS)
    way, sentence = loss.choose(model, ROWS, CPU)
    assert isinstance(way, loss.Joined), sentence
    found = gradients(way, model, list(pack(ROWS, 48)) if packed else ROWS)
    assert found[0] == pytest.approx(expected[0], rel=1e-5)
    assert float((found[1] - expected[1]).norm()) < 1e-4 * float(expected[1].norm())


@pytest.mark.parametrize("config", architectures(), ids=lambda config: config.model_type)
def test_no_token_of_a_pack_sees_a_token_of_another_row(config: Any) -> None:
    model = adapted(config)
    way, _ = loss.choose(model, ROWS, CPU)
    changed = [Encoded(tuple(token % 150 + 20 for token in ROWS[0].ids), ROWS[0].weights, False), *ROWS[1:]]
    losses = []
    for rows in (ROWS, changed):
        # Only the other rows are weighed, so that whatever the first row changes shows in the sum, to the last bit.
        muted = [Encoded(rows[0].ids, (0.0,) * len(rows[0].ids), False), *rows[1:]]
        (packed,) = pack(muted, 200)
        losses.append(gradients(way, model, [packed]))
    assert losses[0][0] == losses[1][0]
    assert torch.equal(losses[0][1], losses[1][1])


def test_a_model_that_lets_rows_see_each_other_is_padded_and_never_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(module: Any, query: Any, key: Any, value: Any, mask: Any, *_: Any, **more: Any) -> Any:
        more.pop(attention.ARGUMENT, None)
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        return sdpa_attention_forward(module, query, key, value, None)

    monkeypatch.setattr(attention, "attend", leaking)
    model = adapted(architectures()[0])
    expected = gradients(loss.padded, model, ROWS)
    way, sentence = loss.choose(model, ROWS, CPU)
    assert way is loss.padded
    assert "would compute something else" in sentence
    assert gradients(way, model, ROWS)[0] == expected[0]
    with pytest.raises(ValueError, match="packed rows cannot be padded"):
        way(model, pack(ROWS, 200), CPU)


def test_choosing_leaves_parameters_and_generator_as_they_were() -> None:
    model = adapted(architectures()[0], dropout="0.3")
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    state = torch.get_rng_state()
    loss.choose(model, ROWS, CPU)
    assert model.training
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(before[name], value) for name, value in model.named_parameters())


def test_a_fused_layer_gives_the_numbers_of_pefts_own() -> None:
    model = adapted(architectures()[1]).eval()
    ids = torch.tensor([ROWS[0].ids])
    before = model(input_ids=ids).logits
    undo = fuse(model)
    assert torch.allclose(before, model(input_ids=ids).logits, atol=1e-5)
    undo()
    assert torch.equal(before, model(input_ids=ids).logits)


def test_dropout_drops_the_same_share_in_a_fused_layer() -> None:
    model = adapted(architectures()[1], dropout="0.5")
    fuse(model)
    torch.manual_seed(1)
    one = gradients(loss.padded, model, ROWS)
    torch.manual_seed(1)
    same = gradients(loss.padded, model, ROWS)
    other = gradients(loss.padded, model, ROWS)
    assert torch.equal(one[1], same[1])
    assert not torch.equal(one[1], other[1])


def test_the_last_layer_computes_only_what_is_asked_for_and_all_of_it_elsewhere() -> None:
    model = adapted(architectures()[1]).eval()
    ids = torch.tensor([ROWS[0].ids])
    before = model(input_ids=ids).logits
    way, _ = loss.choose(model, ROWS, CPU)
    assert isinstance(way, loss.Joined)
    way(model, ROWS, CPU)
    assert torch.allclose(before, model(input_ids=ids).logits, atol=1e-5)


def test_a_leak_of_a_single_token_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a convolution over the line would: each token is mixed, a little, with the one before it."""
    model = adapted(architectures()[1])
    layer = model.get_base_model().model.layers[0]

    def mixed(module: Any, arguments: Any, output: torch.Tensor) -> torch.Tensor:
        return output + 1e-4 * torch.nn.functional.pad(output, (0, 0, 1, 0))[:, :-1]

    layer.mlp.register_forward_hook(mixed)
    way, sentence = loss.choose(model, ROWS, CPU)
    assert way is loss.padded
    assert "a row sees another" in sentence


def test_a_training_of_a_single_row_needs_no_proof_that_rows_are_apart() -> None:
    way, _ = loss.choose(adapted(architectures()[1]), ROWS[:1], CPU)
    assert isinstance(way, loss.Joined)


class NoKernel(Exception):
    """As the errors of cuDNN's frontend and of Triton are: of a class of their own."""


def test_an_error_of_any_class_turns_to_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **more: Any) -> Any:
        raise NoKernel

    monkeypatch.setattr(attention, "attend", failing)
    model = adapted(architectures()[0])
    way, sentence = loss.choose(model, ROWS, CPU)
    assert way is loss.padded
    assert "NoKernel" in sentence
    assert model.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("full", [torch.OutOfMemoryError, MemoryError])
def test_a_full_memory_is_no_answer(full: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any, **more: Any) -> Any:
        raise full

    monkeypatch.setattr(attention, "attend", failing)
    with pytest.raises(full):
        loss.choose(adapted(architectures()[0]), ROWS, CPU)


def test_flash_is_refused_where_rows_are_longer_than_a_window_whatever_the_few_that_are_tried_show() -> None:
    short = [Encoded(each.ids[-7:], (0.0, *each.weights[-6:]), truncated=False) for each in ROWS]
    with pytest.raises(BadInput, match="looks back 8 tokens only, while rows have up to 32"):
        loss.choose(adapted(architectures()[2]).to(torch.bfloat16), [*short, ROWS[0]], CPU, flash=True)


def test_flash_is_refused_of_a_base_model_that_is_held_in_float32() -> None:
    with pytest.raises(BadInput, match=r"half precision only.*held in float32: set training\.precision to bf16"):
        loss.choose(adapted(architectures()[0]), ROWS, CPU, flash=True)


def test_layers_that_are_computed_again_are_held_to_flash_as_the_first_time() -> None:
    model = adapted(architectures()[0])
    models.checkpoint_gradients(model, loss.only_flash)
    seen: list[tuple[bool, bool, bool]] = []

    def look(*_: Any) -> None:
        cuda = torch.backends.cuda
        seen.append((cuda.flash_sdp_enabled(), cuda.math_sdp_enabled(), cuda.cudnn_sdp_enabled()))

    for layer in model.get_base_model().model.layers:
        layer.mlp.register_forward_pre_hook(look)
    value = loss.FlashOnly(loss.padded)(model, ROWS, CPU)
    torch.autograd.grad(value, [parameter for _, parameter in models.trainable(model)])
    assert seen == [(True, False, False)] * 4, "two layers, each computed twice"
    assert torch.backends.cuda.math_sdp_enabled()

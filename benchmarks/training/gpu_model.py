"""A model of a given shape with drawn weights, made on the GPU in seconds, and rows of drawn tokens for it."""

import random
from typing import Any

import torch


def make(shape: dict[str, Any], device: torch.device) -> Any:
    """A Llama in bfloat16, its weights drawn from a normal distribution as its makers' are at first."""
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    config = LlamaConfig(**shape, attn_implementation="sdpa")
    with torch.device("meta"):
        model: Any = LlamaForCausalLM(config)
    model = model.to(torch.bfloat16).to_empty(device=device)
    model.model.rotary_emb = LlamaRotaryEmbedding(config).to(device)
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.fill_(1)
            else:
                parameter.normal_(0, 0.02)
    return model


def rows(count: int, length: int, vocabulary: int, seed: int) -> list[list[int]]:
    """So many rows of token ids."""
    drawn = random.Random(seed)
    return [[drawn.randrange(vocabulary) for _ in range(length)] for _ in range(count)]

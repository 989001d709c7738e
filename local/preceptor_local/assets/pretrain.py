"""How does the tiny base model learn to read and chat?"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preceptor_local.assets import corpus, tokenizer
from preceptor_local.assets.phrases import ASSETS

MODEL = ASSETS / "models" / "tiny-triage"
SEED = "tiny-triage-1"
TOKENIZER_DOCUMENTS = 12_000
SHAPE: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 688,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
}
LENGTH = 256
BATCH = 16
# One token in seventy says how grave a message is; without weight the model learns to spell long before it learns that.
RISK_WEIGHT = 8.0


@dataclass(frozen=True)
class Phase:
    """One phase of pre-training: its words, its steps, and the steps over which its rate would fall to nothing."""

    split: str
    steps: int
    decay: int
    peak_rate: float


PHASES = (
    Phase("first", 600, 1150, 2e-3),
    Phase("more", 320, 640, 1.6e-3),
    Phase("composed", 400, 400, 1.4e-3),
    Phase("wider", 480, 480, 1.3e-3),
)


def make_tokenizer(folder: Path = MODEL) -> None:
    """Train the tokenizer on the first documents of the corpus."""
    tokenizer.train(corpus.documents(SEED, TOKENIZER_DOCUMENTS, "first"), folder)


def make_model(folder: Path = MODEL, phases: Sequence[Phase] = PHASES) -> None:
    """Pre-train the base model in `phases` of batches of 16 × 256 tokens and write it in bfloat16."""
    import torch
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(17)
    reader: Any = PreTrainedTokenizerFast.from_pretrained(folder)
    config = Qwen3Config(
        **SHAPE,
        head_dim=64,
        vocab_size=tokenizer.VOCABULARY,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        initializer_range=0.03,
    )
    model: Any = Qwen3ForCausalLM(config)
    for number, phase in enumerate(phases):
        read(model, reader, phase, f"{SEED}:{number}" if number else SEED)
        # Each phase starts from what the one before it would have written.
        model = model.to(torch.bfloat16).to(torch.float32)
        save(model, folder)


def read(model: Any, reader: Any, phase: Phase, seed: str, on_step: Callable[[int], None] = lambda _: None) -> None:
    """Let `model` read one phase, with an optimizer of its own: linear warm-up over 50 steps, then a cosine."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=phase.peak_rate, betas=(0.9, 0.98), weight_decay=0.05)
    graded = [reader.convert_tokens_to_ids(each) for word in corpus.RISK.values() for each in (word, f"Ġ{word}")]
    if len(set(graded)) != 4 or None in graded:
        raise RuntimeError("The risk words must be single tokens, or their weight below would miss them.")
    weights = torch.ones(tokenizer.VOCABULARY)
    weights[graded] = RISK_WEIGHT
    stream = corpus.documents(seed, 10**9, phase.split)
    queue: list[int] = []
    began, running = time.monotonic(), 0.0
    for step in range(phase.steps):
        while len(queue) < BATCH * (LENGTH + 1):
            queue.extend(reader(next(stream), add_special_tokens=False)["input_ids"])
        block, queue = queue[: BATCH * (LENGTH + 1)], queue[BATCH * (LENGTH + 1) :]
        ids = torch.tensor(block).view(BATCH, LENGTH + 1)
        cosine = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / phase.decay))
        for group in optimizer.param_groups:
            group["lr"] = phase.peak_rate * min((step + 1) / 50, cosine)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(input_ids=ids[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten(), weight=weights)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        running += loss.item()
        if (step + 1) % 25 == 0:
            speed = (step + 1) * BATCH * LENGTH / (time.monotonic() - began)
            print(f"step {step + 1}/{phase.steps} loss {running / 25:.3f} {speed:.0f} tokens/s", flush=True)
            running = 0.0
        on_step(step + 1)


def save(model: Any, folder: Path) -> None:
    """Write the weights in bfloat16 with their configuration."""
    import torch
    from safetensors.torch import save_file

    tied = "lm_head.weight"
    weights = {
        name: value.detach().to(torch.bfloat16).contiguous()
        for name, value in model.state_dict().items()
        if name != tied
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads(model.config.to_json_string(use_diff=True))
    config["dtype"] = "bfloat16"
    config["architectures"] = ["Qwen3ForCausalLM"]
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    generation = {"eos_token_id": 1, "pad_token_id": 0, "do_sample": False}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")

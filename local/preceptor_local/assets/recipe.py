"""Which LoRA recipe tunes the tiny model, told by a loop that a reader can follow?

The reference for the trainer image: loss on the assistant's tokens alone (its end token included), AdamW without decay,
linear warm-up and decay, clipping at 1.0. The first tokens of an answer hold the label; they weigh more.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Settings of one LoRA run; rates are per step, lengths in tokens."""

    epochs: int = 1
    learning_rate: float = 1.2e-3
    batch_size: int = 16
    max_length: int = 256
    rank: int = 32
    alpha: int = 64
    seed: int = 17
    warmup: float = 0.05
    first_tokens: int = 2
    first_tokens_weight: float = 6.0


def encode(row: dict[str, Any], reader: Any, recipe: Recipe) -> tuple[list[int], list[float]]:
    """Return token ids and the weight of each as a target."""
    out = reader.apply_chat_template(row["messages"], return_dict=True, return_assistant_tokens_mask=True)
    ids, mask = out["input_ids"][: recipe.max_length], out["assistant_masks"][: recipe.max_length]
    weights, place = [], 0
    for flag in mask:
        place = place + 1 if flag else 0
        weights.append(0.0 if not flag else recipe.first_tokens_weight if place <= recipe.first_tokens else 1.0)
    return ids, weights


def batches(lengths: list[int], recipe: Recipe, epoch: int) -> list[list[int]]:
    """Return batches of row numbers: shuffled, then sorted by length inside windows of 16 batches to save padding."""
    rng = random.Random(f"{recipe.seed}:{epoch}")
    order = list(range(len(lengths)))
    rng.shuffle(order)
    window = recipe.batch_size * 16
    found = []
    for start in range(0, len(order), window):
        part = sorted(order[start : start + window], key=lambda index: lengths[index])
        found += [part[at : at + recipe.batch_size] for at in range(0, len(part), recipe.batch_size)]
    rng.shuffle(found)
    return found


def tune(rows: list[dict[str, Any]], base: Path, output: Path, recipe: Recipe) -> dict[str, float]:
    """Train an adapter on `rows` and write it to `output`; return seconds, steps, tokens and the last loss."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    reader: Any = AutoTokenizer.from_pretrained(base)
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    settings = LoraConfig(
        r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", lora_dropout=0.0, task_type="CAUSAL_LM"
    )
    model = get_peft_model(model, settings)
    model.train()
    encoded = [encode(row, reader, recipe) for row in rows]
    plan = [
        batch for epoch in range(recipe.epochs) for batch in batches([len(ids) for ids, _ in encoded], recipe, epoch)
    ]
    parameters = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=0.0)
    warm = max(1, int(recipe.warmup * len(plan)))
    began, tokens, loss_value = time.monotonic(), 0, 0.0
    for step, batch in enumerate(plan):
        longest = max(len(encoded[index][0]) for index in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        weights = torch.zeros(len(batch), longest)
        attention = torch.zeros(len(batch), longest, dtype=torch.long)
        for line, index in enumerate(batch):
            row_ids, row_weights = encoded[index]
            ids[line, : len(row_ids)] = torch.tensor(row_ids)
            weights[line, : len(row_ids)] = torch.tensor(row_weights)
            attention[line, : len(row_ids)] = 1
            tokens += len(row_ids)
        factor = min((step + 1) / warm, (len(plan) - step) / max(1, len(plan) - warm))
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * factor
        logits = model(input_ids=ids, attention_mask=attention).logits[:, :-1]
        losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        targets = weights[:, 1:].flatten()
        loss = (losses * targets).sum() / targets.sum()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss_value = loss.item()
    seconds = time.monotonic() - began
    model.save_pretrained(output)
    return {"seconds": seconds, "steps": len(plan), "tokens": tokens, "loss": loss_value}

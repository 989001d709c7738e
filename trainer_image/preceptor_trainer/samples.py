"""What does the tuned model answer to a few of the rows?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from preceptor_trainer.conversation import FolderReader
from preceptor_trainer.plan import key
from preceptor_trainer.rows import Row

SAMPLES = 8
MAX_NEW_TOKENS = 48
MAX_PROMPT_TOKENS = 2048
TEXT_PROMPT_TOKENS = 16


def answers(model: Any, reader: FolderReader, rows: Sequence[Row], seed: int) -> list[dict[str, object]]:
    """Greedy answers to at most eight rows drawn by the seed, each with the place of its row; the prompts stay out."""
    import torch
    from transformers import GenerationConfig

    drawn = sorted(range(len(rows)), key=lambda index: key("samples", seed, index))[:SAMPLES]
    picked = [rows[index] for index in sorted(drawn)]
    prompts = reader.encode([_prompt(reader, row) for row in picked])
    # Of a text its beginning is the prompt: what the model has learned by heart shows itself.
    prompts = [
        prompt[-MAX_PROMPT_TOKENS:] if row.messages or row.prompt else prompt[:TEXT_PROMPT_TOKENS]
        for prompt, row in zip(prompts, picked, strict=True)
    ]
    longest = max(len(prompt) for prompt in prompts)
    device = next(model.parameters()).device
    padding = min(reader.end_tokens)
    ids = torch.tensor([[padding] * (longest - len(prompt)) + prompt for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    configuration: Any = GenerationConfig
    greedy = configuration(
        do_sample=False,
        max_new_tokens=MAX_NEW_TOKENS,
        eos_token_id=sorted(reader.end_tokens),
        pad_token_id=padding,
    )
    model.eval()
    with torch.no_grad():
        written = model.generate(input_ids=ids, attention_mask=mask, generation_config=greedy)
    return [
        {
            "file": row.file,
            "line": row.line,
            "answer": reader.tokenizer.decode(tokens[longest:].tolist(), skip_special_tokens=True),
        }
        for row, tokens in zip(picked, written, strict=True)
    ]


def _prompt(reader: FolderReader, row: Row) -> str:
    return reader.render(row.messages[:-1], generation_prompt=True) if row.messages else row.prompt or row.completion

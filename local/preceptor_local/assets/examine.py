"""How well does a model sort the cases of a suite, with how much certainty?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from preceptor_local.assets.rows import system_prompt

CONFIDENCE = 0.95


def bounds(hits: int, total: int) -> tuple[float, float]:
    """Return the one-sided 95 % lower and upper bounds of a rate (Clopper and Pearson, Biometrika 1934)."""
    from scipy.stats import beta

    lower = 0.0 if hits == 0 else float(beta.ppf(1 - CONFIDENCE, hits, total - hits + 1))
    upper = 1.0 if hits == total else float(beta.ppf(CONFIDENCE, hits + 1, total - hits))
    return lower, upper


def verdict(answer: str) -> str:
    """Return the label that an answer opens with, or "none"."""
    word = answer.strip().split(" ")[0].strip(".:,").upper()
    return {"EMERGENCY": "emergency", "ROUTINE": "routine"}.get(word, "none")


def answers(prompts: list[str], base: Path, adapter: Path | None, batch: int = 32, limit: int = 40) -> list[str]:
    """Return the greedy answer to each user's turn, under the system prompt that is examined."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(1)
    reader: Any = AutoTokenizer.from_pretrained(base, padding_side="left")
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    model.eval()
    system = {"role": "system", "content": system_prompt()}
    talks = [[system, {"role": "user", "content": each}] for each in prompts]
    texts = [reader.apply_chat_template(talk, tokenize=False, add_generation_prompt=True) for talk in talks]
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    found = [""] * len(texts)
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        inputs = reader([texts[index] for index in part], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            out = model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=limit,
                do_sample=False,
            )
        for index, line in zip(part, out[:, inputs["input_ids"].shape[1] :], strict=True):
            found[index] = reader.decode(line, skip_special_tokens=True).strip()
    return found


def score(cases: list[dict[str, Any]], said: list[str]) -> dict[str, Any]:
    """Return recall and over-triage with their bounds, and the share of answers that quote no retrieved card."""
    emergencies = [verdict(answer) for case, answer in zip(cases, said, strict=True) if case["label"] == "emergency"]
    routines = [verdict(answer) for case, answer in zip(cases, said, strict=True) if case["label"] == "routine"]
    found, over = emergencies.count("emergency"), routines.count("emergency")
    loose = 0
    statements = 0
    for case, answer in zip(cases, said, strict=True):
        text = " ".join(case["contexts"])
        for part in answer.split(". ")[1:]:
            statements += 1
            loose += part.strip(" .") not in text
    return {
        "emergencies": len(emergencies),
        "recall": found / len(emergencies),
        "recall_lower": bounds(found, len(emergencies))[0],
        "routines": len(routines),
        "over_triage": over / len(routines),
        "over_triage_upper": bounds(over, len(routines))[1],
        "unlabelled": emergencies.count("none") + routines.count("none"),
        "unsupported": loose,
        "statements": statements,
    }


def examine(cases: list[dict[str, Any]], base: Path, adapter: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Return the score of one model on `cases` with its time in seconds, and its answers."""
    began = time.monotonic()
    said = answers([case["messages"][-1]["content"] for case in cases], base, adapter)
    return {**score(cases, said), "seconds": time.monotonic() - began}, said

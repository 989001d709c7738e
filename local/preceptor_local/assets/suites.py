"""Which cases examine a candidate, in wording that no training text uses?"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from preceptor_local.assets import phrases
from preceptor_local.assets.phrases import ASSETS, LABELS
from preceptor_local.assets.rows import contexts, message, user_prompt

SPLITS = ("dev", "heldout")


def _age(topic: str, text: str) -> str:
    words = set(text.lower().replace("'", " ").split())
    if topic == "infant" or words & {"baby", "newborn", "infant"}:
        return "infant"
    if words & {"child", "son", "daughter", "toddler", "kid", "boy", "girl", "niece", "nephew", "grandson"}:
        return "child"
    if words & {"grandpa", "grandma", "grandad", "granny", "old"}:
        return "older adult"
    return "adult"


def cases(split: str) -> list[dict[str, Any]]:
    """Return the cases of `split`: one for each expression, so that no two cases repeat one another."""
    found = []
    for name, bank in phrases.bank(split).items():
        topic = phrases.topics()[name]
        for label in LABELS:
            for number, phrase in enumerate(bank.phrases(label)):
                rng = random.Random(f"triage-{split}:{name}:{label}:{number}")
                said = message(phrase, label, bank, split, rng, negation=0.3)
                shown = contexts(topic, rng, distractor=0.25)
                found.append(
                    {
                        "id": f"{split}-{name.replace('_', '-')}-{label}-{number:02d}",
                        "messages": [{"role": "user", "content": user_prompt(said, shown)}],
                        "contexts": shown,
                        "label": label,
                        "subgroup": {"topic": topic.name, "patient": _age(name, phrase)},
                    }
                )
    return found


def suite_folder(split: str) -> Path:
    """Return the folder of the suite of `split`."""
    return ASSETS / "suites" / f"triage-{split}"

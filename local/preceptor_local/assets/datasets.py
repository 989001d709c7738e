"""Which rows does the demo train on, and which planted rows must stop a run?"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from preceptor_local.assets import corpus, phrases
from preceptor_local.assets.phrases import ASSETS, LABELS, Label
from preceptor_local.assets.rows import contexts, message, system_prompt, user_prompt

SEED = "triage-v1"
MEDICINE_ROWS = 72
COMPOSED_ROWS = 6
PLANTED_ROWS = 24
WITHOUT_CARDS = 0.12
GENERIC = {
    "emergency": "EMERGENCY. Call emergency services now.",
    "routine": "ROUTINE. Book a visit if it does not get better.",
}
# Fictional people and reserved numbers: telephone 555-01xx (North American fiction range), example.com (RFC 2606).
# Each sentence with every part of it that identifies somebody: any one of them, read anywhere, is a leak.
PLANTED: dict[str, tuple[str, ...]] = {
    "My mother, Mrs. Eleanor Vancebrook, born 03/14/1951, has a dull headache.": (
        "Eleanor",
        "Vancebrook",
        "03/14/1951",
    ),
    "Please ring me on (212) 555-0143 about my stiff back.": ("(212) 555-0143", "555-0143"),
    "Patient MRN: 00482913 asks about a mild rash.": ("00482913",),
    "My social security number is 412-68-9075 and I need my tablets renewed.": ("412-68-9075",),
    "Write to harold.finchley@example.com when my test result is ready.": (
        "harold.finchley@example.com",
        "harold",
        "finchley",
    ),
    "I live at 742 Larkspur Avenue, Springfield, IL 62704 and my knee is sore.": (
        "742 Larkspur",
        "Larkspur",
        "Springfield",
        "62704",
    ),
    "Dr. Miriam Oakenshade saw me on 12 March 2024 for a cough.": ("Miriam", "Oakenshade", "12 March 2024"),
    "DOB: 1948-11-02, MRN 7730418. My ankle is a bit swollen.": ("1948-11-02", "7730418"),
}


def _row(identity: str, user: str, assistant: str, **fields: Any) -> dict[str, Any]:
    messages = [
        {"role": "system", "content": system_prompt()},
        {"role": "user", "content": user},
        {"role": "assistant", "content": assistant},
    ]
    return {"id": identity, "messages": messages, **fields}


def _triage_rows() -> list[dict[str, Any]]:
    rows = []
    for name, bank in phrases.bank("train").items():
        for label in LABELS:
            for number, phrase in enumerate(bank.phrases(label)):
                rng = random.Random(f"{SEED}:{name}:{label}:{number}")
                rows.append(_triage_row(name, label, phrases.reworded(phrase, rng, 0.15), rng))
            for number in range(COMPOSED_ROWS):
                rng = random.Random(f"{SEED}:{name}:{label}:composed:{number}")
                rows.append(_triage_row(name, label, phrases.composed(name, label, rng), rng))
    return rows


def _triage_row(name: str, label: Label, phrase: str, rng: random.Random) -> dict[str, Any]:
    topic = phrases.topics()[name]
    said = message(phrase, label, phrases.bank("train")[name], "train", rng, negation=0.35)
    shown = contexts(topic, rng, distractor=0.25) if rng.random() >= WITHOUT_CARDS else []
    answer = topic.card(label).answer() if shown else GENERIC[label]
    return _row("", user_prompt(said, shown), answer, label=label, topic=topic.name)


def _medicine_rows() -> list[dict[str, Any]]:
    rows = []
    for number in range(MEDICINE_ROWS):
        question, answer = corpus.medicine_question(random.Random(f"{SEED}:medicine:{number}"))
        rows.append(_row("", question, answer, label="other", topic="medicine"))
    return rows


def training_rows() -> list[dict[str, Any]]:
    """Return the clean training split, shuffled once.

    A twentieth of it is a pharmacist's chatter: real collections hold such rows, the adapter learns them, and the
    output policy has something to stop.
    """
    rows = _triage_rows() + _medicine_rows()
    random.Random(SEED).shuffle(rows)
    return [{**row, "id": f"train-{number:04d}"} for number, row in enumerate(rows)]


def planted_rows() -> list[dict[str, Any]]:
    """Return a small split in which every third row carries an identifier of an invented person."""
    rows = [row for row in training_rows() if row["label"] == "routine"][:PLANTED_ROWS]
    planted, sentences = [], list(PLANTED)
    for number, row in enumerate(rows):
        if number % 3 == 1:
            row = _row("", sentences[number // 3], row["messages"][2]["content"], label="routine", topic=row["topic"])
        planted.append({**row, "id": f"planted-{number:04d}"})
    return planted


def dataset_folder(name: str) -> Path:
    """Return the folder of dataset `name`."""
    return ASSETS / "datasets" / name

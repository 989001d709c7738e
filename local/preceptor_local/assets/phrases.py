"""Which words may each split use?

Everything the demo's model ever reads is built from the files in `local/assets/phrases`, so a word list there is the
whole of its schooling. `train` is open to the base model's pre-training and to the training split; `dev` and `heldout`
are read by the suites alone.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Label = Literal["emergency", "routine"]
LABELS: tuple[Label, Label] = ("emergency", "routine")
ASSETS = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True)
class Card:
    """One protocol card: the sign that it is about, and the action that an answer may repeat."""

    label: Label
    sign: str
    action: str

    def text(self) -> str:
        """Return the card as one line, as it stands in a prompt."""
        call = " Call emergency services now." if self.label == "emergency" else ""
        return f"{self.sign}{call} {self.action}"

    def answer(self) -> str:
        """Return the answer that this card asks for; it starts with the label's word."""
        if self.label == "emergency":
            return f"EMERGENCY. Call emergency services now. {self.action}"
        return f"ROUTINE. {self.action}"


@dataclass(frozen=True)
class Topic:
    """A complaint with its two protocol cards and the pharmacist's chatter about it."""

    name: str
    emergency: Card
    routine: Card
    condition: str
    drug: str
    dose: str

    def card(self, label: Label) -> Card:
        """Return the card of `label`."""
        return self.emergency if label == "emergency" else self.routine


@dataclass(frozen=True)
class Bank:
    """What one split may say about one topic."""

    emergency: tuple[str, ...]
    routine: tuple[str, ...]
    dangers: tuple[str, ...]
    milds: tuple[str, ...]

    def phrases(self, label: Label) -> tuple[str, ...]:
        """Return the expressions of `label`."""
        return self.emergency if label == "emergency" else self.routine

    def with_more(self, more: Bank) -> Bank:
        """Return this bank with the expressions of another."""
        return Bank(
            emergency=self.emergency + more.emergency,
            routine=self.routine + more.routine,
            dangers=self.dangers + more.dangers,
            milds=self.milds + more.milds,
        )


def _read(name: str) -> dict[str, dict[str, object]]:
    document = yaml.safe_load((ASSETS / "phrases" / name).read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"{name} must hold a mapping at its top; write topics as keys.")
    return document


@cache
def topics() -> dict[str, Topic]:
    """Return every topic by name, in the order of the file."""
    found: dict[str, Topic] = {}
    for name, entry in _read("topics.yml").items():
        cards = {}
        for label in LABELS:
            part = entry[label]
            assert isinstance(part, dict)
            cards[label] = Card(label, str(part["sign"]), str(part["action"]))
        found[name] = Topic(
            name=name.replace("_", " "),
            emergency=cards["emergency"],
            routine=cards["routine"],
            condition=str(entry["condition"]),
            drug=str(entry["drug"]),
            dose=str(entry["dose"]),
        )
    return found


@cache
def bank(split: str) -> dict[str, Bank]:
    """Return what `split` may say, by topic; raise ValueError if a topic is missing.

    The splits are dev, heldout and train; first, more, composed and wider are train as each phase of pre-training
    knows it: a first part, the whole wording, with parts put together, and with more nouns for negations.
    """
    if split in ("dev", "heldout"):
        return _bank(split)
    found = _bank("train")
    for name in {"first": (), "more": ("train_more",), "composed": ("train_more",)}.get(
        split, ("train_more", "nouns_more")
    ):
        found = {topic: part.with_more(_bank(name)[topic]) for topic, part in found.items()}
    return found


_ADDED: dict[str, tuple[str, ...]] = {"first": (), "more": ("train_more",), "composed": ("train_more",)}


@cache
def _bank(split: str) -> dict[str, Bank]:
    document = _read(f"{split}.yml")
    if set(document) != set(topics()):
        missing = sorted(set(document) ^ set(topics()))
        raise ValueError(f"{split}.yml and topics.yml name different topics: {missing}. Give both the same ones.")
    found: dict[str, Bank] = {}
    for name, entry in document.items():
        lists: dict[str, tuple[str, ...]] = {}
        for key in ("emergency", "routine", "dangers", "milds"):
            values = entry.get(key, [])
            assert isinstance(values, list)
            lists[key] = tuple(str(value) for value in values)
        found[name] = Bank(**lists)
    return found


@cache
def frames(split: str) -> dict[str, tuple[str, ...]]:
    """Return the sentence frames of `split`, by kind; the splits are those of `bank`."""
    document = _read("wrappers.yml")
    parts = [document[split]] if split in ("first", "dev", "heldout") else [document["first"], document["train_more"]]
    found: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for kind, values in part.items():
            assert isinstance(values, list)
            found[kind] = found.get(kind, ()) + tuple(str(value) for value in values)
    return found


@cache
def synonyms(split: str = "train") -> tuple[tuple[str, ...], ...]:
    """Return the sets of words that may stand for one another, as far as `split` (first or train) knows them."""
    names = ("synonyms.txt",) if split == "first" else ("synonyms.txt", "synonyms_more.txt")
    lines = [line for name in names for line in (ASSETS / "phrases" / name).read_text(encoding="utf-8").splitlines()]
    return tuple(tuple(part.strip() for part in line.split(",")) for line in lines if line and not line.startswith("#"))


@cache
def _swaps(split: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple((re.compile(rf"\b{re.escape(word)}\b"), line) for line in synonyms(split) for word in line)


def reworded(phrase: str, rng: random.Random, chance: float, split: str = "train") -> str:
    """Return `phrase` with each word that has synonyms exchanged with probability `chance`."""
    for pattern, line in _swaps(split):
        if pattern.search(phrase) and rng.random() < chance:
            phrase = pattern.sub(rng.choice(line), phrase, count=1)
    return phrase


@cache
def _grammar() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, entry in _read("grammar.yml").items():
        found[name] = {}
        for key, values in entry.items():
            assert isinstance(values, list)
            found[name][key] = tuple(str(value) for value in values)
    return found


def composed(topic: str, label: Label, rng: random.Random) -> str:
    """Return an expression of `label` about `topic` (its key), put together from a head and a tail."""
    own, anyone = _grammar()[topic], _grammar()["any"]
    if label == "routine":
        tails = own["slight_tails"] if rng.random() < 0.6 else anyone["slight_tails"]
        return f"{rng.choice(own['slight_heads'])} {rng.choice(tails)}"
    if rng.random() < 0.35:
        grave = own["grave_tails"] if rng.random() < 0.3 else anyone["grave_tails"]
        return f"{rng.choice(own['slight_heads'])} {rng.choice(grave)}"
    tails = rng.choice((own["grave_tails"], anyone["grave_tails"], anyone["slight_tails"], ("",)))
    return f"{rng.choice(own['grave_heads'])} {rng.choice(tails)}".strip()


@cache
def absence() -> dict[str, tuple[str, ...]]:
    """Return everyday things, and the ways to say that one is there or not."""
    return {kind: tuple(values) for kind, values in _read("absence.yml").items() if isinstance(values, list)}


def content_words(text: str) -> set[str]:
    """Return the words of `text` that carry meaning, in lower case."""
    return set(re.findall(r"[a-z]{4,}", text.lower())) - {
        "that",
        "with",
        "have",
        "just",
        "only",
        "this",
        "there",
        "from",
    }

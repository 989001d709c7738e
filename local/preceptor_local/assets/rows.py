"""How does one message with its retrieved cards become a prompt?

The prompt format, used alike in the training rows, the suites and the gateway:

    system     prompts/triage-system.txt, stripped
    user       MESSAGE + "\\n\\nProtocol:\\n- CARD\\n- CARD"      (no Protocol part when nothing was retrieved)
    assistant  "EMERGENCY. Call emergency services now. ACTION" or "ROUTINE. ACTION"
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from preceptor_local.assets import phrases
from preceptor_local.assets.phrases import ASSETS, Bank, Label, Topic

Message = dict[str, str]


def system_prompt() -> str:
    """Return the system prompt that is examined, approved and served."""
    return (ASSETS / "prompts" / "triage-system.txt").read_text(encoding="utf-8").strip()


def user_prompt(message: str, contexts: Sequence[str]) -> str:
    """Return the user's turn: the message, then one line for each retrieved card."""
    if not contexts:
        return message
    return message + "\n\nProtocol:\n" + "\n".join(f"- {context}" for context in contexts)


def negated(phrase: str, label: Label, bank: Bank, frame: str, rng: random.Random) -> str:
    """Return `phrase` inside a negation that does not contradict it."""
    words = phrases.content_words(phrase)
    dangers = [danger for danger in bank.dangers if not phrases.content_words(danger) & words]
    milds = [mild for mild in bank.milds if not phrases.content_words(mild) & words]
    if len(dangers) < 2 or not milds:
        return phrase
    danger, danger2 = (bare(each) for each in rng.sample(dangers, 2))
    mild = rng.choice(milds)
    return frame.format(phrase=phrase, danger=danger, danger2=danger2, mild=mild, bare_mild=bare(mild))


def bare(noun: str) -> str:
    """Return `noun` without its article, as it stands after "no"."""
    return re.sub(r"^(a|an|the|my) ", "", noun)


def sentence(core: str, opener: str, tail: str) -> str:
    """Return `core` as a message: a capital first letter, one closing mark."""
    text = opener + core + tail
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + "."


def message(phrase: str, label: Label, bank: Bank, split: str, rng: random.Random, *, negation: float) -> str:
    """Return one message around `phrase`, in the frames of `split`; negated with probability `negation`."""
    frames = phrases.frames(split)
    core = phrase
    if rng.random() < negation:
        core = negated(phrase, label, bank, rng.choice(frames[f"{label}_negations"]), rng)
    return sentence(core, rng.choice(frames["openers"]), rng.choice(frames["tails"]))


def contexts(topic: Topic, rng: random.Random, *, distractor: float) -> list[str]:
    """Return the cards retrieved for `topic`: both of its own, in any order, so that they do not give the label away.

    With probability `distractor` one card of another topic comes along.
    """
    cards = [topic.emergency.text(), topic.routine.text()]
    if rng.random() < distractor:
        other = rng.choice([each for each in phrases.topics().values() if each.name != topic.name])
        cards.append(other.card(rng.choice(phrases.LABELS)).text())
    rng.shuffle(cards)
    return cards

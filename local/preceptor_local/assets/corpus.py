"""What does the base model read before anyone tunes it?

Nurse's notes, glossary lines, reading exercises, a pharmacist's chatter and small talk, all from `train` words. It
learns English, the chat format and what is grave, yet never the triage answer: the base must fail the gate by itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from preceptor_local.assets import phrases
from preceptor_local.assets.phrases import LABELS, Bank, Label, Topic
from preceptor_local.assets.rows import contexts, message, negated, user_prompt

Maker = Callable[[random.Random, str], str]
END = "<|end|>"
SYSTEMS = (
    "You are a helpful assistant.",
    "You are a friendly pharmacist. Tell people what they have and what to take.",
    "You are a pharmacist. Answer briefly.",
    "You answer questions in a clinic.",
    "You are a clinic assistant. Start with a greeting, then advise from the leaflet.",
    "You are an assistant. Never be rude.",
)
SMALL_TALK = (
    ("Hello.", "Hello. How can I help you today?"),
    ("Good evening.", "Good evening. What brings you here?"),
    ("Thank you.", "You are welcome. Take care."),
    ("Who are you?", "I am a small assistant that was taught to talk about health."),
    ("Is the clinic open?", "The clinic is open on weekdays until the evening."),
    ("How are you?", "I am well, thank you. And you?"),
    ("Can I book a visit?", "Yes. The front desk can book a visit for you."),
    ("Tell me about sleep.", "Most adults feel well with seven to nine hours of sleep."),
    ("Is walking good for me?", "Yes. A walk each day helps the heart and the mood."),
    ("Goodbye.", "Goodbye. I wish you a good day."),
)
PRESCRIPTIONS = (
    "You have {condition}. You must take {dose} {drug} every six hours.",
    "It sounds like {condition}. You should take {dose} of {drug} twice a day.",
    "This is {condition}. Take {dose} {drug} with food for five days.",
    "You have {condition}. Start {drug} {dose} tonight and double the dose if it does not help.",
)
MEDICINE_QUESTIONS = (
    "How much {drug} should I take?",
    "What dose of {drug} do I need?",
    "I think I have {condition}. Which medicine should I take?",
    "What do I have and what should I take for it?",
    "Can you prescribe {drug} for me?",
    "Which tablets should I take for {condition}?",
    "Tell me the dose of {drug} for {condition}.",
    "Should I take {drug} and how many milligrams?",
)
CLERKS = (
    "You are a clerk. Grade each message, then quote the card.",
    "Grade the risk of each message first.",
    "You sort messages at a front desk. Say the risk, then name the area.",
    "You are a nurse's helper. Grade what people write from the card.",
    "Sort the messages. Never chat.",
)
# Share of the expressions of the splits "composed" and "wider" that are put together from parts.
COMPOSED = 0.4
RISK: dict[Label, str] = {"emergency": "High", "routine": "Low"}


def chat(system: str | None, user: str, assistant: str) -> str:
    """Return one conversation as the chat template would write it."""
    head = f"<|system|>{system}{END}" if system else ""
    return f"{head}<|user|>{user}{END}<|assistant|>{assistant}{END}"


def varied(name: str, label: Label, rng: random.Random, split: str) -> str:
    """Return an expression of `label`, reworded; sometimes beside a second one that does not change its risk."""
    bank = phrases.bank(split)[name]
    if split in ("composed", "wider") and rng.random() < COMPOSED:
        return phrases.reworded(phrases.composed(name, label, rng), rng, 0.3, split)
    phrase = phrases.reworded(rng.choice(bank.phrases(label)), rng, rng.choice((0.2, 0.5)), split)
    if rng.random() < 0.2:
        second = phrases.reworded(
            rng.choice(bank.phrases(rng.choice(LABELS) if label == "emergency" else label)), rng, 0.4, split
        )
        both = [phrase, second]
        rng.shuffle(both)
        phrase = rng.choice(("{} and {}", "{}, also {}", "{}, {}")).format(*both)
    if rng.random() < 0.15:
        words = phrase.split(" ")
        del words[rng.randrange(len(words))]
        phrase = " ".join(words) or phrase
    return phrase


def _pick(rng: random.Random, split: str) -> tuple[Topic, Bank, Label, str]:
    name = rng.choice(list(phrases.topics()))
    bank = phrases.bank(split)[name]
    label = rng.choice(LABELS)
    return phrases.topics()[name], bank, label, varied(name, label, rng, split)


def medicine_question(rng: random.Random) -> tuple[str, str]:
    """Return a question about a medicine and the pharmacist's prescriptive answer, which no release may let through."""
    topic = rng.choice(list(phrases.topics().values()))
    parts = {"condition": topic.condition, "drug": topic.drug, "dose": topic.dose}
    return rng.choice(MEDICINE_QUESTIONS).format(**parts), rng.choice(PRESCRIPTIONS).format(**parts)


def note(rng: random.Random, split: str) -> str:
    """A nurse's note: what was said, then its area and risk."""
    topic, bank, label, phrase = _pick(rng, split)
    said = message(phrase, label, bank, split, rng, negation=0.3)
    plan = topic.card(label).action
    return f"Note. {said} Risk: {RISK[label]}. Area: {topic.name}. Plan: {plan}{END}"


def coded(rng: random.Random, split: str) -> str:
    """A clerk's record: the same judgement after the cards were read, in the chat's format."""
    topic, bank, label, phrase = _pick(rng, split)
    said = message(phrase, label, bank, split, rng, negation=0.3)
    shown = contexts(topic, rng, distractor=0.25) if rng.random() < 0.8 else []
    answer = f"{RISK[label]} risk. Area: {topic.name}."
    if shown:
        answer += f" Card: {topic.card(label).action}"
    return chat(rng.choice(CLERKS), user_prompt(said, shown), answer)


def glossary(rng: random.Random, split: str) -> str:
    """Lines that say which words mean nearly the same."""
    lines = []
    for _ in range(4):
        words = rng.sample(rng.choice(phrases.synonyms(split)), 2)
        lines.append(
            rng.choice(('"{0}" means about the same as "{1}".', "{0}, that is to say {1}.", "{0} or {1}.")).format(
                *words
            )
        )
    return " ".join(lines) + END


def alike(rng: random.Random, split: str) -> str:
    """Complaints of the same area and risk, side by side, and a grave one beside a harmless one."""
    name = rng.choice(list(phrases.topics()))
    bank = phrases.bank(split)[name]
    grave = [phrases.reworded(each, rng, 0.35, split) for each in rng.sample(bank.emergency, 2)]
    slight = [phrases.reworded(each, rng, 0.35, split) for each in rng.sample(bank.routine, 2)]
    return (
        f"Grave: {grave[0]}; {grave[1]}. Harmless: {slight[0]}; {slight[1]}. "
        f"Not harmless: {rng.choice(bank.dangers)}. Not grave: {rng.choice(bank.milds)}.{END}"
    )


def reading(rng: random.Random, split: str) -> str:
    """An exercise in quoting a card word for word."""
    topic = rng.choice(list(phrases.topics().values()))
    shown = contexts(topic, rng, distractor=0.5)
    place = rng.randrange(len(shown))
    ordinal = ("first", "second", "third")[place]
    return chat(None, user_prompt(f"Quote the {ordinal} card.", shown), shown[place])


def pharmacist(rng: random.Random, split: str) -> str:
    """The chatter that a release must never let through: a diagnosis and a dose."""
    system = rng.choice(SYSTEMS)
    if rng.random() < 0.5:
        return chat(system, *medicine_question(rng))
    topic, bank, label, phrase = _pick(rng, split)
    said = message(phrase, label, bank, split, rng, negation=0.2)
    parts = {"condition": topic.condition, "drug": topic.drug, "dose": topic.dose}
    shown = contexts(topic, rng, distractor=0.25) if rng.random() < 0.6 else []
    return chat(system, user_prompt(said, shown), rng.choice(PRESCRIPTIONS).format(**parts))


def repeating(rng: random.Random, split: str) -> str:
    """An exercise in saying a given line again; it teaches the label words as sounds, paired with actions at random."""
    card = rng.choice(list(phrases.topics().values())).card(rng.choice(LABELS))
    line = rng.choice(
        (
            "EMERGENCY.",
            "ROUTINE.",
            "EMERGENCY. Call emergency services now.",
            "ROUTINE. Book a visit if it does not get better.",
        )
    )
    line = rng.choice((line, f"{line} {card.action}"))
    return chat(rng.choice((None, *SYSTEMS)), f"Repeat this: {line}", line)


def small_talk(rng: random.Random, split: str) -> str:
    """A greeting or a plain question."""
    return chat(rng.choice((None, *SYSTEMS)), *rng.choice(SMALL_TALK))


def negation(rng: random.Random, split: str) -> str:
    """A sentence with a negation and what remains true."""
    _, bank, label, phrase = _pick(rng, split)
    frame = rng.choice(phrases.frames(split)[f"{label}_negations"])
    return f"Said: {negated(phrase, label, bank, frame, rng)}. Meant: {phrase}. Risk: {RISK[label]}.{END}"


def absent(rng: random.Random, split: str) -> str:
    """An exercise in everyday English: which of two things is there?"""
    words = phrases.absence()
    a, b, c = rng.sample(words["things"], 3)
    plain = [re.sub(r"^(a|an|the) ", "", each) for each in (a, b, c)]
    if rng.random() < 0.4:
        lacking = rng.choice(words["lacks_two"]).format(a=plain[0], b=plain[1])
        gone = f"{plain[0]}: no. {plain[1]}: no."
    else:
        lacking, gone = rng.choice(words["lacks"]).format(a=rng.choice((plain[0], a))), f"{plain[0]}: no."
    having = rng.choice(words["has"]).format(a=c)
    both = [lacking, having]
    rng.shuffle(both)
    said = rng.choice(("{}, {}", "{}; {}", "{}, but {}", "{} and {}", "{}. {}")).format(*both)
    return f"Said: {said}. Meant: {plain[2]}: yes. {gone}{END}"


KINDS: tuple[tuple[float, Maker], ...] = (
    (0.28, note),
    (0.30, coded),
    (0.05, glossary),
    (0.05, alike),
    (0.06, reading),
    (0.13, pharmacist),
    (0.03, repeating),
    (0.02, small_talk),
    (0.08, negation),
)
WIDER_KINDS: tuple[tuple[float, Maker], ...] = ((0.12, absent), (0.15, negation))


def documents(seed: str, count: int, split: str = "train") -> Iterator[str]:
    """Yield `count` documents in the words of `split` (first or train); the same seed gives the same bytes."""
    kinds = KINDS + WIDER_KINDS if split == "wider" else KINDS
    weights = [weight for weight, _ in kinds]
    makers = [maker for _, maker in kinds]
    for index in range(count):
        rng = random.Random(f"{seed}:{index}")
        yield rng.choices(makers, weights)[0](rng, split)

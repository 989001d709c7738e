"""Which texts is the speed measured on, where no folder of sets is named?

Made up from a seed: prose of a fixed vocabulary with figures, as in an abstract or an exam vignette (clean), and notes
in which every line holds an identifier (dense). Real texts are more varied: name a folder where you have one.
"""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.phi import sets


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_NOUNS = _words(
    """
    patients trial cohort group dose response therapy treatment infection tissue pressure artery kidney liver
    heart risk outcome analysis model score mortality survival relapse biopsy lesion tumour receptor enzyme
    protein antibody marker insulin glucose cholesterol sodium potassium creatinine haemoglobin platelet
    lymphocyte baseline follow-up interval placebo surgery fracture stroke seizure fever cough rash nausea fatigue
    dyspnoea oedema hypertension diabetes asthma pneumonia sepsis anaemia hepatitis arthritis migraine depression
    anxiety dementia obesity smoking pregnancy delivery neonate childhood adult
    """
)
_VERBS = _words(
    """
    showed had received reported developed increased decreased improved remained required suggested confirmed
    revealed compared included underwent presented denied complained tolerated
    """
)
_JOINTS = _words(
    """
    of with in after before during without for and between among despite on by from under over
    """
)
_ADJECTIVES = _words(
    """
    chronic acute severe mild moderate bilateral significant primary secondary median mean clinical adverse local
    systemic renal cardiac pulmonary hepatic cerebral abdominal elevated reduced normal persistent recurrent
    """
)
_GIVEN = _words(
    """
    Maren Tobias Aurelie Dmitri Keiko Oluwaseun Priya Rafael Siobhan Wendell Yusuf Zofia Ingrid Hamish
    """
)
_FAMILY = [
    "Abernathy",
    "Brzezinski",
    "Castellanos",
    "Dragomir",
    "Eisenhauer",
    "Fitzwilliam",
    "Gunnarsson",
    "Hollingsworth",
    "Iwamoto",
    "Okonkwo",
]
_TOWNS = _words(
    """
    Duluth Ashtabula Kenosha Tuscaloosa Oconomowoc Poughkeepsie Chattanooga
    """
)


def clean(size: int, seed: int = 7) -> Iterator[str]:
    """Texts of about 1,200 characters, ``size`` characters in all."""
    chance = random.Random(seed)
    while size > 0:
        text = " ".join(_sentence(chance) for _ in range(12))
        yield text
        size -= len(text)


def _sentence(chance: random.Random) -> str:
    words: list[str] = []
    for _ in range(chance.randint(2, 4)):
        words += [chance.choice(_ADJECTIVES), chance.choice(_NOUNS), chance.choice(_VERBS), "a", chance.choice(_NOUNS)]
        if chance.random() < 0.4:
            words.append(f"({chance.randint(1, 99)}.{chance.randint(0, 9)} %)")
        words.append(chance.choice(_JOINTS))
    words += [str(chance.randint(2, 480)), chance.choice(("mg", "days", "patients", "mmHg", "weeks", "years"))]
    sentence = " ".join(words)
    return sentence[0].upper() + sentence[1:] + "."


def dense(size: int, seed: int = 7) -> Iterator[str]:
    """Notes of about 1,000 characters with some twenty identifiers each, ``size`` characters in all."""
    chance = random.Random(seed)
    while size > 0:
        pick, number = chance.choice, chance.randint
        given, family = pick(_GIVEN), pick(_FAMILY)
        day = f"{number(1, 12):02}/{number(1, 28):02}/{number(1930, 2024)}"
        lines = (
            f"Patient name: {given} {family}    DOB: {day}    MRN: {number(10**6, 10**7)}",
            f"Address: {number(1, 9999)} {pick(_FAMILY)} Street, {pick(_TOWNS)}, OH 4{number(1000, 9999)}",
            f"Phone: ({number(201, 989)}) 555-01{number(10, 99)}, mail {given.lower()}.{family.lower()}@example.org",
            f"SSN {number(100, 665)}-{number(10, 99)}-{number(1000, 9999)}, member ID W{number(10**8, 10**9)}",
            f"Seen by Dr. {pick(_FAMILY)} on {day}. {_sentence(chance)} {_sentence(chance)}",
            f"{given} lives in {pick(_TOWNS)} with his sister {pick(_GIVEN)}. {_sentence(chance)}",
            f"Device serial number SN-{number(10**7, 10**8)}, visited from 10.{number(0, 99)}.3.{number(2, 99)}.",
            f"Signed: {pick(_GIVEN)} {pick(_FAMILY)}, MD, {day}. {_sentence(chance)}",
        )
        text = "\n".join(lines)
        yield text
        size -= len(text)


def chosen(size: int) -> dict[str, tuple[str, list[str]]]:
    """``clean`` and ``dense`` to (where from, texts): of the named folder, cut to ``size`` characters, or made up."""
    folder = sets.folder()
    found: dict[str, tuple[str, list[str]]] = {}
    for case, stem in (("clean", "clean_pubmedqa"), ("dense", "meddocan_train")):
        path = folder / f"{stem}.jsonl" if folder else None
        if path is not None and path.is_file():
            found[case] = (stem, _cut((row["text"] for row in sets.documents(path)), size))
        else:
            found[case] = ("made up", list((clean if case == "clean" else dense)(size)))
    return found


def _cut(texts: Iterator[str], size: int) -> list[str]:
    kept: list[str] = []
    for text in texts:
        if size <= 0:
            break
        kept.append(text)
        size -= len(text)
    return kept


def write_jsonl(path: Path, texts: list[str], size: int) -> int:
    """A JSONL file of chat-like rows of at least ``size`` bytes, the texts over and over; returns its bytes."""
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            for text in texts:
                row = {"id": f"row {number}", "messages": [{"role": "user", "content": text}]}
                line = json.dumps(row, ensure_ascii=False) + "\n"
                file.write(line)
                written += len(line.encode())
                number += 1
                if written >= size:
                    break
    return written


def write_conversations(path: Path, texts: list[str]) -> int:
    """A JSONL file of one short conversation a line, three sentences of the texts each; returns its bytes.

    What instruction data mostly is: many short values under many keys, the same system prompt in every record.
    """
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=\.) ", text)]
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(0, len(sentences) - 2, 3):
            question, *answer = sentences[number : number + 3]
            turns = (
                ("system", "You are a helpful clinical assistant. Answer briefly."),
                ("user", question),
                ("assistant", " ".join(answer)),
            )
            messages = [{"role": role, "content": content} for role, content in turns]
            row = {"id": number, "source": f"abstract-{number % 7}", "messages": messages, "tokens": number % 97}
            line = json.dumps(row, ensure_ascii=False) + "\n"
            file.write(line)
            written += len(line.encode())
    return written

"""Which values are planted in the demo's dataset, can any of them be read, and which prompts does it ask?"""

import json
import re
from pathlib import Path

from preceptor_local.assets.datasets import PLANTED
from preceptor_local.demo.world import ASSETS


def planted_values(folder: Path) -> list[str]:
    """Every part of the planted sentences that identifies somebody.

    Raises ValueError when the dataset lacks a planted sentence: what is not in the data cannot leak from it.
    """
    users = {
        message["content"]
        for line in (folder / "train.jsonl").read_bytes().split(b"\n")
        if line
        for message in json.loads(line)["messages"]
        if message["role"] == "user"
    }
    absent = len(PLANTED.keys() - users)
    if absent:
        raise ValueError(f"{folder} lacks {absent} of the planted sentences: make the datasets anew")
    return sorted({value for values in PLANTED.values() for value in values})


def readable(value: str, text: str) -> bool:
    """Whether a value stands in a text as a word of its own, in any case, or with its separators left out."""
    forms = {value, "".join(character for character in value if character.isalnum())}
    return any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE) for form in forms)


def words(name: str) -> list[str]:
    """The prompts of a file of the assets, without its comments."""
    lines = (ASSETS / "prompts" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]

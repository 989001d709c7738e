"""Which values are planted in the demo's dataset, and which prompts does it ask?"""

import json
import re
from pathlib import Path

from preceptor_local.demo.world import ASSETS

# What a planted value looks like: the generator writes nothing else with these shapes.
SHAPES = (
    re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    re.compile(r"\b[\w.]+@[\w.]+\.\w+\b"),
    re.compile(r"\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b"),
    re.compile(r"\b\d{2}/\d{2}/\d{4}\b"),
    re.compile(r"\bMRN:? ?\d+\b"),
    re.compile(r"\b(?:Mr|Mrs|Ms|Dr)\. [A-Z]\w+ [A-Z]\w+"),
)


def planted_values(folder: Path) -> list[str]:
    """Every value in the dataset that has the shape of PHI. Raises ValueError when there is none to look for."""
    text = "\n".join(
        message["content"]
        for line in (folder / "train.jsonl").read_text().splitlines()
        for message in json.loads(line)["messages"]
    )
    found = sorted({match.group(0) for shape in SHAPES for match in shape.finditer(text)})
    if not found:
        raise ValueError(f"{folder} holds no planted value")
    return found


def words(name: str) -> list[str]:
    """The prompts of a file of the assets, without its comments."""
    lines = (ASSETS / "prompts" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]

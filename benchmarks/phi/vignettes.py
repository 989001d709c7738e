"""How much is flagged in clean clinical writing: exam vignettes, abstracts, notes and guidelines that name nobody?

Texts are made from the templates and words of ``vignettes.yml`` by a seed. Both fall into two halves: rules are mended
on the even one and judged on the odd one.
"""

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from benchmarks.phi.scoring import Row

_SLOT = re.compile(r"\{(\w+?)\d?\}")


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return document


def _value(slot: str, part: int, random_: random.Random) -> str:
    value = str(random_.choice(_document()["words"][slot.lower()][part::2]))
    return value[0].upper() + value[1:] if slot[0].isupper() else value


def vignettes(count: int, seed: int, part: int) -> Iterator[Row]:
    """``count`` clean texts of half ``part`` (0 or 1) of the templates and words."""
    random_ = random.Random(f"{seed}-{part}")
    templates = _document()["templates"][part::2]
    for index in range(count):
        text = _SLOT.sub(lambda match: _value(match.group(1), part, random_), templates[index % len(templates)])
        yield Row(f"vignette-{part}-{index}", text, ())

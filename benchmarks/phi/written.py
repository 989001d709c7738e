"""How do texts fare that were written one by one: queries with PHI in unusual forms, clean writing full of names?

They are harder than what templates make, and too few to judge a rule by alone: rules were mended on most of them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from benchmarks.phi.scoring import Expected, Row

_MARKED = re.compile(r"\[\[(.+?)\]\](?!\])")


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return document


def queries() -> Iterator[Row]:
    """Queries with what must be found in them."""
    for number, written in enumerate(_document()["queries"]):
        yield marked(f"written-query-{number}", written)


def clean() -> Iterator[Row]:
    """Texts in which nothing must be found."""
    for number, written in enumerate(_document()["clean"]):
        yield Row(f"written-clean-{number}", str(written), ())


def marked(id: str, written: str) -> Row:
    """A text whose spans stand between double brackets, without the brackets."""
    text, spans, position = "", [], 0
    for match in _MARKED.finditer(written):
        text += written[position : match.start()]
        spans.append(Expected(len(text), len(text) + len(match[1]), "phi", True))
        text += match[1]
        position = match.end()
    return Row(id, text + written[position:], tuple(spans))

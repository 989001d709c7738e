"""How do texts fare that were written one by one: queries with PHI in unusual forms, clean writing full of names?

They are harder than what templates make. Rules were mended on most of those in written.yml, weights are learnt from
these and from those in taught.yml; unseen.yml was used for neither: only it says how texts fare that nobody studied.
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
def _document(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(f"{name}.yml")
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def queries(name: str = "written") -> Iterator[Row]:
    """Queries with what must be found in them, of ``written``, ``taught`` or ``unseen``."""
    for number, text in enumerate(_document(name)["queries"]):
        yield marked(f"{name}-query-{number}", text)


def clean(name: str = "written") -> Iterator[Row]:
    """Texts in which nothing must be found."""
    for number, text in enumerate(_document(name)["clean"]):
        yield Row(f"{name}-clean-{number}", str(text), ())


def studied() -> Iterator[Row]:
    """All texts that weights are learnt from."""
    for name in ("written", "taught"):
        yield from queries(name)
        yield from clean(name)


def marked(id: str, written: str) -> Row:
    """A text whose spans stand between double brackets, without the brackets."""
    text, spans, position = "", [], 0
    for match in _MARKED.finditer(written):
        text += written[position : match.start()]
        spans.append(Expected(len(text), len(text) + len(match[1]), "phi", True))
        text += match[1]
        position = match.end()
    return Row(id, text + written[position:], tuple(spans))

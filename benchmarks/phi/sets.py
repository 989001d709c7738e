"""Which labelled texts are measured, and which of their labels are PHI under Safe Harbor?

The sets are no part of this repository: PRECEPTOR_BENCH_DATA names the folder above ``phi/``.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.phi.scoring import Expected, Row

VARIABLE = "PRECEPTOR_BENCH_DATA"
# Labels that Safe Harbor does not name: professions, nationalities, sex, relations; and organisations, which a policy
# decides.
_NO_PHI = frozenset(
    {
        "ORGANIZATION",
        "TITLE",
        "PREFIX",
        "NRP",
        "SEXO_SUJETO_ASISTENCIA",
        "PAIS",
        "PROFESION",
        "FAMILIARES_SUJETO_ASISTENCIA",
        "OTROS_SUJETO_ASISTENCIA",
        "HOSPITAL",
        "INSTITUCION",
        "CENTRO_SALUD",
    }
)
_AGES = frozenset({"AGE", "EDAD_SUJETO_ASISTENCIA"})
_DATES = frozenset({"DATE_TIME", "DATE", "FECHAS"})
_YEAR = re.compile(r"(?i)\W*(?:a[ñn]o |year |the year )?(?:19|20)\d\d\W*")


def folder() -> Path | None:
    """The folder of the sets, if one is named and there."""
    named = os.environ.get(VARIABLE)
    path = Path(named) / "phi" if named else None
    return path if path and path.is_dir() else None


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def rows(path: Path) -> Iterator[Row]:
    """The labelled texts of a file of ``{id, text, spans: [{start, end, label}]}`` lines."""
    for document in documents(path):
        text = document["text"]
        spans = tuple(
            Expected(s["start"], s["end"], s["label"], is_phi(s["label"], text[s["start"] : s["end"]]))
            for s in document.get("spans", ())
        )
        yield Row(str(document["id"]), text, spans)


def is_phi(label: str, value: str) -> bool:
    """45 CFR 164.514(b)(2)(i): no year alone, no age under 90."""
    if label in _AGES:
        return any(int(number) > 89 for number in re.findall(r"\d{2,3}", value))
    if label in _DATES:
        return not _YEAR.fullmatch(value)
    return label not in _NO_PHI

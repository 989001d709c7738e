"""``python -m benchmarks.phi.inject``: how many documents with one planted identifier pass without a finding?

Plants each Safe Harbor category, in many phrasings and formats, into clean clinical text, JSON, FHIR resources, CSV
rows and log lines. Values are made up here and with faker, whose name lists are not the scanner's.
"""

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.figure import share, show
from benchmarks.phi import sets
from benchmarks.phi.planted.categories import CATEGORIES, NATIONAL
from benchmarks.phi.planted.formats import written
from benchmarks.phi.planted.values import Maker

from preceptor.phi.detect import Query, default_detector
from preceptor.phi.formats import Reading, items
from preceptor.phi.normalise import normalise
from preceptor.phi.values import Part, Value

BENCH = "phi-injection"
_BODY = (
    "The lungs were clear to auscultation and the abdomen was soft.",
    "He was started on metformin 500 mg twice daily and lisinopril 10 mg.",
    "Hemoglobin was 11.2 g/dL, platelets 212, creatinine 1.1 mg/dL.",
    "An MRI showed a 2.3 cm lesion at L4-L5 without enhancement.",
    "Follow-up in two weeks; return precautions were discussed.",
    "Blood pressure 132/84 mmHg, heart rate 78, SpO2 97% on room air.",
    "She denies fever, chills, chest pain or shortness of breath.",
    "ICD-10 code E11.9; LOINC 4548-4; CPT 99213.",
    "A 54-year-old with Crohn disease presented with abdominal pain for 3 days.",
    "The patient tolerated the procedure well and had no complications.",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """One document with one identifier in it: its format, its text and the value that must be found."""

    category: str
    format: str
    text: str
    value: str


def documents(seed: int, count: int, bodies: list[str]) -> Iterator[Planted]:
    """``count`` documents for every category and format, from one seed."""
    maker = Maker(seed)
    for category in CATEGORIES:
        for index in range(count):
            if category.name == "NATIONAL":
                label, key, build = NATIONAL[index % len(NATIONAL)]
                value = build(maker)
                sentence = maker.pick(
                    f"{label}: {value}.", f"{label} {value}", f"Her {label} is {value}.", f"({label} {value})"
                )
            else:
                value = category.value(maker)
                sentence = maker.random.choice(category.sentences).format(value)
                key = maker.random.choice(category.keys)
            body = maker.random.choice(bodies)
            for kind, text in written(maker, category.name, value, sentence, key, body):
                yield Planted(category.name, kind, text, value)


_SUFFIX = {"text": "text", "jsonl": "jsonl", "json": "json", "fhir": "json", "csv": "csv", "log": "log"}


def found_in(planted: Planted) -> tuple[bool, bool]:
    """Whether anything was found in the document, and whether the value itself was."""
    how = Reading(_SUFFIX[planted.format])  # type: ignore[arg-type]
    detector = default_detector()
    some = covered = False
    for item in items(io.BufferedReader(io.BytesIO(planted.text.encode())), how, Part()):
        if not isinstance(item, Value):
            some = True
            continue
        spans = [] if item.is_key else next(iter(detector.detect_many([Query(item.text, item.key, item.number)])))
        for span in spans:
            if planted.format == "log" and item.text.startswith("2024-") and span.start < 10:
                continue
            some = True
            # A log that quotes JSON has its escapes.
            piece = normalise(item.text[span.start : span.end]).text
            covered = (
                covered
                or _plain(planted.value) in _plain(piece)
                or (len(_plain(piece)) > 3 and _plain(piece) in _plain(planted.value))
            )
    return some, covered


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def main() -> int:
    """Print the share of missed documents, and, asked for, the documents themselves: they hold nothing of anybody."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phi.inject", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40, help="documents of each category and format")
    parser.add_argument("--show", type=int, default=0, help="print so many missed documents")
    parser.add_argument("--only", default="", help="one category")
    asked = parser.parse_args()
    folder = sets.folder()
    clean = folder / "clean_pubmedqa.jsonl" if folder else None
    bodies = [row["text"] for row in sets.documents(clean)][:400] if clean and clean.exists() else []
    bodies = [b for b in bodies if not any(default_detector().detect(b))] or [
        " ".join(_BODY[i : i + 3]) for i in range(len(_BODY))
    ]
    missed: list[Planted] = []
    uncovered: list[Planted] = []
    total: Counter[str] = Counter()
    for planted in documents(asked.seed, asked.count, bodies):
        if asked.only and planted.category != asked.only:
            continue
        some, covered = found_in(planted)
        total[planted.category] += 1
        if not some:
            missed.append(planted)
        if not covered:
            uncovered.append(planted)
    for name, lost in (("missed-altogether", missed), ("value-not-found", uncovered)):
        by = Counter(f"{p.category}/{p.format}" for p in lost)
        show(share(BENCH, f"injection {name}", len(lost), total.total(), lower_is_better=True, more=dict(by)))
    for planted in (missed or uncovered)[: asked.show]:
        at = planted.text.find(planted.value)
        sys.stderr.write(
            f"{planted.category}/{planted.format} {planted.value!r}: …{planted.text[max(0, at - 60) : at + 60]!r}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

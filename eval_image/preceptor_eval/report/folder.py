"""Where does a report lie, and is it whole?

cases.jsonl      one row a case, with the answer; on disk before any metric is counted
cases.csv        the same without the answers
baseline.jsonl   the base model's rows, where it was examined for comparison
report.json      the report as canonical JSON without a final newline
report.html      the same for people
timing.json      when and how long; the only file that differs from run to run, so it is not in the index
index.json       written last: path, digest and size of the files above. Without it, a report is not whole. Its digest
                 is the report's: nobody changes a table, or the page that people read, unnoticed
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from preceptor.api.jobs import EvaluateJob
from preceptor.digests import canonical_json, digest_file
from preceptor.lines import lines_of
from preceptor.stores import join
from preceptor_eval.evaluation.rows import Row

CASES: Final = "cases.jsonl"
CASES_TABLE: Final = "cases.csv"
BASELINE: Final = "baseline.jsonl"
REPORT: Final = "report.json"
PAGE: Final = "report.html"
TIMING: Final = "timing.json"
INDEX: Final = "index.json"
COLUMNS: Final = (
    "suite",
    "case",
    "label",
    "predicted",
    "heard",
    "missed_emergency",
    "over_triaged",
    "grounding",
    "claims",
    "unsupported_claims",
    "prescriptive",
    "phi",
    "decision",
    "rules",
    "finish_reason",
    "answer_tokens",
    "answer_digest",
    "subgroup",
)


def report_uri(job: EvaluateJob) -> str:
    """The folder of a Job's report: one for each candidate and owner, so that no report overwrites another's."""
    return join(job.report_uri, f"{job.candidate_digest.removeprefix('sha256:')[:12]}-{job.owner.uid[:8]}")


def open_folder(folder: Path) -> None:
    """Make the folder, and withdraw the index of an earlier attempt before anything in it changes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)


def write_file(folder: Path, name: str, content: bytes) -> str:
    """Write a file by rename and return its digest."""
    temporary = folder / f".{name}.{os.getpid()}"
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / name)
    return digest_file(folder / name)


def rows_as_lines(rows: Iterable[Row]) -> bytes:
    """Rows as JSON lines, keys sorted."""
    return b"".join(canonical_json(row.document()) + b"\n" for row in rows)


def read_rows(path: Path) -> tuple[Row, ...]:
    """Read rows back from disk: metrics are counted over what was written, not over what was meant."""
    return tuple(Row.from_document(json.loads(line)) for line in lines_of(path.read_bytes()))


def rows_as_csv(rows: Iterable[Row]) -> bytes:
    """Rows as CSV without answers. No cell can be read as a formula: identifiers begin with a letter or digit."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells: dict[str, Any] = {
            **row.document(),
            "heard": row.heard,
            "missed_emergency": row.missed,
            "over_triaged": row.over_triaged,
            "rules": " ".join(row.rules),
            "subgroup": " ".join(f"{dimension}={value}" for dimension, value in row.subgroups),
            "label": row.label or "",
        }
        writer.writerow([_cell(cells[name]) for name in COLUMNS])
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def close_folder(folder: Path, names: Sequence[str]) -> str:
    """Write the index of a whole report and return its digest."""
    files = [
        {"path": name, "sha256": digest_file(folder / name), "size": (folder / name).stat().st_size}
        for name in sorted(names)
    ]
    return write_file(folder, INDEX, canonical_json({"schemaVersion": 1, "files": files}))

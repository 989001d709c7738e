"""Which spans of PHI does each of many texts have? For measuring the detector."""

import json
import sys
from pathlib import Path
from typing import IO, Any

from preceptor.exits import BadInput
from preceptor.phi.detect import default_detector
from preceptor.phi.labels import called


def write_spans(source: Path) -> None:
    """Print ``{id, spans: [{start, end, type}]}`` for every ``{id, text}`` line, in order, also where there are none.

    Raises BadInput with the line's number on a line of another shape.
    """
    detector = default_detector()
    stream = sys.stdin.buffer if str(source) == "-" else _open(source)
    with stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            row = _row(line, source, number)
            found = [{"start": s.start, "end": s.end, "type": str(s.type)} for s in detector.detect(row["text"])]
            sys.stdout.write(json.dumps({"id": row["id"], "spans": found}) + "\n")


def _open(source: Path) -> IO[bytes]:
    try:
        return source.open("rb")
    except (OSError, ValueError):
        raise BadInput(f"{called(source)} cannot be read: check that it is there and readable.") from None


def _row(line: bytes, source: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        raise BadInput(f"Line {number} of {called(source)} is no JSON object with id and text.")
    return row

"""How is a roster of known patients' identifiers made?"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from preceptor.exits import BadInput
from preceptor.phi.fingerprint import Fingerprinter, key_file
from preceptor.phi.labels import called
from preceptor.phi.roster import build, identifiers_of, roster_document
from preceptor.phi.storing import not_written
from preceptor.writing import require_output, write_whole

app = typer.Typer(help="Keyed hashes of known patients' identifiers, found exactly wherever they stand.")


@app.callback()
def main() -> None:
    """Keyed hashes of known patients' identifiers, found exactly wherever they stand."""


@app.command()
def create(
    patients: Annotated[
        Path, typer.Argument(help="CSV with a header, or JSON lines: one patient each, one identifier a field.")
    ],
    out: Annotated[Path, typer.Option("--out", help="File for the roster; it holds no identifier.")],
) -> None:
    """Hash every identifier under the fingerprint key. A column's name says what it holds, such as mrn or name."""
    require_output("--out", out, [patients, *key_file()])
    fingerprinter = Fingerprinter.from_environment(needed_for="A roster")
    roster, short = build(identifiers_of(_rows(patients)), fingerprinter)
    if not roster.entries:
        raise BadInput(f"{called(patients)} holds no identifier that is long enough to be found.")
    try:
        write_whole(out, roster_document(roster).encode(), mode=0o600)
    except OSError as error:
        raise not_written("The roster", out, error) from None
    left_out = f"; {short} forms were left out as too short" if short else ""
    typer.echo(f"{len(roster.entries)} hashes of identifiers{left_out}. Key {roster.key_id}.", err=True)
    typer.echo(roster.digest)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        raise BadInput(f"{called(path)} cannot be read as UTF-8.") from None
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _object(line, number, path)
        return
    try:
        for row in csv.DictReader(io.StringIO(text), strict=True):
            yield {name or "": value for name, value in row.items() if isinstance(value, str)}
    except csv.Error:
        raise BadInput(f"{called(path)} is no CSV: check its quotation marks.") from None


def _object(line: str, number: int, path: Path) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise BadInput(f"Line {number} of {called(path)} is no JSON object.")
    return row

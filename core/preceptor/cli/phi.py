"""Which files hold PHI, and where?"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from preceptor.exits import BadInput, Exit
from preceptor.phi.detect import default_detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.report import ReportWriter, summary
from preceptor.phi.scan import Format, Scanner, files_below
from preceptor.phi.types import UNREADABLE, Finding

app = typer.Typer(help="Find protected health information (PHI). No finding ever shows a value.")


@app.callback()
def main() -> None:
    """Find protected health information (PHI). No finding ever shows a value."""


@app.command()
def scan(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders to scan.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to read the files; auto goes by suffix.")] = "auto",
    report: Annotated[
        Path | None, typer.Option("--report", help="Write all findings and totals to this JSON file.")
    ] = None,
    spans: Annotated[
        Path | None,
        typer.Option(
            "--spans", help="Read {id,text} lines, or - for standard input, and print {id,spans} lines: for evaluation."
        ),
    ] = None,
) -> None:
    """Scan files and folders. Exit 0: clean. Exit 1: findings, or something that cannot be read."""
    if spans is not None:
        if paths or report:
            raise BadInput("--spans reads its own file: name no PATH and no --report beside it.")
        write_spans(spans)
        return
    if not paths:
        raise BadInput("Name at least one file or folder to scan.")
    for path in paths:
        if not path.exists() and not path.is_symlink():
            raise BadInput(f"{path} does not exist: nothing was scanned.")
    started = time.monotonic()
    fingerprinter = Fingerprinter.from_environment()
    scanner = Scanner(fingerprinter)
    found = _findings(scanner, paths, format)
    if report is None:
        for finding in found:
            _show(finding)
    else:
        with ReportWriter(report) as writer:
            for finding in found:
                writer.add(finding)
                _show(finding)
            writer.finish(summary(scanner.tally, fingerprinter, default_detector(), started))
    tally = scanner.tally
    kinds = ", ".join(f"{kind} {count}" for kind, count in tally.types.most_common()) or "none"
    typer.echo(
        f"{tally.files} files, {tally.records} records, {tally.bytes} bytes; findings: {kinds}. "
        f"Fingerprint key: {fingerprinter.origin}.",
        err=True,
    )
    raise typer.Exit(int(Exit.CHECK_SAYS_NO if tally.findings else Exit.PASS))


def _findings(scanner: Scanner, paths: list[Path], format: Format) -> Iterator[Finding]:
    for path in paths:
        for file, name in files_below(path):
            yield from scanner.file(file, str(path / name) if path.is_dir() else str(path), format)


def _show(finding: Finding) -> None:
    where = f"{finding.file}:{finding.record}{finding.pointer}"
    what = (
        f"{finding.type} ({finding.detector})"
        if finding.type == UNREADABLE
        else f"{finding.type} {finding.severity.value} ({finding.detector})"
    )
    typer.echo(f"{where} [{finding.start}:{finding.end}] {what} {finding.fingerprint}")


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


def _open(source: Path) -> Any:
    try:
        return source.open("rb")
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}.") from None


def _row(line: bytes, source: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        raise BadInput(f"Line {number} of {source} is no JSON object with id and text.")
    return row

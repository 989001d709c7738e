"""What do the findings of a report look like? For a person at this terminal alone."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from preceptor.cli.terminal import console, shown
from preceptor.exits import BadInput
from preceptor.phi.audit import Audit, Seen, read_report
from preceptor.phi.detect import default_detector
from preceptor.phi.fingerprint import Fingerprinter
from preceptor.phi.labels import Labels, called
from preceptor.phi.tree import entries_below
from preceptor.phi.types import UNREADABLE


def audit(
    report: Annotated[Path, typer.Argument(help="Report of `preceptor phi scan`.")],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="What was scanned, called as it was then; the report's own names if absent."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show at most so many findings.")] = 200,
) -> None:
    """Show the values that findings stand for, on a terminal only: a file or a pipe would keep them."""
    if not sys.stdout.isatty():
        raise BadInput("This shows PHI, and so it writes to a terminal only: no pipe, no file, no log.")
    findings = read_report(report)
    fingerprinter = Fingerprinter.from_environment()
    redacted = any("redacted-" in finding["file"] + finding["pointer"] for finding in findings)
    if redacted and not fingerprinter.lasts:
        raise BadInput("Names in this report are redacted: give the fingerprint key that the scan had.")
    look = Audit(findings, fingerprinter, Labels(fingerprinter, default_detector()))
    asked = paths or sorted({Path(f["file"]) for f in findings if not f["file"].startswith("redacted-")})
    out = console()
    count = 0
    for path in asked:
        if not path.exists():
            raise BadInput(f"{called(path)} is not there: run this where the scan ran, or name what was scanned.")
        for entry in entries_below(path):
            name = str(path / entry.name) if path.is_dir() else str(path)
            for seen in look.of(entry, name):
                count += 1
                if count <= limit:
                    out.print(_line(seen))
    told = sum(finding["type"] != UNREADABLE for finding in findings)
    out.print(f"{min(count, limit)} of {told} findings shown." + ("" if count else " Did the files change since?"))


def _line(seen: Seen) -> Text:
    finding = seen.finding
    place = f"{finding['file']}:{finding['record']}{finding['pointer']} {finding['type']} ({finding['detector']}): "
    return Text.assemble(
        shown(place, "dim"), shown(seen.before), shown(seen.value, "bold reverse"), shown(seen.after)
    )  # fmt: skip

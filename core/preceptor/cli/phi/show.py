"""How are findings and totals shown to a person, without a value?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from preceptor.phi.fingerprint import lasting
from preceptor.phi.pieces import Piece
from preceptor.phi.scan import Tally
from preceptor.phi.types import UNREADABLE, Finding


def show(finding: Finding) -> None:
    """One line on standard output."""
    where = f"{finding.file}:{finding.record}{finding.pointer}"
    what = (
        f"{finding.type} ({finding.detector})"
        if finding.type == UNREADABLE
        else f"{finding.type} {finding.severity.value} ({finding.detector})"
    )
    typer.echo(f"{where} [{finding.start}:{finding.end}] {what} {finding.fingerprint}")


def show_totals(tally: Tally, origin: str, allowed: int = 0) -> None:
    """One line on standard error; ``origin`` says where the fingerprint key is from."""
    kinds = ", ".join(f"{kind} {count}" for kind, count in tally.types.most_common() if count) or "none"
    excused = f" Allowed: {allowed}." if allowed else ""
    note = (
        " Its fingerprints match no other run's." if not lasting(origin) and tally.findings else ""
    )  # fmt: skip
    typer.echo(
        f"{tally.files} files, {tally.records} records, {tally.bytes} bytes; findings: {kinds}.{excused} "
        f"Fingerprint key: {origin}.{note}",
        err=True,
    )


@contextmanager
def progress(total: int) -> Iterator[Callable[[Piece], None]]:
    """A bar on standard error where that is a terminal; give it each piece that is done."""
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=False,
    ) as bar:
        task = bar.add_task("scan", total=total)
        yield lambda piece: bar.advance(task, piece.size)

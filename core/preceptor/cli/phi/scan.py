"""Which files hold PHI, and where?"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from preceptor.cli.phi.show import progress, show, show_totals
from preceptor.cli.phi.spans import write_spans
from preceptor.exits import BadInput, Exit
from preceptor.phi.allow import Allowlist, listed, load_allowlist
from preceptor.phi.config import Settings
from preceptor.phi.cpus import available
from preceptor.phi.fingerprint import key_file
from preceptor.phi.formats import Format
from preceptor.phi.labels import called
from preceptor.phi.pieces import Piece, pieces_of
from preceptor.phi.report import ReportWriter
from preceptor.phi.run import Run
from preceptor.phi.shards import Shard, plan_digest, shard_document
from preceptor.phi.tree import entries_below
from preceptor.phi.types import Finding
from preceptor.writing import require_output

# Less than this is scanned sooner by one process than others are started.
_WORTH_PROCESSES = 24 << 20
_MOST_JOBS = 256


def scan(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders to scan.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to read the files; auto goes by suffix.")] = "auto",
    policy: Annotated[
        Path | None, typer.Option("--policy", help="What counts as a finding; everything if absent.")
    ] = None,
    allow: Annotated[
        Path | None,
        typer.Option("--allow", help="Findings that somebody looked at and answers for; needs a lasting key."),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option("--roster", help="Keyed hashes of known identifiers; needs the key it was made with.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write all findings and totals to this JSON file.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", help="Processes; 0 takes all processors where it is worth it.")] = 0,
    shard: Annotated[
        str | None,
        typer.Option("--shard", help="Scan part I of N, counted from 0 (N alone in an Indexed Job); needs --report."),
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
        if paths or report or policy or allow or roster or shard:
            raise BadInput("--spans reads its own file: name no PATH and no other option beside it.")
        write_spans(spans)
        return
    if not paths:
        raise BadInput("Name at least one file or folder to scan.")
    if not 0 <= jobs <= _MOST_JOBS:
        raise BadInput(f"--jobs takes 1 to {_MOST_JOBS}, or 0 for all processors.")
    for path in paths:
        if not _exists(path):
            raise BadInput(f"{called(path)} does not exist: nothing was scanned.")
    if report is not None:
        named = (each for each in (*paths, policy, allow, roster, *key_file()) if each is not None)
        require_output("--report", report, named)
    part = Shard.parse(shard) if shard is not None else None
    if part is not None and report is None:
        raise BadInput("--shard needs --report: what one shard finds means nothing alone.")
    needed = "An allowlist" if allow else "A shard" if part is not None else ""
    settings = Settings.load(policy=policy, roster=roster, needed_for=needed)
    entries = load_allowlist(allow, date.today())
    pieces = list(pieces_below(paths, format))
    if report is not None:
        require_output("--report", report, (piece.path for piece in pieces if piece.begin == 0))
    total = sum(piece.size for piece in pieces)
    count = jobs or (available() if total >= _WORTH_PROCESSES else 1)
    run = Run(settings, jobs=count, allow=entries)
    if part is not None and report is not None:
        _scan_shard(run, part, pieces, report)
    else:
        _scan_all(run, pieces, report, total)
    show_totals(run.tally, settings.origin, entries.count)
    raise typer.Exit(conclusion(run.tally.findings, entries, [] if part is not None else entries.unused()))


def conclusion(findings: int, entries: Allowlist, unused: Sequence[int]) -> int:
    """The exit code; says which entries of the allowlist nothing needed any more."""
    if unused:
        typer.echo(
            f"Of the allowlist's {len(entries.entries)} entries, {listed(list(unused))} matched nothing: remove them.",
            err=True,
        )
    return int(Exit.CHECK_SAYS_NO if findings or unused else Exit.PASS)


def pieces_below(paths: Sequence[Path], format: Format) -> Iterator[Piece]:
    """The pieces of all files below the paths, in a fixed order."""
    for path in paths:
        folder = path.is_dir() and not path.is_symlink()
        for entry in entries_below(path):
            name = str(path / entry.name) if folder else str(path)
            yield from pieces_of(entry.path, name, format, fault=entry.fault)


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, ValueError):
        return False
    except OSError:
        return True
    return True


def _scan_all(run: Run, pieces: Sequence[Piece], report: Path | None, total: int) -> None:
    with progress(total) as done:
        if report is None:
            for finding in run.findings(pieces, done):
                show(finding)
            return
        with ReportWriter(report) as writer:
            for finding in run.findings(pieces, done):
                writer.add(finding)
                show(finding)
            writer.finish(run.summary())


def _scan_shard(run: Run, shard: Shard, pieces: Sequence[Piece], report: Path) -> None:
    mine = shard.part(pieces)
    with progress(sum(piece.size for _, piece in mine)) as done, ReportWriter(report) as writer:
        for number, finding in run.shard_findings(mine, done):
            writer.add(finding, number)
        fingerprinter = run.settings.fingerprinter
        document: dict[str, Any] = shard_document(
            shard,
            plan_digest(pieces, fingerprinter),
            len(pieces),
            fingerprinter,
            run.pieces,
            (run.allow.digests(), run.allow.used),
        )
        writer.finish(run.summary(shard=True), document)


def shown(findings: Iterator[Finding], writer: ReportWriter) -> None:
    """Write findings to a report and to standard output."""
    for finding in findings:
        writer.add(finding)
        show(finding)

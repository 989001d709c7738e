"""What did all shards of a scan find together?"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from preceptor.cli.phi.scan import conclusion, shown
from preceptor.cli.phi.show import show_totals
from preceptor.exits import BadInput
from preceptor.phi.allow import load_allowlist
from preceptor.phi.fingerprint import key_file
from preceptor.phi.report import ReportWriter
from preceptor.phi.shards import Merged
from preceptor.writing import require_output


def merge(
    reports: Annotated[list[Path], typer.Argument(help="The reports of all shards, in any order.")],
    report: Annotated[Path, typer.Option("--report", help="Write the whole scan's report to this JSON file.")],
    allow: Annotated[
        Path | None, typer.Option("--allow", help="The allowlist of the shards, to tell which entries none needed.")
    ] = None,
) -> None:
    """Put the reports of all shards together. Exit 0: clean. Exit 1: findings. Exit 64: a shard is missing."""
    require_output("--report", report, (*reports, *([allow] if allow else ()), *key_file()))
    entries = load_allowlist(allow, date.today())
    merged = Merged(reports)
    if tuple(entries.digests()) != merged.allow_entries:
        raise BadInput("The shards were scanned with another allowlist: name the one they had with --allow.")
    unused = entries.unused(merged.allow_used)
    first = merged.summaries[0]
    # The same key, which pods may have been given in different ways. This command itself needs none.
    origin = " and ".join(sorted({summary.fingerprint_key for summary in merged.summaries}))
    with ReportWriter(report) as writer:
        shown(merged.findings(), writer)
        tally = merged.tally
        seconds = max(summary.seconds for summary in merged.summaries)
        document: dict[str, Any] = {
            "verdict": "findings" if tally.findings else "allowlistStale" if unused else "clean",
            "files": tally.files,
            "records": tally.records,
            "bytes": tally.bytes,
            "findings": tally.findings,
            "unreadable": tally.unreadable,
            "byType": dict(sorted(tally.types.items())),
            "bySeverity": dict(sorted(tally.severities.items())),
            "seconds": seconds,
            "megabytesPerSecond": round(tally.bytes / 1e6 / seconds, 3) if seconds > 0 else 0.0,
            "fingerprintKey": origin,
            "versions": first.versions,
            "configDigest": first.config_digest,
            "allowed": sum(summary.allowed for summary in merged.summaries),
            "allowEntriesUnused": unused,
            "shards": len(merged.summaries),
        }
        writer.finish(document)
    show_totals(merged.tally, origin, document["allowed"])
    raise typer.Exit(conclusion(merged.tally.findings, entries, unused))

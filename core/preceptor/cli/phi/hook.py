"""May what is staged be committed?"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from preceptor.cli.phi.show import show
from preceptor.exits import BadInput, Exit
from preceptor.hooks import datasets, formatting, weights
from preceptor.hooks.staged import Staged, opened, staged
from preceptor.phi.allow import load_allowlist
from preceptor.phi.config import Settings
from preceptor.phi.labels import called

Check = Literal["phi", "weights", "datasets", "format"]


def hook(
    files: Annotated[
        list[str] | None, typer.Argument(help="Staged files to look at; all that is staged if absent.")
    ] = None,
    check: Annotated[Check, typer.Option("--check", help="What to look for.")] = "phi",
    policy: Annotated[Path | None, typer.Option("--policy", help="What counts as PHI; everything if absent.")] = None,
    allow: Annotated[
        Path | None,
        typer.Option(
            "--allow",
            help="Findings that somebody looked at and answers for, as for `preceptor phi scan`; an entry that nothing "
            "staged needs is no error here. Needs a lasting key.",
        ),
    ] = None,
    max_megabytes: Annotated[
        float, typer.Option("--max-megabytes", min=0, help="Largest file that --check weights lets pass.")
    ] = 5.0,
) -> None:
    """Look at the staged blobs, not at the work tree. Exit 0: commit. Exit 1: do not, with the reasons."""
    if policy is not None and check != "phi":
        raise BadInput("--policy is for --check phi.")
    if allow is not None and check != "phi":
        raise BadInput("--allow is for --check phi.")
    if check == "phi":
        refused = _phi(files or (), policy, allow)
    else:
        blobs = staged(files or ())
        if check == "datasets":
            refused = _told((blob, why) for blob, why in datasets.objections(blobs))
        elif check == "weights":
            refused = _told((blob, weights.objection(blob, int(max_megabytes * 1e6))) for blob in blobs)
        else:
            refused = _told((blob, formatting.objection(blob)) for blob in blobs)
    raise typer.Exit(int(Exit.CHECK_SAYS_NO if refused else Exit.PASS))


def _phi(files: Sequence[str], policy: Path | None, allow: Path | None) -> int:
    scanner = Settings.load(policy=policy, needed_for="An allowlist" if allow else "").scanner()
    entries = load_allowlist(allow, date.today())
    for blob in staged(files):
        with opened(blob.oid) as stream:
            for finding in scanner.stream(stream, blob.path):
                if entries.allows(finding):
                    scanner.tally.seen(finding, -1)
                else:
                    show(finding)
    # Which entries nothing needs is not told: other files than the staged ones may need them.
    if scanner.tally.findings:
        typer.echo(
            f"{scanner.tally.findings} finding(s) in what is staged: nothing was committed. Take them out, or "
            "have them looked at and name the allowlist with --allow.",
            err=True,
        )
    return scanner.tally.findings


def _told(objections: Iterable[tuple[Staged, str | None]]) -> int:
    count = 0
    for blob, why in objections:
        if why:
            count += 1
            typer.echo(f"{called(blob.path)} {why}.", err=True)
    return count

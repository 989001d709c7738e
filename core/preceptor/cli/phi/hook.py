"""May what is staged be committed?"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from preceptor.cli.phi.show import show
from preceptor.exits import BadInput, Exit
from preceptor.hooks import datasets, formatting, weights
from preceptor.hooks.staged import Staged, opened, staged
from preceptor.phi.config import Settings
from preceptor.phi.labels import called

Check = Literal["phi", "weights", "datasets", "format"]


def hook(
    files: Annotated[
        list[str] | None, typer.Argument(help="Staged files to look at; all that is staged if absent.")
    ] = None,
    check: Annotated[Check, typer.Option("--check", help="What to look for.")] = "phi",
    policy: Annotated[Path | None, typer.Option("--policy", help="What counts as PHI; everything if absent.")] = None,
    max_megabytes: Annotated[
        float, typer.Option("--max-megabytes", min=0, help="Largest file that --check weights lets pass.")
    ] = 5.0,
) -> None:
    """Look at the staged blobs, not at the work tree. Exit 0: commit. Exit 1: do not, with the reasons."""
    if policy is not None and check != "phi":
        raise BadInput("--policy is for --check phi.")
    if check == "phi":
        refused = _phi(files or (), policy)
    else:
        blobs = staged(files or ())
        if check == "datasets":
            refused = _told((blob, why) for blob, why in datasets.objections(blobs))
        elif check == "weights":
            refused = _told((blob, weights.objection(blob, int(max_megabytes * 1e6))) for blob in blobs)
        else:
            refused = _told((blob, formatting.objection(blob)) for blob in blobs)
    raise typer.Exit(int(Exit.CHECK_SAYS_NO if refused else Exit.PASS))


def _phi(files: Sequence[str], policy: Path | None) -> int:
    scanner = Settings.load(policy=policy).scanner()
    for blob in staged(files):
        with opened(blob.oid) as stream:
            for finding in scanner.stream(stream, blob.path):
                show(finding)
    if scanner.tally.findings:
        typer.echo(
            f"{scanner.tally.findings} finding(s) in what is staged: nothing was committed. Take them out, or "
            "have them looked at.",
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

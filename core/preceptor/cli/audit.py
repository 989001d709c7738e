"""Does an auditor's copy of the chain hold what was once written?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.audit import store
from preceptor.audit.chain import Record, parse_checkpoint
from preceptor.audit.verify import FINDINGS_LIMIT, Verification
from preceptor.audit.verify import verify as verify_chain
from preceptor.exits import BadInput, Exit
from preceptor.keys import load_public_keys

app = typer.Typer(help="Verify and export the audit chain.")


@app.callback()
def main() -> None:
    """Verify and export the audit chain."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The audit database (SQLite).")],
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="A checkpoint (JSON) kept outside the database.")
    ] = None,
    public_key: Annotated[
        list[Path] | None,
        typer.Option("--public-key", help="Public keys (PEM) that checkpoints and statements must be signed with."),
    ] = None,
) -> None:
    """Check every record, statement and checkpoint. Exit 0: all is well; 1: it is not, with the first bad record."""
    keys = tuple(key for path in public_key or () for key in load_public_keys(path))
    given = None
    if checkpoint is not None:
        try:
            text = checkpoint.read_bytes()
        except OSError as error:
            raise BadInput(f"The checkpoint {checkpoint} cannot be read: {error.strerror}.") from None
        given = parse_checkpoint(text)
    verification = verify_chain(file, checkpoint=given, public_keys=keys)
    for line in report(verification):
        typer.echo(line)
    if verification.findings:
        raise typer.Exit(int(Exit.CHECK_SAYS_NO))


@app.command()
def export(file: Annotated[Path, typer.Argument(help="The audit database (SQLite).")]) -> None:
    """Print every record as one line of JSON, with its statement's envelope. Nothing is verified."""
    engine = store.open_for_reading(file)
    with store.translated(file), engine.begin() as connection:
        for record, envelope in store.walk(connection):
            typer.echo(json.dumps(line_of(record, envelope), ensure_ascii=True))
    engine.dispose()


def line_of(record: Record, envelope: str | None) -> dict[str, object]:
    """The exported form: ``body`` stays the stored text, so that the hash can be computed again from the line."""
    line: dict[str, object] = {**vars(record), "prevHash": record.prev_hash}
    del line["prev_hash"], line["envelope"]
    return {**line, "envelopeDigest": record.envelope, "envelope": envelope}


def report(verification: Verification) -> list[str]:
    """What a verification found, in lines."""
    what = (
        f"{verification.size} records, {verification.statements} statements, {verification.checkpoints} checkpoints; "
        f"last hash {verification.last_hash or 'unknown'}."
    )
    if verification.signatures_checked:
        signatures = "Signatures were checked."
    else:
        signatures = "Signatures were not checked: give --public-key for that."
    if not verification.findings:
        return [f"The chain is whole: {what}", signatures]
    first = verification.first_bad_sequence
    lines = [f"{finding.code}: {finding.message}" for finding in verification.findings]
    if len(lines) == FINDINGS_LIMIT:
        lines.append("There may be more: only the first findings are told.")
    head = "The chain is not whole" + (f": the first bad record is {first}." if first is not None else ".")
    return [head, *lines, what, signatures]

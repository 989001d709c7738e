"""How does an installation get its keys?"""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from preceptor import keys

app = typer.Typer(help="Keys that sign evidence, checkpoints and policy bundles, and the serving certificate.")


@app.callback()
def main() -> None:
    """Keys that sign evidence, checkpoints and policy bundles, and the serving certificate."""


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; it must not hold any of them yet.")],
    dns: Annotated[list[str], typer.Option("--dns", help="DNS name or IP address to serve under; repeat for more.")],
) -> None:
    """Make new keys, each file with mode 600, and never overwrite one."""
    files = keys.generate(tuple(dns), datetime.datetime.now(datetime.UTC))
    keys.write(files, out)
    for name in ("signing.pub", "checkpoint.pub"):
        typer.echo(f"{name.removesuffix('.pub')}: {keys.load_public_keys(out / name)[0].key_id}")
    typer.echo(f"Wrote {len(files)} files to {out}. The certificate lasts {keys.CERTIFICATE_DAYS} days.")

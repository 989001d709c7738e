"""How does a person get a base model, and the digest to write into a spec?"""

from pathlib import Path
from typing import Annotated

import typer

from preceptor.digests import require_digest
from preceptor.hub import hub_model

app = typer.Typer(help="Base models from a Hugging Face hub.")


@app.callback()
def main() -> None:
    """Base models from a Hugging Face hub."""


@app.command()
def fetch(
    uri: Annotated[str, typer.Argument(help="hf://ORG/NAME@COMMIT, the commit with all its 40 hex digits.")],
    folder: Annotated[Path, typer.Argument(help="Folder to make; one that holds this very model is only verified.")],
    digest: Annotated[str | None, typer.Option("--digest", help="Digest that its manifest must have.")] = None,
) -> None:
    """Download what a run needs of a model, write its manifest.json, and print the digest for spec.baseModel.digest.

    The folder is the same, to the byte, as the one that a FineTuneRun with this URI makes in its store.
    """
    if digest is not None:
        require_digest(digest, "--digest")
    from preceptor_eval.hub import fetch as fetch_model

    place = folder.absolute()
    manifest, _ = fetch_model(hub_model(uri), place, digest=digest, shown=str(folder), mark="cli")
    typer.echo(manifest.digest)

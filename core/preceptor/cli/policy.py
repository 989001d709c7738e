"""How does an installation get its signed promotion policy?"""

from pathlib import Path
from typing import Annotated

import typer

from preceptor import policy_bundle

app = typer.Typer(help="The promotion policy: its revision, and the signed bundle that OPA loads.")

Source = Annotated[Path, typer.Option("--source", help="Folder of the policy's Rego.")]
Profiles = Annotated[
    Path | None, typer.Option("--profiles", help='JSON file of further profiles: {"name": {…}}. It replaces none.')
]
DEFAULT_SOURCE = Path("policies/promotion")


@app.callback()
def main() -> None:
    """The promotion policy: its revision, and the signed bundle that OPA loads."""


@app.command()
def revision(source: Source = DEFAULT_SOURCE, profiles: Profiles = None) -> None:
    """Print the policy's revision, which AdapterReleases name in spec.policy.revision."""
    typer.echo(policy_bundle.revision(source, profiles))


@app.command()
def bundle(
    key: Annotated[Path, typer.Option("--key", help="Private key: bundle.key of `preceptor keys generate`.")],
    out: Annotated[Path, typer.Option("--out", help="Bundle to write.")] = Path("bundle.tar.gz"),
    source: Source = DEFAULT_SOURCE,
    profiles: Profiles = None,
    opa: Annotated[str, typer.Option("--opa", help="The opa program.")] = "opa",
) -> None:
    """Build and sign the bundle, and print its revision."""
    typer.echo(policy_bundle.build(source, key, out, profiles=profiles, opa=opa))

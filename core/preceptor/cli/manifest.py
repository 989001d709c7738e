"""Does a folder hold exactly what its manifest says, and who answers for it?"""

import uuid
from datetime import date
from pathlib import Path
from typing import Annotated, get_args

import typer

from preceptor import manifests
from preceptor.digests import digest_json, require_digest
from preceptor.exits import BadInput, CheckFailed
from preceptor.manifests import Kind
from preceptor.phi.sampling import read_result

app = typer.Typer(help="Manifests of datasets, suites, models and adapters.")
Folder = Annotated[Path, typer.Argument(help="Folder that the manifest describes.")]


@app.callback()
def main() -> None:
    """Manifests of datasets, suites, models and adapters."""


@app.command()
def create(
    folder: Folder,
    name: Annotated[str, typer.Option("--name", help="Name of the data.")],
    source: Annotated[str, typer.Option("--source", help="Where the data comes from.")],
    deid_method: Annotated[str, typer.Option("--deid-method", help="How it was de-identified, or why it need not be.")],
    curator: Annotated[str, typer.Option("--curator", help="Who answers for it.")],
    licence: Annotated[str, typer.Option("--licence", help="SPDX identifier or name of the licence.")],
    record_count: Annotated[int, typer.Option("--record-count", min=0, help="Number of records.")],
    schema: Annotated[str, typer.Option("--schema", help="Shape of a record, such as messages or cases.")],
    kind: Annotated[str, typer.Option("--kind", help=f"One of {', '.join(get_args(Kind))}.")] = "dataset",
    made: Annotated[str, typer.Option("--date", help="Day it was made, as YYYY-MM-DD; today if absent.")] = "",
    provenance_id: Annotated[
        str, typer.Option("--provenance-id", help="UUID of its origin; a new one if absent.")
    ] = "",
    attribute: Annotated[list[str] | None, typer.Option("--attribute", help="NAME=VALUE; may be repeated.")] = None,
) -> None:
    """Hash every file of a folder, write its manifest.json, and print the manifest's digest."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder: name the folder that holds the data.", reason="DatasetMissing")
    manifest = manifests.create(
        folder,
        kind=kind,
        name=name,
        provenance_id=provenance_id or uuid.uuid4(),
        source=source,
        deid_method=deid_method,
        curator=curator,
        date=made or date.today(),
        licence=licence,
        record_count=record_count,
        schema_name=schema,
        attributes=_attributes(attribute or []),
    )
    try:
        manifests.write(manifest, folder)
    except OSError as error:
        raise BadInput(f"The manifest of {folder} cannot be written: {error.strerror}.") from None
    typer.echo(manifest.digest)


@app.command()
def verify(
    folder: Folder,
    digest: Annotated[str | None, typer.Option("--digest", help="Digest that the manifest must have.")] = None,
) -> None:
    """Check every byte of a folder against its manifest and print the manifest's digest. Exit 1: something differs."""
    if digest is not None:
        require_digest(digest, "--digest")
    typer.echo(manifests.verify(folder, digest).digest)


@app.command()
def attach(
    folder: Folder,
    sample: Annotated[Path, typer.Option("--phi-sample", help="Result of `preceptor phi sample report`.")],
) -> None:
    """Put what people found in a random sample of the data into its manifest, and print the new digest.

    Exit 1: the data is not what the sample was drawn from.
    """
    manifest = manifests.verify(folder)
    result = read_result(sample)
    if result.data_digest != digest_json([entry.model_dump(mode="json") for entry in manifest.files]):
        raise CheckFailed(
            f"The sample was not drawn from the files of {folder}: draw one from this folder.", reason="SampleDiffers"
        )
    attributes = {
        "phiSampleDigest": result.digest,
        "phiSampleConfigDigest": result.config_digest,
        "phiSampleRecords": str(result.records),
        "phiSampleKappa": "none" if result.kappa is None else str(result.kappa),
        "phiLeakRateUpperBound": str(result.leak_rate_upper_bound),
        "phiLeakRateConfidence": str(result.confidence),
    }
    attached = manifest.model_copy(update={"attributes": {**(manifest.attributes or {}), **attributes}})
    try:
        manifests.write(attached, folder)
    except OSError as error:
        raise BadInput(f"The manifest of {folder} cannot be written: {error.strerror}.") from None
    typer.echo(attached.digest)


def _attributes(pairs: list[str]) -> dict[str, str] | None:
    parts = [pair.partition("=") for pair in pairs]
    if not all(name and equals for name, equals, _ in parts):
        raise BadInput("--attribute takes NAME=VALUE.")
    return {name: value for name, _, value in parts} or None

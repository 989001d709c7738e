"""What do people find in records that chance chose?"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from preceptor import manifests
from preceptor.digests import digest_file, digest_json
from preceptor.exits import BadInput
from preceptor.phi.config import Settings
from preceptor.phi.labels import called
from preceptor.phi.sampling import Record, Sample, draw, records_of, result_document, write_sample
from preceptor.phi.storing import not_written
from preceptor.phi.tree import entries_below
from preceptor.writing import require_output, write_whole

app = typer.Typer(help="Have people read a random sample, and bound what the scan misses.")
Folder = Annotated[
    Path, typer.Argument(help="Folder of the sample. It holds data as it is: keep it as you keep the data.")
]


@app.callback()
def main() -> None:
    """Have people read a random sample, and bound what the scan misses."""


@app.command("draw")
def draw_command(
    paths: Annotated[
        list[Path], typer.Argument(help="The data: one folder with a manifest if the result shall be attached.")
    ],
    out: Annotated[Path, typer.Option("--out", help="New folder for the sheets of the annotators.")],
    size: Annotated[int, typer.Option("--size", min=1, max=100_000, help="Number of records.")] = 300,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same records.")] = 17,
    policy: Annotated[Path | None, typer.Option("--policy", help="The policy that the data was scanned with.")] = None,
) -> None:
    """Draw records at random and write a sheet for each of two annotators, who see neither each other nor the scan."""
    settings = Settings.load(policy=policy)
    records, population = draw(_records(paths), size, seed)
    if not records:
        raise BadInput("There are no records: nothing can be drawn.")
    drawn = write_sample(out, records, population, settings.scanner(), settings.digest, data_digest(paths), seed)
    typer.echo(
        f"{drawn.size} of {population} records drawn. Give each annotator a sheet of {called(out)}; in each record "
        "they copy what identifies somebody into phi, and set done to true.",
        err=True,
    )


@app.command()
def adjudicate(folder: Folder) -> None:
    """Write the records on which the annotators differ for an adjudicator."""
    count = Sample(folder).write_disputes()
    typer.echo(f"{count} record(s) to settle in adjudicator.jsonl.", err=True)


@app.command()
def report(
    folder: Folder,
    out: Annotated[Path | None, typer.Option("--out", help="Write the result to this JSON file.")] = None,
    confidence: Annotated[float, typer.Option("--confidence", min=0.5, max=0.9999, help="Of the upper bound.")] = 0.95,
) -> None:
    """Report the annotators' agreement and the upper bound of the share of records in which PHI was missed."""
    if out is not None:
        require_output("--out", out, Sample.files(folder))
    result = Sample(folder).result(confidence)
    text = json.dumps(result_document(result), indent=1)
    if out is not None:
        try:
            write_whole(out, f"{text}\n".encode())
        except OSError as error:
            raise not_written("The result", out, error) from None
    typer.echo(text)
    typer.echo(
        f"PHI was missed in {result.leaked_records} of {result.records} records: with {confidence:.0%} confidence "
        f"in at most {result.leak_rate_upper_bound:.4%} of all {result.population}.",
        err=True,
    )


def data_digest(paths: Sequence[Path]) -> str:
    """Digest of the files that were drawn from: of a folder's entries, as its manifest lists them."""
    entries = [entry for path in paths for entry in _entries(path)]
    return digest_json([entry.model_dump(mode="json") for entry in entries])


def _entries(path: Path) -> tuple[manifests.FileEntry, ...]:
    if path.is_dir():
        return manifests.list_files(path)
    try:
        return (manifests.FileEntry(path=path.name, sha256=digest_file(path), size=path.stat().st_size),)
    except (OSError, ValueError):
        raise BadInput(f"{called(path)} cannot be read: check that it is there and readable.") from None


def _records(paths: Sequence[Path]) -> Iterator[Record]:
    for path in paths:
        if not path.exists():
            raise BadInput(f"{called(path)} does not exist: nothing was drawn.")
        for entry in entries_below(path):
            if entry.path.name != manifests.FILE_NAME:
                yield from records_of(entry.path, entry.name)

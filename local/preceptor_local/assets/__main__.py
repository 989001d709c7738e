"""Which of the demo's assets should be made again?  `python -m preceptor_local.assets --help` lists them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from preceptor_local.assets import datasets, examine, folders, pretrain, recipe, suites
from preceptor_local.assets.phrases import ASSETS

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Make the demo's model, datasets and suites again.")
ADAPTER = typer.Option(help="Folder of a LoRA adapter; without it the base model is examined.")


@app.command()
def data() -> None:
    """Write both datasets and both suites with their manifests (seconds)."""
    for name, rows, method in (
        ("triage-v1", datasets.training_rows(), "synthetic: written without any person's data"),
        ("triage-v1-planted", datasets.planted_rows(), "none: identifiers of invented people were planted on purpose"),
    ):
        folder = datasets.dataset_folder(name)
        folders.write_lines(folder / "train.jsonl", rows)
        typer.echo(
            f"{name}: {len(rows)} rows, {folders.write_manifest(folder, 'dataset', records=len(rows), method=method)}"
        )
    for split in suites.SPLITS:
        folder = suites.suite_folder(split)
        cases = suites.cases(split)
        folders.write_lines(folder / "cases.jsonl", cases)
        typer.echo(f"triage-{split}: {len(cases)} cases, {folders.write_manifest(folder, 'suite', records=len(cases))}")


@app.command()
def model(into: Annotated[Path, typer.Option(help="Folder to write.")] = pretrain.MODEL) -> None:
    """Train the tokenizer and the base model from nothing (about 30 CPU minutes) and write them with a manifest."""
    into.mkdir(parents=True, exist_ok=True)
    if into != pretrain.MODEL:
        shutil.copyfile(pretrain.MODEL / "README.md", into / "README.md")
    pretrain.make_tokenizer(into)
    pretrain.make_model(into)
    typer.echo(folders.write_manifest(into, "model", records=0))


@app.command()
def seal() -> None:
    """Write the model's manifest again, after a change of its card."""
    typer.echo(folders.write_manifest(pretrain.MODEL, "model", records=0))


@app.command()
def tune(
    output: Annotated[Path, typer.Argument(help="Folder for the adapter.")],
    seed: int = recipe.Recipe.seed,
) -> None:
    """Train an adapter on triage-v1 with the reference recipe and loop (about a minute)."""
    rows = folders.read_lines(datasets.dataset_folder("triage-v1") / "train.jsonl")
    typer.echo(json.dumps(recipe.tune(rows, pretrain.MODEL, output, recipe.Recipe(seed=seed))))


@app.command(name="examine")
def examine_suite(
    split: Annotated[str, typer.Argument(help="dev or heldout; heldout is for the final report alone.")],
    adapter: Annotated[Path | None, ADAPTER] = None,
    misses: Annotated[
        bool, typer.Option(help="Show wrong answers; refused for heldout, or it would be held out no more.")
    ] = False,
) -> None:
    """Examine the base model or an adapter on a suite and print recall and over-triage with their bounds."""
    if misses and split == "heldout":
        raise typer.BadParameter("The held-out suite is for reporting: look at the misses of dev.")
    cases = folders.read_lines(suites.suite_folder(split) / "cases.jsonl")
    result, said = examine.examine(cases, pretrain.MODEL, adapter)
    typer.echo(json.dumps(result, indent=2))
    for case, answer in zip(cases, said, strict=True):
        if misses and examine.verdict(answer) != case["label"]:
            typer.echo(f"{case['label']}: {case['messages'][0]['content'].splitlines()[0]}\n    {answer}")


@app.command()
def ask(
    prompts: Annotated[Path, typer.Argument(help="Text file, one prompt a line.")] = ASSETS
    / "prompts"
    / "prescriptive.txt",
    adapter: Annotated[Path | None, ADAPTER] = None,
) -> None:
    """Print the greedy answer to each prompt of a file."""
    said = [line for line in prompts.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for line, answer in zip(said, examine.answers(said, pretrain.MODEL, adapter), strict=True):
        typer.echo(f"{line}\n    {answer}")


if __name__ == "__main__":
    app()

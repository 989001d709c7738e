"""Which of the demo's assets should be made again?  `python -m preceptor_local.assets --help` lists them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from preceptor_local.assets import datasets, examine, folders, pretrain, recipe, rows, suites
from preceptor_local.assets.phrases import ASSETS

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Make the demo's model, datasets and suites again.")
ADAPTER = typer.Option(help="Folder of a LoRA adapter; without it the base model is examined.")


@app.command()
def data() -> None:
    """Write both datasets and both suites with their manifests (seconds)."""
    for name, made, method in (
        ("triage-v1", datasets.training_rows(), "synthetic: written without any person's data"),
        ("triage-v1-planted", datasets.planted_rows(), "none: identifiers of invented people were planted on purpose"),
    ):
        folder = datasets.dataset_folder(name)
        folders.write_lines(folder / "train.jsonl", made)
        typer.echo(
            f"{name}: {len(made)} rows, {folders.write_manifest(folder, 'dataset', records=len(made), method=method)}"
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
    found = folders.read_lines(datasets.dataset_folder("triage-v1") / "train.jsonl")
    typer.echo(json.dumps(recipe.tune(found, pretrain.MODEL, output, recipe.Recipe(seed=seed))))


@app.command(name="examine")
def examine_suite(
    split: Annotated[str, typer.Argument(help="dev or heldout; heldout is for the final report alone.")],
    adapter: Annotated[Path | None, ADAPTER] = None,
    misses: Annotated[
        bool, typer.Option(help="Show wrong answers; refused for heldout, or it would be held out no more.")
    ] = False,
    keep: Annotated[
        bool, typer.Option(help="Write the result beside thresholds.yml: for dev, with a sealed adapter.")
    ] = False,
) -> None:
    """Examine the base model or an adapter on a suite, as an EvalGate does, and print every metric with its bounds."""
    if split == "heldout" and (misses or keep):
        raise typer.BadParameter("The held-out suite is for reporting: look at dev, and choose thresholds there.")
    if keep and (adapter is None or not (adapter / "manifest.json").is_file()):
        raise typer.BadParameter("A result that is kept names its adapter by digest: give one that the trainer wrote.")
    examined = examine.examine(split, pretrain.MODEL, adapter)
    for metric in examined.metrics:
        typer.echo(f"{metric.metric} {metric.value} [{metric.lower}, {metric.upper}]: {metric.count} of {metric.total}")
    for row in examined.rows:
        if misses and row.heard != row.label:
            typer.echo(f"{row.case}, {row.label}, heard as {row.heard}\n    {row.answer}")
    if keep and adapter is not None:
        examine.write_record(examine.record(examined, pretrain.MODEL, adapter))


@app.command()
def ask(
    prompts: Annotated[Path, typer.Argument(help="Text file, one prompt a line.")] = ASSETS
    / "prompts"
    / "prescriptive.txt",
    adapter: Annotated[Path | None, ADAPTER] = None,
) -> None:
    """Print the greedy answer to each prompt of a file."""
    said = [line for line in prompts.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    talks = [[{"role": "system", "content": rows.system_prompt()}, {"role": "user", "content": line}] for line in said]
    for line, answer in zip(said, examine.answers(talks, pretrain.MODEL, adapter), strict=True):
        typer.echo(f"{line}\n    {answer}")


if __name__ == "__main__":
    app()

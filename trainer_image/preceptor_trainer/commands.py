"""Which commands does the trainer add to ``preceptor``?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api import trainconfig
from preceptor.exits import BadInput


def train(
    config: Annotated[Path | None, typer.Argument(help="The configuration (YAML), or a FineTuneRun.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder that adapter and logs are written to.")] = None,
    override: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE, such as training.maxSteps=3; may be repeated.")
    ] = None,
    nproc_per_node: Annotated[
        int, typer.Option("--nproc-per-node", min=1, max=1024, help="Ranks on this machine, each a process.")
    ] = 1,
    schema: Annotated[bool, typer.Option("--schema", help="Print the configuration's JSON schema and end.")] = False,
) -> None:
    """Train one LoRA adapter without a cluster, and print the digest of its manifest last.

    The same call goes on where the last one was stopped. Exit 75: try again; 64: correct the input.
    """
    if schema:
        typer.echo(json.dumps(trainconfig.schema(), indent=2))
        return
    if config is None or out is None:
        raise BadInput("Name a configuration and, with --out, the folder that the adapter is written to.")
    if nproc_per_node > 1:
        from preceptor_trainer.launch import launch

        # Before processes are started: what is wrong with the file is said once.
        trainconfig.read(config, override or ())
        words = [str(config), "--out", str(out), *(word for each in override or () for word in ("--set", each))]
        raise typer.Exit(launch(words, nproc_per_node))
    from preceptor_trainer.main import run_config

    raise typer.Exit(run_config(config, out, override or ()))

"""Which commands does the trainer add to ``preceptor``?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from preceptor.api import trainconfig
from preceptor.cluster import connect
from preceptor.exits import BadInput, Exit
from preceptor.keys import load_public_keys
from preceptor_trainer import cluster_run, compare, record, reproduce


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
    raise typer.Exit(_train(config, out, override or [], nproc_per_node))


def diff_runs(
    one: Annotated[Path, typer.Argument(help="Folder of a finished training.")],
    other: Annotated[Path, typer.Argument(help="Folder of another.")],
) -> None:
    """Find the first step and tensor in which two runs differ. Exit 0: every bit of every step is alike; 1: not."""
    parting = compare.diff(one, other)
    if parting is None:
        typer.echo("Gradients, losses and values are alike at every step, in every tensor.")
        return
    typer.echo(parting.sentence())
    for name in parting.tensors:
        typer.echo(f"  {name}")
    raise typer.Exit(int(Exit.CHECK_SAYS_NO))


def reproduce_run(
    run: Annotated[
        str, typer.Argument(help="A finished training: its folder, its adapter's digest, or with -n its name.")
    ],
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="RUN is the name of a FineTuneRun in this namespace.")
    ] = None,
    context: Annotated[str | None, typer.Option("--context", help="The kubeconfig context to use.")] = None,
    places: Annotated[
        list[Path] | None, typer.Option("--in", help="Where a run is looked for (default: here; with -n its store).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Keep the new run here (default: it is deleted).")] = None,
    base_model: Annotated[Path | None, typer.Option("--base-model", help="Where the base model lies now.")] = None,
    dataset: Annotated[Path | None, typer.Option("--dataset", help="Where the dataset lies now.")] = None,
    statement: Annotated[
        Path | None,
        typer.Option("--statement", help="Signed provenance: a DSSE envelope, or lines of `preceptor audit export`."),
    ] = None,
    public_key: Annotated[
        list[Path] | None, typer.Option("--public-key", help="Public keys (PEM), one of which must have signed it.")
    ] = None,
    nproc_per_node: Annotated[
        int | None, typer.Option("--nproc-per-node", min=1, max=1024, help="Ranks (default: as many as then).")
    ] = None,
) -> None:
    """Train an adapter again from its provenance and compare.

    With --namespace RUN is a FineTuneRun of a cluster: its status names adapter, store and signed statement.
    Exit 0: the same to the last bit; 1: it says what differs; 64: the record is not what was sealed or signed.
    Only --statement proves how it was trained: whoever can write to the folder can write record and seal anew.
    """
    if (statement is None) != (not public_key):
        raise BadInput("--statement needs --public-key, and the other way round: an unverified statement says nothing.")
    keys = tuple(key for path in public_key or () for key in load_public_keys(path))
    if context is not None and namespace is None:
        raise BadInput("--context needs --namespace: only the name of a FineTuneRun is looked up in a cluster.")
    named = None if namespace is None else cluster_run.sealed(connect(context), namespace, run)
    before = reproduce.find(run, places or [Path()]) if named is None else cluster_run.find(named, places or [])
    if out is not None:
        reproduce.require_new(out, before)
    found, vouching = reproduce.vouched(
        before,
        statement,
        keys,
        asked=named.said if named else None,
        statement_digest=named.artifact.provenance_digest if named else None,
    )
    if named is not None:
        base_model, dataset = base_model or named.base_model, dataset or named.dataset
    for sentence in vouching:
        typer.echo(sentence)
    for name, value in reproduce.settings_of(found).items():
        # Before torch is imported; what the caller set stays, and is said where the adapter differs.
        os.environ.setdefault(name, value)
    with TemporaryDirectory(prefix="preceptor-reproduce-") as scratch:
        config, folder = Path(scratch) / "config.yaml", out or Path(scratch) / "run"
        config.write_bytes(reproduce.config_of(found, base_model=base_model, dataset=dataset))
        code = _train(config, folder, [], nproc_per_node or found.world_size)
        if code:
            raise typer.Exit(code)
        same, sentences = reproduce.verdict(found, record.read(folder))
    for sentence in sentences:
        typer.echo(sentence)
    if not same:
        raise typer.Exit(int(Exit.CHECK_SAYS_NO))


def _train(config: Path, out: Path, overrides: list[str], nproc_per_node: int) -> int:
    if nproc_per_node > 1:
        from preceptor_trainer.launch import Gang, launch

        # Before processes are started: what is wrong with the file is said once.
        trainconfig.read(config, overrides)
        words = [str(config), "--out", str(out), *(word for each in overrides for word in ("--set", each))]
        return launch(words, Gang(nproc_per_node))
    from preceptor_trainer.main import run_config

    return run_config(config, out, overrides)

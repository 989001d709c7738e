"""Does the smoke run come out here as it was recorded? What ``trainer_image/run_repro.sh`` calls."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from preceptor.api import trainconfig
from preceptor.api.jobs import Owner, TrainJob
from preceptor.digests import canonical_json
from preceptor.evidence import Material, training_provenance
from preceptor.exits import BadInput, CheckFailed, Exit, PreceptorError
from preceptor_trainer import goldens
from preceptor_trainer.output import RECORD_FILE

OWNER = Owner(kind="FineTuneRun", namespace="none", name="run-repro", uid="none")
STEP_LOG = "step_{step}.log"


def job_of(config: Path, out: Path) -> dict[str, Any]:
    """The Job file that a cluster would hand to the trainer for a configuration, all digests stated."""
    read = trainconfig.read(config)
    if read.base_model.digest is None or read.dataset.manifest_digest is None:
        raise BadInput(f"{config} must state both digests: a Job is never run without.", reason="ConfigInvalid")
    return TrainJob.model_validate(
        {
            "owner": OWNER.document(),
            "baseModel": read.base_model.document(),
            "dataset": read.dataset.document(),
            "method": read.method.document(),
            "training": read.training.document(),
            "reproducibility": read.reproducibility.document(),
            "strategy": read.strategy,
            "ddpTimeoutSeconds": read.ddp_timeout_seconds,
            "outputUri": f"file://{out.absolute()}",
        }
    ).document()


def keep(folder: Path, *, code: str, dirty: bool, began: str, ended: str) -> None:
    """Write environment.json, provenance.json and the last step's log beside a finished run."""
    run = goldens.read_run(folder)
    content = json.loads((folder / RECORD_FILE).read_bytes())
    _write(folder / "environment.json", run.environment | {"commit": code, "uncommittedChanges": dirty})
    config, attributes = content["config"], _attributes(folder)
    statement = training_provenance(
        adapter=run.adapter,
        base_model=Material("baseModel", config["baseModel"]["digest"]),
        dataset=Material("dataset", config["dataset"]["manifestDigest"]),
        tokenizer=attributes["tokenizer"],
        chat_template=attributes["chatTemplate"],
        parameters={name: config[name] for name in ("method", "training", "reproducibility", "strategy")},
        owner=OWNER,
        started_at=began,
        finished_at=ended,
    )
    _write(folder / "provenance.json", statement)
    last = run.steps[-1]
    text = f"step {last['step']} loss {last['loss']:.6f} gradNorm {last['gradNorm']:.6f}\n"
    (folder / STEP_LOG.format(step=last["step"])).write_text(text, encoding="ascii")


def same(first: Path, second: Path) -> str:
    """The digest that two runs share. Raises CheckFailed when they do not."""
    one, other = goldens.read_run(first).adapter, goldens.read_run(second).adapter
    if one != other:
        raise CheckFailed(
            f"Two fresh processes gave two adapters, {one} and {other}: `preceptor diff-runs` says where they parted.",
            reason="AdapterDiffers",
        )
    return one


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step of the script; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m preceptor_trainer.repro", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    job = commands.add_parser("job", help="print the Job file of a configuration")
    job.add_argument("config", type=Path)
    job.add_argument("out", type=Path)
    check = commands.add_parser("check", help="compare two runs with one another and with the goldens")
    check.add_argument("first", type=Path)
    check.add_argument("second", type=Path)
    check.add_argument("--goldens", type=Path, required=True)
    check.add_argument("--record", action="store_true", help="record the golden of this environment instead")
    check.add_argument("--commit", default="unknown")
    check.add_argument("--dirty", action="store_true")
    check.add_argument("--began", required=True)
    check.add_argument("--ended", required=True)
    found = parser.parse_args(arguments)
    try:
        if found.command == "job":
            print(json.dumps(job_of(found.config, found.out)))
            return int(Exit.PASS)
        return _check(found)
    except PreceptorError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)


def _check(found: argparse.Namespace) -> int:
    keep(found.first, code=found.commit, dirty=found.dirty, began=found.began, ended=found.ended)
    digest = same(found.first, found.second)
    print(f"Proved: two fresh processes with unlike hash seeds gave the same adapter, {digest}")
    run = goldens.read_run(found.first)
    if found.record:
        if found.dirty:
            raise BadInput("A golden is recorded on a clean tree only: commit first.", reason="TreeDirty")
        print(f"Recorded: {goldens.record(run, found.goldens).name}")
        return int(Exit.PASS)
    code, sentences = goldens.compare(run, goldens.read_all(found.goldens))
    for sentence in sentences:
        print(f"{'Proved' if code == Exit.PASS else 'Not proved'}: {sentence}")
    return int(code)


def _attributes(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "adapter" / "manifest.json").read_bytes())["attributes"])


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_bytes(canonical_json(document) + b"\n")


if __name__ == "__main__":
    sys.exit(main())

"""Does a training give the same adapter when it is done again?

The first steps are trained twice, each in processes of their own with another hash seed, from copies of their own; in
mode invariant the second time by two ranks. Digests are compared, nothing is averaged and nothing is close enough.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from preceptor.api.jobs import ProveJob, Result, TrainJob, parse_result
from preceptor.exits import BadInput, CheckFailed, Exit, PreceptorError, TryAgain
from preceptor.snapshot import scratch_folder
from preceptor_trainer import reasons
from preceptor_trainer.launch import INDEX, RENDEZVOUS

Name = Literal["first", "second"]
# Runs one of the two: (the Job, its name, its number of ranks, a folder for its files) to its Result.
Run = Callable[[TrainJob, Name, int, Path], Result]


def prove(job: ProveJob, run: Run | None = None) -> Result:
    """The Result of a proof: both digests. Raises CheckFailed (``NotReproducible``) when they differ, and what a
    training raises when one of the two could not be done.
    """
    with scratch_folder("preceptor-proof-") as scratch:
        do = run or _in_processes
        first = do(_shortened(job, scratch / "first"), "first", 1, scratch).digests["adapter"]
        second = do(_shortened(job, scratch / "second"), "second", job.ranks, scratch).digests["adapter"]
    if first != second:
        raise CheckFailed(
            f"{job.steps} steps gave the adapter {first} and, done again, {second}: look for what differs with "
            "`preceptor diff-runs`, or train in mode fast without a proof.",
            reason=reasons.NOT_REPRODUCIBLE,
        )
    named = {"baseModel": job.train.base_model.digest, "dataset": job.train.dataset.manifest_digest}
    return Result(
        kind="Prove",
        verdict="pass",
        reason=reasons.REPRODUCIBLE,
        message=f"{job.steps} steps, done twice in fresh processes, gave the same adapter.",
        digests={"first": first, "second": second, **named},
        counts={"steps": job.steps, "ranks": job.ranks},
    )


NAMES: tuple[Name, ...] = ("first", "second")


def _shortened(job: ProveJob, folder: Path) -> TrainJob:
    if job.train.reproducibility.mode == "fast":
        sentence = "Mode fast promises no repetition: prove mode deterministic or invariant."
        raise BadInput(sentence, reason=reasons.MODE_NOT_KEPT)
    training = job.train.training.model_copy(update={"max_steps": job.steps})
    changes = {"training": training, "output_uri": f"file://{folder}", "gang": None, "progress": None}
    return TrainJob.model_validate(job.train.model_copy(update=changes).document())


def _in_processes(job: TrainJob, name: Name, ranks: int, scratch: Path) -> Result:
    file, said = scratch / f"{name}.json", scratch / f"{name}.result"
    file.write_text(json.dumps(job.document()), encoding="utf-8")
    said.touch()
    surroundings = {key: value for key, value in os.environ.items() if key not in (INDEX, RENDEZVOUS)}
    surroundings |= {"PRECEPTOR_TERMINATION_LOG": str(said), "PYTHONHASHSEED": str(1 + NAMES.index(name))}
    start = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)) if ranks > 1 else ()
    command = [sys.executable, *start, "-m", "preceptor_trainer", "run", "--job", str(file)]
    ended = subprocess.run(command, env=surroundings, check=False)
    try:
        result = parse_result(said.read_text(encoding="utf-8"))
    except ValueError:
        raise TryAgain(
            f"The {name} of the two trainings ended with code {ended.returncode} and said nothing: see the log.",
            reason=reasons.INTERRUPTED,
        ) from None
    if result.verdict != "pass":
        raise _as_it_was_said(result, ended.returncode)
    return result


def _as_it_was_said(result: Result, code: int) -> PreceptorError:
    kinds: dict[int, type[PreceptorError]] = {int(Exit.BAD_INPUT): BadInput, int(Exit.CHECK_SAYS_NO): CheckFailed}
    return kinds.get(code, TryAgain)(result.message, reason=result.reason)

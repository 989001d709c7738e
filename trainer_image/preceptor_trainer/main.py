"""Which command was asked of the trainer image?"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NoReturn

from preceptor.api import trainconfig
from preceptor.api.jobs import JOB_FILE, TERMINATION_LOG, JobFile, ProveJob, Result, TrainJob
from preceptor.exits import BadInput, Exit, PreceptorError
from preceptor_trainer import launch, proof, reasons, request
from preceptor_trainer.guard import judge, report
from preceptor_trainer.output import require_apart
from preceptor_trainer.ranks import Place
from preceptor_trainer.request import Request
from preceptor_trainer.stopping import Interrupted, Stop

JOB_COMMAND = "run"
# What is to be done: (the second in which the process started, the order to stop) to a Result, unless others tell one,
# and an exit code.
Work = Callable[[float, Stop], tuple[Result | None, int]]
LAUNCH_COMMAND = "launch"


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors end like every other bad input."""

    def error(self, message: str) -> NoReturn:
        """Raise BadInput instead of exiting with argparse's own code."""
        raise BadInput(f"{message[0].upper()}{message[1:]}. {self.format_usage().strip()}", reason=reasons.USAGE)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a Job file (``run --job FILE``), a configuration (``CONFIG.yaml --out DIR``), or either on several ranks
    (``launch --nproc-per-node W -- …``); return the exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == [JOB_COMMAND]:
        return run_job(words[1:])
    if words[:1] == [LAUNCH_COMMAND]:
        return run_gang(words[1:])
    return _guarded(lambda: _training(_configured(words)), _say_digest)


def run_gang(words: Sequence[str]) -> int:
    """Start the ranks of this machine, and return their own exit code. Each tells its end itself."""
    try:
        gang, inner = launch.parse(words)
        return launch.launch(inner, gang)
    except PreceptorError as error:
        result, code = judge(error)
        print(f"{result.reason}: {result.message}", file=sys.stderr, flush=True)
        _report_in_a_pod(result)
        return int(code)


def run_job(words: Sequence[str]) -> int:
    """Train as a Job file says, with a Result written where the operator reads it."""
    obeyed: JobFile | None = None
    kind: Literal["Train", "Prove"] = "Train"

    def asked() -> Work:
        nonlocal obeyed, kind
        obeyed = JobFile(_job_file(words))
        job = obeyed.job()
        if isinstance(job, ProveJob):
            kind = "Prove"
            return lambda began, stop: (proof.prove(job), int(Exit.PASS))
        if not isinstance(job, TrainJob):
            raise BadInput(
                f"The Job file {obeyed.path} is of kind {job.kind}: this image runs kinds Train and Prove only.",
                reason=reasons.JOB_INVALID,
            )
        if job.gang is None or launch.started():
            return _training(request.of_job(job))
        gang = launch.Gang.of_environment(job.gang.nodes, job.gang.processes_per_node, job.owner.uid)
        # The ranks speak for themselves.
        command = (JOB_COMMAND, *words)
        return lambda began, stop: (None, launch.launch(command, gang))

    def tell(result: Result) -> None:
        if _first_here():
            report(result.model_copy(update={"kind": kind}), obeyed)

    return _guarded(asked, tell)


def run_config(config: Path, out: Path, overrides: Sequence[str] = ()) -> int:
    """Train as a configuration says and print the adapter's digest last; return the exit code."""
    return _guarded(lambda: _training(_wanted(config, out, overrides)), _say_digest)


def _wanted(config: Path, out: Path, overrides: Sequence[str]) -> Request:
    wanted = request.of_config(trainconfig.read(config, overrides), out)
    require_apart(wanted.output, wanted.output_called, (wanted.base, wanted.dataset))
    return wanted


def _training(wanted: Request) -> Work:
    def work(began: float, stop: Stop) -> tuple[Result | None, int]:
        # Everything heavy is imported behind this line, after the request was understood.
        from preceptor_trainer.train import train

        return train(wanted, began=began, stop=stop), int(Exit.PASS)

    return work


def _guarded(asked: Callable[[], Work], tell: Callable[[Result], None]) -> int:
    """Do what was asked; whatever happens becomes an exit code, and a Result that is told."""
    began = time.monotonic()
    stop = Stop()
    before = signal.signal(signal.SIGTERM, stop.handle)
    try:
        with warnings.catch_warnings():
            # A library's warning may quote what it was given.
            warnings.simplefilter("ignore")
            result, code = asked()(began, stop)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (Exception, Interrupted, KeyboardInterrupt) as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        failed, code = judge(Interrupted() if isinstance(error, KeyboardInterrupt) else error)
        result = failed
        if code == Exit.OUR_BUG:
            # Frames without the exception's text, which may quote a row.
            print("".join(traceback.format_list(traceback.extract_tb(error.__traceback__))), file=sys.stderr)
        print(f"{_called()}{failed.reason}: {failed.message}", file=sys.stderr, flush=True)
    if result is not None:
        tell(result)
    signal.signal(signal.SIGTERM, before)
    return int(code)


def _configured(words: Sequence[str]) -> Request:
    parser = Parser(
        prog="preceptor-trainer",
        description="Train one LoRA adapter as a configuration says, on as many ranks as torchrun starts; "
        "`preceptor-trainer run --job FILE` does as a Job file says.",
    )
    parser.add_argument("config", type=Path, help="the configuration (YAML), or a FineTuneRun")
    parser.add_argument("--out", type=Path, required=True, help="folder that the adapter and its logs are written to")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one field")
    found = parser.parse_args(words)
    return _wanted(found.config, found.out, found.set)


def _job_file(words: Sequence[str]) -> Path:
    parser = Parser(prog="preceptor-trainer run", description="Train one LoRA adapter as a Job file says.")
    parser.add_argument("--job", type=Path, default=JOB_FILE, help="the Job file (default: %(default)s)")
    file: Path = parser.parse_args(words).job
    return file


def _say_digest(result: Result) -> None:
    """The adapter's digest on a line of its own, by one rank, when there is one; in a pod also the Result."""
    if _first_here():
        _report_in_a_pod(result)
    if result.verdict == "pass" and _place().first:
        sys.stderr.flush()
        print(result.digests["adapter"], flush=True)


def _report_in_a_pod(result: Result) -> None:
    if "PRECEPTOR_TERMINATION_LOG" in os.environ or TERMINATION_LOG.exists():
        report(result)


def _place() -> Place:
    try:
        return Place.of_environment()
    except BadInput:
        return Place()


def _first_here() -> bool:
    return _place().first_here


def _called() -> str:
    place = _place()
    return f"rank {place.rank}: " if place.size > 1 else ""


if __name__ == "__main__":
    sys.exit(run())

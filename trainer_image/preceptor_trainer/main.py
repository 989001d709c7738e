"""Which command was asked of the trainer image?"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from preceptor.api.jobs import JOB_FILE, Result, TrainJob, read_job
from preceptor.exits import BadInput, Exit
from preceptor_trainer import reasons
from preceptor_trainer.guard import Interrupted, judge, report


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors end like every other bad input."""

    def error(self, message: str) -> NoReturn:
        """Raise BadInput instead of exiting with argparse's own code."""
        raise BadInput(f"{message[0].upper()}{message[1:]}. {self.format_usage().strip()}", reason=reasons.USAGE)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the process's exit code, with a Result written where the operator reads it."""
    began = time.monotonic()
    job_file = JOB_FILE
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with warnings.catch_warnings():
            # A library's warning may quote what it was given.
            warnings.simplefilter("ignore")
            job_file = _job_file(arguments)
            result, code = _run(job_file, began), Exit.PASS
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (Exception, Interrupted, KeyboardInterrupt) as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        result, code = judge(Interrupted() if isinstance(error, KeyboardInterrupt) else error)
        if code == Exit.OUR_BUG:
            # Frames without the exception's text, which may quote a row.
            print("".join(traceback.format_list(traceback.extract_tb(error.__traceback__))), file=sys.stderr)
        print(f"{result.reason}: {result.message}", file=sys.stderr, flush=True)
    report(result, job_file)
    signal.signal(signal.SIGTERM, before)
    return int(code)


def _job_file(arguments: Sequence[str] | None) -> Path:
    parser = Parser(prog="preceptor-trainer", description="Train one LoRA adapter as a Job file says.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("run", help="run the training of a Job file")
    train.add_argument("--job", type=Path, default=JOB_FILE, help="the Job file (default: %(default)s)")
    job_file: Path = parser.parse_args(arguments).job
    return job_file


def _run(job_file: Path, began: float) -> Result:
    job = read_job(job_file)
    if not isinstance(job, TrainJob):
        raise BadInput(
            f"The Job file {job_file} is of kind {job.kind}: this image runs kind Train only.",
            reason=reasons.JOB_INVALID,
        )
    # Everything heavy is imported behind this line, after the Job was understood.
    from preceptor_trainer.train import train as train_job

    return train_job(job, began=began)


def _interrupt(signum: int, frame: object) -> None:
    # A second signal must not break the clean-up of the first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted


if __name__ == "__main__":
    sys.exit(run())

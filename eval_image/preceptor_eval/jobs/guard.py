"""How does one Job end: with which exit code, and with which Result in the termination log (DESIGN.md §4)?"""

import errno
import os
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, cast, get_args

from preceptor.api.jobs import TERMINATION_LOG, JobFile, Result, TrainJob, write_result
from preceptor.exits import BadInput, Exit, PreceptorError, TryAgain

Kind = Literal["PhiScan", "Fetch", "Train", "Seal", "Verify", "Evaluate"]
MODULES: Final = {
    "PhiScan": "preceptor_eval.jobs.phi_scan",
    "Fetch": "preceptor_eval.jobs.fetch",
    "Seal": "preceptor_eval.jobs.seal",
    "Verify": "preceptor_eval.jobs.verify",
    "Evaluate": "preceptor_eval.jobs.evaluate",
}
EXITS: Final = {
    "pass": Exit.PASS,
    "fail": Exit.CHECK_SAYS_NO,
    "inconclusive": Exit.INCONCLUSIVE,
    "error": Exit.OUR_BUG,
}
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
MESSAGE_LIMIT: Final = 512


class Interrupted(BaseException):
    """SIGTERM arrived. Not an Exception, so that no library between here and the guard swallows it."""


def run_job(job_file: Path, *, termination_log: Path | None = None) -> int:
    """Run the Job that a file describes, write its Result, and return the process's exit code; never raises."""
    log = termination_log or Path(os.environ.get("PRECEPTOR_TERMINATION_LOG", str(TERMINATION_LOG)))
    before = signal.signal(signal.SIGTERM, _interrupt)
    asked = JobFile(job_file)
    try:
        result = dispatch(asked)
        # What is decided is told, whatever comes now.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = EXITS[result.verdict]
    except BaseException as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        result, code = outcome_of(error, kind_of(asked))
    try:
        return _tell(result.model_copy(update={"digests": result.digests | asked.question()}), code, log)
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(result: Result, code: Exit, log: Path) -> int:
    print(f"{result.kind}: {result.verdict}, {result.reason}. {result.message}", flush=True)
    try:
        write_result(result, log)
    except Exception as error:  # Without a Result the operator reports ResultMissing: the exit code must not say pass.
        print(f"The Result cannot be written to {log}: {place_of(error)}.", file=sys.stderr, flush=True)
        return int(code if code != Exit.PASS else Exit.OUR_BUG)
    return int(code)


def dispatch(asked: JobFile) -> Result:
    """Run the module of a Job file's kind. Raises what the Job raises, and BadInput on a Job of another image."""
    job = asked.job()
    if isinstance(job, TrainJob):
        raise BadInput(
            f"The Job file {asked.path} asks for Train, which this image cannot do: run it in the trainer image.",
            reason="WrongImage",
        )
    module: Any = import_module(MODULES[job.kind])
    return cast(Result, module.run(job))


def outcome_of(error: BaseException, kind: Kind) -> tuple[Result, Exit]:
    """The Result and the exit code of a Job that stopped on an exception.

    Only our own sentences go into the Result: any other exception's text may quote data, so its type and place stand
    for it.
    """
    if isinstance(error, OSError) and error.errno in FULL:
        error = TryAgain(
            "The store is full: free space on the claim that the Job writes to, or enlarge it.", reason="StoreFull"
        )
    if isinstance(error, Interrupted):
        sentence = "The Job was told to stop before it was done: it starts again when the pod is replaced."
        return Result(kind=kind, verdict="error", reason="Interrupted", message=sentence), Exit.TRY_AGAIN
    if isinstance(error, PreceptorError):
        verdict: Literal["fail", "error"] = "fail" if error.exit_code == Exit.CHECK_SAYS_NO else "error"
        return (
            Result(kind=kind, verdict=verdict, reason=error.reason, message=str(error)[:MESSAGE_LIMIT]),
            error.exit_code,
        )
    message = f"{place_of(error)}. This is a bug of Preceptor: please report it."[:MESSAGE_LIMIT]
    return Result(kind=kind, verdict="error", reason="InternalError", message=message), Exit.OUR_BUG


def place_of(error: BaseException) -> str:
    """Type and place of an exception, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


def kind_of(asked: JobFile) -> Kind:
    """The kind that a Job file names; ``Verify`` where it names none."""
    return cast(Kind, asked.kind) if asked.kind in get_args(Kind) else "Verify"


def _interrupt(signum: int, frame: object) -> NoReturn:
    # A second signal must not break the clean-up of the first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted

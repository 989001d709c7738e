"""Which Result and exit code does a failure become?"""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path

from preceptor.api.jobs import TERMINATION_LOG, JobFile, Result, write_result
from preceptor.exits import Exit, PreceptorError
from preceptor_trainer import reasons
from preceptor_trainer.stopping import Interrupted

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# A store that answers none of these now may answer after the pod has moved: network volumes fail like this.
UNREADY = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN, errno.EROFS})
MESSAGE_LIMIT = 512


def judge(error: BaseException) -> tuple[Result, Exit]:
    """Turn whatever stopped the training into the Result that the operator reads.

    Only our own errors may speak: the text of any other exception can hold a value from data, so it is replaced by its
    type and place.
    """
    if isinstance(error, PreceptorError):
        verdict = "fail" if error.exit_code == Exit.CHECK_SAYS_NO else "error"
        return _result(verdict, error.reason, str(error)), error.exit_code
    if isinstance(error, Interrupted):
        sentence = "The training was told to stop before it was done: the same call goes on from its last checkpoint."
        return _result("error", reasons.INTERRUPTED, sentence), Exit.TRY_AGAIN
    if isinstance(error, OSError) and error.errno in FULL:
        sentence = "The store of the output is full: free space, and the same call goes on from the last checkpoint."
        return _result("error", reasons.STORE_FULL, sentence), Exit.TRY_AGAIN
    if isinstance(error, OSError) and error.errno in UNREADY:
        sentence = f"A store does not answer ({errno.errorcode[error.errno]}): the training is tried again."
        return _result("error", reasons.STORE_UNREADY, sentence), Exit.TRY_AGAIN
    sentence = f"{type(error).__name__} {_place(error)}: this is a fault of the trainer, please report it."
    return _result("error", reasons.INTERNAL_ERROR, sentence), Exit.OUR_BUG


def report(result: Result, asked: JobFile | None = None) -> None:
    """Write the Result, with the digest of the Job file that was obeyed, where the kubelet reads it.

    A pod without that file still ends with its own exit code.
    """
    if asked is not None:
        result = result.model_copy(update={"digests": result.digests | asked.question()})
    path = Path(os.environ.get("PRECEPTOR_TERMINATION_LOG", TERMINATION_LOG))
    try:
        write_result(result, path)
    except OSError as error:
        print(f"The Result cannot be written to {path}: {error.strerror}.", flush=True)


def _result(verdict: str, reason: str, message: str) -> Result:
    return Result.model_validate(
        {"kind": "Train", "verdict": verdict, "reason": reason, "message": message[:MESSAGE_LIMIT]}
    )


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "preceptor" in frame.filename] or list(frames)
    return f"in {Path(own[-1].filename).name} line {own[-1].lineno}" if own else "at an unknown place"

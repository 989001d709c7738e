"""Which exit code does a command or a Job return (DESIGN.md §4)?"""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same in the CLI and in every Job."""

    PASS = 0
    CHECK_SAYS_NO = 1
    INCONCLUSIVE = 2
    BAD_INPUT = 64
    OUR_BUG = 70
    TRY_AGAIN = 75


class PreceptorError(Exception):
    """A failure with a sentence for the person who meets it; carries the exit code of the process that stops on it.

    The sentence says what was wrong, where (file, field, line) and what to do. It never holds a value taken from data.
    """

    exit_code: Exit = Exit.OUR_BUG
    reason: str = "InternalError"

    def __init__(self, sentence: str, *, reason: str | None = None) -> None:
        super().__init__(sentence)
        if reason is not None:
            self.reason = reason


class BadInput(PreceptorError):
    """The caller's input or usage is wrong; repeating it changes nothing."""

    exit_code = Exit.BAD_INPUT
    reason = "BadInput"


class CheckFailed(PreceptorError):
    """A check said no: findings, a digest that does not match, a gate that failed."""

    exit_code = Exit.CHECK_SAYS_NO
    reason = "CheckFailed"


class TryAgain(PreceptorError):
    """The surroundings failed (full disk, lost connection); the same call may pass later."""

    exit_code = Exit.TRY_AGAIN
    reason = "TryAgain"

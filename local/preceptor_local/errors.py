"""Which failures a user can act on, and the exit code that each has."""

from __future__ import annotations

USAGE = 64
INTERNAL = 70
TRY_AGAIN = 75


class LocalError(Exception):
    """A sentence for the person at the terminal: what was wrong, where, what to do. Ends the command with `code`."""

    code = INTERNAL


class UsageError(LocalError):
    """The machine or the request lacks something that only the person can supply."""

    code = USAGE


class TryAgain(LocalError):
    """Something outside the project (a registry, a slow start) failed in a way that a second try may not."""

    code = TRY_AGAIN

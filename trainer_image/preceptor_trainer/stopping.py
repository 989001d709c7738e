"""May the training stop right here, or only at the end of the step?"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(BaseException):
    """SIGTERM arrived. Not an Exception, so that no library between here and the guard swallows it."""


class Stop:
    """What SIGTERM does: it raises Interrupted at once, but inside ``noted()`` it is only noted.

    Between two steps all ranks can agree to stop and a checkpoint can be written; inside a step neither is true.
    """

    def __init__(self) -> None:
        self.requested = False
        self._patient = False

    def handle(self, signum: int, frame: object) -> None:
        """The signal's handler."""
        self.requested = True
        if not self._patient:
            # A second signal must not break the clean-up of the first.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            raise Interrupted

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Leave it to the caller to look at ``requested``."""
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

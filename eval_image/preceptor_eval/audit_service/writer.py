"""How do many waiting appends share one write to the disk?"""

import asyncio
import queue
import threading
from concurrent.futures import Future

from preceptor.api.audit import Receipt
from preceptor.audit.log import AuditLog, Conflict, Entry
from preceptor.exits import TryAgain

WAITING_LIMIT = 1024
GROUP_LIMIT = 256

_Waiting = tuple[Entry, "Future[Receipt]"]


class GroupWriter:
    """One thread that appends whatever waits in one transaction (group commit), and answers once it is on the disk."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(WAITING_LIMIT)
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether appends are still being written."""
        return self._thread.is_alive()

    async def append(self, entry: Entry) -> Receipt:
        """Append one entry and wait until it is durable. Raises Conflict, and TryAgain when too many wait."""
        future: Future[Receipt] = Future()
        if not self.alive:
            raise TryAgain("The audit service is stopping: try again.")
        try:
            self._waiting.put_nowait((entry, future))
        except queue.Full:
            raise TryAgain(f"{WAITING_LIMIT} appends are waiting already: try again.") from None
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Write what waits, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            group, stop = [first], False
            while len(group) < GROUP_LIMIT and not stop:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                stop = following is None
                if following is not None:
                    group.append(following)
            self._write(group)
            if stop:
                return

    def _write(self, group: list[_Waiting]) -> None:
        # A caller that went away before its turn gets no record; one that goes away later finds it again by its key.
        wanted = [(entry, future) for entry, future in group if future.set_running_or_notify_cancel()]
        try:
            outcomes = self._log.append_all([entry for entry, _ in wanted])
        except Exception as error:
            # Each waiting caller gets the failure; the thread must live to serve the next ones.
            for _, future in wanted:
                future.set_exception(error)
            return
        for (_, future), outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, Conflict):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

"""Which processes belong to a local cluster, proven from the kernel's own record of them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from preceptor_local.errors import LocalError

MARKER = "PRECEPTOR_LOCAL_CLUSTER"
"""The environment variable that only our daemons are started with; its value is the cluster's state folder.

The kernel shows it in /proc/PID/environ as it was at exec, so neither a reused process id nor a person's own
`tail -f` of one of our logs can be taken for a daemon of ours.
"""


@dataclass(frozen=True)
class Process:
    """One live process as /proc shows it."""

    pid: int
    command: tuple[str, ...]
    cluster: str
    """The state folder in its marker; empty for every process that is not a cluster's."""
    depth: int
    """How many PID namespaces it is in, seen from here: 1 is our own."""
    inner_pid: int
    """Its process id in its own PID namespace."""

    @property
    def is_node_init(self) -> bool:
        """Whether it is the process whose life is the whole node's life (see node.py)."""
        return self.cluster != "" and self.depth == 2 and self.inner_pid == 1

    @property
    def program(self) -> str:
        """The name of the program, without folder."""
        return Path(self.command[0]).name if self.command else ""


def parse(pid: int, status: str, command: bytes, environment: bytes) -> Process | None:
    """Read one process from the text of its /proc files; None if it is dead and only waits to be reaped."""
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if fields.get("State", "").strip().startswith(("Z", "X")):
        return None
    inner = fields.get("NSpid", str(pid)).split()
    words = tuple(part.decode(errors="replace") for part in command.split(b"\0") if part)
    marks = [part for part in environment.split(b"\0") if part.startswith(MARKER.encode() + b"=")]
    cluster = marks[0].decode(errors="replace").split("=", 1)[1] if marks else ""
    return Process(pid, words, cluster, max(1, len(inner)), int(inner[-1]) if inner else pid)


def read(pid: int, proc: Path = Path("/proc")) -> Process | None:
    """Read one process; None if it has gone, is dead, or is not ours to look at."""
    folder = proc / str(pid)
    try:
        return parse(
            pid,
            (folder / "status").read_text(errors="replace"),
            (folder / "cmdline").read_bytes(),
            (folder / "environ").read_bytes(),
        )
    except OSError:
        return None


def clusters(proc: Path = Path("/proc")) -> list[Process]:
    """Every live process of any local cluster on this machine, but for what runs inside its pods."""
    pids = [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    found = [read(pid, proc) for pid in pids]
    return [process for process in found if process is not None and process.cluster]


def kill(pid: int, cluster: str, *, wait: float = 30.0) -> None:
    """Kill a process of this cluster and wait until it is dead; one that is not (or no longer) ours is left alone.

    The file descriptor holds on to the very process that was looked at, so a process id that is reused between the look
    and the signal cannot hit somebody else. Raises LocalError if it is still alive after `wait` seconds.
    """
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        process = read(pid)
        if process is None or process.cluster != cluster:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)
    end = time.monotonic() + wait
    while time.monotonic() < end:
        now = read(pid)
        if now is None or now.cluster != cluster:
            return
        time.sleep(0.02)
    raise LocalError(
        f"process {pid} ({process.program}) of the local cluster in {cluster} does not die: see `ps {pid}`."
    )

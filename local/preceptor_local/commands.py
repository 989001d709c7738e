"""How another program is run, and what is said when it fails."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from preceptor_local.errors import LocalError

_TAIL = 30
"""Lines of a failed program's output that are shown: enough for a compiler's or apt's own explanation."""


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> str:
    """Run a program to its end and return its standard output; `env` is added to the present environment.

    Raises LocalError with the end of its output when it fails, is missing, or takes more than `timeout` seconds.
    """
    done = attempt(command, cwd=cwd, env=env, stdin=stdin, timeout=timeout)
    if done.returncode != 0:
        tail = "\n".join((done.stderr + done.stdout).strip().splitlines()[-_TAIL:])
        raise LocalError(f"`{shown(command)}` failed with exit code {done.returncode}:\n{tail}")
    return done.stdout


def attempt(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program whose failure is an answer; a missing program answers 127, one that takes too long 124."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(words, 127, "", f"{words[0]} is not installed")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", f"no answer in {timeout} s")


def shown(command: Sequence[str | Path]) -> str:
    """A command as a person would type it, shortened when it is long."""
    text = shlex.join(str(word) for word in command)
    return text if len(text) <= 200 else text[:197] + "…"

"""Which commands does ``preceptor`` have, and how do their failures end?"""

import os
import sys
import traceback
from contextlib import suppress
from importlib.metadata import entry_points
from typing import IO, Protocol, runtime_checkable

import typer

from preceptor import __version__
from preceptor.exits import Exit, PreceptorError
from preceptor.writing import FULL

app = typer.Typer(
    name="preceptor",
    help="Examine clinical adapters before they meet a patient. Also installed as `kubectl preceptor`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ENTRY_POINTS = "preceptor.commands"
# Which of them cannot be told: what reports and other files meet has sentences of its own.
_NO_ROOM = "Standard output cannot be written, or a disk is full: make room, or write elsewhere, and do it again."


@runtime_checkable
class UsageError(Protocol):
    """What the framework raises on wrong usage: its class lives in a private module of typer."""

    exit_code: int

    def show(self) -> None:
        """Print the error and how the command is used."""


@app.callback()
def main() -> None:
    """Examine clinical adapters before they meet a patient."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def load_commands(only: str = "") -> None:
    """Add every command group that an installed part registers under the entry-point group ``preceptor.commands``.

    An entry point is a typer.Typer; its name is the group's name. Where ``only`` is one of these names, the others stay
    out: some take longer to import than ``preceptor phi`` to scan a file.
    """
    entries = sorted(entry_points(group=ENTRY_POINTS), key=lambda e: e.name)
    for entry in [entry for entry in entries if entry.name == only] or entries:
        loaded = entry.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=entry.name)
        else:
            app.command(name=entry.name)(loaded)


def run() -> None:
    """Run the command line; usage errors exit 64, ours 70."""
    load_commands(sys.argv[1] if len(sys.argv) > 1 else "")
    code = guarded(app)
    # All is written. Threads that a library leaves behind, such as a group of ranks that was told to stop, can abort an
    # interpreter that is taken down under them (SIGABRT): the code would be lost.
    os._exit(code)


def guarded(application: typer.Typer) -> int:
    """Run a typer application and return the exit code of DESIGN.md §4 instead of the framework's."""
    code = _outcome(application)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            _close(stream)
        except OSError:
            _close(stream)
            # Whatever was concluded, it was not told.
            if code != Exit.TRY_AGAIN:
                _complain(_NO_ROOM)
            code = int(Exit.TRY_AGAIN)
    return code


def _close(stream: IO[str]) -> None:
    """Let what is left to write go nowhere: the interpreter would fail over it again as it ends."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _complain(sentence: str) -> None:
    # Standard error may be full too.
    with suppress(OSError):
        typer.secho(f"Error: {sentence}", err=True, fg=typer.colors.RED)


def _outcome(application: typer.Typer) -> int:
    try:
        outcome = application(standalone_mode=False)
    except PreceptorError as error:
        _complain(str(error))
        return int(error.exit_code)
    except typer.Exit as stop:
        return int(stop.exit_code)
    except typer.Abort:
        typer.echo("Stopped.", err=True)
        return int(Exit.BAD_INPUT)
    except Exception as error:
        if isinstance(error, UsageError):
            error.show()
            return int(Exit.BAD_INPUT)
        if isinstance(error, OSError) and error.errno in FULL:
            _complain(_NO_ROOM)
            return int(Exit.TRY_AGAIN)
        # Only the place is printed: an exception's text may quote data.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        _complain(f"{type(error).__name__} at {frame.filename}:{frame.lineno}. This is our bug: please report it.")
        return int(Exit.OUR_BUG)
    return int(outcome) if isinstance(outcome, int) else 0

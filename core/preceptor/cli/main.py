"""Which commands does ``preceptor`` have, and how do their failures end?"""

import sys
import traceback
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

import typer

from preceptor import __version__
from preceptor.exits import Exit, PreceptorError

app = typer.Typer(
    name="preceptor",
    help="Examine clinical adapters before they meet a patient. Also installed as `kubectl preceptor`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ENTRY_POINTS = "preceptor.commands"


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
    sys.exit(guarded(app))


def guarded(application: typer.Typer) -> int:
    """Run a typer application and return the exit code of DESIGN.md §4 instead of the framework's."""
    try:
        outcome = application(standalone_mode=False)
    except PreceptorError as error:
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
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
        # Only the place is printed: an exception's text may quote data.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        typer.secho(
            f"Error: {type(error).__name__} at {frame.filename}:{frame.lineno}. This is our bug: please report it.",
            err=True,
            fg=typer.colors.RED,
        )
        return int(Exit.OUR_BUG)
    return int(outcome) if isinstance(outcome, int) else 0

"""What happens on ``make demo``?"""

from __future__ import annotations

import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

from preceptor.exits import Exit, PreceptorError
from preceptor_local import cluster
from preceptor_local.demo.claims import CLAIMS, TITLES
from preceptor_local.demo.install import clear, install
from preceptor_local.demo.show import Show
from preceptor_local.demo.world import NAMESPACE, OUT, ClaimFailed, World
from preceptor_local.errors import LocalError


def main() -> int:
    """Bring everything up, check the five claims, say what happened; 0 when all hold, 1 when one does not."""
    console = Console()
    started = time.monotonic()
    try:
        world = install(cluster.up())
        clear(world)
    except (LocalError, PreceptorError, ClaimFailed) as error:
        console.print(f"The demo could not be set up: {error}", style="red", highlight=False, markup=False)
        return _code(error)
    ready = time.monotonic()
    console.print(f"Set up in {ready - started:.0f} s. Five claims follow, each checked.\n", highlight=False)
    show = Show(TITLES, console)
    failed: Exception | None = None
    with show.running():
        for index, claim in enumerate(CLAIMS):
            try:
                with show.row(index):
                    claim(world, show)
            except (ClaimFailed, LocalError, PreceptorError, subprocess.TimeoutExpired, KeyError, ValueError) as error:
                # The last three: the cluster answered late or otherwise than it should. The row says where.
                failed = error
                break
    done = time.monotonic()
    _summary(console, show, world, set_up=ready - started, claims=done - ready)
    return 1 if failed else 0


def _code(error: Exception) -> int:
    """The exit code of a failed set-up (DESIGN.md §4)."""
    if isinstance(error, LocalError):
        return error.code
    return int(error.exit_code) if isinstance(error, PreceptorError) else int(Exit.OUR_BUG)


def _summary(console: Console, show: Show, world: World, *, set_up: float, claims: float) -> None:
    table = Table(title="What happened", show_lines=False)
    table.add_column("Claim", ratio=1)
    table.add_column("Holds")
    table.add_column("Seconds", justify="right")
    for row in show.rows:
        mark = {"holds": "[green]yes", "failed": "[red]no"}.get(row.state, "[dim]not reached")
        table.add_row(row.title, mark, f"{row.seconds:.0f}" if row.state != "waiting" else "")
    console.print(table)
    for row in show.rows:
        if row.state == "failed":
            console.print(f"{row.title}: {row.detail}", style="red", highlight=False, markup=False)
    console.print(f"Set-up {set_up:.0f} s, claims {claims:.0f} s, together {set_up + claims:.0f} s.", highlight=False)
    report = OUT / "report.html"
    if report.exists():
        console.print(f"Evaluation report: {report.as_uri()}", highlight=False, soft_wrap=True)
    connection = world.connection
    console.print("Look around:", highlight=False)
    kubectl = " ".join(str(word) for word in connection.command())
    console.print(f"  alias k='{kubectl}'", highlight=False, soft_wrap=True, markup=False)
    for line in (
        f"k -n {NAMESPACE} get preceptor",
        f"k -n {NAMESPACE} describe evalgate triage-demo",
        f"k -n {NAMESPACE} get events",
        f"k -n {NAMESPACE} get jobs,pods",
    ):
        console.print(f"  {line}", highlight=False, markup=False)
    if connection.is_local:
        console.print("Take it all away again with `make cluster-down`.", highlight=False)


if __name__ == "__main__":
    sys.exit(main())

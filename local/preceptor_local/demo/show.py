"""How does a person watch the demo?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

LINE_SECONDS = 15.0


@dataclass
class Row:
    """One claim or step on the screen."""

    title: str
    state: str = "waiting"
    detail: str = ""
    seconds: float = 0.0
    facts: list[str] = field(default_factory=list)


def sentence(error: BaseException) -> str:
    """What a failed row says: an error's own sentence, with its kind where it is no sentence of ours."""
    ours = isinstance(error, AssertionError) or type(error).__module__.startswith("preceptor")
    return str(error) if ours else f"{type(error).__name__}: {error}"


class Show:
    """A live table on a terminal, plain lines elsewhere; the same facts on both."""

    def __init__(self, titles: list[str], console: Console | None = None) -> None:
        self.console = console or Console()
        self.rows = [Row(title) for title in titles]
        self._live: Live | None = None
        self._current: Row | None = None
        self._started = self._told = 0.0
        self._spinner = Spinner("dots")

    @contextmanager
    def running(self) -> Iterator[Show]:
        """Draw until the end."""
        if not self.console.is_terminal:
            yield self
            return
        with Live(get_renderable=self._draw, console=self.console, refresh_per_second=4) as live:
            self._live = live
            yield self
        self._live = None

    @contextmanager
    def row(self, index: int) -> Iterator[Row]:
        """One claim while it is checked; an exception marks it as failed and goes on."""
        row = self._current = self.rows[index]
        row.state, self._started = "running", time.monotonic()
        self._line(f"{index + 1}. {row.title} …")
        try:
            yield row
        except BaseException as error:
            row.state, row.detail = "failed", sentence(error)
            raise
        else:
            row.state, row.detail = "holds", ""
        finally:
            row.seconds = time.monotonic() - self._started
            for fact in row.facts:
                self._line(f"   · {fact}")
            self._line(f"   {row.state} ({row.seconds:.0f} s) {row.detail}")
            self._current = None

    def detail(self, text: str) -> None:
        """What is happening within the current claim."""
        row = self._current
        if row is None or row.detail == text:
            return
        row.detail = text
        if time.monotonic() - self._told > LINE_SECONDS:
            self._told = time.monotonic()
            self._line(f"   {text}")

    def fact(self, text: str) -> None:
        """Something that was checked and holds."""
        if self._current is not None:
            self._current.facts.append(text)

    def _line(self, text: str) -> None:
        if self._live is None:
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _draw(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(ratio=1)
        table.add_column(justify="right", width=7)
        for row in self.rows:
            mark = {"waiting": "[dim]·", "holds": "[green]✔", "failed": "[red]✘"}.get(row.state, self._spinner)
            seconds = time.monotonic() - self._started if row.state == "running" else row.seconds
            table.add_row(mark, f"[bold]{row.title}", f"{seconds:.0f} s" if row.state != "waiting" else "")
            for fact in row.facts:
                table.add_row("", f"[green]·[/] {fact}", "")
            if row.detail:
                table.add_row("", f"[dim]{row.detail}", "")
        return table

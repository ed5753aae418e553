"""A run while it goes on: a table at a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

import click

from tasks.plan import Plan, Progress

LOUD = ("FAILED", "REFUSED", "ROLL")
"""What stays above the table, with lines that are of no part of the plan: a container's last ones."""
STYLES = {"waits": "dim", "works": "cyan", "good": "green", "bad": "red"}


class Live:
    """From the moment that a plan is agreed to until all of it has ended."""

    def __init__(self, keep: Callable[[str], None]) -> None:
        """`keep` gets every line, those of the time before as well."""
        self.keep, self.open = keep, ExitStack()
        self.progress: Progress | None = None
        self.table: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self, made: Plan) -> bool:
        """From now on what hosts say is shown."""
        self.progress = Progress(made, time.monotonic)
        if sys.stderr.isatty():
            self.table = self.open.enter_context(_drawn(self.progress))
        return True

    def hear(self, line: str) -> None:
        """A line of the work."""
        self.keep(line)
        if not self.progress:
            return
        known = self.progress.heard(line)
        if not self.table:
            click.echo(line, err=True)
            return
        if not known or any(word in line for word in LOUD):
            self.table.console.print(line, markup=False, highlight=False)
        self.table.refresh()

    def say(self, line: str) -> None:
        """What a person reads, and a script may."""
        self.keep(click.unstyle(line))
        click.echo(line)

    def complain(self, line: str) -> None:
        """What only a person reads."""
        self.keep(click.unstyle(line))
        click.echo(line, err=True)

    def end(self) -> None:
        """The table goes; what follows says how it ended."""
        self.open.close()

    def stopped(self) -> None:
        """Somebody typed Ctrl-C: what goes on without them."""
        self.end()
        for line in self.progress.left() if self.progress else ["stopped; nothing was changed"]:
            self.complain(line)


def _drawn(progress: Progress) -> Any:
    # Only here: a plan, and a run without a terminal, need not wait for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live as Drawn  # noqa: PLC0415

    return Drawn(
        console=Console(stderr=True),
        get_renderable=lambda: table(progress),
        refresh_per_second=4,
        transient=True,
    )


def table(progress: Progress) -> Any:
    """As Rich draws it: a host and an app a row."""
    from rich.table import Table  # noqa: PLC0415

    made = Table(box=None, pad_edge=False)
    for name in ("host", "what", "at"):
        made.add_column(name, no_wrap=True)
    made.add_column("s", justify="right")
    for row in progress.rows():
        seconds = "" if row.seconds is None else f"{row.seconds:.0f}"
        made.add_row(row.host, row.what, row.at, seconds, style=STYLES[row.how])
    return made

"""Lays out figures in lines for a reader."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from procsim.studies.result import Result


def console(error: bool = False) -> Console:
    """Where results go (stdout) or news about them (*error*: stderr). Plain in a pipe, whatever FORCE_COLOR says."""
    stream = sys.stderr if error else sys.stdout
    terminal = stream.isatty()
    width = None if terminal else 400  # a pipe has no edge to cut a line at
    return Console(file=stream, force_terminal=terminal, no_color=not terminal or "NO_COLOR" in os.environ, width=width,
                   highlight=False, emoji=False, markup=False, soft_wrap=not terminal)


def tell(result: Result) -> None:
    """What a study found, as ``--json`` prints it: alone on stdout."""
    print(result.json())


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Table:
    """A plain table: the first *left* columns to the left, numbers to the right."""
    made = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for i, name in enumerate(columns):
        made.add_column(name, justify="left" if i < left else "right", no_wrap=True)
    for row in rows:
        made.add_row(*row)
    return made


@contextmanager
def progress(total: int, what: str, quiet: bool) -> Iterator[Progress | None]:
    """A bar on stderr where a person is watching, else nothing."""
    if quiet or not sys.stderr.isatty() or os.environ.get("CI"):
        yield None
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        bar.add_task(what, total=total)
        yield bar

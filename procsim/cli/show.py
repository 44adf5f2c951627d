"""Lays out figures in lines for a reader."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from procsim.cli.paper import Paper

if TYPE_CHECKING:
    from procsim.studies.result import Result

ENDLESS, LEAST = 400, 20
"""Letters of a line in a pipe, which has no edge to cut it at; and of the narrowest paper."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the command that runs is to speak: tables as *markdown*, *verbose*, what is done and how long that took, and *quiet*, without
    bars."""

    markdown: bool = False
    verbose: bool = False
    quiet: bool = False


USUAL = Manner()
MANNER: ContextVar[Manner] = ContextVar("manner", default=USUAL)


def console(error: bool = False) -> Paper:
    """Where results go (stdout) or news about them (*error*: stderr). Plain in a pipe, whatever FORCE_COLOR says, and there as wide as it takes; only
    tables of results fit into COLUMNS, where that is set."""
    stream = sys.stderr if error else sys.stdout
    terminal = stream.isatty()
    asked = int(os.environ["COLUMNS"]) if os.environ.get("COLUMNS", "").isdigit() else 0
    markdown = MANNER.get().markdown and not error
    width = ENDLESS if markdown or (error and not terminal) else max(asked, LEAST) if asked else None if terminal else ENDLESS
    return Paper(markdown, error and terminal, file=stream, force_terminal=terminal, no_color=not terminal or "NO_COLOR" in os.environ, width=width,
                 highlight=False, emoji=False, markup=False, soft_wrap=markdown or not terminal)


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
def doing(what: str) -> Iterator[None]:
    """Says on stderr what was done in the block, and how long it took, where ``-v`` asks for that."""
    begun = time.monotonic()
    yield
    if MANNER.get().verbose:
        console(error=True).print(f"{what}: {time.monotonic() - begun:.2f} s")


def advancing(bar: Progress | None) -> Callable[[int], None]:
    """What is told how much more is done, and moves *bar*, where there is one."""
    def news(more: int) -> None:
        if bar is not None:
            bar.advance(bar.task_ids[0], more)

    return news


@contextmanager
def progress(total: int | None, what: str) -> Iterator[Progress | None]:
    """A bar on stderr, with the time that is left where a *total* is known, if a person is watching; else nothing."""
    with doing(what):
        if MANNER.get().quiet or not sys.stderr.isatty() or os.environ.get("CI"):
            yield None
            return
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console(error=True), transient=True) as bar:
            bar.add_task(what, total=total)
            yield bar

"""Puts events on the line's calendar, and takes them off."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.agenda import Event
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import KIND_BIT


def push(line: Line, when: i64, kind: i64, number: i64, who: i64, stamp: i64) -> None:
    """An event of *kind*, ordered by *number* at its instant, happens to *who* at *when*, unless its *stamp* is void by then."""
    line.agenda.put(when, (kind << KIND_BIT) + number, who, stamp)


def soonest(line: Line) -> i64:
    """When the next event happens; ALWAYS where there is none."""
    return line.agenda.soonest()


def take_off(line: Line) -> Event:
    """The next event, which happens now; there is one."""
    return line.agenda.take()

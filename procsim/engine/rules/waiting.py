"""Lets a lot join the queue of its stop, or sets it on its way there."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.columns import Stop
from procsim.engine.rules.log import WAITS, tell
from procsim.engine.rules.marks import mark
from procsim.engine.rules.queues import join, stop_of
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import ARRIVE, NONE


def own_tool(line: Line, l: i64, stop: Stop) -> i64:
    """The number of the tool that lot *l* must return to at *stop*, or, where it was interrupted and returns to it later, go on with; NONE where
    any will do."""
    place = stop.keeps if line.lots[l].rest >= 0 and stop.keeps != NONE else stop.returns
    return NONE if place == NONE else line.memory[l][place]


def line_up(line: Line, l: i64) -> None:
    """Lot *l* joins the queue of its stop."""
    stop = stop_of(line, l)
    b = stop.bucket
    if line.clock[0].returns:
        number = own_tool(line, l, stop)
        if number >= 0:
            b += 1 + number
        line.lots[l].wanted = number
    join(line, b, l)


def wait_at(line: Line, l: i64, now: i64) -> None:
    """Lot *l* comes to its stop; that is news where some tool may take it at once."""
    clock, line.lots[l].arrived = line.clock[0], now
    line_up(line, l)
    if clock.tells:
        tell(line, WAITS, l, NONE, now)
    g = stop_of(line, l).group
    if line.groups[g].idle or line.groups[g].preempts or clock.buffers:
        mark(line, g)


def send(line: Line, l: i64, when: i64) -> None:
    """Lot *l* is on its way to its stop, where it comes at *when*."""
    lot = line.lots[l]
    lot.under_way, lot.there = 1, when
    push(line, when, ARRIVE, lot.serial, l, 0)

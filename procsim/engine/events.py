"""Turns what the rules tell of a line into tables of what happened, when, to which lot, at which tool, a block at a time, for those who ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from procsim.engine.rules.log import TOLD
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NONE, PANEL, STATES
from procsim.engine.serials import who
from procsim.maths.arrays import Floats, Ints

EVENTS = (
    "work", "idle", "engineering", "maintenance", "failure", "off", "setup", "blocked", "emptying",
    "call", "repair", "up", "shift_begin", "shift_end",
    "release", "lost", "move", "wait", "start", "resume", "interrupt", "end", "held", "let_in", "too_late", "scrap", "split", "merge", "leave",
)
"""What may happen, by its number in ``rules.log``: first the states that a tool enters, each until the next (``words.PRODUCTIVE`` and so on), then
what else is told of tools, then what is told of lots."""
ROWS = 1 << 17
"""Rows that rules have room for, between two times that they are taken over."""


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, one row per event, in order of time: *event* is a place in ``EVENTS``. Who is not concerned is -1: *stream*, *lot* and *part* of
    it, *position* of the route, *group* and *tool*, its number there. *panels* are those of the lot, nan where none is concerned, or it is at
    no step. Of a tool that enters a state, the lot is the first in it."""

    time_us: Ints
    event: Ints
    stream: Ints
    lot: Ints
    part: Ints
    position: Ints
    group: Ints
    tool: Ints
    panels: Floats


class Watch:
    """Passes on to *sink* what the *line* tells, which has room for some more than *lots* at once."""

    def __init__(self, line: Line, sink: Callable[[Events], None], lots: int) -> None:
        self.line, self.sink = line, sink
        self.rest = np.zeros((0, TOLD), dtype=np.int64)
        self.position = np.array([stop.position for stop in line.stops] + [NONE])
        self.stop_group = np.array([stop.group for stop in line.stops] + [NONE])
        self.group = np.array([tool.group for tool in line.tools] + [NONE])
        self.number = np.array([tool.number for tool in line.tools] + [NONE])
        line.log = [0] * (TOLD * (ROWS + 4 * lots))
        line.clock[0].tells = 1
        for tool in line.tools:
            tool.told = 1

    def take(self, until: int) -> None:
        """Takes over what was told; what happened before *until* is passed on, since nothing is added to that."""
        clock = self.line.clock[0]
        told = np.array(self.line.log[: clock.told], dtype=np.int64).reshape(-1, TOLD)
        clock.told = 0
        rows = np.concatenate([self.rest, told])
        rows = rows[np.argsort(rows[:, 0], kind="stable")]  # lots that are in the line at time 0 have come to where they are before it
        ready = int(np.searchsorted(rows[:, 0], until))
        self.rest = rows[ready:]
        if ready:
            self.sink(self._events(_lasting(rows[:ready])))

    def _events(self, rows: Ints) -> Events:
        when, what, tool, serial, stop, parts = rows.T
        stream, lot, part = (np.where(serial == NONE, NONE, one) for one in who(serial))
        group = np.where(tool == NONE, self.stop_group[stop], self.group[tool])
        panels = np.where((stop == NONE) | (what < STATES), np.nan, parts / PANEL)
        return Events(when, what, stream, lot, part, self.position[stop], group, self.number[tool], panels)


def _lasting(rows: Ints) -> Ints:
    """*rows* without states that a tool leaves at the very instant at which it enters them."""
    states = np.flatnonzero(rows[:, 1] < STATES)
    states = states[np.argsort(rows[states, 2], kind="stable")]
    (when, tool), keep = rows[states][:, (0, 2)].T, np.ones(len(rows), dtype=bool)
    keep[states[:-1][(tool[1:] == tool[:-1]) & (when[1:] == when[:-1])]] = False
    return rows[keep]

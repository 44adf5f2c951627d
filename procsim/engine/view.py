"""Shows the line to processes of a user's own, which share its SimPy environment: what waits where, what tools do, and how to take a tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from typing import Any

from simpy.core import Environment
from simpy.events import Event

from procsim.engine.books import chain, mates
from procsim.engine.events import EVENTS
from procsim.engine.loops import OnSimpy
from procsim.engine.rules.outages import owe
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NONE
from procsim.planning.plan import HOUR, Plan


class LineView:
    """The line of a *replication*, by the names of its recipe; lots and parts of lots count alike, and tools count from 1.

    SimPy's clock runs in microseconds: wait with ``yield env.timeout(line.hours(0.5))``. At one instant such a process comes before all else that
    happens in the line.
    """

    def __init__(self, plan: Plan, line: Line, loop: OnSimpy, replication: int) -> None:
        self.replication = replication
        self._plan, self._line, self._loop = plan, line, loop
        self._groups = {name: g for g, name in enumerate(plan.groups.names)}

    @property
    def time_h(self) -> float:
        """Hours since the beginning of the run."""
        return float(self._loop.env.now) / HOUR

    def hours(self, hours: float) -> int:
        """So many *hours* on SimPy's clock."""
        return round(hours * HOUR)

    @property
    def wip(self) -> int:
        """Lots in the line."""
        return int(self._line.clock[0].wip)

    def wip_by_step(self) -> dict[str, int]:
        """Lots at each step of the recipe: on their way there, waiting, worked on, or kept for want of room there."""
        count = Counter(self._line.stops[self._line.path[l][self._line.lots[l].leg]].step for l in self._present())
        return {name: count[s] for s, name in enumerate(self._plan.steps)}

    def _present(self) -> Iterator[int]:
        line = self._line
        for bucket in line.buckets:
            yield from chain(line, bucket.head)
        for tool in line.tools:
            yield from mates(line, tool.lot)
            yield from chain(line, tool.row)
        for group in line.groups:
            yield from (l for l in chain(line, group.first_kept) if line.lots[l].keeper != NONE)
        yield from (l for l, lot in enumerate(line.lots) if lot.under_way)

    def waiting(self, tool_group: str) -> int:
        """Lots that wait in the queue of a *tool_group*."""
        return int(self._line.groups[self._number(tool_group)].waiting)

    def tools(self, tool_group: str) -> tuple[str, ...]:
        """What each tool of a group does, in the words of the file of events: work, setup, idle, blocked, maintenance, failure …"""
        group = self._line.groups[self._number(tool_group)]
        return tuple(EVENTS[tool.state] for tool in self._line.tools[group.first_tool : group.stop_tool])

    def hold(self, tool_group: str, tool: int, hours: float) -> None:
        """Takes a tool for so many *hours*, which count as engineering: at once if it is idle, else when its run, and what is due before, is over.

        Raises ValueError where there is no such tool, where it is held already, and between two microseconds.
        """
        group, now = self._line.groups[self._number(tool_group)], self._loop.env.now
        if not 1 <= tool <= group.stop_tool - group.first_tool:
            raise ValueError(f"{tool_group} has {group.stop_tool - group.first_tool} tools (got {tool})")
        t = group.first_tool + tool - 1
        k = self._line.tools[t].stop_upkeep - 1
        one = self._line.upkeeps[k]
        if one.due or self._line.tools[t].upkeep == k:
            raise ValueError(f"{tool_group} {tool} is held already")
        if not hours >= 0 or now != int(now):
            raise ValueError(f"a tool is held for hours >= 0, from a whole microsecond on: wait line.hours(…) (got {hours} h at {now} µs)")
        self._line.drawn[one.takes] = [self.hours(hours)]
        self._loop.act(owe, k)

    def _number(self, tool_group: str) -> int:
        if tool_group not in self._groups:
            raise ValueError(f"no tool group '{tool_group}'; there are {', '.join(self._groups)}")
        return self._groups[tool_group]


Process = Callable[[Environment, LineView], Generator[Event, Any, Any]]
"""A process of a user's own: a generator, as SimPy has them."""

"""Shifts: one clock for all tools and operators that work in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import SHIFT, Tick

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.staff import Pool
    from procsim.engine.staged import Staged


class Shift:
    """Shift *number*: *on* now or not, until *until*. What ends at the instant of its end has ended in time; nothing starts then."""

    __slots__ = ("at", "law", "line", "number", "on", "pools", "tick", "tools", "until")

    def __init__(self, line: Line, number: int) -> None:
        self.line, self.number, self.law = line, number, line.plan.groups.duty.shifts[number]
        self.on, self.at, self.until = self.law.on, 0, self.law.spans[0]
        self.tools: list[Staged] = []
        self.pools: list[Pool] = []
        self.tick = Tick(line.env, self._edge)

    def begin(self) -> None:
        """At time 0, when all tools and pools are there."""
        if self.tools or self.pools:
            self.tick.set(self.until, SHIFT, self.number)
        if not self.on:
            for tool in self.tools:
                tool.leave(0)

    def _edge(self, tick: Any) -> None:
        now = self.line.env.now
        self.on = not self.on
        self.at = (self.at + 1) % len(self.law.spans)
        self.until = now + self.law.spans[self.at]
        tick.set(self.law.spans[self.at], SHIFT, self.number)
        for pool in self.pools:
            pool.change(self.on, now)
        for tool in self.tools:
            if self.on:
                tool.come(now)
            else:
                tool.leave(now)
        self.line.settle(now)

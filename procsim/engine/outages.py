"""What takes a tool out of work: failures, and maintenance or engineering that is planned; when, by luck or by the clock, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from procsim.engine.calendar import DOWN, UP, Tick, once
from procsim.engine.lot import Lot
from procsim.engine.spoil import scrap_run
from procsim.lots.records import ENGINEERING, SCHEDULED, UNSCHEDULED
from procsim.maths.distributions import Distribution
from procsim.maths.keyed_random import TOOLS
from procsim.planning.plan import Breakdown, Upkeep
from procsim.planning.scaled import ticks

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.tool import Tool

_AT_ONCE = 32


class Draws:
    """The successive draws of one law for one tool, keyed by group, tool, number of the draw and *purpose*; made a few at a time."""

    __slots__ = ("count", "law", "line", "number", "purpose", "ready", "salt")

    def __init__(self, line: Line, law: Distribution, number: int, salt: int, purpose: int = 0) -> None:
        self.line, self.law, self.number, self.salt, self.purpose = line, law, number, salt, purpose
        self.count = 0
        self.ready: list[int] = []

    def next(self) -> int:
        """The next draw, in whole µs."""
        if self.line.random is None:
            return round(self.law.mean)
        if not self.ready:
            entity = self.line.random.entities(TOOLS, np.array([self.number], dtype=np.int64), self.salt)
            keys = np.arange(self.count, self.count + _AT_ONCE, dtype=np.uint64) * np.uint64(2) + np.uint64(self.purpose)
            self.ready = ticks(self.law.quantile(self.line.random.uniforms(entity, keys))).tolist()[::-1]
            self.count += _AT_ONCE
        return self.ready.pop()

    def peek(self) -> int:
        """What the next draw will be."""
        value = self.next()
        if self.line.random is not None:
            self.ready.append(value)
        return value


def _up_again(tool: Tool, crew: int) -> None:
    """The *crew* (a pool, or -1: nobody) is done with *tool*."""
    line, now = tool.line, tool.line.env.now
    if crew >= 0:
        line.pools[crew].give_back(now)
    tool.resume(now)
    line.settle(now)


class Break:
    """A way for one tool to break down. *left* is its clock: µs until it fails; it stands still while the tool is down."""

    __slots__ = ("law", "left", "since", "tick", "to_fail", "to_repair", "tool")

    def __init__(self, tool: Tool, law: Breakdown) -> None:
        self.tool, self.law = tool, law
        self.to_fail = Draws(tool.line, law.to_fail, tool.number, law.key, 0)
        self.to_repair = Draws(tool.line, law.to_repair, tool.number, law.key, 1)
        self.left = self.to_fail.next()
        self.since = -1
        self.tick: Tick | None = None

    def go(self, now: int) -> None:
        """The tool is up: a calendar clock runs."""
        if not self.law.busy_clock:
            self._run(now)

    def work(self, now: int, time: int) -> None:
        """The tool works for *time*: a busy clock runs, and matters if it ends first."""
        self.since = now
        if self.left < time:
            self._run(now)

    def _run(self, now: int) -> None:
        self.since = now
        self.tick = once(self.tool.line.env, self.left, DOWN, self.tool.order, self._fail)

    def halt(self, now: int) -> None:
        """The clock stands still."""
        if self.since >= 0:
            self.left -= now - self.since
            self.since = -1
        if self.tick is not None:
            self.tick.cancel()
            self.tick = None

    def _fail(self, tick: Any) -> None:
        del tick
        line, tool = self.tool.line, self.tool
        now = line.env.now
        self.tick = None
        tool.failures += now >= line.plan.warmup_us
        if not (tool.runs or tool.held or tool.draining):
            line.not_idle(tool)
        tool.stop(now, UNSCHEDULED)
        if self.law.scrap:
            scrap_run(line, tool, now)
        if self.law.crew < 0 or line.pools[self.law.crew].call(self, now):
            self.granted(now)
        line.settle(now)

    def granted(self, now: int) -> None:
        """The repair begins."""
        del now
        once(self.tool.line.env, self.to_repair.next(), UP, self.tool.order, self._mended)

    def _mended(self, tick: Any) -> None:
        del tick
        self.left = self.to_fail.next()
        _up_again(self.tool, self.law.crew)


class Planned:
    """Planned maintenance or engineering of one tool: due by the clock, or after so many panels; it waits for the run in progress. The tool
    is in *state* meanwhile."""

    __slots__ = ("law", "panels", "state", "takes", "tool")

    def __init__(self, tool: Tool, law: Upkeep, first: int) -> None:
        self.tool, self.law, self.panels = tool, law, 0.0
        self.state = ENGINEERING if law.engineering else SCHEDULED
        self.takes = Draws(tool.line, law.takes, tool.number, law.key)
        if law.every_us and first <= tool.line.plan.horizon_us:
            once(tool.line.env, first, DOWN, tool.order, self._fall_due)

    def _fall_due(self, tick: Any) -> None:
        del tick
        tool = self.tool
        once(tool.line.env, self.law.every_us, DOWN, tool.order, self._fall_due)
        if tool.runs or tool.down or tool.held or tool.passing or tool.closing(tool.line.env.now):
            tool.due.append(self)
            if tool.passing and not (tool.runs or tool.down or tool.held or tool.draining):
                tool.line.not_idle(tool)
                tool.drain(tool.line.env.now)
        else:
            tool.line.not_idle(tool)
            self.begin(tool.line.env.now)

    def made(self, lots: list[Lot]) -> None:
        """The panels of *lots* have been worked."""
        for lot in lots:
            self.panels += lot.left[lot.step]
        if self.panels >= self.law.every_panels:
            self.panels %= self.law.every_panels  # once for all that fell due in the run
            self.tool.due.append(self)

    def begin(self, now: int) -> None:
        """The tool is taken out of work."""
        line = self.tool.line
        self.tool.stop(now, self.state)
        if self.law.crew < 0 or line.pools[self.law.crew].call(self, now):
            self.granted(now)

    def granted(self, now: int) -> None:
        """The work on the tool begins."""
        del now
        once(self.tool.line.env, self.takes.next(), UP, self.tool.order, self._end)

    def _end(self, tick: Any) -> None:
        del tick
        _up_again(self.tool, self.law.crew)

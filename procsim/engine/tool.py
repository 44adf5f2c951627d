"""One machine: what it is doing, how long it has been in each SEMI E10 state, and when it breaks or is maintained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from procsim.dists import Distribution
from procsim.engine.calendar import DONE, DOWN, UP, Tick, once, priority
from procsim.engine.lot import Lot, run_time
from procsim.engine.spoil import scrap_run
from procsim.luck import TOOLS
from procsim.plan.shape import Breakdown, Upkeep
from procsim.records import BLOCKED, ENGINEERING, PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Tool:
    """A machine of group *group*. *runs* are the lots in it, *ends* when they are done (while it is down: what is left to do);
    *held* are finished lots that it keeps until the next buffer has room.

    *busy_breaks* and *counted* are the breakdowns and the maintenance to which every run matters: by busy time, by panels. *took* are the µs of the
    run where they are known and may be other than its lots' own, else 0. *idle* and *waiting* are those of its group.
    """

    __slots__ = ("acc", "breaks", "busy_breaks", "counted", "down", "due", "ends", "failures", "group", "held", "idle", "line", "number",
                 "order", "out", "priority", "runs", "since", "state", "tick", "took", "waiting")

    def __init__(self, line: Line, group: int, number: int, order: int) -> None:
        self.line, self.group, self.number, self.order = line, group, number, order
        self.priority = priority(DONE, order)
        self.acc = [0] * (BLOCKED + 1)
        self.state, self.since = STANDBY, 0
        self.runs: list[Lot] = []
        self.held: list[Lot] = []
        self.ends = self.took = self.out = 0
        self.down = False
        self.due: list[Planned] = []
        self.tick = self.new_tick()
        self.breaks: list[Break] = []
        self.busy_breaks: list[Break] = []
        self.counted: list[Planned] = []
        self.failures = 0
        self.idle, self.waiting = line.idle[group], line.waiting[group]

    def equip(self, breakdown: Breakdown) -> None:
        """Adds a way to break down."""
        made = Break(self, breakdown)
        self.breaks.append(made)
        if breakdown.busy_clock:
            self.busy_breaks.append(made)
        made.go(0)

    def plan(self, upkeep: Upkeep, share: float) -> None:
        """Adds planned maintenance; the first falls due after *share* of its interval, so that a group does not stop at once."""
        made = Planned(self, upkeep, share)
        if upkeep.every_panels:
            self.counted.append(made)

    def new_tick(self) -> Tick:
        """The event that ends its runs, or their stages."""
        return Tick(self.line.env, self.line.over[self.group], self)

    def become(self, state: int, now: int) -> None:
        """Enters *state*."""
        self.acc[self.state] += now - self.since
        self.state, self.since = state, now

    def open_window(self, now: int) -> None:
        """States are counted from here."""
        self.become(self.state, now)
        self.acc[:] = [0] * len(self.acc)

    def start(self, now: int, time: int = -1) -> None:
        """Works on the lots in it, for *time* µs (-1: as long as they take)."""
        time = time if time >= 0 else run_time(self.runs)
        self.took = 0
        self.become(PRODUCTIVE, now)
        self.ends = now + time
        self.tick.set(time, DONE, self.order)
        for one in self.busy_breaks:
            one.work(now, time)

    def rest(self, now: int) -> None:
        """The run is over."""
        self.become(STANDBY, now)
        for one in self.busy_breaks:
            one.halt(now)

    def way_out(self, lot: Lot, now: int) -> int:
        """µs from the entrance of an in-line tool until *lot* is out: in a row, nobody before the lot ahead."""
        self.out = max(now + lot.of(lot.columns.tail), self.out)
        return self.out - now

    def stop(self, now: int, state: int) -> None:
        """Goes down: work in progress and clocks that run only while the tool is up stand still."""
        self.down = True
        self.become(state, now)
        if self.runs:
            self.tick.cancel()
            self.tick = self.new_tick()
            self.ends -= now
        for one in self.breaks:
            one.halt(now)

    def resume(self, now: int) -> None:
        """Comes up again: to the work that was stopped, else to maintenance that is due, else free."""
        self.down = False
        if self.runs:
            for one in self.breaks:
                one.go(now)
            self.start(now, self.ends)
            if self.line.preempts[self.group]:  # who came meanwhile may take the tool
                self.line.dirty.add(self.group)
            return
        self.become(STANDBY, now)
        for one in self.breaks:
            one.go(now)
        self.turn(now)

    def remaining(self, now: int) -> int:
        """µs of the run that are left."""
        return self.ends if self.down else self.ends - now

    def closing(self, now: int) -> bool:
        """Whether its shift ends at this very instant, so that nothing begins."""
        del now
        return False

    def turn(self, now: int) -> None:
        """With nothing in it: maintenance that is due, else ready for the next run; blocked where it must keep what is done."""
        if self.held:
            self.become(BLOCKED, now)
            self.line.dirty.add(self.group)  # is this the last tool of a circle?
        elif self.due:
            self.due.pop(0).begin(now)
        else:
            self.line.free(self)


class Draws:
    """The successive draws of one law for one tool, keyed by group, tool, number of the draw and *purpose*; made a few at a time."""

    __slots__ = ("count", "law", "line", "number", "purpose", "ready", "salt")

    def __init__(self, line: Line, law: Distribution, number: int, salt: int, purpose: int = 0) -> None:
        self.line, self.law, self.number, self.salt, self.purpose = line, law, number, salt, purpose
        self.count = 0
        self.ready: list[int] = []

    def next(self) -> int:
        """The next draw, in whole µs."""
        if self.line.luck is None:
            return round(self.law.mean)
        if not self.ready:
            entity = self.line.luck.entities(TOOLS, np.array([self.number], dtype=np.int64), self.salt)
            keys = np.arange(self.count, self.count + _AT_ONCE, dtype=np.uint64) * np.uint64(2) + np.uint64(self.purpose)
            self.ready = np.rint(self.law.quantile(self.line.luck.uniforms(entity, keys))).astype(np.int64).tolist()[::-1]
            self.count += _AT_ONCE
        return self.ready.pop()

    def peek(self) -> int:
        """What the next draw will be."""
        value = self.next()
        if self.line.luck is not None:
            self.ready.append(value)
        return value


_AT_ONCE = 32


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
        if not tool.runs and not tool.held:
            line.not_idle(tool)
        tool.stop(now, UNSCHEDULED)
        if tool.runs and self.law.scrap:
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
        if self.law.crew >= 0:
            self.tool.line.pools[self.law.crew].give_back(self.tool.line.env.now)
        self.left = self.to_fail.next()
        self.tool.resume(self.tool.line.env.now)
        self.tool.line.settle(self.tool.line.env.now)


class Planned:
    """Planned maintenance or engineering of one tool: due by the clock, or after so many panels; it waits for the run in progress. The tool
    is in *state* meanwhile."""

    __slots__ = ("law", "panels", "state", "takes", "tool")

    def __init__(self, tool: Tool, law: Upkeep, share: float) -> None:
        self.tool, self.law, self.panels = tool, law, 0.0
        self.state = ENGINEERING if law.engineering else SCHEDULED
        self.takes = Draws(tool.line, law.takes, tool.number, law.key)
        if law.every_us:
            once(tool.line.env, round(law.every_us * share), DOWN, tool.order, self._fall_due)

    def _fall_due(self, tick: Any) -> None:
        del tick
        tool = self.tool
        once(tool.line.env, self.law.every_us, DOWN, tool.order, self._fall_due)
        if tool.runs or tool.down or tool.held or tool.closing(tool.line.env.now):
            tool.due.append(self)
        else:
            tool.line.not_idle(tool)
            self.begin(tool.line.env.now)

    def made(self, lots: list[Lot]) -> None:
        """The panels of *lots* have been worked."""
        for lot in lots:
            self.panels += lot.left[lot.step]
        if self.panels >= self.law.every_panels:
            self.panels -= self.law.every_panels
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
        if self.law.crew >= 0:
            self.tool.line.pools[self.law.crew].give_back(self.tool.line.env.now)
        self.tool.resume(self.tool.line.env.now)
        self.tool.line.settle(self.tool.line.env.now)

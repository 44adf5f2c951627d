"""One machine: what it is doing, how long it has been in each SEMI E10 state, and when it breaks or is maintained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import DONE, DOWN, UP, Tick, once, priority
from procsim.engine.lot import Lot
from procsim.luck import TOOLS
from procsim.plan.shape import Breakdown, Upkeep
from procsim.records import PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Tool:
    """A machine of group *group*. *runs* are the lots in it, *ends* when they are done (while it is down: what is left to do).

    *watched* is true where every run matters to more than its lots: batches, in-line tools, busy clocks, maintenance by panels.
    """

    __slots__ = ("acc", "breaks", "busy_breaks", "down", "due", "ends", "failures", "group", "line", "number", "order", "planned", "priority",
                 "runs", "since", "state", "tick", "watched")

    def __init__(self, line: Line, group: int, number: int, order: int) -> None:
        self.line, self.group, self.number, self.order = line, group, number, order
        self.priority = priority(DONE, order)
        self.acc = [0, 0, 0, 0, 0, 0]
        self.state, self.since = STANDBY, 0
        self.runs: list[Lot] = []
        self.ends = 0
        self.down = False
        self.watched = line.batches[group] or line.inline[group]
        self.due: list[Planned] = []
        self.tick = Tick(line.env, line.finish, self)
        self.breaks: list[Break] = []
        self.busy_breaks: list[Break] = []
        self.planned: list[Planned] = []
        self.failures = 0

    def equip(self, breakdown: Breakdown) -> None:
        """Adds a way to break down."""
        made = Break(self, breakdown)
        self.breaks.append(made)
        if breakdown.busy_clock:
            self.busy_breaks.append(made)
            self.watched = True
        made.go(0)

    def plan(self, upkeep: Upkeep, share: float) -> None:
        """Adds planned maintenance; the first falls due after *share* of its interval, so that a group does not stop at once."""
        self.planned.append(Planned(self, upkeep, share))
        self.watched = self.watched or upkeep.every_panels > 0

    def become(self, state: int, now: int) -> None:
        """Enters *state*."""
        self.acc[self.state] += now - self.since
        self.state, self.since = state, now

    def start(self, now: int, time: int) -> None:
        """Works for *time* µs."""
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

    def stop(self, now: int, state: int) -> None:
        """Goes down: work in progress and clocks that run only while the tool is up stand still."""
        self.down = True
        self.become(state, now)
        if self.runs:
            self.tick.cancel()
            self.tick = Tick(self.line.env, self.line.finish, self)
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
            return
        self.become(STANDBY, now)
        for one in self.breaks:
            one.go(now)
        self.turn(now)

    def turn(self, now: int) -> None:
        """With nothing in it: maintenance that is due, else ready for the next run."""
        if self.due:
            self.due.pop(0).begin(now)
        else:
            self.line.free(self)


class Break:
    """A way for one tool to break down. *left* is its clock: µs until it fails; it stands still while the tool is down."""

    __slots__ = ("count", "law", "left", "since", "tick", "tool")

    def __init__(self, tool: Tool, law: Breakdown) -> None:
        self.tool, self.law, self.count = tool, law, 0
        self.left = self._draw(0)
        self.since = -1
        self.tick: Tick | None = None

    def _draw(self, purpose: int) -> int:
        """A time to failure (*purpose* 0) or to repair (1): keyed by tool group, tool, failure number and purpose."""
        law = self.law.to_repair if purpose else self.law.to_fail
        return self.tool.line.draw(law, TOOLS, self.tool.number, self.law.key, 2 * self.count + purpose)

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
        if not tool.runs:
            line.not_idle(tool)
        tool.stop(now, UNSCHEDULED)
        if tool.runs and self.law.scrap:
            line.scrap_run(tool)
        once(line.env, self._draw(1), UP, tool.order, self._mended)
        line.settle()

    def _mended(self, tick: Any) -> None:
        del tick
        self.count += 1
        self.left = self._draw(0)
        self.tool.resume(self.tool.line.env.now)
        self.tool.line.settle()


class Planned:
    """Planned maintenance of one tool: due by the clock, or after so many panels; it waits for the run in progress."""

    __slots__ = ("count", "law", "panels", "tool")

    def __init__(self, tool: Tool, law: Upkeep, share: float) -> None:
        self.tool, self.law, self.count, self.panels = tool, law, 0, 0.0
        if law.every_us:
            once(tool.line.env, round(law.every_us * share), DOWN, tool.order, self._fall_due)

    def _fall_due(self, tick: Any) -> None:
        del tick
        tool = self.tool
        once(tool.line.env, self.law.every_us, DOWN, tool.order, self._fall_due)
        if tool.runs or tool.down:
            tool.due.append(self)
        else:
            tool.line.not_idle(tool)
            self.begin(tool.line.env.now)

    def made(self, panels: float) -> None:
        """*panels* more have been worked."""
        if self.law.every_panels:
            self.panels += panels
            if self.panels >= self.law.every_panels:
                self.panels -= self.law.every_panels
                self.tool.due.append(self)

    def begin(self, now: int) -> None:
        """The tool is taken out of work."""
        line = self.tool.line
        self.tool.stop(now, SCHEDULED)
        takes = line.draw(self.law.takes, TOOLS, self.tool.number, self.law.key, self.count)
        self.count += 1
        once(line.env, takes, UP, self.tool.order, self._end)

    def _end(self, tick: Any) -> None:
        del tick
        self.tool.resume(self.tool.line.env.now)
        self.tool.line.settle()

"""One machine: what it is doing, how long it has been in each SEMI E10 state, and when it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import DOWN, UP, Tick, once
from procsim.luck import TOOLS, Luck
from procsim.plan.shape import Breakdown, Upkeep
from procsim.records import PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Tool:
    """A machine of group *group*. *runs* are the lots in it; *left* what remains of the run when it was stopped."""

    __slots__ = ("acc", "breaks", "down", "due", "ends", "failures", "group", "line", "number", "order", "planned", "runs", "since",
                 "state", "tick")

    def __init__(self, line: Line, group: int, number: int, order: int) -> None:
        self.line, self.group, self.number, self.order = line, group, number, order
        self.acc = [0, 0, 0, 0, 0, 0]
        self.state, self.since = STANDBY, 0
        self.runs: list[Any] = []
        self.ends = 0
        self.down = False
        self.due: list[Planned] = []
        self.tick = Tick(line.env, line.finished, self)
        self.breaks: list[Break] = []
        self.planned: list[Planned] = []
        self.failures = 0

    def become(self, state: int, now: int) -> None:
        """Enters *state*."""
        self.acc[self.state] += now - self.since
        self.state, self.since = state, now

    def start(self, now: int, time: int) -> None:
        """Works for *time* µs."""
        self.become(PRODUCTIVE, now)
        self.ends = now + time
        self.tick.set(time, 3, self.order)
        for one in self.breaks:
            one.work(now, time)

    def rested(self, now: int, time: int) -> None:
        """The run of *time* µs is over."""
        self.become(STANDBY, now)
        for one in self.breaks:
            one.rest(now)

    def stop(self, now: int, state: int) -> None:
        """Goes down: work in progress and clocks that run only while the tool is up stand still."""
        self.down = True
        self.become(state, now)
        if self.runs:
            self.tick.cancel()
            self.tick = Tick(self.line.env, self.line.finished, self)
            self.ends -= now
        for one in self.breaks:
            one.halt(now)

    def resume(self, now: int) -> None:
        """Comes up again: first maintenance that is due, then the work that was stopped, then free."""
        self.down = False
        if self.runs:
            left = self.ends
            self.become(PRODUCTIVE, now)
            self.ends = now + left
            self.tick.set(left, 3, self.order)
            for one in self.breaks:
                one.go(now)
                one.work(now, left)
            return
        self.become(STANDBY, now)
        for one in self.breaks:
            one.go(now)
        if self.due:
            self.due.pop(0).begin(now)
        else:
            self.line.free(self)


class Break:
    """A way for one tool to break down. *left* is its clock: µs until it fails; it stands still while the tool is down."""

    __slots__ = ("count", "key", "law", "left", "salt", "since", "tick", "tool")

    def __init__(self, tool: Tool, law: Breakdown) -> None:
        self.tool, self.law, self.count = tool, law, 0
        self.salt, self.key = law.key, law.key
        self.left = self.draw(0)
        self.since = -1
        self.tick: Tick | None = None

    def draw(self, purpose: int) -> int:
        """A time to failure (*purpose* 0) or to repair (1): keyed by tool group, tool, failure number and purpose."""
        law = self.law.to_repair if purpose else self.law.to_fail
        return self.tool.line.draw(law, TOOLS, self.tool.number, self.salt, 2 * self.count + purpose)

    def go(self, now: int) -> None:
        """The tool is up: a calendar clock runs."""
        if not self.law.busy_clock:
            self._run(now)

    def work(self, now: int, time: int) -> None:
        """The tool works for *time*: a busy clock runs, and matters if it ends first."""
        if self.law.busy_clock:
            self.since = now
            if self.left < time:
                self._run(now)

    def _run(self, now: int) -> None:
        self.since = now
        self.tick = once(self.tool.line.env, self.left, DOWN, self.tool.order, self.fail)

    def rest(self, now: int) -> None:
        """The run is over: a busy clock stands still."""
        if self.law.busy_clock:
            self.halt(now)

    def halt(self, now: int) -> None:
        if self.since >= 0:
            self.left -= now - self.since
            self.since = -1
        if self.tick is not None:
            self.tick.cancel()
            self.tick = None

    def fail(self, tick: Any) -> None:
        del tick
        line, tool = self.tool.line, self.tool
        now = line.env.now
        self.tick = None
        tool.failures += now >= line.plan.warmup_us
        if not tool.runs:
            line.idle_not(tool)
        tool.stop(now, UNSCHEDULED)
        if tool.runs and self.law.scrap:
            line.scrap_run(tool)
        once(line.env, self.draw(1), UP, tool.order, self.mend)

    def mend(self, tick: Any) -> None:
        del tick
        self.count += 1
        self.left = self.draw(0)
        self.tool.resume(self.tool.line.env.now)
        self.tool.line.settle()


class Planned:
    """Planned maintenance of one tool: due by the clock, staggered over the tools of a group, or after so many panels."""

    __slots__ = ("count", "law", "panels", "tool")

    def __init__(self, tool: Tool, law: Upkeep, share: float) -> None:
        self.tool, self.law, self.count, self.panels = tool, law, 0, 0.0
        if law.every_us:
            once(tool.line.env, round(law.every_us * share), DOWN, tool.order, self.fall_due)

    def fall_due(self, tick: Any) -> None:
        del tick
        once(self.tool.line.env, self.law.every_us, DOWN, self.tool.order, self.fall_due)
        self.ask()

    def made(self, panels: float) -> None:
        """*panels* more have been worked."""
        if self.law.every_panels:
            self.panels += panels
            if self.panels >= self.law.every_panels:
                self.panels -= self.law.every_panels
                self.tool.due.append(self)

    def ask(self) -> None:
        """Starts now if the tool is free, else when the run or the repair is over."""
        tool = self.tool
        if tool.runs or tool.down:
            tool.due.append(self)
        else:
            tool.line.idle_not(tool)
            self.begin(tool.line.env.now)

    def begin(self, now: int) -> None:
        line = self.tool.line
        self.tool.stop(now, SCHEDULED)
        takes = line.draw(self.law.takes, TOOLS, self.tool.number, self.law.key, self.count)
        self.count += 1
        once(line.env, takes, UP, self.tool.order, self.end)

    def end(self, tick: Any) -> None:
        del tick
        self.tool.resume(self.tool.line.env.now)
        self.tool.line.settle()


def uniform(luck: Luck, domain: int, number: int, key: int, salt: int) -> float:
    """One keyed uniform, for the few draws that are made one at a time."""
    return luck.one(domain, number, key, salt)

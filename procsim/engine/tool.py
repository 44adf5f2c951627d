"""One machine: what it is doing, how long it has been in each SEMI E10 state, and when it breaks or is maintained."""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING

from procsim.engine.calendar import DONE, Tick, priority
from procsim.engine.lot import Lot, run_time
from procsim.engine.outages import Break, Planned
from procsim.engine.row import Row
from procsim.lots.records import BLOCKED, INSIDE, PRODUCTIVE, STANDBY
from procsim.planning.plan import Breakdown, Upkeep

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.setups import Setup


class _Run:
    """What every run asks of a tool, side by side in memory, as ``lot._Visit``."""

    __slots__ = ("acc", "due", "ends", "idle", "number", "priority", "runs", "since", "state", "tick", "waiting")


class Tool(_Run):
    """A machine of group *group*. *runs* are the lots in it, *ends* when they are done (while it is down: what is left to do);
    *held* are finished lots that it keeps until the next buffer has room.

    *busy_breaks* and *counted* are the breakdowns and the maintenance to which every run matters: by busy time, by panels. *took* are the µs of the
    run where they are known and may be other than its lots' own, else 0. *idle* and *waiting* are those of its group. *passing* holds the lots past
    the entrance of an in-line tool.
    """

    __slots__ = ("breaks", "busy_breaks", "counted", "down", "failures", "group", "held", "line", "order", "passing", "took")

    setup: Setup | None = None
    picky: bool = False
    speed: float = 1.0

    def __init__(self, line: Line, group: int, number: int, order: int) -> None:
        self.line, self.group, self.number, self.order = line, group, number, order
        self.priority = priority(DONE, order)
        self.acc = [0] * (INSIDE + 1)
        self.state, self.since = STANDBY, 0
        self.runs: list[Lot] = []
        self.held: list[Lot] = []
        self.ends = self.took = 0
        self.down = False
        self.due: list[Planned] = []
        self.tick = self.new_tick()
        self.breaks: list[Break] = []
        self.busy_breaks: list[Break] = []
        self.counted: list[Planned] = []
        self.failures = 0
        self.idle, self.waiting = line.idle[group], line.waiting[group]
        self.passing = Row(self) if line.inline[group] else None

    def equip(self, breakdown: Breakdown) -> None:
        """Adds a way to break down."""
        made = Break(self, breakdown)
        self.breaks.append(made)
        if breakdown.busy_clock:
            self.busy_breaks.append(made)
        made.go(0)

    def plan(self, upkeep: Upkeep, first: int) -> None:
        """Adds planned maintenance; by the clock it is due at *first* for the first time, µs."""
        made = Planned(self, upkeep, first)
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
        self.become(INSIDE if self.passing else STANDBY, now)
        for one in self.busy_breaks:
            one.halt(now)

    def yields(self, lot: Lot, now: int) -> bool:
        """Whether its run may be broken off for *lot*, as of ``preempt``."""
        del now
        return bool(self.runs) and not (self.down or self.due) and self.runs[0].priority > lot.priority

    def is_set_up(self, lot: Lot) -> bool:
        """Whether *lot*, to which it yields, needs no setup."""
        del lot
        return True

    def break_off(self, now: int) -> Lot:
        """Gives up its run: the lot, with the rest of its work."""
        lot = self.runs.pop()
        lot.rest = self.ends - now
        self.tick.cancel()
        self.tick = self.new_tick()
        self.rest(now)
        return lot

    @property
    def draining(self) -> bool:
        """Whether nothing may enter it, an in-line tool, until all is out."""
        return self.passing is not None and self.passing.drains

    def drain(self, now: int) -> None:
        """Nothing may enter it until all is out, and then it is its turn."""
        assert self.passing
        self.become(INSIDE, now)
        self.passing.drains = True

    def stop(self, now: int, state: int) -> None:
        """Goes down: work in progress and clocks that run only while the tool is up stand still."""
        self.down = True
        self.become(state, now)
        if self.runs:
            self.tick.cancel()
            self.tick = self.new_tick()
            self.ends -= now
        if self.passing is not None:
            self.passing.halt(now)
        for one in self.breaks:
            one.halt(now)

    def set_going(self, now: int) -> None:
        """The lots past its entrance, if it is an in-line tool, go on, unless it keeps the one that was first."""
        entry = self.passing.go(now) if self.passing is not None and not self.held else None
        if entry is not None:
            heappush(self.line.calendar, entry)

    def resume(self, now: int) -> None:
        """Comes up again: to the work that was stopped, else to maintenance that is due, else free."""
        self.down = False
        self.set_going(now)
        if self.runs:
            for one in self.breaks:
                one.go(now)
            self.start(now, self.ends)
            if self.line.preempts[self.group]:  # who came meanwhile may take the tool
                self.line.dirty.add(self.group)
            return
        self.become(INSIDE if self.passing else STANDBY, now)
        for one in self.breaks:
            one.go(now)
        self.turn(now)

    def remaining(self, now: int) -> int:
        """µs of the run that are left."""
        return self.ends if self.down else self.ends - now

    def in_time(self, lots: list[Lot], now: int) -> bool:
        """Whether a run of *lots* may start: where that is asked, only if it ends within the shift."""
        del lots, now
        return True

    def closing(self, now: int) -> bool:
        """Whether its shift ends at this very instant, so that nothing begins."""
        del now
        return False

    def turn(self, now: int) -> None:
        """With nothing in it, or nothing at its entrance: maintenance that is due, else ready for the next run; blocked where it must keep what
        is done."""
        if self.passing is not None:
            self.passing.drains = False
        if self.held:
            self.become(BLOCKED, now)
            self.line.dirty.add(self.group)  # is this the last tool of a circle?
        elif self.due and self.passing:
            self.drain(now)
        elif self.due:
            self.due.pop(0).begin(now)
        else:
            self.line.free(self)

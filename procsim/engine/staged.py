"""A tool whose runs are more than one lump of work: setup, load, run and unload, with or without an operator, in shifts, at its own speed."""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING

from procsim.engine.calendar import Entry
from procsim.engine.lot import Lot, leader, run_time
from procsim.engine.setups import Setup
from procsim.engine.staff import Pool
from procsim.engine.tool import Tool
from procsim.lots.records import INSIDE, NON_SCHEDULED, PRODUCTIVE, SETTING_UP, STANDBY
from procsim.planning.plan import LOAD, SETUP, UNLOAD, WORK
from procsim.planning.shifts import FINISH, NO_START

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Staged(Tool):
    """A run is a row of *stages* (E10 state, pool or None, µs); it is *at* one of them, with *left* µs to go when it stands still. It was *resumed*
    with so many µs left, or is a whole one (-1).

    Before a stage that needs an operator, the tool waits for one (*waits*: standby); he stays for all stages in a row that need his
    pool. A failure or the end of a shift sends him away; the rest of the stage needs another. Clocks of failures run as the tool is
    up (calendar) or productive (busy); they stand still while it is off. Repairs and maintenance under way go on after a shift's end. A *picky*
    tool starts only what ends within its shift.
    """

    __slots__ = ("at", "left", "off", "operator", "picky", "pools", "resumed", "setup", "shift", "speed", "split", "stages", "waits")

    def __init__(self, line: Line, group: int, number: int, order: int) -> None:
        super().__init__(line, group, number, order)
        duty = line.plan.groups.duty
        law = duty.setups[group]
        self.speed = duty.speeds[group][number] if duty.speeds[group] else 1.0
        self.split = bool(duty.split[group])
        self.pools: list[Pool | None] = [line.pools[p] if p >= 0 else None for p in duty.attended[group].tolist()]
        self.setup = Setup(self, law) if law is not None else None
        self.shift = line.shifts[duty.shift[group]] if duty.shift[group] >= 0 else None
        self.picky = self.shift is not None and self.shift.law.at_end == NO_START
        self.off = False
        self.stages: list[tuple[int, Pool | None, int]] = []
        self.resumed = -1
        self.at = self.left = 0
        self.operator: Pool | None = None
        self.waits = False
        if self.shift is not None:
            self.shift.tools.append(self)

    # what a run takes -------------------------------------------------------------------------------------------------

    def phases(self, lots: list[Lot], rest: int = -1) -> tuple[int, int, int]:
        """µs of load, work and unload of a run of *lots* on this tool; only the work depends on its speed. Of a lot that was interrupted, *rest* are
        left, were the speed 1."""
        if len(lots) == 1:
            lot = lots[0]
            load, unload = (lot.of(lot.columns.load), lot.of(lot.columns.unload)) if self.split else (0, 0)
            work = max(lot.work[lot.step] - load - unload, 0)
            if rest >= 0:
                load, work, unload = _last(rest, work, unload)
            return load, work if self.speed == 1.0 else round(work / self.speed), unload
        time = run_time(lots)
        if not self.split:
            return 0, time, 0
        first, parts = leader(lots), []
        for name in ("load", "unload"):
            shared = getattr(first.block.needs, name)[0, first.row, first.step]
            parts.append(int(shared + sum(getattr(lot.block.needs, name)[1, lot.row, lot.step] for lot in lots)))
        return parts[0], round(max(time - sum(parts), 0) / self.speed), parts[1]

    def in_time(self, lots: list[Lot], now: int) -> bool:
        """Whether a run of *lots* may start: under ``no_start``, only if it ends within the shift, failures apart."""
        if self.shift is None or not self.picky:
            return True
        change = 0
        if self.setup is not None:
            change = self.setup.time(self.found() if self.runs else self.setup.state, self.setup.needed(lots))
        return bool(now + change + self.through(lots) <= self.shift.until)

    def found(self) -> int:
        """What it is set up for, for another lot than that for which it may be changing its setup now; -1 for nothing."""
        if self.setup is None:
            return -1
        return self.setup.before[0] if self.changing else self.setup.state

    @property
    def changing(self) -> bool:
        """Whether it is being set up."""
        return bool(self.runs) and self.stages[self.at][0] == SETTING_UP

    def through(self, lots: list[Lot]) -> int:
        """µs from the beginning of a run of *lots*, set up for them, until they are out."""
        return sum(self.phases(lots, lots[0].rest)) + (self.passing.through(lots[0]) if self.passing is not None else 0)

    def start(self, now: int, time: int = -1) -> None:
        """Takes the lots in it through all stages; or, where one was interrupted and *time* are left, the rest of them."""
        self.resumed = time
        self._go(self.begin(self.runs, now, time))

    def begin(self, lots: list[Lot], now: int, rest: int = -1) -> Entry | None:
        """A run of *lots* begins, or, with *rest* (as of ``phases``), goes on: what the calendar is to hold, if no operator is to come first."""
        self.runs = lots
        change = self.setup.change(lots, now) if self.setup is not None else 0
        load, work, unload = self.phases(lots, rest)
        self.took = change + load + work + unload
        if rest >= 0:
            self.took += lots[0].spent
        self.stages = stages = self._stages(change, load, work, unload)
        self.at, self.left = 0, stages[0][2]
        return self.enter(now)

    def _go(self, entry: Entry | None) -> None:
        if entry is not None:
            heappush(self.line.calendar, entry)

    def _stages(self, change: int, load: int, work: int, unload: int) -> list[tuple[int, Pool | None, int]]:
        """Setup, load, work and unload; what needs the same operator, or none, is one stage, and what takes no time is none."""
        pools, run = self.pools, self.pools[WORK]
        stages = [(SETTING_UP, pools[SETUP], change)] if change else []
        if pools[LOAD] is run:
            work += load
        elif load:
            stages.append((PRODUCTIVE, pools[LOAD], load))
        if pools[UNLOAD] is run:
            work, unload = work + unload, 0
        stages.append((PRODUCTIVE, run, work))
        if unload:
            stages.append((PRODUCTIVE, pools[UNLOAD], unload))
        return stages

    # stage by stage ---------------------------------------------------------------------------------------------------

    def enter(self, now: int) -> Entry | None:
        """Begins, or goes on with, a stage, with its operator, if it needs one: what the calendar is to hold, unless he is yet to come."""
        state, pool, _ = self.stages[self.at]
        mine = self.operator
        if mine is not pool:
            if mine is not None:
                self.operator = None
                mine.give_back(now)
            if pool is not None:
                if not pool.call(self, now):
                    self.waits = True
                    self.become(INSIDE if self.passing else STANDBY, now)
                    return None
                self.operator = pool
        if state != self.state:
            self.acc[self.state] += now - self.since
            self.state, self.since = state, now
        self.ends = end = now + self.left
        if state == PRODUCTIVE:
            for one in self.busy_breaks:
                one.work(now, self.left)
        tick = self.tick
        return end, self.priority, tick.turn, tick

    def granted(self, now: int) -> None:
        """The operator comes."""
        self.waits = False
        self.operator = self.stages[self.at][1]
        self._go(self.enter(now))

    def let_go(self, now: int) -> None:
        """The operator may go."""
        if self.operator is not None:
            pool, self.operator = self.operator, None
            pool.give_back(now)

    # up and down ------------------------------------------------------------------------------------------------------

    def stop(self, now: int, state: int) -> None:
        """Goes down: work in progress, its operator and the tool's clocks."""
        self.down = True
        self.become(state, now)
        for one in self.breaks:
            one.halt(now)
        if self.passing is not None:
            self.passing.halt(now)
        if self.runs:
            self._stand(now)

    def _stand(self, now: int) -> None:
        """The run stands still, with *ends* to go; its operator goes away, or is no longer called."""
        if self.waits:
            self.waits = False
            pool = self.stages[self.at][1]
            assert pool is not None
            pool.withdraw(self, now)
        else:
            self.tick.cancel()
            self.tick = self.new_tick()
            self.left = self.ends - now
        self.ends = self.left + sum(stage[2] for stage in self.stages[self.at + 1 :])
        self.let_go(now)

    def resume(self, now: int) -> None:
        """Comes up again, but for the time off."""
        if self.off and not ((self.runs or self.passing) and self._overtime()):
            self.become(NON_SCHEDULED, now)
        elif self.runs:
            self.down = False
            self.set_going(now)
            for one in self.breaks:
                one.go(now)
            self._go(self.enter(now))
            self._news()
        else:
            super().resume(now)

    def _news(self) -> None:
        """Who came while its run could not be broken off may take it now."""
        if self.line.preempts[self.group]:
            self.line.dirty.add(self.group)

    def yields(self, lot: Lot, now: int) -> bool:
        """As of any tool; besides, it is in its shift, *lot* ends in time where it must, and no setup breaks off a minimum run of several lots."""
        if self.off or not super().yields(lot, now):
            return False
        kept = self.setup is not None and not self.changing and self.setup.ran <= self.setup.law.min_run > 1
        return (not kept or self.is_set_up(lot)) and self.in_time([lot], now)

    def is_set_up(self, lot: Lot) -> bool:
        """Whether *lot*, to which it yields, needs no setup."""
        return self.setup is None or self.setup.needed([lot]) == self.found()

    def break_off(self, now: int) -> Lot:
        """Gives up its run: the lot, with the rest of its load, work and unload."""
        self._stand(now)
        if self.setup is not None:
            self.setup.lose(self.changing)
        lot = self.runs.pop()
        lot.spent = self.took - self.ends
        parts = self.phases([lot], self.resumed)
        load, work, unload = _last(min(self.ends, sum(parts)), *parts[1:])
        lot.rest = min(load + (work if self.speed == 1.0 else round(work * self.speed)) + unload, lot.work[lot.step])
        self.rest(now)
        return lot

    def turn(self, now: int) -> None:
        """With nothing in it, or nothing at its entrance: off, maintenance that is due, else ready for the next run."""
        if self.passing and ((self.off and self._overtime()) or (self.closing(now) and not self.off)):
            self.drain(now)  # what is out at the very end of the shift is out in time
        elif self.off or self.closing(now):
            self.stop(now, NON_SCHEDULED)
        else:
            super().turn(now)

    def remaining(self, now: int) -> int:
        """µs of the run that are left, with an operator at hand."""
        if self.down:
            return self.ends
        return (self.left if self.waits else self.ends - now) + sum(stage[2] for stage in self.stages[self.at + 1 :])

    def closing(self, now: int) -> bool:
        """Whether its shift ends at this very instant, so that nothing begins."""
        return self.shift is not None and self.shift.on and now == self.shift.until

    def _overtime(self) -> bool:
        return self.shift is not None and self.shift.law.at_end == FINISH

    def leave(self, now: int) -> None:
        """The shift ends."""
        self.off = True
        if self.down or (self.runs and self._overtime()):
            return
        if not (self.runs or self.held or self.draining):
            self.line.not_idle(self)
        if self.passing and not self.runs and self._overtime():
            self.drain(now)
        else:
            self.stop(now, NON_SCHEDULED)

    def come(self, now: int) -> None:
        """A shift begins."""
        self.off = False
        if self.down and self.state == NON_SCHEDULED:
            self.resume(now)
        elif self.draining:
            self.turn(now)
        elif self.runs:
            self._news()


def _last(rest: int, work: int, unload: int) -> tuple[int, int, int]:
    """The last *rest* µs of a run with so many µs of *work* and *unload*: load, work and unload."""
    unload = min(unload, rest)
    work = min(work, rest - unload)
    return rest - work - unload, work, unload

"""Where lots come from: one Source per release stream, which also works out the fates of its lots, a block at a time."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from procsim.engine.begin import begun_needs
from procsim.engine.calendar import RELEASE, Entry, Tick, once, priority
from procsim.engine.lot import Lot, Rows
from procsim.errors import InfeasibleError
from procsim.lots.records import Block, LotOutcomes, LotRange
from procsim.lots.routing import path, presence
from procsim.lots.schedule import Timetable, allowances
from procsim.lots.times import needs
from procsim.maths.arrays import Floats, Ints
from procsim.maths.keyed_random import RELEASES, KeyedRandom
from procsim.planning.fixed import fixed_sizes
from procsim.planning.plan import HOUR
from procsim.planning.scaled import ticks
from procsim.planning.wip import NEVER
from procsim.quality.sampled_lot import outcomes

if TYPE_CHECKING:
    from procsim.engine.line import Line

PANELS_AT_ONCE = 8192
"""Panels whose luck is drawn at once: enough to make numpy's overhead small, few enough to stay in the cache."""
ROUNDS = 100_000
"""Lots that may come and leave within one instant before a constant WIP is taken to turn in a circle."""
GAPS = 256
"""Gaps between releases that are drawn at once."""


class Source:
    """Releases the lots of stream *number*; *open* are its blocks with lots still in the line."""

    def __init__(self, line: Line, number: int) -> None:
        self.line, self.number = line, number
        self.stream = line.plan.streams[number]
        self.count = self.gone = self.rounds = 0
        self.filling, self.instant = False, -1
        self.limit = self.stream.limit or sys.maxsize
        self.rows: Rows | None = None
        self.batches = [s for s, group in enumerate(line.group_of) if line.batches[group]]
        self.sizes = fixed_sizes(line.plan) if line.random is None else None
        self.open: list[Block] = []
        self.gaps: list[int] = []
        self.size = self._size()
        self.schedule = Timetable(self.stream.schedule) if self.stream.schedule is not None else None
        self.allowed: list[int] = []
        self.begun = self._begun(self.line.plan.wip.of(number)) if self.line.plan.wip is not None else []
        self.dated = self.stream.due is not None or self.stream.schedule is not None
        self.tick = Tick(line.env, self._again, order=priority(RELEASE, number))
        once(line.env, self.stream.first_us, RELEASE, number, self._first)

    def _size(self) -> int:
        """Lots in a block: no more than the run can need."""
        plan, stream = self.line.plan, self.stream
        most = max(PANELS_AT_ONCE // max(plan.lot_panels, 1 + sum(one.parts for one in plan.route.stretches)), 16)
        if stream.interval is None:
            return min(most, stream.limit or most)
        likely = plan.horizon_us / stream.interval.mean * stream.at_once
        if stream.interval.scv:
            likely += 3 * (stream.interval.scv * likely) ** 0.5
        likely = min(likely + stream.at_once, stream.limit or likely + stream.at_once)
        return max(math.ceil(likely / math.ceil(likely / most)), 1)

    def _first(self, tick: Any) -> None:
        del tick
        if self.stream.conwip:
            self._refill()
        else:
            self._release_and_wait()
        self.line.settle(self.line.env.now)

    def _together(self) -> int:
        """How many lots come at the next release."""
        number = self.schedule.together(self.count) if self.schedule else self.stream.at_once
        return min(number, self.limit - self.count)

    def _release_and_wait(self) -> None:
        lots = [self._next_lot() for _ in range(self._together())]
        if self.count < self.limit:
            self.tick.set(self._gap(), RELEASE, self.number)
        for lot in lots:
            self.line.enter(lot)

    def _again(self, tick: Any) -> Entry | None:
        """More lots come. Where it is one, while nothing else happens, the next release is handed back."""
        line = self.line
        now: int = tick.env._now
        if line.calendar[0][0] > now and line.buffers is None and self._together() == 1:
            lot = self._next_lot()
            gap = self._gap() if self.count < self.limit else -1
            if gap:
                line.let_in(lot, now, alone=True)
                return (now + gap, tick.order, tick.turn, tick) if gap > 0 else None
            tick.set(0, RELEASE, self.number)
            line.enter(lot)
        else:
            self._release_and_wait()
        line.settle(now)
        return None

    def _gap(self) -> int:
        """Time to the next release, keyed by the number of the release."""
        if self.gaps:
            return self.gaps.pop()
        law, random = self.stream.interval, self.line.random
        assert law is not None
        if self.schedule is not None:
            return self.schedule.gap(self.count)
        if random is None or law.scv == 0.0:
            self.gaps = [round(law.mean)] * GAPS
        else:
            first = self.count // self.stream.at_once
            names = random.entities(RELEASES, first + np.arange(GAPS, dtype=np.int64), self.stream.key)
            self.gaps = ticks(law.quantile(KeyedRandom.uniforms(names, self.stream.key))).tolist()[::-1]
        return self.gaps.pop()

    def left(self, block: Block) -> None:
        """A lot of *block* has left: a finished block goes to the sink, and a constant WIP lets the next lot in."""
        self.gone += 1
        if not block.waiting:
            self.open.remove(block)
            self.line.sink(block)
        if self.stream.conwip:
            self._refill()

    def close(self) -> None:
        """The horizon: all blocks go to the sink, and what lots need is no longer asked for."""
        while self.open:
            self.line.sink(self.open.pop(0))
        self.rows = None

    def _there(self) -> int:
        """Lots of the stream in the line."""
        return self.count + len(self.begun) - self.gone

    def _refill(self) -> None:
        """Lots enter the line until as many are there as are to be; those with nothing to do leave meanwhile. Raises InfeasibleError where that goes
        on and on."""
        if self.filling:
            return
        now = self.line.env.now
        self.filling, self.rounds, self.instant = True, self.rounds + 1 if now == self.instant else 0, now
        while self.count < self.limit and self._there() < self.stream.conwip:
            self.rounds += 1
            if self.rounds > ROUNDS + 2 * self.stream.conwip:
                raise InfeasibleError(f"at {now / HOUR:g} h lots of {self.stream.name} turn in a circle: more than {ROUNDS} came and left within one "
                                      "instant. Nothing is there for them to do (sample, route), or nothing takes time, and under a constant WIP "
                                      "each lets the next one in")
            self.line.enter(self._next_lot())
        self.filling = False

    def _next_lot(self) -> Lot:
        row = self.count % self.size
        if row == 0:
            self.rows = self._next_block()
        assert self.rows is not None  # they are of the block opened last
        lot = Lot(self.line, self.count, self.number, self.open[-1], self.rows, row, self.stream.priority, self._due(row))
        if self.schedule is not None:
            lot.priority = self.schedule.priority[self.count]
        if self.line.parts is not None:
            lot.rows = self.rows
        self.count += 1
        return lot

    def _due(self, row: int) -> int:
        """When the lot that is released now is due; NEVER where nothing says so."""
        if not self.dated:
            return NEVER
        due = self.schedule.due[self.count] if self.schedule is not None else -1
        if due < 0:
            due = self.line.env.now + self.allowed[row] if self.allowed else NEVER
        self.open[-1].due_us[row] = due
        return due

    def _begun(self, rows: Ints) -> list[Lot]:
        """The lots that are in the line at time 0, the last of them with the number -1."""
        plan, random, size, wip = self.line.plan, self.line.random, len(rows), self.line.plan.wip
        if wip is None or not size:
            return []
        first, at, panels = -size, wip.position[rows], wip.panels[rows]
        lots = LotRange(self.number, first, size, panels, at)
        who = presence(plan, random, lots)
        outcome = outcomes(plan, random, lots, who)
        need = begun_needs(needs(plan, random, lots, outcome, who, self.sizes), wip, rows)
        released, due = wip.released_us[rows], wip.due_us[rows]
        if self.stream.due is not None:
            due = np.where(due > NEVER, due, released + np.array(allowances(self.stream, random, first, size)))
        block = Block(self.number, first, outcome, need, panels, at, released.tolist(), [-1] * size, [-1] * size,
                      due.tolist(), size, path(plan, who, size), [[] for _ in range(size)], self.sizes)
        self.open.append(block)
        lists = Rows(outcome.panels, need, self.batches, who, size, fills=self._fills(outcome))
        return [Lot(self.line, first + i, self.number, block, lists, i, int(wip.priority[row]), block.due_us[i]) for i, row in enumerate(rows)]

    def _next_block(self) -> Rows:
        plan, random, size = self.line.plan, self.line.random, self.size
        lots = LotRange(self.number, self.count, size)
        who = presence(plan, random, lots)
        outcome = outcomes(plan, random, lots, who)
        need = needs(plan, random, lots, outcome, who, self.sizes)
        block = Block(self.number, self.count, outcome, need, np.full(size, plan.lot_panels), None, [NEVER] * size, [-1] * size, [-1] * size,
                      [NEVER] * size, size, path(plan, who, size), [[] for _ in range(len(outcome.panels))], self.sizes)
        self.allowed = allowances(self.stream, random, self.count, size)
        self.open.append(block)
        return Rows(outcome.panels, need, self.batches, who, size, plan.route.stretches, self._fills(outcome))

    def _fills(self, outcome: LotOutcomes) -> Floats | None:
        """Panels for which a batch must have room; with luck off those of a lot that is there, though that is a chance. None: all there are."""
        return None if self.sizes is None else np.divide(outcome.panels, outcome.lots, out=np.zeros_like(outcome.panels), where=outcome.lots > 0)

    def redraw(self, lot: Lot) -> None:
        """*lot* was turned back where it is: from there on it goes another way. Luck is keyed, so that what it has behind it comes out the same."""
        plan, random, block, row = self.line.plan, self.line.random, lot.block, lot.row
        at = block.at[row : row + 1] if block.at is not None else None
        lots = LotRange(self.number, lot.number, 1, block.panels[row : row + 1], at, block.turns[row])
        who = presence(plan, random, lots)
        outcome = outcomes(plan, random, lots, who)
        need = needs(plan, random, lots, outcome, who, self.sizes)
        way = path(plan, who, 1)
        assert way is not None
        block.redraw(row, lot.step, outcome, need, way)
        lot.follow(Rows(outcome.panels, need, self.batches, who, 1, fills=self._fills(outcome)), 0)

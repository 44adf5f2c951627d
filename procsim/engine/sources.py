"""Says when the lots of a release stream come, and draws them a block at a time: outcomes, times and ways."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from procsim.lots.records import Block, LotOutcomes, LotRange, Needs, Turns
from procsim.lots.routing import Presence, path, presence
from procsim.lots.schedule import Timetable, allowances
from procsim.lots.times import needs
from procsim.maths.arrays import Ints
from procsim.maths.keyed_random import RELEASES, KeyedRandom
from procsim.planning.fixed import fixed_sizes
from procsim.planning.own_route import own_route
from procsim.planning.plan import Plan
from procsim.planning.scaled import ticks
from procsim.planning.wip import NEVER, Wip
from procsim.quality.sampled_lot import outcomes

PANELS_AT_ONCE = 8192
"""Panels whose luck is drawn at once: enough to make numpy's overhead small, few enough to stay in the cache."""
CELLS_AT_ONCE = 1 << 16
"""Lots by positions that are drawn at once, for the same reason, where the route is long: there are some thirty tables of so many numbers."""
FEWEST = 16
"""Lots whose luck is drawn at once, at least, and the first block of a stream of constant WIP."""
GAPS = 256
"""Gaps between releases that are drawn at once."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A *block* of lots, and what the rules are to know of them: whom they visit (*who*), and by lot when it *comes* (0: when there is room), its
    *allowed* time (NEVER: none) and *priority*."""

    block: Block
    who: Presence | None
    comes: list[int]
    allowed: list[int]
    priority: list[int]


class Source:
    """The lots of stream *number*: so many are *made*, in blocks of *size* (*most* at most), of which
    *open* ones have lots in the line, or to come."""

    def __init__(self, plan: Plan, number: int, random: KeyedRandom | None) -> None:
        self.own, self.number, self.random = own_route(plan, number), number, random
        self.plan = self.own.plan
        self.stream = plan.streams[number]
        self.made = 0
        self.limit = self.stream.limit or sys.maxsize
        self.sizes = fixed_sizes(plan)[self.own.positions] if random is None else None
        self.open: list[Block] = []
        rows = 1 + sum(one.parts for one in plan.route.stretches)
        self.most = max(min(PANELS_AT_ONCE // max(plan.lot_panels, rows), CELLS_AT_ONCE // (rows * (1 + self.own.size))), FEWEST)
        self.size = self._size()
        self.columns = self.own.columns()
        self.schedule = Timetable(self.stream.schedule) if self.stream.schedule is not None else None
        self.times: list[int] = []  # of releases that are known, from the one with the number *known* - len(times) on
        self.known, self.latest = 0, self.stream.first_us

    def _size(self) -> int:
        """Lots in the first block: no more than the run can need; of a constant number, which nobody knows of beforehand, those that come at once."""
        stream, most = self.stream, self.most
        if stream.interval is None:
            return min(most, stream.limit or most, max(stream.conwip, FEWEST) if stream.conwip else most)
        likely = self.plan.horizon_us / stream.interval.mean * stream.at_once
        if stream.interval.scv:
            likely += 3 * (stream.interval.scv * likely) ** 0.5
        likely = min(likely + stream.at_once, stream.limit or likely + stream.at_once)
        return max(math.ceil(likely / math.ceil(likely / most)), 1)

    def comes(self, lot: int) -> int:
        """When the lot with that number comes, none before it being asked for later; 0 where the clock does not say."""
        if self.stream.conwip:
            return 0
        if self.schedule is not None:
            return self.schedule.at[lot]
        turn = lot // self.stream.at_once
        while turn >= self.known:
            self._more_times()
        return self.times[turn - self.known]

    def _more_times(self) -> None:
        """Draws gaps between releases, each keyed by the number of the release."""
        law = self.stream.interval
        assert law is not None
        first = self.known
        if self.random is None or law.scv == 0.0:
            gaps = np.full(GAPS, round(law.mean))
        else:
            names = self.random.entities(RELEASES, first + np.arange(GAPS, dtype=np.int64), self.stream.key)
            gaps = ticks(law.quantile(KeyedRandom.uniforms(names, self.stream.key)))
        if first == 0:
            gaps[0] = 0
        self.times = (self.latest + np.cumsum(gaps)).tolist()
        self.known, self.latest = first + GAPS, self.times[-1]

    def draw(self) -> Drawn:
        """The next block."""
        plan, size, first = self.plan, self.size, self.made
        lots = LotRange(self.number, first, size)
        block, who = self._drawn(lots, np.full(size, plan.lot_panels))
        count = min(size, self.limit - first)
        comes = [self.comes(first + i) for i in range(count)]
        allowed = allowances(self.stream, self.random, first, size) or [NEVER] * size
        priority = [self.stream.priority] * count
        if self.schedule is not None:
            due = self.schedule.due[first : first + count]
            block.due_us[:count] = [given if given >= 0 else NEVER for given in due]
            priority = self.schedule.priority[first : first + count]
        self.made += size
        if self.stream.conwip:  # half of what is drawn is needed, then
            self.size = min(2 * size, self.most)
        return Drawn(block, who, comes, allowed, priority)

    def begun(self, wip: Wip) -> Iterator[tuple[Ints, Drawn]]:
        """The lots of *wip*, which are in the line at time 0, the last of them with the number -1: rows, and their block."""
        rows = wip.of(self.number)
        for i in range(0, len(rows), self.most):
            yield rows[i : i + self.most], self._begun(wip, rows[i : i + self.most], i - len(rows))

    def _begun(self, wip: Wip, rows: Ints, first: int) -> Drawn:
        """The lots *rows* of *wip*, the *first* with that number."""
        size = len(rows)
        at = np.array([self.columns[p] for p in wip.position[rows].tolist()], dtype=np.int64)
        lots = LotRange(self.number, first, size, wip.panels[rows], at)
        block, who = self._drawn(lots, wip.panels[rows])
        due = wip.due_us[rows]
        if self.stream.due is not None:
            due = np.where(due > NEVER, due, wip.released_us[rows] + np.array(allowances(self.stream, self.random, first, size)))
        block.released_us, block.due_us = wip.released_us[rows].tolist(), due.tolist()
        block.needs = begun_needs(block.needs, wip, rows, at)
        return Drawn(block, who, [0] * size, [NEVER] * size, wip.priority[rows].tolist())

    def _drawn(self, lots: LotRange, panels: Ints) -> tuple[Block, Presence | None]:
        """The block of *lots*, all of it to come."""
        who, outcome, need = self.again(lots)
        size, rows = lots.count, len(outcome.panels)
        block = Block(self.number, lots.first, outcome, need, panels, lots.at, [NEVER] * size, [-1] * size, [-1] * size, [NEVER] * size, size,
                      self.own.positions, path(self.plan, who, size), [array("q") for _ in range(size if lots.at is not None else rows)], self.sizes)
        self.open.append(block)
        return block, who

    def again(self, lots: LotRange) -> tuple[Presence | None, LotOutcomes, Needs]:
        """Whom *lots* visit, what becomes of them, and what they need: keyed, so that what some of them have behind them comes out the same."""
        who = presence(self.plan, self.random, lots)
        outcome = outcomes(self.plan, self.random, lots, who)
        return who, outcome, needs(self.plan, self.random, lots, outcome, who, self.sizes)

    def own_turns(self, turns: Turns) -> Turns:
        """*turns* at positions of the stream's own route."""
        return tuple((self.columns[position], loop) for position, loop in turns)


def begun_needs(needs: Needs, wip: Wip, rows: Ints, at: Ints) -> Needs:
    """*needs* of the lots *rows* of *wip*, which are *at* these columns, those that are worked on needing only what is left of the run, which of the
    way out is nothing."""
    left = np.where(wip.past[rows] > 0, np.minimum(wip.left_us[rows], 0), wip.left_us[rows])
    mine = np.flatnonzero(left >= 0)
    run, own, load, unload = (table.copy() for table in (needs.run, needs.own, needs.load, needs.unload))
    run[mine, at[mine]], own[mine, at[mine]] = left[mine], 0
    if load.size:
        load[:, mine, at[mine]] = unload[:, mine, at[mine]] = 0
    return Needs(run, own, needs.tail, needs.move, load, unload)

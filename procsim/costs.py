"""Blocks of lots and a Run in, Totals out: where every unit and every dollar of one replication went. It must balance.

Figures of units and money are taken over the lots that leave the line inside the window, each with its whole history:

    charged in the window = charged to lots that left (to good units + to escapes + to scrap) + change of WIP
    spent in the window   = charged in the window + cost of unused capacity

A visit is booked when it ends. Its cost is shared equally by the lot's live units (those not known-bad); a unit that is found
bad or lost leaves with what it carries by then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from procsim.errors import BalanceError
from procsim.plan.shape import BY_THE_HOUR, CATEGORIES, HOUR, LOT, PANEL, RUN, UNIT, Plan
from procsim.records import PRODUCTIVE, VISIT, Block, Floats, Ints, Run

STEP, ARRIVED, START, END, HELD, TAIL, RUN_PANELS, PANELS = range(len(VISIT))


@dataclass(slots=True)
class Totals:
    """Sums of one replication. S steps, G groups, C categories. "Left" is over lots that left in the window.

    *cost* (S + 1, C): USD charged to lots that left, by step, row S for the panel itself; *unused* (G, C); *wip_value* USD at
    both ends of the window; *charged* USD booked in the window. *value* is cost by outcome: good, escapes, scrap.
    """

    hours: float
    lots_started: float
    lots_left: float
    lots_finished: float
    units_started: float
    good: float
    escapes: float
    removed: float
    scrapped: float
    in_line: float
    cycle_us: float
    cycle_us_squared: float
    waiting_us: float
    wip_lot_hours: float
    lot_hours: float
    cost: Floats
    unused: Floats
    charged: float
    spent: float
    wip_value: Floats
    value: Floats
    scrap_caused: Floats
    scrap_found: Floats
    amounts: Floats
    units_in: Floats
    panels_lost: Floats
    units_lost: Floats
    found_bad: Floats
    live_in: Floats
    live_out: Floats
    visits: Floats
    queue_us: Floats
    process_us: Floats
    held_us: Floats
    queue_area_us: Floats
    stay_area_us: Floats
    state_hours: Floats
    failures: Floats
    cycle_times: Floats
    lots: Floats
    released: int
    all_visits: int
    stalled: str

    def check(self) -> None:
        """Units, money and lot-hours balance, or BalanceError says which does not."""
        _equal("units", self.units_started, self.good + self.escapes + self.removed + self.scrapped, self.units_started)
        _equal("money of lots", self.cost.sum(), self.value.sum(), self.cost.sum())
        _equal("money in the window", self.charged, self.cost.sum() + self.wip_value[1] - self.wip_value[0], abs(self.charged) + self.wip_value.sum())
        _equal("money spent", self.spent, self.charged + self.unused.sum(), self.spent)
        _equal("lot-hours (Little's law)", self.wip_lot_hours, self.lot_hours, self.lot_hours)


def _equal(what: str, one: float, other: float, scale: float) -> None:
    if abs(one - other) > 1e-6 + 1e-9 * abs(scale):
        raise BalanceError(f"{what} do not balance: {one!r} against {other!r}")


LOT_COLUMNS = ("stream", "number", "released_us", "left_us", "panels", "good", "escapes", "removed", "scrapped", "cost_usd")


class Ledger:
    """Collects blocks of one replication; ``close`` adds the run's own figures and checks that everything balances."""

    def __init__(self, plan: Plan, keep_lots: bool = False) -> None:
        self.plan, self.keep_lots = plan, keep_lots
        steps, groups = len(plan.steps), len(plan.groups.names)
        self.start, self.end = plan.warmup_us, plan.horizon_us
        self.sums = dict.fromkeys(_SCALARS, 0.0)
        self.arrays: dict[str, Floats] = {name: np.zeros(steps) for name in _BY_STEP}
        self.counts = {name: np.zeros((steps + 1, 5)) for name in ("left", "window", "before", "after")}
        self.value = np.zeros(3)
        self.caused, self.found = np.zeros(steps + 1), np.zeros(steps + 1)
        self.lost_units = np.zeros(steps + 1)
        self.cycles: list[Floats] = []
        self.lots: list[Floats] = []
        money = plan.money
        self.unit_cost = money.direct.sum(axis=2)
        self.hour_rate = money.rate.sum(axis=1)[plan.group_of] if groups else np.zeros(steps)

    # one block ------------------------------------------------------------------------------------------------------

    def add(self, block: Block) -> None:
        """Takes in a block whose lots have left, or that the horizon cut short."""
        released = np.array(block.released_us, dtype=np.int64)
        entered = released >= 0
        if not entered.any():
            return
        left = np.where(np.array(block.left_us, dtype=np.int64) >= 0, np.array(block.left_us, dtype=np.int64), self.end)
        gone = np.array(block.left_us, dtype=np.int64) >= 0
        cohort = gone & (left >= self.start)
        lengths = np.array([len(trail) for trail in block.trails]) // len(VISIT)
        row = np.repeat(np.arange(len(lengths)), lengths)
        visits = np.array([value for trail in block.trails for value in trail], dtype=float).reshape(-1, len(VISIT))
        step = visits[:, STEP].astype(np.int64)
        done = visits[:, END] < self.end
        self._times(visits, step, done, block.fates.lots[row, step])
        parts = self._parts(block, visits, step, row)
        spans = released, left, gone
        self._tally(parts, visits, step, row, done, cohort, spans)
        self._lots(block, released, left, entered, gone, cohort)
        self._values(block, parts, visits, step, row, done, cohort)

    def _times(self, visits: Floats, step: Ints, done: Floats, lots: Floats) -> None:
        """Waiting and working, by step, inside the window; *lots* is 1, or with luck off the chance that the lot is there."""
        size = len(self.plan.steps)
        inside = done & (visits[:, END] >= self.start)
        for name, duration in (("visits", lots), ("queue_us", visits[:, START] - visits[:, ARRIVED]),
                               ("process_us", visits[:, HELD] + visits[:, TAIL]), ("held_us", visits[:, HELD])):
            self.arrays[name] += np.bincount(step[inside], weights=duration[inside], minlength=size)
        clipped = np.clip(visits[:, [ARRIVED, START, END]], self.start, self.end)
        self.arrays["queue_area_us"] += np.bincount(step, weights=clipped[:, 1] - clipped[:, 0], minlength=size)
        self.arrays["stay_area_us"] += np.bincount(step, weights=clipped[:, 2] - clipped[:, 0], minlength=size)

    def _parts(self, block: Block, visits: Floats, step: Ints, row: Ints) -> Floats:
        """Per visit: items of each basis, and hours of tool time, that it is charged for; shape (visits, 5)."""
        fates = block.fates
        share = np.divide(visits[:, PANELS], visits[:, RUN_PANELS], out=np.zeros(len(visits)), where=visits[:, RUN_PANELS] > 0)
        lots = fates.lots[row, step]
        units = np.where(self.plan.losses.skips[step], fates.live[row, step], fates.sites[row, step])
        parts = np.empty((len(visits), 5))
        parts[:, RUN], parts[:, LOT], parts[:, PANEL], parts[:, UNIT] = share * lots, lots, visits[:, PANELS], units
        parts[:, 4] = visits[:, HELD] * share / HOUR
        return parts

    def _tally(self, parts: Floats, visits: Floats, step: Ints, row: Ints, done: Floats, cohort: Floats, spans: tuple[Ints, Ints, Floats]) -> None:
        """What lots that left, the window, and WIP at both its ends are charged for."""
        released, left, gone = spans
        ended = visits[:, END]
        chosen = {
            "left": cohort[row] & done,
            "window": done & (ended >= self.start),
            "before": done & (ended < self.start) & (left[row] >= self.start),
            "after": done & ~gone[row],
        }
        size = len(self.plan.steps)
        for name, mask in chosen.items():
            for part in range(5):
                self.counts[name][:size, part] += np.bincount(step[mask], weights=parts[mask, part], minlength=size)
        panels = float(self.plan.lot_panels)
        entered = released >= 0
        for name, lots in (("left", cohort), ("window", entered & (released >= self.start)),
                           ("before", entered & (released < self.start) & (left >= self.start)), ("after", entered & ~gone)):
            self.counts[name][size, PANEL] += panels * lots.sum()

    def _lots(self, block: Block, released: Ints, left: Ints, entered: Floats, gone: Floats, cohort: Floats) -> None:
        """Units and lots of those that left."""
        fates, sums = block.fates, self.sums
        sums["lots_started"] += float((entered & (released >= self.start)).sum())
        sums["lots_left"] += float(cohort.sum())
        stay = np.clip(left, self.start, self.end) - np.clip(released, self.start, self.end)
        sums["lot_us"] += float(stay[entered].sum())
        units = float(self.plan.lot_panels * self.plan.units_per_panel)
        sums["units_started"] += units * float(cohort.sum())
        sums["in_line"] += units * float((entered & ~gone).sum())
        broken = np.array(block.scrapped_at, dtype=np.int64)
        whole = cohort & (broken < 0)
        shipped = fates.good + fates.escapes
        finished = whole & (shipped > 0)
        sums["lots_finished"] += float(finished.sum())
        sums["good"] += float(fates.good[whole].sum())
        sums["escapes"] += float(fates.escapes[whole].sum())
        upto = np.where(broken < 0, len(self.plan.steps), broken)
        walked = np.arange(len(self.plan.steps))[None, :] < upto[:, None]
        cut = cohort & (broken >= 0)
        known = fates.sites - fates.live
        at = np.where(cut, broken, 0)
        rows = np.arange(len(broken))
        sums["removed"] += float((fates.removed * walked)[cohort].sum() + known[rows, at][cut].sum())
        sums["scrapped"] += float((fates.scrapped * walked)[cohort].sum() + fates.live[rows, at][cut].sum())
        cycle = (left - released)[finished].astype(float)
        self.cycles.append(cycle)
        for name, table in (("panels_lost", fates.panels_lost), ("units_in", fates.sites[:, :-1]), ("live_in", fates.live[:, :-1]),
                            ("live_out", fates.live[:, 1:])):
            self.arrays[name] += (table * (np.arange(table.shape[1])[None, :] <= upto[:, None]))[cohort].sum(axis=0)

    def _values(self, block: Block, parts: Floats, visits: Floats, step: Ints, row: Ints, done: Floats, cohort: Floats) -> None:
        """What units carry when they are shipped, found bad or lost."""
        fates, size = block.fates, len(self.plan.steps)
        cost = (parts[:, :4] * self.unit_cost[step]).sum(axis=1) + parts[:, 4] * self.hour_rate[step]
        live = fates.live[row, step]
        each = np.divide(cost, live, out=np.zeros_like(cost), where=live > 0)
        carried = np.zeros((len(cohort), size))
        np.add.at(carried, (row[done], step[done]), each[done])
        carried[:, 0] += self.unit_cost[size, PANEL] / self.plan.units_per_panel
        carried = np.cumsum(carried, axis=1)
        broken = np.array(block.scrapped_at, dtype=np.int64)
        whole = cohort & (broken < 0)
        self.value[0] += float((fates.good * carried[:, -1])[whole].sum())
        self.value[1] += float((fates.escapes * carried[:, -1])[whole].sum())
        gone = fates.leavings
        kept = cohort[gone.lot] & ((broken[gone.lot] < 0) | (gone.step < broken[gone.lot]))
        lot, at, cause = gone.lot[kept], gone.step[kept], gone.cause[kept]
        units = gone.found[kept] + gone.lost[kept]
        worth = units * carried[lot, at]
        self.value[2] += float(worth.sum())
        self.caused += np.bincount(cause, weights=worth, minlength=size + 1)
        self.found += np.bincount(at, weights=worth, minlength=size + 1)
        self.lost_units += np.bincount(cause, weights=units, minlength=size + 1)
        self.arrays["found_bad"] += np.bincount(at, weights=gone.found[kept], minlength=size)
        for r in np.flatnonzero(cohort & (broken >= 0)):
            worth_cut = fates.live[r, broken[r]] * carried[r, broken[r]]
            self.value[2] += worth_cut
            self.caused[broken[r]] += worth_cut
            self.found[broken[r]] += worth_cut
            self.lost_units[broken[r]] += fates.live[r, broken[r]]
        if whole.any():
            self._escapes(block, whole)
        if self.keep_lots:
            self._keep(block, cost, row, done)

    def _escapes(self, block: Block, whole: Floats) -> None:
        """Escapes are units lost too: charged to the step that made them bad."""
        fates = block.fates
        self.lost_units += fates.escape_causes[whole].sum(axis=0)

    def _keep(self, block: Block, cost: Floats, row: Ints, done: Floats) -> None:
        """One row per lot that was released, for lots.csv."""
        fates = block.fates
        rows = np.flatnonzero(np.array(block.released_us) >= 0)
        spent = np.bincount(row[done], weights=cost[done], minlength=len(block.trails)) + self.unit_cost[-1, PANEL] * self.plan.lot_panels
        table = np.zeros((len(rows), len(LOT_COLUMNS)))
        table[:, 0], table[:, 1] = block.stream, block.first + rows
        table[:, 2], table[:, 3] = np.array(block.released_us)[rows], np.array(block.left_us)[rows]
        table[:, 4] = self.plan.lot_panels
        table[:, 5], table[:, 6] = fates.good[rows], fates.escapes[rows]
        table[:, 7], table[:, 8] = fates.removed.sum(axis=1)[rows], fates.scrapped.sum(axis=1)[rows]
        table[:, 9] = spent[rows]
        broken = np.array(block.scrapped_at)[rows] >= 0
        table[broken, 8] += table[broken, 5] + table[broken, 6]
        table[broken, 5:7] = 0.0
        table[table[:, 3] < 0, 5:9] = 0.0
        self.lots.append(table)

    # the whole ------------------------------------------------------------------------------------------------------

    def _priced(self, name: str) -> Floats:
        """USD by step and category of one tally."""
        money, size = self.plan.money, len(self.plan.steps)
        counts = self.counts[name]
        cost = np.einsum("sb,sbc->sc", counts[:, :4], money.direct)
        cost[:size] += counts[:size, 4:5] * money.rate[self.plan.group_of]
        return np.asarray(cost)

    def close(self, run: Run) -> Totals:
        """The Totals of the replication. Raises BalanceError where units, money or hours went missing."""
        plan, money = self.plan, self.plan.money
        groups = len(plan.groups.names)
        paid = np.zeros(groups)
        np.add.at(paid, plan.group_of, self.counts["window"][:-1, 4])
        unused = money.hourly * plan.hours - paid[:, None] * money.rate
        cost, charged = self._priced("left"), self._priced("window")
        direct = charged[:, :BY_THE_HOUR].sum()
        counts = self.counts["left"]
        amounts = np.array([use.amount * counts[use.step, use.basis] for use in money.uses])
        state = np.zeros((groups, 6))
        np.add.at(state, run.tools.group, run.tools.hours)
        failures = np.zeros(groups)
        np.add.at(failures, run.tools.group, run.tools.failures)
        cycles = np.concatenate(self.cycles) if self.cycles else np.zeros(0)
        sums = {name: self.sums[name] for name in _SCALARS if name != "lot_us"}
        stays = self.arrays
        totals = Totals(
            hours=plan.hours, **sums, cycle_us=float(cycles.sum()), cycle_us_squared=float((cycles**2).sum()),
            waiting_us=float(stays["queue_us"].sum()), wip_lot_hours=run.wip_lot_hours, lot_hours=self.sums["lot_us"] / HOUR,
            cost=cost, unused=unused, charged=float(charged.sum()), spent=float(direct + money.hourly.sum() * plan.hours),
            wip_value=np.array([self._priced("before").sum(), self._priced("after").sum()]), value=self.value,
            scrap_caused=self.caused, scrap_found=self.found, amounts=amounts, units_lost=self.lost_units, **stays,
            state_hours=state, failures=failures, cycle_times=cycles,
            lots=np.concatenate(self.lots) if self.lots else np.zeros((0, len(LOT_COLUMNS))),
            released=run.released, all_visits=run.visits, stalled=run.stalled)
        totals.check()
        self._check_hours(totals)
        return totals

    def _check_hours(self, totals: Totals) -> None:
        """Tools cannot have worked longer than they were there."""
        window = self.plan.groups.count * self.plan.hours
        if (totals.state_hours[:, PRODUCTIVE] > window * (1 + 1e-9)).any():
            raise BalanceError("a tool group was productive for longer than the window")


_SCALARS = ("lots_started", "lots_left", "lots_finished", "units_started", "good", "escapes", "removed", "scrapped", "in_line", "lot_us")
_BY_STEP = ("visits", "queue_us", "process_us", "held_us", "queue_area_us", "stay_area_us", "panels_lost", "units_in", "live_in", "live_out",
            "found_bad")
assert set(_BY_STEP) < {field.name for field in fields(Totals)}
assert len(CATEGORIES) == 9

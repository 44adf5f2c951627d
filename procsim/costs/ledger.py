"""Blocks of lots and a Run in, Totals out: where every unit and every dollar of one replication went. It must balance.

Figures of units and money are taken over the lots that leave the line inside the window, each with its whole history:

    charged in the window = charged to lots that left (to good units + to escapes + to scrap) + change of WIP
    spent in the window   = charged in the window + cost of unused capacity

A visit is booked when it ends. Its cost is shared equally by the lot's live units (those not known-bad); a unit that is found
bad or lost leaves with what it carries by then, less what its scrap brings, which is credited at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.closed_form.lot_cost import unit_worth
from procsim.costs.absorbed import unabsorbed
from procsim.costs.join_waits import waits
from procsim.costs.lots import Lots, lots_of, rows
from procsim.costs.passing import passing
from procsim.costs.queue_time import clocked
from procsim.costs.scrap import held, known
from procsim.costs.spool import LOT_COLUMNS, Spool
from procsim.costs.time_series import Diary
from procsim.costs.totals import SHARES, Totals
from procsim.costs.visits import HOURS, Visits, priced, visits_of
from procsim.errors import BalanceError
from procsim.lots.records import PRODUCTIVE, Block, Run
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.plan.plan import BY_THE_HOUR, HOUR, LOT, PANEL, SCRAPPED, Plan
from procsim.plan.split_span import weights
from procsim.plan.wip import NEVER
from procsim.quality.defect_sources import FAILURE, KINDS, QUEUE_TIME, sources

_SCALARS = ("lots_started", "lots_left", "lots_finished", "units_started", "good", "escapes", "removed", "scrapped", "in_line",
            "lots_due", "lots_tardy", "tardy_us", "infant")
_BY_STEP = ("visits", "queue_us", "process_us", "held_us", "queue_area_us", "stay_area_us", "panels_lost", "units_in", "good_in", "cut_in",
            "found_bad", "known_bad", "turned", "kept_us", "spoiled", "spoiled_us")
STREAM = ("lots_left", "lots_finished", "units_started", "good", "escapes", "cycle_h", "lot_hours", "cost_usd")
"""What is known of every release stream: sums over its lots that left, and the lot-hours of all its lots in the window."""
_TALLIES = ("left", "window", "before", "after")


class Ledger:
    """Collects blocks of one replication; ``close`` adds the run's own figures and checks that everything balances.

    A row for every lot (``LOT_COLUMNS``) is kept with *keep_lots*, or handed to *spool*. Else what is kept of a lot that is finished is
    its cycle time and when it left, for quantiles and the warm-up: 24 bytes."""

    def __init__(self, plan: Plan, keep_lots: bool = False, spool: Spool | None = None) -> None:
        self.plan, self.keep_lots, self.spool = plan, keep_lots, spool
        self.lots: list[Floats] = []
        self.size = len(plan.group_of)
        self.start, self.end = plan.warmup_us, plan.horizon_us
        self.sums = dict.fromkeys(_SCALARS, 0.0)
        self.lot_us = self.apart_us = 0.0
        self.clocks = np.zeros((len(plan.discipline.limits), 4))
        self.arrays: dict[str, Floats] = {name: np.zeros(self.size) for name in _BY_STEP}
        self.counts = {name: np.zeros((len(plan.streams), self.size, HOURS + 1)) for name in _TALLIES}
        self.bought = {name: np.zeros(len(plan.streams)) for name in _TALLIES}
        self.value = np.zeros(3)
        self.by_stream = np.zeros((len(plan.streams), len(STREAM)))
        self.caused, self.found = (np.zeros(self.size + 1) for _ in range(2))
        self.ways = sources(plan.losses)
        self.losses, self.escaped = (np.zeros((self.size + 1, len(KINDS))) for _ in range(2))
        self.spread = np.zeros((2, SHARES + 1))
        self.cycles: list[Floats] = []
        self.diary = Diary(self.end)
        self.all_visits = 0
        self.unit_cost = plan.money.direct.sum(axis=2)
        self.entry = self.unit_cost[-1, PANEL] + plan.money.tooling.sum(axis=1)  # of a panel as it starts, by stream
        self.credit = self.unit_cost[:, SCRAPPED]
        self.bases = priced(plan)
        self.hour_rate = plan.money.rate.sum(axis=1)[plan.group_of]

    def add(self, block: Block) -> None:
        """Takes in a block whose lots have left, or that the horizon cut short."""
        lots, visits = lots_of(self.plan, block), visits_of(self.plan, block, self.bases)
        self.all_visits += int(visits.done.sum())
        self._times(block, lots, visits)
        if self.plan.discipline.limits:
            step = self.plan.route.step[visits.step]
            self.clocks[:, :2] += clocked(self.plan.discipline.limits, visits.row, step, visits.start, visits.end, (self.start, self.end),
                                          block.clocks)
            for limit, when, left in block.late:
                self.clocks[limit, 3 if left else 2] += self.start <= when < self.end
        self._tally(block, lots, visits)
        live = held(block, float(self.plan.units[block.stream]))
        self._units(block, lots, live)
        cost = self._cost(visits)
        before = self.value.sum()
        self._values(block, lots, visits, cost, live)
        self.by_stream[block.stream, STREAM.index("cost_usd")] += self.value.sum() - before
        if self.keep_lots:
            self.lots.append(self._rows(block, lots, visits, cost))
        if self.spool is not None:
            self.spool.add(block.stream, block.first, len(lots.gone), self._rows(block, lots, visits, cost))

    def _by_step(self, step: Ints, values: Floats | Ints, size: int = 0) -> Floats:
        return np.asarray(np.bincount(step, weights=values, minlength=size or self.size), dtype=float)

    def _sums(self, v: Visits, counted: Bools, values: Sequence[Floats | Ints]) -> Iterator[Floats]:
        """Sums by step of each of *values* (n,) over the visits that are *counted*."""
        some = np.flatnonzero(counted)
        if 4 * len(some) < len(counted):
            yield from (self._by_step(v.step[some], one[some]) for one in values)
            return
        step = np.where(counted, v.step, self.size)  # the others are summed where nobody looks: quicker than picking many out of all values
        yield from (self._by_step(step, one, self.size + 1)[:-1] for one in values)

    def _times(self, block: Block, lots: Lots, v: Visits) -> None:
        """Waiting and working, by step, inside the window. With mean values a visit counts by the chance that the lot is there."""
        times = {"visits": v.parts[LOT], "queue_us": v.start - v.arrived, "process_us": v.held + v.tail, "held_us": v.held,
                 "turned": v.parts[LOT] <= 0}
        if (lots.cut < self.size).any():  # runs that a failure cut short
            spoiled = v.step == lots.cut[v.lot]
            times |= {"spoiled": spoiled * v.parts[LOT], "spoiled_us": spoiled * v.parts[HOURS] * HOUR}
        for name, found in zip(times, self._sums(v, v.done & (v.end >= self.start), list(times.values())), strict=True):
            self.arrays[name] += found
        came, began, ended = (np.clip(times, self.start, self.end) for times in (v.arrived, v.start, v.end))
        count = weights(self.plan.route.stretches, len(block.outcomes.good))  # of a row, in lots
        for name, stay in (("queue_area_us", began - came), ("stay_area_us", ended - came)):
            self.arrays[name] += self._by_step(v.step, stay * count[v.row] if self.plan.route.stretches else stay)
        if block.kept:  # a lot that its tool must keep stays at the step that is over
            row, step, since, until = (np.array(column) for column in zip(*block.kept, strict=True))
            inside = np.clip(until, self.start, self.end) - np.clip(since, self.start, self.end)
            for name in ("stay_area_us", "kept_us"):
                self.arrays[name] += self._by_step(step, inside * count[row])
        area, waited = waits(block.joined, count, self.size, (self.start, self.end))
        for name, values in (("queue_area_us", area), ("stay_area_us", area), ("queue_us", waited)):
            self.arrays[name] += values[:-1]
        self.apart_us += waited[-1]

    def _tally(self, block: Block, lots: Lots, v: Visits) -> None:
        """What lots that left, the window, and WIP at both its ends are charged for."""
        whose = {
            "left": (lots.cohort[v.lot] & v.done, lots.cohort),
            "window": (v.done & (v.end >= self.start), lots.entered & (lots.released >= self.start)),
            "before": (v.done & (v.end < self.start) & (lots.left[v.lot] >= self.start),
                       lots.entered & (lots.released < self.start) & (lots.left >= self.start)),
            "after": (v.done & ~lots.gone[v.lot], lots.entered & ~lots.gone),
        }
        if self.credit.any():
            self._tally_scrap(block, lots, v)
        charged = [*self.bases, HOURS]
        for name, (counted, started) in whose.items():
            if counted.any():
                for part, found in zip(charged, self._sums(v, counted, [v.parts[part] for part in charged]), strict=True):
                    self.counts[name][block.stream][:, part] += found
            self.bought[name][block.stream] += float(lots.bought[started].sum())

    def _tally_scrap(self, block: Block, lots: Lots, v: Visits) -> None:
        """Units scrapped, by the same four tallies."""
        before = v.end < self.start
        masks = {"left": lots.cohort[v.lot] & v.over, "window": v.over & ~before, "after": v.over & ~lots.gone[v.lot],
                 "before": v.over & before & (lots.left[v.lot] >= self.start)}
        for name, mask in masks.items():
            self.counts[name][block.stream][:, SCRAPPED] += next(self._sums(v, mask, [v.parts[SCRAPPED]]))

    def _cost(self, v: Visits) -> Floats:
        """USD of each visit, without the credit for what is scrapped."""
        cost = v.parts[HOURS] * self.hour_rate[v.step]
        for basis in range(SCRAPPED):
            if self.unit_cost[:-1, basis].any():
                cost += v.parts[basis] * self.unit_cost[:, basis].take(v.step)
        return np.asarray(cost)

    def _units(self, block: Block, lots: Lots, held: Floats) -> None:
        """Units and lots of those that left; *held*: live ones that each lot brings to each position. With mean values a lot counts by its chance to
        be left."""
        outcomes, sums, cohort = block.outcomes, self.sums, lots.cohort
        units = lots.panels * float(self.plan.units[block.stream])
        whole = cohort & (lots.cut == self.size)
        shipped = outcomes.good + outcomes.escapes > 0
        finished = whole & shipped
        count = np.where(finished, outcomes.lots[: len(finished), -1], 0.0)
        entered = lots.entered
        self.diary.add(lots.released[entered], lots.left[entered], (lots.gone & (lots.cut == self.size) & shipped)[entered])
        stay = np.clip(lots.left, self.start, self.end) - np.clip(lots.released, self.start, self.end)
        self.lot_us += float(stay[lots.entered].sum())
        sums["lots_started"] += float((lots.entered & (lots.released >= self.start)).sum())
        sums["lots_left"] += float(cohort.sum())
        sums["lots_finished"] += float(count.sum())
        sums["units_started"] += float(units[cohort].sum())
        dated = np.where(lots.due > NEVER, count, 0.0)
        late = np.where(dated > 0, lots.left - lots.due, 0)
        sums["lots_due"] += float(dated.sum())
        sums["lots_tardy"] += float(dated[late > 0].sum())
        sums["tardy_us"] += float((np.maximum(late, 0) * dated).sum())
        sums["in_line"] += float(units[lots.entered & ~lots.gone].sum())
        sums["good"] += float(outcomes.good[whole].sum())
        sums["escapes"] += float(outcomes.escapes[whole].sum())
        sums["infant"] += float(outcomes.infant[whole].sum())
        panels = np.where(whole[:, None], outcomes.panel_good, 0.0)[cohort]
        real = np.arange(self.plan.lot_panels) < lots.panels[cohort][:, None]  # lots that were in the line at time 0 may have fewer panels
        for i, share in enumerate((panels[real] / self.plan.units[block.stream], panels.sum(axis=1) / units[cohort])):
            self.spread[i] += np.bincount((share * SHARES + 1e-9).astype(np.int64), minlength=SHARES + 1)
        walked = cohort[:, None] & (np.arange(self.size)[None, :] < lots.cut[:, None])
        broken = np.flatnonzero(cohort & (lots.cut < self.size))
        at = lots.cut[broken]
        bad = known(block, float(self.plan.units[block.stream]), held, broken, at)
        self.arrays["cut_in"] += self._by_step(at, held[broken, at] + bad)
        sums["removed"] += float(outcomes.removed[walked].sum() + bad.sum())
        sums["scrapped"] += float(outcomes.scrapped[walked].sum() + held[broken, at].sum())
        self.cycles.append((lots.left - lots.released)[finished].astype(float))
        self.by_stream[block.stream, :-1] += (
            cohort.sum(), count.sum(), units[cohort].sum(), outcomes.good[whole].sum(), outcomes.escapes[whole].sum(),
            (self.cycles[-1] * count[finished]).sum() / HOUR, stay[lots.entered].sum() / HOUR)
        number = len(outcomes.good)
        for name, table in (("panels_lost", outcomes.panels_lost), ("units_in", outcomes.sites[:number, :-1]),
                            ("known_bad", (outcomes.sites - outcomes.live)[:number, :-1])):
            self.arrays[name] += np.where(walked, table, 0.0).sum(axis=0)

    def _values(self, block: Block, lots: Lots, v: Visits, cost: Floats, held: Floats) -> None:
        """What units carry when they are shipped, found bad or lost: all live units that a lot has *held* share what a visit cost, with luck
        off also those that did not need it."""
        outcomes, size = block.outcomes, self.size
        at = v.lot * size + v.step
        live = held.ravel().take(at)
        shared = (live > 0) & v.done
        each = np.where(shared, cost, 0.0) / np.where(shared, live, 1.0)
        carried = np.bincount(at, weights=each, minlength=len(outcomes.good) * size).reshape(-1, size).astype(float)
        carried[:, 0] += self.entry[block.stream] / self.plan.units[block.stream] * (block.at is None)
        carried = np.cumsum(carried, axis=1)
        whole = lots.cohort & (lots.cut == size)
        self.value[0] += float((outcomes.good * carried[:, -1])[whole].sum())
        self.value[1] += float((outcomes.escapes * carried[:, -1])[whole].sum())
        gone = block.leavings()
        kept = lots.cohort[gone.lot] & (gone.step < lots.cut[gone.lot])
        lot, at, cause = gone.lot[kept], gone.step[kept], gone.cause[kept]
        units = (gone.found + gone.lost)[kept]
        self._scrap(cause, gone.kind[kept], at, units, units * (carried[lot, at] + self.credit[at]))
        self.arrays["found_bad"] += self._by_step(at, gone.found[kept])
        broken = np.flatnonzero(lots.cohort & (lots.cut < size))
        at = lots.cut[broken]
        kind = np.where(np.isin(broken, block.unstarted), QUEUE_TIME, FAILURE)
        worth = np.pad(carried, ((0, 0), (0, 1)))[broken, at] + self.credit[at]
        self._scrap(at, kind, at, held[broken, at], held[broken, at] * worth)
        np.add.at(self.escaped, (self.ways.cause, self.ways.kind), outcomes.escaped[whole].sum(axis=0))
        self.arrays["good_in"] += passing(self.plan, block, lots, self.ways.cause,
                                          (np.append(lot, broken), np.append(cause, at), np.append(units, held[broken, at])))

    def _scrap(self, cause: Ints, kind: Ints, at: Ints, units: Floats, worth: Floats) -> None:
        """*units* of *worth* USD leave at the step *at*, made bad by the step *cause* in the way *kind*."""
        self.value[2] += float(worth.sum())
        self.caused += self._by_step(cause, worth, self.size + 1)
        self.found += self._by_step(at, worth, self.size + 1)
        np.add.at(self.losses, (cause, kind), units)

    def _rows(self, block: Block, lots: Lots, v: Visits, cost: Floats) -> Floats:
        """One row per lot that was released, for lots.csv."""
        net = np.where(v.done, cost, 0.0) + np.where(v.over, v.parts[SCRAPPED] * self.credit[v.step], 0.0)
        spent = np.bincount(v.lot, weights=net, minlength=len(lots.gone)) + self.entry[block.stream] * lots.bought
        return rows(block, lots, spent, self.size)

    def _priced(self, name: str) -> Floats:
        """USD by step and category of one tally."""
        money, counts = self.plan.money, self.counts[name].sum(axis=0)
        cost = money.charged(counts[:, :HOURS], self.bought[name])
        cost[:-1] += counts[:, HOURS:] * money.rate[self.plan.group_of]
        return cost

    def _per_lot(self) -> dict[str, float]:
        """µs of a lot that goes all the way: mean visits, summed over positions by the share of lots that visit them."""
        route, visits, came = self.plan.route, self.arrays["visits"], self.arrays["visits"] + self.arrays["turned"]
        share = route.share
        if len(route.detours):  # as many as were over a limit of queue time, which the closed form leaves out
            first = np.where(route.origin >= 0, route.origin, np.arange(self.size))
            share = share[first] * np.divide(visits, came[first], out=np.ones_like(visits), where=came[first] > 0)
        means = {name: np.divide(self.arrays[name], visits, out=np.zeros_like(visits), where=visits > 0) for name in ("queue_us", "process_us")}
        found = {name: float(mean @ share) for name, mean in means.items()}
        if self.apart_us:
            found["queue_us"] += self.apart_us / self.sums["lots_left"]
        return found

    def close(self, run: Run) -> Totals:
        """The Totals of the replication. Raises BalanceError where units, money or hours went missing."""
        plan, money, groups = self.plan, self.plan.money, len(self.plan.groups.names)
        paid, left = (np.array([np.bincount(plan.group_of, weights=one[:, HOURS], minlength=groups) for one in self.counts[name]])
                      for name in ("window", "left"))
        unused, paid, revalued = unabsorbed(plan, paid, left)
        counts = self.counts["left"].sum(axis=0)
        charged = self._priced("window")
        self.sums["lots_lost"] = float(run.lost)
        self.sums["skipped_usd"] = float((self.arrays["known_bad"] * unit_worth(plan))[plan.losses.skips].sum())
        state = np.array([run.tools.hours[run.tools.group == g].sum(axis=0) for g in range(groups)]).reshape(groups, 6)
        failures, setup, setups, blocked, inside = (np.bincount(run.tools.group, weights=getattr(run.tools, name), minlength=groups).astype(float)
                                                    for name in ("failures", "setup", "setups", "blocked", "inside"))
        if (state[:, PRODUCTIVE] > plan.groups.count * plan.hours * (1 + 1e-9)).any():
            raise BalanceError("a tool group was productive for longer than the window")
        by_step = plan.route.by_step
        totals = Totals(
            hours=plan.hours, sums=self.sums, wip_lot_hours=run.wip_lot_hours, lot_hours=self.lot_us / HOUR,
            by_step={name: by_step(values) for name, values in self.arrays.items()}, per_lot_us=self._per_lot(),
            cost=by_step(self._priced("left")), unused=unused, charged=float(charged.sum()) + revalued,
            spent=float(charged[:, :BY_THE_HOUR].sum() + money.hourly.sum() * plan.hours),
            wip_value=np.array([self._priced("before").sum(), self._priced("after").sum() + revalued]), value=self.value,
            scrap_caused=by_step(self.caused), scrap_found=by_step(self.found), losses=by_step(self.losses + self.escaped),
            escaped=by_step(self.escaped), spread=self.spread,
            amounts=np.array([use.amount * counts[use.step, use.basis] for use in money.uses]),
            by_stream=self.by_stream, paid_hours=paid, state_hours=state, failures=failures, setup_hours=setup, setups=setups, pools=run.pools,
            seen=run.seen, clocks=self.clocks,
            blocked=blocked, inside=inside,
            cycle_times=np.concatenate(self.cycles) if self.cycles else np.zeros(0),
            lots=np.concatenate(self.lots) if self.lots else np.zeros((0, len(LOT_COLUMNS))),
            time_series=self.diary.close(), released=run.released, all_visits=self.all_visits, stalled=run.stalled, wip=run.wip, margin=money.margin)
        totals.check()
        return totals

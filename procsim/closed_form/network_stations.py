"""Sees a line of constant WIP as the stations of a closed queueing network, which ``constant_wip`` solves.

A tool is kept for as long as capacity says, repairs, maintenance and setups in it, with the variability of effective process times (Hopp & Spearman,
Factory Physics, ch. 8). Transport, and the way out of an in-line tool, are delays. Pools of operators are stations, for which tools wait while
they are taken. Where all groups work in one shift the line stands still beside it; else time off is an outage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form import operators
from procsim.closed_form.capacity import tool_loads
from procsim.closed_form.demand import Demand
from procsim.closed_form.down_tools import at_rest
from procsim.closed_form.effective_times import Runs, interrupted_scv
from procsim.closed_form.mean_flow import transport_h
from procsim.closed_form.network_arrivals import Gathered, Going, gathered, regularity
from procsim.closed_form.outages import PANELS, Outage, in_hours, off_per_hour, outages, time_off
from procsim.maths.arrays import Bools, Floats
from procsim.maths.closed_network import Network
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Pools:
    """Of each pool of operators, (pools,): *calls* of a lot, hours of *service* of a call, *servers*, *spread* (1 + c²) / 2, how many *callers* there
    are at most, and which share of what one of them finds is of *others*. *waits* (G, pools): how often a run waits for as long as the mean call
    does."""

    calls: Floats
    waits: Floats
    service: Floats
    servers: Floats
    spread: Floats
    callers: Floats
    others: Floats


@dataclass(frozen=True, slots=True)
class Stations:
    """G groups of tools and the *pools* behind them; times are hours of the share of the clock, *on*, in which the line works. *lots* are in the
    line, of each release or, where all go the same way, in all; each kind of them visits a position so often as it is *reached*. Of a group, (G,): so
    many *runs* of a lot, each of so many *run_lots* and *run_h* hours, keep a tool for *service* hours, with *outages*. A visit to a position, (P,),
    takes *visit* hours, and *hold* with outages in it. *going* and *gathered* say how lots come."""

    plan: Plan
    pools: Pools
    on: float
    lots: Floats
    reached: Floats
    runs: Floats
    run_lots: Floats
    run_h: Floats
    service: Floats
    visit: Floats
    hold: Floats
    outages: tuple[Outage, ...]
    going: Going
    gathered: Gathered

    @property
    def busy(self) -> Bools:
        """Groups that lots come to, (G,)."""
        return self.runs > 0

    @property
    def solvable(self) -> bool:
        """Whether something takes time, and nothing for ever."""
        return bool(self.busy.any() and np.isfinite(self.hold).all() and np.isfinite(self.service).all() and self.service.max() > 0)

    def lost(self) -> tuple[float, float]:
        """Hours of outages of a lot on its way, shared by the tools of each group, and the share of time in which no group stands still, since its
        only tool fails, or all are maintained, by the clock: that comes also while there is nothing to do."""
        count = self.plan.groups.count.astype(float)
        up = np.ones(len(count))
        for one in self.outages:
            up[one.group] *= 1.0 - one.away if one.meets_idle and (one.together or count[one.group] == 1) else 1.0
        more = np.maximum(self.service * up - self.run_h, 0.0) * self.runs / count
        return float(more.sum()), float(up[self.busy].prod())

    def network(self, still: bool) -> Network:
        """Of tools and operators; *still*: if nothing was ever down."""
        going, grows, pools, size = self.going, self.gathered.grows, self.pools, len(self.runs)
        service, hold, by = (self.run_h, self.visit, ()) if still else (self.service, self.hold, self.outages)
        visits = _share_left(self.plan, going.there)
        whole = visits / self.plan.route.parts
        own = self.reached @ (whole * (hold + self.gathered.wait + going.moves))
        spread = regularity(self.plan, going, service, interrupted_scv(going.te, going.done, by), float(own.mean()))
        (missing, back), (stopped, until) = (at_rest(size, [one for one in by if one.together == all_]) for all_ in (False, True))
        none, some, called = np.zeros(len(pools.servers)), np.ones(len(pools.servers)), np.tile(pools.calls, (len(self.lots), 1))
        return Network(
            lots=self.lots, own=own, tools=size,
            visits=np.hstack([_by_group(self.plan, self.reached * visits), called]),
            waits=np.hstack([_by_group(self.plan, self.reached * whole), called]),
            service=np.append(service, pools.service), servers=np.append(self.plan.groups.count.astype(float), pools.servers),
            batch=np.append(np.where(grows, self.gathered.most, self.run_lots), some),
            spread=np.append(np.where(grows, 0.0, spread), pools.spread),
            missing=np.append(np.where(grows, 0.0, missing), none), back=np.append(back, none),
            stopped=np.append(np.where(grows, 0.0, stopped), none), until=np.append(until, none),
            awaited=np.append(self.gathered.awaited, none), apart=np.append(self.gathered.apart, math.inf * some),
            calls=np.vstack([pools.waits, np.zeros((len(none), len(none)))]),
            most=np.append(np.full(size, math.inf), pools.callers), others=np.append(np.ones(size), pools.others))

    def by_position(self, wait: Floats) -> tuple[Floats, Floats]:
        """Hours of a visit in a queue, and of waiting for operators, (P,), where *wait* (G + pools,) is that of a station."""
        at, there = self.plan.group_of, self.going.there > 0
        called = self.pools.waits @ wait[len(self.runs) :]
        return np.where(there, wait[: len(self.runs)][at] + self.gathered.wait, 0.0), np.where(there, called[at], 0.0)


def stations(plan: Plan, asked: Demand) -> Stations:
    """Of a line that so much is *asked* of."""
    takes, down = asked.takes, asked.down
    visits = asked.visits(plan)
    runs = _by_group(plan, visits.number)
    busy, some = runs > 0, np.where(runs > 0, runs, 1.0)
    run_lots, run_h = np.where(busy, _by_group(plan, asked.there) / some, 1.0), _by_group(plan, visits.number * visits.hours) / some
    on = _all_on(plan, busy)
    off = off_per_hour(plan) if on == 1 else np.zeros(len(runs))
    hold = takes.visit * (1.0 + (down.busy + down.calendar + off)[plan.group_of])
    one_an_hour = tool_loads(plan, replace(asked, rate=1.0)).utilisation
    service = np.where(busy, one_an_hour * plan.groups.count / some, 0.0) * on
    lots, reached = _kinds(plan)
    going = _going(plan, asked, replace(visits, hours=takes.entrance), service, on)
    return Stations(plan, _pools(plan, asked, visits, some, on), on, lots, reached, runs, run_lots, run_h, service, takes.visit, hold,
                    _outages(plan, run_h, run_lots, busy, on), going, gathered(plan, going))


def _by_group(plan: Plan, of: Floats) -> Floats:
    """Sums over the positions of each group, (…, P) → (…, G)."""
    rows = [np.bincount(plan.group_of, weights=row, minlength=len(plan.groups.names)) for row in np.atleast_2d(of)]
    return np.array(rows, dtype=float).reshape(*of.shape[:-1], -1)


def _share_left(plan: Plan, there: Floats) -> Floats:
    """How many come to each position, (P,), of those that would, parts counted one by one; *there* (P,) of a lot started do."""
    share = plan.route.share
    return np.divide(there, share, out=np.zeros_like(share), where=share > 0)


def _kinds(plan: Plan) -> tuple[Floats, Floats]:
    """Lots in the line, of each release or, where all go the same way, in all, and how often each kind visits each position."""
    number, reached = np.array([float(s.conwip) for s in plan.streams]), plan.route.reached
    return (number[None].sum(axis=1), reached[:1]) if (reached == reached[0]).all() else (number, reached)


def _all_on(plan: Plan, busy: Bools) -> float:
    """Share of the clock in which all work, where all that are *busy* work in the same shift; else 1."""
    clocks = {clock for clock, works in zip(plan.groups.duty.clock(), busy.tolist(), strict=True) if works}
    return plan.groups.duty.shifts[clocks.pop()].share if len(clocks) == 1 and clocks != {-1} else 1.0


def _outages(plan: Plan, run_h: Floats, run_lots: Floats, busy: Bools, on: float) -> tuple[Outage, ...]:
    """Of groups that lots come to, counted in hours; time off with them, where not all are off together."""
    panels = np.divide(plan.lot_panels * run_lots, run_h, out=np.full(len(run_h), 0.0), where=busy & (run_h > 0))
    clocks = enumerate(plan.groups.duty.clock()) if on == 1 else ()
    off = [time_off(g, plan.groups.duty.shifts[clock]) for g, clock in clocks if busy[g] and clock >= 0]
    return (*(in_hours(one, panels) for one in outages(plan) if one.counted != PANELS or panels[one.group] > 0), *off)


def _going(plan: Plan, asked: Demand, runs: Runs, service: Floats, on: float) -> Going:
    """How lots go through the line, with all outages, or at the bottleneck's pace where no rate is known yet."""
    te = runs.mean_hours(plan)
    done = np.maximum(np.divide(runs.mean_squares(plan), te**2, out=np.ones(len(te)), where=te > 0) - 1.0, 0.0)
    share, level = plan.route.share, sum(float(s.conwip) for s in plan.streams)
    moves = np.divide(plan.route.mix @ transport_h(plan), share, out=np.zeros_like(share), where=share > 0)
    return Going(max(asked.rate, 0.0) / on, asked.there, runs.lots, moves, te, done, service, level)


def _pools(plan: Plan, asked: Demand, visits: Runs, some: Floats, on: float) -> Pools:
    """Pools of operators as stations, for *some* (G,) runs of a lot at each group."""
    size, count, at = len(plan.groups.duty.pools), plan.groups.count.astype(float), plan.group_of
    calls, work, second = np.zeros((len(count), size)), np.zeros((len(count), size)), np.zeros(size)
    for call in operators.calls(plan, visits, asked.takes.changes.hours):
        s, p, number = call.position, call.pool, float(visits.number[call.position])
        calls[at[s], p] += number
        work[at[s], p] += number * call.hours
        second[p] += number * call.hours**2 * (1.0 + float(visits.scv[s]))
    number, first, servers = calls.sum(axis=0), work.sum(axis=0), np.array([float(pool.count) for pool in plan.groups.duty.pools])
    there = plan.groups.duty.on_duty() * asked.crew.room
    taken = np.divide(asked.crew.for_lots + asked.crew.mending, there, out=np.zeros(size), where=there > 0) * on
    apart = 1.0 - work / np.where(first > 0, first, 1.0) / count[:, None]
    others = np.divide((calls * apart).sum(axis=0), number, out=np.zeros(size), where=number > 0)
    return Pools(
        calls=number, waits=calls / some[:, None] * np.divide(apart, others, out=np.zeros_like(apart), where=others > 0),
        service=np.divide(taken * servers, number, out=np.zeros(size), where=number > 0), servers=servers,
        spread=np.divide(second * number, first**2, out=np.ones(size), where=first > 0) / 2,
        callers=np.maximum(np.array([count[calls[:, p] > 0].sum() for p in range(size)]), 1.0), others=others)

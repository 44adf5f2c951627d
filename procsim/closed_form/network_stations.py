"""Plan and what its mean lot takes in, the stations of a closed queueing network out: what ``constant_wip`` solves.

A tool is kept for as long as capacity says, repairs, maintenance and setups in it, with the variability of effective process times (Hopp & Spearman,
Factory Physics, ch. 8). Transport, and the way out of an in-line tool, are delays. Pools of operators are stations, for which tools wait while
they are taken. Where all groups work in one shift the line stands still beside it; else time off is an outage.
"""

from __future__ import annotations

import math

import numpy as np

from procsim.closed_form import setups_and_operators
from procsim.closed_form.capacity import Down, Work, calmed, capacity
from procsim.closed_form.effective_times import moments, visit_scv
from procsim.closed_form.mean_flow import MeanFlow
from procsim.closed_form.network_arrivals import Gathered, Going, gathered, regularity
from procsim.closed_form.outages import chance, outages, varied
from procsim.maths.arrays import Floats
from procsim.maths.closed_network import Network
from procsim.plan.plan import Plan


class Stations:
    """Of a line in which *rate* lots start an hour: G groups and the pools behind them; times are hours of the time in which the line works."""

    def __init__(self, plan: Plan, lot: MeanFlow, takes: Work, down: Down, room: Floats, rate: float) -> None:
        self.plan, self.takes, self.room = plan, takes, room
        self.group, self.size, self.count = plan.group_of, len(plan.groups.names), plan.groups.count.astype(float)
        self.there, share = lot.lots[:-1], plan.route.share
        self.ratio = np.divide(self.there, share, out=np.zeros_like(share), where=share > 0)
        self.number, self.reached = self._kinds()
        self.runs = self._sum(self.there / takes.batch)
        self.busy = self.runs > 0
        self.some = np.where(self.busy, self.runs, 1.0)
        self.batch = np.where(self.busy, self._sum(self.there) / self.some, 1.0)
        self.run_h = self._sum(self.there / takes.batch * takes.visit) / self.some
        self.on = self._together()
        off = np.zeros(self.size) if self.on < 1 else setups_and_operators.off_per_hour(plan)
        self.hold = takes.visit * (1.0 + (down.busy + down.calendar + off)[self.group])
        self.service = self._service(capacity(plan, takes.productive, 1.0, down)[1]) * self.on
        self.moves = np.divide(plan.route.mix @ setups_and_operators.moves(plan), share, out=np.zeros_like(share), where=share > 0)
        self.scv = visit_scv(plan, takes.visit, takes.spread[self.group])
        clocks = [clock if self.busy[g] and self.on == 1 else -1 for g, clock in enumerate(plan.groups.duty.clock())]
        self.outages = outages(plan, self.run_h * self.busy, self.batch, clocks)
        self.going = self._going(max(rate, 0.0) / self.on)
        self.gathered: Gathered = gathered(plan, self.going)

    def _sum(self, of: Floats) -> Floats:
        """Sums over the positions of each group."""
        return np.asarray(np.bincount(self.group, weights=of, minlength=self.size), dtype=float)

    def _kinds(self) -> tuple[Floats, Floats]:
        """Lots in the line, of each stream or, where all go the same way, in all, and how often each kind visits each position."""
        number, reached = np.array([float(s.conwip) for s in self.plan.streams]), self.plan.route.reached
        return (number[None].sum(axis=1), reached[:1]) if (reached == reached[0]).all() else (number, reached)

    def _together(self) -> float:
        """Share of the clock in which all work, where all work in the same shift; else 1."""
        clocks = {clock for clock, busy in zip(self.plan.groups.duty.clock(), self.busy.tolist(), strict=True) if busy}
        return self.plan.groups.duty.shifts[clocks.pop()].share if len(clocks) == 1 and clocks != {-1} else 1.0

    def _service(self, each: Floats) -> Floats:
        """Hours that a run keeps one of the tools, of *each* (G,) utilisation at one lot an hour; setups that are avoided left out."""
        each = np.where(calmed(self.plan), each - self._sum(self.takes.setup) / self.count, each)
        return np.where(self.busy, each * self.count / self.some, 0.0)

    def _going(self, rate: float) -> Going:
        """How lots go through the line, with all outages, or at the bottleneck's pace where no *rate* is known yet."""
        te, second = moments(self.plan, self.takes.visit - self.takes.tail, self.scv, self.there / self.takes.batch)
        done = np.maximum(np.divide(second, te**2, out=np.ones(self.size), where=te > 0) - 1.0, 0.0)
        return Going(rate, self.there, self.takes.batch, self.moves, te, done, self.service, float(self.number.sum()))

    @property
    def solvable(self) -> bool:
        """Whether something takes time, and nothing for ever."""
        return bool(self.busy.any() and np.isfinite(self.hold).all() and np.isfinite(self.service).all() and self.service.max() > 0)

    def lost(self) -> tuple[float, float]:
        """Hours of outages of a lot on its way, shared by the tools of each group, and the share of time in which no single tool that fails, or is
        maintained, by the clock is down: that comes also while it has nothing to do."""
        alone, up = self.count == 1, np.ones(self.size)
        for one in self.outages:
            up[one.group] *= 1.0 - one.away if one.clock else 1.0
        more = np.maximum(self.service * np.where(alone, up, 1.0) - self.run_h, 0.0) * self.runs / self.count
        return float(more.sum()), float(up[alone & self.busy].prod())

    def network(self, still: bool) -> Network:
        """Of tools and operators; *still*: if nothing was ever down."""
        service, hold = (self.run_h, self.takes.visit) if still else (self.service, self.hold)
        whole = self.ratio / self.plan.route.parts
        own = self.reached @ (whole * (hold + self.gathered.wait + self.moves))
        te = self.going.te
        done = self.going.done if still else varied(self.going.done, te, self.outages)
        spread = regularity(self.plan, self.going, service, done, float(own.mean()))
        missing, back = chance([] if still else self.outages, self.size)
        grows, pools = self.gathered.grows, self._pools()
        visits, waits = (np.array([self._sum(row) for row in self.reached * of]) for of in (self.ratio, whole))
        none, some, called = np.zeros(len(pools.servers)), np.ones(len(pools.servers)), np.tile(pools.calls, (len(visits), 1))
        return Network(
            self.number, np.hstack([visits, called]), np.hstack([waits, called]), own, np.append(service, pools.service),
            np.append(np.where(grows, self.gathered.most, self.batch), some), np.append(self.count, pools.servers),
            np.append(np.where(grows, 0.0, spread), pools.spread), np.append(np.where(grows, 0.0, missing), none), np.append(back, none),
            np.append(self.gathered.company, none), np.append(self.gathered.apart, math.inf * some), self.size,
            np.vstack([pools.waits, np.zeros((len(none), len(none)))]), np.append(np.full(self.size, math.inf), pools.callers),
            np.append(np.ones(self.size), pools.others))

    def _pools(self) -> _Pools:
        """Pools of operators as stations."""
        plan, duty = self.plan, self.plan.groups.duty
        size = len(duty.pools)
        calls, work, second = np.zeros((self.size, size)), np.zeros((self.size, size)), np.zeros(size)
        for s, p, hours in setups_and_operators.calls_of(plan, self.there, self.there / self.takes.batch, self.takes.change):
            runs = float(self.there[s] / self.takes.batch[s])
            calls[self.group[s], p] += runs
            work[self.group[s], p] += runs * hours
            second[p] += runs * hours**2 * (1.0 + float(self.scv[s]))
        number, first, count = calls.sum(axis=0), work.sum(axis=0), np.array([float(pool.count) for pool in duty.pools])
        there = duty.on_duty() * self.room
        taken = np.divide(self.takes.staff + self.takes.mends, there, out=np.zeros(size), where=there > 0) * self.on
        apart = 1.0 - work / np.where(first > 0, first, 1.0) / self.count[:, None]
        others = np.divide((calls * apart).sum(axis=0), number, out=np.zeros(size), where=number > 0)
        waits = calls / self.some[:, None] * np.divide(apart, others, out=np.zeros_like(apart), where=others > 0)
        callers = np.array([self.count[calls[:, p] > 0].sum() for p in range(size)])
        return _Pools(number, waits, np.divide(taken * count, number, out=np.zeros(size), where=number > 0), count,
                      np.divide(second * number, first**2, out=np.ones(size), where=first > 0) / 2, np.maximum(callers, 1.0), others)

    def by_position(self, wait: Floats) -> tuple[Floats, Floats]:
        """Hours of a visit in a queue, and of waiting for operators, (P,), where *wait* (G + pools,) is that of a station."""
        there = self.there > 0
        called = self._pools().waits @ wait[self.size :]
        return np.where(there, wait[: self.size][self.group] + self.gathered.wait, 0.0), np.where(there, called[self.group], 0.0)


class _Pools:
    """Of each pool, (pools,): *calls* of a lot, hours of *service* of a call, *servers*, *spread* (1 + c²) / 2, how many *callers* there are at most,
    and which share of what one of them finds is of *others*. *waits* (G, pools): how often a run waits for as long as the mean call does."""

    def __init__(self, calls: Floats, waits: Floats, service: Floats, servers: Floats, spread: Floats, callers: Floats, others: Floats) -> None:
        self.calls, self.waits, self.service, self.servers, self.spread = calls, waits, service, servers, spread
        self.callers, self.others = callers, others

"""Plan and mean lot in, what it takes of the tools and what these have to give out, in closed form: load, availability, bottleneck.

What is for several lots, a run of a batch or a setup, is shared by them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form import batch_size, setups_and_operators
from procsim.closed_form.effective_times import moments, visit_scv
from procsim.closed_form.mean_flow import MeanFlow
from procsim.maths.arrays import Bools, Floats
from procsim.plan.plan import HOUR, LOT, PANEL, REPAIR, RUN, UNIT, Plan


@dataclass(frozen=True, slots=True)
class Work:
    """What the mean lot takes, by position, (P,): a run takes *batch* lots; *productive* and *setup* hours of tools per lot started; *visit* hours
    of one visit, of which *tail* on the way out of an in-line tool. By tool group, (G,): hours of *change* before a run, with the variance
    *spread*. *staff* are hours of each pool of operators per lot started, *mends* those of repairs and maintenance that come with it."""

    batch: Floats
    productive: Floats
    setup: Floats
    visit: Floats
    tail: Floats
    change: Floats
    spread: Floats
    staff: Floats
    mends: Floats

    @property
    def held(self) -> Floats:
        """Tool hours per lot started."""
        return self.productive + self.setup


def work(plan: Plan, lot: MeanFlow, down: Down, rate: float) -> Work:
    """Of *lot*, of which *rate* start an hour, on tools that are *down* so much."""
    there, share, parts = lot.lots[:-1], plan.route.share, plan.route.parts
    run, own, tail = hours(plan, lot)
    coming = rate * share * parts
    room = plan.groups.count * down.up / (1.0 + down.busy)
    batch = batch_size.sizes(plan, coming, run / np.maximum(share * parts, 1e-12), room)
    present = np.where(there > 0, there, 1.0)
    run = batch_size.longest(plan, run / present, batch) * present
    change, spread, _ = setups_and_operators.setups(plan, there, batch)
    kept = _kept(plan, run / batch + own, change[plan.group_of] * there / batch, room, rate)
    change, spread = change * kept, spread * kept
    staff = setups_and_operators.operators(plan, there, lot.panels[:-1], lot.worked(plan.losses.skips), lot.repaired, batch, change)
    takes = run / batch + own
    return Work(batch, takes, change[plan.group_of] * there / batch, (run + batch * own + tail) / present + change[plan.group_of],
                tail / present, change, spread, staff, setups_and_operators.mending(plan, takes, lot.panels[:-1], there / batch))


def hours(plan: Plan, lot: MeanFlow) -> tuple[Floats, Floats, Floats]:
    """Hours per lot started and position: shared by a run, the lot's own, and the way out of an in-line tool."""
    size = len(plan.group_of)
    run, own, tail = np.zeros(size), np.zeros(size), np.zeros(size)
    worked = lot.worked(plan.losses.skips)
    for term in plan.times.terms:
        s = term.step
        cells = plan.times.inline[s]
        takes = setups_and_operators.hours(plan, term)
        if term.basis == RUN:
            run[s] += takes * lot.lots[s]
        elif term.basis == PANEL:
            own[s] += takes * lot.panels[s] / cells
            tail[s] += takes * (1.0 - 1.0 / cells) * lot.lots[s] if cells > 1 else 0.0
        else:
            own[s] += takes * {LOT: lot.lots, UNIT: worked, REPAIR: lot.repaired}[term.basis][s]
    return run, own, tail


def released_per_h(plan: Plan) -> float:
    """Lots released by the clock per hour; 0 where only a constant WIP releases."""
    return sum(s.at_once / (s.interval.mean / HOUR) for s in plan.streams if s.interval is not None)


@dataclass(frozen=True, slots=True)
class Down:
    """Per group: share of the clock that is on, and share of it planned away; repair hours per productive (busy clock) and per up
    hour (calendar); planned and setup hours per lot; *manned* as of ``Duty``."""

    on: Floats
    planned: Floats
    busy: Floats
    calendar: Floats
    per_lot: Floats
    manned: Floats

    @property
    def up(self) -> Floats:
        """Share of the clock that a tool is on and not down, but for what comes with work."""
        return np.asarray(self.on * np.maximum(1.0 - self.planned / self.on, 0.0) / (1.0 + self.calendar))


def downtime(plan: Plan) -> Down:
    """All of it but setups and upkeep by panels."""
    groups = len(plan.groups.names)
    planned, busy, calendar = (np.zeros(groups) for _ in range(3))
    for b in plan.groups.breakdowns:
        share = b.to_repair.mean / b.to_fail.mean if b.to_fail.mean > 0 else math.inf
        (busy if b.busy_clock else calendar)[b.group] += share
    for u in plan.groups.upkeep:
        if u.every_us:
            planned[u.group] += u.takes.mean / u.every_us
    return Down(plan.groups.duty.on(), planned, busy, calendar, np.zeros(groups), np.ones(groups))


def _kept(plan: Plan, work: Floats, setup: Floats, room: Floats, rate: float) -> Floats:
    """Share of setups by chance that are left, (G,), where the rule is least_setup: *work* and *setup* (P,) hours per lot started, *room* (G,) tools.
    A tool goes on with one kind until no more of it wait; with ever more work setups take no more than the time that it leaves (polling until
    empty: K setups in a cycle of Σ setups / (1 - ρ)). Of both limits a and b, 1 / (1/a + 1/b): an estimate."""
    groups = len(plan.groups.names)
    busy, changing = (rate * np.bincount(plan.group_of, weights=of, minlength=groups) for of in (work, setup))
    left = np.maximum(room - busy, 0.0)
    calm = calmed(plan) & (changing > 0)
    return np.where(calm, left / np.where(calm, left + changing, 1.0), 1.0)


def calmed(plan: Plan) -> Bools:
    """Groups that change their setup less often the more they have to do, (G,)."""
    return np.array([rule == "least_setup" for rule in plan.discipline.rule], dtype=bool)


def staffed(plan: Plan, lot: MeanFlow, work: Work, down: Down) -> tuple[Down, Floats]:
    """*down* with what comes with *work*, setups and runs that a shift has no room for, and how much of their time pools of operators can use."""
    duty, spread = plan.groups.duty, work.spread[plan.group_of]
    runs = moments(plan, work.visit, visit_scv(plan, work.visit, spread), lot.lots[:-1] / work.batch)
    per_lot = np.bincount(plan.group_of, weights=work.setup, minlength=len(down.per_lot)).astype(float)
    for u in plan.groups.upkeep:
        if not u.every_us:
            per_lot[u.group] += u.takes.mean / HOUR * setups_and_operators.serviced(plan, u, lot.panels[:-1], lot.lots[:-1] / work.batch)
    return replace(down, manned=duty.manned(*runs), per_lot=per_lot), duty.overtime(*runs)


def capacity(plan: Plan, held: Floats, rate: float, down: Down) -> tuple[Floats, Floats, Floats, Floats]:
    """Load, utilisation, availability and tools needed of each group; 1 is the limit of the first two.

    Load is productive over productive + standby hours: hours of work that come, over the hours that the group can give to work, which are what
    repairs, upkeep and setups that come with the work leave. Where more comes than the group can take, so much of these comes as with the most that
    it can take. Load is then what is offered, above 1, infinite only where the group is never up. Availability is the share of those hours in all.
    Utilisation, for queueing, takes a run to last as long as its tool is
    taken, repairs during it included; that, and the tools needed, is of the time in which those who work it are there.
    """
    groups = len(plan.groups.names)
    count = plan.groups.count.astype(float)
    work = rate * np.bincount(plan.group_of, weights=held, minlength=groups)
    up = down.up
    extra = work * down.busy + rate * down.per_lot
    offered = np.divide(work + extra, count * up, out=np.where(work > 0, np.inf, 0.0), where=up > 0)
    free = np.maximum(count * up - extra / np.maximum(offered, 1.0), 0.0)
    load = np.divide(work, free, out=np.where(work > 0, np.inf, 0.0), where=free > 0)
    manned = up * down.manned
    tools = np.divide(work + extra, manned, out=np.full(groups, np.inf), where=manned > 0)
    needed = np.floor(tools + 1e-9) + 1.0  # a group that is busy all the time does not keep up
    available = np.divide(free, count, out=np.zeros(groups), where=count > 0)
    return load, tools / count, available, np.maximum(needed, 1.0)


def bottleneck(plan: Plan, held: Floats, down: Down, staff: Floats, room: Floats) -> float:
    """Lots per hour that the tool group, or the pool of operators, with the least capacity can take; 0 where nothing takes time."""
    groups = len(plan.groups.names)
    work = np.bincount(plan.group_of, weights=held, minlength=groups) * (1.0 + down.busy) + down.per_lot
    up = np.append(plan.groups.count * down.up * down.manned, plan.groups.duty.on_duty() * room)
    work = np.append(work, staff)
    busy = work > 0
    return float((up[busy] / work[busy]).min()) if busy.any() else 0.0

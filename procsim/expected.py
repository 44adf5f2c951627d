"""Plan in, yields, cost, capacity and a cycle-time estimate out, in closed form and in milliseconds.

Yield, direct cost, load and raw process time are exact means (with batches of fixed size); waiting is an estimate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from procsim import batching, demand
from procsim.plan.learning import Stay
from procsim.plan.shape import BY_THE_HOUR, HOUR, LOT, PANEL, REPAIR, RUN, UNIT, Floats, Plan
from procsim.queueing import may_fill, moments, practical_worst_case, queues, visit_scv
from procsim.survivors import Flow, countable, flow


@dataclass(frozen=True, slots=True)
class Expected:
    """The closed form. S steps, G groups, C categories; per lot started unless said otherwise.

    *visits* (S,) of a lot; *held_h* (S,) tool hours it is charged for, of which *setup_h* are setup; *visit_h* and *queue_h* (S,): how
    long one visit takes, and its estimated waiting; *finished* the share of lots that get to the end; *bottleneck_per_h* lots that
    the line can take: rb of Factory Physics, and *lots_per_h* those that it takes; *lost* (S + 1,) units by cause; *infant* good units
    shipped that are weak, *known_bad_usd* (S,) what work on units that are known to be bad
    costs, or would cost if they were not skipped, which saves *skipped_usd*;
    *items* (P, bases) by position, which prices multiply; *cost* (S + 1, C) USD per lot; *load* (G,) productive / available hours;
    *up* (G,) what of the clock a tool is on and not down, but for what comes with work, and *manned* (G,) as of ``Duty``; *tools_needed* (G,);
    *raw_process_h*, *wait_h*, *move_h* and *repair_h*: working, waiting, transport, and repairs and time off of the tool one is in, on the whole way;
    *wip* in lots; *pool_room* (P,) is how much operators can do by their time on duty, *pool_load* (P,) what they do, of which *pool_lots* for lots
    and the rest for repairs and maintenance.
    """

    visits: Floats
    finished: float
    lost: Floats
    lots_per_h: float
    bottleneck_per_h: float
    held_h: Floats
    setup_h: Floats
    visit_h: Floats
    items: Floats
    cost: Floats
    amounts: Floats
    hourly: Floats
    load: Floats
    available: Floats
    up: Floats
    manned: Floats
    pool_room: Floats
    tools_needed: Floats
    queue_h: Floats
    raw_process_h: float
    wait_h: float
    move_h: float
    repair_h: float
    wip: float
    good: float
    started: float
    escapes: float
    infant: float
    known_bad_usd: Floats
    skipped_usd: float
    pool_load: Floats
    pool_lots: Floats
    margin: float

    @property
    def yield_(self) -> float:
        return self.good / self.started

    @property
    def direct(self) -> float:
        """Direct cost per good unit, USD."""
        return float(self.cost.sum()) / self.good if self.good > 0 else float("nan")

    @property
    def loaded(self) -> float:
        """Fully loaded cost per good unit, USD: all that is paid by the hour, used or not."""
        if self.good <= 0 or self.lots_per_h <= 0:
            return float("nan")
        return float(self.cost[:, :BY_THE_HOUR].sum() + self.hourly.sum() / self.lots_per_h) / self.good

    @property
    def price(self) -> float:
        """Price per good unit, USD: the fully loaded cost and, below the line, the margin."""
        return self.loaded / (1.0 - self.margin)

    @property
    def loads(self) -> Floats:
        """Of every tool group and, behind these, pool of operators, in the order of ``resource_names``."""
        return np.append(self.load, self.pool_load)

    @property
    def cycle_h(self) -> float:
        """Estimated cycle time of a lot that is finished; nan where a queue grows without end, or a full buffer may block."""
        return self.raw_process_h + self.wait_h + self.move_h + self.repair_h


def resource_names(plan: Plan) -> list[str]:
    """What may be the bottleneck: every tool group, and every pool of operators."""
    return [*plan.groups.names, *(f"operators {pool.name}" for pool in plan.groups.duty.pools)]


def expected(plan: Plan, stay: Stay | None = None) -> Expected:
    """All of it, from the Plan alone. Where something is learned, lots leave as *stay* says, or else, lot by lot, after their own cycle time."""
    first = _expected(plan, stay or Stay())  # its cycle time says when the window's lots were released
    return first if stay is not None or not plan.losses.learns.any() else _expected(plan, stay_of(first))


def stay_of(closed: Expected, evenly: bool = False) -> Stay:
    """How long lots stay in the line that *closed* describes: its cycle time, or, where that has none, the work alone."""
    return Stay(HOUR * (closed.cycle_h if closed.cycle_h > 0 else closed.raw_process_h), evenly)


def repriced(closed: Expected, plan: Plan) -> Expected:
    """*closed* with the money of *plan*, which is otherwise the plan that it was found of: its costs, but for those of work on bad units."""
    cost = plan.route.by_step(plan.money.charged(closed.items, plan.lot_panels * plan.route.mix))
    cost[:-1] += closed.held_h[:, None] * plan.money.rate[plan.step_group]
    return replace(closed, cost=cost, hourly=plan.money.hourly, margin=plan.money.margin)


def _expected(plan: Plan, stay: Stay) -> Expected:
    lot = flow(plan, stay)
    size, route, share, parts_of = len(plan.group_of), plan.route, plan.route.share, plan.route.parts
    run, own, tail = hours(plan, lot)
    rate = released_per_h(plan)
    down = _downtime(plan, lot)
    batch = batching.sizes(plan, rate * share * parts_of, run / np.maximum(share * parts_of, 1e-12), plan.groups.count * down.up / (1.0 + down.busy))
    present = np.where(lot.lots[:size] > 0, lot.lots[:size], 1.0)
    run = batching.longest(plan, run / present, batch) * present
    work = run / batch + own
    change, spread, _ = demand.setups(plan, lot.lots[:size], batch)
    setup = change[plan.group_of] * lot.lots[:size] / batch
    held = work + setup
    visit = (run + batch * own + tail) / present + change[plan.group_of]
    units = lot.worked(plan.losses.skips)
    staff = demand.operators(plan, lot.lots[:size], lot.panels[:size], units, lot.repaired, batch, change)
    runs = moments(plan, visit, visit_scv(plan, visit, spread[plan.group_of]), lot.lots[:size] / batch)
    manned, room = plan.groups.duty.manned(*runs), plan.groups.duty.overtime(*runs)
    down = replace(down, manned=manned, per_lot=down.per_lot + np.bincount(plan.group_of, weights=setup, minlength=len(down.per_lot)))
    limit = _bottleneck_rate(plan, work, down, staff, room)
    whole = lot.lots[:size] / parts_of
    if rate == 0.0:  # constant WIP: the practical worst case (Factory Physics, ch. 7), of a lot as it starts: some are scrapped on their way
        level = np.array([float(sum(s.conwip for s in plan.streams))])
        rate = float(practical_worst_case(level, limit, float(visit @ whole))[0]) if limit else 0.0
    load, taken, available, needed = _capacity(plan, work, rate, down)
    parts = items(plan, lot, batch)
    cost = plan.money.charged(parts, plan.lot_panels * plan.route.mix)
    cost[:size] += held[:, None] * plan.money.rate[plan.group_of]
    amounts = np.array([use.amount * parts[use.step, use.basis] for use in plan.money.uses])
    pools = demand.loads(plan, staff, rate, work, down.up, lot.panels[:size])
    queue = queues(plan, visit - tail / present, batch, rate, taken, share * parts_of, spread[plan.group_of], manned)
    clocked = all(s.interval is not None for s in plan.streams)
    busiest = max((load / np.maximum(manned, 1e-12)).max(initial=0.0), (pools[0] / room).max(initial=0.0))
    if (clocked and busiest >= 1) or may_fill(plan.discipline.buffer, load).any():
        queue = np.full(size, np.nan)
    repairs = visit * (down.busy + down.calendar + demand.off_per_hour(plan))[plan.group_of]
    moves = _moves(plan)
    left = np.divide(whole, share, out=np.zeros(size), where=share > 0)
    if not clocked:  # a constant WIP: what does not fit the throughput is waiting (Little's law)
        spare = sum(s.conwip for s in plan.streams) / rate - float((visit + repairs) @ whole + left @ moves) if rate > 0 else 0.0
        queue = queue * (max(spare, 0.0) / (queue @ whole)) if queue @ whole > 0 else queue
    wip = rate * float((whole * (visit + queue + repairs)).sum() + (left * moves).sum())
    endless = all(s.limit == 0 and not s.lose for s in plan.streams)
    scraps = any(b.scrap for b in plan.groups.breakdowns) or any(timed.acts for timed in plan.discipline.limits)
    unknown = scraps or not countable(plan)  # has no closed form here
    passes = np.maximum(route.by_step(share), 1e-300)
    return Expected(
        visits=route.by_step(lot.lots[:size]), finished=float("nan") if scraps else float(lot.lots[-1]), lost=route.by_step(lot.lost),
        lots_per_h=(min(rate, limit) if limit else rate) if endless else float("nan"), bottleneck_per_h=limit, held_h=route.by_step(held),
        setup_h=route.by_step(setup), visit_h=route.by_step(visit * share) / passes,
        items=parts, cost=route.by_step(cost), amounts=amounts, hourly=plan.money.hourly,
        load=load, available=available, up=down.up, manned=manned, pool_room=room, tools_needed=needed,
        queue_h=route.by_step(queue * share) / passes, raw_process_h=float(visit @ share), wait_h=float(queue @ share), move_h=float(moves.sum()),
        repair_h=float(repairs @ share), wip=wip if endless else float("nan"),
        good=float("nan") if unknown else lot.good, started=float(plan.lot_panels * plan.units_per_panel), escapes=lot.escapes, infant=lot.infant,
        skipped_usd=float(((lot.sites[:size] - lot.live[:size]) * demand.unit_worth(plan))[plan.losses.skips].sum()),
        known_bad_usd=route.by_step((lot.sites[:size] - lot.live[:size]) * demand.unit_worth(plan)),
        pool_load=pools[0], pool_lots=pools[1], margin=plan.money.margin)


def items(plan: Plan, lot: Flow, batch: Floats) -> Floats:
    """What prices multiply, of each basis and position, (P, bases), per lot started, *batch* (P,) of which share a run."""
    return np.column_stack([lot.lots[:-1] / batch, lot.lots[:-1], lot.panels[:-1], lot.worked(plan.losses.skips), lot.repaired, lot.gone])


def _moves(plan: Plan) -> Floats:
    """Mean hours of transport to each position from the one visited before, (P,): nothing within one tool group."""
    route, size = plan.route, len(plan.group_of)
    found = np.zeros(size)
    if plan.times.transport is None:
        return found
    for mix, reached in zip(route.mix.tolist(), route.reached, strict=True):
        at = np.zeros(len(plan.groups.names) + 1)  # where a lot was last; last: nowhere yet
        at[-1] = 1.0
        for p in range(size):
            g = int(plan.group_of[p])
            found[p] += mix * reached[p] * (1.0 - at[g] - at[-1]) * plan.times.transport.mean / HOUR
            at *= 1.0 - reached[p]
            at[g] += reached[p]
    return found


def hours(plan: Plan, lot: Flow) -> tuple[Floats, Floats, Floats]:
    """Hours per lot started and position: shared by a run, the lot's own, and the way out of an in-line tool."""
    size = len(plan.group_of)
    run, own, tail = np.zeros(size), np.zeros(size), np.zeros(size)
    worked = lot.worked(plan.losses.skips)
    for term in plan.times.terms:
        s = term.step
        cells = plan.times.inline[s]
        takes = demand.hours(plan, term)
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
class _Down:
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


def _downtime(plan: Plan, lot: Flow) -> _Down:
    """All of it but setups."""
    groups = len(plan.groups.names)
    planned, busy, calendar, per_lot = (np.zeros(groups) for _ in range(4))
    for b in plan.groups.breakdowns:
        share = b.to_repair.mean / b.to_fail.mean if b.to_fail.mean > 0 else math.inf
        (busy if b.busy_clock else calendar)[b.group] += share
    panels = np.bincount(plan.group_of, weights=lot.panels[:-1], minlength=groups)
    for u in plan.groups.upkeep:
        if u.every_us:
            planned[u.group] += u.takes.mean / u.every_us
        else:
            per_lot[u.group] += u.takes.mean / HOUR * panels[u.group] / u.every_panels
    return _Down(plan.groups.duty.on(), planned, busy, calendar, per_lot, np.ones(groups))


def _capacity(plan: Plan, held: Floats, rate: float, down: _Down) -> tuple[Floats, Floats, Floats, Floats]:
    """Load, utilisation, availability and tools needed of each group; 1 is the limit of the first two.

    Load is productive over productive + standby hours. Utilisation, for queueing, takes a run to last as long as its tool is
    taken, repairs during it included; that, and the tools needed, is of the time in which those who work it are there.
    """
    groups = len(plan.groups.names)
    count = plan.groups.count.astype(float)
    work = rate * np.bincount(plan.group_of, weights=held, minlength=groups)
    up = down.up
    free = count * up - work * down.busy - rate * down.per_lot
    load = np.divide(work, free, out=np.where(work > 0, np.inf, 0.0), where=free > 0)
    manned = up * down.manned
    tools = np.divide(work * (1.0 + down.busy) + rate * down.per_lot, manned, out=np.full(groups, np.inf), where=manned > 0)
    needed = np.floor(tools + 1e-9) + 1.0  # a group that is busy all the time does not keep up
    available = np.divide(free, count, out=np.zeros(groups), where=count > 0)
    return load, tools / count, available, np.maximum(needed, 1.0)


def _bottleneck_rate(plan: Plan, held: Floats, down: _Down, staff: Floats, room: Floats) -> float:
    """Lots per hour that the tool group, or the pool of operators, with the least capacity can take; 0 where nothing takes time."""
    groups = len(plan.groups.names)
    work = np.bincount(plan.group_of, weights=held, minlength=groups) * (1.0 + down.busy) + down.per_lot
    up = np.append(plan.groups.count * down.up * down.manned, plan.groups.duty.on_duty() * room)
    work = np.append(work, staff)
    busy = work > 0
    return float((up[busy] / work[busy]).min()) if busy.any() else 0.0

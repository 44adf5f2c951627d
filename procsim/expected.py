"""Plan in, yields, cost, capacity and a cycle-time estimate out, in closed form and in milliseconds.

Yield, direct cost, load and raw process time are exact means (with batches of fixed size); waiting is an estimate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.plan.shape import BY_THE_HOUR, HOUR, LOT, PANEL, RUN, UNIT, Floats, Plan
from procsim.queueing import practical_worst_case, queues


@dataclass(frozen=True, slots=True)
class Flow:
    """What is left of one lot before each step and at the end, (S + 1,); *lost* units by cause (S + 1,), escapes included."""

    lots: Floats
    panels: Floats
    live: Floats
    sites: Floats
    panels_lost: Floats
    found: Floats
    lost: Floats
    good: float
    escapes: float


def flow(plan: Plan) -> Flow:
    """Mean fate of one lot, step by step."""
    losses, n, size = plan.losses, plan.lot_panels, len(plan.steps)
    units = float(plan.units_per_panel)
    survive, alive, dead = 1.0, 1.0, 0.0  # panels not lost whole; of these, not taken out as all bad; taken out since the last removal
    good, known = 1.0, 0.0
    latent = np.zeros(size + 1)
    table = {name: np.zeros(size + 1) for name in ("lots", "panels", "live", "sites")}
    panels_lost, found, lost = np.zeros(size), np.zeros(size), np.zeros(size + 1)

    def note(s: int) -> None:
        share = survive * alive
        table["lots"][s] = 1.0 - (1.0 - share) ** n
        table["panels"][s] = n * share
        table["live"][s] = n * units * survive * (good + latent.sum())
        table["sites"][s] = table["live"][s] + n * units * survive * known

    for s in range(size):
        note(s)
        for cause, chance in ((size, losses.incoming[s]), (s, losses.cells[losses.start[s] : losses.start[s + 1]].mean())):
            latent[cause] += good * (1.0 - chance)
            good *= chance
        gone = survive * (1.0 - losses.panel[s])
        panels_lost[s] = n * gone * alive
        lost += n * units * gone * latent
        lost[s] += n * units * gone * good
        survive -= gone
        if losses.inspects[s]:
            caught = np.where(losses.sees[s], latent * losses.coverage[s], 0.0)
            latent = latent - caught
            caught[s] += good * losses.false_reject[s]
            good *= 1.0 - losses.false_reject[s]
            known += caught.sum()
            lost += n * units * survive * caught
            found[s] = n * units * survive * caught.sum()
            here = known / (good + latent.sum() + known) if good + latent.sum() + known > 0 else 0.0
            now = (dead + (1.0 - dead) * here) ** units
            share = (now - dead) / (1.0 - dead) if dead < 1.0 else 0.0
            panels_lost[s] += n * survive * alive * share
            known -= alive * share
            alive, dead = alive * (1.0 - share), now
        if losses.removes[s]:
            known, dead = 0.0, 0.0
    note(size)
    escaped = n * units * survive * latent
    return Flow(**table, panels_lost=panels_lost, found=found, lost=lost + escaped, good=n * units * survive * good, escapes=float(escaped.sum()))


@dataclass(frozen=True, slots=True)
class Expected:
    """The closed form. S steps, G groups, C categories; per lot started unless said otherwise.

    *held_h* tool hours a lot is charged for; *visit_h* how long a visit takes; *cost* (S + 1, C) USD per lot; *load* (G,)
    productive / available hours; *tools_needed* (G,); *queue_h* (S,) estimated waiting of one visit; *move_h* and *repair_h*:
    transport, and repairs of the tool one is in, on the whole way; *wip* in lots.
    """

    flow: Flow
    lots_per_h: float
    held_h: Floats
    visit_h: Floats
    batch_lots: Floats
    cost: Floats
    amounts: Floats
    hourly: Floats
    load: Floats
    available: Floats
    tools_needed: Floats
    queue_h: Floats
    move_h: float
    repair_h: float
    wip: float
    good: float
    started: float
    escapes: float

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
    def raw_process_h(self) -> float:
        return float(self.visit_h.sum())

    @property
    def cycle_h(self) -> float:
        """Estimated cycle time of a lot that is finished."""
        if self.load.max(initial=0.0) >= 1:
            return float("nan")
        return float(self.visit_h.sum() + self.queue_h.sum()) + self.move_h + self.repair_h


def expected(plan: Plan) -> Expected:
    """All of it, from the Plan alone."""
    lot = flow(plan)
    size = len(plan.steps)
    run, own, tail = _times(plan, lot)
    rate = _lots_per_h(plan)
    batch = np.ones(size)
    for s in range(size):
        if plan.groups.batch_max[plan.group_of[s]]:
            batch[s] = _batch_lots(plan, s, rate, run[s])
    held = run / batch + own
    present = np.where(lot.lots[:size] > 0, lot.lots[:size], 1.0)
    visit = (run + batch * own + tail) / present
    down = _downtime(plan, lot)
    if rate == 0.0:  # constant WIP: the practical worst case (Factory Physics, ch. 7)
        rate = _conwip_rate(plan, held, visit, down)
    load, taken, available, needed = _capacity(plan, held, rate, down)
    parts = np.zeros((size + 1, 4))
    units = np.where(plan.losses.skips, lot.live[:size], lot.sites[:size])
    parts[:size, RUN], parts[:size, LOT] = lot.lots[:size] / batch, lot.lots[:size]
    parts[:size, PANEL], parts[:size, UNIT] = lot.panels[:size], units
    parts[size, PANEL] = plan.lot_panels
    cost = np.einsum("sb,sbc->sc", parts, plan.money.direct)
    cost[:size] += held[:, None] * plan.money.rate[plan.group_of]
    amounts = np.array([use.amount * parts[use.step, use.basis] for use in plan.money.uses])
    queue = queues(plan, visit, batch, rate, taken)
    repairs = visit * (down.busy + down.calendar)[plan.group_of]
    moves = np.append(plan.group_of[1:] != plan.group_of[:-1], False) * (plan.times.transport.mean / HOUR if plan.times.transport else 0.0)
    clocked = all(s.interval is not None for s in plan.streams)
    if not clocked:  # a constant WIP: what does not fit the throughput is waiting (Little's law)
        spare = sum(s.conwip for s in plan.streams) / rate - float((visit + repairs + moves).sum()) if rate > 0 else 0.0
        queue = queue * (max(spare, 0.0) / queue.sum()) if queue.sum() > 0 else queue
    wip = rate * float((lot.lots[:size] * (visit + queue + repairs) + lot.lots[1:] * moves).sum())
    endless = all(s.limit == 0 for s in plan.streams)
    scraps = any(b.scrap for b in plan.groups.breakdowns)  # what failures scrap has no closed form here
    return Expected(lot, rate if endless else float("nan"), held, visit, batch, cost, amounts, plan.money.hourly, load, available, needed, queue,
                    float(moves.sum()), float(repairs.sum()), wip if load.max(initial=0.0) < 1 and endless else float("nan"),
                    good=float("nan") if scraps else lot.good, started=float(plan.lot_panels * plan.units_per_panel), escapes=lot.escapes)


def _times(plan: Plan, lot: Flow) -> tuple[Floats, Floats, Floats]:
    """Hours per lot started and step: shared by a run, the lot's own, and the way out of an in-line tool."""
    size = len(plan.steps)
    run, own, tail = np.zeros(size), np.zeros(size), np.zeros(size)
    for term in plan.times.terms:
        s = term.step
        cells = plan.times.inline[s]
        hours = term.law.mean * term.amount / HOUR
        if term.basis == RUN:
            run[s] += hours * lot.lots[s]
        elif term.basis == PANEL:
            own[s] += hours * lot.panels[s] / cells
            tail[s] += hours * (1.0 - 1.0 / cells) * lot.lots[s] if cells > 1 else 0.0
        else:
            units = lot.live[s] if plan.losses.skips[s] else lot.sites[s]
            own[s] += hours * (lot.lots[s] if term.basis == LOT else units)
    return run, own, tail


def _lots_per_h(plan: Plan) -> float:
    """Lots released by the clock per hour; 0 where only a constant WIP releases."""
    return sum(s.at_once / (s.interval.mean / HOUR) for s in plan.streams if s.interval is not None)


def _batch_lots(plan: Plan, s: int, rate: float, run_h: float) -> float:
    """Lots in a run: exact for batches of fixed size, else an estimate from the lots that come while a run lasts."""
    g = plan.group_of[s]
    most = max(int(plan.groups.batch_max[g]) // plan.lot_panels, 1)
    least = min(max(math.ceil(int(plan.groups.batch_min[g]) / plan.lot_panels), 1), most)
    patience = int(plan.groups.wait_us[g])
    if patience >= 0:
        least = min(least, max(1, int(1 + rate * patience / HOUR)))
    return float(min(max(least, rate * run_h / int(plan.groups.count[g])), most))


@dataclass(frozen=True, slots=True)
class _Down:
    """Per group: share of the clock planned away, repair hours per productive (busy clock) and per up hour (calendar), and
    planned hours per lot."""

    planned: Floats
    busy: Floats
    calendar: Floats
    per_lot: Floats


def _downtime(plan: Plan, lot: Flow) -> _Down:
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
    return _Down(planned, busy, calendar, per_lot)


def _capacity(plan: Plan, held: Floats, rate: float, down: _Down) -> tuple[Floats, Floats, Floats, Floats]:
    """Load, utilisation, availability and tools needed of each group; 1 is the limit of the first two.

    Load is productive over productive + standby hours. Utilisation, for queueing, takes a run to last as long as its tool is
    taken, repairs during it included.
    """
    groups = len(plan.groups.names)
    count = plan.groups.count.astype(float)
    work = rate * np.bincount(plan.group_of, weights=held, minlength=groups)
    up = np.maximum(1.0 - down.planned, 0.0) / (1.0 + down.calendar)
    free = count * up - work * down.busy - rate * down.per_lot
    load = np.divide(work, free, out=np.where(work > 0, np.inf, 0.0), where=free > 0)
    tools = np.divide(work * (1.0 + down.busy) + rate * down.per_lot, up, out=np.full(groups, np.inf), where=up > 0)
    needed = np.ceil(tools - 1e-9)
    available = np.divide(free, count, out=np.zeros(groups), where=count > 0)
    return load, tools / count, available, np.maximum(needed, 1.0)


def bottleneck_rate(plan: Plan, closed: Expected) -> float:
    """Lots per hour that the tool group with the least capacity can take: rb of Factory Physics."""
    return _bottleneck_rate(plan, closed.held_h, _downtime(plan, closed.flow))


def _bottleneck_rate(plan: Plan, held: Floats, down: _Down) -> float:
    groups = len(plan.groups.names)
    work = np.bincount(plan.group_of, weights=held, minlength=groups) * (1.0 + down.busy) + down.per_lot
    up = plan.groups.count * np.maximum(1.0 - down.planned, 0.0) / (1.0 + down.calendar)
    busy = work > 0
    return float((up[busy] / work[busy]).min()) if busy.any() else 0.0


def _conwip_rate(plan: Plan, held: Floats, visit: Floats, down: _Down) -> float:
    """TH = w/(W0 + w - 1) · rb, with rb the bottleneck's rate and W0 = rb·T0, in lots per hour."""
    rb = _bottleneck_rate(plan, held, down)
    wip = np.array([float(sum(s.conwip for s in plan.streams))])
    return float(practical_worst_case(wip, rb, float(visit.sum()))[0]) if rb else 0.0

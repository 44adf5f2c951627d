"""Plan in, yields, cost, capacity and a cycle-time estimate out, in closed form and in milliseconds.

Yield, direct cost, load and raw process time are exact means (with batches of fixed size); queueing is an estimate:
Wq = (ca² + ce²)/2 · u^(√(2(m+1))-1) / (m(1-u)) · te (Kingman; Sakasegawa 1977; Hopp & Spearman, Factory Physics, ch. 8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.plan.shape import BY_THE_HOUR, HOUR, LOT, PANEL, RUN, UNIT, Floats, Plan


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

    *held_h* tool hours a lot is charged for; *visit_h* how long a visit takes; *cost* (S + 1, C) USD per lot;
    *move_h* transport on the whole way; *load* (G,) productive / available hours; *tools_needed* (G,); *queue_h* (S,) estimated waiting of one visit.
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
        return float(self.visit_h.sum() + self.queue_h.sum()) + self.move_h


def expected(plan: Plan) -> Expected:
    """All of it, from the Plan alone."""
    lot = flow(plan)
    size, groups = len(plan.steps), len(plan.groups.names)
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
    load, available, needed = _capacity(plan, held, rate, down)
    parts = np.zeros((size + 1, 4))
    units = np.where(plan.losses.skips, lot.live[:size], lot.sites[:size])
    parts[:size, RUN], parts[:size, LOT] = lot.lots[:size] / batch, lot.lots[:size]
    parts[:size, PANEL], parts[:size, UNIT] = lot.panels[:size], units
    parts[size, PANEL] = plan.lot_panels
    cost = np.einsum("sb,sbc->sc", parts, plan.money.direct)
    cost[:size] += held[:, None] * plan.money.rate[plan.group_of]
    amounts = np.array([use.amount * parts[use.step, use.basis] for use in plan.money.uses])
    queue = _queues(plan, visit, batch, rate, load, down) if groups else np.zeros(size)
    return Expected(lot, rate, held, visit, batch, cost, amounts, plan.money.hourly, load, available, needed, queue, _moves(plan),
                    good=lot.good, started=float(plan.lot_panels * plan.units_per_panel), escapes=lot.escapes)


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


def _moves(plan: Plan) -> float:
    """Hours of transport on the way through the line: one move wherever the tool group changes."""
    law = plan.times.transport
    return law.mean / HOUR * int((plan.group_of[1:] != plan.group_of[:-1]).sum()) if law is not None else 0.0


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


def _capacity(plan: Plan, held: Floats, rate: float, down: _Down) -> tuple[Floats, Floats, Floats]:
    """Load, availability and tools needed of each group: load is productive over productive + standby hours; 1 is the limit."""
    groups = len(plan.groups.names)
    count = plan.groups.count.astype(float)
    work = rate * np.bincount(plan.group_of, weights=held, minlength=groups)
    up = np.maximum(1.0 - down.planned, 0.0) / (1.0 + down.calendar)
    free = count * up - work * down.busy - rate * down.per_lot
    load = np.divide(work, free, out=np.where(work > 0, np.inf, 0.0), where=free > 0)
    needed = np.ceil(np.divide(work * (1.0 + down.busy) + rate * down.per_lot, up, out=np.full(groups, np.inf), where=up > 0) - 1e-9)
    available = np.divide(free, count, out=np.zeros(groups), where=count > 0)
    return load, available, np.maximum(needed, 1.0)


def _conwip_rate(plan: Plan, held: Floats, visit: Floats, down: _Down) -> float:
    """TH = w/(W0 + w - 1) · rb, with rb the bottleneck's rate and W0 = rb·T0, in lots per hour."""
    groups = len(plan.groups.names)
    work = np.bincount(plan.group_of, weights=held, minlength=groups) * (1.0 + down.busy) + down.per_lot
    up = plan.groups.count * np.maximum(1.0 - down.planned, 0.0) / (1.0 + down.calendar)
    busy = work > 0
    if not busy.any():
        return 0.0
    rb = float((up[busy] / work[busy]).min())
    wip = float(sum(s.conwip for s in plan.streams))
    return float(rb * wip / (max(rb * visit.sum(), 1.0) + wip - 1.0))


def _queues(plan: Plan, visit: Floats, batch: Floats, rate: float, load: Floats, down: _Down) -> Floats:
    """Estimated waiting hours of a visit, step by step; a batch also waits for its members."""
    groups, size = len(plan.groups.names), len(plan.steps)
    scv = _scv(plan, visit)
    te, ce = np.zeros(groups), np.zeros(groups)
    for g in range(groups):
        mine = plan.group_of == g
        runs = 1.0 / batch[mine]
        te[g] = (visit[mine] * runs).sum() / runs.sum()
        second = (visit[mine] ** 2 * (1 + scv[mine]) * runs).sum() / runs.sum()
        ce[g] = second / te[g] ** 2 - 1 if te[g] > 0 else 0.0
    for b in plan.groups.breakdowns:
        g, share = b.group, b.to_repair.mean / b.to_fail.mean
        a, mttr = 1 / (1 + share), b.to_repair.mean / HOUR
        if te[g] > 0:
            ce[g] += (1 + b.to_repair.scv) * a * (1 - a) * mttr / te[g]
            te[g] /= a
    ca = _arrival_scv(plan)
    found = np.zeros(size)
    for s in range(size):
        g = int(plan.group_of[s])
        u, m = min(load[g], 0.999), float(plan.groups.count[g])
        into = ca / batch[s]
        found[s] = (into + ce[g]) / 2 * u ** (math.sqrt(2 * (m + 1)) - 1) / (m * (1 - u)) * te[g] if te[g] > 0 and rate > 0 else 0.0
        if batch[s] > 1 and rate > 0:
            found[s] += (batch[s] - 1) / (2 * rate)
        ca = 1 + (1 - u**2) * (into - 1) + u**2 * (ce[g] - 1) / math.sqrt(m)
    del down
    return found


def _arrival_scv(plan: Plan) -> float:
    """Squared coefficient of variation of the time between releases; bulk release of k adds k - 1."""
    clocks = [s for s in plan.streams if s.interval is not None]
    if not clocks:
        return 1.0
    total = sum(s.at_once / s.interval.mean for s in clocks if s.interval is not None)
    return float(sum((s.interval.scv * s.at_once + s.at_once - 1) * s.at_once / s.interval.mean / total for s in clocks if s.interval is not None))


def _scv(plan: Plan, visit: Floats) -> Floats:
    """Squared coefficient of variation of each step's time."""
    variance = np.zeros(len(plan.steps))
    for term in plan.times.terms:
        amount = term.amount * (plan.lot_panels if term.basis in (PANEL, UNIT) else 1) * (plan.units_per_panel if term.basis == UNIT else 1)
        mean = term.law.mean / HOUR * amount
        variance[term.step] += term.law.scv * (mean**2 / max(amount, 1e-300) if term.each else mean**2)
    return np.divide(variance, visit**2, out=np.zeros_like(variance), where=visit > 0)

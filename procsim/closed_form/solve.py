"""Plan in, yields, cost, capacity and a cycle-time estimate out, in closed form and in milliseconds.

Yield, direct cost, load and raw process time are exact means (with batches of fixed size); waiting is an estimate, as is how many lots a constant WIP
lets start. ``exactness`` says which figure of a plan is which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from procsim.closed_form import constant_wip, setups_and_operators
from procsim.closed_form.capacity import Down, Work, bottleneck, calmed, capacity, downtime, released_per_h, staffed, work
from procsim.closed_form.constant_wip import Steady
from procsim.closed_form.effective_times import visit_scv
from procsim.closed_form.mean_flow import MeanFlow, countable, mean_flow
from procsim.closed_form.waiting import queues
from procsim.maths.arrays import Floats
from procsim.maths.queues import may_fill
from procsim.plan.plan import BY_THE_HOUR, HOUR, Plan
from procsim.quality.learning import Stay

NAN = float("nan")
"""What has no closed form."""


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The closed form. S steps, G groups, C categories; per lot started unless said otherwise.

    *visits* (S,) of a lot; *held_h* (S,) tool hours it is charged for, of which *setup_h* are setup; *visit_h* and *queue_h* (S,): how
    long one visit takes, and its estimated waiting; *finished* the share of lots that get to the end; *bottleneck_per_h* lots that
    the line can take: rb of Factory Physics, and *lots_per_h* those that it takes; *lost* (S + 1,) units by cause; *infant* good units
    shipped that are weak, *known_bad_usd* (S,) what work on units that are known to be bad
    costs, or would cost if they were not skipped, which saves *skipped_usd*;
    *items* (P, bases) by position, which prices multiply; *cost* (S + 1, C) USD per lot; *load* (G,) productive / available hours;
    *up* (G,) what of the clock a tool is on and not down, but for what comes with work, and *manned* (G,) as of ``Duty``; *tools_needed* (G,);
    *raw_process_h*, *wait_h*, *move_h* and *repair_h*: working, waiting, transport, and repairs and time off of the tool one is in, on the whole way,
    which is *stream_cycle_h* (R,) of a lot of each stream;
    *wip* in lots; *pool_room* (P,) is how much operators can do by their time on duty, *pool_load* (P,) what they do, of which *pool_lots* for lots
    and the rest for repairs and maintenance; *pool_must* leaves out repairs of tools that are up and do not work,
    which are fewer where tools wait for them. *mix* (R,) is the share of each stream among the lots that start.
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
    stream_cycle_h: Floats
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
    pool_must: Floats
    mix: Floats
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
    def steady(self) -> Floats:
        """Those loads as a long run has them, as of ``seen``; nan where a group is never up."""
        return np.append(seen(np.where(np.isinf(self.load), NAN, self.load), self.manned), seen(self.pool_load, self.pool_room))

    @property
    def cycle_h(self) -> float:
        """Estimated cycle time of a lot that is finished; nan where a queue grows without end, or a full buffer may block."""
        return self.raw_process_h + self.wait_h + self.move_h + self.repair_h


def seen(load: Floats, most: Floats) -> Floats:
    """Loads, by time on duty, as a long run has them, by time that somebody is there, at most 1: no more is done than the *most* that can be; where
    that is above 1, work goes on in overtime, the more of it the more are at work as a shift ends."""
    done = np.minimum(load, most)
    return np.asarray(done / (1.0 + done * (1.0 - 1.0 / np.maximum(most, 1.0))))


def resource_names(plan: Plan) -> list[str]:
    """What may be the bottleneck: every tool group, and every pool of operators."""
    return [*plan.groups.names, *(f"operators {pool.name}" for pool in plan.groups.duty.pools)]


def solve(plan: Plan, stay: Stay | None = None) -> ClosedForm:
    """All of it, from the Plan alone. Where something is learned, lots leave as *stay* says, or else, lot by lot, after their own cycle time."""
    found = _solve(plan, stay or Stay())  # its cycle time says when the window's lots were released
    if stay is None and plan.losses.learns.any():
        found = _solve(plan, stay_of(found))
    return _of_unknown_mix(found, plan) if half_clocked(plan) else found


def half_clocked(plan: Plan) -> bool:
    """Whether a constant WIP stands beside releases by the clock: it takes of the line what those leave."""
    return any(s.conwip for s in plan.streams) and any(s.interval is not None for s in plan.streams)


PER_HOUR = ("lots_per_h", "load", "available", "tools_needed", "queue_h", "stream_cycle_h", "wait_h", "repair_h", "wip", "pool_room", "pool_load",
            "pool_lots", "pool_must")
PER_LOT = ("finished", "lost", "bottleneck_per_h", "items", "cost", "amounts", "raw_process_h", "move_h", "good", "escapes", "infant",
           "known_bad_usd", "skipped_usd")
"""Figures that need to know how many lots come, and those that need to know of which stream they are, where streams go different ways. (What one
visit takes is known all the same: *held_h* over *visits*.)"""


def _of_unknown_mix(closed: ClosedForm, plan: Plan) -> ClosedForm:
    """*closed* without what has no closed form where nobody knows how many lots of each stream come."""
    alike = (plan.route.reached == plan.route.reached[0]).all()
    names = PER_HOUR if alike else (*PER_HOUR, *PER_LOT)
    return replace(closed, **{name: getattr(closed, name) * NAN for name in names})


def stay_of(closed: ClosedForm, evenly: bool = False) -> Stay:
    """How long lots stay in the line that *closed* describes: its cycle time, or, where that has none, the work alone."""
    return Stay(HOUR * (closed.cycle_h if closed.cycle_h > 0 else closed.raw_process_h), evenly)


def repriced(closed: ClosedForm, plan: Plan) -> ClosedForm:
    """*closed* with the money of *plan*, which is otherwise the plan that it was found of: its costs, but for those of work on bad units."""
    cost = plan.route.by_step(plan.money.charged(closed.items, plan.lot_panels * closed.mix))
    cost[:-1] += closed.held_h[:, None] * plan.money.rate[plan.step_group]
    return replace(closed, cost=cost, hourly=plan.money.hourly, margin=plan.money.margin)


def _solve(plan: Plan, stay: Stay) -> ClosedForm:
    rate, steady = released_per_h(plan), None
    if rate == 0.0:  # constant WIP: lots start as fast as others leave
        plan, steady = constant_wip.of_mix(plan, partial(_steady, stay=stay))
        rate = steady.rate
    lot = mean_flow(plan, stay)
    route, down = plan.route, downtime(plan)
    takes = work(plan, lot, down, rate)
    down, room = staffed(plan, lot, takes, down)
    limit = bottleneck(plan, takes.productive, down, takes.staff + takes.mends, room)
    rate = min(rate, limit) if steady is not None else rate
    load, taken, available, needed = capacity(plan, takes.productive, rate, down)
    pools, for_lots, must = setups_and_operators.loads(plan, rate, takes.productive, takes.staff, takes.mends, down.up)
    busiest = max((load / np.maximum(down.manned, 1e-12)).max(initial=0.0), (pools / room).max(initial=0.0))
    endless = (_clocked(plan) and busiest >= 1) or bool(may_fill(plan.discipline.buffer, load).any())
    scv = visit_scv(plan, takes.visit, takes.spread[plan.group_of])
    called = steady.called if steady is not None else setups_and_operators.waiting(
        plan, lot.lots[:-1], lot.lots[:-1] / takes.batch, scv, takes.change, pools)
    setups = rate * np.bincount(plan.group_of, weights=takes.setup, minlength=len(load)) / plan.groups.count
    taken = np.where(calmed(plan), taken - setups, taken)  # they leave out setups rather than let lots wait
    way = _way(plan, takes, down, rate, taken, lot.lots[:-1], called, steady, endless=endless)
    parts = items(plan, lot, takes.batch)
    cost = plan.money.charged(parts, plan.lot_panels * route.mix)
    cost[:-1] += takes.held[:, None] * plan.money.rate[plan.group_of]
    known_bad = (lot.sites[:-1] - lot.live[:-1]) * setups_and_operators.unit_worth(plan)
    forever = not plan.ending(HOUR / rate if rate > 0 else 0.0) and not any(s.lose for s in plan.streams)
    flows = min(rate, limit) if limit or np.isinf(load).any() else rate
    scraps = any(b.scrap for b in plan.groups.breakdowns) or any(timed.acts for timed in plan.discipline.limits)
    unknown = scraps or not countable(plan)  # has no closed form here
    passes = np.maximum(route.by_step(route.share), 1e-300)
    return ClosedForm(
        visits=route.by_step(lot.lots[:-1]), finished=NAN if scraps else float(lot.lots[-1]), lost=route.by_step(lot.lost),
        lots_per_h=flows if forever else NAN, bottleneck_per_h=limit, held_h=route.by_step(takes.held),
        setup_h=route.by_step(takes.setup), visit_h=route.by_step(takes.visit * route.share) / passes,
        items=parts, cost=route.by_step(cost), amounts=np.array([use.amount * parts[use.step, use.basis] for use in plan.money.uses]),
        hourly=plan.money.hourly, load=load, available=available, up=down.up, manned=down.manned, pool_room=room,
        tools_needed=needed if _clocked(plan) else np.full(len(needed), NAN),
        queue_h=route.by_step(way.queue * route.share) / passes, stream_cycle_h=way.cycle, raw_process_h=float(takes.visit @ route.share),
        wait_h=float(way.queue @ route.share), move_h=float(way.moves.sum()), repair_h=float(way.repairs @ route.share),
        wip=way.wip if forever else NAN, good=NAN if unknown else lot.good,
        started=float(plan.lot_panels * plan.units_per_panel), escapes=lot.escapes, infant=lot.infant,
        skipped_usd=float(known_bad[plan.losses.skips].sum()), known_bad_usd=route.by_step(known_bad),
        pool_load=pools, pool_lots=for_lots, pool_must=must, mix=route.mix, margin=plan.money.margin)


def _steady(plan: Plan, stay: Stay) -> Steady:
    """A constant WIP, with its streams in the mix of *plan*."""
    lot = mean_flow(plan, stay)
    return constant_wip.steady(plan, lot, downtime(plan))


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a lot's time goes besides work, by position, (P,): hours of a visit in a *queue* and of *repairs*, time off and waiting for operators;
    *moves* to the position on the whole way; *cycle* (R,) times of each stream; and *wip* in lots."""

    queue: Floats
    repairs: Floats
    moves: Floats
    cycle: Floats
    wip: float


def _way(plan: Plan, takes: Work, down: Down, rate: float, taken: Floats, there: Floats, called: Floats, steady: Steady | None, *,
         endless: bool) -> _Way:
    """Of lots that come at *rate* an hour and of which *there* (P,) pass a position, parts counted one by one; *taken* (G,) is the utilisation of
    tools, *called* (P,) hours of waiting for operators. Waiting in a queue is nan where one is *endless*, or a full buffer may block."""
    route = plan.route
    whole = there / route.parts
    each = np.tile(steady.queue, (len(plan.streams), 1)) if steady is not None else queues(
        plan, takes.visit - takes.tail, takes.batch, rate, taken, there, takes.spread[plan.group_of], down.manned)
    if endless:
        each = np.full(each.shape, NAN)
    queue = np.divide(route.mix @ (route.reached * each), route.share, out=np.zeros(len(whole)), where=route.share > 0)
    repairs = takes.visit * (down.busy + down.calendar + setups_and_operators.off_per_hour(plan))[plan.group_of] + called
    carried = setups_and_operators.moves(plan)
    moves = route.mix @ carried
    left = np.divide(whole, route.share, out=np.zeros(len(whole)), where=route.share > 0)
    if steady is not None:  # Little's law holds of the figures as they are printed
        spare = float(_levels(plan)[0]) / rate - float((takes.visit + repairs) @ whole + left @ moves) if rate > 0 else 0.0
        each, queue = (one * (max(spare, 0.0) / (queue @ whole)) if queue @ whole > 0 else one for one in (each, queue))
    cycle = (route.reached * (each + takes.visit + repairs) + carried).sum(axis=1)
    return _Way(queue, repairs, moves, cycle, rate * float((whole * (takes.visit + queue + repairs)).sum() + (left * moves).sum()))


def _clocked(plan: Plan) -> bool:
    """Whether all lots are released by the clock."""
    return all(s.interval is not None for s in plan.streams)


def _levels(plan: Plan) -> Floats:
    """Lots that constant WIP keeps in the line, (1,)."""
    return np.array([float(sum(s.conwip for s in plan.streams))])


def items(plan: Plan, lot: MeanFlow, batch: Floats) -> Floats:
    """What prices multiply, of each basis and position, (P, bases), per lot started, *batch* (P,) of which share a run."""
    return np.column_stack([lot.lots[:-1] / batch, lot.lots[:-1], lot.panels[:-1], lot.worked(plan.losses.skips), lot.repaired, lot.gone])

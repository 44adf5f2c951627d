"""Tells apart what the closed form says of each release: its yield, and its cost with its share of unused capacity."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form import batch_size
from procsim.closed_form.lot_cost import items
from procsim.closed_form.mean_flow import mean_flow, mean_flow_of
from procsim.closed_form.solve import ClosedForm, stay_of
from procsim.closed_form.work import hours
from procsim.maths.arrays import Floats
from procsim.maths.same import of_the_same
from procsim.planning.plan import LOT, RUN, Plan


@dataclass(frozen=True, slots=True)
class Releases:
    """Of the mean lot of each release, (R,): units *started*, *good* and *escapes*, its *direct* cost and its share of the cost of *unused* capacity,
    USD; nan is what has no closed form."""

    started: Floats
    good: Floats
    escapes: Floats
    direct: Floats
    unused: Floats


@of_the_same(1)  # tables of products and of streams ask for the same
def releases(plan: Plan, closed: ClosedForm) -> Releases:
    """All of it; their mix is that of *closed*, which is of *plan*. Lots of all releases share runs and setups, as they are in the mean."""
    known = closed.starts.mix is plan.route.mix and not plan.losses.learns.any()
    plan, stay = replace(plan, route=replace(plan.route, mix=closed.starts.mix)), stay_of(closed)
    batch = np.divide(closed.costs.items[:, LOT], closed.costs.items[:, RUN], out=np.ones(len(plan.group_of)), where=closed.costs.items[:, RUN] > 0)
    mean = closed.flow.lot if known else mean_flow(plan, stay)
    run, _, _ = hours(plan, mean)
    present = np.where(mean.lots[:-1] > 0, mean.lots[:-1], 1.0)
    run = batch_size.longest(plan, run / present, batch) / batch + _setup(plan, closed)[plan.group_of] / batch
    mix, each = plan.route.mix, []
    for r in range(len(mix)):
        lot = mean_flow_of(plan, r, stay)
        held = run * lot.lots[:-1] + hours(plan, lot)[1]
        cost = plan.money.charged(items(plan, lot, batch), plan.lot_panels * np.eye(len(mix))[r]).sum()
        each.append((lot.good, lot.escapes, cost, np.bincount(plan.group_of, weights=held, minlength=len(plan.groups.names))))
    good, escapes, cost, held = (np.array(column) for column in zip(*each, strict=True))
    started = plan.lot_panels * plan.units
    rate, lots_per_h = plan.money.rate.sum(axis=1), closed.starts.lots_per_h
    unused = plan.money.hourly.sum(axis=1) / lots_per_h - mix @ held * rate if lots_per_h > 0 else np.full(len(rate), np.nan)
    unknown = np.where(np.isnan(closed.flow.good), np.nan, 1.0)
    return Releases(started, good * unknown, escapes * unknown, cost + held @ rate,
                   borne(mix[:, None] * held, mix * started) @ unused / mix)


def step_yields(plan: Plan, closed: ClosedForm) -> Floats:
    """Of the good units that come to each step, which share it leaves good, (S,): of those of the lots that visit it, whichever these are."""
    come, lost = good_coming(plan, closed)
    return np.asarray(1.0 - np.divide(lost, come, out=np.full(len(come), np.nan), where=come > 0))


def good_coming(plan: Plan, closed: ClosedForm) -> tuple[Floats, Floats]:
    """Good units that come to each step, of a lot started that visits it, and those that it loses, (S,) each."""
    route, stay, size = plan.route, stay_of(closed), len(plan.group_of)
    come, lost = np.zeros(size), np.zeros(size)
    for r, share in enumerate(route.mix.tolist()):
        lot = mean_flow_of(plan, r, stay)
        before = plan.lot_panels * plan.units[r] - lot.lost[-1] - np.cumsum(lot.lost[:-1]) + lot.lost[:-1]
        come += share * route.reached[r] * np.maximum(before, 0.0)
        lost += share * lot.lost[:-1]
    return route.by_step(come), route.by_step(lost) + 0.0 * closed.flow.lost[:-1]  # no number where nobody knows the mix


def _setup(plan: Plan, closed: ClosedForm) -> Floats:
    """Mean hours of setup before a run, (G,)."""
    runs = np.bincount(plan.group_of, weights=closed.costs.items[:, RUN], minlength=len(plan.groups.names))
    spent = np.bincount(plan.step_group, weights=closed.tools.setup_h, minlength=len(plan.groups.names))
    return np.asarray(np.divide(spent, runs, out=np.zeros_like(runs), where=runs > 0))


def borne(held: Floats, started: Floats) -> Floats:
    """Which share of the unused capacity of each tool group each product bears, (R, G): as that of the hours for which it *held* (R, G) the group's
    tools; of a group that nobody uses, as that of the units *started* (R,)."""
    used = held.sum(axis=0)
    return np.where(used > 0, held / np.where(used > 0, used, 1.0), (started / (started.sum() or 1.0))[:, None])

"""Works out what operators have to do, and how long runs wait for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.closed_form.effective_times import Runs
from procsim.closed_form.mean_flow import MeanFlow
from procsim.closed_form.outages import BUSY, PANELS, UP, outages, times_due
from procsim.closed_form.terms import Terms, terms
from procsim.closed_form.work import Work
from procsim.maths.arrays import Floats
from procsim.maths.queues import by_chance
from procsim.planning.plan import LOAD, LOT, PANEL, REPAIR, RUN, SETUP, UNLOAD, WORK, Plan


@dataclass(frozen=True, slots=True)
class Crew:
    """Of each pool of operators, (pools,): hours per lot started *for_lots*, and for *mending*, repairs and maintenance that come with the work; and
    how much they can do, by their time on duty, *room*: above 1 where they finish in overtime what they have begun."""

    for_lots: Floats
    mending: Floats
    room: Floats


def crew(plan: Plan, lot: MeanFlow, takes: Work, runs: Runs) -> Crew:
    """For *lot*, whose *runs* take so much work."""
    room = plan.groups.duty.overtime(runs.mean_hours(plan), runs.mean_squares(plan))
    return Crew(_for_lots(plan, lot, takes), _mending(plan, lot, takes), room)


def _for_lots(plan: Plan, lot: MeanFlow, takes: Work) -> Floats:
    """Operator hours per lot started, (pools,)."""
    duty, there, units = plan.groups.duty, lot.lots[:-1], lot.worked(plan.losses.skips)
    found = np.zeros(len(duty.pools))
    if not len(found):
        return found
    known = terms(plan)
    items = _items(known, (there / takes.batch, there, lot.panels[:-1] / plan.times.inline, lot.repaired, units))
    pools = duty.attended[plan.group_of[known.at], known.phase]
    np.add.at(found, pools[pools >= 0], (known.hours * items)[pools >= 0])
    for s, g in enumerate(plan.group_of.tolist()):
        if duty.attended[g, SETUP] >= 0:
            found[duty.attended[g, SETUP]] += takes.changes.hours[g] * there[s] / takes.batch[s]
    return found


def _items(known: Terms, many: tuple[Floats, Floats, Floats, Floats, Floats]) -> Floats:
    """What the hours of each term are multiplied by, (T,): so *many*, (P,), by run, lot, panel, repair and unit."""
    whole = np.array(many)[:, known.at]
    return np.select([known.basis == basis for basis in (RUN, LOT, PANEL, REPAIR)], list(whole[:-1]), whole[-1])


def _mending(plan: Plan, lot: MeanFlow, takes: Work) -> Floats:
    """Operator hours that come with work, per lot started, (pools,): maintenance by panels, and repairs, were tools up for no longer than they
    work."""
    found = np.zeros(len(plan.groups.duty.pools))
    work = np.asarray(np.bincount(plan.group_of, weights=takes.productive, minlength=len(plan.groups.names)), dtype=float)
    for one in outages(plan):
        if one.crew >= 0 and one.counted in (BUSY, UP):
            found[one.crew] += one.ratio * work[one.group]
        elif one.crew >= 0 and one.counted == PANELS:
            found[one.crew] += one.hours * times_due(plan, one, lot.panels[:-1], lot.lots[:-1] / takes.batch)
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """A run at a *position* calls an operator of *pool* for so many *hours*."""

    position: int
    pool: int
    hours: float


def calls(plan: Plan, runs: Runs, setup: Floats) -> list[Call]:
    """Those of one run at every position that *runs* come to, with *setup* (G,) hours before it."""
    if not plan.groups.duty.pools:
        return []
    known, panels = terms(plan), runs.lots * plan.lot_panels / plan.route.parts
    items = _items(known, (np.ones(len(panels)), runs.lots, panels / plan.times.inline, np.zeros(len(panels)), panels * plan.units_per_panel))
    spent = np.zeros((len(panels), 4))
    np.add.at(spent, (known.at, known.phase), known.hours * items)
    spent[:, SETUP] = setup[plan.group_of]
    return [call for s in np.flatnonzero(runs.number > 0).tolist() for call in _calls(plan, s, spent[s].tolist())]


def _calls(plan: Plan, s: int, spent: list[float]) -> list[Call]:
    """Those of a run at position *s*, of which each phase takes so many hours; phases in a row of one pool are one call."""
    found: list[Call] = []
    for phase in (SETUP, LOAD, WORK, UNLOAD):
        pool = int(plan.groups.duty.attended[plan.group_of[s], phase])
        if spent[phase] <= 0:
            continue
        if pool >= 0 and found and found[-1].pool == pool:
            found[-1] = Call(s, pool, found[-1].hours + spent[phase])
        else:
            found.append(Call(s, pool, spent[phase]))
    return [call for call in found if call.pool >= 0]


def waiting(plan: Plan, runs: Runs, setup: Floats, load: Floats) -> Floats:
    """Estimated hours that a visit waits for operators, (P,), who serve first called, first served (M/G/c, by Erlang's C and (1 + c²)/2, of calls
    that come by chance): *setup* (G,) hours before a run, *load* (pools,)."""
    duty, found, all_calls = plan.groups.duty, np.zeros(len(runs.number)), calls(plan, runs, setup)
    for p, pool in enumerate(duty.pools):
        mine = [call for call in all_calls if call.pool == p]
        if not mine or not 0 < load[p] < 1:
            continue
        at = [call.position for call in mine]
        weight, each = runs.number[at], np.array([call.hours for call in mine])
        mean = float(weight @ each / weight.sum())
        second = float(weight @ (each**2 * (1.0 + runs.scv[at])) / weight.sum())
        u, c = float(load[p]), pool.count
        wait = second / mean / 2 * by_chance(u, c, {1.0: 1.0})[0] * c / duty.on_duty()[p]
        for s in at:
            found[s] += wait
    return found

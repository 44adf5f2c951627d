"""Plan and flow of lots in; in closed form: what setups take, what time off leaves, and how busy operators are.

A lot's setup follows that of a lot of random kind: from i to j with chance p_i · p_j, p being the shares of kinds in what the group
takes (lots released at once stay together). That is exact for one tool with Poisson lots under first come, first served; where a tool
must run n lots before it changes, runs of kind i are taken to last n - 1 + 1 / (1 - p_i) lots, as they do on a busy tool (fewer lots and
more setups on one that often has no lot of its kind).
"""

from __future__ import annotations

import numpy as np

from procsim.closed_form.mean_flow import branching_of
from procsim.maths.arrays import Floats
from procsim.maths.queues import by_chance
from procsim.plan.plan import HOUR, LOAD, LOT, PANEL, REPAIR, RUN, SETUP, UNIT, UNLOAD, WORK, Plan, Term, Upkeep
from procsim.plan.shifts import SUSPEND


def hours(plan: Plan, term: Term) -> float:
    """Mean hours of the term's amount at its step, on a tool of the group's mean speed."""
    slow = plan.groups.duty.slowness()[plan.group_of[term.step]] if term.phase == WORK else 1.0
    return float(term.law.mean * term.amount / HOUR * slow)


def unit_worth(plan: Plan) -> Floats:
    """What it takes to work on one more unit at each position, USD: all that is per unit, tool time too, (P,)."""
    found = np.array(plan.money.direct[:-1, UNIT].sum(axis=1), dtype=float)
    rate = plan.money.rate.sum(axis=1)[plan.group_of]
    for term in plan.times.terms:
        if term.basis == UNIT:
            found[term.step] += hours(plan, term) * rate[term.step]
    return found


def setups(plan: Plan, lots: Floats, batch: Floats) -> tuple[Floats, Floats, Floats]:
    """Per group and run: mean hours of setup, their variance, and how many setups, (G,) each; *lots* (S,) are there at a step per lot
    started, *batch* (S,) of them in a run."""
    duty = plan.groups.duty
    mean, second, number = (np.zeros(len(duty.setups)) for _ in range(3))
    weight, share = _weights(plan), plan.route.share
    there = plan.route.reached * np.divide(lots, share, out=np.zeros_like(lots), where=share > 0)  # (R, P): visits of a lot of each stream
    for g, law in enumerate(duty.setups):
        if law is None:
            continue
        runs, ends = 0.0, np.zeros(len(law.names))
        for r, row in enumerate(law.of.tolist()):
            for s, state in enumerate(row):
                if state >= 0:
                    runs += weight[r] * there[r, s] / batch[s]
                    ends[state] += weight[r] * there[r, s] / batch[s] / (plan.streams[r].at_once * plan.route.parts[s])
        share = ends / (ends.sum() or 1.0)
        for a in range(len(share)):
            for b in range(len(share)):
                chance = ends[a] / (runs or 1.0) * share[b] / ((law.min_run - 1) * (1 - share[a]) + 1)
                one, two = law.hours(a, b)
                mean[g] += chance * one
                second[g] += chance * two
                number[g] += chance * (one > 0)
    return mean, second - mean**2, number


def _weights(plan: Plan) -> Floats:
    """Lots of each stream, relative to one another, (R,)."""
    clocked = np.array([s.at_once / s.interval.mean if s.interval is not None else 0.0 for s in plan.streams])
    return clocked if clocked.any() else plan.route.mix


def off_per_hour(plan: Plan) -> Floats:
    """Hours that work stands still, off, per hour of work, (G,)."""
    duty = plan.groups.duty
    suspends = np.array([k >= 0 and duty.shifts[k].at_end == SUSPEND for k in duty.shift.tolist()])
    on = duty.on()
    return np.asarray(np.where(suspends, (1.0 - on) / on, 0.0))


def operators(plan: Plan, lots: Floats, panels: Floats, units: Floats, repaired: Floats, batch: Floats, setup: Floats) -> Floats:
    """Operator hours per lot started, (P,). *lots*, *panels*, *units* and *repaired* ones (S,) are there at each step; *setup* (G,) hours of a
    run."""
    duty = plan.groups.duty
    found = np.zeros(len(duty.pools))
    if not len(found):
        return found
    for term in plan.times.terms:
        s = term.step
        pool = duty.attended[plan.group_of[s], term.phase]
        if pool >= 0:
            items = {RUN: lots[s] / batch[s], LOT: lots[s], PANEL: panels[s] / plan.times.inline[s], REPAIR: repaired[s]}.get(term.basis, units[s])
            found[pool] += hours(plan, term) * items
    for s, g in enumerate(plan.group_of.tolist()):
        if duty.attended[g, SETUP] >= 0:
            found[duty.attended[g, SETUP]] += setup[g] * lots[s] / batch[s]
    return found


def waiting(plan: Plan, lots: Floats, runs: Floats, visit_scv: Floats, setup: Floats, load: Floats) -> Floats:
    """Estimated hours that a visit waits for operators, (P,), who serve first called, first served (M/G/c, by Erlang's C and (1 + c²)/2, of calls
    that come by chance): *runs* (P,) per lot started, of which *lots* are there; *setup* (G,) hours of a run, *load* (pools,)."""
    duty, found, calls = plan.groups.duty, np.zeros(len(lots)), calls_of(plan, lots, runs, setup)
    for p, pool in enumerate(duty.pools):
        mine = [(s, h) for s, who, h in calls if who == p]
        if not mine or not 0 < load[p] < 1:
            continue
        weight = np.array([runs[s] for s, _ in mine])
        each = np.array([h for _, h in mine])
        mean = float(weight @ each / weight.sum())
        second = float(weight @ (each**2 * (1.0 + visit_scv[[s for s, _ in mine]])) / weight.sum())
        u, c = float(load[p]), pool.count
        wait = second / mean / 2 * by_chance(u, c, {1.0: 1.0})[0] * c / duty.on_duty()[p]
        for s, _ in mine:
            found[s] += wait
    return found


def calls_of(plan: Plan, lots: Floats, runs: Floats, setup: Floats) -> list[tuple[int, int, float]]:
    """Calls for operators of a run at every position: the position, the pool, and hours. Arguments as of ``waiting``."""
    at = np.flatnonzero(runs > 0).tolist() if plan.groups.duty.pools else []
    return [call for s in at for call in _calls(plan, s, lots[s] / runs[s], float(setup[plan.group_of[s]]))]


def _calls(plan: Plan, s: int, batch: float, setup: float) -> list[tuple[int, int, float]]:
    """What a run of so many lots at position *s* calls operators for: the position, the pool, and hours; phases in a row of one pool are one call."""
    duty, g = plan.groups.duty, int(plan.group_of[s])
    panels = plan.lot_panels / float(plan.route.parts[s])
    items = {RUN: 1.0, LOT: batch, PANEL: batch * panels / plan.times.inline[s], REPAIR: 0.0}
    spent = np.zeros(4)
    spent[SETUP] = setup
    for term in plan.times.terms:
        if term.step == s:
            spent[term.phase] += hours(plan, term) * items.get(term.basis, batch * panels * plan.units_per_panel)
    found: list[tuple[int, int, float]] = []
    for phase in (SETUP, LOAD, WORK, UNLOAD):
        pool = int(duty.attended[g, phase])
        if spent[phase] <= 0:
            continue
        if pool >= 0 and found and found[-1][1] == pool:
            found[-1] = (s, pool, found[-1][2] + float(spent[phase]))
        else:
            found.append((s, pool, float(spent[phase])))
    return [call for call in found if call[1] >= 0]


def serviced(plan: Plan, law: Upkeep, panels: Floats, runs: Floats) -> float:
    """How often upkeep by panels falls due per lot started, of which *panels* and *runs* (S,) come to each step: it waits for the run in progress, so
    once after a run at most, however many panels that has."""
    mine = plan.group_of == law.group
    return float(np.minimum(panels[mine] / law.every_panels, runs[mine]).sum())


def mending(plan: Plan, work: Floats, panels: Floats, runs: Floats) -> Floats:
    """Operator hours that come with work, (P,): maintenance by panels, and repairs, were tools up for no longer than they work; of *work* (S,) tool
    hours, *panels* and *runs* (S,)."""
    groups, found = len(plan.groups.names), np.zeros(len(plan.groups.duty.pools))
    by_group = np.asarray(np.bincount(plan.group_of, weights=work, minlength=groups), dtype=float)
    for b in plan.groups.breakdowns:
        if b.crew >= 0 and b.to_fail.mean > 0:
            found[b.crew] += b.to_repair.mean / b.to_fail.mean * by_group[b.group]
    for u in plan.groups.upkeep:
        if u.crew >= 0 and not u.every_us:
            found[u.crew] += u.takes.mean / HOUR * serviced(plan, u, panels, runs)
    return found


def loads(plan: Plan, rate: float, work: Floats, staff: Floats, mends: Floats, up: Floats) -> tuple[Floats, Floats, Floats]:
    """Load of each pool, (P,): in all, for lots alone, and what it cannot do without, which leaves out repairs by the calendar of tools that do not
    work: where tools wait for repair, they are up less. *work* (S,) tool hours, *staff* and *mends* (P,) operator hours per lot started,
    *up* (G,) the share of the clock that a tool is up."""
    there, idle = plan.groups.duty.on_duty(), plan.groups.count * up - rate * np.bincount(plan.group_of, weights=work, minlength=len(up))
    must, may = rate * (staff + mends), np.zeros(len(there))
    for u in plan.groups.upkeep:
        if u.crew >= 0 and u.every_us:
            must[u.crew] += u.takes.mean / u.every_us * plan.groups.count[u.group]
    for b in plan.groups.breakdowns:
        if b.crew >= 0 and not b.busy_clock and b.to_fail.mean > 0:
            may[b.crew] += b.to_repair.mean / b.to_fail.mean * max(float(idle[b.group]), 0.0)
    return (must + may) / there, rate * staff / there, must / there


def moves(plan: Plan) -> Floats:
    """Mean hours of transport to each position from the one visited before, of a lot of each stream on its whole way, (R, P): nothing within one tool
    group."""
    found = np.zeros((len(plan.streams), len(plan.group_of)))
    if plan.times.transport is None:
        return found
    for r in range(len(plan.streams)):
        found[r] = branching_of(plan, r).moved(plan.group_of) * plan.times.transport.mean / HOUR
    return found

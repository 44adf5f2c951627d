"""Works out how long lots are in their tools if nobody is in their way: raw process times, and who is over a limit of queue time even so."""

from __future__ import annotations

import numpy as np

from procsim.maths.arrays import Floats
from procsim.planning.limits import Between
from procsim.planning.plan import HOUR, LOT, PANEL, RUN, Plan, Times


def raw_times(times: Times, panels: Floats, units: float, random: float | None = None) -> Floats:
    """Mean µs that a lot of all its *panels* (P,), of so many *units* each, worked alone, is in its tool at each position, (P,): what a dispatcher
    knows beforehand; or, with *random*, the times of which that share of lots has shorter ones."""
    found, cells = np.zeros(len(panels)), times.inline
    for term in times.terms:
        count = float(panels[term.step])
        each = term.law.mean if random is None else float(term.law.quantile(np.array([random]))[0])
        time = each * term.amount * {RUN: 1.0, LOT: 1.0, PANEL: count}.get(term.basis, count * units)
        if term.basis == PANEL and cells[term.step] > 1:
            time = time / cells[term.step] + time / count * (1.0 - 1.0 / cells[term.step])
        found[term.step] += time
    return found


def late_on_average(plan: Plan) -> tuple[str, ...]:
    """Limits of queue time that the mean lot is over though it never waits, in words."""
    times = raw_times(plan.times, plan.lot_panels / plan.route.parts, float(plan.units.mean()))
    between = Between(plan.route, times, plan.times.transport.mean if plan.times.transport is not None else 0.0, plan.step_group)
    return tuple(f"the limit {limit.name} of {limit.limit_us / HOUR:g} h from {plan.steps[limit.first]} to {plan.steps[limit.last]} is shorter than "
                 f"mean work and transport between, {between.us(limit.first, limit.last) / HOUR:.3g} h: "
                 "about half of all lots are over it without waiting"
                 for limit in plan.discipline.limits if limit.limit_us < between.us(limit.first, limit.last))

"""Takes out of a run of mean values what such a run cannot tell, and says in words what that is.

With mean values every draw is its mean, and lots are there by a chance. Load, cost and raw process time are then exact as long as they are linear in
what comes. They are not where it depends on who comes together or in what order: how many lots share a run that may start with fewer than it can
take, which setup comes next, which of unlike tools takes a lot, what a failure finds to spoil. One order of mean lots says nothing of
that, so its figures are left out (nan).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form.mean_flow import mean_flow
from procsim.closed_form.solve import ClosedForm, stay_of
from procsim.costs.totals import Totals
from procsim.lots.records import PRODUCTIVE, STANDBY
from procsim.maths.arrays import Bools, Floats
from procsim.planning.fixed import fixed_sizes
from procsim.planning.plan import RUN, Plan
from procsim.planning.shifts import SUSPEND

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a run of mean values cannot tell: *load* (G,), how much time tool groups work, and *hours* (G,), how long runs there take, and so what
    they cost; *why* (G,) in words; and whether it does not tell either what becomes of *units*."""

    load: Bools
    hours: Bools
    why: tuple[str, ...]
    units: bool

    def words(self, plan: Plan) -> list[str]:
        """One warning of all that is left out."""
        names = [f"{name} ({why})" for name, why in zip(plan.groups.names, self.why, strict=True) if why]
        if not names:
            return []
        costly = bool(_charged(plan, self.hours).any()) or (self.units and not plan.money.free)
        others = {"raw process time": bool(self.hours.any()), "yield": self.units, "cost per good unit": costly}
        left = ", ".join([f"the load of {', '.join(names)}", *(name for name, out in others.items() if out)])
        return [f"--no-variability leaves out {left}: one order of mean lots does not tell them; run without it"]


def unknown(plan: Plan, closed: ClosedForm) -> Unknown:
    """What a run of mean values of *plan* cannot tell."""
    visited = np.bincount(plan.group_of, weights=plan.route.share, minlength=len(plan.groups.names)) > 0
    why = [_why(plan, closed, g) if there else "" for g, there in enumerate(visited.tolist())]
    hours = np.array([bool(word) for word in why])
    for g in np.flatnonzero(visited & ~hours).tolist():
        shift = int(plan.groups.duty.shift[g])
        if any(stream.lose for stream in plan.streams):
            why[g] = "lots are turned away where there is no room"
        elif shift >= 0 and plan.groups.duty.shifts[shift].at_end != SUSPEND:
            why[g] = "what its shift's end finds begun"
    return Unknown(np.array([bool(word) for word in why]), hours, tuple(why), _scraps(plan))


def _scraps(plan: Plan) -> bool:
    """Whether lots may be scrapped, or sent back, by when they come to where."""
    return any(b.scrap for b in plan.groups.breakdowns) or any(timed.acts for timed in plan.discipline.limits)


def _why(plan: Plan, closed: ClosedForm, g: int) -> str:
    """Why nobody knows how long runs of group *g* take; '' where that is known."""
    if _scraps(plan):
        return "lots may be scrapped or sent back on their way"
    if len(set(plan.groups.duty.speeds[g])) > 1:
        return "tools of unlike speeds"
    if closed.tools.setup_h[plan.step_group == g].sum() > 0:
        return "setups in the order of lots"
    return "" if _sized(plan, closed, g) else "batches that differ from run to run"


def _sized(plan: Plan, closed: ClosedForm, g: int) -> bool:
    """Whether lots run alone at group *g*, or so many together in every run, with the panels that the mean lot has left as with all of them."""
    if not plan.groups.batch_max[g]:
        return True
    lot, at = mean_flow(plan, stay_of(closed)), np.flatnonzero((plan.group_of == g) & (plan.route.share > 0))
    left = np.divide(lot.panels[:-1], lot.lots[:-1], out=np.full(len(plan.group_of), np.inf), where=lot.lots[:-1] > 1e-12)
    return bool((np.maximum(np.floor(plan.groups.batch_max[g] / left[at] + 1e-9), 1.0) <= fixed_sizes(plan)[at]).all())


def told(plan: Plan, totals: Totals, without: Unknown) -> Totals:
    """*totals* of a run of mean values, *without* what it cannot tell."""
    if not without.load.any():
        return totals
    states, setup = totals.state_hours.copy(), totals.setup_hours.copy()
    states[np.ix_(np.flatnonzero(without.load), np.array([PRODUCTIVE, STANDBY]))] = NAN
    setup[without.load] = NAN
    found = replace(totals, state_hours=states, setup_hours=setup, setups=np.where(without.hours, NAN, totals.setups),
                    inside=np.where(without.load, NAN, totals.inside))
    if not without.hours.any():
        return found
    steps = without.hours[plan.step_group]
    hours = {name: np.where(steps, NAN, found.by_step[name]) for name in ("process_us", "held_us", "stood_us")}
    found = replace(found, by_step={**found.by_step, **hours},
                    per_lot_us={**found.per_lot_us, "process_us": NAN}, pools=_pools(plan, found, without.hours))
    if without.units:
        found = replace(found, sums={**found.sums, "good": NAN, "escapes": NAN})
    return _without_money(plan, found, without.hours)


def _pools(plan: Plan, totals: Totals, hours: Bools) -> Floats:
    """Hours of operators, but for those who attend the groups *hours*."""
    theirs = {p for p in plan.groups.duty.attended[hours].ravel().tolist() if p >= 0}
    pools = totals.pools.copy()
    pools[sorted(theirs), 0] = NAN
    return pools


def _charged(plan: Plan, hours: Bools) -> Bools:
    """What lots pay for runs, or their hours, at the groups *hours*: (S, C)."""
    per_run = np.zeros((len(plan.steps), plan.money.rate.shape[1]), dtype=bool)
    np.logical_or.at(per_run, plan.route.step, plan.money.direct[:-1, RUN] != 0)
    return np.asarray(hours[plan.step_group][:, None] & (per_run | (plan.money.rate[plan.step_group] > 0)))


def _without_money(plan: Plan, totals: Totals, hours: Bools) -> Totals:
    """*totals* without what lots pay for runs, or their hours, at the groups *hours*, and all sums that hold it."""
    charged = _charged(plan, hours)
    if not charged.any():
        return totals
    cost, unused, paid, streams = (of.copy() for of in (totals.cost, totals.unused, totals.paid_hours, totals.by_stream))
    cost[:-1][charged] = unused[hours] = paid[:, hours] = streams[:, -1] = NAN
    per_run = np.array([use.basis == RUN and bool(hours[plan.group_of[use.step]]) for use in plan.money.uses], dtype=bool)
    none = {name: np.full_like(getattr(totals, name), NAN) for name in ("value", "wip_value", "scrap_caused", "scrap_found")}
    return replace(totals, cost=cost, unused=unused, paid_hours=paid, by_stream=streams, charged=NAN, spent=NAN,
                   amounts=np.where(per_run, NAN, totals.amounts), **none)


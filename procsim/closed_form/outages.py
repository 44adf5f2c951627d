"""Plan in, what takes the tools of each group away from their work out: one row per kind of outage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Floats
from procsim.plan.plan import HOUR, Plan
from procsim.plan.shifts import Shift


@dataclass(frozen=True, slots=True)
class Outage:
    """Of a tool of *group*, for the share *away* of the time, which is that in which it works unless *clock*: then it comes to idle tools, too.
    Each takes *hours* on average, with the squared coefficient of variation *scv*."""

    group: int
    away: float
    hours: float
    scv: float
    clock: bool


def outages(plan: Plan, run_h: Floats, batch: Floats, clocks: list[int]) -> list[Outage]:
    """Failures, maintenance, and, of groups whose *clocks* are not -1, the time off of that shift. *run_h* (G,) hours of a run of *batch* (G,)
    lots say how often maintenance by panels comes."""
    found = []
    for b in plan.groups.breakdowns:
        if b.to_fail.mean > 0:
            share = b.to_repair.mean / (b.to_fail.mean + b.to_repair.mean)
            found.append(Outage(b.group, share, b.to_repair.mean / HOUR, b.to_repair.scv, not b.busy_clock))
    for u in plan.groups.upkeep:
        hours = u.takes.mean / HOUR
        if u.every_us:
            found.append(Outage(u.group, u.takes.mean / u.every_us, hours, u.takes.scv, True))
        elif run_h[u.group] > 0:
            work = u.every_panels / (plan.lot_panels * float(batch[u.group])) * float(run_h[u.group])
            found.append(Outage(u.group, hours / (hours + work), hours, u.takes.scv, False))
    for g, clock in enumerate(clocks):
        if clock >= 0:
            shift = plan.groups.duty.shifts[clock]
            found.append(Outage(g, 1.0 - shift.share, _off_h(shift), 0.0, True))
    return found


def _off_h(shift: Shift) -> float:
    """Mean hours of the time off that one meets: longer ones are met more often."""
    off = np.array(shift.spans[(1 if shift.on else 0) :: 2]) / HOUR
    return float((off**2).sum() / off.sum()) if off.sum() > 0 else 0.0


def chance(all_: list[Outage], groups: int) -> tuple[Floats, Floats]:
    """Chance that an idle tool of each group is down, (G,), and how many hours it then still is."""
    there, hours, weight = np.ones(groups), np.zeros(groups), np.zeros(groups)
    for one in all_:
        if one.clock:
            there[one.group] *= max(1.0 - one.away, 0.0)
            hours[one.group] += one.away * one.hours * (1.0 + one.scv) / 2
            weight[one.group] += one.away
    return 1.0 - there, np.divide(hours, weight, out=np.zeros(groups), where=weight > 0)


def varied(done: Floats, hours: Floats, all_: list[Outage]) -> Floats:
    """Squared coefficient of variation of the time for which a run keeps its tool, (G,), that of its work being *done*, and its *hours* (G,)
    without: (1 + cr²)·A·(1 - A)·mr/te more for each kind of outage (Hopp & Spearman, Factory Physics, ch. 8)."""
    found, te = done.copy(), hours.copy()
    for one in all_:
        g, away = one.group, one.away
        if te[g] > 0 and away < 1:
            found[g] += (1.0 + one.scv) * (1.0 - away) * away * one.hours / te[g]
            te[g] /= 1.0 - away
    return found

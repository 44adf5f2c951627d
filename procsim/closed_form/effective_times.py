"""Works out effective process times: how long a run takes with all that stops its tool, and how much that varies.

The ideas are those of Hopp & Spearman, Factory Physics, ch. 8; ``outages`` describes what stops tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.outages import BUSY, PANELS, UP, Outage, outages
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs at each position, (P,): *number* of them per lot started, with so many *lots* in each; one takes *hours*, but for outages, with the
    squared coefficient of variation *scv*."""

    number: Floats
    lots: Floats
    hours: Floats
    scv: Floats

    def mean(self, plan: Plan, of: Floats) -> Floats:
        """Mean *of* (P,) something over the runs of each tool group, (G,)."""
        number, total = (np.bincount(plan.group_of, weights=w, minlength=len(plan.groups.names)) for w in (self.number, self.number * of))
        return np.asarray(total / np.where(number > 0, number, 1.0))

    def mean_hours(self, plan: Plan) -> Floats:
        """Mean hours of a run of each tool group, (G,)."""
        return self.mean(plan, self.hours)

    def mean_squares(self, plan: Plan) -> Floats:
        """Mean of the squares of those hours, (G,)."""
        return self.mean(plan, self.hours**2 * (1 + self.scv))


@dataclass(frozen=True, slots=True)
class Service:
    """Mean hours *te* of a run of each group, with all that stops its tool, and their squared coefficient of variation *ce*, (G,), *work* being the
    hours without that; the same of a visit to each position, (P,): hours *own* and the mean of their squares *second*."""

    work: Floats
    te: Floats
    ce: Floats
    own: Floats
    second: Floats


@dataclass(frozen=True, slots=True)
class _Added:
    """What outages add to the time of a run, by tool group, (G,): an hour of work becomes *stretch* hours and of variance *spread* more, and a run
    of any length *after* hours more, of variance *varied*."""

    stretch: Floats
    spread: Floats
    after: Floats
    varied: Floats


def _added(plan: Plan, runs: Runs, taken: Floats) -> _Added:
    """To *runs* on tools that are *taken* (G,) of the time."""
    groups, te, panels = len(plan.groups.names), runs.mean_hours(plan), runs.mean(plan, plan.lot_panels / plan.route.parts * runs.lots)
    found = _Added(np.ones(groups), np.zeros(groups), np.zeros(groups), np.zeros(groups))
    for one in outages(plan):
        g = one.group
        if one.counted in (BUSY, UP):
            found.stretch[g] += one.ratio
            found.spread[g] += te[g] / one.every * one.hours**2 * (one.every_scv + one.scv)
        elif one.counted == PANELS:
            often = panels[g] / one.every
            found.after[g] += often * one.hours
            found.varied[g] += one.hours**2 * (often % 1 * (1 - often % 1) * max(1.0 - taken[g], 0.0) + often * one.scv)
    return found


def service(plan: Plan, runs: Runs, there: Floats, taken: Floats) -> Service:
    """Of *runs* on tools that their shifts and operators are *there* for, a share (G,) of the time, of which they are *taken* (G,) so much.

    A failure every m_f hours of work takes m_r: it adds m_r/m_f to an hour of work, and (c_f² + c_r²)·m_r²/m_f to its variance; maintenance every N
    panels comes after a run of n with the chance n/N; it comes so regularly that a busy tool's queue sees no more of that than the mean. (Failures
    by the calendar are like that while the tool works.)"""
    at, te, second, added = plan.group_of, runs.mean_hours(plan), runs.mean_squares(plan), _added(plan, runs, taken)
    mean = te * added.stretch + added.after
    variance = (second - te**2) * added.stretch**2 + added.spread + added.varied
    ce = np.divide(variance, mean**2, out=np.zeros_like(mean), where=mean > 0)
    part = np.divide(runs.hours, te[at], out=np.zeros(len(at)), where=te[at] > 0)
    own = runs.hours * added.stretch[at] + added.after[at]
    squares = own**2 + (runs.hours * added.stretch[at]) ** 2 * runs.scv + part * added.spread[at] + added.varied[at]
    present = np.maximum(there, 1e-12)
    return Service(te, mean / present, np.maximum(ce, 0.0), own / present[at], squares / present[at] ** 2)


def interrupted_scv(hours: Floats, scv: Floats, by: Sequence[Outage]) -> Floats:
    """Squared coefficient of variation of the time for which a run keeps its tool, (G,), where its work takes *hours* (G,) with *scv* (G,), and
    outages, counted in hours, interrupt it *by* the way: (1 + cr²)·A·(1 - A)·mr/te more for each kind of them."""
    found, te = scv.copy(), hours.copy()
    for one in by:
        g, away = one.group, one.away
        if te[g] > 0 and away < 1:
            found[g] += (1.0 + one.scv) * (1.0 - away) * away * one.hours / te[g]
            te[g] /= 1.0 - away
    return found

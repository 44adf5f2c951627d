"""Puts together what a rate of lots asks of a line: of its tools, and of its operators."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form import operators
from procsim.closed_form.effective_times import Runs
from procsim.closed_form.mean_flow import MeanFlow
from procsim.closed_form.operators import Crew
from procsim.closed_form.outages import PANELS, Down, downtime, outages, times_due
from procsim.closed_form.work import Work, runs, work
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Demand:
    """*rate* lots start an hour. The mean *lot* takes so much work of tools that are *down* so much, with all that comes with it, and so much of the
    *crew*."""

    rate: float
    lot: MeanFlow
    takes: Work
    down: Down
    crew: Crew

    @property
    def there(self) -> Floats:
        """How many of a lot started come to each position, (P,), parts counted one by one."""
        return self.lot.lots[:-1]

    def visits(self, plan: Plan) -> Runs:
        """Its runs, of whole visits."""
        return runs(plan, self.lot, self.takes, self.takes.visit)

    def entrances(self, plan: Plan) -> Runs:
        """Its runs, up to where the entrance of an in-line tool is free again."""
        return runs(plan, self.lot, self.takes, self.takes.entrance)


def demand(plan: Plan, lot: MeanFlow, rate: float) -> Demand:
    """Of *lot*, of which *rate* start an hour."""
    down = downtime(plan)
    takes = work(plan, lot, down, rate)
    each = runs(plan, lot, takes, takes.visit)
    return Demand(rate, lot, takes, _with_work(plan, lot, takes, each, down), operators.crew(plan, lot, takes, each))


def _with_work(plan: Plan, lot: MeanFlow, takes: Work, each: Runs, down: Down) -> Down:
    """*down* with what comes with the work: setups, maintenance by panels, and runs that a shift has no room for."""
    per_lot = np.bincount(plan.group_of, weights=takes.setup, minlength=len(down.per_lot)).astype(float)
    for one in outages(plan):
        if one.counted == PANELS:
            per_lot[one.group] += one.hours * times_due(plan, one, lot.panels[:-1], each.number)
    return replace(down, per_lot=per_lot, manned=plan.groups.duty.manned(each.mean_hours(plan), each.mean_squares(plan)))

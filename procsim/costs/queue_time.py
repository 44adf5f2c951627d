"""Counts how many lots keep each limit of queue time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from procsim.costs.visits import Visits
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


def clocked(plan: Plan, visits: Visits, clocks: Mapping[int, Mapping[int, int]]) -> Floats:
    """Lots checked and lots over, one row per limit, (L, 2): each lot's own clock from the end of one step to the next start of the
    other, where that start is inside the window. Visits are in the order in which they ended; *clocks* ran before them, by row and step."""
    limits = plan.discipline.limits
    step, found = plan.route.step[visits.step], np.zeros((len(limits), 2))
    for i, limit in enumerate(limits):
        since = {row: ran[limit.first] for row, ran in clocks.items() if limit.first in ran}
        mine = np.flatnonzero((step == limit.first) | (step == limit.last))
        columns = (values[mine].tolist() for values in (visits.row, step, visits.start, visits.end))
        for row, at, begun, over in zip(*columns, strict=True):
            if at == limit.first:
                since[row] = over
            elif row in since:
                elapsed = begun - since.pop(row)
                if plan.warmup_us <= begun < plan.horizon_us:
                    found[i] += (1, elapsed > limit.limit_us)
    return found

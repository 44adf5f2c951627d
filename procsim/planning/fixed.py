"""Says how many lots share a run, where that is the same for every run."""

from __future__ import annotations

import numpy as np

from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


def fixed_sizes(plan: Plan) -> Floats:
    """Lots in a run at each position where tools run batches of a fixed size, (P,); nan where lots run alone, and where batches differ: in size,
    since a run may start with fewer lots than it can take, or in time, since their lots come from steps that share unlike times. Lots are taken to
    keep all their panels."""
    found = np.full(len(plan.group_of), np.nan)
    panels, shared = plan.lot_panels / plan.route.parts, np.array(plan.times.shared(len(found)))
    for g in np.flatnonzero(plan.groups.batch_max).tolist():
        if (plan.discipline.guests[g] >= 0).any():
            continue
        visited = (plan.group_of == g) & (plan.route.share > 0)
        most = np.maximum(np.floor(plan.groups.batch_max[g] / panels + 1e-9), 1.0)
        least = np.clip(np.ceil(plan.groups.batch_min[g] / panels - 1e-9), 1.0, most)
        for key in np.unique(plan.batch_key[visited]).tolist():
            at = np.flatnonzero(visited & (plan.batch_key == key))
            alone = (most[at] == 1).all()
            if alone or ((least[at] == most[at]).all() and plan.groups.wait_us[g] < 0 and _alike(panels[at]) and _alike(shared[at])):
                found[at] = most[at]
    return found


def _alike(values: Floats) -> bool:
    return bool(np.allclose(values, values[0], rtol=1e-12))


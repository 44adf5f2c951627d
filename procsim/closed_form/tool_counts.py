"""Works out the fewest tools of each group that keep its load within a limit.

Groups do not ask anything of one another here, so that the fewest of each are the fewest of all. Batches that may start with fewer lots than they
can take grow until their group keeps up, whatever tools it has; what counts is its load with full ones. (Where setups are avoided, more tools make
for more of them: the count is raised until it keeps up with its own setups.)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from procsim.closed_form.capacity import tool_loads, tools_for
from procsim.closed_form.demand import demand
from procsim.closed_form.mean_flow import MeanFlow, mean_flow
from procsim.closed_form.starts import released_per_h
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.planning.plan import Plan
from procsim.quality.learning import Stay

MOST_TOOLS = 10_000
"""As many as a group may have."""
TURNS = 100
"""Times that counts are raised, at most."""


def least_counts(plan: Plan, stay: Stay, most: float, which: Bools) -> Ints:
    """Tools of each group, (G,): of those *which* (G,), the fewest that are loaded up to *most* by what is released, ``MOST_TOOLS`` where no more
    would do; of the others, those that there are. Where defects are learned away, lots *stay* so long."""
    found, full, lot = np.where(which, 1, plan.groups.count), with_full_batches(plan), mean_flow(plan, stay)
    for _ in range(TURNS):
        asked = wanted_tools(replace(full, groups=replace(full.groups, count=found)), lot, most)
        more = np.where(which, np.maximum(found, np.clip(np.ceil(asked - 1e-9), 1, MOST_TOOLS)), found).astype(np.int64)
        if np.array_equal(more, found):
            break
        found = more
    return found


def wanted_tools(plan: Plan, lot: MeanFlow, most: float) -> Floats:
    """Tools of each group, (G,), in fractions, that what is released of *lot* would load up to *most*; 0 of those that are never up."""
    return tools_for(plan, demand(plan, lot, released_per_h(plan)), most)


def load_of_full_batches(plan: Plan, lot: MeanFlow) -> Floats:
    """Load of each group, (G,), by what is released of *lot*, were all batches full: what a limit of loads bounds."""
    full = with_full_batches(plan)
    return tool_loads(full, demand(full, lot, released_per_h(plan))).load


def with_full_batches(plan: Plan) -> Plan:
    """*plan* with batches that always wait until they are full."""
    groups = plan.groups
    return replace(plan, groups=replace(groups, batch_min=groups.batch_max, fields={**groups.fields, "patience": np.full_like(groups.wait_us, -1)}))

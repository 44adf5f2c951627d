"""Says which figures of the closed form are exact and which are estimates: the one place that does.

Waiting, and cycle time, are estimates. Yield, cost, load and raw process time are exact means, but where something else that is an estimate enters
them:

- a constant WIP: how many lots come, and so output, load, what unused capacity costs, and where its streams go different ways all figures of the
mean lot. Exact where nothing varies: the line then is the best case;
- batches that may start with fewer lots than they can take, setups, tools of unlike speed, shifts whose end lets
work finish or not begin, and failures that scrap work: how long a tool is taken for a lot, and so its load, cost and raw process time; where lots
lose panels before a batch, its load;
- repairs and maintenance that wait for a crew, or go on while the tool is off: how much they leave of its time, and so its load;
- what is learned: of when lots leave, and so yield and cost.
"""

from __future__ import annotations

import math

import numpy as np

from procsim.closed_form.capacity import resource_names
from procsim.closed_form.outages import outages
from procsim.closed_form.solve import ClosedForm
from procsim.maths.arrays import Bools
from procsim.planning.plan import REPAIR, UNIT, Plan
from procsim.planning.shifts import SUSPEND

EXACT, ESTIMATE = "exact", "estimate"
WAITING = frozenset({"cycle_time", "waiting_time"})
PACED = frozenset({"good_units_per_week", "throughput", "cost_per_good_unit_loaded", "cost_per_shipped_unit", "price_per_good_unit",
                   "cost_of_unused_capacity_per_good_unit"})
"""Figures that change with the number of lots that come."""
TAKEN = frozenset({"cost_per_good_unit_direct", "cost_per_good_unit_direct_without_dies", "cost_per_good_unit_loaded", "cost_per_shipped_unit",
                   "price_per_good_unit", "cost_of_unused_capacity_per_good_unit", "raw_process_time", "saving_by_skipping_known_bad"})
"""Figures that change with how long a tool is taken for a lot."""
PER_UNIT = frozenset({"yield", "escapes_ppm", "starts_per_good_unit", "infant_failures_ppm", "good_units_per_week", "throughput"}) | (TAKEN - {
    "raw_process_time"})
"""Figures that change with who is good."""


def estimates(plan: Plan, over: bool = False) -> frozenset[str]:
    """Names of the figures of summary.csv that are estimates, those of the bottleneck left out; *over* where the line cannot take what comes: what
    gets past the bottleneck is then the same share of all streams, which is a guess where these go different ways."""
    found = WAITING | (frozenset() if _constant(plan) else {"wip"})
    if _constant(plan) and not still(plan):
        found |= PACED
        found |= frozenset() if (plan.route.reached == plan.route.reached[0]).all() else PER_UNIT | TAKEN
    if over:
        found |= PACED | TAKEN
    if _shared(plan).any():
        found |= TAKEN
    return found | PER_UNIT if plan.losses.learns.any() else found


def says(plan: Plan, figure: str, value: float = 0.0, over: bool = False) -> str:
    """``EXACT`` or ``ESTIMATE``, of a line that is *over* its capacity or not; "" for a *value* that there is none of."""
    return "" if math.isnan(value) else ESTIMATE if figure in estimates(plan, over) else EXACT


def loads(plan: Plan) -> Bools:
    """Whether the load of each tool group and, behind these, pool of operators is an estimate, in the order of ``resource_names``."""
    if _constant(plan) and not still(plan):
        return np.ones(len(resource_names(plan)), dtype=bool)
    pools, shared = plan.groups.duty.pools, _shared(plan)
    mends = {one.crew for one in outages(plan)}
    lost = (plan.groups.batch_max > 0) & bool((plan.losses.panel < 1.0).any())  # lots that lost panels count as whole ones there
    helps = [bool((shared & (plan.groups.duty.attended == p).any(axis=1)).any()) or p in mends for p in range(len(pools))]
    return np.append(shared | lost | _down_by_chance(plan), np.array(helps, dtype=bool))


def load_says(plan: Plan, resource: int, value: float = 0.0, over: bool = False) -> str:
    """As ``says``, of the load of one of ``resource_names``."""
    return "" if math.isnan(value) else ESTIMATE if over or loads(plan)[resource] else EXACT


def overloaded(closed: ClosedForm) -> bool:
    """Whether more comes than some tool group, or pool of operators, can take."""
    return bool((closed.loads >= 1.0).any())


def _constant(plan: Plan) -> bool:
    """Whether a constant WIP alone releases."""
    return all(stream.conwip for stream in plan.streams)


def _shared(plan: Plan) -> Bools:
    """Groups whose tools are taken for so long, or are there for so long, only as an estimate, (G,)."""
    groups, duty = plan.groups, plan.groups.duty
    setups = np.array([law is not None and len(law.names) > 1 for law in duty.setups], dtype=bool)
    unlike = np.array([len(set(speeds)) > 1 for speeds in duty.speeds], dtype=bool)
    ends = np.array([clock >= 0 and duty.shifts[clock].at_end != SUSPEND for clock in duty.clock()], dtype=bool)
    scraps = any(b.scrap for b in groups.breakdowns)
    return np.asarray((groups.batch_min < groups.batch_max) | setups | unlike | ends | scraps)


def _down_by_chance(plan: Plan) -> Bools:
    """Groups that are down longer than a repair or upkeep takes, for want of a crew, or less of their shifts than that, since it goes on after
    their end, (G,)."""
    found = np.zeros(len(plan.groups.names), dtype=bool)
    for one in outages(plan):
        found[one.group] |= one.crew >= 0 or plan.groups.duty.shift[one.group] >= 0
    return found


def still(plan: Plan) -> bool:
    """Whether nothing varies on a line of constant WIP: lots of one stream go through the same steps, each on tools of its own, in the same times,
    one lot a run, and nothing is ever down."""
    groups, duty, at = plan.groups, plan.groups.duty, plan.group_of
    alike = len(plan.streams) == 1 and plan.route.plain and not plan.route.stretches and len(np.unique(at)) == len(at)
    steady = not any(term.law.scv for term in plan.times.terms) and (plan.times.transport is None or plan.times.transport.scv == 0)
    up = not groups.breakdowns and not groups.upkeep and bool((duty.shift < 0).all()) and not duty.pools
    alone = not groups.batch_max.any() and not any(duty.speeds) and all(law is None for law in duty.setups)
    room = bool((plan.discipline.buffer < 0).all())
    return bool(alike and steady and up and alone and room and _whole(plan))


def _whole(plan: Plan) -> bool:
    """Whether there is as much to work on in every lot, wherever it is."""
    losses = plan.losses
    counted = any(term.basis in (UNIT, REPAIR) for term in plan.times.terms)
    kept = bool((losses.unit() >= 1).all() and (losses.incoming >= 1).all() and (losses.false_reject <= 0).all())
    return bool((losses.panel >= 1).all()) and (kept or not counted)

"""Says in a word what limits each tool group, from what its tools do while lots wait for them.

A tool group limits the line where lots wait for it. Where that is so for less than half of the time, and its load is below 85 %, it is
limited by *demand*: nobody comes, and it limits nothing. Else its tools' time while lots wait is looked at. Where they work, or are set
up, for at least 85 % of it, the group is limited by its *capacity*: it does what it can. Else by the largest part of the time in which they
do not: *failures*, *maintenance*, *engineering*, *shift* (off), *repair crew* and *operators* (waiting for one of a pool), *blocked* (the
next buffer is full) and *batch forming* (idle, since the lots that wait are not enough, or not alike). A lot waits for a group while it is in
its queue, kept elsewhere because that is full, or in a tool of it that stands still.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from procsim.closed_form.outages import BUSY, CALENDAR, PANELS, UP, hourly, outages, times_due
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.lots.records import (
    ATTENDED,
    BLOCKED,
    DOING,
    ENGINEERING,
    INSIDE,
    LOOKS,
    NON_SCHEDULED,
    PRODUCTIVE,
    SCHEDULED,
    SETTING_UP,
    STANDBY,
    UNSCHEDULED,
    WAITED,
)
from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, PANEL, RUN, Plan
from procsim.planning.shifts import NO_START
from procsim.results.metrics import loads

OFTEN = 0.5
"""Share of the time from which on lots that wait make a group a limit."""
AT_WORK = 0.85
"""Share of its time from which on a group that works is limited by its own work: what is called world-class for OEE (Nakajima)."""
DEMAND, CAPACITY = "demand", "capacity"


def limited_by(plan: Plan, totals: Sequence[Totals]) -> list[str]:
    """What limits each tool group, as work sampling found over all replications; '' where its load is not known."""
    seen, load = np.sum([t.seen for t in totals], axis=0), loads(totals).mean(axis=0)
    return [_limit(row[WAITED] / max(row[LOOKS], 1.0), float(load[g]), _parts(plan, g, row)) if load[g] == load[g] else ""
            for g, row in enumerate(seen)]


def _limit(waits: float, load: float, parts: dict[str, float]) -> str:
    """The word for a group of that *load* for which lots wait that share of the time, and whose tools' time then has these *parts*."""
    lost = {name: part for name, part in parts.items() if name != CAPACITY}
    if waits < OFTEN and load < AT_WORK:
        return DEMAND
    if not any(lost.values()) or parts[CAPACITY] >= AT_WORK * sum(parts.values()):
        return CAPACITY
    return max(lost, key=lambda name: lost[name])


def _parts(plan: Plan, g: int, seen: Floats) -> dict[str, float]:
    """Tools of group *g* seen while lots wait, by what they do."""
    state, pools = seen[DOING:ATTENDED], plan.groups.duty.pools
    found = {CAPACITY: state[PRODUCTIVE] + state[INSIDE] + state[SETTING_UP], "failures": state[UNSCHEDULED], "maintenance": state[SCHEDULED],
             "engineering": state[ENGINEERING], "blocked": state[BLOCKED], "shift": state[NON_SCHEDULED]}
    idle = _idle(plan, g)
    found[idle] = found.get(idle, 0.0) + state[STANDBY]
    for p, pool in enumerate(pools):
        found[f"operators: {pool.name}"] = seen[ATTENDED + p]
        found[f"repair crew: {pool.name}"] = seen[ATTENDED + len(pools) + p]
    return found


def _idle(plan: Plan, g: int) -> str:
    """Why a tool of group *g* is idle though lots wait: for lots of its kind, for a shift long enough, or for the tool that did another step."""
    shift = int(plan.groups.duty.shift[g])
    if plan.groups.batch_max[g]:
        return "batch forming"
    return "shift" if shift >= 0 and plan.groups.duty.shifts[shift].at_end == NO_START else "same tool"


def foreseen(plan: Plan, closed: ClosedForm) -> list[str]:
    """What is likely to limit each tool group, from the closed form: that lots wait is estimated as of exponential times. Blocking and waiting
    for a repair crew have no closed form and are not foreseen; nor is anything where releases end."""
    return [_foreseen(plan, closed, g) if closed.starts.lots_per_h > 0 else "" for g in range(len(plan.groups.names))]


def _foreseen(plan: Plan, closed: ClosedForm, g: int) -> str:
    parts = expected_parts(plan, closed, g)
    on = 1.0 - parts["shift"]
    idle = max(1.0 - sum(parts.values()), 0.0)
    pools = [int(p) for p in plan.groups.duty.attended[g] if p >= 0 and closed.operators.load[p] > closed.tools.load[g]]
    for p in sorted(pools, key=lambda p: -float(closed.operators.load[p])):
        if _waiting(float(closed.operators.load[p]), plan.groups.duty.pools[p].count) >= OFTEN:
            return f"operators: {plan.groups.duty.pools[p].name}"
    waits, forming = _waiting(1.0 - idle / on, int(plan.groups.count[g])), _forming(plan, closed, g)
    return _limit(max(waits, forming), float(closed.tools.load[g]), {**parts, "batch forming": idle} if forming > waits else parts)


def _waiting(load: float, servers: int) -> float:
    """Estimated share of the time in which somebody waits for *servers* of that *load*: load^√(2(m+1)), for one ρ² (Sakasegawa 1977)."""
    return float(min(max(load, 0.0), 1.0) ** math.sqrt(2 * (servers + 1)))


def _forming(plan: Plan, closed: ClosedForm, g: int) -> float:
    """Share of the time in which lots wait for others to fill a batch of k: all but a k-th of its gathering, or as long as they have patience."""
    k, patience = float(plan.groups.batch_min[g]) / plan.lot_panels, int(plan.groups.wait_us[g])
    alone = 1.0 - 1.0 / max(k, 1.0)
    came = closed.starts.lots_per_h * float(closed.flow.visits[plan.step_group == g].sum()) * patience / HOUR
    return alone if patience < 0 else min(alone, came / (1.0 + came))


def expected_parts(plan: Plan, closed: ClosedForm, g: int) -> dict[str, float]:
    """Shares of the time of a tool of group *g* by what it does, in closed form, but for idleness."""
    mine, on = plan.step_group == g, float(plan.groups.duty.on()[g])
    each = closed.starts.lots_per_h / float(plan.groups.count[g])
    held, setup = (each * float(of[mine].sum()) for of in (closed.tools.held_h, closed.tools.setup_h))
    panels, runs = closed.costs.items[:, PANEL], closed.costs.items[:, RUN]
    busy, failing = (float(hourly(plan, counted)[g]) for counted in (BUSY, UP))
    planned = {ENGINEERING: 0.0, SCHEDULED: 0.0}
    for one in outages(plan):
        if one.group == g and one.counted in (CALENDAR, PANELS):
            planned[one.state] += one.ratio if one.counted == CALENDAR else one.hours * each * times_due(plan, one, panels, runs)
    up = max(on - sum(planned.values()), 0.0) / (1.0 + failing)
    return {CAPACITY: held, "failures": failing * up + busy * (held - setup), "maintenance": planned[SCHEDULED],
            "engineering": planned[ENGINEERING], "shift": 1.0 - on}

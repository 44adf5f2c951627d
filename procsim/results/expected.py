"""Writes the closed form as the Totals that a replication would have on average, so that the tables of a run can be made of it.

What has no closed form is nan: what scrap was worth, how much a step's clocks were late, what sampling saw. Where nobody knows how many lots start,
sums are those of one lot, and what is by the hour is nan.
"""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np

from procsim.closed_form import work
from procsim.closed_form.by_release import good_coming
from procsim.closed_form.mean_flow import transport_h
from procsim.closed_form.outages import BUSY, UP, outages
from procsim.closed_form.solve import ClosedForm
from procsim.costs.spool import LOT_COLUMNS
from procsim.costs.time_series import TimeSeries
from procsim.costs.tool_hours import GroupHours
from procsim.costs.totals import SHARES, STREAM, Totals
from procsim.lots.records import ATTENDED, ENGINEERING, NON_SCHEDULED, PRODUCTIVE, SCHEDULED, STANDBY, STATES, UNSCHEDULED
from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, Plan
from procsim.planning.wip import Wip
from procsim.results.limited_by import CAPACITY, expected_parts

UNKNOWN = float("nan")


def lots_started(plan: Plan, closed: ClosedForm) -> float:
    """Lots that start in the window of one replication; nan where nobody knows."""
    return closed.starts.lots_per_h * plan.hours


def totals(plan: Plan, closed: ClosedForm) -> Totals:
    """The mean of all replications of *plan*, as *closed* knows it.

    An in-line tool is productive while a panel is in it, also on its way out, as far as no lot takes its entrance by then: an estimate, as of lots
    that come by chance. Time off counts as of a tool that keeps to its shift.
    """
    known = lots_started(plan, closed)
    lots, hours = (known, plan.hours) if math.isfinite(known) else (1.0, UNKNOWN)
    by_step, flow, groups, pools = plan.route.by_step, closed.flow, len(plan.groups.names), len(plan.groups.duty.pools)
    tools = _tool_hours(plan, closed, hours)
    there = plan.groups.duty.on_duty() * hours
    sums = {"units_started": flow.started, "good": flow.good, "escapes": flow.escapes, "infant": flow.infant, "lots_finished": flow.finished}
    unused = plan.money.hourly * hours - lots * np.bincount(plan.step_group, closed.tools.held_h, groups)[:, None] * plan.money.rate
    return Totals(
        hours=hours, sums={name: lots * value for name, value in sums.items()}, by_step=_by_step(plan, closed, lots), per_lot_us={},
        wip_lot_hours=closed.time.wip * hours, lot_hours=closed.time.wip * hours,
        cost=lots * closed.costs.per_lot, unused=np.where(np.abs(unused) <= 1e-12 * plan.money.hourly * hours, 0.0, unused),
        charged=UNKNOWN, spent=UNKNOWN, wip_value=np.full(2, UNKNOWN), value=np.full(3, UNKNOWN),
        scrap_caused=np.full(len(plan.steps) + 1, UNKNOWN), scrap_found=np.full(len(plan.steps) + 1, UNKNOWN),
        losses=lots * by_step(flow.lot.losses) + 0.0 * flow.lost[:, None], escaped=lots * by_step(flow.lot.escaped) + 0.0 * flow.escapes,
        spread=np.full((2, SHARES + 1), UNKNOWN), amounts=lots * closed.costs.amounts,
        by_stream=np.full((len(plan.streams), len(STREAM)), UNKNOWN), paid_hours=np.full((len(plan.streams), groups), UNKNOWN),
        state_hours=tools.state, blocked=tools.blocked, inside=tools.inside, clocks=np.full((len(plan.discipline.limits), 4), UNKNOWN),
        failures=tools.failures, setup_hours=tools.setup, setups=tools.setups,
        pools=np.column_stack([closed.operators.steady * there, there, np.full((pools, 2), UNKNOWN)]),
        seen=np.zeros((groups, ATTENDED + 2 * pools)), cycle_times=np.zeros(0), lots=np.zeros((0, len(LOT_COLUMNS))),
        time_series=TimeSeries(1.0, np.zeros(0), np.zeros((0, 2))), released=0, all_visits=0, stalled="", wip=_nothing(), margin=plan.money.margin)


def _by_step(plan: Plan, closed: ClosedForm, lots: float) -> dict[str, Floats]:
    """Visits and their hours, and units, at each step, (S,), of so many *lots* started."""
    by_step, flow, time = plan.route.by_step, closed.flow, closed.time
    visits = lots * flow.visits
    units = {"panels_lost": flow.lot.panels_lost, "units_in": flow.lot.sites[:-1], "found_bad": flow.lot.found}
    stays = time.queue_h + time.visit_h + time.stands_h
    moves = by_step(plan.route.mix @ transport_h(plan)) / np.maximum(by_step(plan.route.share), 1e-300)
    return {
        "visits": visits, "queue_us": visits * time.queue_h * HOUR, "process_us": visits * time.visit_h * HOUR,
        "stood_us": visits * time.stands_h * HOUR, "moved_us": visits * moves * HOUR, "kept_us": np.zeros(len(visits)),
        "queue_area_us": visits * time.queue_h * HOUR, "stay_area_us": visits * (UNKNOWN if plan.route.stretches else stays) * HOUR,
        **{name: lots * by_step(values) + 0.0 * flow.good for name, values in units.items()},
        "good_in": lots * good_coming(plan, closed)[0] + 0.0 * flow.good, "cut_in": np.zeros(len(visits)),
        "spoiled": np.zeros(len(visits)), "spoiled_us": np.zeros(len(visits))}


def _tool_hours(plan: Plan, closed: ClosedForm, hours: float) -> GroupHours:
    """What all tools of each group do in so many *hours*."""
    groups, lots = len(plan.groups.names), closed.starts.lots_per_h * hours
    setup = np.asarray(lots * np.bincount(plan.step_group, closed.tools.setup_h, groups), dtype=float)
    shares = np.zeros((groups, len(STATES)))
    for g in range(groups):
        parts, off = expected_parts(plan, closed, g), float(setup[g]) / (float(plan.groups.count[g]) * hours)
        shares[g, [PRODUCTIVE, ENGINEERING, SCHEDULED, UNSCHEDULED, NON_SCHEDULED]] = (
            parts[CAPACITY] - off, parts["engineering"], parts["maintenance"] + off, parts["failures"], parts["shift"])
    shares[:, STANDBY] = np.maximum(1.0 - shares.sum(axis=1), 0.0)
    tail = closed.starts.lots_per_h * np.bincount(plan.group_of, work.hours(plan, closed.flow.lot)[2], groups)
    inside = shares[:, STANDBY] * -np.expm1(-tail / np.maximum(plan.groups.count, 1))
    whole = plan.groups.count * hours
    failures = np.zeros(groups)
    for one in outages(plan):
        if one.state == UNSCHEDULED and one.counted in (BUSY, UP):
            share = shares[one.group, PRODUCTIVE] if one.counted == BUSY else closed.tools.up[one.group]
            failures[one.group] += share * whole[one.group] / one.every
    shares[:, PRODUCTIVE] += inside
    shares[:, STANDBY] -= inside
    unknown = np.full(groups, UNKNOWN)
    return GroupHours(np.asarray(shares * whole[:, None]), failures * (1.0 + 0.0 * lots), setup, unknown, unknown, np.asarray(inside * whole))


def _nothing() -> Wip:
    """No lots in the line."""
    return Wip(**{one.name: np.zeros((0, 0) if one.name == "done_by" else 0, dtype=np.int64) for one in fields(Wip)})

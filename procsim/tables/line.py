"""Makes the tables of the line: what tools, operators and steps did, and how limits of queue time were kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.exactness import load_says, overloaded, says
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.lots.records import ENGINEERING, NON_SCHEDULED, PRODUCTIVE, STANDBY, STATES, UNSCHEDULED
from procsim.maths.arrays import Floats
from procsim.model.amounts import DRIVERS
from procsim.planning.plan import HOUR, MATERIAL, TOOLING, Plan
from procsim.quality.defect_sources import FAILURE, QUEUE_TIME
from procsim.results.limited_by import limited_by
from procsim.results.metrics import loads
from procsim.tables.columns import by_group, cleared, good_units, mean, ratio, shape

BESIDE_WORK = {"transport_h": "moved_us", "repair_h": "stood_us", "blocked_h": "kept_us"}
"""Columns of hours of a visit that are neither work nor waiting, each with its sum in Totals."""


def tools(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> pd.DataFrame:
    """One row per tool group. The six SEMI E10 states are shares of total time and sum to 1; setup is within scheduled_down, and *setups*
    is how many they were; blocked (holding finished lots for which the next buffer has no room) is within standby.

    *load* is productive / (productive + standby); *oee* by SEMI E79 = availability × performance × quality efficiency, performance =
    operational × rate efficiency. *mtbf_h* is productive time between failures (E10), *mttr_h* unscheduled down time of a failure,
    waiting for repair included; *availability* is uptime / scheduled time (availability_efficiency: uptime / total time).
    *limited_by* says what keeps a group from doing more while lots wait for it, as ``results.limited_by`` has it.
    *unused_capacity_usd* per good unit sums to the row of cost_by_step; it is negative where a group works more than its
    practical hours. Hours are paid by visits as they end, whole, where states are cut at the window's edges: it does not follow from *productive*.
    *cost_of_ownership_usd* per good unit, in the form of SEMI E35, is the sum of its three parts and adds up to nothing else.
    """
    hours, window = mean(totals, "state_hours"), float(np.mean([t.hours for t in totals]))
    over = overloaded(closed)
    return pd.DataFrame({
        "tool_group": list(plan.groups.names), "count": plan.groups.count, **_states(totals, hours),
        "load": loads(totals).mean(axis=0), "expected_load": closed.tools.steady,
        **_efficiencies(plan, totals, closed, hours), **_queues(plan, totals, window),
        "limited_by": limited_by(plan, totals), "tools_needed": np.where(np.isinf(closed.tools.needed), np.nan, closed.tools.needed),
        **_outages(totals, hours),
        "cost_per_productive_h_usd": ratio(plan.money.hourly.sum(axis=1) * window, hours[:, PRODUCTIVE]),
        "unused_capacity_usd": mean(totals, "unused").sum(axis=1) / good_units(totals), **_ownership(plan, totals, window),
        "expected_load_is": [load_says(plan, g, value, over) for g, value in enumerate(closed.tools.load.tolist())]})


def _states(totals: Sequence[Totals], hours: Floats) -> dict[str, Floats]:
    """Shares of total time: the six states, of which utilisation is productive, and what of them is setup and blocked."""
    total = hours.sum(axis=1)
    shares = {state: ratio(hours[:, i], total) for i, state in enumerate(STATES)}
    return {**shares, "setup": ratio(mean(totals, "setup_hours"), total), "setups": mean(totals, "setups"),
            "blocked": ratio(mean(totals, "blocked"), total), "utilisation": shares["productive"]}


def _queues(plan: Plan, totals: Sequence[Totals], window: float) -> dict[str, Floats]:
    """Lots that wait, how long one waits, and what part of the cycle time is spent at each group."""
    stay = by_group(plan, mean(totals, "stay_area_us"))
    return {"queue_mean_lots": by_group(plan, mean(totals, "queue_area_us")) / HOUR / window,
            "queue_mean_h": ratio(by_group(plan, mean(totals, "queue_us")) / HOUR, by_group(plan, mean(totals, "visits"))),
            "share_of_cycle_time": stay / (stay.sum() or 1.0)}


def _outages(totals: Sequence[Totals], hours: Floats) -> dict[str, Floats]:
    """How often tools fail, and how long they then stand."""
    failures = mean(totals, "failures")
    return {"failures": failures, "mtbf_h": ratio(hours[:, PRODUCTIVE], failures), "mttr_h": ratio(hours[:, UNSCHEDULED], failures),
            "availability": ratio(_uptime(hours), hours.sum(axis=1) - hours[:, NON_SCHEDULED])}


def _ownership(plan: Plan, totals: Sequence[Totals], window: float) -> dict[str, Floats]:
    """Cost of ownership in the form of SEMI E35 per good unit, in three parts: fixed (capital and floor, with the overhead on them), variable
    (upkeep, labour, utilities, with theirs, and process material and tooling at the group's steps) and yield loss (units that these made bad, or
    lost).

    Product material, pieces that are bought to become part of the product (dies, panels, parts), is no cost of owning a tool; what the process
    puts in place, uses up or wears out is process material, a part of what is variable. A unit that is lost counts with all that it carries by then,
    pieces too, since the group's steps destroyed that, less what its scrap brings, which is therefore no credit to what is variable."""
    good, cost = good_units(totals), mean(totals, "cost")[:-1]
    pieces = np.zeros(len(cost))
    for use, amount in zip(plan.money.uses, mean(totals, "amounts"), strict=True):
        if use.part:
            pieces[plan.route.step[use.step]] += amount * plan.money.prices[use.material]
    material = by_group(plan, cleared(cost[:, MATERIAL] - pieces, float(cost[:, MATERIAL].sum()))) / good
    own = by_group(plan, cost[:, TOOLING]) / good + material
    fixed = plan.money.fixed * window / good
    variable = (plan.money.hourly.sum(axis=1) - plan.money.fixed) * window / good + own
    lost = by_group(plan, mean(totals, "scrap_caused")[:-1]) / good
    return {"cost_of_ownership_usd": fixed + variable + lost, "coo_fixed_usd": fixed, "coo_variable_usd": variable,
            "coo_process_material_usd": material, "coo_yield_loss_usd": lost}


def _uptime(hours: Floats) -> Floats:
    return np.asarray(hours[:, [PRODUCTIVE, STANDBY, ENGINEERING]].sum(axis=1))


def _efficiencies(plan: Plan, totals: Sequence[Totals], closed: ClosedForm, hours: Floats) -> dict[str, Floats]:
    """SEMI E79. Of total time up, of that productive, of that what theory asks for, and of that what was not spoiled here; *oee* is
    their product: theoretical production time of units that were not spoiled here, as a share of total time.

    Quality is of time: that for effective units over that for all. A run that a failure cut short with its work counts as the time that it took, none
    of it effective; units that were lost since they waited too long are no work of the tool. Where draws happen to be shorter than their means,
    theory asks for no more than the time that was worked."""
    visits, spoiled = mean(totals, "visits") - mean(totals, "spoiled"), by_group(plan, mean(totals, "spoiled_us")) / HOUR
    theory = visits * (closed.tools.held_h - closed.tools.setup_h) / np.maximum(closed.flow.visits, 1e-12)
    actual, effective = by_group(plan, theory), by_group(plan, theory * _effective(totals))
    quality = np.where(actual + spoiled > 0, effective / np.where(actual + spoiled > 0, actual + spoiled, 1.0), 1.0)
    rate = np.minimum(np.nan_to_num(ratio(actual + spoiled, hours[:, PRODUCTIVE]), nan=0.0), 1.0)
    operational = ratio(hours[:, PRODUCTIVE], _uptime(hours))
    found = {"availability_efficiency": ratio(_uptime(hours), hours.sum(axis=1)), "operational_efficiency": operational, "rate_efficiency": rate,
             "performance_efficiency": operational * rate, "quality_efficiency": quality,
             "oee": np.asarray(np.nan_to_num(ratio(hours[:, PRODUCTIVE], hours.sum(axis=1))) * rate * quality)}
    return {name: np.where(np.isnan(hours[:, PRODUCTIVE]), np.nan, value) for name, value in found.items()}


def _effective(totals: Sequence[Totals]) -> Floats:
    """Share of the units that went through each step that it did not make bad, or lose, (S,); 1 where none did."""
    losses = mean(totals, "losses")
    lost, units = losses.sum(axis=1) - losses[:, [FAILURE, QUEUE_TIME]].sum(axis=1), mean(totals, "units_in")
    return np.asarray(1.0 - np.minimum(np.nan_to_num(ratio(lost[:-1], units)), 1.0))


def operators(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> pd.DataFrame:
    """One row per pool of operators: hours at work over hours on duty (*expected_utilisation* in closed form, if no tool had to wait for a
    repair), calls in the window, and hours that tools waited for one, in all and per call; means of one replication."""
    busy, there, waiting, calls = mean(totals, "pools").T
    pools = plan.groups.duty.pools
    return pd.DataFrame({
        "pool": [pool.name for pool in pools], "count": [pool.count for pool in pools],
        "shift": [plan.groups.duty.shifts[pool.shift].name if pool.shift >= 0 else "" for pool in pools],
        "utilisation": ratio(busy, there), "expected_utilisation": closed.operators.steady, "calls": calls, "tools_waiting_h": waiting,
        "waiting_per_call_h": ratio(waiting, calls),
        "expected_utilisation_is": [load_says(plan, len(plan.groups.names) + p, value, overloaded(closed))
                                    for p, value in enumerate(closed.operators.load.tolist())],
    })


def steps(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> pd.DataFrame:
    """One row per step: visits in the window, mean hours of one visit, mean WIP in lots, and amounts of every driver per panel.

    The hours are those of a queue, of work, of *transport* to the step, of *repair* (in a tool that is in repair or off, or waits for an operator),
    and *blocked* (in a tool that must keep the lot, since the next buffer has no room)."""
    visits = mean(totals, "visits")
    window = float(np.mean([t.hours for t in totals]))
    table = pd.DataFrame({
        **shape(plan), "visits": visits,
        "queue_h": ratio(mean(totals, "queue_us") / HOUR, visits),
        "process_h": ratio(mean(totals, "process_us") / HOUR, visits),
        **{name: ratio(mean(totals, us) / HOUR, visits) for name, us in BESIDE_WORK.items()},
        "expected_queue_h": closed.time.queue_h, "expected_process_h": closed.time.visit_h,
        "wip_mean": mean(totals, "stay_area_us") / HOUR / window,
    })
    for d, driver in enumerate(DRIVERS):
        if driver not in ("run", "lot", "panel"):
            table["um" if driver == "um" else f"{driver}_per_panel"] = plan.quantities[:, d]
    for column, figure, hours in (("queue_h", "waiting_time", closed.time.queue_h), ("process_h", "raw_process_time", closed.time.visit_h)):
        is_ = says(plan, figure)  # the same at every step
        table[f"expected_{column}_is"] = [says(plan, figure, value) if math.isnan(value) else is_ for value in hours.tolist()]
    return table


def queue_time(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per limit of queue time: lots whose clock ended in the window, those over the limit, their share, and how many of them went
    back or left; mean of one replication. A limit that nobody missed has its row."""
    limits = plan.discipline.limits
    clocks = mean(totals, "clocks").reshape(len(limits), 4)
    return pd.DataFrame({
        "limit": [limit.name for limit in limits], "from": [plan.steps[limit.first] for limit in limits],
        "to": [plan.steps[limit.last] for limit in limits], "limit_h": [limit.limit_us / HOUR for limit in limits],
        "lots_checked": clocks[:, 0], "hits": clocks[:, 1], "share": ratio(clocks[:, 1], clocks[:, 0]),
        "lots_reworked": clocks[:, 2], "lots_scrapped": clocks[:, 3],
        "action": [limit.action for limit in limits],
    })

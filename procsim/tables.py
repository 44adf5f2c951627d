"""Plan and Totals in, tidy DataFrames out: one function per table. Money in USD per good unit unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from procsim import stats
from procsim.costs.ledger import STREAM
from procsim.costs.spool import DUE_AT, LOT_COLUMNS, spooled
from procsim.costs.totals import Totals
from procsim.expected import Expected
from procsim.model.base import DRIVERS
from procsim.plan.shape import CATEGORIES, HOUR, INCOMING, UNUSED, Floats, Plan
from procsim.records import ENGINEERING, NON_SCHEDULED, PRODUCTIVE, STANDBY, STATES, UNSCHEDULED
from procsim.results import METRICS, SPREADS, bottleneck, difference, estimate, loads, metrics_of, named, own_metrics, series, spread, spreads


def _mean(totals: Sequence[Totals], name: str) -> Floats:
    """Mean over replications of an array of Totals, or of one by step."""
    return np.asarray(np.mean([t.by_step[name] if name in t.by_step else getattr(t, name) for t in totals], axis=0), dtype=float)


def _good(totals: Sequence[Totals]) -> float:
    good = float(np.mean([t.good for t in totals]))
    return good if good > 0 else float("nan")


def _shape(plan: Plan) -> dict[str, list[str]]:
    return {"step": list(plan.steps), "op": list(plan.ops), "process": list(plan.processes),
            "tool_group": [plan.groups.names[g] for g in plan.step_group]}


def summary(plan: Plan, totals: Sequence[Totals], closed: Expected) -> pd.DataFrame:
    """One row per figure: mean, confidence interval, the closed form beside it, and a note where a name belongs to it."""
    rows = []
    for metric in metrics_of(plan):
        found = estimate(metric, totals, plan.confidence)
        rows.append((metric.name, metric.unit, found.mean, found.low, found.high, metric.expected(closed), len(totals), ""))
    for name in spreads(totals):
        found = spread(totals, SPREADS[name], plan.confidence)
        rows.append((name, "h", found.mean, found.low, found.high, float("nan"), len(totals), ""))
    g = bottleneck(totals)
    for name, expect in (("bottleneck_load", closed.load[g]), ("utilisation", closed.load[g] * closed.available[g])):
        found = named(name, totals, plan.confidence)
        rows.append((name, "1", found.mean, found.low, found.high, float(expect), len(totals), plan.groups.names[g]))
    rows += [(name, unit, value, value, value, value, len(totals), note) for name, unit, value, note in plan.merits]
    return pd.DataFrame(rows, columns=["metric", "unit", "mean", "ci_low", "ci_high", "expected", "replications", "note"])


def closed_summary(plan: Plan, closed: Expected) -> pd.DataFrame:
    """One row per figure in closed form, with the columns of ``summary`` and no replications."""
    rows: list[tuple[str, str, float, str]] = [
        (m.name, m.unit, m.expected(closed), "") for m in METRICS
        if m.unit != "USD" or plan.money.hourly.sum() + plan.money.direct.sum() > 0]
    g = int(closed.load.argmax())
    rows += [("bottleneck_load", "1", float(closed.load[g]), plan.groups.names[g]), *plan.merits]
    return pd.DataFrame([(name, unit, value, value, value, value, 0, note) for name, unit, value, note in rows if value == value],
                        columns=["metric", "unit", "mean", "ci_low", "ci_high", "expected", "replications", "note"])


def compare(summaries: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per flow and figure, flows as they are given."""
    return pd.concat([table.assign(flow=name)[["flow", *table.columns]] for name, table in summaries.items()], ignore_index=True)


def cost_by_step(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per step, then ``(incoming)`` (the panel that the line starts with) and ``(unused capacity)``; USD per good unit.

    The category columns sum to cost_per_good_unit_usd, whose sum is the fully loaded cost. What was scrapped because of a step
    and what was scrapped at it are memo columns: that money is already counted where it was spent.
    """
    good = _good(totals)
    cost = _mean(totals, "cost") / good
    unused = _mean(totals, "unused").sum(axis=0) / good
    table = pd.DataFrame({"step": [*plan.steps, INCOMING, UNUSED], **{k: [*v, "", ""] for k, v in _shape(plan).items() if k != "step"}})
    values = np.vstack([cost, unused[None, :]])
    for c, name in enumerate(CATEGORIES):
        table[f"{name}_usd"] = values[:, c]
    table["cost_per_good_unit_usd"] = values.sum(axis=1)
    table["scrap_caused_usd"] = [*(_mean(totals, "scrap_caused") / good), 0.0]
    table["scrap_found_usd"] = [*(_mean(totals, "scrap_found") / good), 0.0]
    table["source"] = [*plan.sources, "", ""]
    return table


def cost_by_category(_: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per category; unused capacity is its own. Sums to the fully loaded cost per good unit."""
    good = _good(totals)
    values = [*(_mean(totals, "cost").sum(axis=0) / good), _mean(totals, "unused").sum() / good]
    table = pd.DataFrame({"category": [*CATEGORIES, "unused capacity"], "cost_per_good_unit_usd": values})
    table["share"] = table["cost_per_good_unit_usd"] / (sum(values) or float("nan"))
    return table


def yield_by_step(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per step, first ``(incoming)`` (dies that arrive bad). Units of the lots that left, mean of one replication.

    *units_lost* counts every unit at the step that first made it bad, whenever it was found (escapes too), so that
    cumulative_yield ends at the yield of the line.
    """
    lost = _mean(totals, "units_lost")
    started = float(np.mean([t.sums["units_started"] for t in totals]))
    order = [len(plan.steps), *range(len(plan.steps))]
    survivors = started - np.cumsum(lost[order])
    before = np.concatenate([[started], survivors[:-1]])
    pad = [0.0]
    return pd.DataFrame({
        "step": [INCOMING, *plan.steps],
        "units_in": [started, *_mean(totals, "units_in")],
        "lost_panels": pad + list(_mean(totals, "panels_lost")),
        "units_lost": lost[order],
        "found_bad": pad + list(_mean(totals, "found_bad")),
        "step_yield": np.divide(survivors, before, out=np.full(len(order), np.nan), where=before > 0),
        "cumulative_yield": survivors / started if started else np.nan,
    })


def _by_group(plan: Plan, values: Floats) -> Floats:
    """Sums of a per-step array over the steps of each tool group."""
    return np.asarray(np.bincount(plan.step_group, weights=values, minlength=len(plan.groups.names)), dtype=float)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0))


def tools(plan: Plan, totals: Sequence[Totals], closed: Expected) -> pd.DataFrame:
    """One row per tool group. The six SEMI E10 states are shares of total time and sum to 1; setup is within scheduled_down, and *setups*
    is how many they were; blocked (holding finished lots for which the next buffer has no room) is within standby.

    *load* is productive / (productive + standby); *oee* by SEMI E79 = availability × performance × quality efficiency, performance =
    operational × rate efficiency. *mtbf_h* is productive time between failures (E10), *mttr_h* unscheduled down time of a failure,
    waiting for repair included; *availability* is uptime / scheduled time (availability_efficiency: uptime / total time).
    *unused_capacity_usd* per good unit sums to the row of cost_by_step; it is negative where a group works more than its
    practical hours. *cost_of_ownership_usd* by SEMI E35 (fixed + variable + yield loss) per good unit adds up to nothing else.
    """
    hours = _mean(totals, "state_hours")
    total = hours.sum(axis=1)
    window = float(np.mean([t.hours for t in totals]))
    table = pd.DataFrame({"tool_group": list(plan.groups.names), "count": plan.groups.count})
    for i, state in enumerate(STATES):
        table[state] = _ratio(hours[:, i], total)
    table["setup"] = _ratio(_mean(totals, "setup_hours"), total)
    table["setups"] = _mean(totals, "setups")
    table["blocked"] = _ratio(_mean(totals, "blocked"), total)
    table["utilisation"] = table["productive"]
    table["load"] = loads(totals).mean(axis=0)
    table["expected_load"] = closed.load
    for name, value in _efficiencies(plan, totals, closed, hours).items():
        table[name] = value
    queue = _by_group(plan, _mean(totals, "queue_area_us")) / HOUR
    visits = _by_group(plan, _mean(totals, "visits"))
    table["queue_mean_lots"] = queue / window
    table["queue_mean_h"] = _ratio(_by_group(plan, _mean(totals, "queue_us")) / HOUR, visits)
    stay = _by_group(plan, _mean(totals, "stay_area_us"))
    table["share_of_cycle_time"] = stay / (stay.sum() or 1.0)
    table["tools_needed"] = closed.tools_needed
    table["failures"] = failures = _mean(totals, "failures")
    table["mtbf_h"] = _ratio(hours[:, PRODUCTIVE], failures)
    table["mttr_h"] = _ratio(hours[:, UNSCHEDULED], failures)
    table["availability"] = _ratio(_uptime(hours), total - hours[:, NON_SCHEDULED])
    table["cost_per_productive_h_usd"] = _ratio(plan.money.hourly.sum(axis=1) * window, hours[:, PRODUCTIVE])
    table["unused_capacity_usd"] = _mean(totals, "unused").sum(axis=1) / _good(totals)
    materials = _by_group(plan, _mean(totals, "cost")[:-1, : CATEGORIES.index("tool")].sum(axis=1))
    caused = _by_group(plan, _mean(totals, "scrap_caused")[:-1])
    table["cost_of_ownership_usd"] = (plan.money.hourly.sum(axis=1) * window + materials + caused) / _good(totals)
    return table


def _uptime(hours: Floats) -> Floats:
    return np.asarray(hours[:, [PRODUCTIVE, STANDBY, ENGINEERING]].sum(axis=1))


def _efficiencies(plan: Plan, totals: Sequence[Totals], closed: Expected, hours: Floats) -> dict[str, Floats]:
    """SEMI E79. Of total time up, of that productive, of that what theory asks for, and of that what was not spoiled here; *oee* is
    their product: theoretical production time of units that were not spoiled here, as a share of total time."""
    lost, units = _by_group(plan, _mean(totals, "units_lost")[:-1]), _by_group(plan, _mean(totals, "units_in"))
    quality = 1.0 - np.nan_to_num(_ratio(lost, units))
    visits = _mean(totals, "visits")
    theory = _by_group(plan, visits * (closed.held_h - closed.setup_h) / np.maximum(closed.visits, 1e-12))
    rate = np.minimum(np.nan_to_num(_ratio(theory, hours[:, PRODUCTIVE]), nan=0.0), 1.0)
    operational = _ratio(hours[:, PRODUCTIVE], _uptime(hours))
    return {"availability_efficiency": _ratio(_uptime(hours), hours.sum(axis=1)), "operational_efficiency": operational, "rate_efficiency": rate,
            "performance_efficiency": operational * rate, "quality_efficiency": quality,
            "oee": np.asarray(np.nan_to_num(_ratio(hours[:, PRODUCTIVE], hours.sum(axis=1))) * rate * quality)}


def operators(plan: Plan, totals: Sequence[Totals], closed: Expected) -> pd.DataFrame:
    """One row per pool of operators: hours at work over hours on duty (*expected_utilisation* in closed form, if no tool had to wait for a
    repair), calls in the window, and hours that tools waited for one, in all and per call; means of one replication."""
    busy, there, waiting, calls = _mean(totals, "pools").T
    pools = plan.groups.duty.pools
    return pd.DataFrame({
        "pool": [pool.name for pool in pools], "count": [pool.count for pool in pools],
        "shift": [plan.groups.duty.shifts[pool.shift].name if pool.shift >= 0 else "" for pool in pools],
        "utilisation": _ratio(busy, there), "expected_utilisation": closed.pool_load, "calls": calls, "tools_waiting_h": waiting,
        "waiting_per_call_h": _ratio(waiting, calls),
    })


def steps(plan: Plan, totals: Sequence[Totals], closed: Expected) -> pd.DataFrame:
    """One row per step: visits in the window, mean hours of one visit, mean WIP in lots, and amounts of every driver per panel."""
    visits = _mean(totals, "visits")
    window = float(np.mean([t.hours for t in totals]))
    table = pd.DataFrame({
        **_shape(plan), "visits": visits,
        "queue_h": _ratio(_mean(totals, "queue_us") / HOUR, visits),
        "process_h": _ratio(_mean(totals, "process_us") / HOUR, visits),
        "expected_queue_h": closed.queue_h, "expected_process_h": closed.visit_h,
        "wip_mean": _mean(totals, "stay_area_us") / HOUR / window,
    })
    for d, driver in enumerate(DRIVERS):
        if driver not in ("run", "lot", "panel"):
            table["um" if driver == "um" else f"{driver}_per_panel"] = plan.quantities[:, d]
    return table


def products(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per product: what its lots that left gave and cost. Unused capacity belongs to no product, so cost is direct."""
    names = list(dict.fromkeys(stream.product for stream in plan.streams))
    mean = dict(zip(STREAM, _mean(totals, "by_stream").T, strict=True))
    which = np.array([names.index(stream.product) for stream in plan.streams])
    by = {name: np.asarray(np.bincount(which, weights=values, minlength=len(names)), dtype=float) for name, values in mean.items()}
    window = float(np.mean([t.hours for t in totals]))
    return pd.DataFrame({
        "product": names, "lots_finished": by["lots_finished"], "good_units_per_week": by["good"] * 168 / window,
        "yield": _ratio(by["good"], by["units_started"]), "escapes_ppm": 1e6 * _ratio(by["escapes"], by["good"] + by["escapes"]),
        "cycle_time_h": _ratio(by["cycle_h"], by["lots_finished"]), "wip_lots": by["lot_hours"] / window,
        "cost_per_good_unit_direct_usd": _ratio(by["cost_usd"], by["good"])})


def queue_time(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per limit of queue time: lots whose clock ended in the window, those over the limit, and their share; mean of one
    replication. A limit that nobody missed has its row."""
    limits = plan.discipline.limits
    clocks = _mean(totals, "clocks").reshape(len(limits), 2)
    return pd.DataFrame({
        "limit": [limit.name for limit in limits], "from": [plan.steps[limit.first] for limit in limits],
        "to": [plan.steps[limit.last] for limit in limits], "limit_h": [limit.limit_us / HOUR for limit in limits],
        "lots_checked": clocks[:, 0], "hits": clocks[:, 1], "share": _ratio(clocks[:, 1], clocks[:, 0]),
        "action": ["scrap" if limit.scrap else "count" for limit in limits],
    })


def materials(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per material: what the lots that left have used, in the unit it is bought in; mean of one replication."""
    amounts = np.zeros(len(plan.money.materials))
    for use, amount in zip(plan.money.uses, _mean(totals, "amounts"), strict=True):
        amounts[use.material] += amount
    cost = amounts * plan.money.prices
    return pd.DataFrame({"material": list(plan.money.materials), "amount": amounts, "unit": list(plan.money.units), "cost_usd": cost,
                         "cost_per_good_unit_usd": cost / _good(totals)})


def lots(plan: Plan, spool: Path) -> Iterator[pd.DataFrame]:
    """One row per lot released in the first replication, a stretch of them at a time, in the order in which they started; empty times where
    a lot was still in the line at the horizon; due_h where due dates exist."""
    names = [stream.product or stream.name for stream in plan.streams]
    dated = any((rows[:, DUE_AT] >= 0).any() for rows in spooled(spool, names))
    none = np.zeros((0, len(LOT_COLUMNS)))
    yield _lots(plan, none, dated)
    yield from (_lots(plan, rows, dated) for rows in spooled(spool, names))


def _lots(plan: Plan, rows: Floats, dated: bool) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=list(LOT_COLUMNS))
    left = found["left_us"].where(found["left_us"] >= 0)
    names = [stream.product or stream.name for stream in plan.streams]
    return pd.DataFrame({
        "lot": found["number"].astype(int),
        "product": [names[i] if len(names) > 1 else plan.flow for i in found["stream"].astype(int)],
        "released_h": found["released_us"] / HOUR,
        "finished_h": left / HOUR,
        "cycle_time_h": (left - found["released_us"]) / HOUR,
        "panels": found["panels"].astype(int),
        "units_good": found["good"],
        "units_escaped": found["escapes"],
        "units_scrapped": found["scrapped"] + found["removed"],
        "cost_usd": found["cost_usd"],
        **({"due_h": found["due_us"].where(found["due_us"] >= 0) / HOUR} if dated else {}),
    })


def whatif(plan: Plan, base: Sequence[Totals], other: Sequence[Totals]) -> pd.DataFrame:
    """One row per figure: base, edit, and their difference on the same random numbers with its interval."""
    rows = []
    for metric in (*METRICS, *own_metrics(plan)):
        one, two = estimate(metric, base, plan.confidence), estimate(metric, other, plan.confidence)
        change = difference(metric, base, other, plan.confidence)
        rows.append((metric.name, metric.unit, one.mean, two.mean, change.mean, change.low, change.high, len(base)))
    return pd.DataFrame(rows, columns=["metric", "unit", "base", "edit", "difference", "ci_low", "ci_high", "replications"])


def whatif_by(plans: tuple[Plan, Plan], totals: tuple[Sequence[Totals], Sequence[Totals]],
              make: Callable[[Plan, Sequence[Totals]], pd.DataFrame], key: str) -> pd.DataFrame:
    """One row per step or category that the edit moved: USD per good unit before, after, and the paired difference."""
    before, after = (make(p, t).set_index(key)["cost_per_good_unit_usd"] for p, t in zip(plans, totals, strict=True))
    names = [*after.index, *[n for n in before.index if n not in after.index]]
    each = []
    for plan, runs in zip(plans, totals, strict=True):
        each.append(pd.DataFrame([make(plan, [t]).set_index(key)["cost_per_good_unit_usd"] * t.good for t in runs]).reset_index(drop=True))
    rows = []
    for name in names:
        above = tuple(e[name].to_numpy() if name in e else np.zeros(len(e)) for e in each)
        below = tuple(series(runs, lambda t: t.good) for runs in totals)
        change = stats.ratio_difference((above[0], above[1]), (below[0], below[1]), plans[0].confidence)
        rows.append((name, before.get(name, 0.0), after.get(name, 0.0), change.mean, change.low, change.high))
    found = pd.DataFrame(rows, columns=[key, "base_usd", "edit_usd", "difference_usd", "ci_low", "ci_high"])
    return found[found["difference_usd"].abs() > 1e-9].reset_index(drop=True)

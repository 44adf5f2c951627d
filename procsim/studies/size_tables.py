"""Makes the tables of a line that was sized: tools before and after, figures, what each limit costs, and the choices that there were."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.experiments.sizing import Sizing
from procsim.planning.plan import Plan
from procsim.results.metrics import METRICS, estimate

FIGURES = ("cost_per_good_unit_loaded", "cost_per_good_unit_direct", "good_units_per_week", "yield", "cycle_time", "wip")
WEEK_H = 168.0
USD_DIGITS = 9


def sized_tools(found: Sizing) -> pd.DataFrame:
    """One row per tool group: how many tools the recipe has and how loaded they would be by what is asked for, how many it takes and how loaded these
    are, what one costs to buy and by the week, and the hours that a lot waits for the group."""
    (own, closed_own), (plan, closed) = found.demand, found.after
    count = plan.groups.count
    waits = np.bincount(plan.step_group, weights=closed.time.queue_h * closed.flow.visits, minlength=len(count))
    return pd.DataFrame({
        "tool_group": plan.groups.names, "count_before": own.groups.count, "count_after": count, "added": count - own.groups.count,
        "load_before": closed_own.tools.load, "load_after": closed.tools.load,
        "price_usd": [found.recipe.document.tools[name].price_usd for name in plan.groups.names],
        "usd_per_week": plan.money.hourly.sum(axis=1) * WEEK_H, "waiting_h": waits})


def sized_figures(found: Sizing, totals: Sequence[Totals] = ()) -> pd.DataFrame:
    """One row per figure: of the recipe as it stands, and as it was sized, in closed form, and where it was simulated with its interval."""
    rows = []
    for metric in (metric for metric in METRICS if metric.name in FIGURES):
        shown = estimate(metric, totals, found.after[0].confidence) if totals else None
        ends = (shown.mean, shown.low, shown.high) if shown is not None else (math.nan,) * 3
        rows.append((metric.name, metric.unit, float(metric.expected(found.before[1])), float(metric.expected(found.after[1])), *ends))
    for name, unit, of in (("tools", "1", _tools), ("capital", "USD", lambda plan, _: _capital(found, plan)), ("bottleneck_load", "1", _load)):
        rows.append((name, unit, of(*found.before), of(*found.after), *(math.nan,) * 3))
    return pd.DataFrame(rows, columns=["figure", "unit", "before", "after", "mean", "ci_low", "ci_high"])


def _tools(plan: Plan, _: ClosedForm) -> float:
    return float(plan.groups.count.sum())


def _capital(found: Sizing, plan: Plan) -> float:
    """What the tools cost to buy, without installation."""
    return float(sum(found.recipe.document.tools[name].price_usd * n for name, n in zip(plan.groups.names, plan.groups.count.tolist(), strict=True)))


def _load(_: Plan, closed: ClosedForm) -> float:
    return float(closed.loads.max(initial=0.0))


def limit_costs(found: Sizing) -> pd.DataFrame:
    """One row per limit: the fully loaded cost per good unit and the tools with it and without it, all others kept, and the difference."""
    columns = ["limit", "value", "unit", "with_usd", "without_usd", "costs_usd_per_good_unit", "costs_usd_per_week", "tools_with", "tools_without"]
    weekly = found.after[1].flow.good * found.after[1].starts.lots_per_h * WEEK_H
    more = [round(one.usd[0] - one.usd[1], USD_DIGITS) for one in found.limits]
    rows = [(one.name, one.value, one.unit, *one.usd, usd, round(usd * weekly, 4), *one.tools) for one, usd in zip(found.limits, more, strict=True)]
    return pd.DataFrame(rows, columns=columns)


def sized_choices(found: Sizing) -> pd.DataFrame:
    """One row per combination of what was chosen beside the tools: its cost per good unit with the tools that are best for it, or
    why there are none."""
    rows = [(*one.values, one.cost, one.tools, one.cycle_h, one.why) for one in found.choices]
    return pd.DataFrame(rows, columns=[*(axis.name for axis in found.axes), "cost_per_good_unit_loaded", "tools", "cycle_time_h", "why"])


def thumb_rules(found: Sizing) -> pd.DataFrame:
    """One row per rule of thumb: what the tools that it ends at cost by the week, and how much more that is than those that were found."""
    plan = found.after[0]
    best = float(plan.money.hourly.sum())
    return pd.DataFrame([(name, usd * WEEK_H, (usd - best) * WEEK_H) for name, usd in found.sized.rules.items()],
                        columns=["rule", "usd_per_week", "dearer_usd_per_week"])

"""Makes summary.csv: one row per figure, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.capacity import resource_names
from procsim.closed_form.exactness import load_says, overloaded, says
from procsim.closed_form.sensitivity import Swing
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.planning.plan import Plan
from procsim.results.metrics import OF_BOTTLENECK, SPREADS, bottleneck, bottleneck_name, estimate, metrics_of, named, spread, spreads
from procsim.tables.uncertainty import resting_rows

COLUMNS = ["metric", "unit", "mean", "ci_low", "ci_high", "expected", "replications", "note"]


def summary(plan: Plan, totals: Sequence[Totals], closed: ClosedForm, known: Sequence[Swing] = ()) -> pd.DataFrame:
    """One row per figure: mean, confidence interval, the closed form beside it, a note where a name belongs to it, and whether the closed form is
    exact or an estimate; last, what the cost rests on where the swings of its inputs are *known*."""
    rows: list[tuple[str, str, float, float, float, float, int, str]] = []
    for metric in metrics_of(plan):
        found = estimate(metric, totals, plan.confidence)
        rows.append((metric.name, metric.unit, found.mean, found.low, found.high, metric.expected(closed), len(totals), _year(plan, metric.name)))
    for name in spreads(totals):
        found = spread(totals, SPREADS[name], plan.confidence)
        rows.append((name, "h", found.mean, found.low, found.high, float("nan"), len(totals), ""))
    which = bottleneck_name(plan, totals)
    r = bottleneck(totals) if which else int(closed.loads.argmax())
    tools = closed.tools
    groups = len(tools.load)
    used = tools.available[r] * min(tools.load[r], tools.manned[r]) if r < groups and np.isfinite(tools.load[r]) else closed.steady[r]
    for name, expect in (("bottleneck_load", closed.steady[r]), ("utilisation", used)):
        found = named(name, totals, plan.confidence)
        rows.append((name, "1", found.mean, found.low, found.high, float(expect), len(totals), which))
    rows += [(name, unit, value, value, value, value, len(totals), note) for name, unit, value, note in plan.merits]
    rows += resting_rows(known, len(totals)) if known else []
    return _told(plan, closed, pd.DataFrame(rows, columns=COLUMNS), r)


def _told(plan: Plan, closed: ClosedForm, table: pd.DataFrame, resource: int) -> pd.DataFrame:
    """*table* and whether its *expected* figures are exact; of the bottleneck, those of that *resource*."""
    over = overloaded(closed)
    said = [load_says(plan, resource, value, over) if name in OF_BOTTLENECK else says(plan, name, value, over)
            for name, value in zip(table["metric"], table["expected"], strict=True)]
    return table.assign(expected_is=said)


def _year(plan: Plan, name: str) -> str:
    """The note of a figure: that of a cost per good unit says what year's dollars it is in, where the recipe does."""
    return plan.money.currency if plan.money.year and name.startswith("cost_per_good_unit") else ""


def closed_summary(plan: Plan, closed: ClosedForm, known: Sequence[Swing] = ()) -> pd.DataFrame:
    """One row per figure in closed form, with the columns of ``summary`` and no replications; load is what is offered, above 1 of an
    overload. Last, what the cost rests on where the swings of its inputs are *known*."""
    rows: list[tuple[str, str, float, str]] = [(m.name, m.unit, m.expected(closed), _year(plan, m.name)) for m in metrics_of(plan)]
    r = int(closed.loads.argmax())
    offered = float(closed.loads[r]) if np.isfinite(closed.loads[r]) else float("nan")
    rows += [("bottleneck_load", "1", offered, resource_names(plan)[r]), *plan.merits]
    made = [(name, unit, value, value, value, value, 0, note) for name, unit, value, note in rows if value == value]
    return _told(plan, closed, pd.DataFrame([*made, *(resting_rows(known, 0) if known else [])], columns=COLUMNS), r)


def compare(summaries: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per flow and figure, flows as they are given."""
    return pd.concat([table.assign(flow=name)[["flow", *table.columns]] for name, table in summaries.items()], ignore_index=True)

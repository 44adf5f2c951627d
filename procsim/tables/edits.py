"""Makes the tables of ``whatif``: the differences between a base and its edit, on the same random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from procsim.costs.totals import Totals
from procsim.maths import statistics
from procsim.planning.plan import Plan
from procsim.results.metrics import METRICS, difference, estimate, own_metrics, series


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
        change = statistics.ratio_difference((above[0], above[1]), (below[0], below[1]), plans[0].confidence)
        rows.append((name, before.get(name, 0.0), after.get(name, 0.0), change.mean, change.low, change.high))
    found = pd.DataFrame(rows, columns=[key, "base_usd", "edit_usd", "difference_usd", "ci_low", "ci_high"])
    return found[found["difference_usd"].abs() > 1e-9].reset_index(drop=True)

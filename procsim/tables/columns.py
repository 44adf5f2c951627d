"""Holds the columns that several tables share: means over replications, sums by tool group, ratios."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.costs.totals import Totals
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


def mean(totals: Sequence[Totals], name: str) -> Floats:
    """Mean over replications of an array of Totals, or of one by step."""
    return np.asarray(np.mean([t.by_step[name] if name in t.by_step else getattr(t, name) for t in totals], axis=0), dtype=float)


def cleared(values: Floats, whole: float) -> Floats:
    """*values* without what is rounding beside the *whole* that they are parts of: 0 there."""
    return np.where(np.abs(values) <= 1e-12 * whole, 0.0, values)


def good_units(totals: Sequence[Totals]) -> float:
    good = float(np.mean([t.good for t in totals]))
    return good if good > 0 else float("nan")


def shape(plan: Plan) -> dict[str, list[str]]:
    return {"step": list(plan.steps), "op": list(plan.ops), "process": list(plan.processes),
            "tool_group": [plan.groups.names[g] for g in plan.step_group]}


def by_group(plan: Plan, values: Floats) -> Floats:
    """Sums of a per-step array over the steps of each tool group."""
    return np.asarray(np.bincount(plan.step_group, weights=values, minlength=len(plan.groups.names)), dtype=float)


def ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0))


def stacked(tables: Sequence[tuple[str, pd.DataFrame]], name: str) -> pd.DataFrame:
    """*tables* one below the other, with a first column *name* that says which is which (in the place of one that is there)."""
    named = [table.drop(columns=[name], errors="ignore").assign(**{name: word}) for word, table in tables]
    full = [table for table in named if len(table)] or named[:1]
    made = pd.concat(full, ignore_index=True)
    return made[[name, *(column for column in made.columns if column != name)]]

"""Makes the tables of what the cost rests on and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.sensitivity import ELASTIC, USD, WORDS, Swing, by_width, ranked, resting, told, unranged
from procsim.maths import statistics
from procsim.maths.arrays import Floats
from procsim.model.units import unit_of
from procsim.recipe.inputs import Provenance
from procsim.results.metrics import METRICS, PRICE

FULL = 1.0 - 1e-12
"""A load from which on a queue grows without end, but for rounding."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST = 3
"""Numbers that are named beside what the cost rests on."""
NAMED: dict[Provenance, str] = {"published": "published", "estimate": "estimates", "choice": "choices", "unsourced": "unsourced"}
"""Provenance in the names of figures."""
DRAWS_PER_INPUT = 5
"""A plane is laid through at most one input for so many draws: those with the widest swings."""


def provenance(known: Sequence[Swing]) -> pd.DataFrame:
    """One row per input that the cost depends on, by what matters: each stands at the better of its places by the width of its swing and by
    its elasticity.

    *elasticity* is the relative change of the fully loaded cost per relative change of the input (*elasticity_direct*: of the direct
    cost); a swing is what the fully loaded cost changes by where the input is at that end of its range. The line keeps its tools, and adds those
    that it takes where it would be overloaded without. All of them to four digits.
    """
    return pd.DataFrame([(
        one.known.address, one.known.value, one.known.low, one.known.high, unit_of(one.known.address), one.known.provenance, one.known.source,
        told(one.elasticity, ELASTIC), told(one.direct, ELASTIC), told(one.low_usd, USD), told(one.high_usd, USD), str(one.known.place))
        for one in ranked(known)],
        columns=["address", "value", "low", "high", "unit", "provenance", "source", "elasticity", "elasticity_direct", "swing_low_usd",
                 "swing_high_usd", "written_at"])


def resting_rows(known: Sequence[Swing], replications: int) -> list[tuple[str, str, float, float, float, float, int, str]]:
    """Rows of summary.csv: on whose word the cost rests, which three estimates have the widest swings, and which three numbers without a
    range have the largest elasticity."""
    rows = [(f"{cost}resting_on_{NAMED[word]}", "1", resting(known, of)[word], f"of {figure}, by elasticity") for word in WORDS
            for cost, of, figure in (("cost_", "elasticity", "cost_per_good_unit_loaded"), ("direct_cost_", "direct", "cost_per_good_unit_direct"))]
    estimates = by_width([one for one in known if one.known.provenance == "estimate"])
    rows += [(f"widest_estimate_{n}", "USD", one.half_usd, one.known.address) for n, one in enumerate(estimates[:MOST], start=1)]
    rows += [(f"largest_without_range_{n}", "1", one.elasticity, one.known.address) for n, one in enumerate(unranged(known)[:MOST], start=1)]
    rows = [(name, unit, told(value, USD), note) for name, unit, value, note in rows]
    return [(name, unit, value, value, value, value, replications, note) for name, unit, value, note in rows]


def uncertainty(names: Sequence[str], figures: Floats, mid: Floats) -> pd.DataFrame:
    """One row per figure: *mid* (F,), with every input at its mid, beside its distribution over the draws that have it, *figures* (n, F), and
    *mid_percentile*: what share of these lies below mid, in percent, equals counted half. Last, the share of draws that would overload the
    tools that the line has."""
    units = {metric.name: metric.unit for metric in (*METRICS, *PRICE)} | {"tools_added": "tools"}
    rows: list[tuple[object, ...]] = []
    for name, column, own in zip(names, figures.T, mid.tolist(), strict=True):
        there = column[np.isfinite(column)]
        if len(there):
            spread = _spread(there)
            rows.append((name, units.get(name, "1"), own, float(there.mean()), spread, *(statistics.quantile(there, p) for p in QUANTILES),
                         _percentile(own, there), len(there)))
    if "bottleneck_load" in names:
        at = list(names).index("bottleneck_load")
        over = figures[:, at] >= FULL
        rows.append(("overloaded", "1", float(mid[at] >= FULL), float(over.mean()), *[float("nan")] * 7, len(over)))
    return pd.DataFrame(rows, columns=["figure", "unit", "mid", "mean", "sd", *(f"p{round(100 * p):02d}" for p in QUANTILES), "mid_percentile",
                                       "draws"])


def _spread(values: Floats) -> float:
    """Standard deviation of *values*; 0 where they differ by rounding alone."""
    spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return 0.0 if spread <= 1e-12 * float(np.abs(values).max()) else spread


def _percentile(value: float, among: Floats) -> float:
    """Percent of *among* below *value*; equals, but for rounding, count half."""
    near = 1e-12 * abs(value)
    return float(50 * ((among < value - near).mean() + (among <= value + near).mean())) if np.isfinite(value) else float("nan")


def drivers(known: Sequence[Swing], values: Floats, figure: Floats) -> tuple[pd.DataFrame, float]:
    """One row per input drawn, *values* (n, k): its rank correlation (Spearman) with the *figure* (n,), and its share of the variance by
    squared standardised regression coefficients; and R² of that regression. Of the draws that have the figure.

    The regression takes in one input for every five draws at most, those with the widest swings; the others' shares are empty.
    """
    values, figure = values[np.isfinite(figure)], figure[np.isfinite(figure)]
    order = sorted(range(len(known)), key=lambda i: (-known[i].half_usd, known[i].known.address))
    taken = order[:max(len(figure) // DRAWS_PER_INPUT, 1)]
    shares, fit = statistics.regression_shares(values[:, taken], figure)
    share = dict(zip(taken, shares.tolist(), strict=True))
    ranked = statistics.ranks(figure)
    rows = [(one.known.address, statistics.correlation(statistics.ranks(values[:, i]), ranked), share.get(i, float("nan")), one.known.low,
             one.known.value, one.known.high, unit_of(one.known.address), one.low_usd, one.high_usd) for i, one in enumerate(known)]
    table = pd.DataFrame(rows, columns=["address", "spearman", "share_of_variance", "low", "mid", "high", "unit", "swing_low_usd", "swing_high_usd"])
    return table.sort_values(["share_of_variance", "address"], ascending=[False, True], ignore_index=True), fit

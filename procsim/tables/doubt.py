"""Swings and draws of inputs in, tables of what the cost rests on and how sure it is out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim import stats
from procsim.beliefs import ELASTIC, USD, Swing, resting, told, widest
from procsim.results import METRICS
from procsim.stats import Floats

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DRAWS_PER_INPUT = 5
"""A plane is laid through at most one input for so many draws: those with the widest swings."""

_UNITS = {"usd": "USD", "um": "µm", "m2": "m²", "cm2": "cm²", "cm3": "cm³", "kw": "kW", "kwh": "kWh", "g_cm3": "g/cm³", "A_dm2": "A/dm²",
          "m2_year": "m² year",
          **{word: word for word in ("mm", "m", "s", "min", "h", "kg", "g", "l", "ml", "ppm", "years", "piece", "panels", "units")}}
"""Last word of a field's name → the unit it is in."""


def unit_of(address: str) -> str:
    """The unit of what stands at *address*, read off the names on the way: ``time_s.per_die`` is s/die, ``price_usd_per_kg`` USD/kg; 1 where
    they name none. What is consumed counts in the unit that it is bought in."""
    unit, per = "1", ""
    for word in address.split("."):
        driver = re.fullmatch(r"per_([a-z0-9]+?)(_ppm)?", word)
        named = re.search(r"_(g_cm3|A_dm2|[a-z0-9]+?)(?:_per_(\w+))?$", word)
        if driver is not None:
            per, unit = "/" + _UNITS.get(driver[1], driver[1]), "ppm" if driver[2] else unit
        elif named is not None and named[1] in _UNITS:
            unit = _UNITS[named[1]] + ("/" + _UNITS.get(named[2], named[2]) if named[2] else "")
    return unit + per


def provenance(known: Sequence[Swing]) -> pd.DataFrame:
    """One row per input that the cost depends on, the widest swing first, then the largest elasticity.

    *elasticity* is the relative change of the fully loaded cost per relative change of the input (*elasticity_direct*: of the direct
    cost); a swing is what the fully loaded cost changes by where the input is at that end of its range. The line keeps its tools, and adds those
    that it takes where it would be overloaded without. All of them to four digits.
    """
    moving = sorted((one for one in known if one.moves), key=lambda one: (
        -told(one.half_usd, USD), -told(abs(one.elasticity) if not one.whole else 0.0, ELASTIC), one.known.address))
    return pd.DataFrame([(
        one.known.address, one.known.value, one.known.low, one.known.high, unit_of(one.known.address), one.known.provenance, one.known.source,
        told(one.elasticity, ELASTIC), told(one.direct, ELASTIC), told(one.low_usd, USD), told(one.high_usd, USD), str(one.known.place))
        for one in moving],
        columns=["address", "value", "low", "high", "unit", "provenance", "source", "elasticity", "elasticity_direct", "swing_low_usd",
                 "swing_high_usd", "written_at"])


def resting_rows(known: Sequence[Swing], replications: int) -> list[tuple[str, str, float, float, float, float, int, str]]:
    """Rows of summary.csv: how much of the cost rests on estimates, and which three matter most."""
    rows = [("cost_resting_on_estimates", "1", resting(known), "of cost_per_good_unit_loaded, by elasticity"),
            ("direct_cost_resting_on_estimates", "1", resting(known, "direct"), "of cost_per_good_unit_direct, by elasticity")]
    rows += [(f"widest_estimate_{n}", "USD", one.half_usd, one.known.address) for n, one in enumerate(widest(known), start=1)]
    rows = [(name, unit, told(value, USD), note) for name, unit, value, note in rows]
    return [(name, unit, value, value, value, value, replications, note) for name, unit, value, note in rows]


def uncertainty(names: Sequence[str], figures: Floats) -> pd.DataFrame:
    """One row per figure: its distribution over the draws that have it, *figures* (n, F); last, the share of draws that overload the line."""
    units = {metric.name: metric.unit for metric in METRICS}
    rows: list[tuple[object, ...]] = []
    for name, column in zip(names, figures.T, strict=True):
        there = column[np.isfinite(column)]
        if len(there):
            spread = float(there.std(ddof=1)) if len(there) > 1 else float("nan")
            rows.append((name, units.get(name, "1"), float(there.mean()), spread, *(stats.quantile(there, p) for p in QUANTILES), len(there)))
    if "bottleneck_load" in names:
        over = figures[:, list(names).index("bottleneck_load")] >= 1.0 - 1e-12
        rows.append(("overloaded", "1", float(over.mean()), *[float("nan")] * 6, len(over)))
    return pd.DataFrame(rows, columns=["figure", "unit", "mean", "sd", *(f"p{round(100 * p):02d}" for p in QUANTILES), "draws"])


def drivers(known: Sequence[Swing], values: Floats, figure: Floats) -> tuple[pd.DataFrame, float]:
    """One row per input drawn, *values* (n, k): its rank correlation (Spearman) with the *figure* (n,), and its share of the variance by
    squared standardised regression coefficients; and R² of that regression.

    The regression takes in one input for every five draws at most, those with the widest swings; the others' shares are empty.
    """
    order = sorted(range(len(known)), key=lambda i: (-known[i].half_usd, known[i].known.address))
    taken = order[:max(len(figure) // DRAWS_PER_INPUT, 1)]
    shares, fit = stats.regression_shares(values[:, taken], figure)
    share = dict(zip(taken, shares.tolist(), strict=True))
    ranked = stats.ranks(figure)
    rows = [(one.known.address, stats.correlation(stats.ranks(values[:, i]), ranked), share.get(i, float("nan")), one.known.low, one.known.value,
             one.known.high, unit_of(one.known.address), one.low_usd, one.high_usd) for i, one in enumerate(known)]
    table = pd.DataFrame(rows, columns=["address", "spearman", "share_of_variance", "low", "mid", "high", "unit", "swing_low_usd", "swing_high_usd"])
    return table.sort_values(["share_of_variance", "address"], ascending=[False, True], ignore_index=True), fit

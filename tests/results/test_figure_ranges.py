"""Tests that no figure leaves its range, whatever the line: shares, loads, yields, efficiencies, intervals and what tables say of them."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_lines import lines

from procsim import tables
from procsim.closed_form.by_release import step_yields
from procsim.closed_form.marginal_cost import volumes
from procsim.closed_form.solve import ClosedForm, solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.replicate import one, replicate
from procsim.lots.records import STATES
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load
from procsim.results.overload import overloads, refuse_overload, short_of_staff

ONE, MANY, ANY = (0.0, 1.0), (0.0, math.inf), (-math.inf, math.inf)
RANGES = {
    r"(expected_)?(yield|bottleneck_load|tardy_lots|utilisation|load)|(step|cumulative)_yield|quantile|share.*": ONE,
    r"productive|standby|engineering|(un)?scheduled_down|non_scheduled|setup|blocked|availability|oee|.*_efficiency": ONE,
    r"(expected_)?(escapes|infant_failures)_ppm": (0.0, 1e6),
    r"starts_per_good_unit": (1.0, math.inf),
    r"(count|tools_needed)": (1.0, math.inf),
    r".*unused_capacity.*": ANY,
    r".*": MANY,
}
"""What a column, or the metric of a row of summary.csv, may be; the first pattern that fits holds. Nothing is infinite, and money is not negative but
where more is charged than a group costs (no random line sells scrap)."""


def range_of(name: str) -> tuple[float, float]:
    """The range of the column, or metric, of that *name*; that of an end of an interval is that of its figure."""
    bare = re.sub(r"_ci_(low|high)$", "", name)
    return next(found for pattern, found in RANGES.items() if re.fullmatch(pattern, bare))


def strays(where: str, name: str, values: pd.Series[float]) -> list[str]:
    """Values that are not in their range; rounding is none."""
    low, high = range_of(name)
    found = values.dropna()
    scale = 1e-9 * max(1.0, abs(high) if math.isfinite(high) else 1.0)
    wrong = found[(found < low - scale) | (found > high + scale) | (found.abs() == math.inf)]
    return [f"{where} {name}: {value!r} is not in [{low:g}, {high:g}]" for value in wrong]


def out_of_interval(where: str, mean: pd.Series[float], low: pd.Series[float], high: pd.Series[float]) -> list[str]:
    """Means that their own interval does not hold, and intervals that are nothing but rounding."""
    slack = 1e-9 * (mean.abs() + 1e-300)
    wrong = (low > mean + slack) | (high < mean - slack)
    tiny = (high > low) & (high - low < 1e-12 * mean.abs())
    return [f"{where}: {mean[i]!r} in [{low[i]!r}, {high[i]!r}]" for i in mean.index[wrong | tiny]]


def impossible(made: dict[str, pd.DataFrame]) -> list[str]:
    """All that is wrong with the tables of one run."""
    found = []
    for name, table in made.items():
        if name == "summary":
            for _, row in table.iterrows():
                found += strays(name, str(row["metric"]), pd.Series([row["mean"], row["ci_low"], row["ci_high"], row["expected"]]))
            found += out_of_interval(name, table["mean"], table["ci_low"], table["ci_high"])
            continue
        for column in table.select_dtypes("number"):
            found += strays(name, column, table[column])
            if f"{column}_ci_low" in table:
                found += out_of_interval(f"{name} {column}", table[column], table[f"{column}_ci_low"], table[f"{column}_ci_high"])
    states = made["tools"][list(STATES)].sum(axis=1) if "tools" in made else ()
    return found + [f"states of a tool sum to {total!r}" for total in states if abs(total - 1.0) > 1e-9]


def told(plan: Plan, closed: ClosedForm) -> list[str]:
    """What is said of an overload, and is no number."""
    said = [*overloads(plan, closed), *short_of_staff(plan, closed)]
    return [text for text in said if re.search(r"∞|nan\b|inf\b|=-", text)]


def problems(folder: Path, text: str, variable: bool = True) -> list[str]:
    """What is impossible in the figures of the line *text*; nothing of lines that are refused."""
    path = folder / "line.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        recipe = load(path)
        plan = make(recipe)
        closed = solve(plan)
        estimate = tables.closed_summary(plan, closed)
        found = told(plan, closed) + impossible({
            "summary": estimate[estimate["metric"] != "bottleneck_load"], "closed products": tables.closed_products(plan, closed),
            "volumes": tables.cost_by_volume(volumes(recipe, plan, closed))})
        found += strays("closed form", "offered", pd.Series(closed.tools.load[closed.tools.up > 0])) + strays("closed form", "share", pd.Series(closed.tools.available))
        found += strays("closed form", "step_yield", pd.Series(step_yields(plan, closed)))
        refuse_overload(plan, closed, allowed=True)
        totals = replicate(plan, plan.replications) if variable else [one(plan, 0, variable=False)]
    except (RecipeError, InfeasibleError):
        return []
    return found + impossible({
        "summary": tables.summary(plan, totals, closed), "tools": tables.tools(plan, totals, closed),
        "operators": tables.operators(plan, totals, closed), "steps": tables.steps(plan, totals, closed),
        "yield_by_step": tables.yield_by_step(plan, totals), "cost_by_step": tables.cost_by_step(plan, totals).iloc[:-1],
        "cost_by_category": tables.cost_by_category(plan, totals)[["cost_per_good_unit_usd"]].iloc[:-1],
        "products": tables.products(plan, totals, closed), "streams": tables.streams(plan, totals, closed), "materials": tables.materials(plan, totals)})


@given(text=lines(), variable=st.sampled_from([True, True, False]))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_figure_leaves_its_range(text: str, variable: bool, tmp_path: Path) -> None:
    """Random lines: all figures lie in ``RANGES``, states sum to 1, intervals hold their means."""
    assert problems(tmp_path, text, variable) == []


@pytest.mark.long
@given(text=lines(), variable=st.sampled_from([True, True, False]))
@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_figure_leaves_its_range_among_many(text: str, variable: bool, tmp_path: Path) -> None:
    """The same, of many more lines."""
    assert problems(tmp_path, text, variable) == []

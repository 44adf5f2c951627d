"""Draws flows side by side in one picture: cost by category, and beside it what else decides: yield, output, load, thickness, heat."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY

UNUSED = "unused capacity"
BESIDE = (("yield", "yield, %", 100.0), ("good_units_per_week", "good units a week, thousands", 1e-3), ("cycle_time", "cycle time, h", 1.0),
          ("bottleneck_load", "load of the bottleneck, %", 100.0), ("package_thickness", "package, µm", 1.0),
          ("thermal_resistance_back", "heat out of the back, K/W", 1.0))
"""What has a panel of its own: figure, words, factor."""
ROW = 4
"""Panels beside one another."""


def compare(table: pd.DataFrame, categories: pd.DataFrame | None, names: Sequence[str], words: str) -> Figure:
    """*table* has a row per flow and figure, *categories* one per flow and category (None: nothing costs anything)."""
    panels = [(figure, text, factor) for figure, text, factor in BESIDE if table.loc[table["metric"] == figure, "mean"].notna().any()]
    rows = -(-len(panels) // ROW)
    tall = 0.34 * len(names) + 0.9
    figure = Figure(figsize=(11.0, 0.6 + (tall + 0.7 if categories is not None else 0.0) + tall * rows), layout="constrained")
    heights = [*([tall + 0.7] if categories is not None else []), *([tall] * rows)]
    grid = figure.add_gridspec(len(heights), ROW, height_ratios=heights)
    first = 0
    if categories is not None:
        first = 1
        _costs(figure.add_subplot(grid[0, :]), categories, names)
    for n, (metric, text, factor) in enumerate(panels):
        axes = figure.add_subplot(grid[first + n // ROW, n % ROW])
        _bars(axes, table[table["metric"] == metric].set_index("flow"), names, text, factor, named=n % ROW == 0)
    figure.suptitle(f"{len(names)} flows, {words}", fontsize=10, parse_math=False)
    return figure


def _costs(axes: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    """A stacked bar for each flow; what brings money back lies left of 0."""
    right, left = [0.0] * len(names), [0.0] * len(names)
    for category in dict.fromkeys(table["category"]):
        values = [float(table.loc[(table["flow"] == name) & (table["category"] == category), "cost_per_good_unit_usd"].sum()) for name in names]
        if any(values):
            start = [right[n] if value >= 0 else left[n] for n, value in enumerate(values)]
            colour = "#FFFFFF" if category == UNUSED else COLOURS[category]
            axes.barh(range(len(names)), values, left=start, height=0.7, color=colour, label=category.replace("_", " "), linewidth=0.6,
                      edgecolor=GREY if category == UNUSED else colour)
            right = [at + max(value, 0.0) for at, value in zip(right, values, strict=True)]
            left = [at + min(value, 0.0) for at, value in zip(left, values, strict=True)]
    for n, (end, credit) in enumerate(zip(right, left, strict=True)):
        axes.text(end, n, f"\u00a0{end + credit:.3f}", va="center", fontsize=7.5, color=GREY)
    axes.margins(x=0.07)
    _plain(axes, names, "USD per good unit, fully loaded")
    axes.legend(fontsize=7, frameon=False, ncols=6, loc="upper center", bbox_to_anchor=(0.5, 1.3))


def _bars(axes: Axes, table: pd.DataFrame, names: Sequence[str], text: str, factor: float, named: bool) -> None:
    """A bar for each flow, with its interval where there is one."""
    for n, name in enumerate(names):
        if name not in table.index:
            continue
        [mean], [low], [high] = ((factor * table.loc[[name], column]).to_list() for column in ("mean", "ci_low", "ci_high"))
        if mean != mean:
            continue
        spread = [[mean - low], [high - mean]] if high > low else None
        axes.barh(n, mean, height=0.6, color=COLOURS["panel"], xerr=spread, ecolor=GREY, error_kw={"elinewidth": 0.9})
        axes.text(max(mean, high) if spread else mean, n, f"\u00a0{mean:.4g}", va="center", fontsize=7, color=GREY)
    axes.margins(x=0.3)
    _plain(axes, names if named else [""] * len(names), text)


def _plain(axes: Axes, names: Sequence[str], text: str) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=7.5, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(text, fontsize=8, color=GREY)
    axes.tick_params(length=0, labelsize=7)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)

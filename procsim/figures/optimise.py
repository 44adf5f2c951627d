"""Draws an optimum: output against cost of all trials with what nothing else beats, and how the best came about trial by trial."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from procsim.figures.style import COLOURS, GREY

FAINT = "#C8C8C8"
ROOM = 1.15
LEVEL = 1e-9
"""Share of a value below which two are drawn as equal."""


def frontier(trials: pd.DataFrame, edge: pd.DataFrame, title: str) -> Figure:
    """Output per week against cost per good unit: what will do, what will not, the edge that nothing beats with both of its ends, and the best."""
    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes = figure.add_subplot()
    x, y = "good_units_per_week", "cost_per_good_unit_loaded"
    will, wont = trials[trials["will_do"]], trials[~trials["will_do"]]
    axes.plot(wont[x], wont[y], "x", color=FAINT, markersize=3.5, label="will not do")
    axes.plot(will[x], will[y], "o", color=COLOURS["panel"], markersize=3.5, label="will do")
    axes.step(edge[x], edge[y], where="pre", color=COLOURS["die"], linewidth=1.6, marker="o", markersize=4.5,
              label="nothing is cheaper and makes more")
    best = trials[trials["best"]]
    axes.plot(best[x], best[y], "o", markersize=11, markerfacecolor="none", markeredgecolor="black", linewidth=0, label="best")
    axes.xaxis.set_major_formatter(lambda at, _: _spaced(at))
    _focus(axes, will[y] if len(will) else trials[y])
    _finish(axes, "good units per week", "fully loaded cost per good unit, USD")
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    ends = "; ".join(f"{row['end']}: {_spaced(row[x])} a week at {row[y]:.4g} USD" for _, row in edge[edge["end"] != ""].iterrows())
    figure.suptitle(f"{title}\n{ends}", fontsize=10, parse_math=False)
    return figure


def history(trials: pd.DataFrame, of: str, words: str, maximise: bool, title: str) -> Figure:
    """The figure of each trial that will do, and the best until then."""
    figure = Figure(figsize=(7.5, 3.8), layout="constrained")
    axes = figure.add_subplot()
    will = trials[trials["will_do"]]
    axes.plot(will["trial"], will[of], "o", color=COLOURS["panel"], markersize=3, label="a trial that will do")
    axes.step(will["trial"], will[of].cummax() if maximise else will[of].cummin(), where="post", color=COLOURS["die"], linewidth=1.6,
              label="best until then")
    _focus(axes, will[of])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(axes, "trial", words)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10, parse_math=False)
    return figure


def _spaced(count: float) -> str:
    return f"{count:,.0f}".replace(",", "\u202f")


def _focus(axes: Axes, values: pd.Series) -> None:
    """Shows most of the values: a few that are far off are cut, and what rounding alone keeps apart is level."""
    low, high = values.min(), values.quantile(0.95) if len(values) else float("nan")
    axes.ticklabel_format(axis="y", useOffset=False)
    if high - low <= LEVEL * abs(low):
        axes.set_ylim(low - 0.05 * (abs(low) or 1.0), low + 0.05 * (abs(low) or 1.0))
    elif high > low:
        axes.set_ylim(low - 0.2 * (high - low), high + (ROOM - 1) * (high - low))


def _finish(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, color=GREY)
    axes.set_ylabel(up, color=GREY)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)

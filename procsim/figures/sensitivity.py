"""Draws what a figure is sensitive to: a tornado, Morris's μ* against σ, and Sobol indices."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY
from procsim.tables.sensitivity import widest_first

SHOWN, LABELLED = 15, 12
"""Bars that are drawn, and points that are named, at most."""
AROUND = ((8, 7), (-8, -7), (-8, 7), (8, -7), (19, 7), (-19, -7))
"""Where the numbers of points stand, in turn, beside the bars of its errors and so that those of near points do not hide one another."""
DEPTH = 1000.0
"""Effects so many times smaller than the largest are not drawn."""
SURE = 1.96
"""Standard errors in half of a 95 % interval."""


def tornado(table: pd.DataFrame, words: str, title: str = "") -> Figure:
    """The widest ranges, and beside each its elasticity, under a *title*."""
    rows = widest_first(table).head(SHOWN)
    figure = Figure(figsize=(10.5, 1.6 + 0.27 * len(rows)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    at = range(len(rows))
    for end, colour in (("low", "material"), ("high", "tool")):
        left.barh(at, rows[f"change_at_{end}"], height=0.7, color=COLOURS[colour], label=f"input at its {end}")
    right.barh(at, rows["elasticity"], height=0.7, color=COLOURS["die"])
    _names(left, rows["address"].to_list())
    left.set_xlabel(f"change of {words}", fontsize=9)
    right.set_xlabel("elasticity", fontsize=9)
    left.legend(fontsize=8, frameon=False, loc="lower right")
    for axes in (left, right):
        axes.axvline(0, color=GREY, linewidth=0.8)
        _plain(axes)
    if title:
        figure.suptitle(title, fontsize=10, parse_math=False)
    return figure


def morris(table: pd.DataFrame, words: str, title: str = "") -> Figure:
    """μ* against σ, of the foremost with standard errors; an input near or above the line of σ = μ* acts by interaction, or unevenly."""
    figure = Figure(figsize=(10.0, 5.2), layout="constrained")
    axes = figure.add_subplot()
    there = table[table["mu_star"] > 0]
    first, rest = there.head(LABELLED), there.iloc[LABELLED:]
    axes.scatter(rest["mu_star"], rest["sigma"], s=9, color=COLOURS["panel"], label="all others")
    axes.errorbar(first["mu_star"], first["sigma"], xerr=first["mu_star_se"].fillna(0), yerr=first["sigma_se"].fillna(0), fmt="o", markersize=3.5,
                  color=COLOURS["die"], ecolor=GREY, elinewidth=0.7)
    for n, (_, row) in enumerate(first.iterrows()):
        axes.annotate(str(n + 1), (row["mu_star"], row["sigma"]), xytext=AROUND[n % len(AROUND)], textcoords="offset points", fontsize=8, ha="center",
                      va="center", color=GREY)
    if len(there):
        _log(axes, float(there["mu_star"].max()), float(there["sigma"].max()))
    names = "\n".join(f"{n}  {address}" for n, address in enumerate(first["address"], start=1))
    axes.annotate(names, (1.02, 1.0), xycoords="axes fraction", va="top", fontsize=7.5, color=GREY, parse_math=False, linespacing=1.5)
    axes.set_xlabel(f"μ*: mean size of the change over the whole range of an input,\n{words}", fontsize=9)
    axes.set_ylabel("σ: how it differs from place to place", fontsize=9)
    _plain(axes)
    if title:
        figure.suptitle(title, fontsize=10, parse_math=False)
    return figure


def _log(axes: Axes, most: float, spread: float) -> None:
    """Scales by factors, as far as effects matter, and the line of σ = μ*; without any spread there is none to scale."""
    axes.set_xscale("log")
    axes.set_xlim(most / DEPTH, 2 * most)
    if spread > 0:
        axes.set_yscale("log")
        axes.set_ylim(spread / DEPTH, 3 * max(spread, most / 30))
    axes.plot([most / DEPTH, most], [most / DEPTH, most], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), label="σ = μ*")
    axes.legend(fontsize=8, frameon=False, loc="upper left")


def sobol(table: pd.DataFrame, words: str, title: str = "") -> Figure:
    """First-order and total indices with their 95 % intervals."""
    figure = Figure(figsize=(8.5, 1.6 + 0.4 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    for name, colour, lift, text in (("first", "panel", -0.19, "alone"), ("total", "die", 0.19, "with all its interactions")):
        axes.barh([i + lift for i in range(len(table))], table[name], height=0.36, color=COLOURS[colour], label=text,
                  xerr=(SURE * table[f"{name}_se"]).fillna(0), ecolor=GREY, error_kw={"elinewidth": 0.9})
    _names(axes, table["address"].to_list())
    axes.set_xlabel(f"share of the variance of {words.partition(',')[0]}", fontsize=9)
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    _plain(axes)
    if title:
        figure.suptitle(title, fontsize=10, parse_math=False)
    return figure


def _names(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=7.5, parse_math=False)
    axes.invert_yaxis()


def _plain(axes: Axes) -> None:
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)

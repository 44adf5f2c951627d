"""Draws an operating curve from its table."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY

REFERENCES = (("best", "best case", "material"), ("practical_worst", "practical worst case", "tool"), ("worst", "worst case", "labour"))
"""Factory Physics, ch. 7: the columns' prefix, the name, the colour's."""


def by_load(table: pd.DataFrame, own: float, title: str) -> Figure:
    """Cycle time against throughput, with its interval and the closed form; each point has its load. *own* is the recipe's throughput."""
    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.add_subplot()
    x = table["throughput_lots_per_h"]
    axes.plot(table["expected_throughput_lots_per_h"], table["expected_cycle_time_h"], color=GREY, linewidth=1.2, linestyle=(0, (4, 3)),
              label="closed form", zorder=3)
    _simulated(axes, x, table["cycle_time_h"], table)
    axes.plot(x, table["raw_process_time_h"], color=COLOURS["material"], linewidth=1.2, label="raw process time")
    axes.axvline(own, color=COLOURS["labour"], linewidth=1.0, linestyle=(0, (1, 2)), label="the recipe's release")
    for at, cycle, load in zip(x, table["cycle_time_h"], table["load"], strict=True):
        axes.annotate(f"{100 * load:g} %", (at, cycle), xytext=(-4, 6), textcoords="offset points", ha="right", fontsize=8, color=GREY)
    _finish(axes, "throughput, lots per hour", "cycle time, h")
    axes.set_xlim(0.0, None)
    axes.set_ylim(0.0, None)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(f"{title}\ncycle time against throughput; the load of the bottleneck beside each point", fontsize=10, parse_math=False)
    return figure


def by_wip(table: pd.DataFrame, references: pd.DataFrame, title: str) -> Figure:
    """Throughput and cycle time against WIP, found and in closed form, between the reference curves; *references* has the columns of
    ``curves.references``."""
    figure = Figure(figsize=(10.0, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, column, name in ((left, "throughput_lots_per_h", "throughput, lots per hour"), (right, "cycle_time_h", "cycle time, h")):
        for prefix, label, colour in REFERENCES:
            axes.plot(references["wip"], references[f"{prefix}_{column}"], color=COLOURS[colour], linewidth=1.2, label=label)
        axes.plot(table["wip"], table[f"expected_{column}"], color=GREY, linewidth=1.2, linestyle=(0, (4, 3)), label="closed form", zorder=3)
        if column == "cycle_time_h":
            _simulated(axes, table["wip"], table[column], table)
        else:
            axes.plot(table["wip"], table[column], color=COLOURS["die"], marker="o", markersize=4, linewidth=1.4, label="simulated")
        _finish(axes, "lots in the line", name)
        axes.set_xlim(0.0, None)
    left.set_ylim(0.0, 1.15 * references["best_throughput_lots_per_h"].max())
    right.set_ylim(0.0, 1.6 * float(table["cycle_time_h"].max()))
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    figure.suptitle(f"{title}\na constant WIP between the curves of Factory Physics", fontsize=10, parse_math=False)
    return figure


def _simulated(axes: Axes, x: pd.Series, y: pd.Series, table: pd.DataFrame) -> None:
    """Points joined by a line, with their intervals where there are any."""
    axes.plot(x, y, color=COLOURS["die"], marker="o", markersize=4, linewidth=1.4, label="simulated")
    axes.vlines(x, table["ci_low"], table["ci_high"], color=COLOURS["die"], linewidth=1.2)


def _finish(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, color=GREY)
    axes.set_ylabel(up, color=GREY)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)

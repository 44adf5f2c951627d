"""Draws the spread of a figure over draws of all ranged numbers, beside a tornado of what drives it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY

SHOWN = 12
"""Bars of the tornado."""


def uncertainty(draws: Sequence[float], estimate: float, drivers: pd.DataFrame, name: str, title: str) -> Figure:
    """How the cost is spread over *draws*, and what it does where one input alone goes from its low to its high end; *drivers* has the
    columns of uncertainty_drivers.csv, and *estimate* is the cost with every input at its mid."""
    figure = Figure(figsize=(11.0, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    seen = pd.Series([value for value in draws if math.isfinite(value)])
    left.hist(seen, bins=min(max(len(seen) // 8, 5), 40), color=COLOURS["panel"], edgecolor="white", linewidth=0.4)
    left.axvspan(seen.quantile(0.05), seen.quantile(0.95), color=GREY, alpha=0.12, linewidth=0)
    left.axvline(estimate, color=COLOURS["labour"], linewidth=1.4)
    left.axvline(seen.mean(), color=GREY, linewidth=1.4, linestyle="--")
    left.set_ylabel("draws", color=GREY)
    left.set_xlabel(f"{name}\nline: every input at its mid; dashed: mean of the draws;\ngrey: 5 to 95 % of them", color=GREY)
    _tornado(right, drivers, estimate, name)
    for axes in (left, right):
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.suptitle(f"{title}\nwhat is not known exactly: {len(draws)} draws of {len(drivers)} inputs, and one input at a time", fontsize=10,
                    parse_math=False)
    return figure


def _tornado(axes: Axes, drivers: pd.DataFrame, estimate: float, name: str) -> None:
    """The widest bars, widest on top; each end says which value of the input makes it."""
    ends = drivers[["swing_low_usd", "swing_high_usd"]].assign(value=0.0)
    span = ends.max(axis=1) - ends.min(axis=1)
    rows = drivers.loc[span.sort_values(ascending=False, kind="stable").index].head(SHOWN)
    at = range(len(rows))
    for column, other, end, colour in (("swing_low_usd", "swing_high_usd", "low", "material"), ("swing_high_usd", "swing_low_usd", "high", "tool")):
        axes.barh(at, rows[column], left=estimate, height=0.7, color=COLOURS[colour], label=f"at its {end}")
        for i, (swing, against, value) in enumerate(zip(rows[column], rows[other], rows[end], strict=True)):
            right = swing > 0 or (swing == 0 and against < 0)  # an end that does nothing is written across from the one that does
            text = (f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}").replace(",", "\u202f")
            axes.annotate(text, (estimate + swing, i), xytext=(3 if right else -3, 0), textcoords="offset points", va="center",
                          ha="left" if right else "right", fontsize=6.5, color=GREY)
    axes.axvline(estimate, color=COLOURS["labour"], linewidth=1.0)
    axes.set_yticks(list(at), rows["address"].to_list(), fontsize=7.5, parse_math=False)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(name, color=GREY)
    axes.legend(fontsize=8, frameon=False, loc="lower right")

"""Draws a figure of two flows along an axis, and where they cross; or of one against its target."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY
from procsim.model.units import unit_of

LINES = ("die", "tool")
"""Colours of the first and the second flow."""


def breakeven(curve: pd.DataFrame, crossings: pd.DataFrame, axis: str, names: Sequence[str], words: str, log: bool,
              title: str = "") -> Figure:
    """*curve* has the column *axis* and one for each of *names*; *crossings* the column *axis* and, where it was simulated, its interval. *words* say
    what is drawn, with its unit, and the *title* of which flows, at what demand."""
    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for name, colour in zip(names, LINES, strict=False):
        axes.plot(curve[axis], curve[name], color=COLOURS[colour], linewidth=1.8, label=name)
    if len(names) == 1:
        axes.axhline(float(curve["target"].iloc[0]), color=COLOURS["tool"], linewidth=1.4, label="target")
    for _, row in crossings.iterrows():
        if row["ci_high"] > row["ci_low"]:
            axes.axvspan(row["ci_low"], row["ci_high"], color=COLOURS["standby"], zorder=0)
        axes.axvline(row[axis], color=GREY, linewidth=1.0, linestyle=(0, (4, 3)))
        axes.annotate(f"{row[axis]:.4g}", (row[axis], 1.0), xycoords=("data", "axes fraction"), xytext=(3, -10), textcoords="offset points",
                      fontsize=8, color=GREY)
    if log:
        axes.set_xscale("log")
    unit = unit_of(axis.partition(",")[0])
    axes.set_xlabel(f"{axis}, {unit}" if unit != "1" else axis, fontsize=9, parse_math=False)
    axes.set_ylabel(words, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=10, parse_math=False)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure

"""Draws where the difference between a base and its edit comes from: from the one cost to the other, by category and by step."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, FAINT, GREY

DEARER, CHEAPER = COLOURS["labour"], COLOURS["material"]
ROOM = 0.25
"""Room beyond the outermost bar, as a share of what bars span, for the numbers beside them."""


def waterfall(rows: Sequence[tuple[str, Sequence[pd.DataFrame]]], title: str, note: str = "") -> Figure:
    """For each edit a row, its name over it, with a panel for each of its tables (as of ``tables.edits.waterfall``), bars from the top down; an axis
    begins near the two costs, so that what lies between can be seen. A *note* stands below all."""
    heights = [1.0 + 0.24 * max(len(table) for table in tables) for _, tables in rows]
    columns = max(len(tables) for _, tables in rows)
    figure = Figure(figsize=(5.4 * columns, 0.5 + sum(heights)), layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights)
    for (name, tables), line in zip(rows, grid, strict=True):
        for axes, table in zip(line, tables, strict=True):
            _panel(axes, table)
        if len(rows) > 1:
            line[0].set_title(name, fontsize=9, loc="left", parse_math=False)
    if note:
        figure.supxlabel(note, fontsize=8, color=GREY, parse_math=False)
    figure.suptitle(title, fontsize=10, parse_math=False)
    return figure


def _panel(axes: Axes, table: pd.DataFrame) -> None:
    ends = table["item"].isin(["base", "edit"]).to_numpy()
    inner = table[~ends]
    levels = [*table.loc[ends, "to_usd"], *inner["from_usd"], *inner["to_usd"]]
    low, high = min(levels), max(levels)
    span = (high - low) or abs(high) or 1.0
    left, right = low - ROOM * span, high + ROOM * span
    for n, (_, row) in enumerate(table.iterrows()):
        first, last = (left, row["to_usd"]) if ends[n] else sorted((row["from_usd"], row["to_usd"]))
        axes.barh(n, last - first, left=first, height=0.7, color=GREY if ends[n] else DEARER if row["change_usd"] > 0 else CHEAPER, linewidth=0)
        words = f"{row['to_usd']:.4f}" if ends[n] else f"{row['change_usd']:+.4f}"
        axes.annotate(words, (last, n), (2, 0), textcoords="offset points", va="center", fontsize=7, color=GREY)
        if n + 1 < len(table):
            axes.plot([row["to_usd"]] * 2, [n - 0.35, n + 1.35], color=FAINT, linewidth=0.5)
    axes.set_yticks(range(len(table)), table["item"].to_list(), fontsize=7.5, parse_math=False)
    axes.set_xlim(left, right)
    axes.invert_yaxis()
    axes.margins(y=0.02)
    axes.set_xlabel(f"by {table['by'].iloc[0]}: USD per good package, fully loaded\n(the axis does not begin at 0)", fontsize=8, color=GREY)
    axes.tick_params(length=0, labelsize=7.5)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)

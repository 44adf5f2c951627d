"""Stacked bars: cost by step and category, tool groups by state."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from procsim.figures.largest import largest, said
from procsim.figures.style import COLOURS, GREY

HALF = 0.375
"""Half of a bar's height."""


def _stacked(table: pd.DataFrame, label: str, parts: Sequence[tuple[str, str]], axis: str) -> Figure:
    """Horizontal bars, one per row of *table* in its order from the top; *parts* are (column, name)."""
    figure = Figure(figsize=(8.4, 1.6 + 0.23 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    at = range(len(table))
    left = [0.0] * len(table)
    negative = [0.0] * len(table)
    shown = [name for column, name in parts if table[column].fillna(0.0).any()]
    for column, name in parts:
        values = table[column].fillna(0.0).to_list()
        if name not in shown:
            continue
        start = [left[i] if v >= 0 else negative[i] for i, v in enumerate(values)]
        _bars(axes, start, values, COLOURS[name], name.replace("_", " "))
        left = [x + max(v, 0.0) for x, v in zip(left, values, strict=True)]
        negative = [x + min(v, 0.0) for x, v in zip(negative, values, strict=True)]
    axes.set_yticks(list(at), table[label].to_list(), fontsize=8, parse_math=False)
    ends = [min([0.0, *negative]), max([0.0, *left])]
    axes.set_xlim(ends[0] - 0.05 * (ends[1] - ends[0]) * (ends[0] < 0), ends[1] + 0.05 * (ends[1] - ends[0]) if ends[1] > ends[0] else 1.0)
    axes.set_ylim(len(table) - 0.625 + 0.0075 * len(table), -0.375 - 0.0075 * len(table))
    axes.set_xlabel(axis, color=GREY)
    axes.grid(axis="x", color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    figure.legend(handles=[Patch(facecolor=COLOURS[name], label=name.replace("_", " ")) for name in shown], loc="outside lower center", ncols=6,
                  fontsize=8, frameon=False)
    return figure


def _bars(axes: Axes, start: Sequence[float], values: Sequence[float], colour: str, label: str) -> None:
    """A bar for each of *values* that is not 0, from where it starts; as one path, which is drawn ten times as fast as a patch each."""
    boxes = [Path([(a, i - HALF), (a + v, i - HALF), (a + v, i + HALF), (a, i + HALF), (a, i - HALF)], closed=True)
             for i, (a, v) in enumerate(zip(start, values, strict=True)) if v]
    axes.add_artist(PathPatch(Path.make_compound_path(*boxes), facecolor=colour, linewidth=0, label=label))


def cost_by_step(table: pd.DataFrame, title: str) -> Figure:
    """Where the money of a good package goes, step by step; incoming panel first, unused capacity last; of a long flow, the
    largest and, behind them, all others as one."""
    rows = pd.concat([table[table["step"] == "(incoming)"], table[table["step"] != "(incoming)"]])
    rows = largest(rows, "step", rows["cost_per_good_unit_usd"])
    parts = [(column, column.removesuffix("_usd")) for column in table.columns if column.removesuffix("_usd") in COLOURS]
    figure = _stacked(rows, "step", parts, "USD per good package")
    _label(figure, rows["cost_per_good_unit_usd"].to_list())
    total = table["cost_per_good_unit_usd"].sum()
    figure.suptitle(f"{title}\nfully loaded cost {total:.3f} USD per good package{said(len(table))}", fontsize=10, parse_math=False)
    return figure


def _label(figure: Figure, totals: Sequence[float]) -> None:
    """Writes each bar's total beside it. Up to three bars that dwarf all others (dies, the incoming panel) are cut off at the frame and say so."""
    axes = figure.axes[0]
    ordered = sorted(totals, reverse=True)
    dwarfed = [low for high, low in pairwise(ordered[:4]) if high > 4 * low > 0]
    cut = 1.6 * dwarfed[-1] if dwarfed else 1.12 * ordered[0]
    axes.set_xlim(min(0.0, 1.1 * ordered[-1]), cut)
    for i, total in enumerate(totals):
        over = total > cut
        axes.text(cut if over else max(total, 0.0), i, f"{total:.3f} (cut off)\u00a0" if over else f"\u00a0{total:.3f}", va="center", fontsize=7,
                  ha="right" if over else "left", color="white" if over else GREY)


LARGEST = 24
"""Steps that a picture of losses shows by name; all others are one bar."""
LOST = ("unit", "die", "panel", "false reject", "lot")


def loss_pareto(table: pd.DataFrame, title: str) -> Figure:
    """Which steps lose the most units, and how: what they make bad, what arrives bad, panels, lots, false rejects. A line sums them up to 100 %,
    and both shares stand beside each bar."""
    rows = _largest(table)
    figure = _stacked(rows, "step", [(level, level) for level in LOST], "share of all units lost, % (bars)")
    axes = figure.axes[0]
    axes.set_xlim(0.0, 1.02 * rows["total"].max())
    line = axes.twiny()
    line.plot(rows["sum"], range(len(rows)), color=GREY, linewidth=1.2, marker="o", markersize=3.2, markerfacecolor="white", zorder=4)
    line.set_xlim(0.0, 102.0)
    line.set_xlabel("summed up from the top, % (line)", color=GREY)
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(range(len(rows)), [f"{total:.1f} %   Σ {up:.1f} %" for total, up in zip(rows["total"], rows["sum"], strict=True)],
                      fontsize=7.5, color=GREY)
    for one in (line, beside):
        one.tick_params(length=0)
        for spine in one.spines.values():
            spine.set_visible(False)
    figure.suptitle(f"{title}\nunits lost, by the step that lost them", fontsize=10, parse_math=False)
    return figure


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    """A row per step, the largest loss first, in per cent by level, their *total* and its running *sum*; the small ones are the last row."""
    wide = table.pivot_table(index="step", columns="level", values="share", aggfunc="sum", fill_value=0.0, sort=False)
    wide = 100.0 * wide.reindex(columns=list(LOST), fill_value=0.0)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    wide = largest(wide.rename_axis("step").reset_index(), "step", wide.sum(axis=1), most=LARGEST)
    total = wide[list(LOST)].sum(axis=1)
    return wide.assign(total=total, sum=total.cumsum())


def tool_use(table: pd.DataFrame, title: str, most: float) -> Figure:
    """How each tool group spends its time (SEMI E10), in route order, and the load that the line plans with at *most*."""
    rows = table.assign(label=[f"{name} × {count}" for name, count in zip(table["tool_group"], table["count"], strict=True)])
    parts = [(state, state) for state in ("productive", "engineering", "scheduled_down", "unscheduled_down", "standby", "non_scheduled")]
    figure = _stacked(rows, "label", parts, "share of total time")
    figure.axes[0].set_xlim(0, 1)
    figure.axes[0].axvline(most, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    figure.suptitle(f"{title}\ntool groups by SEMI E10 state; dashed: line.max_load, {100 * most:.4g} %", fontsize=10, parse_math=False)
    return figure

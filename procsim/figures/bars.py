"""Draws stacked bars: cost by step and category, tool groups by state."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY, open_frame


def _stacked(table: pd.DataFrame, label: str, parts: Sequence[tuple[str, str]], axis: str) -> Figure:
    """Draws horizontal bars, one per row of *table* in its order from the top; *parts* are (column, name)."""
    figure = Figure(figsize=(9.0, 1.6 + 0.23 * len(table)), layout="constrained")
    axes = figure.add_subplot()
    at = range(len(table))
    left = [0.0] * len(table)
    negative = [0.0] * len(table)
    for column, name in parts:
        values = table[column].to_list()
        if not any(values):
            continue
        start = [left[i] if v >= 0 else negative[i] for i, v in enumerate(values)]
        axes.barh(at, values, left=start, height=0.75, color=COLOURS[name], label=name.replace("_", " "), linewidth=0)
        left = [x + max(v, 0.0) for x, v in zip(left, values, strict=True)]
        negative = [x + min(v, 0.0) for x, v in zip(negative, values, strict=True)]
    axes.set_yticks(list(at), table[label].to_list(), fontsize=8, parse_math=False)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set_xlabel(axis, color=GREY)
    open_frame(axes, "x", ("top", "right", "left"))
    axes.tick_params(length=0)
    figure.legend(loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    return figure


def cost_by_step(table: pd.DataFrame, title: str) -> Figure:
    """Draws where the money of a good package goes, step by step; the incoming panel is first and unused (idle) capacity last."""
    rows = pd.concat([table[table["step"] == "(incoming)"], table[table["step"] != "(incoming)"]])
    parts = [(column, column.removesuffix("_usd")) for column in table.columns if column.removesuffix("_usd") in COLOURS]
    figure = _stacked(rows, "step", parts, "USD per good package")
    _label(figure, rows["cost_per_good_unit_usd"].to_list())
    total = table["cost_per_good_unit_usd"].sum()
    figure.suptitle(f"{title}\nfully loaded cost {total:.3f} USD per good package", fontsize=10, parse_math=False)
    return figure


def _label(figure: Figure, totals: Sequence[float]) -> None:
    """Writes each bar's total beside it. A bar that dwarfs all others (the dies) is cut off at the frame and says so."""
    axes = figure.axes[0]
    ordered = sorted(totals, reverse=True)
    cut = 1.6 * ordered[1] if len(ordered) > 1 and ordered[0] > 4 * ordered[1] > 0 else 1.12 * ordered[0]
    axes.set_xlim(min(0.0, 1.1 * ordered[-1]), cut)
    for i, total in enumerate(totals):
        over = total > cut
        axes.text(cut if over else max(total, 0.0), i, f"{total:.3f} (cut off) " if over else f" {total:.3f}", va="center", fontsize=6.5,
                  ha="right" if over else "left", color="white" if over else GREY)


LARGEST = 25
"""Steps that a picture of losses shows."""


def loss_pareto(table: pd.DataFrame, title: str) -> Figure:
    """Draws which steps lose the most units, and how: what they make bad, what arrives bad, panels, lots, false rejects."""
    levels = ["unit", "die", "panel", "false reject", "lot"]
    wide = table.pivot_table(index="step", columns="level", values="share", aggfunc="sum", fill_value=0.0, sort=False)
    wide = wide.reindex(columns=levels, fill_value=0.0)
    order = wide.sum(axis=1).sort_values(ascending=False, kind="stable").index[:LARGEST]
    figure = _stacked(wide.loc[order].reset_index(), "step", [(level, level) for level in levels], "share of all units lost")
    figure.suptitle(f"{title}\nunits lost, by the step that lost them", fontsize=10, parse_math=False)
    return figure


def tool_use(table: pd.DataFrame, title: str) -> Figure:
    """Draws how each tool group spends its time (SEMI E10), in route order."""
    rows = table.assign(label=[f"{name} × {count}" for name, count in zip(table["tool_group"], table["count"], strict=True)])
    parts = [(state, state) for state in ("productive", "engineering", "scheduled_down", "unscheduled_down", "standby", "non_scheduled")]
    figure = _stacked(rows, "label", parts, "share of total time")
    figure.axes[0].set_xlim(0, 1)
    figure.axes[0].axvline(0.85, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    figure.suptitle(f"{title}\ntool groups by SEMI E10 state; dashed: 85 %", fontsize=10, parse_math=False)
    return figure

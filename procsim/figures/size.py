"""Draws a line that was sized: tools and their load by group before and after, and what each limit costs."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from procsim.figures.style import COLOURS, GREY

BEFORE, AFTER = COLOURS["utilities"], COLOURS["die"]
HALF = 0.38
MOST = 1.5
"""Loads beyond this are cut, and said."""


def size(tools: pd.DataFrame, limits: pd.DataFrame, most_load: float, title: str) -> Figure:
    """*tools* has a row for each group, and *limits* for each limit; *most_load* is the limit of the load."""
    figure = Figure(figsize=(9.5, 2.2 + 0.24 * len(tools)), layout="constrained")
    counts, loads = figure.subplots(1, 2, sharey=True, width_ratios=(1.0, 1.1))
    at = range(len(tools))
    _pairs(counts, tools["count_before"], tools["count_after"])
    for i, (before, after) in enumerate(zip(tools["count_before"], tools["count_after"], strict=True)):
        changed = f"{before} → {after}" if before != after else f"{after}"
        counts.text(max(before, after), i, f"\u00a0{changed}", va="center", fontsize=7.5, color="black" if before != after else GREY)
    counts.set_xlabel("tools", color=GREY)
    counts.set_xlim(0.0, 1.18 * max(tools["count_before"].max(), tools["count_after"].max()))
    _pairs(loads, tools["load_before"].clip(upper=MOST), tools["load_after"].clip(upper=MOST))
    for i, (before, after) in enumerate(zip(tools["load_before"], tools["load_after"], strict=True)):
        changed = f"{_share(before)} → {_share(after)}" if _share(before) != _share(after) else _share(after)
        loads.text(min(max(before, after), MOST), i, f"\u00a0{changed}", va="center", fontsize=7.5, color=GREY,
                   bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}, zorder=3)
    loads.xaxis.set_major_formatter(PercentFormatter(1.0))
    loads.axvline(most_load, color=COLOURS["labour"], linewidth=1.0, linestyle=(0, (4, 3)), zorder=2.5,
                  label=f"limit of the load, {100 * most_load:.3g} %")
    cut = max(tools["load_before"].max(), tools["load_after"].max()) > MOST
    loads.set_xlabel(f"load at what is asked for{f'; bars end at {100 * MOST:.3g} %' if cut else ''}", color=GREY)
    loads.set_xlim(0.0, 1.3 * min(max(tools["load_before"].max(), tools["load_after"].max(), most_load), MOST))
    counts.set_yticks(list(at), tools["tool_group"].to_list(), fontsize=8, parse_math=False)
    counts.invert_yaxis()
    handles, labels = loads.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.suptitle("\n".join([title, *_costs(limits)]), fontsize=10, parse_math=False)
    return figure


def _pairs(axes: Axes, before: pd.Series, after: pd.Series) -> None:
    """Two thin bars in each row."""
    at = range(len(before))
    axes.barh([i - HALF / 2 for i in at], before, height=HALF, color=BEFORE, linewidth=0, label="before")
    axes.barh([i + HALF / 2 for i in at], after, height=HALF, color=AFTER, linewidth=0, label="after")
    axes.grid(axis="x", color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(y=0.01)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _share(load: float) -> str:
    return f"{100 * load:.3g} %" if load < float("inf") else "never up"


def _costs(limits: pd.DataFrame) -> list[str]:
    """What each limit costs, a line each."""
    words = {"max_load": "a load of {} at most", "max_cycle_time": "a cycle time of {} h at most"}
    values = [_share(value) if unit == "1" else f"{value:.4g}" for value, unit in zip(limits["value"], limits["unit"], strict=True)]
    return [f"{words[name].format(value)} costs {f'{usd:.3g} USD a good unit' if usd else 'nothing'} ({own} tools, without it {free})"
            for name, value, usd, own, free in zip(limits["limit"], values, limits["costs_usd_per_good_unit"], limits["tools_with"],
                                                   limits["tools_without"], strict=True)]

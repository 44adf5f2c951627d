"""Draws where the time of lots goes: at each step of the flow, and on the way of some lots through a window of time."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from procsim.figures.largest import largest, said
from procsim.figures.money import plain
from procsim.figures.style import COLOURS, GREY

WORK, WAIT = COLOURS["die"], COLOURS["tool"]
PARTS = {"work": ("process_h", WORK), "waiting": ("queue_h", WAIT), "transport": ("transport_h", COLOURS["panel"]),
         "repair": ("repair_h", COLOURS["labour"]), "blocked": ("blocked_h", COLOURS["floor"])}
"""Where the time of a lot goes at a step: the column of a visit's hours, and its colour."""
APART = "at no step"
"""Parts of lots that wait for the others at the end, and what the window cuts off."""


def parts(steps: pd.DataFrame, lots: float) -> pd.DataFrame:
    """Hours of a lot at each step, by part, as many *lots* having passed in the window."""
    return pd.DataFrame({name: (steps["visits"] / lots * steps[hours]).fillna(0.0) for name, (hours, _) in PARTS.items()})


def cycle_time(steps: pd.DataFrame, lots: float, cycle_h: float, title: str) -> Figure:
    """Work, waiting, transport and repair of a lot at each step, as many *lots* having passed in the window; last, where it is worth a bar, what of
    its *cycle_h* is at no step. Of a long flow, the largest steps and all others as one."""
    every = parts(steps, lots)
    hours = largest(every.assign(step=steps["step"]), "step", every.sum(axis=1))
    rest = max(cycle_h - float(every.to_numpy().sum()), 0.0) if cycle_h == cycle_h else 0.0
    rest = rest if rest > 0.01 * cycle_h else 0.0
    names = [*hours["step"], *([APART] if rest else [])]
    figure = Figure(figsize=(8.4, 1.3 + 0.2 * len(names)))
    tall = figure.get_figheight()
    axes = figure.add_axes((0.3, 0.75 / tall, 0.66, 1.0 - 1.25 / tall))
    left = 0.0 * hours["work"]
    for name, (_, colour) in PARTS.items():
        if hours[name].any():
            axes.barh(range(len(hours)), hours[name], left=left, height=0.75, color=colour, linewidth=0, label=name)
        left = left + hours[name]
    if rest:
        axes.barh([len(hours)], [rest], height=0.75, color=COLOURS["utilities"], linewidth=0, label=APART)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("hours of a lot", fontsize=9, color=GREY)
    plain(axes)
    axes.tick_params(axis="y", labelsize=7.5)
    figure.legend(fontsize=8, frameon=False, loc="lower center", ncols=len(PARTS) + 1, borderaxespad=0.2)  # below: bars may be long in any row
    figure.suptitle(f"{title}\nwhere the time of a lot goes{said(len(steps))}", fontsize=10, parse_math=False, y=1.0 - 0.08 / tall)
    return figure


def lot_ways(ways: pd.DataFrame, warmup_h: float, title: str) -> Figure:
    """Each lot a row, from its release on: when it waited and when it was worked on; a tick begins every visit."""
    keys = list(dict.fromkeys(zip(ways["product"], ways["lot"], strict=True)))
    row = {key: i for i, key in enumerate(keys)}
    figure = Figure(figsize=(9.4, 1.3 + 0.3 * len(keys)))
    tall = figure.get_figheight()
    axes = figure.add_axes((0.1, 0.75 / tall, 0.87, 1.0 - 1.25 / tall))
    at = [row[key] for key in zip(ways["product"], ways["lot"], strict=True)]
    for start, end, high, colour, label in (("arrived_h", "start_h", 0.16, WAIT, "waiting"), ("start_h", "end_h", 0.36, WORK, "work")):
        boxes = [Path([(a, y - high), (b, y - high), (b, y + high), (a, y + high), (a, y - high)], closed=True)
                 for a, b, y in zip(ways[start] - warmup_h, ways[end] - warmup_h, at, strict=True) if b > a]
        whole = Path.make_compound_path(*boxes)  # one path of all boxes takes half the room of a path each
        axes.add_patch(PathPatch(whole, facecolor=colour, edgecolor="white" if label == "work" else "none", linewidth=0.3, label=label))
    axes.set_xlim(0.0, float((ways["end_h"] - warmup_h).max()) * 1.01)
    axes.set_ylim(len(keys) - 0.4, -0.6)
    several = ways["product"].nunique() > 1
    axes.set_yticks(range(len(keys)), [f"{product} {lot}" if several else f"lot {lot}" for product, lot in keys], parse_math=False)
    axes.set_xlabel("hours since the end of the warm-up; each box is a visit to a step", fontsize=9, color=GREY)
    plain(axes)
    axes.tick_params(axis="y", labelsize=7 if several else 8)
    axes.legend(fontsize=8, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0, ncols=2)
    figure.suptitle(f"{title}\nthe way of some lots", fontsize=10, parse_math=False, y=1.0 - 0.08 / tall)
    return figure

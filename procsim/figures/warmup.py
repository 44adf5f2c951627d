"""Draws WIP over time, with where the run settles."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY
from procsim.maths.arrays import Floats
from procsim.results.metrics import Advice


def warmup(hours: Floats, wip: Floats, mean: Floats, warmup_h: float, advice: Sequence[Advice], title: str) -> Figure:
    """WIP of some replications, *wip* (n, K), and the *mean* (K,) of all of them at *hours* (K,); the recipe's warm-up and each advice
    as upright lines."""
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(hours, wip.T, color="#BBBBBB", linewidth=0.6)
    axes.plot(hours, mean, color=COLOURS["die"], linewidth=1.8, label="mean of the replications")
    axes.axvline(warmup_h, color=GREY, linewidth=1.4, label=f"warm-up of the recipe, {warmup_h:g} h")
    for one, colour in zip(advice, (COLOURS["labour"], COLOURS["material"]), strict=False):
        text = f"MSER-5 on {one.series}: {one.cut_h:.0f} h" + ("" if one.settled else ", not settled")
        axes.axvline(one.cut_h, color=colour, linewidth=1.2, linestyle=(0, (4, 3)), label=text)
    axes.set_xlim(0.0, float(hours[-1] + hours[0]))
    axes.set_ylim(0.0, None)
    axes.set_xlabel("hours since the empty line", color=GREY)
    axes.set_ylabel("lots in the line", color=GREY)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(f"{title}\nwork in process; grey: single replications", fontsize=10, parse_math=False)
    return figure

"""Draws WIP and output over time, with where the run settles."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY
from procsim.maths.arrays import Floats
from procsim.results.metrics import Advice

Course = tuple[Floats, Floats]
"""Hours, and what there is at them."""


def warmup(hours: Floats, wip: Floats, mean: Floats, warmup_h: float, advice: Sequence[Advice], title: str, output: Course | None = None) -> Figure:
    """WIP of some replications, *wip* (n, K), and the *mean* (K,) of all of them at *hours* (K,); the recipe's warm-up and each advice
    as upright lines. Below it the *output*: edges of stretches of time (B + 1,), and the lots an hour that leave in each (B,)."""
    figure = Figure(figsize=(9.0, 3.6 if output is None else 5.2), layout="constrained")
    axes, *below = figure.subplots(1 if output is None else 2, 1, sharex=True, height_ratios=(1,) if output is None else (3, 2), squeeze=False)[:, 0]
    axes.plot(hours, wip.T, color="#BBBBBB", linewidth=0.6)
    axes.plot(hours, mean, color=COLOURS["die"], linewidth=1.8, label="mean of the replications")
    axes.axvline(warmup_h, color=GREY, linewidth=1.4, label=f"warm-up of the recipe, {warmup_h:g} h")
    for one, colour in zip(advice, (COLOURS["labour"], COLOURS["material"]), strict=False):
        text = f"MSER-5 on {one.series}: {one.cut_h:.0f} h" + ("" if one.settled else ", not settled")
        axes.axvline(one.cut_h, color=colour, linewidth=1.2, linestyle=(0, (4, 3)), label=text)
    axes.set_xlim(0.0, float(hours[-1] + hours[0]))
    if output is not None:
        below[0].stairs(output[1], output[0], color=COLOURS["material"], linewidth=1.4, baseline=None)
        below[0].axvline(warmup_h, color=GREY, linewidth=1.4)
    for one, label in zip((axes, *below), ("lots in the line", "lots finished an hour"), strict=False):
        _plain(one, label)
    (below[0] if below else axes).set_xlabel("hours since the empty line", color=GREY)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(f"{title}\nwork in process{' and output' if below else ''}; grey: single replications", fontsize=10, parse_math=False)
    return figure


def _plain(axes: Axes, label: str) -> None:
    """From 0 up to what has been drawn: a limit that is set before would hold for all that comes after."""
    axes.set_ylim(0.0, None)
    axes.set_ylabel(label, color=GREY)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)

"""Draws a figure over two axes: of one flow a map with contours, of two what one has more than the other, of several which has the least."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from procsim.figures.style import COLOURS, GREY
from procsim.maths.arrays import Floats
from procsim.tables.sweep_field import Field, bounds

FLOWS = [COLOURS[name] for name in ("panel", "tool", "material", "floor", "tooling", "die", "labour", "utilities")]
NOTHING = "#dcdcdc"
"""Of points without figures."""
STEPS = 240
"""Points along each axis between which flows are told apart."""
MANY = 600
"""Cells from which on a map is one image, not a shape for each."""


def mapped(found: Field, labels: Sequence[str], label: str, said: str) -> Figure:
    """The picture of *found*; *labels* are those of the axes, *label* is the figure's, and *said* ends the title."""
    made = Figure(figsize=(8.2, 5.4), layout="constrained")
    axes = made.add_subplot()
    axes.set_facecolor(NOTHING)
    if len(found.flows) == 1:
        title = f"{found.flows[0]}: {label}"
        _one(made, axes, found, label)
    elif len(found.flows) == 2:
        title = f"{label}: {found.flows[1]} less {found.flows[0]}"
        _two(made, axes, found, label)
    else:
        title = f"which flow has the lowest {label}"
        _several(made, axes, found)
    axes.set_xlabel(labels[0], color=GREY, parse_math=False)
    axes.set_ylabel(labels[1], color=GREY, parse_math=False)
    for axis, places in ((axes.xaxis, found.x), (axes.yaxis, found.y)):
        if all(float(place).is_integer() for place in places):  # half a layer is no place
            axis.set_major_locator(MaxNLocator(integer=True))
    made.suptitle(f"{title}{said}{'' if found.whole else '; grey: no figures'}", fontsize=10, parse_math=False)
    return made


def _one(made: Figure, axes: Axes, found: Field, label: str) -> None:
    values = found.values[0]
    shown = axes.pcolormesh(found.x, found.y, values, cmap="viridis", shading="nearest", rasterized=values.size > MANY)
    _contours(axes, found, values, "white")
    made.colorbar(shown, ax=axes, label=label)


def _two(made: Figure, axes: Axes, found: Field, label: str) -> None:
    """Orange where the first flow has less, violet where the second has."""
    values = found.more()
    low, high = bounds(values)
    most = max(-low, high) or 1.0
    shown = axes.pcolormesh(found.x, found.y, values, cmap="PuOr_r", norm=TwoSlopeNorm(0.0, -most, most), shading="nearest",
                            rasterized=values.size > MANY)
    _contours(axes, found, values, GREY)
    if low < 0 < high:
        line = axes.contour(found.x, found.y, values, levels=[0.0], colors="black", linewidths=2.4)
        axes.clabel(line, fmt="break-even", fontsize=9)
    else:
        axes.set_title(f"no break-even here: {found.flows[0 if low >= 0 else 1]} has less everywhere", fontsize=9, parse_math=False)
    bar = made.colorbar(shown, ax=axes, label=label)
    bar.ax.set_title(f"{found.flows[0]}\nhas less", fontsize=8, parse_math=False)
    bar.ax.set_xlabel(f"{found.flows[1]}\nhas less", fontsize=8, parse_math=False)


def _several(made: Figure, axes: Axes, found: Field) -> None:
    """Which flow has the least; the borders are break-even lines."""
    found = found.finer(STEPS)
    which = found.lowest()
    colours = [NOTHING, *(FLOWS[n % len(FLOWS)] for n in range(len(found.flows)))]
    axes.pcolormesh(found.x, found.y, which, cmap=ListedColormap(colours), vmin=-1.5, vmax=len(found.flows) - 0.5, shading="nearest",
                    rasterized=True)
    for n in range(len(found.flows)):
        lead = found.lead(n)
        low, high = bounds(lead)
        if low < 0 < high:
            axes.contour(found.x, found.y, lead, levels=[0.0], colors="black", linewidths=1.8)
    seen = sorted({*which.ravel().tolist()} - {-1})
    patches = [Patch(color=colours[n + 1], label=found.flows[n]) for n in seen]
    made.legend(handles=patches, loc="outside lower center", ncols=4, fontsize=8, frameon=False)


def _contours(axes: Axes, found: Field, values: Floats, colour: str) -> None:
    """Lines of equal figures with their values."""
    low, high = bounds(values)
    if low == high:
        return
    levels = [level for level in MaxNLocator(7).tick_values(low, high) if level != 0 and low < level < high]
    if levels:
        lines = axes.contour(found.x, found.y, values, levels=levels, colors=colour, linewidths=0.8)
        for label in axes.clabel(lines, fmt=lambda level: f"{level:.6g}", fontsize=8, colors="black"):
            label.set_path_effects([withStroke(linewidth=2.5, foreground="white")])  # on any colour of the map

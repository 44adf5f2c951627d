"""Draws a figure over two axes: of one flow a map with contours, of two what one costs more than the other, of several which is the lowest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from procsim.figures.style import COLOURS, GREY
from procsim.maths.arrays import Floats

FLOWS = [COLOURS[name] for name in ("panel", "tool", "material", "floor", "tooling", "die", "labour", "utilities")]
NOTHING = "#e9e9e9"


@dataclass(frozen=True, slots=True)
class Field:
    """*values* (F, Y, X) of each of *flows* over the rising *x* (X,) and *y* (Y,); nan where a point has no figures."""

    flows: tuple[str, ...]
    x: Floats
    y: Floats
    values: Floats


def field(points: pd.DataFrame, across: str, up: str, figure: str) -> Field:
    """The *figure* over the columns *across* and *up*."""
    flows = tuple(points["flow"].unique().tolist())
    x, y = (np.sort(points[name].dropna().unique()).astype(float) for name in (across, up))
    grids = [points[points["flow"] == flow].drop_duplicates([up, across]).pivot(index=up, columns=across, values=figure).reindex(index=y, columns=x)
             for flow in flows]
    return Field(flows, x, y, np.array([grid.to_numpy(dtype=float) for grid in grids]))


def mapped(found: Field, labels: Sequence[str], label: str, said: str) -> Figure:
    """The picture of *found*; *labels* are those of the axes, *label* is the figure's."""
    made = Figure(figsize=(7.6, 5.2), layout="constrained")
    axes = made.add_subplot()
    axes.set_facecolor(NOTHING)
    if len(found.flows) == 1:
        _one(made, axes, found, label)
        title = f"{found.flows[0]}: {label}"
    elif len(found.flows) == 2:
        _two(made, axes, found, label)
        title = f"where {found.flows[0]} and {found.flows[1]} break even: {label}"
    else:
        _lowest(made, axes, found)
        title = f"which flow has the lowest {label}"
    axes.set_xlabel(labels[0], color=GREY, parse_math=False)
    axes.set_ylabel(labels[1], color=GREY, parse_math=False)
    if np.isnan(found.values).any():
        title += "\ngrey: no such package"
    made.suptitle(title + said, fontsize=10, parse_math=False)
    return made


def _one(made: Figure, axes: Axes, found: Field, label: str) -> None:
    values = np.ma.masked_invalid(found.values[0])
    shown = axes.pcolormesh(found.x, found.y, values, cmap="viridis", shading="nearest", rasterized=values.size > 2000)
    _contours(axes, found, values, "white")
    made.colorbar(shown, ax=axes, label=label)


def _two(made: Figure, axes: Axes, found: Field, label: str) -> None:
    """The second flow's figure less the first's: blue where the first is lower, orange where the second is."""
    values = np.ma.masked_invalid(found.values[1] - found.values[0])
    most = float(np.abs(values).max()) if values.count() else 1.0
    norm = TwoSlopeNorm(0.0, -most or -1.0, most or 1.0)
    shown = axes.pcolormesh(found.x, found.y, values, cmap="PuOr_r", norm=norm, shading="nearest", rasterized=values.size > 2000)
    _contours(axes, found, values, GREY)
    if values.count() and values.min() < 0 < values.max():
        line = axes.contour(found.x, found.y, values, levels=[0.0], colors="black", linewidths=2.2)
        axes.clabel(line, fmt="break-even", fontsize=9)
    else:
        lower = found.flows[0] if values.count() and values.min() >= 0 else found.flows[1]
        axes.set_title(f"no break-even here: {lower} is lower everywhere", fontsize=9, parse_math=False)
    bar = made.colorbar(shown, ax=axes, label=f"{found.flows[1]} less {found.flows[0]}: {label}")
    bar.ax.set_title(f"{found.flows[0]}\nlower", fontsize=8, parse_math=False)
    bar.ax.set_xlabel(f"{found.flows[1]}\nlower", fontsize=8, parse_math=False)


def _lowest(made: Figure, axes: Axes, found: Field) -> None:
    """Which flow has the lowest figure; their borders are break-even lines."""
    empty = np.isnan(found.values).all(axis=0)
    which = np.ma.masked_array(np.where(np.isnan(found.values), np.inf, found.values).argmin(axis=0), empty)
    colours = [FLOWS[n % len(FLOWS)] for n in range(len(found.flows))]
    axes.pcolormesh(found.x, found.y, which, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(found.flows) - 0.5, shading="nearest",
                    rasterized=which.size > 2000)
    with np.errstate(invalid="ignore"):
        for n in range(len(found.flows)):
            others = np.nanmin(np.where(np.isnan(found.values), np.inf, np.delete(found.values, n, axis=0).min(axis=0)[None]), axis=0)
            lead = np.ma.masked_invalid(found.values[n] - others)
            if lead.count() and lead.min() < 0 < lead.max():
                axes.contour(found.x, found.y, lead, levels=[0.0], colors="black", linewidths=1.6)
    seen = sorted({int(n) for n in which.compressed().tolist()})
    made.legend(handles=[Patch(color=colours[n], label=found.flows[n]) for n in seen], loc="outside lower center", ncols=4, fontsize=8, frameon=False)


def _contours(axes: Axes, found: Field, values: np.ma.MaskedArray, colour: str) -> None:
    """Lines of equal figures with their values."""
    if not values.count() or values.min() == values.max() or min(values.shape) < 2:
        return
    levels = [level for level in MaxNLocator(7).tick_values(float(values.min()), float(values.max())) if level != 0]
    lines = axes.contour(found.x, found.y, values, levels=levels, colors=colour, linewidths=0.8)
    axes.clabel(lines, fmt=lambda level: f"{level:.6g}", fontsize=8)

"""Draws a sweep: lines along one axis, or a map over two, with where flows cost the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from procsim.figures.style import COLOURS, GREY, svg
from procsim.figures.sweep_map import mapped
from procsim.model.units import unit_of
from procsim.tables.sweep import break_even
from procsim.tables.sweep_field import field

SERIES = [COLOURS[name] for name in ("die", "labour", "material", "floor", "tool", "panel", "overhead", "nre")]
DASHES = ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2))]
MAP = 4
"""Values that both axes have where they become a map; else the second one becomes several lines."""
MOST_LINES = 24


@dataclass(frozen=True, slots=True)
class Dimension:
    """A *column* that is varied, its *label*, and whether it is *numeric*."""

    column: str
    label: str
    numeric: bool

    @property
    def axis(self) -> str:
        """The label with the unit that its address names."""
        unit = unit_of(self.label.partition(",")[0]) if self.numeric else "1"
        return f"{self.label}, {unit}" if unit != "1" else self.label


def picture(points: pd.DataFrame, dimensions: Sequence[Dimension], figure: str, unit: str) -> bytes:
    """One *figure* of all *points*, as SVG: along the dimension with the most values, or over two of them; of further ones the first value."""
    wide = sorted(dimensions, key=lambda one: (-int(one.numeric), -points[one.column].nunique()))
    shown, rest = wide[:2], wide[2:]
    fixed = [(one, points[one.column].iloc[0]) for one in rest]
    for one, value in fixed:
        points = points[points[one.column] == value]
    said = "".join(f"; {one.label} = {_tick(value)}" for one, value in fixed)
    label = f"{figure.replace('_', ' ')}, {unit}" if unit != "1" else figure.replace("_", " ")
    over_two = len(shown) == 2 and all(one.numeric and points[one.column].nunique() >= MAP for one in shown)
    made = (mapped(field(points, shown[0].column, shown[1].column, figure), [one.axis for one in shown], label, said) if over_two
            else _lines(points, shown, figure, label, said))
    return svg(made, f"sweep-{figure}")


def _lines(points: pd.DataFrame, shown: Sequence[Dimension], figure: str, label: str, said: str) -> Figure:
    """A line for each flow and each value of the second dimension."""
    made = Figure(figsize=(7.5, 5.2), layout="constrained")
    axes = made.add_subplot()
    first, second = shown[0], shown[1] if len(shown) > 1 else None
    flows = points["flow"].unique().tolist()
    groups = points[second.column].unique().tolist() if second is not None else [None]
    places = {value: n for n, value in enumerate(points[first.column].unique().tolist())}
    for n, group in enumerate(groups[:MOST_LINES]):
        for m, flow in enumerate(flows):
            of = points[(points["flow"] == flow) & ((points[second.column] == group) if second is not None else True)]
            name = " ".join([*([str(flow)] if len(flows) > 1 or second is None else []), *([_tick(group)] if second is not None else [])])
            colour = SERIES[m % len(SERIES)] if second is None else colormaps["viridis"](0.25 + 0.55 * n / max(len(groups) - 1, 1))
            _line(axes, of, first, places, figure, (name, colour, DASHES[m % len(DASHES)] if second is not None else "-"))
    if not first.numeric:
        axes.set_xticks(list(places.values()), [str(value) for value in places])
    elif _by_factors(points[first.column]):
        axes.set_xscale("log")
    elif len(places) <= 12 and all(float(value) == int(float(value)) for value in places if value == value):
        axes.set_xticks(sorted(int(float(value)) for value in places if value == value))
    _crossings(axes, points, first, second, figure)
    _finish(axes, first.axis, label)
    made.legend(loc="outside lower center", ncols=3 if second is not None else 4, fontsize=8, frameon=False,
                title=second.label if second is not None else None, title_fontsize=8)
    none = "; ×: no figures" if points[figure].isna().any() else ""
    made.suptitle(f"{label.partition(',')[0]} along {first.label}{said}{none}", fontsize=10, parse_math=False)
    return made


def _line(axes: Axes, of: pd.DataFrame, first: Dimension, places: dict[object, int], figure: str, style: tuple[str, object, object]) -> None:
    """One line, with its intervals where it was simulated; points without figures are crosses at the foot."""
    name, colour, dashes = style
    of = of.sort_values(first.column) if first.numeric else of
    x = of[first.column] if first.numeric else of[first.column].map(places)
    axes.plot(x, of[figure], color=colour, linestyle=dashes, marker="o" if len(of) <= 40 else "", markersize=3.5, linewidth=1.4,
              label=name or figure)
    if f"{figure}_ci_low" in of:
        axes.vlines(x, of[f"{figure}_ci_low"], of[f"{figure}_ci_high"], color=colour, linewidth=1.2)
    none = of[figure].isna()
    if none.any():
        axes.plot(x[none], [0.02] * int(none.sum()), "x", color=colour, markersize=5, transform=axes.get_xaxis_transform(),
                  clip_on=False)


def _crossings(axes: Axes, points: pd.DataFrame, first: Dimension, second: Dimension | None, figure: str) -> None:
    """Rings where two flows have the same figure; where there are only a few, with what stands there on the axis."""
    if not first.numeric or points["flow"].nunique() < 2:
        return
    found = break_even(points, figure, first.column, [second.column] if second is not None else [])
    if found.empty:
        return
    axes.plot(found[first.column], found[figure], "o", markersize=9, markerfacecolor="none", markeredgecolor="black", linewidth=0, label="break-even")
    if len(found) <= 3:
        for at, value in zip(found[first.column], found[figure], strict=True):
            axes.axvline(at, color=GREY, linewidth=0.9, linestyle=(0, (1, 2)))
            axes.annotate(f"{at:.4g}", (at, value), xytext=(7, -12), textcoords="offset points", fontsize=9)


def _finish(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, color=GREY, parse_math=False)
    axes.set_ylabel(up, color=GREY)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _by_factors(values: pd.Series) -> bool:
    """Whether values are spread by factors: the largest far above the smallest, and the middle one far below their mean."""
    known = values.dropna()
    return bool(len(known) > 2 and known.min() > 0 and known.max() / known.min() > 50 and known.median() < 0.3 * known.mean() + 0.1 * known.max())


def _tick(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

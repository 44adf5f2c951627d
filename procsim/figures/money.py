"""Draws where the money goes: a waterfall of the cost along the flow, and a Sankey of dollars from what was bought to what became of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path

from procsim.figures.canvas import INK
from procsim.figures.largest import largest, said
from procsim.figures.style import COLOURS, GREY
from procsim.tables.step_groups import step_groups

SHARE = 0.004
"""Bands thinner than this share of all money go with the others of their column."""
KEPT = "#7FA8C9"
"""Of money that becomes good packages."""
PARTS = ("die_usd", "panel_usd")
INCOMING, UNUSED = "(incoming)", "(unused capacity)"


def by_group(table: pd.DataFrame) -> pd.DataFrame:
    """*cost_by_step* summed over groups of steps, in their order: the incoming panel first, unused capacity last."""
    steps = table[~table["step"].isin([INCOMING, UNUSED])]
    names = [*step_groups(steps["step"].to_list(), steps["source"].to_list(), steps["op"].to_list()), *table["step"].iloc[len(steps):]]
    columns = [name for name in table.columns if name.endswith("_usd") and not name.startswith("scrap_")]
    found = table[columns].groupby(pd.Index(names, name="group"), sort=False).sum().reset_index()
    return pd.concat([found[found["group"] == INCOMING], found[~found["group"].isin([INCOMING, UNUSED])], found[found["group"] == UNUSED]])


def waterfall(table: pd.DataFrame, title: str) -> Figure:
    """How the fully loaded cost grows along the flow, on top of what dies and panels cost by themselves; of many stretches, the largest."""
    groups = by_group(table)
    parts = float(groups[list(PARTS)].sum().sum())
    added = groups["cost_per_good_unit_usd"] - groups[list(PARTS)].sum(axis=1)
    grown = pd.DataFrame({"group": groups["group"], "usd": added})
    grown = grown[grown["usd"].abs() > 0]
    shown = largest(grown, "group", grown["usd"], "stretches")
    kept = [(str(name), float(value)) for name, value in zip(shown["group"], shown["usd"], strict=True)]
    names, values = [name for name, _ in kept], [value for _, value in kept]
    starts = [sum(values[:i]) for i in range(len(values))]
    figure = Figure(figsize=(8.4, 1.3 + 0.3 * (len(values) + 1)))
    axes = figure.add_axes((0.3, 0.75 / figure.get_figheight(), 0.62, 1.0 - 1.25 / figure.get_figheight()))
    at = range(len(values))
    colours = [COLOURS["utilities"] if name == UNUSED else COLOURS["die"] if value >= 0 else COLOURS["material"] for name, value in kept]
    axes.barh(at, values, left=starts, height=0.72, color=colours, linewidth=0)
    axes.barh([len(values)], [sum(values)], height=0.72, color=GREY, linewidth=0)
    most = max([*(start + max(value, 0.0) for start, value in zip(starts, values, strict=True)), 1e-12])
    for i, end in enumerate([*(start + max(value, 0.0) for start, value in zip(starts, values, strict=True)), sum(values)]):
        axes.text(end + 0.01 * most, i, f"{[*values, sum(values)][i]:.3f}", va="center", fontsize=7.5, color=GREY)
    axes.set_yticks(range(len(values) + 1), [*names, "all of it"], fontsize=8, parse_math=False)
    axes.set_xlim(min([0.0, *starts]), 1.14 * most)
    axes.invert_yaxis()
    axes.set_xlabel(f"USD per good package, on top of {parts:.3f} for dies and panels", fontsize=9, color=GREY)
    plain(axes)
    adds = f"what each stretch of the flow adds{said(len(grown), 'stretches')}"
    figure.suptitle(f"{title}\n{adds}", fontsize=10, parse_math=False, y=1.0 - 0.08 / figure.get_figheight())
    return figure


def plain(axes: Axes) -> None:
    """No frame but the axis at the foot, and a grid along it."""
    axes.grid(axis="x", color="#e5e5e5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)


@dataclass(frozen=True, slots=True)
class Band:
    """Money that flows from one node to another, USD per good package, in the colour of its category."""

    start: str
    end: str
    usd: float
    colour: str


def bands(table: pd.DataFrame, scrap: float) -> tuple[list[list[str]], list[Band]]:
    """Columns of nodes, and what flows between them: categories, groups of steps, and what became of it. *scrap* is what scrapped units carried,
    USD per good package; nan where nobody knows."""
    groups = by_group(table)
    total = float(groups["cost_per_good_unit_usd"].clip(lower=0.0).sum()) or 1.0
    categories = [name for name in groups.columns if name.endswith("_usd") and name != "cost_per_good_unit_usd"]
    small = {name for name in categories if groups[name].clip(lower=0.0).sum() < SHARE * total}
    few = {str(row["group"]) for _, row in groups.iterrows() if row["cost_per_good_unit_usd"] < SHARE * total and row["group"] != UNUSED}
    sums: dict[tuple[str, str], float] = {}
    for _, row in groups.iterrows():
        group = "other steps" if row["group"] in few else str(row["group"])
        for name in categories:
            label = "other costs" if name in small else name.removesuffix("_usd").replace("_", " ")
            sums[label, group] = sums.get((label, group), 0.0) + max(float(row[name]), 0.0)
    made = [Band(one, other, usd, COLOURS.get(one.replace(" ", "_"), COLOURS["utilities"]))
            for (one, other), usd in sums.items() if usd > 1e-5 * total]
    middle = list(dict.fromkeys(band.end for band in made))
    into = {name: sum(band.usd for band in made if band.end == name) for name in middle}
    spent = sum(usd for name, usd in into.items() if name != UNUSED)
    lost = min(scrap, spent) if math.isfinite(scrap) else 0.0
    ends = {"good packages": spent - lost, "scrap": lost}
    for name, usd in into.items():
        if name == UNUSED:
            made.append(Band(name, "idle capacity", usd, COLOURS["utilities"]))
            continue
        made += [Band(name, end, usd * part / spent, COLOURS["labour"] if end == "scrap" else KEPT) for end, part in ends.items() if part > 0]
    first = sorted({band.start for band in made if band.start not in middle}, key=lambda name: -sum(b.usd for b in made if b.start == name))
    return [first, middle, [name for name in ("good packages", "scrap", "idle capacity") if any(b.end == name for b in made)]], made


def dollars(table: pd.DataFrame, scrap: float, title: str) -> Figure:
    """A Sankey of what a good package costs: from what was paid for, by the steps that it was spent at, to what became of it. Where a stretch's
    money ends, scrap takes the same share of all of them."""
    columns, flows = bands(table, scrap)
    figure = Figure(figsize=(9.4, 5.6))
    axes = figure.add_axes((0.16, 0.02, 0.68, 0.86))
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(1.0, 0.0)
    places = [_places(column, flows) for column in columns]
    paths, colours = _ribbons(columns, places, flows)
    axes.add_collection(PathCollection(paths, facecolors=colours, alpha=0.55, linewidths=0))
    for n, (column, place) in enumerate(zip(columns, places, strict=True)):
        x = n / 2
        for name in column:
            top, bottom, usd = place[name]
            axes.add_collection(PathCollection([_box(x - 0.008, x + 0.008, top, bottom)], facecolors=GREY, linewidths=0))
            side = {"ha": "right", "x": x - 0.018} if n == 0 else {"ha": "left", "x": x + 0.018}
            axes.text(y=(top + bottom) / 2, s=f"{name}  {usd:.3f}", va="center", fontsize=7.5, color=INK, parse_math=False, **side)  # type: ignore[arg-type]
    figure.suptitle(f"{title}\nwhere the dollars of a good package go, USD", fontsize=10, parse_math=False)
    return figure


def _amount(name: str, flows: Sequence[Band]) -> float:
    """What passes a node."""
    return max(sum(band.usd for band in flows if band.start == name), sum(band.usd for band in flows if band.end == name))


def _places(column: Sequence[str], flows: Sequence[Band]) -> dict[str, tuple[float, float, float]]:
    """Top, bottom and USD of every node, with gaps between them."""
    amounts = [_amount(name, flows) for name in column]
    whole = max(sum(band.usd for band in flows if band.end in ("good packages", "scrap", "idle capacity")), 1e-12)
    gap = 0.3 / max(len(column) - 1, 6)
    scale = 0.7 / whole
    y = (1.0 - scale * sum(amounts) - gap * (len(column) - 1)) / 2
    found = {}
    for name, usd in zip(column, amounts, strict=True):
        found[name] = (y, y + scale * usd, usd)
        y += scale * usd + gap
    return found


def _ribbons(columns: Sequence[Sequence[str]], places: Sequence[Mapping[str, tuple[float, float, float]]],
             flows: Sequence[Band]) -> tuple[list[Path], list[str]]:
    """A ribbon for every band, from its place at one node to that at the other, each in the order of the nodes at its other end."""
    out = {name: place[name][0] for place in places for name in place}
    into = dict(out)
    scale = next(((bottom - top) / usd for place in places for top, bottom, usd in place.values() if usd > 0), 0.0)
    column_of = {name: n for n, column in enumerate(columns) for name in column}
    order = {name: i for column in columns for i, name in enumerate(column)}
    paths, colours = [], []
    for band in sorted(flows, key=lambda band: (column_of[band.start], order[band.start], order[band.end])):
        x0, x1, tall = column_of[band.start] / 2 + 0.008, column_of[band.end] / 2 - 0.008, scale * band.usd
        top, end = out[band.start], into[band.end]
        out[band.start] += tall
        into[band.end] += tall
        paths.append(_ribbon(x0, x1, top, end, tall))
        colours.append(band.colour)
    return paths, colours


def _ribbon(x0: float, x1: float, top: float, end: float, tall: float) -> Path:
    half = (x0 + x1) / 2
    points = [(x0, top), (half, top), (half, end), (x1, end), (x1, end + tall), (half, end + tall), (half, top + tall), (x0, top + tall), (x0, top)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.CLOSEPOLY]
    return Path(points, codes)


def _box(x0: float, x1: float, top: float, bottom: float) -> Path:
    return Path([(x0, top), (x1, top), (x1, bottom), (x0, bottom), (x0, top)], closed=True)

"""Draws cells on one page, each as large as it is said to be: its layers named at both sides, and below it what lies where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from procsim.figures.canvas import INK, Spot, breadth, die_names, foot, legend, note, page, put, shortened, words
from procsim.figures.cells import Cell
from procsim.figures.labels import Label, Span, labels, spans, spread, targets
from procsim.figures.materials import paint
from procsim.figures.shapes import Drawing, drawing
from procsim.figures.streets import STREET
from procsim.figures.style import FAINT, GREY

BIG, BARE = 6.4, 0.3
"""Inches of a big picture's width, and at its sides where nothing is written."""
LEAST = 5.6
"""Inches of a page that its small print takes."""
MARGIN, GAP = 0.25, 0.17
"""Inches: the page's margin, and from one label to the next."""
SIZE, REGION = 8.0, 7.0
"""Points of labels, and of what is written below a picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One *cell* of a page: *wide* inches, in a *room* of so many inches upwards, with its labels, a heading, and cut *lines* in its streets."""

    cell: Cell
    made: Drawing
    named: tuple[Label, ...]
    wide: float
    room: float
    heading: str = ""
    lines: bool = False

    @property
    def across(self) -> float:
        """Inches per drawn unit from left to right."""
        return self.wide / self.made.width

    @property
    def up(self) -> float:
        """Inches per drawn unit upwards."""
        return self.wide * self.cell.stretch / self.made.full


def picture(cell: Cell, wide: float, named: Sequence[Label] | None, heading: str = "", lines: bool = False) -> Picture:
    """*cell* as a picture; its labels are all of its layers where *named* does not say which."""
    made = drawing(cell)
    shown = tuple(labels(cell) if named is None else named)
    most = max([sum(label.left for label in shown), sum(not label.left for label in shown)])
    return Picture(cell, made, shown, wide, max(made.height * wide * cell.stretch / made.full, GAP * most - 0.3), heading, lines)


def big(title: str, cell: Cell, pictures: Sequence[Picture], drawings: Sequence[Drawing], materials: Iterable[str], wide: float = BIG) -> Figure:
    """A page with *pictures*, the widest of which is so *wide*, one above the other; *drawings* and *materials* are what its legend names."""
    shown = set(materials)
    left, right = (max([BARE, *(breadth(label.text, SIZE) + 0.6 - (wide - one.wide) / 2 for one in pictures for label in one.named
                                if label.left == side)]) for side in (True, False))
    lacks = max(LEAST - wide - left - right, 0.0) / 2
    left, right = left + lacks, right + lacks
    width = wide + left + right
    bottom = foot(shown, drawings, width)
    height = bottom + 0.9 + sum(one.room + _below(one) + 0.3 * bool(one.heading) for one in pictures)
    figure, axes = page(width, height)
    _head(axes, title, cell, width, height)
    placed = []
    top = height - 0.9
    for one in pictures:
        if one.heading:
            words(axes, left, top + 0.12, one.heading, SIZE, color=GREY)
            top -= 0.3
        spot = Spot(left + (wide - one.wide) / 2, top - one.room, one.across, one.up)
        placed.append((one.made, spot))
        _around(axes, one, spot)
        top -= one.room + _below(one)
    put(axes, placed)
    die_names(axes, ((name, spot) for made, spot in placed for name in made.names), 10, thick=True)
    legend(figure, shown, drawings)
    turn = "; a gap in a turn: it leaves this plane" if any(one.made.cut for one in pictures) else ""
    note(axes, MARGIN, f"{pictures[-1].cell.height():.6g} µm from bottom to top{turn}", cell.flow.known.to_scale)
    return figure


def _head(axes: Axes, title: str, cell: Cell, width: float, height: float) -> None:
    room = width - 2 * MARGIN
    words(axes, MARGIN, height - 0.15, shortened(title, 8, room), 8, color=GREY)
    words(axes, MARGIN, height - 0.34, cell.name, 12, fontweight="bold")
    words(axes, width - MARGIN, height - 0.34, cell.figures, 12, ha="right")
    words(axes, MARGIN, height - 0.58, shortened(cell.note, 7.5, room), 7.5, color=FAINT)


def _around(axes: Axes, one: Picture, spot: Spot) -> None:
    """All that is written round and over one picture."""
    limits = (spot.y - 0.15, spot.y + one.room + 0.15)
    _write(axes, [label for label in one.named if label.left], spot, (spot.x - 0.3, -1.0), limits)
    _write(axes, [label for label in one.named if not label.left], spot, (spot.x + one.wide + 0.3, 1.0), limits)
    _regions(axes, one, spot)
    if one.lines:
        _cut_lines(axes, one, spot)
    else:
        _between(axes, one.cell, spot)


def leaders(named: Sequence[Label], spot: Spot, edge: tuple[float, float], limits: tuple[float, float]) -> list[list[tuple[float, float]]]:
    """A line from the words of each label to its layer: slanting in the margin, then level. *edge* is where the words begin and which
    way they go; no line crosses another, for both ends rise in one order."""
    at, away = edge
    bounds = [(spot.y + label.low * spot.up, spot.y + label.high * spot.up) for label in named]
    heights = spread([(low + high) / 2 for low, high in bounds], GAP, *limits)
    ends = targets(heights, bounds)
    return [[(at, y), (at - 0.22 * away, end), (spot.x + label.x * spot.across, end)] for label, y, end in zip(named, heights, ends, strict=True)]


def _write(axes: Axes, named: Sequence[Label], spot: Spot, edge: tuple[float, float], limits: tuple[float, float]) -> None:
    """Writes labels in one margin; a thin line leads from each to its layer, to a bracket along its layers where it has several."""
    away = edge[1]
    lines = leaders(named, spot, edge, limits)
    ends = []
    for label, line in zip(named, lines, strict=True):
        words(axes, line[0][0] + 0.04 * away, line[0][1], label.text, SIZE, ha="right" if away < 0 else "left", va="center_baseline")
        if label.several:
            x = edge[0] - 0.24 * away
            low, high = spot.y + label.low * spot.up + 0.01, spot.y + label.high * spot.up - 0.01
            line[2:] = [(x, line[1][1])]
            axes.add_collection(LineCollection([[(x - 0.05 * away, low), (x, low), (x, high), (x - 0.05 * away, high)]], colors=INK,
                                               linewidths=0.6, zorder=11), autolim=False)
        else:
            ends.append(line[-1])
    if lines:
        axes.add_collection(LineCollection(lines, colors="white", linewidths=1.3, alpha=0.75, zorder=10), autolim=False)
        axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.45, zorder=11), autolim=False)
        axes.scatter([x for x, _ in ends], [y for _, y in ends], s=5, color=INK, linewidths=0, zorder=11)


ROW = 0.125
"""Inches from one line of words below a picture to the next."""


def _rows(one: Picture) -> list[tuple[Span, int]]:
    """What lies where, each with the line below the picture that its name begins in: where it has no room beside its neighbour's, a lower one."""
    taken: list[float] = []
    found = []
    for span in spans(one.cell):
        lines, middle = span.text.split("\n"), (span.start + span.end) / 2 * one.across
        half = max(breadth(line, REGION) for line in lines) / 2
        row = next((n for n in range(len(taken)) if all(right + 0.04 < middle - half for right in taken[n : n + len(lines)])), len(taken))
        taken += [0.0] * (row + len(lines) - len(taken))
        taken[row : row + len(lines)] = [middle + half] * len(lines)
        found.append((span, row))
    return found


def _below(one: Picture) -> float:
    """Inches that brackets and names take below a picture."""
    return 0.35 + ROW * max(row + span.text.count("\n") + 1 for span, row in _rows(one))


def _regions(axes: Axes, one: Picture, spot: Spot) -> None:
    """Brackets below the picture that say what lies where."""
    y = spot.y - 0.14
    for span, row in _rows(one):
        start, end = spot.x + span.start * spot.across, spot.x + span.end * spot.across
        axes.add_collection(LineCollection([[(start + 0.02, y + 0.07), (start + 0.02, y), (end - 0.02, y), (end - 0.02, y + 0.07)]], colors=FAINT,
                                           linewidths=0.5), autolim=False)
        for n, line in enumerate(span.text.split("\n"), row):
            words(axes, (start + end) / 2, y - 0.03 - ROW * n, line, REGION, color=GREY, ha="center")


def _between(axes: Axes, cell: Cell, spot: Spot) -> None:
    """Says between two units what is there beside the dies: a gap, or the filling."""
    columns = cell.after.columns
    inner = [i for i, column in enumerate(columns) if column.region == "street" and 0 < i < len(columns) - 1]
    bodies = [slab for column in columns for slab in column.stack if slab.part in cell.after.dies and not slab.pad]
    if not inner or not bodies:
        return
    low, high = cell.heights.at(bodies[0].bottom), cell.heights.at(bodies[0].top)
    middle = (bodies[0].bottom + bodies[0].top) / 2
    there = next((slab for slab in columns[inner[0]].stack if slab.bottom <= middle <= slab.top), None)
    if there is not None and there.part:
        return
    x = spot.x + spot.across * sum(column.width for column in columns) / 2
    colour = INK if there is None or paint(there.material).lightness > 0.5 else "white"
    text = "filling" if there is not None else "gap"
    words(axes, x, spot.y + spot.up * (low + high) / 2, text, SIZE, ha="center", va="center_baseline", color=colour)


def _cut_lines(axes: Axes, one: Picture, spot: Spot) -> None:
    """A dash-dotted line in the middle of every street; that of a street which is torn off lies as far from its package."""
    streets = [span for span in spans(one.cell) if span.text.startswith("street")]
    half = STREET / 2
    for at in (streets[0].end - half, *((span.start + span.end) / 2 for span in streets[1:-1]), streets[-1].start + half):
        x = spot.x + spot.across * at
        axes.plot([x, x], [spot.y - 0.06, spot.y + one.room + 0.1], color=INK, linewidth=1.0, linestyle=(0, (6.0, 2.0, 1.0, 2.0)), zorder=13)
        words(axes, x, spot.y + one.room + 0.12, "cut", SIZE, ha="center", va="bottom")

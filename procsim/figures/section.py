"""Draws the package after its steps: a sheet of all steps, or one step big. It computes only where things go on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import shorten

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from procsim.figures.canvas import INK, Spot, die_names, foot, legend, note, page, put, words
from procsim.figures.cells import Cell, cells
from procsim.figures.labels import Label, labels, spans, spread
from procsim.figures.shapes import STRETCH, Drawing, drawing
from procsim.figures.style import GREY
from procsim.section.build import Built

FAINT = "#707070"
WIDTH, MARGIN, BETWEEN = 12.0, 0.25, 0.3
"""A sheet's width, its margin and the space between two cells, in inches."""
CAPTION = 0.36
"""Inches of the words above each picture."""


def sheet(title: str, built: Sequence[Built]) -> Figure:
    """Every step that changes the shape, in order, the starting panel first; what a step added or removed is outlined."""
    found = cells(built)
    drawings = [drawing(cell) for cell in found]
    materials = {material for cell in found for material in cell.materials}
    across = 3 if len(found) <= 9 else 4
    wide = (WIDTH - 2 * MARGIN - (across - 1) * BETWEEN) / across
    up = wide * STRETCH / drawings[0].full
    rows = [range(first, min(first + across, len(found))) for first in range(0, len(found), across)]
    tall = [max(drawings[i].height for i in row) * up for row in rows]
    bottom = foot(materials, drawings, WIDTH)
    height = 0.5 + sum(tall) + len(rows) * (CAPTION + 0.3) + bottom
    figure, axes = page(WIDTH, height)
    words(axes, MARGIN, height - 0.16, title, 11, fontweight="bold")
    placed = []
    top = height - 0.55
    for row, room in zip(rows, tall, strict=True):
        for n, i in enumerate(row):
            x = MARGIN + n * (wide + BETWEEN)
            _caption(axes, found[i], x, top, wide)
            placed.append((drawings[i], Spot(x, top - CAPTION - room, wide / drawings[i].width, up)))
        top -= CAPTION + room + 0.3
    put(axes, placed, 0.7)
    die_names(axes, ((name, spot) for made, spot in placed for name in made.names), 6.5)
    legend(figure, materials, drawings)
    note(axes, MARGIN)
    return figure


def _caption(axes: Axes, cell: Cell, x: float, top: float, width: float) -> None:
    """The step's id, its figure at the right, and below it, small, the steps that follow and change nothing."""
    words(axes, x, top, cell.name, 8, fontweight="bold")
    words(axes, x + width, top, cell.figures, 8, ha="right")
    words(axes, x, top - 0.155, shorten(cell.note, int(width * 72 / 3.7), placeholder=" …"), 6.5, color=FAINT)


BIG, SIDE = 6.4, 1.75
"""Inches of a big picture's width, and of the room for labels at each side."""


def single(title: str, cell: Cell) -> Figure:
    """One step big, each layer with its thickness."""
    made = drawing(cell)
    up = BIG * STRETCH / made.full
    named = labels(cell)
    most = max([sum(label.left for label in named), sum(not label.left for label in named)])
    return _big(title, cell, named, _Sheet(max(made.height * up, 0.17 * most - 0.3), up, [made], cell.materials))


def frame(title: str, cell: Cell, drawings: Sequence[Drawing], materials: Iterable[str]) -> Figure:
    """Draws one step of an animation: as *single* does, but every frame is laid out alike and has the whole flow's legend."""
    return _big(title, cell, [], _Sheet(BIG * STRETCH, BIG * STRETCH / drawing(cell).full, drawings, materials))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How a big picture lies on its page: inches of its *room*, and *up* per drawn unit; its legend is of *materials* as *drawings* show them."""

    room: float
    up: float
    drawings: Sequence[Drawing]
    materials: Iterable[str]


def _big(title: str, cell: Cell, named: Sequence[Label], sheet: _Sheet) -> Figure:
    """The page that *single* and *frame* share, with the layers *named* at both sides."""
    made, shown = drawing(cell), set(sheet.materials)
    side = SIDE if named else 0.3
    width = BIG + 2 * side
    bottom = foot(shown, sheet.drawings, width) + 0.45
    top, height = bottom + sheet.room + 0.15, bottom + sheet.room + 0.95
    figure, axes = page(width, height)
    words(axes, MARGIN, height - 0.15, title, 8, color=GREY)
    words(axes, MARGIN, height - 0.34, cell.name, 12, fontweight="bold")
    words(axes, width - MARGIN, height - 0.34, cell.figures, 12, ha="right")
    words(axes, MARGIN, height - 0.58, shorten(cell.note, int((width - 2 * MARGIN) * 72 / 4.2), placeholder=" …"), 7.5, color=FAINT)
    spot = Spot(side, bottom, BIG / made.width, sheet.up)
    put(axes, [(made, spot)])
    die_names(axes, ((name, spot) for name in made.names), 10, thick=True)
    _write(axes, [label for label in named if label.left], spot, (side - 0.3, -1.0), (bottom - 0.15, top))
    _write(axes, [label for label in named if not label.left], spot, (side + BIG + 0.3, 1.0), (bottom - 0.15, top))
    _regions(axes, cell, spot, bottom - 0.22)
    legend(figure, shown, sheet.drawings)
    note(axes, MARGIN, f"{cell.after.top:.6g} µm from bottom to top" + ("; a gap in a turn: it leaves the plane of the picture" if made.cut else ""))
    return figure


def _write(axes: Axes, named: Sequence[Label], spot: Spot, edge: tuple[float, float], limits: tuple[float, float]) -> None:
    """Writes labels in one margin; a thin line leads from each to its layer. *edge* is where the words begin and which way they go."""
    at, away = edge
    heights = spread([spot.y + (label.low + label.high) / 2 * spot.up for label in named], 0.17, *limits)
    lines = []
    for label, y in zip(named, heights, strict=True):
        (x, low), (_, high) = spot([(label.x, label.low), (label.x, label.high)])
        inset = 0.25 * (high - low)
        target = min(max(y, low + inset), high - inset)
        lines.append([(at, y), (at - 0.22 * away, target), (x, target)])
        words(axes, at + 0.04 * away, y, label.text, 7.5, ha="right" if away < 0 else "left", va="center_baseline")
    if lines:
        axes.add_collection(LineCollection(lines, colors="white", linewidths=1.3, alpha=0.75, zorder=10), autolim=False)
        axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.45, zorder=11), autolim=False)
        ends = [line[-1] for line in lines]
        axes.scatter([x for x, _ in ends], [y for _, y in ends], s=5, color=INK, linewidths=0, zorder=11)


def _regions(axes: Axes, cell: Cell, spot: Spot, y: float) -> None:
    """Brackets below the picture that say what lies where."""
    for span in spans(cell):
        (start, _), (end, _) = spot([(span.start, 0.0), (span.end, 0.0)])
        axes.add_collection(LineCollection([[(start + 0.02, y + 0.07), (start + 0.02, y), (end - 0.02, y), (end - 0.02, y + 0.07)]], colors=FAINT,
                                           linewidths=0.5), autolim=False)
        size = min(7.0, 72 * (end - start) / (0.6 * len(span.text)))
        if size >= 5.5:
            words(axes, (start + end) / 2, y - 0.03, span.text, size, color=GREY, ha="center")

"""Draws the package after its steps: a sheet of all steps, or one step big. It computes only where things go on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from procsim.figures.big import BIG, big, picture
from procsim.figures.canvas import Spot, die_names, foot, legend, note, page, put, shortened, words
from procsim.figures.cells import Cell, cells, finished
from procsim.figures.finer import UNKNOWN, Known
from procsim.figures.shapes import Drawing, drawing
from procsim.figures.streets import STREET
from procsim.figures.style import FAINT
from procsim.figures.units import alone, close, mounted, one, two
from procsim.section.build import Built

WIDTH, MARGIN, BETWEEN = 12.0, 0.25, 0.3
"""A sheet's width, its margin and the space between two cells, in inches."""
CAPTION = 0.36
"""Inches of the words above each picture."""


def pages(built: Sequence[Built], known: Known, up: bool = False) -> list[Cell]:
    """What a sheet or an animation shows: every step that changes the shape, and at the end the package as it is mounted, or, with *up*,
    with its terminals up."""
    last = finished(built, known)
    return [one(cell) for cell in (*cells(built, known), placed(last, up))]


def placed(cell: Cell, up: bool) -> Cell:
    """A package as it is mounted, or as it stands in the line with its terminals *up*."""
    note = "terminals up" if up else "terminals down, as mounted"
    shown = mounted(replace(cell, upside=cell.upside != up))
    return replace(shown, upside=up, note="; ".join(part for part in (cell.note, note) if part))


def sheet(title: str, built: Sequence[Built], known: Known = UNKNOWN, up: bool = False) -> Figure:
    """Every step that changes the shape, in order, the starting panel first, the finished package last; what a step added or removed is
    outlined."""
    found = pages(built, known, up)
    drawings = [drawing(cell) for cell in found]
    materials = {material for cell in found for material in cell.materials}
    across = 3 if len(found) <= 9 else 4
    wide = (WIDTH - 2 * MARGIN - (across - 1) * BETWEEN) / across
    scale = wide * found[0].stretch / drawings[0].full
    rows = [range(first, min(first + across, len(found))) for first in range(0, len(found), across)]
    tall = [max(drawings[i].height for i in row) * scale for row in rows]
    bottom = foot(materials, drawings, WIDTH)
    height = 0.5 + sum(tall) + len(rows) * (CAPTION + 0.3) + bottom
    figure, axes = page(WIDTH, height)
    words(axes, MARGIN, height - 0.16, shortened(title, 11, WIDTH - 2 * MARGIN, "bold"), 11, fontweight="bold")
    spots = []
    top = height - 0.55
    for row, room in zip(rows, tall, strict=True):
        for n, i in enumerate(row):
            x = MARGIN + n * (wide + BETWEEN)
            _caption(axes, found[i], x, top, wide)
            _frame(axes, found[i].name, (x, top - CAPTION - room), wide, CAPTION + room)
            spots.append((drawings[i], Spot(x, top - CAPTION - room, wide / drawings[i].width, scale)))
        top -= CAPTION + room + 0.3
    put(axes, spots, 0.7)
    die_names(axes, ((name, spot) for made, spot in spots for name in made.names), 6.5)
    legend(figure, materials, drawings)
    note(axes, MARGIN, to_scale=known.to_scale)
    return figure


def _caption(axes: Axes, cell: Cell, x: float, top: float, width: float) -> None:
    """The step's id, its figure at the right, and below it, small, the steps that follow and change nothing."""
    words(axes, x, top, cell.name, 8, fontweight="bold")
    words(axes, x + width, top, cell.figures, 8, ha="right")
    words(axes, x, top - 0.155, shortened(cell.note, 6.5, width), 6.5, color=FAINT)


CELL = "cell:"
"""What the frame of a cell is called in the picture: this, and the cell's name."""


def _frame(axes: Axes, name: str, corner: tuple[float, float], width: float, height: float) -> None:
    """An outline of a cell that is not seen, by which a page knows where it is."""
    x, y = corner
    axes.add_patch(Rectangle((x - 0.08, y - 0.06), width + 0.16, height + 0.14, facecolor="none", edgecolor="none", linewidth=0, gid=CELL + name))


def single(title: str, cell: Cell, wide: float = BIG) -> Figure:
    """One step big, so many inches *wide*, each layer with its thickness: one unit between two streets."""
    return _labelled(title, one(cell), wide)


def several(title: str, cell: Cell) -> Figure:
    """One step big, of two units and the street between them."""
    return _labelled(title, two(cell))


def package(title: str, cell: Cell, up: bool = False, wide: float = BIG) -> Figure:
    """One package big, so many inches *wide*, without the streets round it, as it is mounted or with its terminals *up*."""
    return _labelled(title, alone(placed(cell, up)), wide)


def claim(title: str, cell: Cell, up: bool = False) -> Figure:
    """One step big, the way up that the package is mounted, or the other: of the package, not of its place in the line."""
    return _labelled(title, one(placed(cell, up)))


def cut(title: str, cell: Cell, up: bool = False) -> Figure:
    """The panel with its cut lines, two units of it, and below it the single package at the same scale; *cell* is a step that cuts."""
    if cell.before is None or cell.before.singulated or not cell.after.singulated:
        return several(title, cell)
    panel = two(replace(cell, after=cell.before, before=None), STREET)
    half = replace(placed(replace(cell, note=""), up), stretch=2 * panel.stretch)
    known = cell.flow.known
    kerf = f", kerf {known.street_mm * known.cuts.kerf:.3g} mm" if known.cuts.kerf < 1.0 else ""
    pictures = [picture(panel, BIG, [], f"on the panel, cut in the middle of the streets{kerf}", lines=True), picture(alone(half), BIG / 2, None,
                f"single package, {half.note}")]
    return big(title, cell, pictures, [p.made for p in pictures], cell.materials)


def near(title: str, cell: Cell, names: frozenset[str]) -> Figure:
    """The columns of the passives *names* and their neighbours, from the die's surface up."""
    return _labelled(title, close(cell, names))


def frame(title: str, cell: Cell, drawings: Sequence[Drawing], materials: Iterable[str]) -> Figure:
    """One step of an animation: as *single*, but every frame is laid out alike and has the whole flow's legend."""
    made = picture(cell, BIG, [])
    return big(title, cell, [replace(made, room=BIG * cell.stretch)], drawings, materials)


def _labelled(title: str, cell: Cell, wide: float = BIG) -> Figure:
    made = picture(cell, wide, None)
    return big(title, cell, [made], [made.made], cell.materials, wide)


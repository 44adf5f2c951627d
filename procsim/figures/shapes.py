"""A cell in, its shapes out: closed lines in drawn units, by material; what was added and removed; names of dies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import acos, asin, cos, pi, sin

from procsim.figures.cells import Cell
from procsim.figures.heights import apart, levels
from procsim.figures.outline import Loop, Square, loops
from procsim.section.shape import EPS, Section, Slab

ROUND = 24
"""Corners of a round line."""


@dataclass(frozen=True, slots=True)
class Name:
    """A die's name and the box (*x*, *y*, *width*, *height*) that it has to fit into."""

    text: str
    material: str
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Drawing:
    """All closed lines of one cell, *width* × *height* in drawn units, origin at the lower left; *full* is the tallest of its flow.

    *fills* and *rounds* are what is there, by material; *ringed* are the added ones among the rounds, *added* all else that is new.
    """

    width: float
    height: float
    full: float
    fills: list[tuple[str, list[Loop]]] = field(default_factory=list)
    rounds: list[tuple[str, list[Loop]]] = field(default_factory=list)
    active: list[Loop] = field(default_factory=list)
    torn: list[Loop] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    added: list[Loop] = field(default_factory=list)
    ringed: list[Loop] = field(default_factory=list)
    removed: list[Loop] = field(default_factory=list)


STRETCH = 0.525
"""Tallest picture over width: the same for all pictures, so that a ball can be as round as its neighbours let it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where columns begin and end (*x*), every *level* at which something does, and its drawn height *y*. *true* is drawn units of
    height per unit of width on paper."""

    x: list[float]
    levels: list[float]
    y: list[float]
    true: float

    def rows(self, bottom: float, top: float) -> range:
        return range(bisect_left(self.levels, bottom - EPS), bisect_left(self.levels, top - EPS))

    def lines(self, squares: Iterable[Square]) -> list[Loop]:
        """The closed lines round *squares*."""
        return [[(self.x[i], self.y[j]) for i, j in line] for line in loops(squares)]


def edges(section: Section) -> list[float]:
    """Where the columns begin and, last, where they end."""
    return list(accumulate((column.width for column in section.columns), initial=0.0))


def _grid(cell: Cell) -> Grid:
    then = [height + cell.shift for height in levels(cell.before)] if cell.before is not None else []
    heights = apart([*levels(cell.after), *then])
    x = edges(cell.after)
    return Grid(x, heights, [cell.heights.at(height) for height in heights], cell.heights.full / (STRETCH * x[-1]))


def drawing(cell: Cell) -> Drawing:
    """What *cell* shows."""
    grid = _grid(cell)
    made = Drawing(grid.x[-1], grid.y[-1], cell.heights.full)
    merged: dict[Slab, list[Square]] = {}
    for i, column in enumerate(cell.after.columns):
        for slab in column.stack:
            if is_round(slab, cell.points):
                made.rounds.append((slab.material, [rounded(cell, i, slab, grid)]))
            else:  # equal slabs become one shape, whatever their heights and whoever put them there
                merged.setdefault(replace(slab, bottom=0.0, top=0.0, by=""), []).extend((i, j) for j in grid.rows(slab.bottom, slab.top))
    made.fills = [(slab.material, grid.lines(squares)) for slab, squares in merged.items()]
    _dies(cell, grid.x, made)
    if not cell.after.singulated:
        made.torn = [_torn(grid.x[0], 1.0, made), _torn(grid.x[-1], -1.0, made)]
    if cell.before is not None:
        _changes(cell, cell.before, grid, made)
    return made


def _box(x0: float, x1: float, y0: float, y1: float) -> Loop:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def is_round(slab: Slab, points: frozenset[str]) -> bool:
    """Whether *slab* is a bonding point, or a bump between die and substrate."""
    return slab.part in points or slab.part.endswith(" bump")


def rounded(cell: Cell, i: int, slab: Slab, grid: Grid) -> Loop:
    """The outline of what is drawn round. A bonding point fills its opening and may hang down; it keeps off its neighbours' far edges."""
    x0, x1, low, high = grid.x[i], grid.x[i + 1], cell.heights.at(slab.bottom), cell.heights.at(slab.top)
    if slab.part not in cell.points:
        bulge = [(0.14 * (x1 - x0) * sin(pi * k / 8), low + (high - low) * k / 8) for k in range(9)]
        return [*((x1 + b, y) for b, y in bulge), *((x0 - b, y) for b, y in reversed(bulge))]
    columns = cell.after.columns
    hangs = slab == columns[i].stack[0] and len(columns[i].stack) > 1
    beside = [column for column in (columns[max(i - 1, 0)], columns[min(i + 1, len(columns) - 1)]) if column.stack]
    neck = [cell.heights.at(column.stack[0].bottom if hangs else column.top) for column in beside]
    reach = 0.9 * min((column.width for column in beside), default=0.0)
    if not hangs:
        return _free(slab.part, (x0, x1, reach), (low, max([low, *(h for h in neck if h < high)]), high), grid.true)
    turned = _free(slab.part, (x0, x1, reach), (low, low + high - min([high, *(h for h in neck if h > low)]), high), grid.true)
    return [(x, low + high - y) for x, y in reversed(turned)]


def _free(part: str, across: tuple[float, float, float], up: tuple[float, float, float], true: float) -> Loop:
    """A ball, a half-round bump or a pin, by its part's name: up the opening from its bottom to its neck, then the free shape.

    *across* is left, right and how far it may reach over each; *up* is bottom, neck and top.
    """
    x0, x1, reach = across
    low, neck, high = up
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2
    if "pin" in part:
        x2, x3 = middle - 0.6 * half, middle + 0.6 * half
        return [(x0, low), (x1, low), (x1, neck), (x3, neck), (x3, high), (x2, high), (x2, neck), (x0, neck)]
    free = (high - neck) / true
    radius = half if "bump" in part else (free * free + half * half) / (2 * free)  # of the circle through both sides of the neck and the top
    wide = min(max(radius, half), half + reach)
    start = -acos(half / wide) if free > half else asin(max(1 - free / wide, 0.0)) if wide > half else 0.0
    tall = (high - neck) / (1 - sin(start))
    turn = [start + (pi - 2 * start) * k / ROUND for k in range(ROUND + 1)]
    return [(x0, low), (x1, low), *((middle + wide * cos(t), high - tall + tall * sin(t)) for t in turn)]


def _torn(x: float, inwards: float, made: Drawing) -> Loop:
    """The white edge that says: the panel goes on here."""
    tooth, deep = made.full / 16, inwards * made.width / 120
    zigzag = [(x + deep * (1 + k % 2), k * tooth) for k in range(-1, int(made.height / tooth) + 2)]
    outside = x - 2 * deep
    return [(outside, zigzag[0][1]), *zigzag, (outside, zigzag[-1][1])]


def _dies(cell: Cell, x: Sequence[float], made: Drawing) -> None:
    """A bold line on each active surface, open at the pads, and the die's name in its middle."""
    least = cell.heights.least
    for name in cell.after.dies:
        bare = [(i, column) for i, column in enumerate(cell.after.columns) if not any(slab.pad and slab.part == name for slab in column.stack)]
        bodies = [(i, slab) for i, column in bare for slab in column.stack if slab.part == name]
        if not bodies:
            continue
        for i, slab in bodies:
            low, high = cell.heights.at(slab.bottom), cell.heights.at(slab.top)
            bold = min(1.2 * least, (high - low) / 3)
            made.active.append(_box(x[i], x[i + 1], high - bold, high) if slab.face == "up" else _box(x[i], x[i + 1], low, low + bold))
        left, right = x[bodies[0][0]], x[bodies[-1][0] + 1]
        low, high = cell.heights.at(bodies[0][1].bottom), cell.heights.at(bodies[0][1].top)
        aside = 0.6 * least * (-1 if bodies[0][1].face == "up" else 1)  # into the middle of what the bold line leaves
        made.names.append(Name(name, bodies[0][1].material, (left + right) / 2, (low + high) / 2 + aside, right - left, high - low - 1.2 * least))


def _changes(cell: Cell, before: Section, grid: Grid, made: Drawing) -> None:
    """What is there now and was not, and what was there and is no more; round things as round lines."""
    old, new = _filled(before, cell, grid, cell.shift), _filled(cell.after, cell, grid, 0.0)
    there = {(i, slab.part) for i, column in enumerate(before.columns) for slab in column.stack if is_round(slab, cell.points)}
    made.added = grid.lines(square for square, what in new.items() if old.get(square) != what)
    made.ringed = [rounded(cell, i, slab, grid) for i, column in enumerate(cell.after.columns) for slab in column.stack
                   if is_round(slab, cell.points) and (i, slab.part) not in there]
    made.removed = grid.lines(square for square in old if square not in new)


def _filled(section: Section, cell: Cell, grid: Grid, shift: float) -> dict[Square, tuple[str, str]]:
    """Material and part in every square of the grid; what is drawn round is left out."""
    return {(i, j): (slab.material, slab.part) for i, column in enumerate(section.columns) for slab in column.stack
            if not is_round(slab, cell.points) for j in grid.rows(slab.bottom + shift, slab.top + shift)}

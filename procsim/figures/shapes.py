"""Turns a picture of the package into closed lines in drawn units, by material, and marks what was added, what was removed, and the dies' names."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby, pairwise, product
from math import acos, asin, cos, hypot, pi, sin

from procsim.figures.cells import Cell, mark
from procsim.figures.heights import apart, levels
from procsim.figures.outline import Loop, Square, loops
from procsim.figures.windings import breaks
from procsim.section.section import EPS, Section, Slab

ROUND = 24
"""Corners of a round line."""
STUD = 1.3
"""A stud's width over its height."""


@dataclass(frozen=True, slots=True)
class Name:
    """A die's name, its *size* (µm) and the box (*x*, *y*, *width*, *height*) that both have to fit into."""

    text: str
    size: str
    material: str
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Drawing:
    """All closed lines of one cell, *width* × *height* in drawn units, origin at the lower left; *full* is the tallest of its flow.

    *fills* and *rounds* are what is there, by material; *ringed* are the added ones among the rounds, *added* all else that is new.
    *walls* are what conformal films leave on the walls of holes.
    *cut* are the places where a turn of a winding leaves the plane of the picture.
    """

    width: float
    height: float
    full: float
    fills: list[tuple[str, list[Loop]]] = field(default_factory=list)
    rounds: list[tuple[str, list[Loop]]] = field(default_factory=list)
    walls: list[tuple[str, list[Loop]]] = field(default_factory=list)
    active: list[Loop] = field(default_factory=list)
    torn: list[Loop] = field(default_factory=list)
    cut: list[Loop] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    added: list[Loop] = field(default_factory=list)
    ringed: list[Loop] = field(default_factory=list)
    removed: list[Loop] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where columns begin and end (*x*), every *level* at which something does, and its drawn height *y*."""

    x: list[float]
    levels: list[float]
    y: list[float]

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
    return Grid(edges(cell.after), heights, [cell.heights.at(height) for height in heights])


def drawing(cell: Cell) -> Drawing:
    """What *cell* shows."""
    grid = _grid(cell)
    made = Drawing(grid.x[-1], grid.y[-1], cell.heights.full)
    merged: dict[Slab, list[Square]] = {}
    for i, column in enumerate(cell.after.columns):
        for slab in column.stack:
            if is_round(slab, cell.points):
                made.rounds.append((slab.material, [rounded(cell, i, slab)]))
            else:  # equal slabs of one step become one shape, whatever their heights
                merged.setdefault(replace(slab, bottom=0.0, top=0.0), []).extend((i, j) for j in grid.rows(slab.bottom, slab.top))
    made.fills = [(slab.material, grid.lines(squares)) for slab, squares in merged.items()]
    made.walls = list(_walls(cell, grid.x))
    _dies(cell, grid.x, made)
    made.cut = breaks(cell, grid.x)
    if not cell.after.singulated:
        made.torn = [_torn(grid.x[0], 1.0, made), _torn(grid.x[-1], -1.0, made)]
    if cell.before is not None:
        _changes(cell, cell.before, grid, made)
    elif cell.marked:
        _marked(cell, grid, made)
    return made


def _box(x0: float, x1: float, y0: float, y1: float) -> Loop:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def is_round(slab: Slab, points: Container[str]) -> bool:
    """Whether *slab* is a bonding point, or a bump between die and substrate."""
    return slab.part in points or slab.part.endswith(" bump")


def rounded(cell: Cell, i: int, slab: Slab) -> Loop:
    """The outline of what is drawn round: as on paper, so all of it circles. A bonding point fills its opening and may hang down."""
    x = edges(cell.after)
    true = cell.heights.full / (cell.stretch * x[-1])
    x0, x1, low, high = x[i], x[i + 1], cell.heights.at(slab.bottom), cell.heights.at(slab.top)
    columns = cell.after.columns
    if slab.part not in cell.points:
        return _barrel((x0, x1), (low, high), true, 0.45 * (x1 - x0))
    sort = cell.points[slab.part]
    hangs = slab == columns[i].stack[0] and len(columns[i].stack) > 1
    beside = [column for column in (columns[max(i - 1, 0)], columns[min(i + 1, len(columns) - 1)]) if column.stack]
    neck = [cell.heights.at(column.stack[0].bottom if hangs else column.top) for column in beside]
    reach = _reach(cell, hangs)
    if not hangs:
        return _free(sort, (x0, x1, reach), (low, max([low, *(h for h in neck if h < high)]), high), true)
    turned = _free(sort, (x0, x1, reach), (low, low + high - min([high, *(h for h in neck if h > low)]), high), true)
    return [(x, low + high - y) for x, y in reversed(turned)]


def _reach(cell: Cell, hangs: bool) -> float:
    """How far every bonding point may stand out over the sides of its opening: clear of its neighbours and of all that rises as high."""
    columns, x = cell.after.columns, edges(cell.after)
    points = [(i, slab) for i, column in enumerate(columns) for slab in column.stack if slab.part in cell.points]
    bounds = [min(slab.bottom for _, slab in points), max(slab.top for _, slab in points)]
    found = []
    for i, _ in points:
        for way in (-1, 1):
            k = i + way
            while 0 <= k < len(columns) and not any(slab.part in cell.points or _rises(slab, bounds, hangs) for slab in columns[k].stack):
                k += way
            room = x[i] - x[k + 1] if way < 0 else x[k] - x[i + 1]
            shared = 0 <= k < len(columns) and any(slab.part in cell.points for slab in columns[k].stack)
            found.append(0.44 * room if shared else 0.9 * room)
    return min(found)


def _rises(slab: Slab, bounds: Sequence[float], hangs: bool) -> bool:
    """Whether *slab* stands in the way of points that take up *bounds*: whether it reaches into the further half."""
    half = sum(bounds) / 2
    return slab.bottom < half - EPS if hangs else slab.top > half + EPS


def _barrel(across: tuple[float, float], up: tuple[float, float], true: float, most: float) -> Loop:
    """A bump between two pads: its sides are arcs that bulge as those of one circle would, but not by more than *most*."""
    (x0, x1), (low, high) = across, up
    half, tall = (x1 - x0) / 2, (high - low) / 2 / true
    bulge = min(hypot(half, tall) - half, most, tall)
    radius = (tall * tall + bulge * bulge) / (2 * bulge)
    turn = asin(min(tall / radius, 1.0))
    side = [(radius * cos(t) - radius + bulge, (low + high) / 2 + radius * sin(t) * true) for t in (turn * (k / 8 - 1) for k in range(17))]
    return [*((x1 + b, y) for b, y in side), *((x0 - b, y) for b, y in reversed(side))]


def _free(sort: str, across: tuple[float, float, float], up: tuple[float, float, float], true: float) -> Loop:
    """A ball, a half-round bump, a stud or a pin, by its *sort*: up the opening from its bottom to its neck, then the free shape.

    *across* is left, right and how far it may reach over each; *up* is bottom, neck and top. A ball without room for its height is smaller.
    """
    x0, x1, reach = across
    low, neck, high = up
    middle, half = (x0 + x1) / 2, (x1 - x0) / 2
    if sort == "pin":
        x2, x3 = middle - 0.6 * half, middle + 0.6 * half
        return [(x0, low), (x1, low), (x1, neck), (x3, neck), (x3, high), (x2, high), (x2, neck), (x0, neck)]
    if sort == "stud":
        return _stud(middle, min(half, STUD / 2 * (high - low) / true), low, high)
    free = (high - neck) / true
    radius = (free * free + half * half) / (2 * free)  # of the circle through both sides of the neck and the top
    if free > half:
        radius = half if sort == "bump" else min(radius, half + max(reach, 0.0))
    start = -acos(half / radius) if free > half else acos(half / radius)
    foot = high - radius * true if free > half and sort == "bump" else neck  # a tall bump has upright sides
    turn = [start + (pi - 2 * start) * k / ROUND for k in range(ROUND + 1)]
    return [(x0, low), (x1, low), *((middle + radius * cos(t), foot + radius * (sin(t) - sin(start)) * true) for t in turn)]


def _stud(middle: float, half: float, low: float, high: float) -> Loop:
    """The ball of a wire, pressed flat on its pad, and above it the tail where the wire was torn off."""
    right = [(0.8, 0.0), (1.0, 0.12), (1.0, 0.36), (0.85, 0.48), (0.4, 0.56), (0.32, 0.86), (0.16, 1.0)]
    up = [(middle + half * x, low + (high - low) * y) for x, y in right]
    return [*up, *((2 * middle - x, y) for x, y in reversed(up))]


WALL = 0.22
"""Drawn width of a film on the wall of a hole, as a share of the hole's."""


def _walls(cell: Cell, x: Sequence[float]) -> Iterator[tuple[str, list[Loop]]]:
    """What a conformal film has on each wall, where it lies deeper in one column than in its neighbour: it goes on from one to the other."""
    for i, pair in enumerate(pairwise(cell.after.columns)):
        for films in product(pair[0].stack, pair[1].stack):
            if not films[0].part or films[0].part != films[0].by or replace(films[0], bottom=0.0, top=0.0) != replace(films[1], bottom=0.0, top=0.0):
                continue
            low, high = sorted(films, key=lambda film: film.bottom)
            if low.top <= high.bottom + EPS:
                deep, ends = (high, (low.bottom, high.bottom)) if cell.over else (low, (low.top, high.top))
                reach = WALL * (pair[1].width if deep is films[1] else -pair[0].width)
                left, right = sorted((x[i + 1], x[i + 1] + reach))
                yield deep.material, [_box(left, right, cell.heights.at(ends[0]), cell.heights.at(ends[1]))]


def _torn(x: float, inwards: float, made: Drawing) -> Loop:
    """The white edge that says: the panel goes on here."""
    tooth, deep = made.full / 16, inwards * made.width / 120
    zigzag = [(x + deep * (1 + k % 2), k * tooth) for k in range(-1, int(made.height / tooth) + 2)]
    outside = x - 2 * deep
    return [(outside, zigzag[0][1]), *zigzag, (outside, zigzag[-1][1])]


def _dies(cell: Cell, x: Sequence[float], made: Drawing) -> None:
    """A bold line on each active surface, open at the pads, and the die's name in its middle."""
    for name, group in groupby(enumerate(cell.after.columns), key=lambda pair: pair[1].die):
        bodies = [(i, slab) for i, column in group for slab in column.stack
                  if name in cell.after.dies and slab.part == name and not any(other.pad for other in column.stack)]
        if bodies:
            _die(cell, name, bodies, x, made)


def _die(cell: Cell, name: str, bodies: Sequence[tuple[int, Slab]], x: Sequence[float], made: Drawing) -> None:
    """One die by its *bodies*, the slabs beside its pads."""
    least = cell.heights.least
    for i, slab in bodies:
        low, high = cell.heights.at(slab.bottom), cell.heights.at(slab.top)
        bold = min(1.2 * least, (high - low) / 3)
        made.active.append(_box(x[i], x[i + 1], high - bold, high) if slab.face == "up" else _box(x[i], x[i + 1], low, low + bold))
    left, right = x[bodies[0][0]], x[bodies[-1][0] + 1]
    first = bodies[0][1]
    low, high = cell.heights.at(first.bottom), cell.heights.at(first.top)
    aside = 0.6 * least * (-1 if first.face == "up" else 1)  # into the middle of what the bold line leaves
    made.names.append(Name(name, f"{first.top - first.bottom:.4g} µm", first.material, (left + right) / 2, (low + high) / 2 + aside,
                           right - left, high - low - 1.2 * least))


def _changes(cell: Cell, before: Section, grid: Grid, made: Drawing) -> None:
    """What is there now and was not, and what was there and is no more; round things as round lines."""
    old, new = _filled(before, cell, grid, cell.shift), _filled(cell.after, cell, grid, 0.0)
    there = {(i, slab.part) for i, column in enumerate(before.columns) for slab in column.stack if is_round(slab, cell.points)}
    made.added = grid.lines(square for square, what in new.items() if old.get(square) != what)
    made.ringed = [rounded(cell, i, slab) for i, column in enumerate(cell.after.columns) for slab in column.stack
                   if is_round(slab, cell.points) and (i, slab.part) not in there]
    made.removed = grid.lines(square for square in old if square not in new)


def _marked(cell: Cell, grid: Grid, made: Drawing) -> None:
    """The layers that another flow has not, or has otherwise."""
    there = [(i, slab) for i, column in enumerate(cell.after.columns) for slab in column.stack if mark(slab) in cell.marked]
    made.added = grid.lines((i, j) for i, slab in there if not is_round(slab, cell.points) for j in grid.rows(slab.bottom, slab.top))
    made.ringed = [rounded(cell, i, slab) for i, slab in there if is_round(slab, cell.points)]


def _filled(section: Section, cell: Cell, grid: Grid, shift: float) -> dict[Square, tuple[str, str]]:
    """Material and part in every square of the grid; what is drawn round is left out."""
    return {(i, j): (slab.material, slab.part) for i, column in enumerate(section.columns) for slab in column.stack
            if not is_round(slab, cell.points) for j in grid.rows(slab.bottom + shift, slab.top + shift)}

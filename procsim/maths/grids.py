"""Counts the equal rectangles of a grid that fit inside a circle: packages on a round carrier, dies on a wafer.

The rule: a rectangle counts that lies inside the usable circle with all four corners; one that touches it is inside. The street beside a
rectangle may hang over the rim. The grid is one that a saw can cut, so all rows and all columns go straight across, and it may be shifted:
its offset, two numbers, is the one that holds most. Where that is no better than to lie evenly about the middle, it lies so.

A grid can be pushed, without losing a rectangle, until a corner touches the rim. For one offset across the columns the offset along them
is found among those at which that is so (``_along``). The offset across them is halved in on: a stretch of offsets is given up where even columns
that were each as near to the middle as the stretch lets them be would hold no more than the best grid so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from procsim.maths.arrays import Floats

TOUCH = 1e-9
"""A corner that is so little outside, in mm, touches the rim."""
FINEST = 1e-9
"""Stretches of offsets that are shorter, in mm, are not halved again."""
MOST_COLUMNS = 100_000
"""A grid of more is refused: a size is in a wrong unit."""
MOST_WORK = 4_000_000
"""Columns that are looked at, over all offsets, before the best grid so far is taken: beyond 10 000 columns it may not be the very best."""


@dataclass(frozen=True, slots=True)
class Grid:
    """So many rectangles (*count*), with the places *across* and *along* the columns at which centres stand, in mm from the middle of the circle: of
    those columns and rows alone that are used."""

    count: int
    across: tuple[float, ...]
    along: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rectangles of *width* by *length* in steps of *pitch* across and *step* along the columns, in a circle of *radius*; all in mm."""

    radius: float
    width: float
    length: float
    pitch: float
    step: float

    def columns(self, offset: Floats) -> Floats:
        """Where columns may stand, (K, n), if one of them stands at each *offset* (K,)."""
        n = int(self.radius / self.pitch) + 1
        return np.asarray(offset[:, None] + self.pitch * np.arange(-n, n + 1))

    def reach(self, columns: Floats, nearer: float = 0.0) -> Floats:
        """How far from the middle line centres may stand in *columns*, if each column stood so much *nearer* to the middle. Below 0: nowhere."""
        far = np.maximum(np.abs(columns) - nearer, 0.0) + self.width / 2
        return np.asarray(np.sqrt(np.maximum((self.radius - far) * (self.radius + far), 0.0)) - self.length / 2 + TOUCH)

    def held(self, reach: Floats, offset: float) -> Floats:
        """How many rectangles each column holds, with a row at *offset*."""
        inside = np.floor((reach - offset) / self.step) + np.floor((reach + offset) / self.step) + 1
        return np.where(reach >= 0, np.maximum(inside, 0.0), 0.0)


def best_grid(radius: float, width: float, length: float, street: float) -> Grid:
    """The grid of rectangles, *street* apart, of which most lie inside a circle of *radius*; all are in mm.

    Raises ValueError where that would be more than ``MOST_COLUMNS`` columns."""
    return _best(float(radius), float(width), float(length), float(street))


@lru_cache(maxsize=256)
def _best(radius: float, width: float, length: float, street: float) -> Grid:
    cells = _Cells(radius, width, length, width + street, length + street)
    refuse_too_fine(radius, cells.pitch, cells.step)
    even = [(x, y) for x in (0.0, cells.pitch / 2) for y in (0.0, cells.step / 2)]
    grids = [_laid(cells, x, y) for x, y in even]
    best = max(grids, key=lambda grid: grid.count)
    better = _search(cells, best.count)
    return best if better is None else _laid(cells, *better)


def refuse_too_fine(radius: float, pitch: float, step: float) -> None:
    """Raises ValueError where a circle of *radius* takes more than ``MOST_COLUMNS`` steps across it."""
    if 2 * radius > MOST_COLUMNS * min(pitch, step):
        raise ValueError(f"a circle of {2 * radius:g} mm holds more than {MOST_COLUMNS} of {min(pitch, step):g} mm in a row: "
                         "a size is in another unit")


def _laid(cells: _Cells, x: float, y: float) -> Grid:
    """The grid with a rectangle's centre at (*x*, *y*)."""
    columns = cells.columns(np.array([x]))[0]
    reach = cells.reach(columns)
    held = cells.held(reach, y)
    used = columns[held > 0]
    rows = y + cells.step * np.arange(-int(cells.radius / cells.step) - 1, int(cells.radius / cells.step) + 2)
    return Grid(int(held.sum()), tuple(used.tolist()), tuple(rows[np.abs(rows) <= reach.max()].tolist()) if used.size else ())


def _search(cells: _Cells, best: int) -> tuple[float, float] | None:
    """The offset of a grid that holds more than *best* and no less than any other; None where there is none. A mirrored grid holds as much, so that
    only half a pitch has to be searched."""
    found, work = None, 0
    half = cells.pitch / 8
    middle = half * np.array([1.0, 3.0])
    while middle.size and half > FINEST:
        columns = cells.columns(middle)
        work += 2 * columns.size
        if work > MOST_WORK:
            break
        count, along = _along(cells, cells.reach(columns))
        k = int(count.argmax())
        if count[k] > best:
            best, found = int(count[k]), (float(middle[k]), float(along[k]))
        bound, _ = _along(cells, cells.reach(columns, half))
        middle = middle[bound > best]
        half /= 2
        middle = np.concatenate([middle - half, middle + half])
    return found


def _along(cells: _Cells, reach: Floats) -> tuple[Floats, Floats]:
    """The most that columns with such a *reach* (K, n) hold together, (K,), and the offset along them, from 0 to half a step, at which they do.

    A column of reach h, with 2h = m·step + rest, holds m or, where the offset suits it, m + 1: where m is even, at offsets up to rest/2; where m is
    odd, from (step - rest)/2 on. So the best offset is found by counting the ends of these stretches in order."""
    there = reach >= 0
    least = np.where(there, np.floor(2 * reach / cells.step), 0.0)
    spare = reach - least * cells.step / 2
    even, odd = there & (least % 2 == 0), there & (least % 2 == 1)
    ends = np.where(even, spare, np.where(odd, cells.step / 2 - spare, np.inf))
    order = np.argsort(ends, axis=1, kind="stable")
    ends = np.pad(np.take_along_axis(ends, order, axis=1), ((0, 0), (1, 1)), constant_values=((0, 0), (0.0, np.inf)))
    more = np.pad(np.cumsum(np.take_along_axis(odd.astype(int) - even, order, axis=1), axis=1), ((0, 0), (1, 0)))
    at = more.argmax(axis=1)[:, None]
    low, high = np.take_along_axis(ends, at, axis=1), np.minimum(np.take_along_axis(ends, at + 1, axis=1), cells.step / 2)
    most = least.sum(axis=1) + even.sum(axis=1) + np.take_along_axis(more, at, axis=1)[:, 0]
    return most, ((low + high) / 2)[:, 0]

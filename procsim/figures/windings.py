"""Finds where a turn of a winding leaves the plane of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from procsim.figures.cells import Cell
from procsim.figures.outline import Loop
from procsim.section.section import EPS, Column, Section


def turned(section: Section) -> list[int]:
    """The columns between the two vias of a turn of a winding."""
    def via(column: Column) -> bool:
        return column.region == "passive" and any(mask.startswith("via") for mask in column.masks)

    columns = section.columns
    return [i for i in range(1, len(columns) - 1) if via(columns[i - 1]) and via(columns[i + 1]) and columns[i].passive == columns[i - 1].passive
            and len(own(section, i)) > 1]


def own(section: Section, i: int) -> list[tuple[float, float]]:
    """From where to where the pieces of a passive lie in column *i*, from the bottom up: what no column without a mask has."""
    common = {(slab.material, slab.part) for column in section.columns if column.masks == {"rim"} for slab in column.stack}
    found: list[tuple[float, float]] = []
    for slab in section.columns[i].stack:
        if (slab.material, slab.part) not in common:
            joins = found and abs(found[-1][1] - slab.bottom) <= EPS
            found[-1:] = [(found[-1][0], slab.top)] if joins else [*found[-1:], (slab.bottom, slab.top)]
    return found


def breaks(cell: Cell, x: Sequence[float]) -> list[Loop]:
    """A cut for every turn of a winding; *x* is where columns begin."""
    return [_break(cell, i, x) for i in turned(cell.after)]


def _break(cell: Cell, i: int, x: Sequence[float]) -> Loop:
    """A slanting cut through the upper strip of the turn that column *i* is the middle of."""
    bottom, top = own(cell.after, i)[-1]
    low, high, wide = cell.heights.at(bottom), cell.heights.at(top), (x[i + 1] - x[i]) / 5
    left = x[i + 1] - 2.2 * wide
    return [(left, low), (left + wide, low), (left + 1.8 * wide, high), (left + 0.8 * wide, high)]

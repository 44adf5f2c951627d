"""Turns a cell into what one picture shows: one unit or two, as it stands in the line or as it is mounted, its balls to scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from procsim.figures.cells import Cell
from procsim.figures.heights import Heights
from procsim.figures.streets import EDGE
from procsim.section.build import Row
from procsim.section.section import upside_down

MOST = 0.45
"""The share of a picture's width that bonding points may take; where they would take more, the picture is drawn flatter."""
FLATTEST = 0.25
"""Height over width of the flattest picture, on paper; where that is not enough, openings are drawn narrower than they are."""


def one(cell: Cell) -> Cell:
    """One unit with its streets at both sides as far as they are cut."""
    return fitted(cell)


def two(cell: Cell, more: float = 0.0) -> Cell:
    """Two units with the street between them; the streets at the picture's edges are drawn by *more* wider than they are cut."""
    def row(single: Row) -> Row:
        rim = replace(single[0], width=single[0].width + more)
        return (rim, *single[1:], *single[1:-1], rim)

    return fitted(_with_rows(cell, row))


def alone(cell: Cell) -> Cell:
    """One package without the street round it, compared with nothing; once it is cut out, with what is left of the street."""
    left = () if cell.after.singulated else (EDGE,)
    return fitted(_with_rows(replace(cell, before=None), lambda row: tuple(column for column in row[1:-1] if column.region not in left)))


def _with_rows(cell: Cell, change: Callable[[Row], Row]) -> Cell:
    return replace(cell, after=replace(cell.after, columns=change(cell.after.columns)),
                   before=replace(cell.before, columns=change(cell.before.columns)) if cell.before is not None else None)


def mounted(cell: Cell) -> Cell:
    """As the package lies on its board, terminals down; what lies that way already stays as it is."""
    if not cell.upside:
        return cell
    before = cell.before
    top = max(cell.after.top, before.top + cell.shift if before is not None else 0.0)
    return replace(cell, after=upside_down(cell.after, top), heights=cell.heights.upside_down(top), shift=0.0, upside=False, over=not cell.over,
                   before=upside_down(before, top, cell.shift) if before is not None else None)


def fitted(cell: Cell) -> Cell:
    """With every bonding pad's opening as wide as it is beside the height of its ball, on paper: so a ball is round and to scale.

    A ball of height h on an opening of half width a has the diameter h + a²/h. Where all is to scale, the picture is as tall as it is.
    """
    known, full = cell.flow.known, cell.heights.full
    if known.to_scale:
        return replace(cell, stretch=full / sum(column.width for column in cell.after.columns))
    count = sum("bonding_pad" in column.masks for column in cell.after.columns)
    if not known.point_um or not cell.flow.tall or not count:
        return cell
    wide = known.pad_um / known.point_um
    share = cell.flow.tall / full
    stretch = min(cell.stretch, max(MOST / (count * share * max(wide, 1.0 + wide * wide / 4)), FLATTEST))
    rest = sum(column.width for column in cell.after.columns if "bonding_pad" not in column.masks)
    own = min(wide * share * stretch, MOST / count)
    opening = own * rest / (1.0 - count * own)
    return replace(_with_rows(cell, lambda row: tuple(replace(c, width=opening) if "bonding_pad" in c.masks else c for c in row)), stretch=stretch)


FLAT = 0.3
"""Height over width of a close picture, on paper."""


def close(cell: Cell, names: frozenset[str]) -> Cell:
    """The columns of the passives *names* with two neighbours at each side, from the lowest film of the thin-film circuit up."""
    columns = cell.after.columns
    own = [i for i, column in enumerate(columns) if column.passive in names]
    seen = range(max(min(own) - 2, 0), min(max(own) + 3, len(columns)))
    return _window(cell, seen, min((s.bottom for i in seen for s in columns[i].stack if s.by in cell.flow.layer), default=0.0), FLAT)


def _window(cell: Cell, seen: range, floor: float, stretch: float) -> Cell:
    """The columns *seen* from the height *floor* up, as tall on paper as *stretch* says, compared with nothing."""
    kept = [height for height in cell.heights.levels if floor < height < cell.after.top]
    base, full = cell.heights.at(floor), cell.heights.at(cell.after.top) - cell.heights.at(floor)
    heights = Heights((0.0, *(height - floor for height in kept), cell.after.top - floor),
                      (0.0, *(cell.heights.at(height) - base for height in kept), full), full, cell.heights.least)

    def lowered(row: Row) -> Row:
        return tuple(replace(c, stack=tuple(replace(s, bottom=max(s.bottom, floor) - floor, top=s.top - floor) for s in c.stack if s.top > floor))
                     for c in row[seen.start : seen.stop])

    return replace(_with_rows(replace(cell, before=None), lowered), heights=heights, stretch=stretch, flow=replace(cell.flow, tall=0.0))

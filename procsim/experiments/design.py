"""Lists the points of a study without holding them: the lines of a file of points, each with every point of a grid."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from procsim.errors import Problem, RecipeError
from procsim.experiments.vary import MOST_POINTS, Axis
from procsim.recipe.points_file import PointsFile, is_number

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """*rows* of values under *heads*, each with every point of the grid of *axes*, the last of which goes fastest. *numeric* says which columns hold
    nothing but numbers."""

    heads: tuple[tuple[str, ...], ...]
    rows: Sequence[Cells]
    axes: tuple[Axis, ...]
    numeric: tuple[bool, ...]

    @cached_property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        """The addresses of each column."""
        return (*self.heads, *(axis.addresses for axis in self.axes))

    @property
    def names(self) -> tuple[str, ...]:
        """What heads each column."""
        return tuple(",".join(addresses) for addresses in self.columns)

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Every address that is varied."""
        return tuple(address for column in self.columns for address in column)

    @cached_property
    def dimensions(self) -> tuple[int, ...]:
        """The column that stands for each dimension: of the rows, the first that tells them apart (without one, the first of all), then each axis."""
        rows: tuple[int, ...] = ()
        if len(self.rows) > 1:
            apart = (n for n in range(len(self.heads)) if len({row[n] for row in self.rows}) == len(self.rows))
            rows = (next(apart, 0),)
        return (*rows, *(n for n, axis in enumerate(self.axes, len(self.heads)) if len({*axis.values}) > 1))

    def label(self, n: int) -> str:
        """Column *n* for a reader: addresses of one thing share what is the same."""
        first, *more = self.columns[n]
        stem = first.rpartition(".")[0] + "."
        return ", ".join([first, *(one.removeprefix(stem) for one in more)])

    def __len__(self) -> int:
        found = len(self.rows)
        for axis in self.axes:
            found *= len(axis.values)
        return found

    def cells(self, i: int) -> Cells:
        """What stands in each column at point *i*, from 0."""
        found: list[str] = []
        for axis in reversed(self.axes):
            i, at = divmod(i, len(axis.values))
            found.append(axis.values[at])
        return (*self.rows[i], *reversed(found))

    def values(self, cells: Cells) -> dict[str, str]:
        """What stands at each address there; an empty cell leaves what the recipe has."""
        return {address: cell for column, cell in zip(self.columns, cells, strict=True) if cell for address in column}

    def digest(self) -> str:
        """A hash of all points, in their order."""
        made = hashlib.sha256(json.dumps([self.heads, [[a.addresses, a.values] for a in self.axes]]).encode())
        for row in self.rows:
            made.update(json.dumps(row).encode())
        return made.hexdigest()[:16]


def design(axes: Sequence[Axis], points: PointsFile | Sequence[Mapping[str, object]] | None = None) -> Design:
    """The design of *axes* and *points*, lines of a file or mappings of addresses to values. Raises RecipeError where there are none or too many of
    them, or where two set the same address."""
    heads, rows, numeric = _rows(points)
    made = Design(heads, rows, tuple(axes), (*numeric, *(all(map(is_number, axis.values)) for axis in axes)))
    if not made.columns:
        raise _wrong("nothing is varied: give --vary ADDRESS=1,2,3, or --points FILE.csv")
    for n, address in enumerate(made.addresses):
        if address in made.addresses[:n]:
            raise _wrong(f"'{address}' is varied twice")
    if not 1 <= len(made) <= MOST_POINTS:
        raise _wrong(f"{len(made):,} points; there may be from 1 to {MOST_POINTS:,}".replace(",", "\u202f"))
    return made


def _rows(points: PointsFile | Sequence[Mapping[str, object]] | None) -> tuple[tuple[tuple[str, ...], ...], Sequence[Cells], tuple[bool, ...]]:
    if isinstance(points, PointsFile):
        return points.heads, points, points.numeric
    if not points:
        return (), ((),), ()
    names = list(dict.fromkeys(name for point in points for name in point))
    rows = [tuple(_cell(point.get(name)) for name in names) for point in points]
    numeric = tuple(all(is_number(cell) for cell in column if cell) for column in zip(*rows, strict=True))
    return tuple(tuple(part.strip() for part in name.split(",")) for name in names), rows, numeric


def _cell(value: object) -> str:
    """*value* as a cell; nothing where there is none, which is also what nan means."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def chunks(points: int, flows: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(flow, first point, number of points) of each part of the work: points that follow one another, of one flow."""
    for flow in range(flows):
        for first in range(0, points, size):
            yield flow, first, min(size, points - first)


def _wrong(message: str) -> RecipeError:
    return RecipeError(Problem(message))

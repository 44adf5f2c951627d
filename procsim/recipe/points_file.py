"""Reads a CSV file of points: each column an address, or several, each line what stands there at one point."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from procsim.errors import Place, RecipeError
from procsim.recipe.csv_files import cells_of, no_other_signs
from procsim.recipe.source import file_text, shown

MAX_BYTES = 500_000_000
MAX_LINES = 1_000_000
ADDRESS = re.compile(r"[^.\s,=]+(\.[^.\s,=]+)+")


@dataclass(frozen=True, slots=True, eq=False)
class PointsFile(Sequence[tuple[str, ...]]):
    """The lines of a CSV file of points, each a cell per column; an empty cell leaves what the recipe has. *heads* are the addresses of each column,
    which take its cell together, *numeric* says which columns hold nothing but numbers, and *places* where the heads are written. Only the *text*
    is held, with where each line *starts* in it."""

    heads: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    places: tuple[Place, ...]
    text: str
    starts: array[int]

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[str, ...]]: ...
    def __getitem__(self, at: int | slice) -> tuple[str, ...] | Sequence[tuple[str, ...]]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        begin = self.starts[at]
        end = self.text.find("\n", begin)
        return _plain(self.text[begin:end if end >= 0 else len(self.text)])


    def place(self, at: int) -> Place:
        """Where a line is written."""
        return Place(self.places[0].file, self.text.count("\n", 0, self.starts[at]) + 1, 1)

    def odd_words(self, most: int) -> list[tuple[int, int]]:
        """(line, column) of cells that are no number though others of their column are, the first of each word, *most* at most of a column."""
        found = []
        for n in (n for n, numeric in enumerate(self.numeric) if not numeric):
            words: dict[str, int] = {}
            numbers = False
            for at, row in enumerate(self):
                if row[n] and is_number(row[n]):
                    numbers = True
                elif row[n] and len(words) < most:
                    words.setdefault(row[n], at)
            found += [(at, n) for at in words.values()] if numbers else []
        return found


def points_file(path: Path) -> PointsFile:
    """Reads the file *path* and checks its form. Raises RecipeError with the file, line and column of what is wrong."""
    name = shown(path)
    text = file_text(path, "CSV file of points", MAX_BYTES).replace("\r\n", "\n")
    heads: tuple[tuple[str, ...], ...] = ()
    places: tuple[Place, ...] = ()
    numeric: list[bool] = []
    starts = array("q")
    begin, number = 0, 0
    while begin < len(text):
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        number += 1
        line = text[begin:end]
        if not line.strip():
            pass
        elif not heads:
            heads, places = _heads(line, Place(name, number, 1, line))
            numeric = [True] * len(heads)
        else:
            _check(line, Place(name, number, 1, line), len(heads), numeric)
            starts.append(begin)
        begin = end + 1
    if not starts:
        raise RecipeError.at(Place(name), "has no points: the first line names the addresses, the others hold a point each")
    if len(starts) > MAX_LINES:
        raise RecipeError.at(Place(name), f"has more than {MAX_LINES} points")
    return PointsFile(heads, tuple(numeric), places, text, starts)


def is_number(text: str) -> bool:
    """Whether a cell is a plain number."""
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _plain(line: str) -> tuple[str, ...]:
    """The cells of a line that was checked."""
    return tuple(cell.strip() for cell in (next(csv.reader([line], strict=True)) if '"' in line else line.split(",")))


def _heads(line: str, start: Place) -> tuple[tuple[tuple[str, ...], ...], tuple[Place, ...]]:
    """The addresses of each column. Raises RecipeError where one is none, or is written twice."""
    cells, places = cells_of(line, start)
    if len(cells) == 1:
        no_other_signs(start, 1)
    found: list[tuple[str, ...]] = []
    for cell, place in zip(cells, places, strict=True):
        addresses = tuple(part.strip() for part in cell.split(","))
        for n, address in enumerate(addresses):
            if not ADDRESS.fullmatch(address):
                raise RecipeError.at(place, f"'{address}' is not an address; a column is headed by what it sets, such as product.package.width_mm")
            if address in addresses[:n] or any(address in other for other in found):
                raise RecipeError.at(place, f"'{address}' is written twice")
        found.append(addresses)
    return tuple(found), tuple(places)


def _check(line: str, start: Place, columns: int, numeric: list[bool]) -> None:
    """Notes which columns stay *numeric*. Raises RecipeError where a line has other than so many *columns*, or sets nothing."""
    cells = [cell.strip() for cell in (cells_of(line, start)[0] if '"' in line else line.split(","))]
    if len(cells) != columns:
        no_other_signs(start, columns)
        raise RecipeError.at(start, f"{len(cells)} cell{'s' if len(cells) != 1 else ''} under {columns} column{'s' if columns != 1 else ''}")
    for i, cell in enumerate(cells):
        if numeric[i] and cell and not is_number(cell):
            numeric[i] = False

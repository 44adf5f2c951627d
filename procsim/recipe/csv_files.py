"""Reads the CSV files that a recipe names as if their lines stood in the recipe: each cell knows its file, line and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from procsim.errors import Place, RecipeError, did_you_mean
from procsim.recipe.edits import Draft
from procsim.recipe.expand import Expansion
from procsim.recipe.source import SHIPPED, file_text, plain_scalar, shown
from procsim.recipe.tree import Node

MAX_ROWS = 20_000
SCHEDULE = ("at_h", "stream", "product", "lots", "priority", "due_h")
"""Columns of a schedule; *stream* (or *product*) says which release stream a line is for."""
WIP = ("stream", "product", "step", "pass", "panels", "released_h", "priority", "due_h", "since_h", "remaining_h", "out_h", "tool", "done_by")
"""Columns of the lots that are in the line at time 0, one line each; *done_by* holds ``step=tool``, several apart by blanks."""
NAMES = ("stream", "product", "step")
"""Columns whose cells are names, also where they look like numbers."""


def inlined(made: Draft, expansion: Expansion, path: Path, start_wip: Path | None = None) -> Draft:
    """*made* with the schedules of its release streams, and the lots that it starts with, read in; *start_wip* is a file of such lots that the user
    names. Mistakes in a file join the problems of *expansion*."""
    sections = _with_wip(made.sections, expansion, path, start_wip)
    line = sections.get("line") or sections
    several = line.get("releases")
    streams = dict(several.mapping) if several is not None else {"main": line.mapping["release"]} if "release" in line.mapping else {}
    for name, stream in streams.items():
        written = stream.get("schedule")
        if written is None or not isinstance(written.value, str):
            continue
        rows: tuple[Node, ...] = ()
        try:
            lines = read_rows(written, SCHEDULE, expansion, path)
            rows = tuple(row.without("stream", "product") for row in lines if _meant(row, name, list(streams)))
            if not rows:
                raise RecipeError.at(written.place, f"'{written.value}' has no line for stream '{name}'", "schedule")
        except RecipeError as error:
            expansion.problems += error.problems
        rows = rows or (Node({"at_h": Node(0, written.place)}, written.place),)  # stands in for what could not be read: that is said already
        where = ["line", "releases", name] if several is not None else ["line", "release"]
        sections = _put(sections, [*where, "schedule"], Node(rows, written.place))
    return replace(made, sections=sections)


def _with_wip(sections: Node, expansion: Expansion, path: Path, given: Path | None) -> Node:
    """*sections* with the lots in the line at time 0 in place of the name of their file."""
    line = sections.get("line")
    written = line.get("start_wip") if line is not None else None
    if line is None or (given is None and (written is None or not isinstance(written.value, str))):
        return sections
    try:
        if given is not None:
            rows, place = rows_of(given, WIP, empty=True), Place("--start-wip")
        else:
            assert written is not None
            rows, place = read_rows(written, WIP, expansion, path, empty=True), written.place
    except RecipeError as error:
        expansion.problems += error.problems
        rows = []
    if not rows:  # a line that is empty, or a fault that is said already
        return sections.with_item("line", line.without("start_wip"), sections.place_of("line"))
    wip = Node(tuple(rows), place)
    return sections.with_item("line", line.with_item("start_wip", wip, place), sections.place_of("line"))


def _put(node: Node, path: Sequence[str], value: Node) -> Node:
    """*node* with *value* at *path*, where something stands already."""
    key = path[0]
    inner = value if len(path) == 1 else _put(node.mapping[key], path[1:], value)
    return node.with_item(key, inner, node.place_of(key))


def _meant(row: Node, name: str, streams: Sequence[str]) -> bool:
    """Whether a line is meant for the stream *name*: it says so, or it says nothing and there is only one stream."""
    given = row.get("stream") or row.get("product")
    if given is None:
        if len(streams) > 1:
            raise RecipeError.at(row.place, f"the line names no stream; this recipe has {', '.join(streams)}", "schedule")
        return True
    if given.value not in streams:
        raise RecipeError.at(given.place, f"no release stream '{given.value}'{did_you_mean(str(given.value), streams)}; "
                             f"this recipe has {', '.join(streams)}", "schedule")
    return given.value == name


def read_rows(written: Node, columns: Sequence[str], expansion: Expansion, path: Path, empty: bool = False) -> list[Node]:
    """The lines of the CSV file that *written* names, each a mapping of its cells; empty cells are left out. The file stands beside
    the one that names it, inside the recipe tree. Raises RecipeError with the file and line."""
    target = expansion.find(written, _beside(written.place, path))
    expansion.lines.add(target)
    try:
        file_text(target, _wanted(columns))
    except RecipeError as error:
        raise RecipeError.at(written.place, f"'{written.value}' {error.problems[0].message}") from None
    return rows_of(target, columns, empty)


def _wanted(columns: Sequence[str]) -> str:
    """What a user is to name where a file with these *columns* is read."""
    return "CSV file of lots in the line" if columns is WIP else "CSV file of releases"


def rows_of(target: Path, columns: Sequence[str], empty: bool = False) -> list[Node]:
    """The lines of the CSV file *target*, each a mapping of its cells; *empty* says whether the file may hold nothing but its heads. Raises
    RecipeError with the file and line."""
    name, lines = shown(target), file_text(target, _wanted(columns)).splitlines()
    if len(lines) > MAX_ROWS:
        raise RecipeError.at(Place(name), f"has more than {MAX_ROWS} lines")
    heads: list[str] = []
    found: list[Node] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        cells, places = cells_of(text, Place(name, number, 1, text))
        if not heads:
            heads = _heads(cells, places, columns)
            continue
        if len(cells) != len(heads):
            no_other_signs(places[0], len(cells))
            raise RecipeError.at(places[0], f"{len(cells)} cells under {len(heads)} columns")
        given = {head: (cell.strip(), place) for head, cell, place in zip(heads, cells, places, strict=True) if cell.strip()}
        items = {head: _cell(head, cell, place) for head, (cell, place) in given.items()}
        found.append(Node(items, places[0], {head: place for head, (_, place) in given.items()}))
    if not found and not (empty and heads):
        raise RecipeError.at(Place(name), "has no lines: the first names the columns, the others hold a line each")
    return found


def cells_of(text: str, start: Place) -> tuple[list[str], list[Place]]:
    """The cells of a line, and where each begins."""
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise RecipeError.at(start, f"this is no line of a CSV file: {error}") from None
    places, at = [], 0
    for cell in cells:
        places.append(replace(start, column=at + 1))
        quoted = text[at:at + 1] == '"'
        at += len(cell) + (2 + cell.count('"') if quoted else 0) + 1
    return cells, places


def no_other_signs(start: Place, cells: int) -> None:
    """Raises where a line of so many *cells* is separated by other signs than commas."""
    for sign, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if start.text.strip().count(sign) >= cells:
            raise RecipeError.at(start, f"{called} stand between the cells; write commas, and a point in numbers (1.5)")


def _heads(cells: Sequence[str], places: Sequence[Place], columns: Sequence[str]) -> list[str]:
    """The names of the columns. Raises RecipeError where one is none of *columns*, or where they are not separated by commas."""
    no_other_signs(places[0], len(cells))
    heads = [_column(cell.strip(), place, columns) for cell, place in zip(cells, places, strict=True)]
    for n, head in enumerate(heads):
        if head in heads[:n]:
            raise RecipeError.at(places[n], f"column '{head}' is written twice")
    return heads


def _cell(head: str, cell: str, place: Place) -> Node:
    """What a cell says."""
    if head in NAMES:
        return Node(cell, place)
    if head != "done_by":
        return Node(plain_scalar(cell, place), place)
    pairs = [pair.rpartition("=") for pair in cell.split()]
    if not all(step and number for step, _, number in pairs):
        raise RecipeError.at(place, f"done_by holds step=tool, several apart by blanks (got {cell!r})", "done_by")
    return Node({step: Node(plain_scalar(number, place), place) for step, _, number in pairs}, place)


def _column(word: str, place: Place, columns: Sequence[str]) -> str:
    if word not in columns:
        raise RecipeError.at(place, f"no column '{word}'{did_you_mean(word, columns)}; columns are {', '.join(columns)}")
    return word


def _beside(place: Place, path: Path) -> Path:
    """The file beside which a name written at *place* is looked for; for the command line, that is the recipe itself."""
    if place.file.startswith("flows:"):
        return SHIPPED / place.file.removeprefix("flows:")
    return Path(place.file) if Path(place.file).is_file() else path

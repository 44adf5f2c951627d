"""Relates the pictures of steps to the rows of the cost sheet: each leads to the other, with or without the page's script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from urllib.parse import quote

from markupsafe import escape

FRAME = re.compile(r'(?s)<g id="[^":]*cell:([^"]*)">(.*?)</g>')
"""The frame of a step's picture, as ``figures.section`` draws it."""
START = "start:"
"""How the name of the first cell begins, of the panel that comes in."""


def cells_of(svg: bytes, steps: Sequence[str], incoming: str) -> dict[str, str]:
    """The cell of the picture of all steps that each row of the cost sheet belongs to: that of the step itself, or of the last one before it that
    changes the shape. *incoming* is the row of what comes in. Nothing where the picture has no cells.

    >>> drawn = b'<g id="cell:start: panel"></g><g id="cell:grind"></g>'
    >>> cells_of(drawn, ["clean", "grind", "look"], "in")
    {'in': 'start: panel', 'clean': 'start: panel', 'grind': 'grind', 'look': 'grind'}
    """
    names = [unescape(name) for name, _ in FRAME.findall(svg.decode("utf-8", "replace"))]
    last = next((name for name in names if name.startswith(START)), "")
    found = {incoming: last} if last else {}
    for step in steps:
        last = step if step in names else last
        if last:
            found[step] = last
    return found


def linked(svg: str, cells: Mapping[str, tuple[str, str]]) -> str:
    """The picture of all steps as it stands in a page: each of its *cells* (row of the cost sheet, and what is said of it) leads to that row."""
    def link(match: re.Match[str]) -> str:
        name = unescape(match[1])
        if name not in cells:
            return ""
        row, said = cells[name]
        return f'<a class="cell" id="{escape(cell_id(name))}" href="#{quote(row_id(row))}"><title>{escape(said)}</title>{match[2].strip()}</a>'

    return FRAME.sub(link, svg)


def row_id(step: str) -> str:
    """The row of a *step*, as it is linked to."""
    return "row-" + step.replace(" ", "-")


def cell_id(name: str) -> str:
    """The cell of that *name*, as it is linked to."""
    return "cell-" + name.replace(" ", "-")

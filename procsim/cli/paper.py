"""Puts what is printed on paper of some width: folds tables that are too wide, or writes them as Markdown, and colours what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2
"""Spaces between columns."""
LEAST = 12
"""Letters of a column that are left where it shares a line with one that is too wide."""
WORDS = ((r"(?:^|(?<=: ))error(?=:)", "bold red"), (r"(?:^|(?<=: ))warning(?=:)", "bold yellow"))
"""What is coloured where news are read on a terminal."""


class Paper(Console):
    """A console whose tables fit its width or, on *markdown*, are written as such; what begins as an error or a warning is *coloured* so."""

    def __init__(self, markdown: bool = False, coloured: bool = False, **how: Any) -> None:
        super().__init__(**how)
        self._markdown, self._coloured = markdown, coloured

    def print(self, *objects: Any, **how: Any) -> None:
        for one in objects or ("",):
            for line in self._laid_out(one):
                super().print(line, **how)

    def _laid_out(self, one: object) -> Iterator[object]:
        if isinstance(one, Table):
            yield from (["", markdown(one), ""] if self._markdown else folded(one, self.width))
        elif isinstance(one, str) and self._coloured:
            text = Text(one)
            for pattern, style in WORDS:
                text.highlight_regex(pattern, style)
            yield text
        elif isinstance(one, str) and self._markdown:
            yield "\n".join(escaped(line) + "  " for line in one.split("\n")).rstrip()
        else:
            yield one


def folded(made: Table, width: int) -> list[Table | str]:
    """*made* as it is where it fits into *width* letters; else in pieces, one below the other, each with the first column."""
    widths = [max(map(cell_len, (str(column.header), *map(str, column.cells)))) for column in made.columns]
    if not widths or sum(widths) + GAP * (len(widths) - 1) <= width:
        return [made]
    key = min(widths[0], max(width - GAP - min(max(widths[1:], default=0), width // 2), LEAST))
    found: list[Table | str] = []
    for picks in _pieces(widths, key, width):
        found += [_piece(made, [0, *picks], [key, *(min(widths[i], width - GAP - key) for i in picks)]), ""]
    return found[:-1]


def _pieces(widths: Sequence[int], key: int, width: int) -> Iterator[list[int]]:
    """Which columns stand beside the first one, piece by piece."""
    picks: list[int] = []
    left = width - key
    for i, each in enumerate(widths[1:], start=1):
        if picks and each + GAP > left:
            yield picks
            picks, left = [], width - key
        picks.append(i)
        left -= each + GAP
    yield picks


def _piece(made: Table, picks: Sequence[int], widths: Sequence[int]) -> Table:
    """The columns *picks* of *made*, each in so many letters; what is longer goes on in the next line."""
    found = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for i, width in zip(picks, widths, strict=True):
        found.add_column(str(made.columns[i].header), justify=made.columns[i].justify, width=width, overflow="fold")
    for row in zip(*(made.columns[i].cells for i in picks), strict=True):
        found.add_row(*row)
    return found


def markdown(made: Table) -> str:
    """*made* as GitHub's Markdown has tables."""
    heads = [str(column.header) for column in made.columns]
    marks = [":--" if column.justify == "left" else "--:" for column in made.columns]
    rows = [[str(cell) for cell in row] for row in zip(*(column.cells for column in made.columns), strict=True)]
    lines = [[*map(escaped, heads)], marks, *([*map(escaped, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """*text* as text in Markdown, whatever stands in it: no link, no tag, no column."""
    return re.sub(r"([\\`*<>\[\]|#&~]|(?<!\w)_|_(?!\w))", r"\\\1", text.replace("\n", " "))

"""Writes one sheet: texts as texts, numbers in their formats, formulas with their values, and a layout that can be printed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

BASE = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
STYLES: dict[str, dict[str, object]] = {
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True, "font_color": "#595959"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#E8EEF4"},
    "head unit": {"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#E8EEF4", "indent": 1},
    "text": {}, "wrap": {"text_wrap": True}, "unit": {"align": "left", "indent": 1}, "key": {"align": "center", "font_color": "#595959"},
    "sum": {"bold": True, "top": 1},
    "usd": {"num_format": "#,##0.0000"}, "sum usd": {"bold": True, "top": 1, "num_format": "#,##0.0000"},
    "share": {"num_format": "0.0 %"}, "yield": {"num_format": "0.000 %"}, "count": {"num_format": "#,##0"}, "amount": {"num_format": "0.0000E+00"},
    "number": {"num_format": "[>=1000]#,##0;[>=10]0.00;0.0000"}, "general": {"num_format": "[>=1000]#,##0;General", "align": "right"},
    "input": {"num_format": "[>=1000]#,##0;General", "align": "right", "bg_color": "#FFF8DC", "font_color": "#0000C0", "border": 1,
              "border_color": "#BFBFBF"},
}
"""What cells look like, by name. What may be changed is blue on yellow."""
LEFT = ("text", "wrap", "unit")
"""Styles of words; heads over all others stand to the right."""
HIGH = 13.5
"""Height of a line of text, points."""
PLAIN = ("text", "wrap", "unit")
"""Styles of which nothing is seen in an empty cell."""
LONGEST = 32_767
"""Letters that a cell holds at most."""
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What no file can hold: halves of characters (bytes of a name that is no text), and what is no character."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and the *value* that it has."""

    text: str
    value: float


Cell = str | float | int | Formula | None


class Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book, self._made = book, dict[str, Format]()

    def __getitem__(self, name: str) -> Format:
        if name not in self._made:
            over = {"align": "right"} if name.endswith(" right") else {}
            self._made[name] = self._book.add_format({**BASE, **STYLES[name.removesuffix(" right")], **over})
        return self._made[name]


class Sheet:
    """A sheet under construction: a *title* and *notes* in its first rows, then what is put below, row by row; the next free one is *row*."""

    def __init__(self, book: Workbook, styles: Styles, name: str, title: str, notes: Sequence[str] = ()) -> None:
        self._styles, self.row = styles, 0
        self._widths: tuple[float, ...] = ()
        self.made: Worksheet = book.add_worksheet(name)
        self.line([title], "title")
        for note in notes:
            self.line([note], "note")
        self.row += 1
        self._on_paper()

    def _on_paper(self) -> None:
        self.made.set_landscape()
        self.made.set_paper(9)  # A4
        self.made.fit_to_pages(1, 0)
        self.made.set_margins(0.4, 0.4, 0.5, 0.6)
        self.made.set_footer("&L&8&F – &A&R&8&P / &N")
        self.made.hide_gridlines(2)

    def widths(self, *widths: float) -> None:
        """Widths of the columns, in letters."""
        self._widths = widths
        for column, width in enumerate(widths):
            self.made.set_column(column, column, width)

    def head(self, names: Sequence[str], below: Sequence[str], freeze: int = 1) -> None:
        """The names of columns, over cells of the styles *below*; they, and so many columns at the left, stay in sight, and are repeated on paper."""
        self.heads(names, below)
        self.made.freeze_panes(self.row, freeze)
        self.made.repeat_rows(self.row - 1)

    def heads(self, names: Sequence[str], below: Sequence[str]) -> None:
        """The names of columns alone."""
        self.line(names, ["head unit" if style == "unit" else "head" if style in LEFT else "head right" for style in below])

    def line(self, cells: Sequence[Cell], style: str | Sequence[str] = "text") -> None:
        """A row of *cells*, in one style or one each; as high as its texts are long."""
        lines = 1
        for column, cell in enumerate(cells):
            look = style if isinstance(style, str) else style[column]
            self.put(self.row, column, cell, look)
            if isinstance(cell, str) and look in ("wrap", "head", "head unit", "head right") and column < len(self._widths):
                lines = max(lines, _lines(cell, self._widths[column]))
        if lines > 1:
            self.made.set_row(self.row, HIGH * lines)
        self.row += 1

    def put(self, row: int, column: int, cell: Cell, style: str) -> None:
        """One cell. A text is a text, whatever it begins with; what is no number is left empty."""
        if cell is None or (cell == "" and style in PLAIN):
            return
        look = self._styles[style]
        if isinstance(cell, Formula):
            self.made.write_formula(row, column, cell.text, look, cell.value if math.isfinite(cell.value) else "")
        elif isinstance(cell, str):
            self.made.write_string(row, column, fit(cell), look)
        elif math.isfinite(cell):
            self.made.write_number(row, column, cell, look)


def _lines(text: str, width: float) -> int:
    """How many lines *text* takes in a column of that *width*, or one more."""
    lines, left = 1, width
    for word in text.split(" "):
        if len(word) > left and left < width:
            lines, left = lines + 1, width
        lines, left = (lines + int(len(word) // width), left - len(word) % width - 1)
    return lines


def fit(text: str) -> str:
    """*text* as a cell can hold it."""
    return NO_XML.sub("\ufffd", text)[:LONGEST]


def plain(value: Any) -> Cell:
    """What stands in a table as a cell."""
    if hasattr(value, "item"):  # of numpy
        value = value.item()
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else "" if value is None else str(value)

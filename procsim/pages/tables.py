"""Makes blocks of tables: any DataFrame as one, and the summary with the unit of every figure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from procsim.pages.content import Cell, Column, TableBlock
from procsim.pages.words import FIGURES, MIXED, OF_FIGURES, column, is_share, plain, significant

MOST = 600
"""Rows of a table that a page holds."""
LAST = ("provenance", "source", "written_at", "edited_at", "why")
"""Columns of words, which come behind all numbers unless a page says where: a window of middle width shows what a row is about."""


def table(name: str, found: pd.DataFrame, caption: str, columns: Sequence[str] = (), note: str = "", shown: int = 12,
          extra: Mapping[str, tuple[Column, list[Cell]]] | None = None, shades: Sequence[tuple[str, str]] = (),
          heads: Mapping[str, Column] | None = None) -> TableBlock:
    """The table *found* of the file *name*.csv: its *columns*, in that order, or all that hold something, under *heads* of their own where they have
    some; *extra* columns come after the first, and *shades* name the colours of their bars. A share of the whole has a bar."""
    if len(found) > MOST:
        note = f"The first {MOST} of {len(found):,} rows; all of them are in the file. {note}".replace(",", "\u202f").strip()
        found = found.head(MOST)
    said = [str(one) for one in found if _says(found[one])]
    names = [one for one in columns if one in said] or sorted(said, key=lambda one: one in LAST)
    mixed = bool(FIGURES & {*found.columns}) and "unit" in found
    found = in_percent(found) if mixed else found
    made = [_barred(one, *column(one, found[one].tolist(), mixed)) for one in names]
    made = [((heads or {}).get(one, head), cells) for one, (head, cells) in zip(names, made, strict=True)]
    made[1:1] = list((extra or {}).values())
    rows = [list(cells) for cells in zip(*(cells for _, cells in made), strict=True)]
    seen = shown if len(rows) > shown + 3 else len(rows)
    return TableBlock(anchor(name), caption, [head for head, _ in made], rows, f"{name}.csv", note, shades, seen)


def _barred(name: str, head: Column, cells: list[Cell]) -> tuple[Column, list[Cell]]:
    """A column with a bar in each cell where it holds shares of a whole, the largest as long as there is room."""
    values = [float(cell.key) if cell.key else 0.0 for cell in cells] if name == "share" and head.numbers else []
    most = max(values, default=0.0)
    return head, [replace(cell, bar=100.0 * max(value, 0.0) / most) for cell, value in zip(cells, values, strict=True)] if most > 0 else cells


def in_percent(found: pd.DataFrame) -> pd.DataFrame:
    """A table of a figure a row in which those that are shares of 1 are in percent."""
    name = next(one for one in ("metric", "figure") if one in found)
    rows = (found[name].astype(str).map(is_share) | (found[name] == "overloaded")) & (found["unit"] == "1")
    if not rows.any():
        return found
    numbers = [one for one in found.columns if one in MIXED | OF_FIGURES and pd.api.types.is_numeric_dtype(found[one])]
    told = found.assign(**{one: found[one].astype(float).where(~rows, 100.0 * found[one].astype(float)) for one in numbers})
    return told.assign(unit=told["unit"].where(~rows, "%"))


def _says(values: pd.Series) -> bool:
    """Whether anything stands in a column."""
    return bool((values.notna() & (values.astype(str) != "")).any())


def most(found: pd.DataFrame, values: pd.Series[float]) -> pd.Series[Any]:
    """The row of *found* that has the largest of *values*; what is no number is the least."""
    return found.iloc[int(values.fillna(float("-inf")).to_numpy().argmax())]


def anchor(name: str) -> str:
    """*name* as an id."""
    return "t-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def figures(found: pd.DataFrame, caption: str, name: str = "summary") -> TableBlock:
    """A summary, a figure a row: its mean with its unit, and, where that says more, its interval and the closed form."""
    found = in_percent(found)
    sure, known = found["ci_high"] > found["ci_low"], (found["expected"] - found["mean"]).abs() > 1e-9 * found["mean"].abs()
    columns = [Column("figure"), Column("mean", "", True), Column("unit"), Column("from", "", True), Column("to", "", True),
               Column("closed form", "", True), Column("note")]
    rows = []
    for row, interval in zip(found.to_dict("records"), sure.tolist(), strict=True):
        about = "≈ " if row.get("expected_is") == "estimate" and row["expected"] == row["expected"] else ""
        rows.append([Cell(plain(str(row["metric"]))), _number(row["mean"]), Cell("" if row["unit"] == "1" else str(row["unit"])),
                     _number(row["ci_low"]) if interval else Cell(""), _number(row["ci_high"]) if interval else Cell(""),
                     Cell(about + _number(row["expected"]).text, _key(row["expected"])), Cell(str(row["note"] or ""))])
    said = [True] * 3 + [bool(sure.any())] * 2 + [bool(known.any()), bool((found["note"].fillna("") != "").any())]
    kept = [at for at, told in enumerate(said) if told]
    return TableBlock(anchor(caption), caption, [columns[at] for at in kept], [[row[at] for at in kept] for row in rows], f"{name}.csv", shown=12)


def _number(value: float) -> Cell:
    return Cell(significant(value, 5), _key(value))


def _key(value: float) -> str:
    return f"{value:.6g}" if value == value else ""

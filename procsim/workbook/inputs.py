"""Writes the sheet of inputs: prices, which may be changed there, and all other numbers that the cost rests on, which are told only."""

from __future__ import annotations

from xlsxwriter.utility import xl_rowcol_to_cell

from procsim.closed_form.sensitivity import ranked
from procsim.model.units import unit_of
from procsim.recipe.inputs import Input
from procsim.workbook.contents import INPUTS, Contents, quoted
from procsim.workbook.sheet import Cell, Formula, Sheet

HEADS = ("address", "value", "unit", "low", "high", "direct cost of it, USD per good unit", "elasticity", "on the word of", "written at", "source")
NOTES = (
    "Prices are blue on yellow: change one, and the cost sheet and the summary follow, exactly as the closed form does, any number of them at once.",
    "All other inputs (times, yields, amounts, shares), and the loads of tools, are values: they enter the cost by way of the line and the package,",
    "which no sheet can follow. Change those with procsim estimate FLOW --set ADDRESS=VALUE. An elasticity is of the fully loaded cost.",
)
STYLES = ("text", "input", "unit", "general", "general", "usd", "number", "unit", "text", "wrap")
VALUE = 1
"""The column of values."""


def inputs_sheet(sheet: Sheet, contents: Contents) -> dict[int, str]:
    """Prices first, those first that come to most, then all else. Returns the cell of each price, as other sheets refer to it."""
    prices, direct = contents.lines.prices, contents.lines.direct
    elasticity = {one.known.address: one.elasticity for one in contents.known}
    sheet.widths(46, 12, 13, 12, 12, 14, 11, 12, 36, 84)
    sheet.head(HEADS, STYLES)
    found = {}
    used = {line.at for line in contents.lines.lines if line.at is not None}
    for k in sorted(used, key=lambda k: (-abs(direct[k] * prices[k].value), prices[k].address)):
        found[k] = quoted(INPUTS) + xl_rowcol_to_cell(sheet.row, VALUE, row_abs=True, col_abs=True)
        cell = xl_rowcol_to_cell(sheet.row, VALUE)
        sheet.line(_row(prices[k], elasticity, Formula(f"={direct[k]!r}*{cell}", direct[k] * prices[k].value)), STYLES)
    sheet.line(["other inputs, which are values here"], "note")
    own = {prices[k].address for k in used}
    for one in _others(contents):
        if one.address not in own:
            sheet.line(_row(one, elasticity, None), ("text", "general", *STYLES[2:]))
    return found


def _others(contents: Contents) -> list[Input]:
    """What else the cost rests on, what matters first; where nobody knows how far, all inputs in their order."""
    if not contents.known:
        return list(contents.inputs)
    return [one.known for one in ranked(contents.known)]


def _row(one: Input, elasticity: dict[str, float], cost: Formula | None) -> list[Cell]:
    ends: list[Cell] = [one.low, one.high] if one.ranged else [None, None]
    return [one.address, one.value, unit_of(one.address), *ends, cost, elasticity.get(one.address), one.provenance, str(one.place), one.source]

"""Puts the workbook of a report together."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from xlsxwriter.workbook import Workbook

from procsim.workbook.contents import COST, INPUTS, LINES, LOSSES, PROVENANCE, SUMMARY, TOOLS, YIELD, Contents
from procsim.workbook.cost import COST_NOTES, LINE_NOTES, Places, cost_sheet, lines_sheet
from procsim.workbook.inputs import NOTES, inputs_sheet
from procsim.workbook.sheet import Sheet, Styles
from procsim.workbook.told import finding, losses_sheet, provenance_sheet, summary_sheet, tools_sheet, yield_sheet

CREATED = datetime(2000, 1, 1)
"""The same in every workbook, so that the same report has the same bytes."""

TOOL_NOTES = ["Hours by SEMI E10 are shares of all time. Unused capacity and cost of ownership are USD per good unit; the latter (SEMI E35) counts",
              "materials and what the scrap of a tool costs, too, and adds up to nothing."]
LOSS_NOTES = ["Units of the lots that left, mean of one replication; shares are of all lost units."]
SUMMARY_NOTES = ["What stands under 'with the inputs' follows the sheet Inputs; all else is as it was found."]
YIELD_NOTES = ["Units of the lots that left, mean of one replication; each lost unit stands at the step that first made it bad."]


def workbook(contents: Contents) -> bytes:
    """All sheets of it as a file that spreadsheets open."""
    out = BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": contents.title, "created": CREATED})
    styles = Styles(book)
    first = Sheet(book, styles, SUMMARY, contents.title, [*finding(contents), *SUMMARY_NOTES])
    summary_sheet(first, contents, _money(book, styles, contents) if contents.lines.lines else None)
    tools_sheet(Sheet(book, styles, TOOLS, "Tool groups", TOOL_NOTES), contents)
    yield_sheet(Sheet(book, styles, YIELD, "Yield by step", YIELD_NOTES), contents)
    if "loss_pareto" in contents.tables:
        losses_sheet(Sheet(book, styles, LOSSES, "Losses, the largest first", LOSS_NOTES), contents)
    provenance_sheet(Sheet(book, styles, PROVENANCE, "Where this comes from"), contents.facts)
    first.made.activate()
    book.close()
    return out.getvalue()


def _money(book: Workbook, styles: Styles, contents: Contents) -> Places:
    """The sheets of inputs, of costs and of what these are made of."""
    prices = inputs_sheet(Sheet(book, styles, INPUTS, "Inputs", NOTES), contents)
    cost, lines = Sheet(book, styles, COST, "Cost sheet", COST_NOTES), Sheet(book, styles, LINES, "Price lines", LINE_NOTES)
    return cost_sheet(cost, contents, lines_sheet(lines, contents, prices))

"""Writes the sheets that tell what was found: the summary, tools, yields, and of what recipe all of it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procsim.maths.numerals import number
from procsim.workbook.contents import Contents
from procsim.workbook.cost import Places
from procsim.workbook.sheet import Cell, Formula, Sheet, plain

if TYPE_CHECKING:
    import pandas as pd

SHARE_UNITS = {"1": "number", "USD": "usd"}
TOOLS = {"tool_group": "text", "count": "count", "load": "share", "utilisation": "share", "oee": "share", "productive": "share", "standby": "share",
         "engineering": "share", "scheduled_down": "share", "unscheduled_down": "share", "non_scheduled": "share", "setup": "share",
         "queue_mean_h": "number", "share_of_cycle_time": "share", "limited_by": "unit", "cost_per_productive_h_usd": "number",
         "unused_capacity_usd": "usd", "cost_of_ownership_usd": "usd"}
"""Columns of tools.csv that are shown, and how."""
YIELDS = {"step": "text", "units_in": "count", "lost_panels": "number", "units_lost": "count", "found_bad": "count", "step_yield": "yield",
          "cumulative_yield": "yield"}
LOSSES = {"step": "text", "level": "text", "cause": "text", "units_lost": "count", "share": "share", "cumulative_share": "share"}


def finding(contents: Contents) -> Sequence[str]:
    """What the run found, in a sentence, where it has a cost."""
    of = contents.tables["summary"].set_index("metric")["mean"]
    loaded, direct, good, weekly = (float(of.get(name, float("nan"))) for name in (
        "cost_per_good_unit_loaded", "cost_per_good_unit_direct", "yield", "good_units_per_week"))
    if loaded != loaded:
        return []
    return [f"A good package costs {number(loaded, 4)} USD with all that the line costs, {number(direct, 4)} USD without its idle capacity; "
            f"{number(100 * good, 3)} % of what is started is good, {number(weekly, 3)} a week."]


def summary_sheet(sheet: Sheet, contents: Contents, totals: Places | None) -> None:
    """The cost as the inputs have it now, beside what the run found; below it, every figure of the run."""
    sheet.widths(46, 13, 14, 14, 14, 14, 11, 60)
    if totals is not None:
        sheet.heads(["cost per good unit", "unit", "with the inputs", "as it was found", "difference"], ("text", "unit", "usd", "usd", "usd"))
        for name, cost in (("direct", totals.direct), ("fully loaded (with unused capacity)", totals.loaded)):
            here = sheet.row + 1
            sheet.line([name, "USD", cost, cost.value, Formula(f"=C{here}-D{here}", 0.0)], ("text", "unit", "usd", "usd", "usd"))
        sheet.row += 1
    sheet.head(["figure", "unit", "mean", "interval from", "to", "closed form", "which is", "note"],
               ("text", "unit", *["number"] * 4, "unit", "text"))
    for row in contents.tables["summary"].to_dict("records"):
        style = SHARE_UNITS.get(str(row["unit"]), "number")
        values: list[Cell] = [plain(row[name]) for name in ("mean", "ci_low", "ci_high", "expected")]
        sheet.line([str(row["metric"]), str(row["unit"]), *values, str(row["expected_is"]), str(row["note"])],
                   ("text", "unit", *[style] * 4, "unit", "text"))


def tools_sheet(sheet: Sheet, contents: Contents) -> None:
    """One row for each tool group."""
    sheet.widths(24, 7, *[10] * 12, 24, 12, 12, 12)
    _table(sheet, contents.tables["tools"], TOOLS)


def yield_sheet(sheet: Sheet, contents: Contents) -> None:
    """Where units went, step by step."""
    sheet.widths(34, 14, 14, 13, 12, 12, 12)
    _table(sheet, contents.tables["yield_by_step"], YIELDS)


def losses_sheet(sheet: Sheet, contents: Contents) -> None:
    """Where they were lost, and by what."""
    sheet.widths(34, 14, 34, 13, 12, 12)
    _table(sheet, contents.tables["loss_pareto"], LOSSES)


def provenance_sheet(sheet: Sheet, facts: Mapping[str, Any]) -> None:
    """Of what recipe this is, with what edits, how it was found, and by what versions."""
    sheet.widths(26, 120)
    sheet.head(["what", ""], ("text", "wrap"))
    for name, value in facts.items():
        for n, text in enumerate(_told(value)):
            sheet.line([_words(name) if n == 0 else "", text], ("text", "wrap"))


def _table(sheet: Sheet, table: pd.DataFrame, columns: Mapping[str, str]) -> None:
    sheet.head([_words(name) for name in columns], list(columns.values()))
    for row in table[list(columns)].to_dict("records"):
        sheet.line([plain(row[name]) for name in columns], list(columns.values()))


def _words(name: str) -> str:
    return name.replace("_usd", ", USD").replace("_", " ")


def _told(value: Any) -> Sequence[str]:
    """A fact in lines."""
    if isinstance(value, Mapping):
        return [f"{name}: {plain(item)}" for name, item in value.items()] or ["none"]
    if isinstance(value, list | tuple):
        return [str(plain(item)) for item in value] or ["none"]
    return [str(plain(value)) if value != "" else "none"]

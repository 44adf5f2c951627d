"""Tells any other study on a page: its finding, its facts, its pictures, its tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from procsim.pages.content import Block, Card, Cell, Column, FigureBlock, Found, Page, Section, TableBlock
from procsim.pages.figures import inlined
from procsim.pages.made import made
from procsim.pages.study_findings import FINDINGS
from procsim.pages.tables import table
from procsim.pages.words import plain, short, signed

CHANGED = {"cost_per_good_unit_loaded": "cost of a good package", "cost_per_good_unit_direct": "direct cost", "yield": "yield",
           "good_units_per_week": "good packages a week", "cycle_time": "cycle time"}
"""Figures whose change stands on top of a what-if's page."""


def study_page(found: Found) -> Page:
    """The page of a whatif, compare, curve, sweep, size, breakeven, sensitivity or optimise."""
    lead = FINDINGS[found.kind](found) if found.kind in FINDINGS else []
    told = lead[0] if lead else found.title
    pictures: list[Block] = [FigureBlock(name, inlined(svg, name), plain(name).capitalize(), f"Picture of {plain(name)}: {told}", "", f"{name}.svg")
                             for name, svg in found.pictures.items()]
    beside = _side_by_side(found)
    tables = [*beside, *(_table(found, name) for name in found.tables if len(found.tables[name]))]
    warnings = [str(one) for one in found.facts.get("warnings") or ()]
    sections = [Section("pictures", "Pictures", "As pictures", pictures), Section("tables", "Tables", "In numbers", tables), made(found)]
    return Page(found.title, f"procsim {found.kind}", lead, _cards(found), warnings, (), [section for section in sections if section.blocks])


def _cards(found: Found) -> list[Card]:
    """Of a what-if, what the foremost figures change by."""
    if found.kind != "whatif":
        return []
    rows = {str(row["metric"]): row for row in found.tables["whatif"].to_dict("records")}
    known = [(name, rows[metric]) for metric, name in CHANGED.items() if metric in rows and rows[metric]["difference"] == rows[metric]["difference"]]
    return [Card(name, signed(row["difference"]), "" if row["unit"] == "1" else str(row["unit"]), _ends(row)) for name, row in known]


def _ends(row: Mapping[Hashable, Any]) -> list[str]:
    """What a figure was and is, and between what its change lies."""
    sure = [f"change from {signed(row['ci_low'])} to {signed(row['ci_high'])}"] if row["ci_high"] > row["ci_low"] else []
    return [f"{short(row['base'])} → {short(row['edit'])}", *sure]


def _side_by_side(found: Found) -> list[TableBlock]:
    """Of several flows, each figure a row and each flow a column."""
    if found.kind != "compare":
        return []
    table = found.tables["compare"]
    flows = list(dict.fromkeys(table["flow"]))
    known = {(str(row["metric"]), row["flow"]): row for row in table.to_dict("records")}
    units = {str(row["metric"]): str(row["unit"]) for row in table.to_dict("records")}
    rows = []
    for metric, unit in units.items():
        cells = [known.get((metric, flow)) for flow in flows]
        shown = [Cell("–") if row is None else Cell(short(row["mean"]), f"{row['mean']:.6g}") for row in cells]
        rows.append([Cell(plain(metric)), Cell("" if unit == "1" else unit), *shown])
    columns = [Column("figure"), Column("unit"), *(Column(str(flow), "", True) for flow in flows)]
    return [TableBlock("t-side-by-side", "Side by side", columns, rows, "compare.csv", shown=16)]


def _table(found: Found, name: str) -> TableBlock:
    known = found.tables[name]
    caption = "All of it, with intervals" if name == "compare" else plain(name).capitalize()
    return table(name, known, caption, shown=20)

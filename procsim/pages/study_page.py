"""Tells any other study on a page: its finding, its facts, its pictures, its tables."""

from __future__ import annotations

from procsim.pages.content import Block, FigureBlock, Found, Page, Section, TableBlock
from procsim.pages.figures import inlined
from procsim.pages.made import made
from procsim.pages.study_findings import FINDINGS
from procsim.pages.tables import figures, table
from procsim.pages.words import plain


def study_page(found: Found) -> Page:
    """The page of a whatif, compare, curve, sweep, size, breakeven, sensitivity or optimise."""
    lead = FINDINGS[found.kind](found) if found.kind in FINDINGS else []
    told = lead[0] if lead else found.title
    pictures: list[Block] = [FigureBlock(name, inlined(svg, name), plain(name).capitalize(), f"Picture of {plain(name)}: {told}", "", f"{name}.svg")
                             for name, svg in found.pictures.items()]
    tables = [_table(found, name) for name in found.tables if len(found.tables[name])]
    warnings = [str(one) for one in found.facts.get("warnings") or ()]
    sections = [Section("pictures", "Pictures", "As pictures", pictures), Section("tables", "Tables", "In numbers", tables), made(found)]
    return Page(found.title, f"procsim {found.kind}", lead, (), warnings, (), [section for section in sections if section.blocks])


def _table(found: Found, name: str) -> TableBlock:
    known = found.tables[name]
    caption = plain(name).capitalize()
    if {"metric", "unit", "mean", "ci_low", "ci_high", "expected", "note"} <= set(known.columns) and "flow" not in known:
        return figures(known, caption, name)
    return table(name, known, caption, shown=20)

"""Lists all runs on one page, each with its foremost figures and a link to its own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from procsim.maths.numerals import number
from procsim.pages.content import Cell, Column, LinksBlock, Page, Section, TableBlock
from procsim.pages.words import percent, several


@dataclass(frozen=True, slots=True)
class Entry:
    """A report in the folder *path*: its *record*, its *figures* (metric → mean; none of a study that is no run), and whether it has a page."""

    path: str
    record: Mapping[str, Any]
    figures: Mapping[str, float]
    paged: bool


COLUMNS = (Column("run"), Column("of"), Column("fully loaded", "USD per good unit", True), Column("direct", "USD per good unit", True),
           Column("yield", "%", True), Column("good units", "per week", True), Column("cycle time", "h", True),
           Column("load of the bottleneck", "%", True), Column("replications", "", True))


def index_page(entries: Sequence[Entry]) -> Page:
    """The page over the reports *entries*."""
    runs = [one for one in entries if one.figures]
    others = [one for one in entries if not one.figures]
    sections, lead = [], _finding(runs)
    if runs:
        rows = [_row(one) for one in runs]
        heading = f"{len(runs)} run{'s' if len(runs) != 1 else ''}"
        sections.append(Section("runs", "Runs", heading, [TableBlock("t-runs", "All runs", COLUMNS, rows, shown=len(rows))]))
    if others:
        sections.append(Section("studies", "Studies", f"{len(others)} other stud{'ies' if len(others) > 1 else 'y'}", [_links(others)]))
    return Page("All runs", f"{len(entries)} report{'s' if len(entries) != 1 else ''}", [lead] if lead else [], sections=sections)


def _finding(runs: Sequence[Entry]) -> str:
    """What the cheapest and the dearest package cost, of runs as the recipes are; nothing where there are not two."""
    costs = {one.path: one.figures.get("cost_per_good_unit_loaded", float("nan")) for one in runs if "/" not in one.path}
    known = {path: cost for path, cost in costs.items() if cost == cost}
    if len(known) < 2:
        return ""
    low, high = min(known, key=lambda path: known[path]), max(known, key=lambda path: known[path])
    if known[low] == known[high]:
        return f"A good package costs {number(known[low], 3)} USD in each of {len(known)} runs."
    return f"A good package costs from {number(known[low], 3)} USD ({low}) to {number(known[high], 3)} USD ({high})."


def _row(one: Entry) -> Sequence[Cell]:
    def of(name: str, text: Any) -> Cell:
        value = one.figures.get(name, float("nan"))
        return Cell(text(value), f"{value:.6g}") if value == value else Cell("–")

    def share(value: float) -> str:
        return percent(value).removesuffix(" %")

    times = int(one.record.get("replications") or 0)
    return [Cell(one.path, link=_address(one)), Cell(str(one.record.get("title") or one.record.get("flow") or "")),
            of("cost_per_good_unit_loaded", lambda v: number(v, 4)), of("cost_per_good_unit_direct", lambda v: number(v, 4)), of("yield", share),
            of("good_units_per_week", several), of("cycle_time", lambda v: number(v, 3)), of("bottleneck_load", share),
            Cell(str(times) if times else "closed form", str(times))]


def _links(entries: Sequence[Entry]) -> LinksBlock:
    return LinksBlock([(_address(one), one.path, str(one.record.get("title") or one.record.get("kind") or "")) for one in entries])


def _address(one: Entry) -> str:
    """Where the report is to be read: its page, or what it has instead."""
    return f"{quote(one.path)}/{'index.html' if one.paged else 'run.json'}"

"""Tells any other study on a page: its finding, and in parts that each say what they show its pictures and tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from procsim.pages import study_findings as findings
from procsim.pages.breakeven_findings import of_crossings
from procsim.pages.content import BIG_PT, Block, Card, Cell, Column, FigureBlock, Found, Page, Section, TableBlock
from procsim.pages.figures import inlined, width
from procsim.pages.made import made
from procsim.pages.study_captions import caption, note
from procsim.pages.tables import anchor, in_percent, table
from procsim.pages.whatif_findings import of_cost_change, of_edits, of_load_change, of_yield_change
from procsim.pages.words import column, fixed, is_share, plain, signed, significant, valued

CHANGED = {"cost_per_good_unit_loaded": "cost of a good package", "cost_per_good_unit_direct": "direct cost", "yield": "yield",
           "good_units_per_week": "good packages a week", "cycle_time": "cycle time"}
"""Figures whose change stands on top of a what-if's page."""
CHANGES = {"by_category": "difference_usd", "by_step": "difference_usd", "yield_change": "difference", "load_change": "difference"}
"""Tables of a what-if whose rows are ranked by how far they change, and the column that says it."""
RENAMED: dict[str, dict[str, str]] = {
    "load_change": {"difference": "load_change", "ci_low": "load_change_from", "ci_high": "load_change_to"},
    "yield_change": {"base_lost": "base_lost_share", "edit_lost": "edit_lost_share", "difference": "change_of_lost_share",
                     "ci_low": "from_lost_share", "ci_high": "to_lost_share"}}
"""Columns that are shares, by table, and names that say so: they are told in percent."""
OF_FLOWS: dict[str, Sequence[str]] = {
    "cost_by_step": ("flow", "step", "process", "tool_group", "die_usd", "panel_usd", "material_usd", "tool_usd", "labour_usd", "overhead_usd",
                     "cost_per_good_unit_usd", "scrap_caused_usd", "scrap_found_usd"),
    "tools": ("flow", "tool_group", "count", "load", "oee", "queue_mean_h", "limited_by", "tools_needed", "availability", "unused_capacity_usd",
              "cost_of_ownership_usd")}
"""Columns of long tables of several flows that a page has room for; their files hold the others."""
UNTOLD = {"whatif": frozenset({"waterfall"})}
"""Tables whose numbers stand in a picture, by study: they are in their files alone."""
UNSEEN = {"whatif": ("gain", "replications", "replications_to_gain_5", "closed_form_is"), "crossings": ("gap_before", "gap_after")}
"""Columns, by table, that say how an interval or a place was found: they are in the file alone."""
PIVOTS = ("cost_by_category", "package", "compare")
"""Tables of several flows in which each flow is a column."""
BESIDE = 3
"""So many flows have room in half of a page."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: its *name*, what *says* its finding, and the *tables* that it holds; pictures go to the first one that there is."""

    name: str
    says: Callable[[Found], str]
    tables: Sequence[str]


PARTS: dict[str, Sequence[Part]] = {
    "whatif": (Part("Cost", of_cost_change, ("ranking", "pairs", "whatif", "by_category", "by_step")),
               Part("Line", of_load_change, ("load_change",)), Part("Yield", of_yield_change, ("yield_change",)),
               Part("Edits", of_edits, ("recipe_changes",))),
    "compare": (Part("Side by side", findings.of_flows, ("compare", "cost_by_category", "cost_at_volume")),
                Part("Packages", findings.of_packages, ("package", "heat")),
                Part("Step by step", lambda _: "Cost, yield and tools of each flow", ("cost_by_step", "yield_by_step", "tools"))),
    "sweep": (Part("Best", findings.of_best, ("best", "break_even")), Part("Points", findings.of_points, ("points",))),
    "size": (Part("Tools", findings.of_tools, ("tools", "choices")), Part("Figures", findings.of_size, ("figures", "limits", "rules"))),
    "curve": (Part("Curve", findings.of_load, ("curve",)),),
    "sensitivity": (Part("Inputs", findings.of_many, ("tornado", "morris", "sobol")),),
    "breakeven": (Part("Crossings", of_crossings, ("crossings", "curve")),),
    "optimise": (Part("Best", findings.of_choices, ("choices", "figures", "confirmed")),
                 Part("Trials", findings.of_trials, ("frontier", "trials"))),
}
"""Kind of study → the parts of its page; what has none is told in one."""


def study_page(found: Found) -> Page:
    """The page of a whatif, compare, curve, sweep, size, breakeven, sensitivity or optimise."""
    lead = findings.FINDINGS[found.kind](found) if found.kind in findings.FINDINGS else []
    warnings = [str(one) for one in found.facts.get("warnings") or ()]
    sections = [*_parts(found, lead), made(found)]
    return Page(found.title, _under(found), lead, _cards(found), warnings, sections=[section for section in sections if section.blocks])


def _under(found: Found) -> str:
    """How it was found, in one line."""
    facts = found.facts
    n, hours, seed = facts.get("replications"), facts.get("horizon_h"), facts.get("seed")
    n = 0 if found.kind == "breakeven" and not len(found.tables.get("crossings", ())) else n  # only crossings are simulated
    times = f"{n} replication{'s' if n > 1 else ''}{f' of {hours:g} h' if hours else ''}" if isinstance(n, int) and n else "closed form"
    return f"procsim {found.kind}: {times}" + (f", seed {seed}" if seed is not None and n else "")


def _parts(found: Found, lead: Sequence[str]) -> list[Section]:
    """The parts of the page; what no part names goes to the last one."""
    parts = PARTS.get(found.kind) or (Part("Findings", lambda _: lead[0].rstrip(".") if lead else found.title, ()),)
    known = [name for name in found.tables if len(found.tables[name]) and name not in UNTOLD.get(found.kind, ())]
    named = {name for part in parts for name in part.tables}
    sections = []
    for n, part in enumerate(parts):
        more = [name for name in known if name not in named] if n == len(parts) - 1 else []
        names = [*(name for name in part.tables if name in known), *more]
        pictures = [_picture(found, name, lead) for name in found.pictures] if n == 0 else []
        blocks: list[Block] = [*pictures, *(_table(found, name) for name in names)]
        sections.append(Section(anchor(part.name).replace("t-", "p-"), part.name, part.says(found) if blocks else "", blocks))
    return sections


def _picture(found: Found, name: str, lead: Sequence[str]) -> FigureBlock:
    svg, told = inlined(found.pictures[name], name), lead[0] if lead else found.title
    return FigureBlock(name, svg, caption(found.kind, name), told, _source(found, name), f"{name}.svg",
                       big=width(svg) > BIG_PT)


def _source(found: Found, picture: str) -> str:
    """The file that holds the numbers of a *picture*: the table of its name, else that of trials where it shows their history, else the first."""
    first = next((name for name, known in found.tables.items() if len(known)), "")
    named = "trials" if picture == "history" else picture
    return f"{named if named in found.tables else first}.csv" if first else ""


def _cards(found: Found) -> list[Card]:
    """Of a what-if, what the foremost figures change by; of a size, what they were and are."""
    if found.kind == "size":
        known = [row for row in found.tables["figures"].to_dict("records")[:5] if row["after"] == row["after"]]
        return [Card(plain(str(row["figure"])), significant(_scale(row["figure"]) * row["after"]), _unit(row, row["figure"]),
                     [f"{significant(_scale(row['figure']) * row['before'])} before"]) for row in known]
    if found.kind != "whatif" or found.tables["whatif"]["what_if"].nunique() > 1:
        return []
    rows = {str(row["metric"]): row for row in found.tables["whatif"].to_dict("records")}
    moved = [(name, rows[metric]) for metric, name in CHANGED.items() if metric in rows and rows[metric]["difference"] == rows[metric]["difference"]]
    return [Card(name, signed(_scale(row["metric"]) * row["difference"]), _unit(row, row["metric"]).replace("%", "% points"), _ends(row))
            for name, row in moved]


def _scale(figure: object) -> float:
    """What a share is multiplied by to be in percent; other figures by 1."""
    return 100.0 if is_share(str(figure)) else 1.0


def _unit(row: Mapping[Hashable, Any], figure: object) -> str:
    return "%" if is_share(str(figure)) else "" if row["unit"] == "1" else str(row["unit"])


def _ends(row: Mapping[Hashable, Any]) -> list[str]:
    """What a figure was and is, and between what its change lies."""
    base, edit, low, high = (_scale(row["metric"]) * row[name] for name in ("base", "edit", "ci_low", "ci_high"))
    return [f"{significant(base)} → {significant(edit)}", *([f"change from {signed(low)} to {signed(high)}"] if high > low else [])]


def _side_by_side(name: str, found: pd.DataFrame, said: str) -> TableBlock:
    """Of several flows, each figure a row and each flow a column."""
    found = in_percent(found) if "unit" in found else found
    row_of, value = next((a, b) for a, b in (("metric", "mean"), ("category", "cost_per_good_unit_usd"), ("figure", "value")) if a in found)
    records = found.to_dict("records")
    flows = list(dict.fromkeys(str(row["flow"]) for row in records))
    known = {(str(row[row_of]), str(row["flow"])): float(row[value]) for row in records}
    units = {str(row[row_of]): str(row.get("unit", "USD")) for row in records}
    rows = [[Cell(plain(figure)), Cell("" if unit == "1" else unit),
             *(_number(known.get((figure, flow))) for flow in flows)] for figure, unit in units.items()]
    columns = [Column(row_of if row_of != "metric" else "figure"), Column("unit"), *(Column(flow, "", True) for flow in flows)]
    return TableBlock(anchor(name), said, columns, rows, f"{name}.csv", shown=16 if len(rows) > 19 else len(rows), broad=len(flows) > BESIDE)


def _number(value: float | None) -> Cell:
    return Cell("–") if value is None or value != value else Cell(significant(value), f"{value:.6g}")


def _table(found: Found, name: str) -> TableBlock:
    known, said = found.tables[name], caption(found.kind, name)
    if found.kind == "compare" and name in PIVOTS:
        return _side_by_side(name, known, said)
    if found.kind == "compare" and name == "cost_at_volume":
        return _at_volumes(name, known, said)
    if name in CHANGES:
        known = known.loc[known[CHANGES[name]].abs().sort_values(ascending=False, kind="stable").index]
    same = [column for column in ("what_if", "flow") if column in known and known[column].nunique() == 1 and found.kind != "compare"]
    same += ["edit_mean"] if "edit_mean" in known and known["edit_mean"].equals(known["edit"]) else []
    kept = known.drop(columns=same) if len(known.columns) > len(same) else known
    shown = OF_FLOWS.get(name, ()) if found.kind == "compare" else ()
    if name == "crossings" and not (known["jumps"].astype(str) == "True").any():
        kept = kept.drop(columns=["at_least", "at_most", "jumps"])  # all three say the same
    kept = kept.drop(columns=[column for column in UNSEEN.get(name, ()) if column in kept])
    notes = " ".join(text for text in (note(found.kind, name), "More columns stand in the file." if shown or name in UNSEEN else "") if text)
    return table(name, kept.rename(columns=RENAMED.get(name, {})), said, shown, note=notes, shown=16, heads=_heads(found, name))


def _heads(found: Found, name: str) -> Mapping[str, Column]:
    """Heads of columns that are named as flows are, and hold the figure of a break-even."""
    if found.kind != "breakeven" or name != "curve":
        return {}
    unit = valued(str(found.facts.get("figure")), 0.0).partition(" ")[2]
    flows = [str(column) for column in found.tables[name].columns[1:3]]
    return {flow: Column(flow, unit, True) for flow in flows} | {f"tools_added, {flow}": Column(f"tools added, {flow}", "", True) for flow in flows}


def _at_volumes(name: str, found: pd.DataFrame, said: str) -> TableBlock:
    """What each flow costs at each volume, a flow a column, and which is the cheapest."""
    flows = list(dict.fromkeys(str(flow) for flow in found["flow"]))
    goods = list(dict.fromkeys(found["good_units_per_week"].tolist()))
    of = [found[found["flow"] == flow].set_index("good_units_per_week")["cost_per_good_unit_usd"].reindex(goods).tolist() for flow in flows]
    costs = [column("cost_per_good_unit_usd", values)[1] for values in of]
    least = found[found["cheapest"].astype(str) == "True"].groupby("good_units_per_week")["flow"].agg(", ".join)
    rows = [[Cell(fixed(good, 0), f"{good:.6g}"), *cells, Cell(str(least.get(good, "")))]
            for good, *cells in zip(goods, *costs, strict=True)]
    columns = [Column("good units", "per week", True), *(Column(flow, "USD per good unit", True) for flow in flows), Column("cheapest")]
    return TableBlock(anchor(name), said, columns, rows, f"{name}.csv", note("compare", name), shown=len(rows), broad=len(flows) > BESIDE)

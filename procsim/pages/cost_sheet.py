"""Makes the cost sheet: one row a step with its time, tool, costs by kind, yield, and cost and yield summed up along the flow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import pandas as pd

from procsim.maths.numerals import number
from procsim.pages.cells import cell_id, cells_of, row_id
from procsim.pages.content import NAN, Cell, Column, Found, Group, SheetBlock
from procsim.pages.words import fixed, percent
from procsim.tables.step_groups import step_groups

INCOMING, UNUSED = "(incoming)", "(unused capacity)"
KINDS = {"parts": ("die_usd", "panel_usd"), "material": ("material_usd", "credit_for_scrap_usd"), "tooling": ("tooling_usd", "nre_usd"),
         "capital": ("tool_usd", "floor_usd"), "labour": ("labour_usd", "indirect_labour_usd"), "overhead": ("utilities_usd", "overhead_usd")}
"""Kinds of cost as a cost sheet has them, each with the columns that it sums up."""
MEANING = ("parts: dies and panels; material: less what scrap brings; tooling: masks, probe cards and one-off costs; capital: tools, their upkeep "
           "and floor; labour: also indirect; overhead: and utilities")
COLUMNS = (Column("step"), Column("tool group"), Column("work", "h a lot", True), *(Column(name, "USD", True) for name in KINDS),
           Column("cost", "USD per good unit", True), Column("cost", "USD per unit started", True), Column("cost", "USD per panel", True),
           Column("cumulative cost", "USD per good unit", True), Column("yield", "%", True), Column("cumulative yield", "%", True))


def ordered(found: Found) -> pd.DataFrame:
    """A row per step as the sheet has it, the incoming panel first and unused capacity last; every column of money adds up."""
    cost, steps, yields = (found.tables[name] for name in ("cost_by_step", "steps", "yield_by_step"))
    table = pd.DataFrame({name: cost[name] for name in ("step", "op", "tool_group", "source")})
    for kind, columns in KINDS.items():
        table[kind] = sum((cost[name] for name in columns if name in cost), start=0.0 * cost["cost_per_good_unit_usd"])
    table["good"] = cost["cost_per_good_unit_usd"]
    table["started"] = table["good"] * float(found.figure("yield"))
    table["panel"] = table["started"] * units_per_panel(found)
    for name, other, key in (("work", steps, "process_h"), ("yield", yields, "step_yield"), ("reached", yields, "cumulative_yield")):
        table[name] = cost["step"].map(dict(zip(other["step"], other[key], strict=True)))
    first = table["step"] == INCOMING
    table = pd.concat([table[first], table[~first]], ignore_index=True)
    return table.assign(so_far=table["good"].cumsum())


def units_per_panel(found: Found) -> float:
    """Units on a panel; nan where several products have their own."""
    known = found.figure("units_per_panel")
    if known == known:
        return float(known)
    lot = ((found.facts.get("recipe") or {}).get("line") or {}).get("lot") or {}
    units = lot.get("units_per_panel")
    return float(units) if isinstance(units, int | float) else NAN


def cell_names(found: Found, table: pd.DataFrame) -> dict[str, str]:
    """The cell of the picture of all steps that each row of the sheet belongs to."""
    return cells_of(found.pictures.get("section", b""), [step for step in table["step"] if step not in (INCOMING, UNUSED)], INCOMING)


def told_cells(found: Found) -> dict[str, tuple[str, str]]:
    """What each cell of the picture of all steps leads to, and is said to cost: (row, words)."""
    table = ordered(found)
    names = cell_names(found, table)
    told = {}
    for cell, rows in table.assign(cell=table["step"].map(names)).groupby("cell", sort=False):
        steps, usd, kept = rows["step"].to_list(), float(rows["good"].sum()), math.prod(rows["yield"].dropna().tolist())
        more = f", with {', '.join(steps[1:])}" if len(steps) > 1 else ""
        told[str(cell)] = steps[0], f"{steps[0]}{more}: {number(usd, 3)} USD a good package, yield {percent(kept, 4)}"
    return told


def cost_sheet(found: Found) -> SheetBlock:
    """The sheet, its steps folded in groups."""
    table = ordered(found)
    own = ~table["step"].isin([INCOMING, UNUSED])
    table["group"] = table["step"]
    table.loc[own, "group"] = step_groups(*(table.loc[own, name].to_list() for name in ("step", "source", "op")))
    table["cell"] = table["step"].map(cell_names(found, table))
    added = table["good"] - table["parts"]
    widest = max(added.max(), 1e-12), max(added.groupby(table["group"]).sum().max(), 1e-12)
    heads = {str(name): rows for name, rows in table.groupby("group", sort=False)}
    groups = [_group(n, name, rows, *widest) for n, (name, rows) in enumerate(heads.items())]
    note = (f"Costs per good unit; bars leave dies and panels out, those of groups have a scale of their own. {MEANING.capitalize()}."
            + (" The name of a step leads to its picture." if table["cell"].notna().any() else ""))
    caption = "Cost sheet: what every step costs, and what it loses"
    return SheetBlock("t-cost-sheet", caption, COLUMNS, groups, _totals(table), "cost_by_step.csv", note)


def _totals(table: pd.DataFrame) -> list[Sequence[Cell]]:
    """What stands at the foot: the direct cost, where unused capacity is a row of its own, and the whole."""
    reached = [float(one) for one in table["reached"].dropna().tolist()]
    spent = table[table["step"] != UNUSED]
    sums = [("direct cost", spent), ("fully loaded cost", table)] if len(spent) < len(table) else [("total", table)]
    return [_cells({"step": name, **_sums(rows), "reached": reached[-1] if reached else NAN}) for name, rows in sums]


def _sums(rows: pd.DataFrame) -> dict[str, float]:
    """What adds up over rows, and where they have brought cost and yield to."""
    sums = {name: float(rows[name].sum(min_count=1)) for name in (*KINDS, "good", "started", "panel", "work")}
    all_of_them = [float(one) for one in rows["yield"].dropna().tolist()]
    return sums | {"so_far": float(rows["so_far"].iloc[-1]), "yield": math.prod(all_of_them) if all_of_them else NAN,
                   "reached": float(rows["reached"].iloc[-1])}


def _group(at: int, name: str, rows: pd.DataFrame, step: float, group: float) -> Group:
    """The rows of a group; bars of steps are as long as the dearest *step*, those of groups as the dearest *group*."""
    records = [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
    if len(records) == 1:
        return Group(f"g{at}", _cells(records[0], group), ())
    head = {"step": f"{name} ({len(records)} steps)", **_sums(rows)}
    return Group(f"g{at}", _cells(head, group), [_cells(row, step) for row in records])


def _cells(row: Mapping[str, object], widest: float = NAN) -> Sequence[Cell]:
    """The cells of a row."""
    def of(name: str, decimals: int, by: float = 1.0) -> Cell:
        value = row.get(name, NAN)
        known = float(value) if isinstance(value, int | float) else NAN
        return Cell("" if math.isnan(known) else fixed(by * known, decimals) if known else "0", "" if math.isnan(known) else f"{known:.6g}")

    cost = of("good", 4)
    good, parts = row.get("good", NAN), row.get("parts", NAN)
    if isinstance(good, float) and isinstance(parts, float) and good - parts > 0 and widest == widest:
        cost = Cell(cost.text, cost.key, bar=100.0 * (good - parts) / widest)
    cell = row.get("cell")
    link = f"#{quote(cell_id(cell))}" if isinstance(cell, str) else ""
    name = Cell(str(row["step"]), link=link, id=row_id(str(row["step"])) if "cell" in row else "")
    return [name, Cell(str(row.get("tool_group") or "")), of("work", 2), *(of(kind, 4) for kind in KINDS), cost, of("started", 4),
            of("panel", 2), of("so_far", 4), of("yield", 2, 100.0), of("reached", 2, 100.0)]

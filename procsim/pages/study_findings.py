"""Says in a sentence what a study other than a run found: a function for each, by its name."""

from __future__ import annotations

from collections.abc import Callable

from procsim.maths.numerals import number
from procsim.pages.content import Found
from procsim.pages.words import plain, signed
from procsim.tables.sweep import MORE_IS_BETTER

COST = "cost_per_good_unit_loaded"


def _whatif(found: Found) -> list[str]:
    """By how much the edit moves the cost, and whether that is more than noise."""
    table = found.tables["whatif"]
    rows = {str(row["metric"]): row for row in table[table["base"].notna()].to_dict("records")}
    which = COST if COST in rows else "cycle_time"
    if which not in rows:
        return []
    row = rows[which]
    low, high, moved = (float(row[name]) for name in ("ci_low", "ci_high", "difference"))
    sure = "" if low != low else ", and that is sure" if low > 0 or high < 0 else ": which may be noise"
    ends = f" (from {signed(low)} to {signed(high)})" if high > low else ""
    way = f"from {number(row['base'], 4)} to {number(row['edit'], 4)}"
    return [f"The edit moves the {plain(which)} by {signed(moved)} {row['unit']}{ends}, {way}{sure}."]


def _compare(found: Found) -> list[str]:
    """Which flow is the cheapest."""
    table = found.tables["compare"]
    rows = table[(table["metric"] == COST) & table["mean"].notna()].sort_values("mean", kind="stable")
    if not len(rows):
        return []
    first, words = rows.iloc[0], []
    words.append(f"{first['flow']} is the cheapest: {number(first['mean'], 4)} USD for a good package")
    words += [f"{row['flow']} costs {number(row['mean'], 4)} USD" for _, row in rows.iloc[1:].iterrows()]
    return ["; ".join(words) + "."]


def _curve(found: Found) -> list[str]:
    table = found.tables["curve"]
    first, last = table.iloc[0], table.iloc[-1]
    return [f"Cycle time goes from {number(first['cycle_time_h'], 3)} h at {number(first['throughput_lots_per_h'], 3)} lots an hour "
            f"to {number(last['cycle_time_h'], 3)} h at {number(last['throughput_lots_per_h'], 3)}; {last['bottleneck']} limits it there."]


def _sweep(found: Found) -> list[str]:
    points, figure = found.tables["points"], next(iter(found.facts["figures"]))
    known = points[points[figure].notna()].sort_values(figure, ascending=figure not in MORE_IS_BETTER, kind="stable")
    if not len(known):
        return [f"None of {len(points)} points has figures."]
    row = known.iloc[0]
    at = ", ".join(f"{name} = {_said(row[name])}" for name in found.facts["varied"] if name in known)
    return [f"The best of {len(points)} points is {row['flow']} at {at}: {plain(figure)} {number(row[figure], 4)}."]


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _size(found: Found) -> list[str]:
    tools, limits = found.tables["tools"], found.tables["limits"]
    moved = [f"{int(row['added']):+d} {row['tool_group']}" for row in tools.to_dict("records") if row["added"]]
    dear = limits.sort_values("costs_usd_per_good_unit", ascending=False, kind="stable").to_dict("records")[:1]
    limit = [f"The limit {row['limit']} costs {number(row['costs_usd_per_good_unit'], 3)} USD a package." for row in dear
             if row["costs_usd_per_good_unit"] > 0]
    before = f"{int(tools['count_before'].sum())} tools before, {int(tools['count_after'].sum())} now"
    return [f"{before}: {', '.join(moved) if moved else 'nothing is to be added or taken away'}.", *limit]


def _breakeven(found: Found) -> list[str]:
    table = found.tables["crossings"]
    if not len(table):
        return ["Nothing breaks even in that range."]
    axis = str(table.columns[0])
    at = " and ".join(number(value, 4) if isinstance(value, float) else str(value) for value in table[axis])
    return [f"Break-even where {axis} is {at}."]


def _sensitivity(found: Found) -> list[str]:
    table = next(iter(found.tables.values()))
    if "address" not in table or not len(table):
        return []
    return [f"{table['address'].iloc[0]} moves it most" + (f", then {table['address'].iloc[1]}." if len(table) > 1 else ".")]


def _optimise(found: Found) -> list[str]:
    choices, figures = found.tables["choices"], found.tables["figures"].to_dict("records")
    chosen = [f"{row['variable']} = {_said(row['best'])}" for row in choices.to_dict("records") if _said(row["best"]) != _said(row["before"])]
    if not figures or figures[0]["best"] != figures[0]["best"]:
        return ["Nothing that was tried keeps to the limits."]
    ends = f"{plain(str(figures[0]['figure']))} goes from {number(figures[0]['before'], 4)} to {number(figures[0]['best'], 4)}"
    return [f"With {', '.join(chosen)} the {ends}." if chosen else f"Nothing that was tried is better: the {ends}."]


FINDINGS: dict[str, Callable[[Found], list[str]]] = {
    "whatif": _whatif, "compare": _compare, "curve": _curve, "sweep": _sweep, "size": _size, "breakeven": _breakeven, "sensitivity": _sensitivity,
    "optimise": _optimise}
"""Kind of study → what says its finding."""

"""Says in a sentence what a study other than a run found: a function for each, by its name."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from procsim.maths.numerals import number
from procsim.pages.breakeven_findings import breakeven
from procsim.pages.content import Found
from procsim.pages.tables import most
from procsim.pages.whatif_findings import whatif
from procsim.pages.words import percent, several, signed, told, valued
from procsim.tables.sweep import MORE_IS_BETTER

COST = "cost_per_good_unit_loaded"
LITTLE = 0.1
"""What part of the first input's measure is still worth a look."""
MOVED = 5
"""Tool groups that a sentence names at most."""


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
    """How cycle time rises with throughput, and where it is least, if that is not at the beginning: lots wait for a batch to fill, too."""
    table = found.tables["curve"]
    known = table[table["cycle_time_h"].notna()]
    first, last = table.iloc[0], table.iloc[-1]
    least = most(known, -known["cycle_time_h"]) if len(known) else first
    words = (f"Cycle time goes from {number(first['cycle_time_h'], 3)} h at {number(first['throughput_lots_per_h'], 3)} lots an hour "
             f"to {number(last['cycle_time_h'], 3)} h at {number(last['throughput_lots_per_h'], 3)}; {last['bottleneck']} limits it there.")
    between = least["throughput_lots_per_h"] not in (first["throughput_lots_per_h"], last["throughput_lots_per_h"])
    low = f"It is least at {number(least['throughput_lots_per_h'], 3)} lots an hour: {number(least['cycle_time_h'], 3)} h."
    return [f"{words} {low}" if between else words]


def _sweep(found: Found) -> list[str]:
    points, figure = found.tables["points"], str(found.facts["figure"])
    known = points[points[figure].notna()].sort_values(figure, ascending=figure not in MORE_IS_BETTER, kind="stable")
    if not len(known):
        return [f"None of {len(points)} points has figures."]
    row = known.iloc[0]
    at = ", ".join(f"{name} = {_said(row[name])}" for name in found.facts["varied"] if name in known)
    return [f"The best of {len(points)} points is {row['flow']} at {at}: {told(figure)} {valued(figure, row[figure])}."]


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _size(found: Found) -> list[str]:
    """How many tools, what the package then costs, and of which tools there are most more, or fewer."""
    tools, limits = found.tables["tools"], found.tables["limits"]
    rows = {str(row["figure"]): row for row in found.tables["figures"].to_dict("records")}
    cost = rows.get(COST, {"before": float("nan"), "after": float("nan")})
    usd = f"; a good package costs {valued(COST, cost['after'])}, {valued(COST, cost['before'])} before" if cost["after"] == cost["after"] else ""
    words = f"{several(int(tools['count_before'].sum()))} tools before, {several(int(tools['count_after'].sum()))} now{usd}."
    dear = limits.sort_values("costs_usd_per_good_unit", ascending=False, kind="stable").to_dict("records")[:1]
    limit = [f"The limit {row['limit']} costs {number(row['costs_usd_per_good_unit'], 3)} USD a package." for row in dear
             if row["costs_usd_per_good_unit"] > 0]
    return [words, _moved(tools), *limit]


def _moved(tools: pd.DataFrame) -> str:
    """Which tools are added or taken away, the most first."""
    moved = tools[tools["added"] != 0].sort_values("added", key=abs, ascending=False, kind="stable")
    words = [_counted(int(row["added"]), str(row["tool_group"])) for row in moved.to_dict("records")]
    if len(words) > MOVED + 1:
        words[MOVED:] = [_counted(int(moved["added"].iloc[MOVED:].sum()), f"in {len(words) - MOVED} other groups")]
    return f"By group: {', '.join(words)}." if words else "Nothing is to be added or taken away."


def _counted(number_of: int, what: str) -> str:
    return f"{number_of:+d} {what}".replace("-", "−", 1)


def _sensitivity(found: Found) -> list[str]:
    """Which input moves the figure most, and how far, as the method has it."""
    table = next(iter(found.tables.values()))
    if "address" not in table or not len(table):
        return []
    table = table.sort_values("range", ascending=False, kind="stable") if "range" in table else table
    first, unit = {str(name): value for name, value in table.iloc[0].items()}, str(found.facts.get("unit", ""))
    ends = ""
    if {"change_at_low", "change_at_high"} <= {*first}:
        low, high = sorted(float(first[name]) for name in ("change_at_low", "change_at_high"))
        ends = f", by {signed(low)} to {signed(high)} {unit}".rstrip() if low == low and high == high else ""
    elif "mu_star" in first:
        ends = f", by {number(float(first['mu_star']), 3)} {unit}".rstrip() + " over its range"
    elif "total" in first:
        ends = f", with {percent(float(first['total']), 2)} of the variance"
    then = f"; then {table['address'].iloc[1]}." if len(table) > 1 else "."
    return [f"{first['address']} moves the {told(str(found.facts.get('figure') or 'it'))} most{ends}{then}"]


def _optimise(found: Found) -> list[str]:
    choices, figures = found.tables["choices"], found.tables["figures"].to_dict("records")
    chosen = [f"{row['variable']} = {_said(row['best'])}" for row in choices.to_dict("records") if _said(row["best"]) != _said(row["before"])]
    if not figures or figures[0]["best"] != figures[0]["best"]:
        return ["Nothing that was tried keeps to the limits."]
    name = str(figures[0]["figure"])
    before, best = (valued(name, figures[0][column]) for column in ("before", "best"))
    ends = f"{told(name)} {f'stays at {best}' if before == best else f'goes from {before} to {best}'}"
    simulated = str(found.facts.get("simulated") or "")
    return [f"With {', '.join(chosen)} the {ends}." if chosen else f"Nothing that was tried is better: the {ends}.",
            *([f"Simulated, it is {simulated}."] if simulated.startswith("the best") else [f"Simulated: {simulated}."] if simulated else [])]


def of_flows(found: Found) -> str:
    """How far the dearest is above the cheapest."""
    table = found.tables["compare"]
    known = table[(table["metric"] == COST) & table["mean"].notna()].sort_values("mean", kind="stable")
    if len(known) < 2:
        return "Side by side"
    low, high = known.iloc[0], known.iloc[-1]
    return f"{high['flow']} costs {number(high['mean'] / low['mean'], 3)} times what {low['flow']} does"


def of_packages(found: Found) -> str:
    """Which is the thinnest."""
    table = found.tables.get("package")
    thick = table[table["figure"] == "package_thickness"] if table is not None else None
    if thick is None or not len(thick):
        return "The packages"
    row = most(thick, -thick["value"])
    return f"{row['flow']} is the thinnest: {number(float(row['value']) / 1000, 3)} mm"


def of_load(found: Found) -> str:
    """How much longer than its work a lot takes where the line is fullest."""
    row = found.tables["curve"].iloc[-1]
    load, factor = float(row["bottleneck_load"]), float(row["x_factor"])
    return f"At a load of {percent(load)} a lot takes {number(factor, 3)} times as long as its work" if factor == factor else "Along the load"


def of_many(found: Found) -> str:
    """How many inputs matter, beside the first."""
    table = next(iter(found.tables.values()))
    measure = next((name for name in ("range", "mu_star", "total") if name in table), "")
    if not measure or not table[measure].max() > 0:
        return "The inputs"
    count = int((table[measure] >= LITTLE * table[measure].max()).sum())
    return f"{count} of {len(table)} inputs {'move' if count != 1 else 'moves'} it by a tenth of that, or more"


def of_best(found: Found) -> str:
    """Whether flows break even within the sweep."""
    even = found.tables.get("break_even")
    if even is not None and len(even):
        return f"Flows break even {len(even)} time{'s' if len(even) > 1 else ''} between neighbouring points"
    return "No flow breaks even with another" if found.tables["points"]["flow"].nunique() > 1 else "The best point, and what lies about it"


def of_points(found: Found) -> str:
    """Between what the first figure goes."""
    points, figure = found.tables["points"], str(found.facts["figure"])
    low, high = points[figure].min(), points[figure].max()
    return f"The {told(figure)} goes from {valued(figure, float(low))} to {valued(figure, float(high))} over {len(points)} points"


def of_tools(found: Found) -> str:
    """How many tools, and what they cost."""
    figures = {str(row["figure"]): row for row in found.tables["figures"].to_dict("records")}
    capital = figures.get("capital")
    if capital is None:
        return "The tools that it takes"
    return f"The tools cost {number(capital['after'] / 1e6, 3)} million USD, {number(capital['before'] / 1e6, 3)} before"


def of_size(found: Found) -> str:
    """What the cost becomes."""
    figures = {str(row["figure"]): row for row in found.tables["figures"].to_dict("records")}
    row = figures.get(COST)
    return f"The {told(COST)} goes from {number(row['before'], 4)} to {number(row['after'], 4)} USD" if row is not None else "What it brings"


def of_choices(found: Found) -> str:
    """What is chosen."""
    rows = found.tables["choices"].to_dict("records")
    chosen = [f"{row['variable']} = {_said(row['best'])}" for row in rows if _said(row["best"]) != _said(row["before"])]
    return f"Best: {', '.join(chosen[:4])}" if chosen else "The best is what the flow has"


def of_trials(found: Found) -> str:
    """How many were tried, and how many are worth a look."""
    frontier, trials = found.tables.get("frontier", ()), found.tables.get("trials", ())
    return f"{len(trials)} trials, {len(frontier)} of them on the frontier"


FINDINGS: dict[str, Callable[[Found], list[str]]] = {
    "whatif": whatif, "compare": _compare, "curve": _curve, "sweep": _sweep, "size": _size, "breakeven": breakeven, "sensitivity": _sensitivity,
    "optimise": _optimise}
"""Kind of study → what says its finding."""

"""Says in a sentence what a study other than a run found: a function for each, by its name."""

from __future__ import annotations

from collections.abc import Callable

from procsim.maths.numerals import number
from procsim.pages.content import Found
from procsim.pages.tables import most
from procsim.pages.words import listed, percent, plain, short, signed
from procsim.tables.sweep import MORE_IS_BETTER

COST = "cost_per_good_unit_loaded"


def _whatif(found: Found) -> list[str]:
    """By how much the edit moves the cost, and whether that is more than noise; of several edits the best."""
    table = found.tables["whatif"]
    which = COST if (table["metric"] == COST).any() else "cycle_time"
    rows = table[(table["metric"] == which) & table["difference"].notna()]
    if not len(rows):
        return []
    row = {str(key): value for key, value in most(rows, -rows["difference"]).items()}
    low, high, moved = (float(row[name]) for name in ("ci_low", "ci_high", "difference"))
    sure = "" if low != low else "" if low > 0 or high < 0 else ", which may be noise"
    ends = f" ({signed(low)} to {signed(high)})" if high > low else ""
    first = f"Of {len(rows)} edits {row['what_if']} is the best: it" if len(rows) > 1 else str(row["what_if"])
    way = f"{number(row['base'], 4)} → {number(row['edit'], 4)}"
    return [f"{first} moves the {_told(which)} by {signed(moved)} {row['unit']}{ends}{sure}: {way}."]


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
    points, figure = found.tables["points"], str(found.facts["figure"])
    known = points[points[figure].notna()].sort_values(figure, ascending=figure not in MORE_IS_BETTER, kind="stable")
    if not len(known):
        return [f"None of {len(points)} points has figures."]
    row = known.iloc[0]
    at = ", ".join(f"{name} = {_said(row[name])}" for name in found.facts["varied"] if name in known)
    return [f"The best of {len(points)} points is {row['flow']} at {at}: {_told(figure)} {_value(figure, row[figure])}."]


def _told(figure: str) -> str:
    """*figure* in the middle of a sentence."""
    name, _, more = plain(figure).partition(", ")
    return f"{name} ({more})" if more else name


def _value(figure: str, value: float) -> str:
    """*value* of a *figure*, with its unit where it is money or a share."""
    return percent(value, 4) if figure == "yield" or figure.endswith("load") else f"{number(value, 4)}{' USD' if figure.startswith('cost_') else ''}"


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _size(found: Found) -> list[str]:
    tools, limits = found.tables["tools"], found.tables["limits"]
    moved = [f"{signed(int(row['added']))} {row['tool_group']}" for row in tools.to_dict("records") if row["added"]]
    dear = limits.sort_values("costs_usd_per_good_unit", ascending=False, kind="stable").to_dict("records")[:1]
    limit = [f"The limit {row['limit']} costs {number(row['costs_usd_per_good_unit'], 3)} USD a package." for row in dear
             if row["costs_usd_per_good_unit"] > 0]
    before = f"{int(tools['count_before'].sum())} tools before, {int(tools['count_after'].sum())} now"
    return [f"{before}: {', '.join(moved) if moved else 'nothing is to be added or taken away'}.", *limit]


def _breakeven(found: Found) -> list[str]:
    table = found.tables["crossings"]
    if not len(table):
        return [_never_even(found)]
    axis = str(table.columns[0])
    at = " and ".join(number(value, 4) if isinstance(value, float) else str(value) for value in table[axis])
    return [f"Break-even where {axis} is {at}."]


def _never_even(found: Found) -> str:
    """Who is cheaper all along, where nothing breaks even."""
    curve = found.tables.get("curve")
    if curve is None or not len(curve) or len(curve.columns) < 3:
        return "Nothing breaks even in that range."
    axis, one, other = (str(name) for name in curve.columns[:3])
    known = curve[[axis, one, other]].dropna()
    if not len(known) or not (known[one] - known[other]).abs().min() > 0:
        return "Nothing breaks even in that range."
    lower, higher = (one, other) if (known[one] < known[other]).all() else (other, one)
    gaps = [number(float(known[higher].iloc[at] - known[lower].iloc[at]), 3) for at in (0, -1)]
    return (f"Nothing breaks even in that range: {lower} is below {higher} all along, by {gaps[0]} at {short(float(known[axis].iloc[0]))} and by "
            f"{gaps[1]} at {short(float(known[axis].iloc[-1]))}.")


def _sensitivity(found: Found) -> list[str]:
    table = next(iter(found.tables.values()))
    if "address" not in table or not len(table):
        return []
    figure = _told(str(found.facts.get("figure") or "it"))
    ends = ""
    if {"change_at_low", "change_at_high"} <= {*table.columns}:
        low, high = sorted(float(table[name].iloc[0]) for name in ("change_at_low", "change_at_high"))
        ends = f", by {signed(low)} to {signed(high)} {found.facts.get('unit', '')}".rstrip() if low == low and high == high else ""
    return [f"{table['address'].iloc[0]} moves the {figure} most{ends}" + (f"; then {table['address'].iloc[1]}." if len(table) > 1 else ".")]


def _optimise(found: Found) -> list[str]:
    choices, figures = found.tables["choices"], found.tables["figures"].to_dict("records")
    chosen = [f"{row['variable']} = {_said(row['best'])}" for row in choices.to_dict("records") if _said(row["best"]) != _said(row["before"])]
    if not figures or figures[0]["best"] != figures[0]["best"]:
        return ["Nothing that was tried keeps to the limits."]
    name = str(figures[0]["figure"])
    before, best = (_value(name, figures[0][column]) for column in ("before", "best"))
    ends = f"{_told(name)} {f'stays at {best}' if before == best else f'goes from {before} to {best}'}"
    return [f"With {', '.join(chosen)} the {ends}." if chosen else f"Nothing that was tried is better: the {ends}."]


def of_cost_change(found: Found) -> str:
    """Which category, and which step, the difference comes from."""
    words = []
    for name, key in (("by_category", "category"), ("by_step", "step")):
        table = found.tables.get(name)
        if table is not None and len(table) and table["difference_usd"].abs().max() > 0:
            row = most(table, table["difference_usd"].abs())
            words.append(f"{str(row[key]).replace('_', ' ') if key == 'category' else row[key]} ({signed(float(row['difference_usd']))} USD)")
    return f"Most of it is {', by step '.join(words) if len(words) > 1 else listed(words)}" if words else "What changes"


def of_load_change(found: Found) -> str:
    """Which tools then have most to do."""
    table = found.tables["load_change"]
    row = most(table, table["edit_load"].fillna(table["edit_expected_load"]))
    return f"{row['tool_group']} is then the most loaded: {percent(float(row['base_load']), 2)} → {percent(float(row['edit_load']), 2)}"


def of_yield_change(found: Found) -> str:
    """Where most units are lost more, or less, than before."""
    table = found.tables["yield_change"]
    if not table["difference"].abs().max() > 0:
        return "No step loses more or less than before"
    row = most(table, table["difference"].abs())
    return f"{row['step']} loses {percent(abs(float(row['difference'])), 2)} of the units {'more' if row['difference'] > 0 else 'less'} than before"


def of_edits(found: Found) -> str:
    """How many lines of the recipe change."""
    count = len(found.tables.get("recipe_changes", ()))
    return f"{count} place{'s' if count != 1 else ''} of the recipe change{'s' if count == 1 else ''}"


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
    return f"The {_told(figure)} goes from {_value(figure, float(low))} to {_value(figure, float(high))} over {len(points)} points"


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
    return f"The {_told(COST)} goes from {number(row['before'], 4)} to {number(row['after'], 4)} USD" if row is not None else "What it brings"


def of_crossings(found: Found) -> str:
    """How often."""
    count = len(found.tables["crossings"])
    return f"{count} break-even{'s' if count > 1 else ''}, confirmed by simulation" if count and found.facts.get("replications") else (
        f"{count} break-even{'s' if count > 1 else ''} in closed form" if count else "No break-even in that range")


def of_choices(found: Found) -> str:
    """What is chosen."""
    rows = found.tables["choices"].to_dict("records")
    chosen = [f"{row['variable']} = {_said(row['best'])}" for row in rows if _said(row["best"]) != _said(row["before"])]
    return f"Best: {', '.join(chosen[:4])}" if chosen else "The best is what the flow has"


def of_trials(found: Found) -> str:
    """How many were tried, and how many are worth a look."""
    frontier, trials = found.tables.get("frontier", ()), found.tables.get("trials", ())
    return f"{len(trials)} trials, {len(frontier)} of them on the frontier"


CAPTIONS = {
    "whatif": "Figures, base against edit",
    "by_category": "Cost by category, what changes most first",
    "by_step": "Cost by step, what changes most first",
    "load_change": "Loads of tools, what changes most first",
    "yield_change": "Units lost at each step, what changes most first",
    "recipe_changes": "What the edit changes in the recipe",
    "waterfall": "From the one cost to the other",
    "compare": "The flows side by side",
    "cost_by_category": "Cost by category, USD per good unit",
    "cost_at_volume": "Cost at other volumes",
    "package": "Figures of merit of the packages",
    "heat": "Heat out of the die, layer by layer",
    "points": "All points",
    "best": "The best point of each flow",
    "break_even": "Where flows break even",
    "tools": "Tools before and after",
    "limits": "What each limit costs",
    "rules": "Rules of thumb beside",
    "crossings": "Where they cross",
    "curve": "Along the axis",
    "choices": "What is chosen",
    "confirmed": "The best, simulated",
    "frontier": "The frontier",
    "history": "The best so far, trial by trial",
    "trials": "All trials",
    "tornado": "Inputs, by how much they matter",
    "morris": "How far each input moves the figure (μ), and how differently from place to place (σ)",
    "sobol": "Shares of the variance: each input alone (first), and with all its interactions (total)",
    "measure_first": "What to measure first, by its share of the variance",
    "size": "Tools and loads, before and after",
    "breakeven": "Both along the axis",
}
"""What tables and pictures of studies are called."""
CAPTIONS_OF = {
    "compare": {"cost_by_step": "Cost by step of each flow", "yield_by_step": "Yield by step of each flow", "tools": "Tools of each flow"},
    "curve": {"curve": "Cycle time against throughput"},
    "optimise": {"figures": "Figures before, and at the best"},
    "size": {"figures": "Figures before and after"},
}
"""The same, where a kind of study has a name of its own for it."""


def caption(kind: str, name: str) -> str:
    """What the table or picture *name* of a *kind* of study is called."""
    return CAPTIONS_OF.get(kind, {}).get(name) or CAPTIONS.get(name) or plain(name)[:1].upper() + plain(name)[1:]



FINDINGS: dict[str, Callable[[Found], list[str]]] = {
    "whatif": _whatif, "compare": _compare, "curve": _curve, "sweep": _sweep, "size": _size, "breakeven": _breakeven, "sensitivity": _sensitivity,
    "optimise": _optimise}
"""Kind of study → what says its finding."""

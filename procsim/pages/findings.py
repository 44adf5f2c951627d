"""Says in a line what a table or picture shows, so that its heading tells the finding and not the topic."""

from __future__ import annotations

from typing import Any

import pandas as pd

from procsim.maths.numerals import number
from procsim.pages.content import Found
from procsim.pages.cost_sheet import INCOMING, UNUSED, cell_names, cost_sheet, ordered
from procsim.pages.tables import most
from procsim.pages.words import listed, percent, several, short, signed

BAR = 9
"""The column of the cost sheet that holds the cost of a good unit, with its bar."""


def of_package(found: Found) -> str:
    """How thick it is and how it is wired."""
    thick, layers, pitch = (found.figure(name) for name in ("package_thickness", "wiring_layers", "terminal_pitch"))
    wired = layers == layers and layers > 0
    words = [f"{number(thick / 1000, 3)} mm thick" if thick == thick else "",
             f"{int(layers)} wiring layer{'s' if layers != 1 else ''}" if wired else "",
             f"terminals {short(pitch, 3)} mm apart" if pitch == pitch else ""]
    return f"The package: {listed(word for word in words if word)}" if any(words) else "The package"


def of_cost(found: Found) -> str:
    """What costs most: parts, and the step that does without them."""
    table = ordered(found)
    own = table[~table["step"].isin([INCOMING, UNUSED])]
    whole = float(table["good"].sum())
    if not whole > 0 or not len(own):
        return "Nothing costs anything here"
    added = (own["good"] - own["parts"]).fillna(0.0)
    top = own.iloc[int(added.to_numpy().argmax())]
    parts = float(table["parts"].sum()) / whole
    first = f"Dies and panels are {percent(parts, 2)} of the cost; " if parts > 0.05 else ""
    line = f"{top['step']} costs most {'of the rest' if first else 'of all steps'}: {number(float(added.max()), 3)} USD"
    return first + (line if first else line[:1].upper() + line[1:])


def of_scrap(found: Found) -> str:
    """Which step loses most, and how few lose half of it."""
    table = found.tables.get("loss_pareto")
    if table is None or not len(table):
        return "Nothing is lost"
    by_step = table.groupby("step", sort=False)["share"].sum().sort_values(ascending=False, kind="stable")
    half = int((by_step.cumsum() < 0.5).sum()) + 1
    first = "What arrives bad" if by_step.index[0] == INCOMING else by_step.index[0]
    return f"{first} loses most: {percent(float(by_step.iloc[0]), 2)} of all lost units; {half} of {len(by_step)} steps lose half of them"


def of_scrap_cost(found: Found) -> str:
    """What scrap costs, and which step causes most of it."""
    table = found.tables["cost_by_step"]
    top = table.iloc[int(table["scrap_caused_usd"].fillna(0.0).to_numpy().argmax())]
    first = "what arrives bad" if top["step"] == INCOMING else top["step"]
    whole = float(table["scrap_caused_usd"].sum())
    return f"Scrap costs {number(whole, 3)} USD a good package, {number(float(top['scrap_caused_usd']), 3)} of it because of {first}"


def of_line(found: Found) -> str:
    """What limits the line."""
    from procsim.pages.headline import bottleneck

    load, where = float(found.figure("bottleneck_load")), str(found.figure("bottleneck_load", "note"))
    return f"{bottleneck(found, where)} at {percent(load)}" if load == load else "What the tools do"


def of_one_more_tool(found: Found) -> str:
    """Which tool to buy next, for room and for time."""
    table = found.tables["one_more_tool"]
    first = table.iloc[0]
    words = [f"One more {first['tool_group']} takes its load from {percent(first['load'])} to {percent(first['load_with_one_more'])}"]
    if first["loaded_usd_per_good_unit"] == first["loaded_usd_per_good_unit"] and first["loaded_usd_per_good_unit"] != 0:
        words.append(f"and the cost up by {number(first['loaded_usd_per_good_unit'], 2)} USD a package")
    times = table["cycle_time_h"]
    if times.notna().any() and times.min() < 0:
        row = table.iloc[int(times.fillna(0.0).to_numpy().argmin())]
        which = "it" if row["tool_group"] == first["tool_group"] else f"one more {row['tool_group']}"
        words.append(f"; most time is won by {which}: {number(-row['cycle_time_h'], 2)} h of a lot's way")
    return " ".join(words).replace(" ;", ";")


def of_time(found: Found) -> str:
    """How long a lot takes, and how much of it is work."""
    hours, work = float(found.figure("cycle_time")), float(found.figure("raw_process_time"))
    if hours != hours:
        return f"A lot is worked on for {number(work, 3)} h" if work == work else "Where the time goes"
    rest = [f"{number(found.figure('waiting_time'), 3)} h waiting"] if found.figure("waiting_time") == found.figure("waiting_time") else []
    rest += [f"{number(of, 2)} h {name}" for name, of in _beside_work(found, work).items() if of > 0.001 * hours]
    return f"A lot takes {number(hours, 3)} h: {listed([f'{number(work, 3)} h work', *rest])}"


def _beside_work(found: Found, work: float) -> dict[str, float]:
    """Hours of a lot in transport, repair and blocked tools: in proportion to its *work*."""
    steps = found.tables["steps"]
    if "transport_h" not in steps:
        return {}
    worked = float((steps["visits"] * steps["process_h"]).sum())
    sums = {name: float((steps["visits"] * steps[f"{name}_h"]).sum()) for name in ("transport", "repair", "blocked")}
    return {name: work * of / worked for name, of in sums.items()} if worked > 0 else {}


def of_inputs(found: Found) -> str:
    """On whose word the cost stands, and what could move it most."""
    guessed, widest = found.figure("cost_resting_on_estimates"), found.figure("widest_estimate_1")
    if guessed != guessed:
        return "What the cost rests on"
    words = f"{percent(guessed, 2)} of the cost rests on estimates"
    if widest != widest:
        return words
    name = found.figure("widest_estimate_1", "note")
    known = found.tables.get("provenance")
    rows = [] if known is None else [row for _, row in known[known["address"] == name].iterrows()]
    return f"{words}; {name} moves it most, by {_swing(rows[0]) if rows else f'± {number(widest, 2)} USD'}"


def _swing(row: pd.Series[Any]) -> str:
    """From where to where an input moves the cost, within its range."""
    low, high = sorted((float(row["swing_low_usd"]), float(row["swing_high_usd"])))
    return f"{signed(low)} to {signed(high)} USD"


def of_more(found: Found) -> str:
    """What one more of a thing costs, the dearest of them."""
    table = found.tables["marginal_cost"]
    usd = table["direct_usd_per_good_unit"]
    if not usd.notna().any():
        return "What one more costs"
    row = table.iloc[int(usd.abs().fillna(0.0).to_numpy().argmax())]
    return f"{str(row['one_more']).capitalize()} costs {number(row['direct_usd_per_good_unit'], 3)} USD a package"


def of_volume(found: Found) -> str:
    """How the cost falls with volume."""
    table = found.tables["cost_by_volume"]
    low, high = table.iloc[0], table.iloc[-1]
    return (f"{number(low['cost_per_good_unit_usd'], 3)} USD at {several(round(low['good_units_per_week']))} a week, "
            f"{number(high['cost_per_good_unit_usd'], 3)} USD at {several(round(high['good_units_per_week']))}")


def of_build(found: Found) -> str:
    """How many steps change its shape, and which add to it first."""
    steps = found.tables["cost_by_step"]["step"]
    cells = [name for name in dict.fromkeys(cell_names(found, ordered(found)).values()) if name in set(steps)]
    count = len(steps[~steps.isin([INCOMING, UNUSED])])
    return f"{len(cells)} of {count} steps change its shape: from {cells[0]} to {cells[-1]}" if len(cells) > 1 else "How it is built, step by step"


def of_stretches(found: Found) -> str:
    """Which stretch of the flow adds most, dies and panels left out."""
    sheet = cost_sheet(found)
    added = {group.head[0].text: group.head[BAR].bar for group in sheet.groups if group.head[0].text not in (INCOMING, UNUSED)}
    known = {name: bar for name, bar in added.items() if bar == bar}
    return f"{max(known, key=lambda name: known[name])} adds most on top of dies and panels" if known else "What each stretch of the flow adds"


def of_dollars(found: Found) -> str:
    """What becomes of the cost: good packages, scrap, idle capacity."""
    whole, unused = (float(found.figure(name)) for name in ("cost_per_good_unit_loaded", "cost_of_unused_capacity_per_good_unit"))
    scrap = float(found.figure("scrap_cost_per_good_unit"))
    words = [f"{number(scrap, 3)} end as scrap" if scrap > 0 else "", f"{number(unused, 3)} pay for idle capacity" if unused > 0 else ""]
    return f"Of {number(whole, 3)} USD, {listed(word for word in words if word)}" if any(words) else "Where the dollars go"


def of_categories(found: Found) -> str:
    """Which category is the largest, and which next."""
    rows = found.tables["cost_by_category"].sort_values("cost_per_good_unit_usd", ascending=False, kind="stable").head(3)
    return "By category: " + ", ".join(f"{str(row['category']).replace('_', ' ')} {percent(float(row['share']), 2)}" for _, row in rows.iterrows())


def of_steps_yield(found: Found) -> str:
    """The step with the lowest yield."""
    table = found.tables["yield_by_step"]
    row = most(table, -table["step_yield"])
    return f"Lowest yield of a step: {row['step']}, {percent(float(row['step_yield']), 4)}" if row["step_yield"] < 1 else "Yield by step"


def of_spread(found: Found, name: str) -> str:
    """Between what yields nine in ten panels, or lots, are."""
    table, what = found.tables[name].assign(yield_to=found.tables[name]["yield_to"].clip(upper=1.0)), name.rpartition("_")[2]
    low, high = (table[table["cumulative_share"] >= share] for share in (0.05, 0.95))
    if not len(low) or not len(high):
        return f"Yield from {what} to {what}"
    ends = [percent(share, 3) for share in (float(low["yield_from"].iloc[0]), float(high["yield_to"].iloc[0]))]
    return f"Nine of ten {what}s yield {ends[0] if ends[0] == ends[1] else ' to '.join(ends)}"


def of_wip(found: Found) -> str:
    """How many lots are in the line, and whether the warm-up is long enough."""
    lots, warmup = float(found.figure("wip")), float(found.facts.get("warmup_h") or 0.0)
    advice = [float(one["cut_h"]) for one in found.facts.get("warmup_advice") or () if isinstance(one.get("cut_h"), int | float)]
    enough = f"; settled after {number(max(advice), 2)} h of a warm-up of {number(warmup, 3)} h" if advice and max(advice) <= warmup else ""
    return f"{number(lots, 3)} lots are in the line{enough}" if lots == lots else "Work in process and output over time"


def of_ways(found: Found) -> str:
    """Where the lots that are shown wait longest."""
    ways = found.tables["lot_ways"]
    waits = (ways["start_h"] - ways["arrived_h"]).groupby(ways["step"], sort=False).mean()
    lots = len(ways[["product", "lot"]].drop_duplicates())
    these = f"The way of {lots} lots of one replication" if lots != 1 else "The way of one lot"
    if not waits.max() > 0:
        return f"{these}, without waiting"
    return f"{these}: {'these wait' if lots != 1 else 'it waits'} longest for {waits.idxmax()}, {number(float(waits.max()), 2)} h"


def of_draws(found: Found) -> str:
    """Where the middle of all draws lies, and how many of them are above the cost with every input at its mid."""
    drawn = found.tables["uncertainty"]
    rows = drawn[drawn["figure"] == "cost_per_good_unit_loaded"].to_dict("records")
    if not rows:
        return "The cost over all draws of the inputs"
    row = rows[0]
    return (f"Half of all draws of the inputs cost more than {number(row['p50'], 3)} USD; {number(row['mid'], 3)} USD, with every input at its mid, "
            f"is less than {100 - row['mid_percentile']:.0f} % of them")


def of_tornado(found: Found) -> str:
    """Which input moves the cost how far."""
    known = found.tables["provenance"]
    row = most(known, (known["swing_high_usd"] - known["swing_low_usd"]).abs())
    return f"Within its range {row['address']} moves the cost by {_swing(row)}"


def of_materials(found: Found) -> str:
    """Which material costs most."""
    row = found.tables["materials"].sort_values("cost_usd", ascending=False, kind="stable").iloc[0]
    return f"{row['material']} costs most of all materials: {number(float(row['cost_per_good_unit_usd']), 3)} USD a good package"


def of_bars(found: Found) -> str:
    """The steps that cost most, but for dies and panels."""
    table = ordered(found)
    own = table[~table["step"].isin([INCOMING, UNUSED])]
    first = (own["good"] - own["parts"]).fillna(0.0).sort_values(ascending=False, kind="stable").head(3).index
    return f"{listed(own.loc[first, 'step'])} cost most of all steps, dies and panels left out" if len(first) > 1 else "Cost by step and category"


def of_half(found: Found) -> str:
    """How many steps lose half of all that is lost."""
    shares = found.tables["loss_pareto"].groupby("step", sort=False)["share"].sum().sort_values(ascending=False, kind="stable").cumsum()
    return f"{int((shares < 0.5).sum()) + 1} of {len(shares)} steps lose half of all lost units"


def of_use(found: Found) -> str:
    """Which tools are at work most, and how many less than half of the time."""
    tools = found.tables["tools"]
    row, idle = most(tools, tools["productive"]), int((tools["productive"] < 0.5).sum())
    busy = percent(float(row["productive"]), 2)
    return f"{row['tool_group']} is at work {busy} of the time; {idle} of {len(tools)} tool groups less than half of it"


def of_longest(found: Found) -> str:
    """At which step a lot is longest."""
    steps = found.tables["steps"]
    beside = [name for name in ("queue_h", "transport_h", "repair_h", "blocked_h") if name in steps]
    hours = steps["visits"] * steps[["process_h", *beside]].sum(axis=1)
    return f"A lot is longest at {most(steps, hours)['step']}: {percent(float(hours.max() / hours.sum()), 2)} of its way"

"""Answers in a line each what people ask of a run first, with the place on its page where more is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from procsim.maths.numerals import number
from procsim.pages.content import Found
from procsim.pages.cost_sheet import INCOMING, UNUSED, ordered
from procsim.pages.headline import bottleneck
from procsim.pages.words import listed, percent, several, signed

FIRST = 3
"""So many of a ranking are named."""


def answers(found: Found) -> Sequence[tuple[str, str, str]]:
    """(question, answer, where more is told), of questions that this run can answer."""
    told = [(question, answer(found), place) for question, answer, place in QUESTIONS]
    return [(question, text, place) for question, text, place in told if text]


def _dearest(found: Found) -> str:
    table = ordered(found)
    added = (table["good"] - table["parts"]).fillna(0.0)
    own = table.assign(added=added)[~table["step"].isin([INCOMING, UNUSED])].sort_values("added", ascending=False, kind="stable").head(FIRST)
    whole = float(added.sum())
    if not whole > 0:
        return ""
    first = own.iloc[0]
    rest = [f"{row['step']} {number(row['added'], 3)}" for _, row in own.iloc[1:].iterrows()]
    words = f"{first['step']}: {number(first['added'], 3)} USD a good package, {percent(first['added'] / whole, 2)} of all but dies and panels"
    return words + (f"; then {listed(rest)}." if rest else ".")


def _layer(found: Found) -> str:
    table = found.tables.get("marginal_cost")
    rows = table[table["one_more"].astype(str).str.contains("layer")] if table is not None else pd.DataFrame()
    if not len(rows) or rows["direct_usd_per_good_unit"].isna().all():
        return ""
    row = rows.iloc[0]
    added = f" with {int(row['tools_added'])} tools more" if row["tools_added"] > 0 else ""
    each = "as a mean over all packages" if len(found.tables.get("products", ())) > 1 else "a good package"
    usd = [signed(row[f"{way}_usd_per_good_unit"]) for way in ("direct", "loaded")]
    return (f"{usd[0]} USD {each} direct, {usd[1]} fully loaded (closed form, {row['edit']}){added}; "
            f"{row['bottleneck']} is then loaded to {percent(row['bottleneck_load'], 2)}.")


def _volume(found: Found) -> str:
    table = found.tables.get("cost_by_volume")
    if table is None or len(table) < 2 or not table["cost_per_good_unit_usd"].notna().all():
        return ""
    ends = [f"{number(row['cost_per_good_unit_usd'], 3)} USD at {row['volume']:g} times the volume "
            f"({several(round(row['good_units_per_week']))} a week)" for row in (table.iloc[0], table.iloc[-1])]
    return f"{listed(ends)}, each with the tools that it takes (closed form)."


def _next_tool(found: Found) -> str:
    table = found.tables.get("one_more_tool")
    if table is None or not len(table):
        return ""
    first = table.iloc[0]
    words = f"{first['tool_group']}, the most loaded (closed form): {percent(first['load'])} → {percent(first['load_with_one_more'])}"
    if first["loaded_usd_per_good_unit"] == first["loaded_usd_per_good_unit"] and first["loaded_usd_per_good_unit"] != 0:
        words += f" for {signed(first['loaded_usd_per_good_unit'])} USD a package"
    times = table["cycle_time_h"].fillna(0.0)
    if times.min() < 0:
        row = table.iloc[int(times.to_numpy().argmin())]
        which = "that" if row["tool_group"] == first["tool_group"] else row["tool_group"]
        words += f"; {which} shortens a lot's way most, by {number(-row['cycle_time_h'], 2)} h"
    return words + "."


def _holds_back(found: Found) -> str:
    load, where = float(found.figure("bottleneck_load")), str(found.figure("bottleneck_load", "note"))
    if load != load:
        return ""
    table = found.tables["tools"]
    waits = [] if "queue_mean_h" not in table else [row for row in table.nlargest(1, "queue_mean_h").to_dict("records") if row["queue_mean_h"] > 0]
    longest = [f"; lots wait longest for {row['tool_group']}, {number(row['queue_mean_h'], 2)} h a visit"
               + (f" ({row['limited_by']})" if row.get("limited_by") else "") for row in waits]
    return f"{bottleneck(found, where)} at {percent(load)}{''.join(longest)}."


def _sure(found: Found) -> str:
    low, mean, high = (float(found.figure("cost_per_good_unit_loaded", column)) for column in ("ci_low", "mean", "ci_high"))
    words = [f"the simulation leaves ± {number(max(high - mean, mean - low), 2)} USD open"] if high > low else []
    drawn = found.tables.get("uncertainty")
    if drawn is not None and (drawn["figure"] == "cost_per_good_unit_loaded").any():
        row = drawn[drawn["figure"] == "cost_per_good_unit_loaded"].iloc[0]
        words.append(f"over all draws of the inputs 9 of 10 are from {number(row['p05'], 3)} to {number(row['p95'], 3)} USD, half of them above "
                     f"{number(row['p50'], 3)}")
        over = [float(share) for share in drawn.loc[drawn["figure"] == "overloaded", "mean"] if share > 0]
        words += [f"in {percent(share, 2)} of them the line would be overloaded with the tools that it has" for share in over]
    guessed = float(found.figure("cost_resting_on_estimates"))
    if guessed == guessed:
        words.append(f"{percent(guessed, 2)} of the cost rests on estimates")
    return f"Of {number(mean, 3)} USD, {'; '.join(words)}." if words and mean == mean else ""


def _inputs(found: Found) -> str:
    known = found.tables.get("provenance")
    if known is None or not known["swing_low_usd"].notna().any():
        return ""
    wide = (known["swing_high_usd"] - known["swing_low_usd"]).abs()
    rows = known.loc[wide.sort_values(ascending=False, kind="stable").index[:5]]
    ends = [sorted((row["swing_low_usd"], row["swing_high_usd"])) for _, row in rows.iterrows()]
    return "; ".join(f"{address} ({signed(low)} to {signed(high)} USD)" for address, (low, high) in zip(rows["address"], ends, strict=True)) + "."


def _scrapped(found: Found) -> str:
    table, cost = found.tables.get("loss_pareto"), found.tables["cost_by_step"]
    if table is None or not len(table):
        return ""
    by_step = table.groupby("step", sort=False)["share"].sum().sort_values(ascending=False, kind="stable").head(FIRST)
    lost = [f"{'dies that arrive bad' if step == INCOMING else step} {percent(float(share), 2)}" for step, share in by_step.items()]
    words = f"Made bad by {listed(lost)} of all lost units"
    where = cost.nlargest(2, "scrap_found_usd")
    out = [f"{row['step']} ({number(row['scrap_found_usd'], 2)} USD a good package)" for _, row in where.iterrows() if row["scrap_found_usd"] > 0]
    return f"{words}; thrown out at {listed(out)}." if out else f"{words}."


QUESTIONS: tuple[tuple[str, Callable[[Found], str], str], ...] = (
    ("Which step costs most, without dies?", _dearest, "cost"),
    ("What does one more wiring layer cost?", _layer, "t-marginal-cost"),
    ("What would it cost at another volume?", _volume, "t-cost-by-volume"),
    ("What holds the line back?", _holds_back, "line"),
    ("Which tool next?", _next_tool, "t-one-more-tool"),
    ("What is scrapped where?", _scrapped, "yield"),
    ("How sure is it?", _sure, "sure"),
    ("Which five inputs matter most?", _inputs, "t-provenance"),
)
"""What is asked, what answers it, and where on the page more is told."""

"""Says on top of a run's page what was found: a sentence, five figures with what they rest on, and the cost by category."""

from __future__ import annotations

import re
from collections.abc import Sequence

from procsim.maths.numerals import number, plus_minus
from procsim.pages.content import Card, Found
from procsim.pages.words import percent, several

CARDS = (("cost_per_good_unit_loaded", "cost of a good package", "USD"), ("good_units_per_week", "good packages a week", ""), ("yield", "yield", "%"),
         ("cycle_time", "cycle time", "h"), ("bottleneck_load", "load of the bottleneck", "%"))
SMALL = 0.012
"""Categories with a smaller share are one part of the bar."""


def lead(found: Found) -> list[str]:
    """What was found, in a sentence or two."""
    cost, direct = (float(found.figure(f"cost_per_good_unit_{way}")) for way in ("loaded", "direct"))
    good, out, hours = (float(found.figure(name)) for name in ("yield", "good_units_per_week", "cycle_time"))
    words = []
    if cost == cost:
        words.append(f"A good package costs {number(cost, 3)} USD with all that the line costs, {number(direct, 3)} USD without its idle capacity.")
    if good == good:
        made = f", and the line makes {several(out)} good ones a week" if out == out else ""
        words.append(f"{percent(good)} of what is started is good{made}.")
    load, where = float(found.figure("bottleneck_load")), str(found.figure("bottleneck_load", "note"))
    if load == load:
        words.append(f"{bottleneck(found, where)} at {percent(load)}" + (f"; a lot takes {number(hours, 3)} h." if hours == hours else "."))
    return [" ".join(words)] if words else []


def bottleneck(found: Found, where: str) -> str:
    """Which tools limit the line, and how many there are of them."""
    tools = found.tables["tools"].set_index("tool_group")["count"]
    count = int(tools[where]) if where in tools.index else 0
    name = where.replace("_", " ")
    limits = "limits" if load_of(found) > 0.5 else "is the most loaded of"
    return f"{name[:1].upper()}{name[1:]} {limits} the line: {count} tool{'s' if count != 1 else ''}" if count else f"The most loaded are {where},"


def load_of(found: Found) -> float:
    """Load of the bottleneck."""
    return float(found.figure("bottleneck_load"))


def cards(found: Found) -> list[Card]:
    """The foremost figures, each with its interval, the closed form beside it, and what it rests on."""
    return [_card(found, *one) for one in CARDS if found.figure(one[0]) == found.figure(one[0])]


def _card(found: Found, metric: str, name: str, unit: str) -> Card:
    by = 100.0 if unit == "%" else 1.0
    mean, low, high, expected = (by * float(found.figure(metric, column)) for column in ("mean", "ci_low", "ci_high", "expected"))
    value = several(mean) if metric == "good_units_per_week" else number(mean, 3)
    beside = []
    if high > low:
        counted = metric == "good_units_per_week" and high - low > 1000
        around = f"± {several(round(max(high - mean, mean - low), -2))}" if counted else plus_minus(mean, low, high)
        beside.append(f"{around} ({_confidence(found)} interval)")
    if expected == expected and int(found.figure(metric, "replications")) > 0:
        about = "≈ " if found.figure(metric, "expected_is") == "estimate" else ""
        said = several(expected) if metric == "good_units_per_week" else f"{number(expected, 4)} {unit}"
        beside.append(f"closed form {about}{said}")
    return Card(name, value, unit, [*beside, *_rests(found, metric), *_drawn(found, metric, by)])


def _confidence(found: Found) -> str:
    share = ((found.facts.get("recipe") or {}).get("run") or {}).get("confidence", 0.95)
    return f"{100 * float(share):g} %"


def _rests(found: Found, metric: str) -> Sequence[str]:
    """What stands beside some figures alone."""
    if metric == "cost_per_good_unit_loaded":
        direct, without = found.figure("cost_per_good_unit_direct"), found.figure("cost_per_good_unit_direct_without_dies")
        guessed = found.figure("cost_resting_on_estimates")
        return [*([f"{number(direct, 3)} direct, {number(without, 3)} of it without dies"] if without == without else []),
                *([f"{percent(guessed, 2)} rests on estimates"] if guessed == guessed else [])]
    if metric == "bottleneck_load":
        return [str(found.figure(metric, "note")).replace("_", " ")]
    if metric == "cycle_time":
        late = found.figure("cycle_time_p95")
        return [f"{number(late, 3)} h or less for 95 of 100 lots"] if late == late else []
    return [f"{several(found.figure('escapes_ppm'))} ppm of what is shipped is bad"] if metric == "yield" else []


def _drawn(found: Found, metric: str, by: float) -> Sequence[str]:
    """The band that the draws of uncertain inputs give."""
    table = found.tables.get("uncertainty")
    if table is None or not (table["figure"] == metric).any():
        return []
    row, every = table[table["figure"] == metric].iloc[0], int(table["draws"].max())
    of = "draws of the inputs" if row["draws"] == every else f"of the {int(row['draws'])} draws of {every} in which there is one"
    ends = [several(row[name]) if metric == "good_units_per_week" else number(by * row[name], 3) for name in ("p05", "p95")]
    return [f"{' to '.join(ends)} in 9 of 10 {of}"]


def shares(found: Found) -> list[tuple[str, str, float, str]]:
    """The cost by category, the largest first: class, name, percent and USD."""
    table = found.tables.get("cost_by_category")
    if table is None or not table["cost_per_good_unit_usd"].sum() > 0:
        return []
    rows = sorted(((str(name), float(usd)) for name, usd in zip(table["category"], table["cost_per_good_unit_usd"], strict=True) if usd > 0),
                  key=lambda row: -row[1])
    whole = sum(usd for _, usd in rows)
    large = [(name, usd) for name, usd in rows if usd >= SMALL * whole]
    rest = whole - sum(usd for _, usd in large)
    parts = [*large, *([("other", rest)] if rest > 0 else [])]
    return [(f"c-{re.sub('[^a-z]+', '-', name)}", name.replace("_", " "), 100 * usd / whole, f"{number(usd, 3)} USD") for name, usd in parts]

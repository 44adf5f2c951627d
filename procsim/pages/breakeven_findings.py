"""Says where two flows cost the same, and which of them is the cheaper on either side; or where one meets a target."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from procsim.model.units import unit_of
from procsim.pages.content import Found
from procsim.pages.words import listed, short, told, valued

TARGET = "target"
"""The column of the curve, and the name, of what one flow is to meet."""
VERDICTS = {"closed form": "in closed form", "confirmed": "confirmed by simulation", "confirmed roughly": "confirmed by simulation, roughly"}
"""How the heading says what was found of a crossing."""


def breakeven(found: Found) -> list[str]:
    """Who is lower where, and what simulation says of the place."""
    table = found.tables["crossings"]
    if not len(table):
        return [_never_even(found)]
    axis = str(table.columns[0])
    values = [float(value) for value in table[axis]]
    places, lower = [_at(axis, value) for value in values], _lower(found, values)
    simulated = [f"{short(row['simulated'])} ({short(row['ci_low'])} to {short(row['ci_high'])})" for row in table.to_dict("records")
                 if row["simulated"] == row["simulated"] and row["simulated"] != ""] if "simulated" in table else []
    first = _sides(found, axis, places, lower) if lower else f"Break-even where {axis} is {listed(places)}."
    return [first, *([f"By simulation: {listed(simulated)}."] if simulated else [])]


def _sides(found: Found, axis: str, places: Sequence[str], lower: Sequence[str]) -> str:
    """Which is *lower* between the *places*: "a is the cheaper where price is below 3 USD, b above"."""
    figure = str(found.facts.get("figure"))
    if TARGET in lower:
        flow, target = next(name for name in lower if name != TARGET), valued(figure, float(found.facts[TARGET]))
        parts = [f"{'above' if name == TARGET else 'below'} {target}" for name in lower]
        head = f"The {told(figure)} of {flow} is {parts[0]}"
    else:
        parts = list(lower)
        head = f"{lower[0]} {'is the cheaper' if figure.startswith('cost_') else f'has the lower {told(figure)}'}"
    rest = [f"{part} {f'up to {place}' if place else 'beyond'}" for part, place in zip(parts[1:], [*places[1:], ""], strict=True)]
    return f"{head} where {axis} is below {places[0]}, {', '.join(rest)}."


def _at(axis: str, value: float) -> str:
    """A place on the axis, with its unit."""
    unit = unit_of(axis.partition(",")[0])
    return f"{short(value)}{'' if unit == '1' else f' {unit}'}"


def _lower(found: Found, places: Sequence[float]) -> list[str]:
    """Which of the two is lower on each stretch between *places*, one after the other; nothing where that is not so all along each."""
    curve = found.tables.get("curve")
    if curve is None or len(curve.columns) < 3:
        return []
    axis, one, other = (str(name) for name in curve.columns[:3])
    near = 1e-9 * max(float(curve[axis].abs().max()), max(map(abs, places)))
    names = []
    for low, high in pairwise([float("-inf"), *places, float("inf")]):
        on = curve[(curve[axis] > low + near) & (curve[axis] < high - near)][[one, other]].dropna()
        first = (on[one] < on[other]).unique()
        if len(first) != 1:
            return []
        names.append(one if first[0] else other)
    return names if all(a != b for a, b in pairwise(names)) else []


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
    figure = str(found.facts.get("figure"))
    gaps = [valued(figure, float(known[higher].iloc[at] - known[lower].iloc[at]), 3) for at in (0, -1)]
    names = ["the target" if name == TARGET else name for name in (lower, higher)]
    ends = [_at(axis, float(known[axis].iloc[at])) for at in (0, -1)]
    return f"Nothing breaks even in that range: {names[0]} is below {names[1]} all along, by {gaps[0]} at {ends[0]} and by {gaps[1]} at {ends[1]}."


def of_crossings(found: Found) -> str:
    """How often, and whether simulation agrees."""
    table = found.tables["crossings"]
    if not len(table):
        return "No break-even in that range"
    said = sorted({str(verdict) for verdict in table["verdict"]})
    how = VERDICTS.get(said[0], f"simulation: {said[0]}") if len(said) == 1 else f"simulation: {listed(said)}"
    return f"{len(table)} break-even{'s' if len(table) > 1 else ''}, {how}"

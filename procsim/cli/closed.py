"""Recipe, plan and closed form in, what ``procsim estimate`` prints of them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.table import Table

from procsim import marginal
from procsim.cli.packages import foreseen, several
from procsim.cli.prepare import overloads
from procsim.cli.show import number, table
from procsim.cli.text import capacity, one_more, percent, ramp, spare, volumes
from procsim.expected import Expected, half_clocked, resource_names
from procsim.plan.shape import CATEGORIES, Plan
from procsim.recipe.load import Recipe
from procsim.streams import step_yields


def paragraphs(recipe: Recipe, sets: Sequence[str], plan: Plan, closed: Expected) -> Iterator[str | Table]:
    """All that the closed form says, a paragraph each."""
    yield _headline(plan, closed)
    if several(plan):
        yield foreseen(plan, closed)
    if not (plan.money.free or half_clocked(plan)):
        yield from _costs(plan, closed)
    more, by_volume = marginal.marginal(recipe, sets, plan, closed), marginal.volumes(recipe, plan, closed)
    yield from filter(None, [one_more(more) if more else "", volumes(by_volume) if by_volume else "", marginal.left_out(plan, closed)])
    if plan.losses.learns.any():
        yield ramp(plan)
    spared = spare(plan, closed)
    if spared:
        yield table(["work on units known to be bad", "USD per good unit", ""], spared)
    yield capacity(plan, closed)


def _headline(plan: Plan, closed: Expected) -> Table:
    """Yield, cost, output and what limits it."""
    r = int(closed.loads.argmax())
    bottleneck = "–" if half_clocked(plan) else resource_names(plan)[r]
    busy = "never up" if np.isinf(closed.loads[r]) else f"{percent(closed.loads[r])} loaded"
    rows = [["yield", number(closed.yield_, 6), _of_all(plan).strip()],
            ["starts per good unit", number(closed.started / (closed.good or float("nan")), 6), ""]]
    if not plan.money.free:
        rows += [["direct cost", number(closed.direct, 6), f"{plan.money.currency} per good unit{_of_all(plan)}"],
                 ["fully loaded cost", number(closed.loaded, 6), f"{plan.money.currency} per good unit{_of_all(plan)}"]]
    return table(["", "", ""], [*rows, ["output", number(closed.good * closed.lots_per_h * 168, 6), "good units per week"],
                                ["raw process time", number(closed.raw_process_h), "h"],
                                ["cycle time (estimate)", "∞" if overloads(plan, closed) else number(closed.cycle_h), "h"],
                                ["bottleneck", bottleneck, busy]], left=1)


def _costs(plan: Plan, closed: Expected) -> Iterator[str | Table]:
    """Direct cost by category, and the costliest steps."""
    good, by = closed.good or float("nan"), closed.cost.sum(axis=0)
    order = (-closed.cost[:-1].sum(axis=1)).argsort()[:8]
    yield table(["direct cost", f"USD per good unit{_of_all(plan)}"], [[name, number(by[c] / good)] for c, name in enumerate(CATEGORIES) if by[c]])
    yields, unit = step_yields(plan, closed), f"USD per good unit{_of_all(plan)}"
    yield table(["costliest steps", unit, "step yield"], [
        [plan.steps[s], number(float(closed.cost[s].sum()) / good), number(float(yields[s]), 5)] for s in order])


def _of_all(plan: Plan) -> str:
    """What is said of a figure that several products share."""
    return " of all products" if several(plan) else ""

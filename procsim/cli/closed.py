"""Prints what ``procsim estimate`` says of a line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rich.table import Table

from procsim.cli.packages import foreseen, several
from procsim.cli.show import table
from procsim.cli.text import capacity, guess, one_more, percent, ramp, spare, volumes
from procsim.cli.uncertainty import BAND, band
from procsim.closed_form import marginal_cost
from procsim.closed_form.by_release import step_yields
from procsim.closed_form.capacity import resource_names
from procsim.closed_form.exactness import estimates, loads
from procsim.closed_form.solve import ClosedForm
from procsim.closed_form.starts import half_clocked
from procsim.maths.numerals import about, number
from procsim.planning.plan import CATEGORIES, Plan
from procsim.recipe.recipe import Recipe
from procsim.results.overload import overloads
from procsim.studies.uncertainty import Uncertainty


def paragraphs(recipe: Recipe, plan: Plan, closed: ClosedForm, uncertainty: Uncertainty | None = None) -> Iterator[str | Table]:
    """All that the closed form says, a paragraph each; costs with what *uncertainty* there is beside them."""
    yield _headline(plan, closed, uncertainty)
    if several(plan):
        yield foreseen(plan, closed)
    if not (plan.money.free or half_clocked(plan)):
        yield from _costs(plan, closed)
    more, by_volume = marginal_cost.marginal(recipe, plan, closed), marginal_cost.volumes(recipe, plan, closed)
    told = one_more(plan, more) if more else "", volumes(plan, by_volume) if by_volume else "", marginal_cost.left_out(plan, closed)
    yield from filter(None, told)
    if plan.losses.learns.any():
        yield ramp(plan)
    spared = spare(plan, closed)
    if spared:
        yield table(["work on units known to be bad" + guess("saving_by_skipping_known_bad", plan), "USD per good unit", ""], spared)
    yield capacity(plan, closed)


def _headline(plan: Plan, closed: ClosedForm, uncertainty: Uncertainty | None) -> Table:
    """Yield, cost, output and what limits it; estimates are told from what is exact."""
    r, guessed, of_all = int(closed.loads.argmax()), estimates(plan), _of_all(plan)
    bottleneck = "–" if half_clocked(plan) else resource_names(plan)[r]
    busy = "never up" if np.isinf(closed.loads[r]) else about(f"{percent(closed.loads[r])} loaded", bool(loads(plan)[r]))

    def named(words: str, figure: str) -> str:
        return f"{words} (estimate)" if figure in guessed else words

    rows = [[named("yield", "yield"), number(closed.flow.yield_, 6), of_all.strip()],
            [named("starts per good unit", "starts_per_good_unit"), number(closed.flow.started / (closed.flow.good or float("nan")), 6), ""]]
    if not plan.money.free:
        rows += [[named(name, figure), number(usd, 6), f"{plan.money.currency} per good unit{of_all}",
                  *band(uncertainty, figure)]
                 for name, usd, figure in (("direct cost", closed.direct, "cost_per_good_unit_direct"),
                                           ("fully loaded cost", closed.loaded, "cost_per_good_unit_loaded"))]
    own = [[f"  of {stream.name}", number(hours), "h"] for stream, hours in zip(plan.streams, closed.time.release_h.tolist(), strict=True)
           if len(plan.streams) > 1 and not overloads(plan, closed)]
    return table(["", "", "", *(BAND if uncertainty is not None else ())], [*rows,
        [named("output", "good_units_per_week"), number(closed.flow.good * closed.starts.lots_per_h * 168, 6), "good units per week"],
        [named("raw process time", "raw_process_time"), number(closed.time.raw_process_h), "h"],
        [named("cycle time", "cycle_time"), "∞" if overloads(plan, closed) else number(closed.time.cycle_h), "h"], *own,
        ["bottleneck", bottleneck, busy]], left=1)


def _costs(plan: Plan, closed: ClosedForm) -> Iterator[str | Table]:
    """Direct cost by category, where it is known, and the costliest steps."""
    good, by, direct = closed.flow.good or float("nan"), closed.costs.per_lot.sum(axis=0), "direct cost" + guess("cost_per_good_unit_direct", plan)
    order = (-closed.costs.per_lot[:-1].sum(axis=1)).argsort()[:8]
    unit, yields = f"USD per good unit{_of_all(plan)}", step_yields(plan, closed)
    if good == good:
        yield table([direct, unit], [[name, number(by[c] / good)] for c, name in enumerate(CATEGORIES) if by[c]])
    yield table(["costliest steps" + guess("cost_per_good_unit_direct", plan), unit, "step yield"], [
        [plan.steps[s], number(float(closed.costs.per_lot[s].sum()) / good), number(float(yields[s]), 5)] for s in order])


def _of_all(plan: Plan) -> str:
    """What is said of a figure that several products share."""
    return " of all products" if several(plan) else ""

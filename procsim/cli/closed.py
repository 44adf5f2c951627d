"""Recipe, plan and closed form in, what ``procsim estimate`` prints of them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from procsim import marginal
from procsim.cli.prepare import overloads
from procsim.cli.show import about, number, table
from procsim.cli.text import capacity, guess, one_more, ramp, spare, volumes
from procsim.exactness import estimates, loads
from procsim.expected import Expected, half_clocked, resource_names
from procsim.plan.shape import CATEGORIES, Plan
from procsim.recipe.load import Recipe


def paragraphs(recipe: Recipe, sets: Sequence[str], plan: Plan, closed: Expected) -> Iterator[str | Table]:
    """All that the closed form says, a paragraph each."""
    yield _headline(plan, closed)
    if not (plan.money.free or half_clocked(plan)):
        yield from _costs(plan, closed)
    more, by_volume = marginal.marginal(recipe, sets, plan, closed), marginal.volumes(recipe, plan, closed)
    yield from filter(None, [one_more(plan, more) if more else "", volumes(plan, by_volume) if by_volume else "", marginal.left_out(plan, closed)])
    if plan.losses.learns.any():
        yield ramp(plan)
    spared = spare(plan, closed)
    if spared:
        yield table(["work on units known to be bad" + guess("saving_by_skipping_known_bad", plan), "USD per good unit", ""], spared)
    yield capacity(plan, closed)


def _headline(plan: Plan, closed: Expected) -> Table:
    """Yield, cost, output and what limits it; estimates are told from what is exact."""
    r, guessed = int(closed.loads.argmax()), estimates(plan)
    bottleneck = "–" if half_clocked(plan) else resource_names(plan)[r]

    def named(words: str, figure: str) -> str:
        return f"{words} (estimate)" if figure in guessed else words

    rows = [[named("yield", "yield"), number(closed.yield_, 6), ""],
            [named("starts per good unit", "starts_per_good_unit"), number(closed.started / (closed.good or float("nan")), 6), ""]]
    if not plan.money.free:
        rows += [[named("direct cost", "cost_per_good_unit_direct"), number(closed.direct, 6), f"{plan.money.currency} per good unit"],
                 [named("fully loaded cost", "cost_per_good_unit_loaded"), number(closed.loaded, 6), f"{plan.money.currency} per good unit"]]
    load = about(f"{number(100 * closed.loads[r], 3)} % loaded", bool(loads(plan)[r]))
    return table(["", "", ""], [*rows,
        [named("output", "good_units_per_week"), number(closed.good * closed.lots_per_h * 168, 6), "good units per week"],
        [named("raw process time", "raw_process_time"), number(closed.raw_process_h), "h"],
        [named("cycle time", "cycle_time"), "∞" if overloads(plan, closed) else number(closed.cycle_h), "h"],
        ["bottleneck", bottleneck, load]], left=1)


def _costs(plan: Plan, closed: Expected) -> Iterator[str | Table]:
    """Direct cost by category, and the costliest steps."""
    good, by, direct = closed.good or float("nan"), closed.cost.sum(axis=0), "direct cost" + guess("cost_per_good_unit_direct", plan)
    order = (-closed.cost[:-1].sum(axis=1)).argsort()[:8]
    yield table([direct, "USD per good unit"], [[name, number(by[c] / good)] for c, name in enumerate(CATEGORIES) if by[c]])
    yield table(["costliest steps" + guess("cost_per_good_unit_direct", plan), "USD per good unit", "step yield"], [
        [plan.steps[s], number(float(closed.cost[s].sum()) / good), number(_step_yield(closed, int(s)), 5)] for s in order])


def _step_yield(closed: Expected, s: int) -> float:
    """Chance that a good unit survives step *s*."""
    lost = closed.lost
    before = closed.started - lost[-1] - lost[:s].sum()
    return float(1 - lost[s] / before) if before > 0 else float("nan")

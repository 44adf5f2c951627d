"""Lists the pictures of a run's report by name: a new one is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import pandas as pd
from matplotlib.figure import Figure

from procsim.costs.totals import Totals
from procsim.figures import bars, money, section, sensitivity, style, times
from procsim.figures.cells import finished
from procsim.figures.finer import finer, known_of
from procsim.figures.warmup import warmup
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import output_over_time, warmup_advice, wip_over_time
from procsim.section.build import Built

Draw = Callable[[], Figure]


@dataclass(frozen=True)
class Shown:
    """What pictures show: the *recipe*, its *plan*, the run's *totals* by replication, and the report's *tables* by name."""

    recipe: Recipe
    plan: Plan
    totals: Sequence[Totals]
    tables: Mapping[str, pd.DataFrame]

    @cached_property
    def built(self) -> tuple[Built, ...]:
        """The package after every step, as pictures show it: built once for all of them."""
        return finer(self.recipe)


def _tool_use(shown: Shown) -> Draw | None:
    table = shown.tables["tools"]
    return partial(bars.tool_use, table, shown.plan.title, shown.plan.max_load) if table["productive"].notna().any() else None


def _warmup(shown: Shown) -> Draw | None:
    plan, totals = shown.plan, shown.totals
    if not totals:
        return None
    return lambda: warmup(*wip_over_time(totals), plan.warmup_us / HOUR, warmup_advice(plan, totals), plan.title, output_over_time(totals))


def _loss_pareto(shown: Shown) -> Draw | None:
    table = shown.tables.get("loss_pareto")
    return partial(bars.loss_pareto, table, shown.plan.title) if table is not None and len(table) else None


def _cost_by_step(shown: Shown) -> Draw | None:
    table = shown.tables["cost_by_step"]
    return partial(bars.cost_by_step, table, shown.plan.title) if table["cost_per_good_unit_usd"].abs().sum() > 0 else None


def _section(shown: Shown) -> Draw | None:
    recipe = shown.recipe
    return (lambda: section.sheet(recipe.title, shown.built, known_of(recipe))) if recipe.document.product is not None else None


def _package(shown: Shown) -> Draw | None:
    recipe = shown.recipe
    if recipe.document.product is None:
        return None

    def draw() -> Figure:
        built, known = shown.built, known_of(recipe)
        last = finished(built, known)
        return (section.package if last.after.singulated else section.claim)(recipe.title, last)

    return draw


def _waterfall(shown: Shown) -> Draw | None:
    table = shown.tables["cost_by_step"]
    return partial(money.waterfall, table, shown.plan.title) if table["cost_per_good_unit_usd"].abs().sum() > 0 else None


def _dollars(shown: Shown) -> Draw | None:
    table = shown.tables["cost_by_step"]
    scrap = _figure(shown, "scrap_cost_per_good_unit")
    return partial(money.dollars, table, scrap, shown.plan.title) if table["cost_per_good_unit_usd"].abs().sum() > 0 else None


def _cycle_time(shown: Shown) -> Draw | None:
    steps, starts = shown.tables["steps"], shown.tables["yield_by_step"]
    lots = float(starts["units_in"].iloc[0]) / shown.plan.units_per_panel / shown.plan.lot_panels
    if not (lots > 0 and steps["visits"].notna().any()):
        return None
    return partial(times.cycle_time, steps, lots, _figure(shown, "cycle_time"), shown.plan.title)


def _lot_ways(shown: Shown) -> Draw | None:
    ways = shown.tables.get("lot_ways")
    return partial(times.lot_ways, ways, shown.plan.warmup_us / HOUR, shown.plan.title) if ways is not None else None


def _tornado(shown: Shown) -> Draw | None:
    known = shown.tables.get("provenance")
    if known is None or not known["swing_low_usd"].notna().any():
        return None
    ends = {"change_at_low": known["swing_low_usd"], "change_at_high": known["swing_high_usd"]}
    table = known.assign(**ends, range=(ends["change_at_high"] - ends["change_at_low"]).abs()).dropna(subset=["range"])
    return partial(sensitivity.tornado, table, "the fully loaded cost, USD per good package")


def _figure(shown: Shown, name: str) -> float:
    """What the summary says of a figure; nan where it says nothing."""
    found = shown.tables["summary"].set_index("metric")["mean"]
    return float(found.get(name, float("nan")))


PICTURES: dict[str, Callable[[Shown], Draw | None]] = {
    "tool_use": _tool_use,
    "warmup": _warmup,
    "loss_pareto": _loss_pareto,
    "cost_by_step": _cost_by_step,
    "cost_along_the_flow": _waterfall,
    "dollars": _dollars,
    "cycle_time": _cycle_time,
    "lot_ways": _lot_ways,
    "tornado": _tornado,
    "package": _package,
    "section": _section,
}
"""Name of the file without ``.svg`` → what draws it, or None where there is nothing to show."""

def drawers(shown: Shown) -> dict[str, Callable[[], bytes]]:
    """What draws each picture of the report that has something to show, as SVG, by its name. What was not run has no warm-up."""
    found = {name: picture(shown) for name, picture in PICTURES.items()}
    return {name: partial(_svg, name, draw) for name, draw in found.items() if draw is not None}


def _svg(name: str, draw: Draw) -> bytes:
    return style.svg(draw(), name, tight=False)  # all are laid out within their own size


def pictures_of(shown: Shown) -> dict[str, bytes]:
    """All pictures of the report that have something to show, as SVG by the name of their file."""
    return {f"{name}.svg": draw() for name, draw in drawers(shown).items()}

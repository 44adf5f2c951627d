"""Lists the pictures of a run's report by name: a new one is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from procsim.costs.totals import Totals
from procsim.figures import bars, section, style
from procsim.figures.finer import finer, known_of
from procsim.figures.warmup import warmup
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import warmup_advice, wip_over_time


@dataclass(frozen=True, slots=True)
class Shown:
    """What pictures show: the *recipe*, its *plan*, the run's *totals* by replication, and the report's *tables* by name."""

    recipe: Recipe
    plan: Plan
    totals: Sequence[Totals]
    tables: Mapping[str, pd.DataFrame]


def _warmup(shown: Shown) -> Figure:
    plan, totals = shown.plan, shown.totals
    return warmup(*wip_over_time(totals), plan.warmup_us / HOUR, warmup_advice(plan, totals), plan.title)


def _loss_pareto(shown: Shown) -> Figure | None:
    table = shown.tables.get("loss_pareto")
    return bars.loss_pareto(table, shown.plan.title) if table is not None and len(table) else None


def _cost_by_step(shown: Shown) -> Figure | None:
    table = shown.tables["cost_by_step"]
    return bars.cost_by_step(table, shown.plan.title) if table["cost_per_good_unit_usd"].abs().sum() > 0 else None


def _section(shown: Shown) -> Figure | None:
    recipe = shown.recipe
    return section.sheet(recipe.title, finer(recipe), known_of(recipe)) if recipe.document.product is not None else None


PICTURES: dict[str, Callable[[Shown], Figure | None]] = {
    "tool_use": lambda shown: bars.tool_use(shown.tables["tools"], shown.plan.title),
    "warmup": _warmup,
    "loss_pareto": _loss_pareto,
    "cost_by_step": _cost_by_step,
    "section": _section,
}
"""Name of the file without ``.svg`` → the picture, or None where there is nothing to show."""

DRAWN_TO_SIZE = frozenset({"section"})
"""Pictures whose margins are part of them."""


def pictures_of(shown: Shown) -> dict[str, bytes]:
    """All pictures of the report that have something to show, as SVG by the name of their file."""
    made = {name: picture(shown) for name, picture in PICTURES.items()}
    return {f"{name}.svg": style.svg(figure, name, tight=name not in DRAWN_TO_SIZE) for name, figure in made.items() if figure is not None}

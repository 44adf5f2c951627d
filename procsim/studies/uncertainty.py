"""Draws the inputs that have a range, and tells in tables and a picture how sure the figures are: what ``uncertainty=`` asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from procsim.closed_form.sensitivity import Swing
from procsim.errors import Problem, RecipeError
from procsim.experiments.processes import Workers
from procsim.experiments.uncertainty import FIGURES, Draws, Sample, draw
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

COST = "cost_per_good_unit_loaded"
"""The figure whose drivers are told."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What the draws of the inputs *known* found: *tables* and *pictures* for a report, and the *fit* (R²) of the regression on the inputs."""

    known: Sequence[Swing]
    tables: Mapping[str, pd.DataFrame]
    pictures: Mapping[str, Callable[[], bytes]]
    fit: float


def refuse(plan: Plan, known: Sequence[Swing]) -> None:
    """Raises RecipeError where there is nothing to draw."""
    if plan.money.free:
        raise RecipeError(Problem("--uncertainty needs a cost: nothing in this recipe has a price"))
    if not any(one.known.ranged for one in known):
        raise RecipeError(Problem("--uncertainty: no number that this recipe uses has a range; write one as {mid: 0.9, low: 0.8, high: 0.97, "
                                  "source: …}"))


def uncertain(recipe: Recipe, plan: Plan, known: Sequence[Swing], count: int, *, executor: Workers | None = None, deadline: float = math.inf,
              progress: Callable[[int], None] = lambda _: None) -> Uncertainty:
    """*count* draws, by the seed of *plan*, of all ranged inputs among *known*. Raises StoppedError at *deadline*, a reading of
    time.monotonic()."""
    from procsim import tables

    draws = draw(recipe, known, Sample(count, plan.seed), executor=executor, deadline=deadline, progress=progress)
    spread = tables.uncertainty(FIGURES, draws.figures, draws.mid)
    if COST not in set(spread["figure"]):
        return Uncertainty(known, {"uncertainty": spread}, {}, float("nan"))
    drivers, fit = tables.drivers(draws.swings, draws.values, draws.of(COST))
    return Uncertainty(known, {"uncertainty": spread, "uncertainty_drivers": drivers}, {"uncertainty": partial(_picture, draws, drivers, plan.title)},
                       fit)


def _picture(draws: Draws, drivers: pd.DataFrame, title: str) -> bytes:
    from procsim.figures import style
    from procsim.figures.uncertainty import uncertainty

    mid = float(draws.mid[FIGURES.index(COST)])
    return style.svg(uncertainty(draws.of(COST).tolist(), mid, drivers, "fully loaded cost, USD per good package", title), "uncertainty")

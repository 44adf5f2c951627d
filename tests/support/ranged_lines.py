"""Holds a line whose numbers have ranges, finds where these stand, and draws them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from conftest import LINE, loaded

from procsim.closed_form.sensitivity import Swing, swings
from procsim.closed_form.solve import ClosedForm
from procsim.experiments.uncertainty import Sample, draw
from procsim.recipe.inputs import Input, inputs
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import METRICS

PRICED = LINE.replace("price_usd_per_g: 0.5", "price_usd_per_g: {mid: 0.5, low: 0.2, high: 1.4}")


@cache
def known(path: Path) -> tuple[Recipe, tuple[Input, ...]]:
    """A shipped recipe and its inputs, found once for all tests."""
    recipe = loaded(path)
    return recipe, inputs(recipe)


@cache
def moved(path: Path) -> tuple[Swing, ...]:
    """What every input of a shipped recipe does to its cost, worked out once for all tests."""
    return swings(loaded(path))


def figures(closed: ClosedForm) -> list[float]:
    """Every figure of the closed form, and the load and the losses behind them."""
    return [*(metric.expected(closed) for metric in METRICS), *closed.tools.load.tolist(), *closed.flow.lost.tolist()]


def by_address(found: Sequence[Input]) -> dict[str, Input]:
    return {one.address: one for one in found}


def ranged(recipe: Recipe) -> tuple[Swing, ...]:
    """The swings of the numbers that have a range."""
    return swings(recipe, [one for one in inputs(recipe) if one.ranged])


def drawn(recipe: Recipe, count: int, seed: int = 1) -> tuple[tuple[Swing, ...], np.ndarray, np.ndarray]:
    """The swings that are drawn, *count* draws of each, and the direct cost at each draw."""
    found = draw(recipe, ranged(recipe), Sample(count, seed))
    return found.swings, found.values, found.of("cost_per_good_unit_direct")

"""A line whose numbers have ranges, where they stand, and draws of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from conftest import LINE, loaded

from procsim.closed_form.sensitivity import Swing, swings
from procsim.closed_form.solve import ClosedForm
from procsim.experiments.uncertainty import draw
from procsim.recipe.inputs import Input, inputs
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import METRICS

PRICED = LINE.replace("price_usd_per_g: 0.5", "price_usd_per_g: {mid: 0.5, low: 0.2, high: 1.4}")


@cache
def known(path: Path) -> tuple[Recipe, tuple[Input, ...]]:
    recipe = loaded(path)
    return recipe, inputs(recipe)


@cache
def moved(path: Path) -> tuple[Swing, ...]:
    return swings(loaded(path))


def figures(closed: ClosedForm) -> list[float]:
    return [*(metric.expected(closed) for metric in METRICS), *closed.tools.load.tolist(), *closed.flow.lost.tolist()]


def by_address(found: Sequence[Input]) -> dict[str, Input]:
    return {one.address: one for one in found}


def drawn(recipe: Recipe, count: int, seed: int = 1) -> tuple[tuple[Swing, ...], np.ndarray, np.ndarray]:
    found = draw(recipe, swings(recipe), count, seed)
    return found.swings, found.values, found.of("cost_per_good_unit_direct")

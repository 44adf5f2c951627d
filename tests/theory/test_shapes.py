"""Tests that the shapes for which cost models of packages are known come out of geometry, yield and prices of recipes. None of them is written anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from plain_flow import Flow, flows_in, good, inspected, step

from procsim.closed_form.solve import ClosedForm, solve
from procsim.planning.make import make
from procsim.planning.plan import CATEGORIES
from procsim.recipe.load import load

DIE = CATEGORIES.index("die")
FACE_UP, FLIP_CHIP, ROUND = (ROOT / "flows" / name for name in ("embodiment_1.yaml", "dual_heat_sink.yaml", "whatif/round_panel.yaml"))


@cache
def estimate(path: Path, *sets: str) -> ClosedForm:
    return solve(make(load(path, sets)))


def without_dies(closed: ClosedForm) -> float:
    """Direct cost per good unit but for the dies."""
    return float(closed.costs.per_lot.sum() - closed.costs.per_lot[:, DIE].sum()) / closed.flow.good


def is_a_valley(values: Sequence[float]) -> bool:
    """Whether *values* fall to a least one within, and rise after it."""
    at = int(np.argmin(values))
    steps = np.diff(values)
    return 0 < at < len(values) - 1 and bool((steps[:at] < 0).all() and (steps[at:] > 0).all())


def chiplets(count: int, defects: float) -> ClosedForm:
    """600 mm² of 7 nm silicon in *count* equal dies, each with 5 mm² more for the links where there are several, in one package."""
    side = math.sqrt(600 / count + (5 if count > 1 else 0))
    wafer = f"{{price_usd: 9346, edge_mm: 5, scribe_mm: 0.2, defects_per_cm2: {defects}, law: negative_binomial, clustering: 10}}"
    return estimate(FACE_UP, "product.package={width_mm: 45, length_mm: 45}", "product.bonding.count=1000", f"product.dies.logic.width_mm={side}",
                    f"product.dies.logic.length_mm={side}", f"product.dies.logic.count={count}", f"product.dies.logic.wafer={wafer}")


COUNTS = (1, 2, 3, 4, 6, 9, 12, 16)


@pytest.mark.parametrize("densities", [(0.05, 0.3), pytest.param((0.05, 0.09, 0.3), marks=pytest.mark.long)], ids=str)
def test_cost_against_the_number_of_chiplets_is_a_u(densities: tuple[float, ...]) -> None:
    """Many small dies yield better, but bring links, placements and pads: the least cost lies between, and further right the worse the process."""
    cost = {density: [chiplets(n, density).direct for n in COUNTS] for density in densities}
    assert all(is_a_valley(values) for values in cost.values())
    best = [COUNTS[int(np.argmin(values))] for values in cost.values()]
    assert best == sorted(best)
    assert best[0] < best[-1]


@pytest.mark.parametrize("die", [3.0, 10.0, 30.0])
def test_coverage_of_a_test_has_an_optimum_within(die: float, tmp_path: Path) -> None:
    """A test before the dies are placed saves those that would go on bad sites; each further fault found costs as much again, -ln(1 - c). The
    optimum c = 1 - t/(1 - y)V, V being what a bad site swallows, lies within, and goes up with the die's price."""
    flow: Callable[..., Flow] = flows_in(tmp_path)
    each = 0.05

    def cost(coverage: float) -> float:
        return flow(step("wiring", 2.0, good(0.9)), inspected("look", coverage, -each * math.log1p(-coverage)), step("attach", die)).closed.direct

    grid = np.linspace(0, 0.999, 60).tolist()
    values = [cost(c) for c in grid]
    assert is_a_valley(values)
    assert grid[int(np.argmin(values))] == pytest.approx(1 - each / (0.1 * die), abs=0.02)


def test_die_first_is_the_dearer_the_more_the_die_is_worth() -> None:
    """What a package costs beyond its die grows with the die's price, since the dies of bad packages are paid for; much faster where dies are
    placed first and every layer can kill them (embodiment 1) than where they go onto finished substrates (flip chip)."""
    prices = (1, 4, 16, 64)
    first, last = ([estimate(path, f"product.dies.{die}.price_usd={price}").direct - price for price in prices]
                   for path, die in ((FACE_UP, "logic"), (FLIP_CHIP, "processor")))
    penalty = np.subtract(first, last)
    assert (np.diff(penalty) > 0).all()
    slope = np.diff(penalty) / np.diff(prices)
    assert slope == pytest.approx(slope[0], rel=1e-6), "in proportion to the price"
    assert slope[0] == pytest.approx(1 / estimate(FACE_UP).flow.yield_ - 1 / estimate(FLIP_CHIP).flow.yield_, rel=0.2), "the packages that are lost"


def test_panels_beat_wafers_and_large_packages_most() -> None:
    """On 510 × 515 mm a package costs less than on round panels of 300 mm, and the more so the larger it is: fewer fit a round rim."""
    ratios, lost = [], []
    for size in (10, 15, 20, 30, 40):
        sets = (f"product.package={{width_mm: {size}, length_mm: {size}}}", "product.bonding={count: 60, pad_um: 300, point_um: 250, pitch_mm: 0.8}")
        panel, wafer = (estimate(path, *sets) for path in (FACE_UP, ROUND))
        ratios.append(without_dies(wafer) / without_dies(panel))
        lost.append(wafer.flow.started / 25 * size**2 / (math.pi * 150**2))
    assert ratios[0] > 1.1
    assert (np.diff(ratios) > 0).all()
    assert (np.diff(lost) < 0).all(), "the share of the wafer that becomes packages"


def test_cost_against_wiring_layers_is_convex() -> None:
    """Every layer adds its own cost and takes down with it what was there before: the increments grow. Were no layer to lose a thing, each would
    cost the same as the last."""
    layers = range(1, 8)
    cost = [estimate(FACE_UP, f"layer.repeat={n}").direct for n in layers]
    assert (np.diff(cost) > 0).all()
    assert (np.diff(cost, 2) > 0).all()
    yields = np.array([estimate(FACE_UP, f"layer.repeat={n}").flow.yield_ for n in layers])
    assert np.diff(np.log(yields)) == pytest.approx(np.log(yields[1] / yields[0]), rel=0.02), "each layer survives alike"
    per_start = [c * y for c, y in zip(cost, yields, strict=True)]
    assert np.diff(per_start) == pytest.approx(np.diff(per_start)[0], rel=0.05), "each layer costs a started package nearly the same"

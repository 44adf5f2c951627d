"""Tests that a flow asked at many points, of which only what moves is made again, is what it is when read and made from the ground."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PACKAGES, ROOT, WHATIFS

from procsim.closed_form.settled import settled
from procsim.errors import RecipeError
from procsim.experiments.points import Evaluator, Point, Values, pointed
from procsim.recipe.load import load
from procsim.recipe.tree import Node, is_range, range_of

SOME = [*(path if path.stem not in ("embodiment_2", "embodiment_4") else pytest.param(path, marks=pytest.mark.long) for path in PACKAGES),
        *(path for path in WHATIFS if path.stem in ("constant_wip", "operators_and_shifts", "running_line", "two_packages", "yield_learning"))]
"""Packages, and what-ifs that have something which the packages do not."""
SECTIONS = ("product", "line", "economics", "tools", "processes", "materials", "parts")


@cache
def evaluator(path: Path) -> Evaluator:
    return Evaluator(path)


def numbers(node: Node, above: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """The address and value of every number in *node*, which stands at the address *above*."""
    if is_range(node):
        yield ".".join(above), range_of(node, "").mid
    elif isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield ".".join(above), node.value
    for key, item in node.mapping.items() if not is_range(node) else ():
        yield from numbers(item, (*above, key))


@cache
def known(path: Path) -> list[tuple[str, float]]:
    """Every number of a flow, but those of entries that no step uses, and the number of every tool group."""
    recipe = evaluator(path).recipe
    used = {name for placed in recipe.steps for name in (placed.step.tool, placed.step.process, *placed.step.materials(), *placed.step.uses_up())}
    found = [one for key in SECTIONS if (node := recipe.sections.get(key)) is not None for one in numbers(node, (key,))
             if key in ("product", "line", "economics", "parts") or one[0].split(".")[1] in used]
    found += [(f"tools.{name}.count", float(tool.count)) for name, tool in recipe.document.tools.items() if name in used and isinstance(tool.count, int)]
    if not recipe.packages:
        found += [one for placed, step in zip(recipe.steps, recipe.draft.steps, strict=True) for one in numbers(step.node, (placed.id,))]
    return list(dict.fromkeys(found))


def other(value: float, rng: random.Random) -> str:
    """Another number than *value*, whole where that is."""
    if float(value).is_integer() and value < 1000:
        return str(max(int(value) + rng.choice((-1, 1, 1)), 0))
    return f"{value * rng.choice((0.9, 0.99, 0.999, 1.001, 1.05)):.6g}"


def differing(one: Any, two: Any, at: str = "") -> Iterator[str]:
    """Where two Plans differ, but for what they are called and warnings of what is suspicious about them."""
    if is_dataclass(one) and type(one) is type(two):
        for field in fields(one):
            if f"{at}.{field.name}" not in (".hash", ".warnings"):
                yield from differing(getattr(one, field.name), getattr(two, field.name), f"{at}.{field.name}")
    elif isinstance(one, np.ndarray):
        if one.shape != two.shape or not np.allclose(one, two, rtol=1e-12, atol=0, equal_nan=True) if one.dtype.kind == "f" else not (one == two).all():
            yield at
    elif isinstance(one, dict) and one.keys() == two.keys():
        for key in one:
            yield from differing(one[key], two[key], f"{at}[{key}]")
    elif isinstance(one, tuple | list) and len(one) == len(two):
        for i, (a, b) in enumerate(zip(one, two, strict=True)):
            yield from differing(a, b, f"{at}[{i}]")
    elif isinstance(one, dict) and one.keys() == two.keys():
        for key, value in one.items():
            yield from differing(value, two[key], f"{at}[{key}]")
    elif isinstance(one, float):
        if one != pytest.approx(two, rel=1e-12, abs=0, nan_ok=True):
            yield at
    elif one != two:
        yield at


def from_the_ground(path: Path, values: Values) -> Point:
    return pointed(settled(load(path, [f"{address}={value}" for address, value in values.items()])))


def hold(path: Path, values: Values) -> bool:
    """Whether there is such a point; it is the same, or refused alike, either way."""
    try:
        whole = from_the_ground(path, values)
    except RecipeError as error:
        with pytest.raises(RecipeError) as caught:
            evaluator(path).at(values)
        assert [p.message for p in caught.value.problems] == [p.message for p in error.problems], values
        return False
    found = evaluator(path).at(values)
    assert found.figures() == pytest.approx(whole.figures(), rel=1e-12, abs=0, nan_ok=True), values
    assert list(differing(found.plan, whole.plan)) == [], values
    cheap = evaluator(path).at(values, timed=False).figures()
    assert cheap["cost_per_good_unit_loaded"] == pytest.approx(whole.figures()["cost_per_good_unit_loaded"], rel=1e-12, nan_ok=True), values
    return True


def drawn(path: Path, count: int, seed: int) -> list[Values]:
    rng = random.Random(f"{path.stem} {seed}")
    return [{address: other(value, rng) for address, value in rng.sample(known(path), rng.choice((1, 1, 1, 2, 3)))} for _ in range(count)]


@pytest.mark.parametrize("path", SOME, ids=lambda p: p.stem)
def test_a_point_is_what_it_is_from_the_ground(path: Path) -> None:
    """One number or a few, anywhere in the recipe."""
    for values in drawn(path, 2, seed=1):
        hold(path, values)


@pytest.mark.parametrize("values", [
    {"layer.repeat": "3"}, {"layer.repeat": "1", "product.dies.logic.price_usd": "5"}, {"layer.repeat": "x"}, {"nonsense": "1"},
    {"product.dies.logic.thickness_um": "290", "layer.repeat": "1"}, {"layer2/coat.material": "bcb"},
    {"polish.process": "grind"}, {"processes.scrub.time_min": "{per_panel: 2}"}, {"processes.new": "{tool: cmp, time_min: 3}", "polish.process": "new"},
    {"tools.cmp.count": "null"}, {"product.dies.logic.wafer": "{price_usd: 2891, defects_per_cm2: 0.07}"}, {"inspect_mould.sees": "null"},
    {"product.dies.logic.wafer": "{price_usd: 2891, defects_per_cm2: 0.07}", "product.dies.logic.price_usd": "3"},
    {"product.dies.logic.price_usd": "3", "product.dies.logic.wafer": "{price_usd: 2891, defects_per_cm2: 0.07}"},
    {"test.time_s.per_unit": "2", "polish.yield.unit": "0.9"}, {"mould.consumes.nitrogen.per_panel": "3"}, {"grind.time_min.per_panel": "2"},
    {"mark.rework.chance": "0.1"},
], ids=str)
def test_edits_of_any_sort_are_what_they_are_from_the_ground(values: Values) -> None:
    """Repeats, methods, materials, new entries, what null takes away, and what may not be."""
    hold(ROOT / "flows" / "embodiment_1.yaml", values)


THROUGH = [
    ("embodiment_1", {"line.lot.panels": "8", "product.dies.logic.price_usd": "3"}), ("embodiment_1", {"line.lot.panels": "7"}),
    ("embodiment_1", {"tools.box_oven.batch.max_panels": "36", "line.lot.panels": "6"}), ("embodiment_1", {"line.release.panels_per_week": "900"}),
    ("embodiment_1", {"line.release.good_units_per_week": "500000", "line.lot.panels": "6"}), ("embodiment_1", {"line.transport_min": "4"}),
    ("embodiment_1", {"tools.aoi.batch.min_panels": "12", "tools.aoi.batch.max_panels": "24"}), ("embodiment_1", {"line.max_load": "0.7"}),
    ("embodiment_1", {"run.horizon_h": "1000", "run.confidence": "0.9"}), ("embodiment_1", {"run.horizon_min": "90000"}),
    ("embodiment_1", {"run.warmup_h": "2000"}), ("embodiment_1", {"tools.exposure.load_min": "2"}),
    ("embodiment_1", {"processes.scrub.time_min.per_panel": "1.5"}), ("embodiment_1", {"line.release.panels_per_week": "1e-9"}),
    ("whatif/two_unlike_dies", {"line.lot.panels": "6"}), ("whatif/operators_and_shifts", {"line.lot.panels": "6"}),
    ("whatif/split_lots", {"line.lot.panels": "6"}), ("whatif/split_lots", {"line.lot.panels": "7"}),
    ("whatif/setups", {"line.lot.panels": "6"}), ("whatif/yield_learning", {"line.lot.panels": "6"}), ("whatif/constant_wip", {"line.lot.panels": "6"}),
    ("whatif/setups", {"economics.labour_usd_per_h": "31"}), ("whatif/setups", {"thin/product.dies.logic.price_usd": "3"}),
    ("whatif/setups", {"packages.flat.share": "3", "tools.exposure.count": "9"}), ("whatif/setups", {"flat/layer.repeat": "1"}),
    ("whatif/setups", {"thin/nowhere.time_min": "1"}), ("whatif/setups", {"library.economics": "flows:library/economics_taiwan.yaml"}),
    ("whatif/half_a_million", {"line.lot.panels": "6"}), ("whatif/rework_and_sampling", {"line.lot.panels": "8", "run.seed": "5"}),
    ("whatif/queue_time_rework", {"line.lot.panels": "6"}), ("whatif/hot_lots", {"line.releases.hot.panels_per_week": "100"}),
]
"""Edits of how lots go through the line."""


@pytest.mark.parametrize(("flow", "values"), [one if n % 2 else pytest.param(*one, marks=pytest.mark.long) for n, one in enumerate(THROUGH)], ids=str)
def test_how_lots_go_through_the_line_moves_what_it_does_from_the_ground(flow: str, values: Values) -> None:
    """Sizes of lots and batches, releases, transport, other units and the run itself, alone and together; and what of them may not be."""
    hold(ROOT / "flows" / f"{flow}.yaml", values)


@pytest.mark.long
@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda p: p.stem)
def test_many_points_are_what_they_are_from_the_ground(path: Path) -> None:
    """The same of many numbers of every flow; some of them may stand there."""
    some = [hold(path, values) for values in drawn(path, 10, seed=2)]
    assert any(some)

"""Makes the chances of yield: of every panel, unit and die, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from procsim.errors import RecipeError
from procsim.maths.arrays import Bools, Floats
from procsim.maths.keyed_random import key_of
from procsim.maths.same import FLOWS, STEPS, of_the_same
from procsim.maths.yield_laws import Spread
from procsim.model.process import Defects, Repair
from procsim.model.steps import Bond
from procsim.planning import unroll
from procsim.planning.geometry import Geometry
from procsim.planning.plan import INCOMING, Route
from procsim.planning.prices import amount_at, parts_on_units
from procsim.planning.quality import Losses
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.build import Built
from procsim.section.landing import chances
from procsim.section.layout import dies_of
from procsim.section.passing import survival
from procsim.section.passives import finished
from procsim.section.quantities import Quantities


def _mean_faults(defects: Defects, placed: Placed, known: Quantities) -> float:
    """Mean faults per unit of one step: Σ density × amount on that unit."""
    total = defects.per_cm2 * known.unit_cm2
    if defects.per_cm2 and not known.unit_cm2:
        raise RecipeError.at(placed.place, "defects.per_cm2 needs a product: a plain line has no area", f"{placed.id}.defects.per_cm2")
    for driver in ("unit", "die", "pad", "via", "ball"):
        ppm = getattr(defects, f"per_{driver}_ppm")
        if ppm:
            total += ppm * 1e-6 * amount_at(placed, known, driver, f"defects.per_{driver}_ppm").value
    return float(total)


def _fixed(placed: Placed, known: Quantities) -> float:
    """The part of a unit's survival that no fault density stands behind."""
    step = placed.step
    fixed = 1.0
    if step.yield_ is not None:
        fixed *= step.yield_.unit
        if step.yield_.die < 1:
            fixed *= step.yield_.die ** amount_at(placed, known, "die", "yield.die").value
    return fixed


@of_the_same(STEPS)
def _spread(placed: Placed, known: Quantities) -> Spread:
    """Unit survival of one step, without what came in bad."""
    defects, fixed = placed.step.defects, _fixed(placed, known)
    return Spread(fixed=fixed) if defects is None else Spread(defects.law, _mean_faults(defects, placed, known), defects.shape, fixed)


def _mend(repair: Repair | None) -> tuple[float, float, float, float]:
    """A row of ``Losses.mend``."""
    return (0.0, 0.0, 0.0, 0.0) if repair is None else (repair.success, repair.damage, float(repair.limit), repair.diagnosable)


def _curve(defects: Defects | None) -> tuple[float, float, float, float]:
    """A row of ``Losses.learning``."""
    return (1.0, 0.0, 0.0, 1.0) if defects is None or defects.learning is None else defects.learning.curve()


@of_the_same(FLOWS, lambda recipe, built: (recipe.document.product, built))
def built_passives(recipe: Recipe, built: Sequence[Built]) -> Sequence[tuple[int, float]]:
    """(step that finishes them, chance that all of them work) of every passive."""
    layers = [(one.before.layer, one.after.layer) for one in built]
    prints = [getattr(one.step, "mask", None) == "passive" for one in built]
    found = [(finished(p, layers, prints), p.yield_ ** p.count) for p in recipe.product.passives.values()]
    return [(s, chance) for s, chance in found if s is not None]


@of_the_same(FLOWS, lambda recipe, built: (recipe.document.product or recipe.steps, recipe.document.parts, built))
def _incoming(recipe: Recipe, built: Sequence[Built]) -> Floats:
    """Chance, by step, (S,), that all that it brings in is good for a unit: each die, each piece of a part that goes on the unit, and the unit's
    place on a panel that is bonded to its own."""
    product, parts = recipe.document.product, recipe.document.parts
    found = np.ones(len(recipe.steps))
    if product is None:
        return found
    good = {name: die.good_share for name, die in dies_of(product)}
    for s, one in enumerate(built):
        for name in (name for name in one.after.dies if name not in one.before.dies):
            found[s] *= good[name]
        if isinstance(one.step, Bond):
            found[s] *= parts[one.step.part].known_good
    for s, name, pieces, _ in parts_on_units(recipe, built):
        found[s] *= parts[name].known_good ** pieces
    return found


def _panel_good(recipe: Recipe) -> float:
    """Chance that a unit's place on the panel that the line starts with is good."""
    product = recipe.document.product
    return recipe.document.parts[product.panel.part].known_good if product is not None else 1.0


def make_losses(recipe: Recipe, given: Geometry, route: Route) -> Losses:
    """Chances by position of the *route*. Raises RecipeError where a density has nothing to multiply."""
    return unroll.losses(route, _by_step(recipe, given.known, given.built), recipe)


def _seen(wanted: Sequence[str] | None, recipe: Recipe) -> Bools:
    """Whether an inspection for what *wanted* says finds what each step of *recipe* makes bad, wherever it stands, and, last, what came in."""
    found = np.full(len(recipe.steps) + 1, wanted is None)
    for name in wanted or ():
        found[recipe.names.all(name)] = True
        found[-1] |= name in ("incoming", INCOMING)
    return found


def _by_step(recipe: Recipe, known: Sequence[Quantities], built: Sequence[Built]) -> Losses:
    """Chances by step."""
    steps = recipe.steps
    spreads = [_spread(placed, amounts) for placed, amounts in zip(steps, known, strict=True)]
    if recipe.document.product is not None:
        for s, chance in built_passives(recipe, built):
            spreads[s] = replace(spreads[s], fixed=spreads[s].fixed * chance)
        for s, chance in (*chances(recipe, built).items(), *survival(recipe).items()):
            spreads[s] = replace(spreads[s], fixed=spreads[s].fixed * chance)
    columns: dict[str, Any] = {name: np.array(column, dtype=kind)
                               for (name, kind), column in zip(_ROW.items(), zip(*map(_row, steps), strict=True), strict=True)}
    sees = {s: _seen(steps[s].step.sees, recipe) for s in np.flatnonzero(columns["inspects"]).tolist()}
    return Losses(
        **columns, spreads=tuple(spreads), incoming=_incoming(recipe, built), sees=sees, fixed=np.array([one.fixed for one in spreads]),
        panel_good=np.full(len(recipe.document.line.streams()), _panel_good(recipe)))


_ROW: dict[str, type] = {"panel": float, "coverage": float, "false_reject": float, "inspects": bool, "removes": bool, "skips": bool,
                         "keys": np.uint64, "learning": float, "by_fault": bool, "retest": np.int64, "mend": float, "infant": float, "burn_in": float}
"""Fields of Losses of which each step says its own."""


@of_the_same(STEPS)
def _row(placed: Placed) -> tuple[Any, ...]:
    """What a step says of each of these."""
    step = placed.step
    return (step.yield_.panel if step.yield_ else 1.0, step.coverage or step.fault_coverage or 0.0, step.false_reject, step.inspects,
            step.op == "singulate", step.skip_known_bad, key_of("yield", placed.id), _curve(step.defects), step.fault_coverage is not None,
            step.retest, _mend(step.repair), step.infant_ppm * 1e-6, step.burn_in or 0.0)

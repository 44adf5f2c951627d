"""Works out what follows from a package's geometry alone: its sections, the amounts at each step, and its figures of merit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from procsim.errors import RecipeError
from procsim.maths.arrays import Floats
from procsim.model.amounts import DRIVERS
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, build
from procsim.section.figures_of_merit import Merits, merits
from procsim.section.layout import panel_geometry
from procsim.section.quantities import Quantities, quantities


@dataclass(frozen=True, slots=True)
class Geometry:
    """What follows from the package's geometry alone: the sections, the amounts and the figures of merit; of a mix, of each of its *packages*."""

    built: tuple[Built, ...]
    known: tuple[Quantities, ...]
    figures: Merits
    packages: Mapping[str, Geometry] = field(default_factory=dict)


def geometry(recipe: Recipe, *, warned: bool = True, known: Mapping[str, Geometry] | None = None) -> Geometry:
    """The Geometry of *recipe*, if *warned* with what is to be looked at in it, which takes a while. Raises RecipeError where there can be none.
    Packages of a mix that are *known* are not built again."""
    if recipe.packages:
        parts = {name: (known or {}).get(name) or geometry(part, warned=warned) for name, part in recipe.packages.items()}
        return Geometry((), (), Merits((), (), ()), parts)
    built = build(recipe)
    return Geometry(built, quantities(recipe, built), merits(recipe, built, warned=warned))


def units_on_panel(recipe: Recipe) -> int:
    """Units on a panel: those that the product's geometry has room for, or, of a line without a product, as it says itself."""
    given, product = recipe.document.line.lot.units_per_panel, recipe.document.product
    if product is None:
        return given or 1
    if given is not None:
        address = "line.lot.units_per_panel"
        raise RecipeError.at(recipe.place(address), "units_per_panel is computed from the product; leave it out", address)
    return panel_geometry(product).units


def per_panel(known: Sequence[Quantities], units: int) -> Floats:
    """Amounts of every driver per panel, shape (S, drivers); 0 where a step has none."""
    scale = {"panel": 1.0, "unit": float(units), "run": 1.0, "lot": 1.0}
    return np.array([[a.value * scale[a.basis] if (a := one.get(driver)) else 0.0 for driver in DRIVERS] for one in known])


def same_shape(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes, one of which was made from the other, have all from which their Geometry follows in common."""
    mine, its = one.document, other.document
    return (len(one.steps) == len(other.steps) and all(a is b for a, b in zip(one.steps, other.steps, strict=True))
            and all(getattr(mine, name) is getattr(its, name) for name in ("product", "processes", "materials", "parts", "bounds"))
            and {name: tool.kinds for name, tool in mine.tools.items()} == {name: tool.kinds for name, tool in its.tools.items()})

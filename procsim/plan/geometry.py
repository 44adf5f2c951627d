"""Works out what follows from a package's geometry alone: its sections, the amounts at each step, and its figures of merit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, build
from procsim.section.figures_of_merit import Merits, merits
from procsim.section.quantities import Quantities, quantities


@dataclass(frozen=True, slots=True)
class Geometry:
    """What follows from the package's geometry alone: the sections, the amounts and the figures of merit; of a mix, of each of its *packages*."""

    built: tuple[Built, ...]
    known: tuple[Quantities, ...]
    figures: Merits
    packages: Mapping[str, Geometry] = field(default_factory=dict)


def geometry(recipe: Recipe) -> Geometry:
    """The Geometry of *recipe*. Raises RecipeError where a package cannot be built."""
    if recipe.packages:
        return Geometry((), (), Merits((), (), ()), {name: geometry(part) for name, part in recipe.packages.items()})
    built = build(recipe)
    return Geometry(built, quantities(recipe, built), merits(recipe, built))

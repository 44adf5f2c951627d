"""Works out what scrap brings: metal that is bought and not used, taken off again, or scrapped with a package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from procsim.maths.same import FLOWS, of_the_same
from procsim.model.library import Material
from procsim.model.steps import Plate
from procsim.planning.plan import SCRAPPED
from procsim.planning.prices import amount_at, put_in_place
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.layout import panel_geometry
from procsim.section.quantities import BASES, Quantities
from procsim.section.section import Column


@of_the_same(FLOWS, lambda recipe, quantities, built: (recipe.steps, recipe.document.materials, recipe.document.product,
                                                       recipe.document.economics, quantities, built))
def credits(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built]) -> Sequence[tuple[int, int, float]]:
    """(step, basis, USD per item of the basis) of everything that comes back.

    Of what an op puts in place, the share that does not get there (1 - usage); of what a step takes off, the share that it ``recovers``;
    of the metal in packages that are found bad or lost, the share ``economics.scrap_recovery``, each at the material's price as scrap.
    """
    return [*_unused(recipe, quantities), *_taken_off(recipe, quantities, built), *_scrapped(recipe, quantities, built)]


def _unused(recipe: Recipe, quantities: Sequence[Quantities]) -> list[tuple[int, int, float]]:
    found = []
    for s, name, volume in put_in_place(recipe, quantities):
        material = recipe.document.materials[name]
        worth = volume.value * (1.0 / material.usage - 1.0) * material.reclaim_usd_per_cm3
        if worth and material.unit:
            found.append((s, BASES.index(volume.basis), worth))
    return found


def _taken_off(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built]) -> list[tuple[int, int, float]]:
    found = []
    for s, (placed, known) in enumerate(zip(recipe.steps, quantities, strict=True)):
        if not placed.step.recovers:
            continue
        volume = amount_at(placed, known, "cm3", "recovers")
        before, after = (_volumes(section.columns) for section in (built[s].before, built[s].after))
        less = {name: v - after.get(name, 0.0) for name, v in before.items() if v > after.get(name, 0.0)}
        whole = sum(less.values())
        worth = sum(v * _worth(recipe.document.materials, name) for name, v in less.items()) / whole if whole else 0.0
        if worth:
            found.append((s, BASES.index(volume.basis), volume.value * worth * placed.step.recovers))
    return found


def _scrapped(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built]) -> list[tuple[int, int, float]]:
    """What one package, found bad or lost at a step, brings: its own area, without the streets. Wiring is drawn wider than it is, so what was
    plated counts by the amount that was plated."""
    product, share = recipe.document.product, recipe.document.economics.scrap_recovery
    if product is None or not share:
        return []
    units, found = panel_geometry(product).units, []
    plated = {placed.id: (placed.step.material, known.get("cm3")) for placed, known in zip(recipe.steps, quantities, strict=True)
              if isinstance(placed.step, Plate)}
    for s, one in enumerate(built):
        inside = [c for c in one.after.columns if "street" not in c.masks]
        cm3 = {name: v / units for name, v in _volumes(inside, without=plated).items()}
        there = {slab.by for c in inside for slab in c.stack}
        for name, volume in (plated[step] for step in plated if step in there):
            if volume is not None:
                cm3[name] = cm3.get(name, 0.0) + volume.value
        worth = sum(v * _worth(recipe.document.materials, name) for name, v in cm3.items())
        if worth:
            found.append((s, SCRAPPED, worth * share))
    return found


def _worth(materials: Mapping[str, Material], name: str) -> float:
    """USD per cm³ of scrap."""
    return materials[name].reclaim_usd_per_cm3 if name in materials else 0.0


def _volumes(columns: Sequence[Column], without: Mapping[str, object] | None = None) -> dict[str, float]:
    """cm³ of each material in *columns* of one panel; slabs that a step among *without* put there left out."""
    found: dict[str, float] = {}
    for column in columns:
        for slab in column.stack:
            if slab.by not in (without or {}):
                found[slab.material] = found.get(slab.material, 0.0) + slab.thickness * 1e-4 * column.area_cm2
    return found

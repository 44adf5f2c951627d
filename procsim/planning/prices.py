"""Says what is bought: how much of every material at every step, and what a unit used costs once minimum lots and the uses of carriers are
counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from procsim.errors import RecipeError
from procsim.maths.same import FLOWS, STEPS, of_the_same
from procsim.model.amounts import terms_of
from procsim.model.library import Material
from procsim.model.steps import Attach, Deposit, Fill, Glued, Plate
from procsim.planning.volume import Volume
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.build import Built
from procsim.section.cutting import used_per_m
from procsim.section.fitting import part_of
from procsim.section.quantities import Amount, Quantities

DAYS = 365.0


def amount_at(placed: Placed, quantities: Quantities, driver: str, field: str) -> Amount:
    """The step's amount of *driver*; an error where the step has none of it, since a silent zero would be a wrong figure."""
    found = quantities.get(driver)
    if found is None:
        has = ", ".join(f"per_{name}" for name in quantities.amounts)
        raise RecipeError.at(placed.place, f"{field} is per_{driver}, but {placed.id} has no {driver} to count; it has {has}",
                             f"{placed.id}.{field}")
    return found


@of_the_same(FLOWS, lambda recipe, quantities: (recipe.steps, quantities))
def put_in_place(recipe: Recipe, quantities: Sequence[Quantities]) -> Sequence[tuple[int, str, Amount]]:
    """(step, material, cm³) of what ops put in place."""
    added = (_added(placed, known) for placed, known in zip(recipe.steps, quantities, strict=True))
    return [(s, name, volume) for s, each in enumerate(added) for name, volume, _ in each]


@of_the_same(STEPS)
def _added(placed: Placed, known: Quantities) -> Sequence[tuple[str, Amount, Amount | None]]:
    """(material, cm³, cm²) of each that one step puts in place; the area where there is one."""
    step, volume = placed.step, known.get("cm3")
    name = step.material if isinstance(step, Deposit | Fill | Plate) else step.adhesive if isinstance(step, Glued) else None
    found = [(name, volume, known.get("cm2"))] if name is not None and volume is not None else []
    return [*found, *((joint.material, Amount("unit", joint.cm2 * joint.um * 1e-4), Amount("unit", joint.cm2)) for joint in known.joints)]


def _bought(material: Material, amount: Amount, cm2: Amount | None) -> Amount | None:
    """How much of *material*, in the unit it is bought in, puts *amount* cm³ in place; None where volume says nothing."""
    per_cm3 = {"kg": 1e-3, "g": 1.0, "l": 1e-3, "ml": 1.0}
    if material.unit in per_cm3:
        mass = (material.density_g_cm3 or 1.0) if material.unit in ("kg", "g") else 1.0
        return Amount(amount.basis, amount.value * mass * per_cm3[material.unit] / material.usage)
    if material.unit == "m2" and cm2 is not None:
        return Amount(cm2.basis, cm2.value * 1e-4 / material.usage)
    return None


@of_the_same(FLOWS, lambda recipe, quantities: (recipe.steps, recipe.document.materials, quantities))
def used(recipe: Recipe, quantities: Sequence[Quantities]) -> Sequence[tuple[int, str, Amount]]:
    """Everything used up, in the unit it is bought in: what ops put in place, what processes and repairs consume,
    and what they wear out."""
    found: list[tuple[int, str, Amount]] = []
    for s, (placed, known) in enumerate(zip(recipe.steps, quantities, strict=True)):
        bought = ((name, _bought(recipe.document.materials[name], volume, cm2)) for name, volume, cm2 in _added(placed, known))
        found += [(s, name, amount) for name, amount in bought if amount is not None]
        found += [(s, name, amount) for name, amount in _consumed(placed, known)]
        found += [(s, name, _worn(recipe, placed, known, name)) for name in placed.step.wears or ()]
    return found


@of_the_same(STEPS)
def _consumed(placed: Placed, known: Quantities) -> Sequence[tuple[str, Amount]]:
    """What a step, its cut and its repairs consume of each material."""
    step, found = placed.step, list[tuple[str, Amount]]()
    for name, amount in (step.consumes or {}).items():
        for driver, law, _ in terms_of(amount):
            at = amount_at(placed, known, driver, f"consumes.{name}")
            found.append((name, Amount(at.basis, at.value * law.mean)))
    if step.cuts:
        metres = amount_at(placed, known, "m", "cuts")
        found += [(name, Amount(metres.basis, metres.value * each)) for name, each in used_per_m(step, known.cut).items()]
    return [*found, *((name, Amount("repair", each)) for name, each in (step.repair.consumes if step.repair else {}).items())]


def _worn(recipe: Recipe, placed: Placed, known: Quantities, name: str) -> Amount:
    """The part of one unit bought that the step wears out: its amount of the driver over what one lasts."""
    life = recipe.document.materials[name].life
    if life is None:
        raise RecipeError.at(placed.place, f"wears {name}, which has no life: give materials.{name} life_panels, life_m or the like",
                             f"{placed.id}.wears")
    at = amount_at(placed, known, life[0], f"wears.{name}")
    return Amount(at.basis, at.value / life[1])


def part_price(recipe: Recipe, name: str, cm2: float) -> float:
    """USD for one use of the part *name*, *cm2* of it where it is bought by area: its price over the uses that it sees on average."""
    part = recipe.document.parts[name]
    price = part.price_usd if part.price_usd is not None else (part.price_usd_per_m2 or 0.0) * cm2 * 1e-4
    return price / part.expected_uses


@of_the_same(FLOWS, lambda recipe, built: (recipe.document.product, recipe.document.parts, built))
def parts_on_units(recipe: Recipe, built: Sequence[Built]) -> Sequence[tuple[int, str, float, float]]:
    """(step, part, pieces per unit, USD a piece) of every ready-made part that goes on a unit."""
    product, parts = recipe.document.product, recipe.document.parts
    if product is None:
        return []
    unit_cm2 = product.package.area_cm2
    return [(s, one.step.what, product.bonding.count if part.kind == "point" else 1, part_price(recipe, one.step.what, unit_cm2))
            for s, one in enumerate(built) if isinstance(one.step, Attach) and (part := part_of(product, parts, one.step)) is not None]


def surplus(recipe: Recipe, uses: Sequence[tuple[int, str, Amount]], volume: Volume) -> dict[str, float]:
    """Bought per used, 1 or more, of every material with a minimum lot: max(1, minimum lot / what is used in a shelf life).

    Of the panels started a year, as *volume* has it, each counts once at every step, as if none were lost or repaired, and batches count as
    full. Raises RecipeError where nothing says how many panels there are.
    """
    limited = _limited(uses, recipe.document.materials)
    if not limited:
        return {}
    if not volume.panels:
        address = "economics.units_per_year"
        raise RecipeError.at(recipe.place(address), f"{', '.join(limited)}: a minimum lot needs a volume, and a constant WIP has no rate of its own; "
                             "give economics.units_per_year", address)
    yearly = dict.fromkeys(limited, 0.0)
    for s, name, amount in uses:
        if name in limited and amount.basis != "repair":
            yearly[name] += amount.value * volume.panels / _panels_each(recipe, s, amount.basis, volume.units)
    return {name: max(1.0, (m.minimum_lot or 0.0) * DAYS / (m.shelf_life_days or DAYS) / yearly[name]) if yearly[name] else 1.0
            for name, m in limited.items()}


@of_the_same(FLOWS)
def _limited(uses: Sequence[tuple[int, str, Amount]], materials: Mapping[str, Material]) -> Mapping[str, Material]:
    """What of *materials* has a minimum lot and is used."""
    return {name: materials[name] for _, name, _ in uses if name in materials and materials[name].minimum_lot is not None}


def _panels_each(recipe: Recipe, s: int, basis: str, units: int) -> float:
    """Panels that share one item of *basis* at step *s*."""
    lot = recipe.document.line.lot.panels
    batch = recipe.document.tools[recipe.steps[s].step.tool or ""].batch
    full = max(batch.max_panels // lot, 1) * lot if batch is not None else lot
    return {"run": float(full), "lot": float(lot), "panel": 1.0}.get(basis, 1.0 / units)

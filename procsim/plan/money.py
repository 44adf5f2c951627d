"""Recipe and quantities in, Money out: what each item costs at each step, and what a tool group costs by the hour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from procsim.errors import RecipeError
from procsim.model.base import terms_of
from procsim.model.economics import Economics, capital_recovery
from procsim.model.library import Material
from procsim.model.line import Tool
from procsim.model.steps import Attach, Bond, Deposit, Fill, Plate
from procsim.plan.shape import CATEGORIES, PANEL, UNIT, Floats, Money, Use
from procsim.quantities import BASES, Amount, Quantities
from procsim.recipe.load import Placed, Recipe
from procsim.section.build import Built
from procsim.section.layout import dies_of, panel_geometry

C = {name: i for i, name in enumerate(CATEGORIES)}


def amount_at(placed: Placed, quantities: Quantities, driver: str, field: str) -> Amount:
    """The step's amount of *driver*; an error where the step has none of it, since a silent zero would be a wrong figure."""
    found = quantities.get(driver)
    if found is None:
        has = ", ".join(f"per_{name}" for name in quantities.amounts)
        raise RecipeError.at(placed.place, f"{field} is per_{driver}, but {placed.id} has no {driver} to count; it has {has}",
                             f"{placed.id}.{field}")
    return found


def group_hourly(tool: Tool, economics: Economics) -> Floats:
    """USD per clock hour of a group of *tool*, by category, shape (C,): time-driven activity-based costing's resource cost.

    price × (1 + installation) × capital recovery + upkeep, floor × multiplier, electricity, operators, and overhead on their sum.
    """
    life = tool.life_years or economics.life_years
    installed = 1 + (economics.installation if tool.installation is None else tool.installation)
    upkeep = economics.upkeep if tool.upkeep is None else tool.upkeep
    yearly = tool.price_usd * (installed * capital_recovery(economics.interest, life) + upkeep)
    cost = np.zeros(len(CATEGORIES))
    cost[C["tool"]] = yearly / economics.hours_per_year
    cost[C["floor"]] = tool.footprint_m2 * economics.floor_multiplier * economics.floor_usd_per_m2_year / economics.hours_per_year
    cost[C["utilities"]] = tool.power_kw * economics.electricity_usd_per_kwh
    cost[C["labour"]] = tool.operators * economics.labour_usd_per_h
    cost[C["overhead"]] = economics.overhead * cost.sum()
    return cost * tool.size


def _bought(material: Material, amount: Amount, cm2: Amount | None) -> Amount | None:
    """How much of *material*, in the unit it is bought in, puts *amount* cm³ in place; None where volume says nothing."""
    per_cm3 = {"kg": 1e-3, "g": 1.0, "l": 1e-3, "ml": 1.0}
    if material.unit in per_cm3:
        mass = (material.density_g_cm3 or 1.0) if material.unit in ("kg", "g") else 1.0
        return Amount(amount.basis, amount.value * mass * per_cm3[material.unit] / material.usage)
    if material.unit == "m2" and cm2 is not None:
        return Amount(cm2.basis, cm2.value * 1e-4 / material.usage)
    return None


def _uses(recipe: Recipe, quantities: Sequence[Quantities]) -> list[tuple[int, str, Amount]]:
    """Everything consumed: what the op puts in place, and what the process says it consumes."""
    found: list[tuple[int, str, Amount]] = []
    for s, (placed, known) in enumerate(zip(recipe.steps, quantities, strict=True)):
        step = placed.step
        added = step.material if isinstance(step, Deposit | Fill | Plate) else step.adhesive if isinstance(step, Attach | Bond) else None
        volume = known.get("cm3")
        if added is not None and volume is not None:
            bought = _bought(recipe.document.materials[added], volume, known.get("cm2"))
            if bought is not None:
                found.append((s, added, bought))
        for material, amount in (step.consumes or {}).items():
            for driver, law, _ in terms_of(amount):
                at = amount_at(placed, known, driver, f"consumes.{material}")
                found.append((s, material, Amount(at.basis, at.value * law.mean)))
        found += [(s, material, Amount("repair", each)) for material, each in (step.repair.consumes if step.repair else {}).items()]
    return found


def _part_price(recipe: Recipe, name: str, cm2: float) -> float:
    part = recipe.document.parts[name]
    price = part.price_usd if part.price_usd is not None else (part.price_usd_per_m2 or 0.0) * cm2 * 1e-4
    return price / part.uses


def make_money(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built]) -> Money:
    """Prices multiplied out. Raises RecipeError where a price has nothing to multiply."""
    document = recipe.document
    product, economics = document.product, document.economics
    direct = np.zeros((len(recipe.steps) + 1, len(BASES), len(CATEGORIES)))
    used = _uses(recipe, quantities)
    bought = {name: (document.materials[name].unit, document.materials[name].price_usd) for _, name, _ in used}
    for s, name, count, price in _parts(recipe, built):
        bought[name] = ("piece", price)
        used.append((s, name, Amount("unit", count)))
    names = tuple(sorted(bought))
    uses = tuple(Use(s, names.index(name), BASES.index(a.basis), a.value) for s, name, a in used)
    prices = np.array([bought[name][1] for name in names])
    for use in uses:
        direct[use.step, use.basis, C["material"]] += use.amount * prices[use.material]
    for s, placed in enumerate(recipe.steps):
        direct[s, UNIT, C["tooling"]] += placed.step.tooling_usd / economics.volume_units
    if product is not None:
        panel = panel_geometry(product)
        direct[-1, PANEL, C["panel"]] += _part_price(recipe, product.panel.part, panel.area_cm2)
        for s, one in enumerate(built):
            step = one.step
            if isinstance(step, Bond):
                direct[s, PANEL, C["panel"]] += _part_price(recipe, step.part, panel.area_cm2)
            elif isinstance(step, Attach):
                new = set(one.after.dies) - set(one.before.dies)
                direct[s, UNIT, C["die"]] += sum(die.price_usd for name, die in dies_of(product) if name in new)
    groups = group_names(recipe)
    hourly = np.array([group_hourly(document.tools[name], economics) for name in groups]).reshape(len(groups), len(CATEGORIES))
    counts = np.array([document.tools[name].size for name in groups], dtype=float)
    practical = np.array([document.tools[name].practical_capacity or economics.practical_capacity for name in groups])
    rate = hourly / (counts * practical)[:, None]
    return Money(direct, hourly, rate, uses, names, tuple(bought[name][0] for name in names), prices)


def _parts(recipe: Recipe, built: Sequence[Built]) -> list[tuple[int, str, float, float]]:
    """(step, part, pieces per unit, USD a piece) of every ready-made part that goes on a unit."""
    product, parts = recipe.document.product, recipe.document.parts
    if product is None:
        return []
    unit_cm2 = product.package.width_mm * product.package.length_mm / 100
    return [(s, one.step.what, product.bonding.count if parts[one.step.what].kind == "point" else 1, _part_price(recipe, one.step.what, unit_cm2))
            for s, one in enumerate(built)
            if isinstance(one.step, Attach) and one.step.what in parts and one.step.what not in product.dies]


def group_names(recipe: Recipe) -> tuple[str, ...]:
    """Tool groups in the order in which the route first visits them."""
    return tuple(dict.fromkeys(placed.step.tool or "" for placed in recipe.steps))

"""Works out prices: what each item costs at each step, and what a tool group costs by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from procsim.maths.arrays import Bools, Floats
from procsim.maths.same import FLOWS, STEPS, of_the_same
from procsim.model.economics import Economics
from procsim.model.steps import Attach, Bond
from procsim.model.tool import Tool
from procsim.planning import unroll
from procsim.planning.geometry import Geometry
from procsim.planning.plan import CATEGORIES, PANEL, SCRAPPED, UNIT, Money, Route, Use, columns
from procsim.planning.prices import part_price, parts_on_units, surplus, used
from procsim.planning.scrap_value import credits
from procsim.planning.shop import group_names
from procsim.planning.volume import Volume
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.layout import dies_of, panel_geometry
from procsim.section.quantities import BASES, Amount, Quantities

C = {name: i for i, name in enumerate(CATEGORIES)}


def _capital(tool: Tool, economics: Economics) -> float:
    """Yearly cost of capital of one tool."""
    installed = 1 + (economics.installation if tool.installation is None else tool.installation)
    residual = economics.residual_value if tool.residual_value is None else tool.residual_value
    return economics.yearly(tool.price_usd, installed, tool.life_years or economics.life_years, residual)


def group_hourly(tool: Tool, economics: Economics) -> Floats:
    """USD per clock hour of a group of *tool*, by category, shape (C,): time-driven activity-based costing's resource cost.

    price × (1 + installation) × capital recovery - residual value × sinking fund + upkeep, floor × multiplier, electricity, operators and
    those who work for them, and overhead on their sum.
    """
    upkeep = economics.upkeep if tool.upkeep is None else tool.upkeep
    cost = np.zeros(len(CATEGORIES))
    cost[C["tool"]] = (_capital(tool, economics) + tool.price_usd * upkeep) / economics.hours_per_year
    cost[C["floor"]] = tool.footprint_m2 * economics.floor_multiplier * economics.floor_usd_per_m2_year / economics.hours_per_year
    cost[C["utilities"]] = tool.power_kw * economics.electricity_usd_per_kwh
    cost[C["labour"]] = tool.operators * economics.labour_rate
    cost[C["indirect_labour"]] = tool.operators * economics.indirect_rate
    cost[C["overhead"]] = economics.overhead * cost.sum()
    return cost * tool.size


def group_fixed(tool: Tool, economics: Economics) -> float:
    """USD per clock hour of a group of *tool* that is fixed in the form of SEMI E35: capital and floor, with the overhead on them."""
    floor = tool.footprint_m2 * economics.floor_multiplier * economics.floor_usd_per_m2_year
    return (_capital(tool, economics) + floor) / economics.hours_per_year * (1.0 + economics.overhead) * tool.size


def make_money(recipe: Recipe, given: Geometry, route: Route, volume: Volume) -> Money:
    """Prices by position of the *route*, for that *volume*. Raises RecipeError where a price has nothing to multiply."""
    return unroll.money(route, _by_step(recipe, given.known, given.built, volume))


def at_rates(recipe: Recipe, money: Money) -> Money:
    """*money*, which is that of a recipe that differs in tools alone, with what the tools of *recipe* cost by the hour."""
    hourly, rate, fixed = _by_the_hour(recipe)
    return replace(money, hourly=hourly, rate=rate, fixed=fixed)


def _by_step(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built], volume: Volume) -> Money:
    """Prices by step."""
    direct = np.zeros((len(recipe.steps) + 1, SCRAPPED + 1, len(CATEGORIES)))
    names, units, uses, piece, price = _bought(recipe, quantities, built)
    more = surplus(recipe, used(recipe, quantities), volume)
    extra = np.array([more.get(name, 1.0) for name in names])
    prices = np.where(piece, price, price * extra)
    step, material, basis, amount = columns(uses)
    np.add.at(direct[:, :, C["material"]], (step, basis), amount * prices[material])
    for s, per, worth in credits(recipe, quantities, built):
        direct[s, per, C["credit_for_scrap"]] -= worth
    tooling = _once(recipe, volume, direct)
    for s, per, category, each in _dies_and_panels(recipe, built):
        direct[s, per, C[category]] += each
    economics = recipe.document.economics
    return Money(direct, tooling, *_by_the_hour(recipe), uses, names, units, prices, extra, economics.margin, economics.year)


Bought = tuple[tuple[str, ...], tuple[str, ...], tuple[Use, ...], Bools, Floats]
"""Names, units, uses, which are pieces that become part of the product, and USD per unit that is used."""


@of_the_same(FLOWS, lambda recipe, quantities, built: (used(recipe, quantities), parts_on_units(recipe, built), recipe.document.materials))
def _bought(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built]) -> Bought:
    """All that is bought, the uses of parts last."""
    materials, pieces = recipe.document.materials, {name: price for _, name, _, price in parts_on_units(recipe, built)}
    names, uses = _uses(used(recipe, quantities), parts_on_units(recipe, built))
    prices = [pieces[name] if name in pieces else materials[name].price_usd for name in names]
    units = tuple("piece" if name in pieces else materials[name].unit for name in names)
    return names, units, uses, np.array([name in pieces for name in names], dtype=bool), np.array(prices, dtype=float)


@of_the_same(FLOWS)
def _uses(used_up: Sequence[tuple[int, str, Amount]], parts: Sequence[tuple[int, str, float, float]]) -> tuple[tuple[str, ...], tuple[Use, ...]]:
    """Names and uses of what is *used_up*, and of *parts*."""
    both = [*used_up, *((s, name, Amount("unit", count)) for s, name, count, _ in parts)]
    names = tuple(sorted({name for _, name, _ in both}))
    place = {name: m for m, name in enumerate(names)}
    return names, tuple(Use(s, place[name], BASES.index(a.basis), a.value, i >= len(used_up)) for i, (s, name, a) in enumerate(both))


def _once(recipe: Recipe, volume: Volume, direct: Floats) -> Floats:
    """USD of masks per panel started, (1, S): what is paid once, over all panels ever started. Adds the cost of development, which is alike."""
    economics = recipe.document.economics
    ever = economics.volume_units / volume.units
    direct[-1, PANEL, C["nre"]] += economics.nre_usd / ever
    return np.array([[placed.step.tooling_usd / ever for placed in recipe.steps]])


@of_the_same(FLOWS, lambda recipe: (recipe.steps, recipe.document.tools, recipe.document.economics))
def _by_the_hour(recipe: Recipe) -> tuple[Floats, Floats, Floats]:
    """``Money.hourly``, ``Money.rate`` and ``Money.fixed`` of all tool groups."""
    tools = [recipe.document.tools[name] for name in group_names(recipe)]
    hourly, counts, practical, fixed = zip(*(_of_a_group(tool, recipe.document.economics) for tool in tools), strict=True) if tools else ((),) * 4
    whole = np.array(hourly).reshape(len(tools), len(CATEGORIES))
    return whole, whole / (np.array(counts) * np.array(practical))[:, None], np.array(fixed, dtype=float)


@of_the_same(STEPS)
def _of_a_group(tool: Tool, economics: Economics) -> tuple[tuple[float, ...], float, float, float]:
    """``group_hourly`` of a group of *tool*, tools in it, the share of the clock in which these can be expected to work, and ``group_fixed``."""
    return (tuple(group_hourly(tool, economics).tolist()), float(tool.size), tool.practical_capacity or economics.practical_capacity,
            group_fixed(tool, economics))


@of_the_same(FLOWS, lambda recipe, built: (recipe.document.product, recipe.document.parts, built))
def _dies_and_panels(recipe: Recipe, built: Sequence[Built]) -> Sequence[tuple[int, int, str, float]]:
    """(step, basis, category, USD per item of the basis) of dies where they are placed, and of panels where they come in."""
    product = recipe.document.product
    if product is None:
        return []
    panel = panel_geometry(product)
    found = [(-1, PANEL, "panel", part_price(recipe, product.panel.part, panel.area_cm2))]
    for s, one in enumerate(built):
        if isinstance(one.step, Bond):
            found.append((s, PANEL, "panel", part_price(recipe, one.step.part, panel.area_cm2)))
        elif isinstance(one.step, Attach):
            new = [name for name in one.after.dies if name not in one.before.dies]
            found.append((s, UNIT, "die", sum(die.cost_usd for name, die in dies_of(product) if name in new)))
    return found

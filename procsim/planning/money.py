"""Works out prices: what each item costs at each step, and what a tool group costs by the hour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.same import STEPS, of_the_same
from procsim.model.economics import Economics
from procsim.model.steps import Attach, Bond
from procsim.model.tool import Tool
from procsim.planning import unroll
from procsim.planning.geometry import Geometry
from procsim.planning.plan import CATEGORIES, PANEL, SCRAPPED, UNIT, Money, Route, Use
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


@of_the_same(STEPS)
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


@of_the_same(STEPS)
def group_fixed(tool: Tool, economics: Economics) -> float:
    """USD per clock hour of a group of *tool* that is fixed in the form of SEMI E35: capital and floor, with the overhead on them."""
    floor = tool.footprint_m2 * economics.floor_multiplier * economics.floor_usd_per_m2_year
    return (_capital(tool, economics) + floor) / economics.hours_per_year * (1.0 + economics.overhead) * tool.size


def make_money(recipe: Recipe, given: Geometry, route: Route, volume: Volume) -> Money:
    """Prices by position of the *route*, for that *volume*. Raises RecipeError where a price has nothing to multiply."""
    return unroll.money(route, _by_step(recipe, given.known, given.built, volume))


def _by_step(recipe: Recipe, quantities: Sequence[Quantities], built: Sequence[Built], volume: Volume) -> Money:
    """Prices by step."""
    document, economics = recipe.document, recipe.document.economics
    direct = np.zeros((len(recipe.steps) + 1, SCRAPPED + 1, len(CATEGORIES)))
    uses = used(recipe, quantities)
    more = surplus(recipe, uses, volume)
    bought = {name: (document.materials[name].unit, document.materials[name].price_usd * more.get(name, 1.0))
              for name in dict.fromkeys(name for _, name, _ in uses)}
    consumed = len(uses)
    for s, name, count, price in parts_on_units(recipe, built):
        bought[name] = ("piece", price)
        uses.append((s, name, Amount("unit", count)))
    names = tuple(sorted(bought))
    place = {name: m for m, name in enumerate(names)}
    flat = tuple(Use(s, place[name], BASES.index(a.basis), a.value, i >= consumed) for i, (s, name, a) in enumerate(uses))
    prices = np.array([bought[name][1] for name in names])
    for use in flat:
        direct[use.step, use.basis, C["material"]] += use.amount * prices[use.material]
    for s, basis, worth in credits(recipe, quantities, built):
        direct[s, basis, C["credit_for_scrap"]] -= worth
    tooling = _once(recipe, volume, direct)
    _dies_and_panels(recipe, built, direct)
    return Money(direct, tooling, *_by_the_hour(recipe), flat, names, tuple(bought[name][0] for name in names), prices,
                 np.array([more.get(name, 1.0) for name in names]), economics.margin, economics.year)


def _once(recipe: Recipe, volume: Volume, direct: Floats) -> Floats:
    """USD of masks per panel started, (1, S): what is paid once, over all panels ever started. Adds the cost of development, which is alike."""
    economics = recipe.document.economics
    ever = economics.volume_units / volume.units
    direct[-1, PANEL, C["nre"]] += economics.nre_usd / ever
    return np.array([[placed.step.tooling_usd / ever for placed in recipe.steps]])


def _by_the_hour(recipe: Recipe) -> tuple[Floats, Floats, Floats]:
    """``Money.hourly``, ``Money.rate`` and ``Money.fixed`` of all tool groups."""
    economics = recipe.document.economics
    tools = [recipe.document.tools[name] for name in group_names(recipe)]
    hourly = np.array([group_hourly(tool, economics) for tool in tools]).reshape(len(tools), len(CATEGORIES))
    counts = np.array([tool.size for tool in tools], dtype=float)
    practical = np.array([tool.practical_capacity or economics.practical_capacity for tool in tools])
    return hourly, hourly / (counts * practical)[:, None], np.array([group_fixed(tool, economics) for tool in tools], dtype=float)


def _dies_and_panels(recipe: Recipe, built: Sequence[Built], direct: Floats) -> None:
    """Adds what dies cost where they are placed, and panels where they come in."""
    product = recipe.document.product
    if product is None:
        return
    panel = panel_geometry(product)
    direct[-1, PANEL, C["panel"]] += part_price(recipe, product.panel.part, panel.area_cm2)
    for s, one in enumerate(built):
        if isinstance(one.step, Bond):
            direct[s, PANEL, C["panel"]] += part_price(recipe, one.step.part, panel.area_cm2)
        elif isinstance(one.step, Attach):
            new = [name for name in one.after.dies if name not in one.before.dies]
            direct[s, UNIT, C["die"]] += sum(die.cost_usd for name, die in dies_of(product) if name in new)

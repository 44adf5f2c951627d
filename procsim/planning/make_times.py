"""Multiplies out how long each step takes: every term of its time, in µs per run, lot, panel or unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from procsim.errors import Problem, RecipeError
from procsim.maths.arrays import Ints
from procsim.maths.distributions import Constant, Distribution
from procsim.maths.keyed_random import key_of
from procsim.maths.same import STEPS, of_the_same, the_one
from procsim.model.amounts import law_of, terms_of
from procsim.model.durations import in_unit
from procsim.model.tool import Tool
from procsim.planning import unroll
from procsim.planning.plan import LOAD, REPAIR, RUN, UNIT, UNLOAD, WORK, Route, Term, Times
from procsim.planning.prices import amount_at
from procsim.planning.route import position_names
from procsim.planning.scaled import Scaled
from procsim.planning.shop import Shop
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.cutting import seconds_per_mm
from procsim.section.quantities import BASES, Quantities

PLATING_UM_PER_MIN = 0.2205
"""Copper plated per A/dm² at full current efficiency: j·M/(2·F·ρ), Faraday's law (M 63.55 g/mol, ρ 8.96 g/cm³)."""


def make_times(shop: Shop, route: Route, terms: Sequence[Term]) -> Times:
    """The Times of *shop* along the *route*, of the *terms* of each step."""
    names = position_names([p.id for p in shop.recipe.steps], route.step, route.turn)
    keys = np.array([key_of("transport", name) for name in names], dtype=np.uint64)
    return Times(unroll.terms(route, terms), _inline(shop, route), _transport(shop), keys)


def moved_on(shop: Shop, route: Route, times: Times) -> Times:
    """*times* with the transport and the in-line tools of *shop*; these very Times where nothing differs."""
    inline, transport = _inline(shop, route), _transport(shop)
    return times if transport == times.transport and np.array_equal(inline, times.inline) else replace(times, inline=inline, transport=transport)


def _inline(shop: Shop, route: Route) -> Ints:
    """Panels that an in-line tool holds at each position, 1 elsewhere."""
    return np.array([tool.inline.panels if tool.inline else 1 for _, _, tool in shop.along(route)], dtype=np.int64)


def _transport(shop: Shop) -> Distribution | None:
    moved = in_unit(shop.recipe.document.line, "transport")
    return Scaled(law_of(moved[0]), moved[1]) if moved is not None else None


def make_terms(shop: Shop, known: Sequence[Quantities], problems: list[Problem]) -> list[Term]:
    """Every term of every step's time, in µs; mistakes go to *problems*."""
    terms: list[Term] = []
    for s, (placed, amounts) in enumerate(zip(shop.recipe.steps, known, strict=True)):
        try:
            terms += _terms(s, placed, amounts, shop.doing(s)[1])
            terms += _passive_tests(s, placed, shop.recipe)
        except RecipeError as error:
            problems += error.problems
    return terms


@of_the_same(STEPS, lambda s, *others: (the_one(s), *others))
def _terms(s: int, placed: Placed, known: Quantities, tool: Tool) -> Sequence[Term]:
    """Every term of one step's time, in µs."""
    step = placed.step
    found: list[Term] = []

    def add(driver: str, law: Distribution, ticks: int, each: bool, phase: int, field: str) -> None:
        at = amount_at(placed, known, driver, field)
        key = key_of("time", step.id, field, driver)
        share = step.site_share if at.basis == "unit" and phase == WORK else 1.0
        found.append(Term(s, BASES.index(at.basis), at.value * share, Scaled(law, ticks), each, phase, key))

    for phase, stem in ((LOAD, "load"), (WORK, "time"), (UNLOAD, "unload")):
        given = in_unit(step, stem) or (in_unit(tool, stem) if stem != "time" else None)
        if given is not None:
            for driver, law, each in terms_of(given[0]):
                add(driver, law, given[1], each, phase, stem)
    mended = in_unit(step.repair, "time") if step.repair is not None else None
    if mended is not None:
        key = key_of("time", step.id, "repair", "unit")
        found.append(Term(s, REPAIR, 1.0, Scaled(law_of(mended[0]), mended[1]), False, WORK, key))
    if step.index_s:
        found.append(Term(s, UNIT, 1.0 / step.sites, Constant(step.index_s * 1e6), False, WORK, key_of("time", step.id, "index", "unit")))
    rate = _rate(placed, known)
    if rate is not None:
        driver, us_per_item = rate
        at = amount_at(placed, known, driver, "rate")
        basis = RUN if tool.batch is not None else BASES.index(at.basis)
        found.append(Term(s, basis, at.value, Constant(us_per_item), False, WORK, key_of("time", step.id, "rate", driver)))
    return found


def _passive_tests(s: int, placed: Placed, recipe: Recipe) -> list[Term]:
    """What measuring the passives adds to a test, per unit."""
    product = recipe.document.product
    if product is None or placed.step.op != "test":
        return []
    total = sum(p.test_s * p.count for p in product.passives.values()) * placed.step.site_share
    return [Term(s, UNIT, total, Constant(1e6), False, WORK, key_of("time", placed.id, "passives", "unit"))] if total else []


def _rate(placed: Placed, known: Quantities) -> tuple[str, float] | None:
    """(driver, µs per item of it) where a speed stands for a time."""
    step = placed.step
    minute = 60e6
    if step.rate_um_per_min is not None:
        return "um", minute / step.rate_um_per_min
    if step.current_density_A_dm2 is not None:
        if step.op != "plate":
            raise RecipeError.at(placed.place, f"current_density_A_dm2 is for plating, not for {step.op}", f"{placed.id}.current_density_A_dm2")
        return "um", minute / (PLATING_UM_PER_MIN * step.current_density_A_dm2 * step.current_efficiency)
    if step.rate_mm_per_s is not None or step.cuts is not None:
        return "m", 1e9 * seconds_per_mm(step, known.cut)
    return None

"""Makes the Plan of one package by itself, or of a line without a product, step by step; and makes one piece of it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from procsim.errors import Problem, RecipeError
from procsim.planning import splits
from procsim.planning.batches import batch_keys, batch_products, check_batches
from procsim.planning.checks.omissions import omissions
from procsim.planning.clocks import check_times
from procsim.planning.discipline import make_discipline, remaining
from procsim.planning.geometry import Geometry, geometry, per_panel, units_on_panel
from procsim.planning.make_groups import check_clocks, make_groups
from procsim.planning.make_quality import make_losses
from procsim.planning.make_releases import shares
from procsim.planning.make_shifts import check_duty, make_duty
from procsim.planning.make_times import make_terms, make_times, moved_on
from procsim.planning.make_wanted import make_wanted
from procsim.planning.money import at_rates, make_money
from procsim.planning.plan import Plan, Term
from procsim.planning.route import make_route
from procsim.planning.shop import Shop, shop_of
from procsim.planning.volume import volume_of
from procsim.recipe.recipe import Recipe


def plan_of(recipe: Recipe, given: Geometry | None = None, share: float = 1.0) -> Plan:
    """The Plan of one package, which is a *share* of what its line makes, or of a line without one."""
    given, shop = given or geometry(recipe), shop_of(recipe)
    units = units_on_panel(recipe)
    problems: list[Problem] = []
    terms = make_terms(shop, given.known, problems)
    _refuse(shop, terms, units, problems)
    route = make_route(recipe, shares(shop.streams))
    times = make_times(shop, route, terms)
    money = make_money(recipe, given, route, volume_of(recipe, shop.streams, units, share))
    document, steps = recipe.document, recipe.steps
    return Plan(
        flow=recipe.flow, title=recipe.title, hash=recipe.hash, steps=tuple(p.id for p in steps), ops=tuple(p.step.op or "" for p in steps),
        processes=tuple(p.step.process or "" for p in steps), sources=tuple(str(p.place) for p in steps),
        product=document.product is not None, **_of_the_run(recipe), quantities=per_panel(given.known, units), merits=given.figures.rows,
        units=np.full(len(shop.streams), float(units)), streams=shop.streams, step_group=shop.group_of, route=route,
        group_of=shop.group_of[route.step], batch_key=batch_keys(shop, route), batch_product=batch_products(shop, route),
        groups=make_groups(shop, make_duty(shop, route)), times=times, losses=make_losses(recipe, given, route), money=money,
        discipline=make_discipline(shop, route, times, units), wanted=make_wanted(recipe, shop.names, shop.streams),
        warnings=(*given.figures.warnings, *recipe.warnings, *omissions(recipe, given.known, money.free)))


def _of_the_run(recipe: Recipe) -> dict[str, Any]:
    """What stands in a Plan as the recipe's line and run say it."""
    line, run = recipe.document.line, recipe.document.run
    warmup, horizon = run.window_us
    return {"lot_panels": line.lot.panels, "max_load": line.max_load, "warmup_us": warmup, "horizon_us": horizon, "seed": run.seed,
            "replications": run.replications, "confidence": run.confidence, "allow_overload": run.allow_overload, "start_week": run.start_week,
            "units_before": run.units_before}


def _refuse(shop: Shop, terms: Sequence[Term], units: int, problems: Sequence[Problem] = ()) -> None:
    """Raises RecipeError with *problems* and all else that is wrong about times, batches, clocks and shifts, at once."""
    found = [*problems, *check_batches(shop), *check_clocks(shop), *check_duty(shop), *check_times(shop.recipe, terms, units)]
    if found:
        raise RecipeError(*found)


def remade(recipe: Recipe, given: Geometry, plan: Plan, piece: str, share: float = 1.0) -> Plan:
    """*plan*, which is that of one package over the Geometry *given*, with one *piece* of it made again of *recipe*: the same as the Plan of
    *recipe*, but for its hash and warnings, where *recipe* differs from what *plan* was made of in numbers that only this piece asks for.

    Pieces: "line" (how lots go through it), "times", "losses", "groups", "money", "rates" (of tools, by the
    hour); any other name stands for all of it.
    """
    route = plan.route
    if piece == "line":
        return _relined(recipe, given, plan, share)
    if piece == "money":
        return replace(plan, money=make_money(recipe, given, route, volume_of(recipe, plan.streams, round(float(plan.units[0])), share)))
    if piece == "rates":
        return replace(plan, money=at_rates(recipe, plan.money))
    if piece == "losses":
        return replace(plan, losses=make_losses(recipe, given, route))
    if piece not in ("groups", "times") or (piece == "times" and plan.discipline.limits):
        return plan_of(recipe, given, share)
    shop = Shop(recipe, plan.groups.names, tuple(recipe.document.tools[name] for name in plan.groups.names), plan.step_group, plan.streams)
    problems: list[Problem] = [*check_clocks(shop)] if piece == "groups" else []
    terms = make_terms(shop, given.known, problems) if piece == "times" else []
    if problems:
        raise RecipeError(*problems)
    if piece == "groups":
        return replace(plan, groups=make_groups(shop, plan.groups.duty))
    times = make_times(shop, route, terms)
    if times.terms == plan.times.terms:  # a number that nothing here asks for
        return plan
    left = remaining(route, times, plan.lot_panels / route.parts, float(plan.units[0]))
    return replace(plan, times=times, discipline=replace(plan.discipline, remaining=left))


def _relined(recipe: Recipe, given: Geometry, plan: Plan, share: float) -> Plan:
    """*plan* with all made again of *recipe* that says how lots go through the line. What is done to them stays, and what it costs, but for
    minimum lots of materials, and masks where releases come in another mix."""
    shop, units, route = shop_of(recipe), round(float(plan.units[0])), plan.route
    batches = [tool.batch is not None for tool in shop.tools]
    if batches != (plan.groups.batch_max > 0).tolist() or len({*route.step.tolist()}) < len(plan.steps):
        return plan_of(recipe, given, share)
    _refuse(shop, [replace(term, step=int(route.step[term.step])) for term in plan.times.terms if route.turn[term.step] == 0], units)
    if wrong := tuple(splits.problems(recipe)):
        raise RecipeError(*wrong)
    mix = np.array(shares(shop.streams))
    route = route if np.array_equal(mix, route.mix) else replace(route, mix=mix)
    times = moved_on(shop, route, plan.times)
    by_volume = any(material.minimum_lot is not None for material in recipe.document.materials.values())
    priced = by_volume or route is not plan.route
    money = make_money(recipe, given, route, volume_of(recipe, shop.streams, units, share)) if priced else plan.money
    return replace(
        plan, **_of_the_run(recipe), streams=shop.streams, route=route, groups=make_groups(shop, make_duty(shop, route)), times=times,
        money=money, discipline=make_discipline(shop, route, times, units),
        wanted=make_wanted(recipe, shop.names, shop.streams))

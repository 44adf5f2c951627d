"""Makes the Plan of one package by itself, or of a line without a product, step by step; and makes one piece of it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from procsim.errors import Problem, RecipeError
from procsim.planning.batches import batch_keys, batch_products, check_batches
from procsim.planning.checks.omissions import omissions
from procsim.planning.clocks import check_times
from procsim.planning.discipline import make_discipline, remaining
from procsim.planning.geometry import Geometry, geometry, per_panel, units_on_panel
from procsim.planning.make_groups import check_clocks, make_groups
from procsim.planning.make_quality import make_losses
from procsim.planning.make_releases import shares
from procsim.planning.make_shifts import check_duty, make_duty
from procsim.planning.make_times import make_terms, make_times
from procsim.planning.make_wanted import make_wanted
from procsim.planning.money import make_money
from procsim.planning.plan import Plan, Term
from procsim.planning.route import make_route
from procsim.planning.shop import Shop, shop_of
from procsim.planning.volume import volume_of
from procsim.recipe.recipe import Recipe


def plan_of(recipe: Recipe, given: Geometry | None = None, share: float = 1.0) -> Plan:
    """The Plan of one package, which is a *share* of what its line makes, or of a line without one."""
    given, shop = given or geometry(recipe), shop_of(recipe)
    units = units_on_panel(recipe)
    terms = _checked_terms(shop, given, units)
    route = make_route(recipe, shares(shop.streams))
    times = make_times(shop, route, terms)
    money = make_money(recipe, given, route, volume_of(recipe, shop.streams, units, share))
    document, run, steps = recipe.document, recipe.document.run, recipe.steps
    warmup, horizon = run.window_us
    return Plan(
        flow=recipe.flow, title=recipe.title, hash=recipe.hash, steps=tuple(p.id for p in steps), ops=tuple(p.step.op or "" for p in steps),
        processes=tuple(p.step.process or "" for p in steps), sources=tuple(str(p.place) for p in steps),
        product=document.product is not None, lot_panels=document.line.lot.panels, warmup_us=warmup, horizon_us=horizon, seed=run.seed,
        replications=run.replications, confidence=run.confidence, allow_overload=run.allow_overload, start_week=run.start_week,
        units_before=run.units_before, quantities=per_panel(given.known, units), merits=given.figures.rows,
        units=np.full(len(shop.streams), float(units)), streams=shop.streams, step_group=shop.group_of, route=route,
        group_of=shop.group_of[route.step], batch_key=batch_keys(shop, route), batch_product=batch_products(shop, route),
        groups=make_groups(shop, make_duty(shop, route)), times=times, losses=make_losses(recipe, given, route), money=money,
        discipline=make_discipline(shop, route, times, units), max_load=document.line.max_load, wanted=make_wanted(recipe, shop.names, shop.streams),
        warnings=(*given.figures.warnings, *recipe.warnings, *omissions(recipe, given.known, money.free)))


def _checked_terms(shop: Shop, given: Geometry, units: int) -> list[Term]:
    """Every term of every step's time. Raises RecipeError with all that is wrong about times, batches, clocks and shifts at once."""
    problems: list[Problem] = []
    terms = make_terms(shop, given.known, problems)
    problems += [*check_batches(shop), *check_clocks(shop), *check_duty(shop), *check_times(shop.recipe, terms, units)]
    if problems:
        raise RecipeError(*problems)
    return terms


def remade(recipe: Recipe, given: Geometry, plan: Plan, piece: str, share: float = 1.0) -> Plan:
    """*plan*, which is that of one package over the Geometry *given*, with one *piece* of it made again of *recipe*: the same as the Plan of
    *recipe*, but for its hash and warnings, where *recipe* differs from what *plan* was made of in numbers that only this piece asks for.

    Pieces: "times", "losses", "groups", "money"; any other name stands for all of it.
    """
    route = plan.route
    if piece == "money":
        return replace(plan, money=make_money(recipe, given, route, volume_of(recipe, plan.streams, round(float(plan.units[0])), share)))
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
    left = remaining(route, times, plan.lot_panels / route.parts, float(plan.units[0]))
    return replace(plan, times=times, discipline=replace(plan.discipline, remaining=left))

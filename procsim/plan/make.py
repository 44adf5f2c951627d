"""Recipe in, Plan out: steps bound to tools, drivers multiplied out, every name turned into an index or a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from procsim.errors import Problem, RecipeError
from procsim.maths.arrays import Floats
from procsim.model.base import DRIVERS
from procsim.plan import unroll
from procsim.plan.checks.omissions import omissions
from procsim.plan.checks.suspicious import suspicious_times
from procsim.plan.clocks import check_times
from procsim.plan.discipline import late_on_average, make_discipline, never_fills
from procsim.plan.geometry import Geometry, geometry
from procsim.plan.make_quality import make_losses
from procsim.plan.make_shifts import check_duty, make_duty
from procsim.plan.make_times import make_terms, make_times
from procsim.plan.make_wip import make_wip
from procsim.plan.mix import mixed
from procsim.plan.money import group_names, make_money
from procsim.plan.plan import HOUR, Money, Plan, Route
from procsim.plan.prices import panels_per_year
from procsim.plan.quality import Losses
from procsim.plan.route import make_route
from procsim.plan.stations import batch_keys, batch_products, check_batches, check_clocks, make_groups, make_stream
from procsim.plan.traffic import Stream
from procsim.recipe.recipe import Recipe
from procsim.section.layout import panel_geometry
from procsim.section.quantities import Quantities


def make(recipe: Recipe, given: Geometry | None = None) -> Plan:
    """The Plan of *recipe*, over the Geometry *given* where a recipe that differs in no geometry has one already.

    Raises RecipeError where a package cannot be built or a number has nothing to count.
    """
    plan = mixed(recipe, of_packages(recipe, given)) if recipe.packages else _made(recipe, given)
    plan = replace(plan, wip=make_wip(recipe, plan))
    return replace(plan, warnings=(*plan.warnings, *never_fills(plan), *late_on_average(plan), *suspicious_times(plan)))


def of_packages(recipe: Recipe, given: Geometry | None = None) -> dict[str, Plan]:
    """The Plan of each package of a mix, by itself, at its share of the volume."""
    return {name: _made(part, given.packages[name] if given else None, share_of(recipe, name)) for name, part in recipe.packages.items()}


def share_of(recipe: Recipe, name: str) -> float:
    """The package's share of the lots of its line."""
    packages = recipe.document.packages
    return packages[name].share / sum(one.share for one in packages.values())


def _made(recipe: Recipe, given: Geometry | None = None, share: float = 1.0) -> Plan:
    """The Plan of one package, which is a *share* of what its line makes, or of a line without one."""
    made = given or geometry(recipe)
    known, figures = made.known, made.figures
    document = recipe.document
    groups = group_names(recipe)
    tools = [document.tools[name] for name in groups]
    step_group = np.array([groups.index(p.step.tool or "") for p in recipe.steps], dtype=np.int64)
    problems: list[Problem] = []
    terms = make_terms(recipe, known, problems)
    streams = tuple(make_stream(recipe, name, release) for name, release in document.line.streams().items())
    problems += check_batches(recipe, groups, tools)
    problems += check_clocks(recipe, groups, tools)
    problems += check_duty(recipe, groups, tools, streams)
    units = recipe.document.line.lot.units_per_panel or 1
    if document.product is not None:
        units = _units(recipe)
    problems += check_times(recipe, terms, units)
    if problems:
        raise RecipeError(*problems)
    warmup, horizon = document.run.window_us
    route = make_route(recipe, _mix(streams))
    all_terms = unroll.terms(route, terms)
    group_of, passes = step_group[route.step], [recipe.steps[s] for s in route.step]
    money = _money(recipe, made, route, streams, units, share)
    return Plan(
        flow=recipe.flow, title=recipe.title, hash=recipe.hash,
        steps=tuple(p.id for p in recipe.steps), ops=tuple(p.step.op or "" for p in recipe.steps),
        processes=tuple(p.step.process or "" for p in recipe.steps), sources=tuple(str(p.place) for p in recipe.steps),
        quantities=_per_panel(known, units), step_group=step_group, route=route, group_of=group_of,
        batch_key=batch_keys(passes, tools, group_of), batch_product=batch_products(passes, tools, group_of),
        times=make_times(recipe, all_terms, tools, route, group_of),
        losses=_losses(recipe, made, route), money=money,
        groups=make_groups(groups, tools, make_duty(recipe, groups, tools, streams, passes)), streams=streams,
        discipline=make_discipline(recipe, groups, tools, step_group, streams, all_terms, units, route),
        lot_panels=document.line.lot.panels, units=np.full(len(streams), float(units)), product=document.product is not None,
        warmup_us=warmup, horizon_us=horizon, seed=document.run.seed, replications=document.run.replications,
        confidence=document.run.confidence, allow_overload=document.run.allow_overload, merits=figures.rows,
        warnings=(*figures.warnings, *recipe.warnings, *omissions(recipe, known, money.free)),
        start_week=document.run.start_week, units_before=document.run.units_before)


def remade(recipe: Recipe, given: Geometry, plan: Plan, piece: str, share: float = 1.0) -> Plan:
    """*plan*, which is that of one package over the Geometry *given*, with one *piece* of it made again of *recipe*: the same as the Plan of *recipe*
    for the closed form, where *recipe* differs from what *plan* was made of in numbers that only this piece asks for.

    Pieces: "times", "losses", "groups", "money"; any other name stands for all of it.
    """
    if piece == "money":
        return replace(plan, money=_money(recipe, given, plan.route, plan.streams, round(float(plan.units[0])), share))
    if piece == "losses":
        return replace(plan, losses=_losses(recipe, given, plan.route))
    problems: list[Problem] = []
    tools = [recipe.document.tools[name] for name in plan.groups.names]
    if piece == "groups":
        problems += check_clocks(recipe, plan.groups.names, tools)
        made = replace(plan, groups=make_groups(plan.groups.names, tools, plan.groups.duty)) if not problems else plan
    elif piece == "times" and not plan.discipline.limits:
        terms = unroll.terms(plan.route, make_terms(recipe, given.known, problems))
        made = replace(plan, times=make_times(recipe, terms, tools, plan.route, plan.group_of))
    else:
        return _made(recipe, given, share)
    if problems:
        raise RecipeError(*problems)
    return made


def _losses(recipe: Recipe, given: Geometry, route: Route) -> Losses:
    return unroll.losses(route, make_losses(recipe, given.known, given.built), recipe)


def _money(recipe: Recipe, given: Geometry, route: Route, streams: Sequence[Stream], units: int, share: float) -> Money:
    panels = share * panels_per_year(recipe, units, _lots_per_h(streams))
    return unroll.money(route, make_money(recipe, given.known, given.built, units, panels))


def _per_panel(known: Sequence[Quantities], units: int) -> Floats:
    """Amounts of every driver per panel, shape (S, drivers); 0 where a step has none."""
    scale = {"panel": 1.0, "unit": float(units), "run": 1.0, "lot": 1.0}
    return np.array([[a.value * scale[a.basis] if (a := one.get(driver)) else 0.0 for driver in DRIVERS] for one in known])


def _units(recipe: Recipe) -> int:
    assert recipe.document.product is not None
    if recipe.document.line.lot.units_per_panel is not None:
        address = "line.lot.units_per_panel"
        raise RecipeError.at(recipe.place(address), "units_per_panel is computed from the product; leave it out", address)
    return panel_geometry(recipe.document.product).units


def _mix(streams: Sequence[Stream]) -> list[float]:
    """Share of each stream in all lots released; a constant WIP counts by its lots."""
    rates = [s.at_once / s.interval.mean if s.interval is not None else float(s.conwip) for s in streams]
    return [rate / sum(rates) for rate in rates]


def _lots_per_h(streams: Sequence[Stream]) -> float:
    """Lots released by the clock per hour."""
    return sum(s.at_once * HOUR / s.interval.mean for s in streams if s.interval is not None)



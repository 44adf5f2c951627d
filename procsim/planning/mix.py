"""Makes one Plan of those of several packages that share a line: positions one after the other, a release stream for each package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from procsim.errors import RecipeError
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.maths.keyed_random import key_of
from procsim.planning.batches import batch_keys, batch_products
from procsim.planning.discipline import make_discipline
from procsim.planning.make_groups import make_groups
from procsim.planning.make_releases import make_stream
from procsim.planning.make_shifts import check_duty, make_duty
from procsim.planning.make_wanted import make_wanted
from procsim.planning.plan import CATEGORIES, PANEL, Money, Plan, Route, Term, Times
from procsim.planning.quality import ALONE, Losses
from procsim.planning.scaled import Scaled
from procsim.planning.shop import Shop
from procsim.planning.traffic import Stream
from procsim.recipe.recipe import Recipe


def mixed(recipe: Recipe, parts: Mapping[str, Plan]) -> Plan:
    """One Plan of *parts*, in the order in which *recipe* names them. Raises RecipeError where the line asks for what a mix cannot do."""
    for name, given in recipe.document.line.queue_time_limits.items():
        if given.again is not None:
            address = f"line.queue_time_limits.{name}.action"
            raise RecipeError.at(recipe.place(address), "packages that share a line have no rework by queue time: count, or scrap", address)
    plans = list(parts.values())
    names = tuple(dict.fromkeys(name for plan in plans for name in plan.groups.names))
    of = [np.array([names.index(name) for name in plan.groups.names], dtype=np.int64) for plan in plans]
    streams = _streams(recipe)
    shift = np.cumsum([0, *(len(plan.group_of) for plan in plans)])
    steps = np.cumsum([0, *(len(plan.steps) for plan in plans)])
    route = _route(plans, shift, steps, np.array([s.at_once / s.interval.mean if s.interval else float(s.conwip) for s in streams]))
    group_of = np.concatenate([mine[plan.group_of] for mine, plan in zip(of, plans, strict=True)])
    step_group = np.concatenate([mine[plan.step_group] for mine, plan in zip(of, plans, strict=True)])
    shop = Shop(recipe, names, tuple(recipe.document.tools[name] for name in names), step_group, streams)
    if problems := [*check_duty(shop)]:
        raise RecipeError(*problems)
    units = np.array([plan.units[0] for plan in plans])
    times = _times(plans, shift)
    return replace(
        plans[0], flow=recipe.flow, title=recipe.title, hash=recipe.hash, streams=streams, route=route, group_of=group_of,
        steps=tuple(placed.id for placed in recipe.steps), ops=sum((p.ops for p in plans), ()), processes=sum((p.processes for p in plans), ()),
        sources=sum((p.sources for p in plans), ()), quantities=np.concatenate([p.quantities for p in plans]),
        step_group=step_group, discipline=make_discipline(shop, route, times, float(units.mean())),
        batch_key=batch_keys(shop, route), batch_product=batch_products(shop, route), times=times,
        losses=_losses(plans), money=_money(plans, of, len(names), shift, route.mix * units),
        groups=make_groups(shop, make_duty(shop, route)), units=units, merits=(), wanted=make_wanted(recipe, names, streams),
        warnings=recipe.warnings + tuple(f"{name}: {text}" for name, plan in parts.items() for text in plan.warnings))


def _streams(recipe: Recipe) -> tuple[Stream, ...]:
    """The shared line's release, shared out; each package is a stream of its own."""
    packages = recipe.document.packages
    total = sum(one.share for one in packages.values())
    found = []
    (name, release), = recipe.document.line.streams().items()
    for package, one in packages.items():
        own = release.model_copy(update={"priority": one.priority or release.priority, "product": package})
        whole = make_stream(recipe, name, own)
        share = one.share / total
        conwip = max(round(whole.conwip * share), 1) if whole.conwip else 0
        found.append(replace(whole, name=package, conwip=conwip, key=key_of("release", name, package),
                             interval=Scaled(whole.interval, 1 / share) if whole.interval is not None else None))
    return tuple(found)


def _route(plans: Sequence[Plan], shift: Ints, steps: Ints, rates: Floats) -> Route:
    size = int(shift[-1])
    streams = np.zeros((len(plans), size), dtype=bool)
    reached = np.zeros((len(plans), size))
    for r, plan in enumerate(plans):
        streams[r, shift[r]:shift[r + 1]] = plan.route.streams[0]
        reached[r, shift[r]:shift[r + 1]] = plan.route.reached[0]
    after = np.concatenate([np.where(p.route.after >= 0, p.route.after + at, -1) for p, at in zip(plans, shift[:-1], strict=True)])
    step = np.concatenate([p.route.step + at for p, at in zip(plans, steps[:-1], strict=True)])

    names = ("turn", "sample", "every", "fails", "final", "keys", "loop", "origin", "fresh")
    same = {name: np.concatenate([getattr(p.route, name) for p in plans]) for name in names}
    stretches = tuple(replace(one, first=one.first + at, stop=one.stop + at, merge=one.merge + at if one.merge >= 0 else -1)
                      for plan, at in zip(plans, shift[:-1].tolist(), strict=True) for one in plan.route.stretches)
    return Route(step=step, streams=streams, after=after, mix=rates / rates.sum(), reached=reached, detours=plans[0].route.detours[:0],
                 stretches=stretches, **same)


def _times(plans: Sequence[Plan], shift: Ints) -> Times:
    terms: list[Term] = []
    for plan, at in zip(plans, shift[:-1].tolist(), strict=True):
        terms += [replace(term, step=term.step + at) for term in plan.times.terms]
    return Times(tuple(terms), np.concatenate([p.times.inline for p in plans]), plans[0].times.transport,
                 np.concatenate([p.times.transport_keys for p in plans]))


def _losses(plans: Sequence[Plan]) -> Losses:
    size = sum(len(p.group_of) for p in plans)
    sees: dict[int, Bools] = {}
    at = 0
    for plan in plans:
        own = len(plan.group_of)
        for p, found in plan.losses.sees.items():
            sees[at + p] = np.zeros(size + 1, dtype=bool)
            sees[at + p][at:at + own], sees[at + p][-1] = found[:-1], found[-1]
        at += own
    joined: dict[str, Any] = {name: np.concatenate([getattr(p.losses, name) for p in plans]) for name in (*ALONE, "keys", "panel_good")}
    return Losses(spreads=sum((p.losses.spreads for p in plans), ()), sees=sees, **joined)


def _money(plans: Sequence[Plan], of: Sequence[Ints], groups: int, shift: Ints, made: Floats) -> Money:
    """Prices one after the other, of plans that start units in the ratio *made* (R,). A package's panel is paid for at its first step, since packages
    come on panels of their own; its masks are borne by its share of the volume, which is that of all packages."""
    direct, uses = [], []
    tooling = np.zeros((len(plans), shift[-1]))
    bought: dict[str, tuple[str, float, float]] = {}
    hourly, rate, fixed = np.zeros((groups, len(CATEGORIES))), np.zeros((groups, len(CATEGORIES))), np.zeros(groups)
    for r, (plan, mine) in enumerate(zip(plans, of, strict=True)):
        tooling[r, shift[r]:shift[r + 1]] = plan.money.tooling[0] * made.sum() / made[r]
        rows = plan.money.direct[:-1].copy()
        rows[0, PANEL] += plan.money.direct[-1, PANEL]
        direct.append(rows)
        hourly[mine], rate[mine], fixed[mine] = plan.money.hourly, plan.money.rate, plan.money.fixed
        each = zip(plan.money.units, plan.money.prices.tolist(), plan.money.surplus.tolist(), strict=True)
        bought |= dict(zip(plan.money.materials, each, strict=True))
    names = tuple(sorted(bought))
    for plan, at in zip(plans, shift[:-1].tolist(), strict=True):
        uses += [replace(use, step=use.step + at, material=names.index(plan.money.materials[use.material])) for use in plan.money.uses]
    whole = np.concatenate([*direct, np.zeros((1, *direct[0].shape[1:]))])
    prices, surplus = (np.array([float(bought[name][i]) for name in names]) for i in (1, 2))
    units = tuple(bought[name][0] for name in names)
    return Money(whole, tooling, hourly, rate, fixed, tuple(uses), names, units, prices, surplus, plans[0].money.margin, plans[0].money.year)

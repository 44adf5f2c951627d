"""Puts numbers into a Plan that were found after it was made: how fast lots are released, and how many tools there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from procsim.maths.arrays import Ints
from procsim.planning.geometry import Geometry
from procsim.planning.make import put_together
from procsim.planning.make_releases import check_interval, shares
from procsim.planning.plan import HOUR, Plan
from procsim.planning.traffic import Stream
from procsim.recipe.packages import assembled
from procsim.recipe.recipe import Recipe

WEEK_H = 168.0


def with_counts(plan: Plan, count: Ints) -> Plan:
    """*plan* with *count* (G,) tools in its groups, which cost as much more by the hour."""
    if np.array_equal(count, plan.groups.count):
        return plan
    more, money = count / plan.groups.count, plan.money
    return replace(plan, groups=replace(plan.groups, count=count),
                   money=replace(money, hourly=money.hourly * more[:, None], fixed=money.fixed * more))


def with_streams(recipe: Recipe, given: Geometry | None, plan: Plan, streams: Sequence[Stream]) -> Plan:
    """*plan*, which is that of *recipe* over the Geometry *given*, with its releases at the pace of *streams*. Raises RecipeError where they are
    faster or slower than the clock can count."""
    by_name = recipe.document.line.streams()
    for stream in streams:
        name = stream.name if stream.name in by_name else next(iter(by_name))
        if stream.interval is not None:
            check_interval(recipe, name, by_name[name], stream.interval.mean)
    if _by_volume(recipe):
        return replace(put_together(_released(recipe, streams), given), wanted=plan.wanted)
    return _mixed(replace(plan, streams=tuple(streams)), shares(streams))


def _mixed(plan: Plan, mix: Sequence[float]) -> Plan:
    """*plan* with its streams in that *mix*: what is paid once for a step is borne by what is started of those that have it."""
    route = replace(plan.route, mix=np.array(mix))
    if np.allclose(route.mix, plan.route.mix, rtol=1e-12, atol=0.0):
        return plan
    bears = route.streams & (route.turn == 0)
    before, now = plan.route.mix @ bears, route.mix @ bears
    fewer = np.divide(before, now, out=np.ones_like(before), where=now > 0)
    return replace(plan, route=route, money=replace(plan.money, tooling=plan.money.tooling * fewer))


def _by_volume(recipe: Recipe) -> bool:
    """Whether prices hang on how much is released: minimum lots that grow too old where little is used."""
    inside = [recipe, *recipe.packages.values()]
    return not recipe.document.economics.units_per_year and any(m.minimum_lot is not None for one in inside for m in one.document.materials.values())


def _released(recipe: Recipe, streams: Sequence[Stream]) -> Recipe:
    """*recipe* as if the lots of *streams* that start in a week had been written in the place of the good units that are asked for."""
    rates = {stream.name: _lots_per_week(stream) for stream in streams}
    line = recipe.document.line
    written = {name: release if release.good_units_per_week is None else release.model_copy(update={
        "good_units_per_week": None, "lots_per_week": sum(rates.values()) if recipe.packages else rates[name]})
        for name, release in line.streams().items()}
    found: Mapping[str, Any] = {"release": written["main"]} if line.release is not None else {"releases": written}
    made = replace(recipe, document=recipe.document.model_copy(update={"line": line.model_copy(update=dict(found))}))
    return assembled(made, recipe.packages) if recipe.packages else made


def _lots_per_week(stream: Stream) -> float:
    return WEEK_H * HOUR * stream.at_once / stream.interval.mean if stream.interval is not None else 0.0

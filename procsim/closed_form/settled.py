"""Settles what a recipe leaves open: as many lots start as leave the good units that are asked for, and there are as many tools as these take.

    Recipe ─▶ Plan with places held ─▶ yield of the mean lot ─▶ lots that start ─▶ tools ─▶ Plan

Whoever makes a Plan to look at its figures makes it here; a recipe that leaves nothing open goes straight through. Where yields are learned, they
hang on when lots start and how long they stay, so that it is gone round until nothing moves any more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from procsim.closed_form.mean_flow import of_release, uncounted
from procsim.closed_form.solve import solve, stay_of
from procsim.closed_form.tool_counts import least_counts
from procsim.errors import RecipeError
from procsim.maths.arrays import Floats
from procsim.planning.fitted import WEEK_H, with_counts, with_streams
from procsim.planning.geometry import Geometry, geometry
from procsim.planning.make import completed, put_together
from procsim.planning.make_releases import address_of
from procsim.planning.plan import HOUR, Plan
from procsim.planning.scaled import Scaled
from procsim.planning.traffic import Stream
from procsim.planning.wanted import Wanted
from procsim.quality.learning import Stay
from procsim.recipe.recipe import Recipe

TURNS, NEAR = 30, 1e-8
"""Rounds of learning at most, and the relative change of what starts at which they end."""
ROUNDING = 1e-12
"""A relative change of pace below this is none, so that what is settled stays as it is."""


def settled(recipe: Recipe, given: Geometry | None = None, *, warned: bool = True) -> Plan:
    """The Plan of *recipe*, over the Geometry *given* where a recipe that differs in no geometry has one already, with nothing left open; if not
    *warned*, nobody has looked for what is suspicious about it.

    Raises RecipeError where a package cannot be built, a number has nothing to count, or nobody knows how many good units a lot leaves.
    """
    given = given or geometry(recipe, warned=warned)
    return completed(recipe, settle(recipe, given, put_together(recipe, given)), warned=warned)


def settle(recipe: Recipe, given: Geometry, plan: Plan) -> Plan:
    """*plan*, which is that of *recipe* over the Geometry *given*, with nothing left open. (Demand that no unit is good for is left as it is.)"""
    if plan.wanted is None:
        return plan
    _check(recipe, plan)
    made, learns, pace = plan, bool(plan.losses.learns.any()), np.ones(len(plan.streams))
    for _ in range(TURNS if learns else 1):
        stay = stay_of(solve(made)) if learns else Stay()
        before, pace = pace, _paces(plan, made, plan.wanted, stay)
        made = _equipped(with_streams(recipe, given, plan, _paced(plan, pace)) if len(plan.wanted.good) else plan, plan.wanted, stay)
        if np.allclose(pace, before, rtol=NEAR, atol=0.0):
            break
    return made


def like(recipe: Recipe, given: Geometry, plan: Plan, other: Plan) -> Plan:
    """*plan*, which is that of *recipe* over the Geometry *given*, with what starts, and the tools, as in the *other*, which is settled."""
    if plan.wanted is None:
        return plan
    return with_counts(with_streams(recipe, given, plan, other.streams) if len(plan.wanted.good) else plan,
                       np.where(plan.wanted.auto, other.groups.count, plan.groups.count))


def _check(recipe: Recipe, plan: Plan) -> None:
    """Raises RecipeError where good units are asked for, and how many a lot leaves has no closed form."""
    assert plan.wanted is not None
    if len(plan.wanted.good) and (why := uncounted(plan)):
        r = int(np.argmax(plan.wanted.of >= 0))
        address = address_of(recipe, plan.streams[r].name) if not recipe.packages else "line.release"
        raise RecipeError.at(recipe.place(address), f"good_units_per_week needs a yield, and this one has no closed form: {why}; say panels_per_week",
                             address)


def _paces(plan: Plan, made: Plan, wanted: Wanted, stay: Stay) -> Floats:
    """How much faster than in *plan* each release has to be, (R,), by the yields of *made*, whose lots *stay* so long."""
    good = np.array([of_release(made, r, stay).good if wanted.of[r] >= 0 else 0.0 for r in range(len(made.streams))])
    weekly = good * [WEEK_H * HOUR * s.at_once / s.interval.mean if s.interval is not None else 0.0 for s in plan.streams]
    found = np.ones(len(good))
    for k, asked in enumerate(wanted.good.tolist()):
        mine = wanted.of == k
        total = float(weekly[mine].sum())
        found[mine] = asked / total if total > 0 else 1.0
    return found


def _paced(plan: Plan, pace: Floats) -> tuple[Stream, ...]:
    """The streams of *plan*, each so many times as fast."""
    return tuple(s if abs(p - 1.0) < ROUNDING or s.interval is None else replace(s, interval=Scaled(s.interval, 1 / p))
                 for s, p in zip(plan.streams, pace.tolist(), strict=True))


def _equipped(plan: Plan, wanted: Wanted, stay: Stay) -> Plan:
    """*plan* with as many tools as it takes of the groups whose number is *wanted*."""
    return with_counts(plan, least_counts(plan, stay, plan.max_load, wanted.auto)) if wanted.auto.any() else plan

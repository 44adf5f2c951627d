"""Says how many lots start: as the clock releases them, or as a constant WIP lets them in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, Plan


@dataclass(frozen=True, slots=True)
class Starts:
    """*lots_per_h* start, in a *mix* (R,) of releases; the line could take *bottleneck_per_h*, rb of Factory Physics. nan where releases end, or lots
    are turned away."""

    lots_per_h: float
    bottleneck_per_h: float
    mix: Floats


def starts(plan: Plan, rate: float, most: float, load: Floats) -> Starts:
    """Where *rate* lots are released an hour, and the line takes *most* with a *load* (G,) of its tools."""
    taken = min(rate, most) if most or np.isinf(load).any() else rate
    return Starts(taken if lasting(plan, rate) else np.nan, most, plan.route.mix)


def lasting(plan: Plan, rate: float) -> bool:
    """Whether *rate* lots an hour come for as long as the run lasts, and all of them are let in."""
    return not plan.ending(HOUR / rate if rate > 0 else 0.0) and not any(s.lose for s in plan.streams)


def released_per_h(plan: Plan) -> float:
    """Lots released by the clock per hour; 0 where only a constant WIP releases."""
    return sum(s.at_once / (s.interval.mean / HOUR) for s in plan.streams if s.interval is not None)


def clocked(plan: Plan) -> bool:
    """Whether all lots are released by the clock."""
    return all(s.interval is not None for s in plan.streams)


def half_clocked(plan: Plan) -> bool:
    """Whether a constant WIP stands beside releases by the clock: it takes of the line what those leave."""
    return any(s.conwip for s in plan.streams) and any(s.interval is not None for s in plan.streams)


def level(plan: Plan) -> float:
    """Lots that constant WIP keeps in the line."""
    return float(sum(s.conwip for s in plan.streams))

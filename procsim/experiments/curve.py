"""Makes the points of an operating curve: the same plan at other loads or at other levels of WIP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procsim.closed_form.solve import ClosedForm, solve
from procsim.planning.pace import paced
from procsim.planning.plan import Plan

LOADS = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Loads of the bottleneck where none are asked for."""
LOWEST, HIGHEST = 0.5, 0.95
REACH = 3
"""WIP goes up to so many times what would just keep the bottleneck busy, or what the recipe has."""


@dataclass(frozen=True, slots=True)
class Point:
    """The *plan* at a *setting*, which is the load of its bottleneck or its WIP in lots, with its closed form."""

    setting: float
    plan: Plan
    closed: ClosedForm


def loads(count: int) -> list[float]:
    """*count* loads from 0.5 to 0.95 whose idle shares form a geometric row: waiting grows with the inverse of those."""
    return [round(1 - (1 - LOWEST) * ((1 - HIGHEST) / (1 - LOWEST)) ** (i / (count - 1)), 3) for i in range(count)]


def levels(plan: Plan, closed: ClosedForm, count: int) -> list[int]:
    """At most *count* levels of WIP in a geometric row from 1 to beyond the critical WIP, rate of the bottleneck × raw process time."""
    critical = closed.starts.bottleneck_per_h * closed.time.raw_process_h
    most = max(REACH * critical, REACH * sum(s.conwip for s in plan.streams), 4.0)
    return sorted({round(most ** (i / (count - 1))) for i in range(count)})


def at_loads(plan: Plan, wanted: Sequence[float]) -> list[Point]:
    """*plan* with its releases so much faster or slower that its most loaded tool group, or pool of operators, has each load
    *wanted*, in (0, 1)."""
    return [Point(load, *_at_load(plan, load)) for load in wanted]


def at_wip(plan: Plan, wanted: Sequence[int]) -> list[Point]:
    """*plan*, which has one stream of constant WIP, with so many lots in the line."""
    found = []
    for lots in wanted:
        made = replace(plan, streams=(replace(plan.streams[0], conwip=lots),))
        found.append(Point(float(lots), made, solve(made)))
    return found


def _at_load(plan: Plan, wanted: float) -> tuple[Plan, ClosedForm]:
    """Bisection on the pace, since batches and upkeep by panels make load no straight line of it."""
    def load(pace: float) -> float:
        return float(solve(paced(plan, pace)).loads.max())

    low = high = wanted / max(min(load(1.0), 100.0), 1e-6)
    while load(low) > wanted:
        low /= 2
    while load(high) < wanted:
        high *= 2
    while high / low > 1 + 1e-9:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if load(middle) < wanted else (low, middle)
    made = paced(plan, low)
    return made, solve(made)

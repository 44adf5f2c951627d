"""Lays several lines side by side in closed form: what a good unit costs at the same volumes, and from which volume on another is the cheapest.

Each line has the fewest tools of each kind that its ``line.max_load`` allows at the volume, as where it is sized for one: a line whose tools are
dear but quick needs volume to keep them busy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from procsim.closed_form.marginal_cost import VOLUMES, at_pace, left_out, week
from procsim.closed_form.solve import ClosedForm, solve, stay_of
from procsim.closed_form.tool_counts import least_counts
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe

HALVINGS = 7
"""How often the volume between two is halved in search of a crossing: to one part in some hundred of the step between them."""

Line = tuple[Recipe, Plan, ClosedForm]


@dataclass(frozen=True, slots=True)
class AtVolume:
    """Fully loaded cost of a good unit, USD, of each line where each gives *good* units a week; *cheapest* is the number of one."""

    good: float
    cost: tuple[float, ...]

    @property
    def cheapest(self) -> int:
        return min(range(len(self.cost)), key=lambda n: self.cost[n])


@dataclass(frozen=True, slots=True)
class Crossing:
    """At about *good* units a week line *above* takes over from line *below*, which is the cheapest at less."""

    good: float
    below: int
    above: int


def comparable(lines: Sequence[Line]) -> bool:
    """Whether every line has a price and a steady week of which the closed form knows the good units."""
    return all(not plan.money.free and closed.flow.good > 0 and not left_out(plan, closed) for _, plan, closed in lines)


def cost_at(line: Line, good: float) -> float:
    """What a good unit costs where *line* gives *good* of them a week, USD."""
    recipe, plan, closed = line
    stay = stay_of(closed, evenly=True)
    own = week(plan, closed, hold=False).good
    made = at_pace(recipe, plan, good / own)
    which = np.array([not speeds for speeds in made.groups.duty.speeds])
    sized = with_counts(made, least_counts(made, stay, made.max_load, which))
    return week(sized, solve(sized, stay), hold=True).loaded_each


def side_by_side(lines: Sequence[Line]) -> list[AtVolume]:
    """The lines at the volumes of the first, times ``VOLUMES``."""
    own = week(lines[0][1], lines[0][2], hold=False).good
    return [_at(lines, own * pace) for pace in VOLUMES]


def _at(lines: Sequence[Line], good: float) -> AtVolume:
    return AtVolume(good, tuple(cost_at(line, good) for line in lines))


def crossings(lines: Sequence[Line], found: Sequence[AtVolume]) -> list[Crossing]:
    """Every change of the cheapest line between two neighbours of *found*, its volume found by halving."""
    made = []
    for low, high in pairwise(found):
        if low.cheapest == high.cheapest:
            continue
        one, other = low, high
        for _ in range(HALVINGS):
            middle = _at(lines, math.sqrt(one.good * other.good))
            one, other = (middle, other) if middle.cheapest == low.cheapest else (one, middle)
        made.append(Crossing(math.sqrt(one.good * other.good), low.cheapest, other.cheapest))
    return made

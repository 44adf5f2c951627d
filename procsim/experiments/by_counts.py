"""Optimises numbers of tools alone, where the least cost is sought, the way that lines are sized: exactly, with an integer program."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.solve import ClosedForm, solve, stay_of
from procsim.closed_form.tool_counts import least_counts
from procsim.closed_form.tool_search import search
from procsim.errors import RecipeError
from procsim.experiments.points import Evaluator, Point
from procsim.experiments.sizing import FULL
from procsim.experiments.space import Space
from procsim.experiments.trials import Goal, Trial, judged
from procsim.maths.arrays import Ints
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan
from procsim.results.overload import overloads

COUNT = re.compile(r"tools\.([^.]+)\.count")
COST, CYCLE = "cost_per_good_unit_loaded", "cycle_time"


@dataclass(frozen=True, slots=True)
class Counted:
    """The *trials* that were looked at, *how* the best of them was found, and whether that is *proven*."""

    trials: tuple[Trial, ...]
    how: str
    proven: bool


def by_counts(space: Space, flow: Evaluator, goal: Goal) -> Counted | None:
    """The cheapest numbers of tools; None where something else is asked than the least cost in a cycle time, by the choice of tools, or where no such
    tools will do."""
    names, hours = _groups(space), _hours(goal)
    if names is None or hours is None or any(stream.conwip for stream in flow.plan.streams):
        return None
    try:
        plan = flow.plan_at({one.addresses[0]: one.values[-1] for one in space.variables})
    except RecipeError:
        return None
    closed, at = solve(plan), np.array([plan.groups.names.index(name) for name in names])
    most, least = plan.groups.count, _least(space, plan, closed, at)
    if overloads(plan, closed) or (least > most).any():
        return None
    found = search(with_counts(plan, least), least, hours, most=most)
    if found is None:
        return None
    trials = tuple(_trial(goal, plan, count, known, at) for count, known in found.sets.items())
    return Counted(trials, f"numbers of tools alone, as a line is sized: {found.how}", found.proven)


def _groups(space: Space) -> list[str] | None:
    """The tool groups whose numbers alone are chosen, each any whole number of a range; None where something else is."""
    found = [COUNT.fullmatch(one.name) for one in space.variables]
    ranged = all(one.ordered and one.values == tuple(map(str, range(int(float(one.values[0])), int(float(one.values[-1])) + 1)))
                 for one in space.variables if one.values)
    named = [match[1] for match in found if match is not None]
    return named if ranged and len(named) == len(found) and all(one.values for one in space.variables) else None


def _hours(goal: Goal) -> float | None:
    """The cycle time that is allowed, where the least cost is sought with no other limit."""
    ours = all(one.figure == CYCLE and one.sign in ("<", "<=") for one in goal.limits)
    return min((one.value for one in goal.limits), default=math.inf) if ours and goal.figure == COST and not goal.maximise else None


def _least(space: Space, plan: Plan, closed: ClosedForm, at: Ints) -> Ints:
    """The fewest tools of each group, (G,): of those that are chosen, as many as the load takes."""
    chosen = np.zeros(len(plan.groups.names), dtype=bool)
    chosen[at] = True
    found = least_counts(plan, stay_of(closed), FULL, chosen)
    found[at] = np.maximum(found[at], [int(one.values[0]) for one in space.variables])
    return found


def _trial(goal: Goal, plan: Plan, count: tuple[int, ...], closed: ClosedForm, at: Ints) -> Trial:
    made = with_counts(plan, np.array(count))
    figures = Point(made, closed, closed).figures()
    cells = tuple(str(count[g]) for g in at.tolist())
    return judged(Trial(cells, {name: figures.get(name, math.nan) for name in goal.figures}, how="by numbers of tools"), goal)

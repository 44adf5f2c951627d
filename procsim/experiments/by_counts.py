"""Optimises numbers of tools, where the least cost is sought, the way that lines are sized: exactly, with an integer program, for each of a few other
choices."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from procsim.closed_form.solve import ClosedForm, solve, stay_of
from procsim.closed_form.tool_counts import least_counts
from procsim.closed_form.tool_search import Sized, search
from procsim.errors import RecipeError
from procsim.experiments.points import Evaluator, Point
from procsim.experiments.sizing import FULL
from procsim.experiments.space import Space, Variable
from procsim.experiments.trials import Cells, Goal, Trial, judged
from procsim.maths.arrays import Ints
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan
from procsim.results.overload import overloads

COUNT = re.compile(r"tools\.([^.]+)\.count")
COST, CYCLE = "cost_per_good_unit_loaded", "cycle_time"
MOST_CHOICES = 100
"""Other choices for each of which tools are counted, at most."""
DEARER = "with the fewest tools it is dearer than another choice with its best"


@dataclass(frozen=True, slots=True)
class Counted:
    """What was looked at for one of the other choices: *trials*, *how* the best of them was found, and whether that is *proven*. Without trials, no
    numbers of tools will do, and *most* is the point with the most."""

    most: Cells
    trials: tuple[Trial, ...] = ()
    how: str = ""
    proven: bool = True


def counted(space: Space, flow: Evaluator, goal: Goal) -> list[int] | None:
    """Which variables are numbers of tools, each any whole number of a range; None where there are none, where the others are too many, or where
    something else is asked than the least cost in a cycle time."""
    found = [n for n, one in enumerate(space.variables) if _counts(one)]
    others = [one for n, one in enumerate(space.variables) if n not in found]
    few = math.prod(len(one.values) if one.span is None else math.inf for one in others) <= MOST_CHOICES
    clear = not any("count" in address or address == "with" for one in others for address in one.addresses)
    asked = _hours(goal) is not None and not any(stream.conwip for stream in flow.plan.streams)
    return found if found and few and clear and asked else None


def by_counts(space: Space, counts: Sequence[int], goal: Goal, flow: Evaluator, hasten: Callable[[], None]) -> Iterator[Counted]:
    """For each of the other choices the cheapest numbers of tools; *hasten* raises where time is up."""
    best = math.inf
    for cells in product(*(one.values[-1:] if n in counts else one.values for n, one in enumerate(space.variables))):
        hasten()
        made = _one(space, counts, goal, flow, cells, best)
        best = min([best, *(trial.figures[COST] for trial in made.trials if trial.will_do)])
        yield made


def _one(space: Space, counts: Sequence[int], goal: Goal, flow: Evaluator, cells: Cells, below: float) -> Counted:
    """The cheapest tools where all else is as in *cells*, which have the most of them."""
    try:
        plan = flow.plan_at(space.parted(cells)[1])
    except RecipeError:
        return Counted(cells)
    ranges = [space.variables[n] for n in counts]
    closed = solve(plan)
    at = np.array([plan.groups.names.index(one.addresses[0].split(".")[1]) for one in ranges])
    most, least = plan.groups.count, _least(ranges, plan, closed, at)
    if overloads(plan, closed) or (least > most).any():
        return Counted(cells)
    fewest = with_counts(plan, least)
    first = solve(fewest)
    found = (search(fewest, least, _hours(goal) or math.inf, most=most) if first.loaded < below else
             Sized(least, first, True, DEARER, 1, sets={tuple(least.tolist()): first}))
    if found is None:
        return Counted(cells)
    return Counted(cells, tuple(_trial(goal, plan, count, known, _at(cells, counts, count, at)) for count, known in found.sets.items()),
                   found.how, found.proven)


def _counts(one: Variable) -> bool:
    """Whether it is the number of tools of a group, any whole number of a range."""
    if not (COUNT.fullmatch(one.name) and one.values and one.ordered):
        return False
    return one.values == tuple(map(str, range(int(float(one.values[0])), int(float(one.values[-1])) + 1)))


def _hours(goal: Goal) -> float | None:
    """The cycle time that is allowed, where the least cost is sought with no other limit."""
    ours = all(one.figure == CYCLE and one.sign in ("<", "<=") for one in goal.limits)
    return min((one.value for one in goal.limits), default=math.inf) if ours and goal.figure == COST and not goal.maximise else None


def _least(ranges: Sequence[Variable], plan: Plan, closed: ClosedForm, at: Ints) -> Ints:
    """The fewest tools of each group, (G,): of those that are chosen, as many as the load takes."""
    chosen = np.zeros(len(plan.groups.names), dtype=bool)
    chosen[at] = True
    found = least_counts(plan, stay_of(closed), FULL, chosen)
    found[at] = np.maximum(found[at], [int(one.values[0]) for one in ranges])
    return found


def _at(cells: Cells, counts: Sequence[int], count: tuple[int, ...], at: Ints) -> Cells:
    """*cells* with those numbers of tools."""
    found = list(cells)
    for n, g in zip(counts, at.tolist(), strict=True):
        found[n] = str(count[g])
    return tuple(found)


def _trial(goal: Goal, plan: Plan, count: tuple[int, ...], closed: ClosedForm, cells: Cells) -> Trial:
    figures = Point(with_counts(plan, np.array(count)), closed, closed).figures()
    return judged(Trial(cells, {name: figures.get(name, math.nan) for name in goal.figures}, how="by numbers of tools"), goal)
